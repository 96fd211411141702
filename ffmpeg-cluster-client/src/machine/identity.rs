//! The identity of this client, kept between runs.
//! Clients that share a work folder each lock the file of one identity.

use std::fs::File;

use anyhow::Context;
use ffmpeg_cluster_common::access::secret::Secret;
use ffmpeg_cluster_common::ids::ClientId;
use ffmpeg_cluster_common::io::{clock, crash, durable, permissions, random};
use ffmpeg_cluster_common::protocol::transfer::KEY_BYTES;

use crate::machine::catalog::Catalog;
use crate::machine::folders::{Folders, WorkFolder};

/// An identity that this process holds for as long as the value lives.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) id: ClientId,
    /// The server knows only its digest.
    pub(crate) key: Secret,
    pub(crate) folders: Folders,
    _lock: File,
}

/// Claims the first identity of this work folder that no other process holds, or a new one, and sweeps its folder.
pub(crate) fn claim(work: &WorkFolder, catalog: &Catalog) -> anyhow::Result<Identity> {
    for id in catalog.identities()? {
        if let Some(lock) = locked(&work.client(&id))? {
            return held(work, catalog, id, lock);
        }
    }
    let id: ClientId = uuid::Uuid::new_v4().to_string().parse().context("a new identity")?;
    // Lock it before writing it down, so that no other process finds it free.
    let lock = locked(&work.client(&id))?.context("another process holds the new identity")?;
    crash::point("client.identity.saving");
    catalog.add_identity(&id, clock::wall())?;
    crash::point("client.identity.saved");
    held(work, catalog, id, lock)
}

fn held(work: &WorkFolder, catalog: &Catalog, id: ClientId, lock: File) -> anyhow::Result<Identity> {
    let key = catalog.key(&id, &random::secret::<KEY_BYTES>()?)?;
    let folders = work.client(&id);
    let swept = folders.sweep().with_context(|| format!("sweeping {}", folders.root().display()))?;
    if swept > 0 {
        tracing::info!(client = %id, folders = swept, "removed what an earlier run left behind");
    }
    Ok(Identity { id, key, folders, _lock: lock })
}

fn locked(folders: &Folders) -> anyhow::Result<Option<File>> {
    let told = || format!("locking {}", folders.lock().display());
    permissions::folder(folders.root()).with_context(told)?;
    durable::lock(&folders.lock()).with_context(told)
}

#[cfg(test)]
mod tests {
    use ffmpeg_cluster_common::protocol::transfer::is_key;

    use super::*;
    use crate::machine::scratch::Scratch;

    fn work() -> (Scratch, WorkFolder, Catalog) {
        let scratch = Scratch::new();
        let work = WorkFolder::new(scratch.path()).unwrap();
        let catalog = Catalog::open(&work.database()).unwrap();
        (scratch, work, catalog)
    }

    #[test]
    fn the_same_client_again_after_a_restart() {
        let (_scratch, work, catalog) = work();
        let first = claim(&work, &catalog).unwrap();
        let (id, key) = (first.id.clone(), first.key.clone());
        assert!(is_key(&key));
        drop(first);
        let again = claim(&work, &Catalog::open(&work.database()).unwrap()).unwrap();
        assert_eq!((again.id.clone(), again.key.clone()), (id, key));
    }

    #[test]
    fn two_processes_in_one_folder_are_two_clients() {
        let (_scratch, work, catalog) = work();
        let (first, second) = (claim(&work, &catalog).unwrap(), claim(&work, &catalog).unwrap());
        assert_ne!(first.id, second.id);
        assert_ne!(first.key, second.key);
        assert_ne!(first.folders.root(), second.folders.root());
        let freed = first.id.clone();
        drop(first);
        assert_eq!(claim(&work, &catalog).unwrap().id, freed, "no third identity while one is free");
    }

    #[test]
    fn what_a_dead_run_left_is_gone_but_not_what_a_live_one_holds() {
        let (_scratch, work, catalog) = work();
        let leave = |identity: &Identity| {
            for name in ["segment_1-5", "benchmark", "cache"] {
                std::fs::create_dir_all(identity.folders.root().join(name).join("deep")).unwrap();
            }
        };
        let (dead, live) = (claim(&work, &catalog).unwrap(), claim(&work, &catalog).unwrap());
        leave(&dead);
        leave(&live);
        drop(dead);
        let again = claim(&work, &catalog).unwrap();
        let left = |identity: &Identity| std::fs::read_dir(identity.folders.root()).unwrap().count();
        assert_eq!((left(&again), left(&live)), (1, 4));
    }
}
