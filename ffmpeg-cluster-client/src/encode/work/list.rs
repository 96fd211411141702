//! The times of a stretch of frames, by decoding it: a part of the frame list.

use std::path::PathBuf;

use ffmpeg_cluster_common::io::trace::Purpose;
use ffmpeg_cluster_common::media::command::progress::Progress;
use ffmpeg_cluster_common::media::command::{Opening, piece};
use ffmpeg_cluster_common::media::plan::work::ListWork;

use super::supervise::Stop;
use super::{Bench, heard};

/// Gives the finished file. `progress` is told frames for packets.
pub(super) async fn list(
    bench: Bench<'_>,
    work: &ListWork,
    source: &Opening,
    progress: impl Fn(u64, f32),
) -> Result<PathBuf, Stop> {
    let file = bench.folder.join("list.framecrc");
    let mut said = Progress::default();
    bench
        .run(Purpose::List, piece::list(work, source, &file), |line| heard(&mut said, line, &progress))
        .await?;
    Ok(file)
}
