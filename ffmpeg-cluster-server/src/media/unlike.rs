//! The proof of a film whose pieces are of unlike encoders: where a piece begins, the result decodes to that very piece's
//! pictures. A count would not tell: with another piece's parameter sets as many frames decode, to something else.

use std::path::Path;

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::frames::{FrameRange, Rational};
use ffmpeg_cluster_common::io::process::Run;
use ffmpeg_cluster_common::media::command::Input;
use ffmpeg_cluster_common::media::command::look::Probed;
use ffmpeg_cluster_common::media::proof::seams::{self, AROUND};
use ffmpeg_cluster_common::media::source::Source;

use super::join::Bench;
use super::run;

/// Nothing where the pieces are alike.
pub(super) async fn prove(
    bench: &Bench<'_>,
    result: &Path,
    found: &Source,
    listed: (Rational, &[i64]),
) -> Result<(), Fault> {
    if !bench.is_unlike() {
        return Ok(());
    }
    let asked = bench.asked;
    let whole = if seams::can_seek(asked.spec.profile.container) {
        None
    } else {
        Some(pictures(bench, &asked.run_of(result, found, |film| film.pictures(None))).await?)
    };
    let starts: Vec<u64> = bench.pictures.iter().map(|(range, _)| range.start).collect();
    for seam in seams::seams(&starts, listed, found.start_us) {
        let before = seam.at.saturating_sub(AROUND);
        let shown = match &whole {
            Some(all) => {
                all.get(usize::try_from(seam.at).unwrap_or(usize::MAX)..).unwrap_or_default().to_vec()
            }
            None => {
                let run = asked.run_of(result, found, |film| film.seam(&seam));
                pictures(bench, &run).await?.split_off((seam.at - before) as usize)
            }
        };
        compare(bench, seam.at, &shown, found.pixels()).await?;
    }
    Ok(())
}

async fn compare(bench: &Bench<'_>, at: u64, shown: &[String], pixels: u64) -> Result<(), Fault> {
    let asked = bench.asked;
    let begins = |(range, _): &&(FrameRange, _)| range.start == at;
    let Some((range, piece)) = bench.pictures.iter().find(begins) else { return Ok(()) };
    let frames = range.len().min(AROUND);
    let film = Input::File(asked.handle.folders.piece(&asked.job, piece.lease));
    let piece = Probed { film, guard: bench.piece_guard().clone(), pixels };
    let made = pictures(bench, &asked.run(piece.pictures(Some(frames)))).await?;
    if !made.is_empty() && shown.len() >= made.len() && shown[..made.len()] == made[..] {
        return Ok(());
    }
    let message = format!(
        "from frame {at} on, where a piece of another encoder begins, the result does not decode to that piece's pictures"
    );
    Err(Fault::new(FaultCode::ProofFailed, message))
}

/// A digest of each picture.
async fn pictures(bench: &Bench<'_>, run: &Run) -> Result<Vec<String>, Fault> {
    let what = (FaultCode::ProofFailed, "decoding where unlike pieces meet");
    let mut all = Vec::new();
    run::lines(run, &bench.asked.stop, what, |line| all.extend(seams::digest(line).map(str::to_owned)))
        .await?;
    Ok(all)
}
