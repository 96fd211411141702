//! The times of a stretch of frames, by decoding it: a part of the frame list.

use std::path::PathBuf;

use ffmpeg_cluster_common::io::sandbox::Reach;
use ffmpeg_cluster_common::limits::memory_to_decode;
use ffmpeg_cluster_common::media::guard::Guard;
use ffmpeg_cluster_common::media::index::parts;
use ffmpeg_cluster_common::media::progress::Progress;
use ffmpeg_cluster_common::media::work::ListWork;

use super::supervise::{self, Stop};
use super::{Bench, heard, input};

/// Gives the finished file. `progress` is told frames for packets.
pub(super) async fn list(
    bench: Bench<'_>,
    work: &ListWork,
    guard: &Guard,
    progress: impl Fn(u64, f32),
) -> Result<PathBuf, Stop> {
    let file = bench.folder.join("list.framecrc");
    let output = format!("file:{}", file.display());
    let arguments = parts::arguments(work, &input(bench.opened, guard), &output);
    let reach = Reach::nothing().writes(&file, parts::bytes_max(work.range));
    let run = bench.run(arguments, reach).memory_at_most(memory_to_decode(work.pixels));
    let mut said = Progress::default();
    supervise::run(&run, bench.opened, bench.cancel, |line| heard(&mut said, line, &progress)).await?;
    Ok(file)
}
