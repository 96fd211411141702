//! Checks the offsets of the joined file's sounds from its picture against the planned ones.

use std::collections::BTreeMap;
use std::path::Path;

use ffmpeg_cluster_common::fault::Fault;
use ffmpeg_cluster_common::media::proof::lipsync::{self, Begins, ResultInputs};
use ffmpeg_cluster_common::media::source::Source;

use super::join_run::{JoinRun, Sound};
use super::probe;

/// The joined file, and what was found in it.
pub(super) struct Joined<'a> {
    pub(super) path: &'a Path,
    pub(super) found: &'a Source,
}

pub(super) async fn prove(joining: &JoinRun<'_>, joined: Joined<'_>, picture: Begins) -> Result<(), Fault> {
    let profile = &joining.context.spec.profile;
    let (carriage, begins_us) = (&joining.carriage, &begins(joining));
    let judge = |source: &Source, found: &Source| {
        lipsync::prove(&ResultInputs { source, profile, carriage, begins_us }, found, picture)
    };
    match judge(joining.source(), joined.found) {
        Ok(()) => Ok(()),
        // The headers need not tell: a copied stream includes what an edit list of the source hides,
        // and of a sound that begins late Matroska says the film's beginning. The packets tell.
        Err(_) => {
            let (runner, stop) = (&joining.context.runner, &joining.context.stop);
            let (mut source, mut found) = (joining.source().clone(), joined.found.clone());
            probe::first_sounds(runner, &joining.film, &mut source, stop).await?;
            probe::first_sounds(runner, joined.path, &mut found, stop).await?;
            judge(&source, &found)
        }
    }
}

/// When each encoded sound begins in its piece.
fn begins(joining: &JoinRun<'_>) -> BTreeMap<u32, i64> {
    let begins = |sound: &Sound| -> Vec<(u32, i64)> {
        let each = sound.streams.iter().enumerate();
        each.filter_map(|(nth, stream)| Some((*stream, *sound.begins.streams_us.get(&nth)?))).collect()
    };
    joining.sounds.iter().flat_map(begins).collect()
}
