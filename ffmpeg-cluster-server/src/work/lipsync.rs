//! Checks the offsets of the joined file's sounds from its picture against the planned ones.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::fault::Fault;
use ffmpeg_cluster_common::media::proof::lipsync::{self, Begins, ResultInputs};
use ffmpeg_cluster_common::media::source::Source;

use super::join_run::{JoinRun, Sound};
use super::probe;

pub(super) async fn prove(joining: &JoinRun<'_>, joined: &Source, picture: Begins) -> Result<(), Fault> {
    let profile = &joining.context.spec.profile;
    let (carriage, begins_us) = (&joining.carriage, &begins(joining));
    let judge = |source: &Source| {
        lipsync::prove(&ResultInputs { source, profile, carriage, begins_us }, joined, picture)
    };
    match judge(joining.source()) {
        Ok(()) => Ok(()),
        // A copied stream includes what an edit list of the source hides, and no container tells when that begins.
        Err(_) => {
            let mut source = joining.source().clone();
            probe::hidden_sound(&joining.context.runner, &joining.film, &mut source, &joining.context.stop)
                .await?;
            judge(&source)
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
