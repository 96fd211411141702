//! All sound of a film, encoded whole by one supervised ffmpeg.

use std::path::PathBuf;

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::io::sandbox::Reach;
use ffmpeg_cluster_common::limits::{DURATION_US_MAX, sound_bytes_max};
use ffmpeg_cluster_common::media::guard::Guard;
use ffmpeg_cluster_common::media::sound::{sound_arguments, sound_suffix};
use ffmpeg_cluster_common::media::work::SoundWork;

use super::supervise::{self, Stop};
use super::{Bench, input};

/// Where the film does not say how long it is: as long as one may be.
const SECONDS_UNTOLD: u64 = (DURATION_US_MAX / 1_000_000).cast_unsigned();

/// Gives the finished file. `progress` is told seconds of sound for frames, and how many in a second.
pub(super) async fn sound(
    bench: Bench<'_>,
    work: &SoundWork,
    guard: &Guard,
    progress: impl Fn(u64, f32),
) -> Result<PathBuf, Stop> {
    let file = bench.folder.join(format!("sound.{}", sound_suffix(work)));
    let arguments = sound_arguments(work, &input(bench.opened, guard), &format!("file:{}", file.display()));
    let seconds = work.duration_us.and_then(|us| u64::try_from(us / 1_000_000).ok());
    let bytes_max = sound_bytes_max(seconds.unwrap_or(SECONDS_UNTOLD), work.streams.len() as u64);
    let run = bench.run(arguments, Reach::nothing().writes(&file, bytes_max));
    let began = std::time::Instant::now();
    let ended = supervise::run(&run, bench.opened, bench.cancel, |line| {
        let micros = line.strip_prefix("out_time_us=")?.parse::<i64>().ok()?;
        let done = u64::try_from(micros).ok()?;
        let seconds = done as f64 / 1e6;
        progress(done / 1_000_000, (seconds / began.elapsed().as_secs_f64().max(0.001)) as f32);
        Some(done)
    })
    .await?;
    let bytes = tokio::fs::metadata(&file).await.map_or(0, |about| about.len());
    if bytes == 0 {
        let fault = Fault::new(FaultCode::StreamDiffers, "ffmpeg ended well, but made no sound");
        return Err(fault.with_tail(ended.tail).into());
    }
    Ok(file)
}
