//! Proves a film whose pieces come from unlike encoders: where a piece begins, the result decodes to that very piece's
//! pictures. A count proves nothing: with another piece's parameter sets as many frames decode, but to other pictures.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::frames::{FrameRange, FrameTimes};
use ffmpeg_cluster_common::io::process::Run;
use ffmpeg_cluster_common::io::trace::Purpose as Use;
use ffmpeg_cluster_common::media::command::Input;
use ffmpeg_cluster_common::media::command::examine::Probed;
use ffmpeg_cluster_common::media::proof::seams::{self, AROUND, Seam};
use ffmpeg_cluster_common::media::source::{FilmPicture, Source};

use super::join_run::JoinRun;
use super::run::{self, Purpose};

const WHAT: Purpose = Purpose { code: FaultCode::ProofFailed, what: "decoding where unlike pieces meet" };

/// Does nothing if the pieces are alike.
pub(super) async fn prove(
    joining: &JoinRun<'_>,
    result: &Path,
    found: &Source,
    listed: &FrameTimes,
) -> Result<(), Fault> {
    if !joining.is_unlike() {
        return Ok(());
    }
    let context = &joining.context.purposed(Use::SeamProof);
    let starts: Vec<u64> = joining.pictures.iter().map(|(range, _)| range.start).collect();
    let all = seams::seams(&starts, &BTreeSet::new(), listed, found.start_us);
    let seeks = seams::can_seek(context.spec.profile.container);
    let whole = if seeks { BTreeMap::new() } else { in_one_run(joining, result, found, &all).await? };
    for seam in &all {
        let shown: Vec<String> = if seeks {
            let run = context.run_of(result, found, |film| film.seam(seam));
            let before = seam.at.min(AROUND);
            pictures(joining, &run).await?.split_off(before as usize)
        } else {
            (seam.at..).map_while(|frame| whole.get(&frame).cloned()).collect()
        };
        compare(joining, seam.at, &shown, found.pixels()).await?;
    }
    Ok(())
}

async fn compare(joining: &JoinRun<'_>, at: u64, shown: &[String], pixels: u64) -> Result<(), Fault> {
    let context = &joining.context.purposed(Use::SeamProof);
    let begins = |(range, _): &&(FrameRange, _)| range.start == at;
    let Some((range, piece)) = joining.pictures.iter().find(begins) else { return Ok(()) };
    let frames = range.len().min(AROUND);
    let film = Input::File(context.runner.folders().piece(&context.job, piece.lease));
    let (guard, picture) = (joining.guards.piece.clone(), FilmPicture::default());
    let piece = Probed { film, guard, picture, pixels };
    let made = pictures(joining, &context.run(piece.pictures(Some(frames)))).await?;
    if !made.is_empty() && shown.len() >= made.len() && shown[..made.len()] == made[..] {
        return Ok(());
    }
    let message = format!(
        "from frame {at} on, where a piece of another encoder begins, the result does not decode to that piece's pictures"
    );
    Err(Fault::new(FaultCode::ProofFailed, message))
}

/// Digests of the pictures after each seam, by frame; those of all pictures of a long film would fill the memory.
async fn in_one_run(
    joining: &JoinRun<'_>,
    result: &Path,
    found: &Source,
    all: &[Seam],
) -> Result<BTreeMap<u64, String>, Fault> {
    let run = joining.context.run_of(result, found, |film| film.pictures(None));
    let (mut shown, mut frame) = (BTreeMap::new(), 0);
    let near = |frame| all.iter().any(|seam| (seam.at..seam.at + AROUND).contains(&frame));
    run::lines(&run, &joining.context.stop, WHAT, |line| {
        if let Some(digest) = seams::digest(line) {
            if near(frame) {
                shown.insert(frame, digest.to_owned());
            }
            frame += 1;
        }
    })
    .await?;
    Ok(shown)
}

/// A digest of each picture.
async fn pictures(joining: &JoinRun<'_>, run: &Run) -> Result<Vec<String>, Fault> {
    let mut all = Vec::new();
    run::lines(run, &joining.context.stop, WHAT, |line| all.extend(seams::digest(line).map(str::to_owned)))
        .await?;
    Ok(all)
}
