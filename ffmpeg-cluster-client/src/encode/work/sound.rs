//! Encodes all sound of a film with one supervised ffmpeg.

use std::path::PathBuf;

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::io::trace::Purpose;
use ffmpeg_cluster_common::media::command::progress::Progress;
use ffmpeg_cluster_common::media::command::sound::sound_suffix;
use ffmpeg_cluster_common::media::command::{Opening, piece};
use ffmpeg_cluster_common::media::plan::work::SoundWork;

use super::PieceRun;
use super::supervise::Stop;

/// Returns the finished file. `progress` gets seconds of sound in place of frames, and their rate.
pub(super) async fn sound(
    piece_run: PieceRun<'_>,
    work: &SoundWork,
    source: &Opening,
    progress: impl Fn(u64, f32),
) -> Result<PathBuf, Stop> {
    let file = piece_run.folder.join(format!("sound.{}", sound_suffix(work)));
    let (mut said, began) = (Progress::default(), std::time::Instant::now());
    let ended = piece_run
        .run(Purpose::Sound, piece::sound(work, source, &file), |line| {
            let micros = said.line(line).then_some(said.out_time_us)?;
            let done = u64::try_from(micros).ok()?;
            let seconds = done as f64 / 1e6;
            progress(done / 1_000_000, (seconds / began.elapsed().as_secs_f64().max(0.001)) as f32);
            Some(done)
        })
        .await?;
    let bytes = tokio::fs::metadata(&file).await.map_or(0, |about| about.len());
    if bytes == 0 {
        let fault = Fault::new(FaultCode::StreamDiffers, "ffmpeg succeeded, but encoded no sound");
        return Err(fault.with_tail(ended.tail).into());
    }
    Ok(file)
}
