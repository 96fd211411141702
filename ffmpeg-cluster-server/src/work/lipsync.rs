//! How far the sounds of the joined file are from its picture, against what they should be.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::fault::Fault;
use ffmpeg_cluster_common::media::proof::lipsync::{self, Begins, Made};
use ffmpeg_cluster_common::media::source::Source;

use super::bench::{Bench, Sound};
use super::probe;

/// `first_us` is when the joined file tells its first frame.
pub(super) async fn prove(bench: &Bench<'_>, joined: &Source, first_us: i64) -> Result<(), Fault> {
    let profile = &bench.context.spec.profile;
    let picture = Begins { wanted_us: bench.first_frame_us() - profile.span.start_us, told_us: first_us };
    let (carriage, begins_us) = (&bench.carriage, &begins(bench));
    let judge =
        |source: &Source| lipsync::prove(&Made { source, profile, carriage, begins_us }, joined, picture);
    match judge(bench.source()) {
        Ok(()) => Ok(()),
        // A copy has what an edit list of the source hides, and no container tells when that begins.
        Err(_) => {
            let mut source = bench.source().clone();
            probe::hidden_sound(&bench.context.runner, &bench.film, &mut source, &bench.context.stop).await?;
            judge(&source)
        }
    }
}

/// When each encoded sound begins in its piece.
fn begins(bench: &Bench<'_>) -> BTreeMap<u32, i64> {
    let begins = |sound: &Sound| -> Vec<(u32, i64)> {
        let each = sound.streams.iter().enumerate();
        each.filter_map(|(nth, stream)| Some((*stream, *sound.begins.streams_us.get(&nth)?))).collect()
    };
    bench.sounds.iter().flat_map(begins).collect()
}
