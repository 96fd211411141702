//! Decodes a range of frames to get their times, a part of the frame list.

use std::path::PathBuf;

use ffmpeg_cluster_common::io::trace::Purpose;
use ffmpeg_cluster_common::media::command::progress::Progress;
use ffmpeg_cluster_common::media::command::{Opening, piece};
use ffmpeg_cluster_common::media::plan::work::ListWork;

use super::supervise::Stop;
use super::{PieceRun, heard};

/// Returns the finished file. `progress` gets frames in place of packets.
pub(super) async fn list(
    piece_run: PieceRun<'_>,
    work: &ListWork,
    source: &Opening,
    progress: impl Fn(u64, f32),
) -> Result<PathBuf, Stop> {
    let file = piece_run.folder.join("list.framecrc");
    let mut said = Progress::default();
    piece_run
        .run(Purpose::List, piece::list(work, source, &file), |line| heard(&mut said, line, &progress))
        .await?;
    Ok(file)
}
