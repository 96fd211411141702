//! The first look at a film: at what was opened, whatever lies at its path by now. Some formats are told by names alone; of a film
//! that can't be read it is looked once more under its name, so that the refusal says which.

use std::path::PathBuf;
use std::sync::Arc;

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::io::sandbox::Opened;
use ffmpeg_cluster_common::media::source::Source;

use super::new_job;
use crate::store::folders::Folders;
use crate::store::housekeeping::clean_job;
use crate::work::{Input, Runner, probe, probe_once};

pub(super) async fn probed(runner: &Runner, film: Input<'_>) -> Result<Source, Fault> {
    let stop = runner.background.stop();
    let decoded = |source: Source| probe::can_be_decoded(runner, &source).map(|()| source);
    let seen = probe_once::probed(runner, film, stop).await.and_then(decoded);
    let (Err(fault), Input::Opened(opened)) = (&seen, film) else { return seen };
    if names_its_reason(fault) {
        return seen;
    }
    // Where there is no such link the first look went by the name already.
    let Ok(named) = Named::new(&runner.store.folders, opened) else { return seen };
    let film = Input::Named { film: opened, link: &named.link };
    match probe::probe(runner, film, stop).await {
        Err(fault) if names_its_reason(&fault) => Err(fault),
        // What its name alone makes a film of can't be read later, where it goes by its descriptor.
        Ok(_) | Err(_) => seen,
    }
}

/// Otherwise there is only what ffprobe said last.
fn names_its_reason(fault: &Fault) -> bool {
    fault.code != FaultCode::SourceUnreadable || fault.tail.is_empty()
}

/// Whether the rest of a film may change it: ffprobe knew the format, and missed what may stand further on.
pub(super) fn may_pass(fault: &Fault) -> bool {
    fault.tail.iter().any(|line| line.starts_with('['))
}

/// A link with the film's name to what was opened, in the folder of a job that never is. It goes when the look is over, also where
/// who asked has hung up.
struct Named {
    folders: Arc<Folders>,
    job: JobId,
    link: PathBuf,
}

impl Named {
    fn new(folders: &Arc<Folders>, film: &Opened) -> std::io::Result<Self> {
        let (folders, job) = (folders.clone(), new_job());
        let folder = folders.segments(&job);
        let named = Self { link: folder.join(film.path().file_name().unwrap_or_default()), folders, job };
        std::fs::create_dir_all(&folder)?;
        film.link(&named.link)?;
        Ok(named)
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        clean_job(&self.folders, &self.job, None);
    }
}
