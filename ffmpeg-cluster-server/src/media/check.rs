//! Looks at a piece that arrived: its bytes, then its frames; and makes it durable.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use anyhow::Context;
use ffmpeg_cluster_common::cluster::effect::Share;
use ffmpeg_cluster_common::cluster::event::CheckedPiece;
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::ids::LeaseId;
use ffmpeg_cluster_common::io::{crash, digest};
use ffmpeg_cluster_common::media::guard::Guard;
use ffmpeg_cluster_common::media::join::Guards;
use ffmpeg_cluster_common::media::verify::{PieceProbe, ProbedPiece, check_piece, piece_probe_arguments};
use ffmpeg_cluster_common::media::work::{PieceFacts, SentPiece};
use ffmpeg_cluster_common::media::{carriage, nut, sound};

use super::{Asked, index, run};
use crate::durable;
use crate::perform::internal;

/// A piece that becomes durable.
const POINTS: [&str; 3] = ["server.piece.synced", "server.piece.renamed", "server.piece.durable"];

pub(crate) async fn check(
    asked: &Asked,
    lease: LeaseId,
    share: Share,
    piece: SentPiece,
) -> Result<CheckedPiece, Fault> {
    let SentPiece { bytes, sha256, findings } = piece;
    let arriving = asked.handle.folders.arriving(&asked.job, lease);
    let kept = asked.handle.folders.piece(&asked.job, lease);
    check_bytes(asked, &arriving, bytes, &sha256).await?;
    crash::point(if share == Share::Sound { "server.sound.whole" } else { "server.piece.whole" });
    if matches!(share, Share::Picture(_)) {
        check_end(asked, &arriving).await?;
    }
    let known = index::stored(asked).await?;
    let index::Known { source, timeline, .. } = &*known;
    let guards = Guards::new(&asked.handle.tools.decoders, source, &asked.spec.profile);
    let guard = if share == Share::Sound { &guards.sound } else { &guards.piece };
    let probed = probe(asked, &arriving, guard).await?;
    let facts = match share {
        Share::Picture(range) => check_piece(timeline, range, &probed)?,
        Share::Sound => {
            let carriage = carriage::plan(source, &asked.spec.profile);
            let carriage =
                carriage.map_err(|refusal| Fault::new(FaultCode::Internal, refusal.to_string()))?;
            let work = sound::sound_work(source, &carriage, &asked.spec.profile);
            let work = work.ok_or_else(|| Fault::new(FaultCode::Internal, "no sound was asked for"))?;
            sound::check_sound(&work, &probed.facts)?;
            probed.facts
        }
    };
    let durable = asked.handle.background.blocking(move || durable::name(&arriving, &kept, &POINTS));
    durable.await.context("keeping a piece").and_then(|done| done).map_err(|error| internal(&error))?;
    Ok(CheckedPiece { bytes, sha256, facts: PieceFacts { findings, ..facts } })
}

/// Wrong bytes are thrown away, so that they can be sent again from the start.
async fn check_bytes(asked: &Asked, path: &Path, bytes: u64, sha256: &str) -> Result<(), Fault> {
    let file = path.to_owned();
    let found = asked.handle.background.blocking(move || digest::of_file(&file)).await;
    let wrong = match found.map_err(std::io::Error::other).and_then(|found| found) {
        Ok((length, digest)) if length == bytes && digest == sha256 => return Ok(()),
        Ok((length, _)) if length != bytes => format!("{bytes} bytes were announced and {length} came"),
        Ok(_) => "the bytes that came are not those that were announced".to_owned(),
        Err(error) => format!("the piece can't be read: {error}"),
    };
    let _ = tokio::fs::remove_file(path).await;
    Err(Fault::new(FaultCode::BytesDiffer, wrong))
}

/// A file that was cut short before its digest was taken, as by a full disk of its client.
async fn check_end(asked: &Asked, path: &Path) -> Result<(), Fault> {
    let file = path.to_owned();
    let whole = asked.handle.background.blocking(move || has_end(&file)).await;
    match whole.map_err(std::io::Error::other).and_then(|whole| whole) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Fault::new(FaultCode::EncoderFailed, "the piece is cut short: its end is missing")),
        Err(error) => Err(internal(&error.into())),
    }
}

fn has_end(path: &Path) -> std::io::Result<bool> {
    let mut file = File::open(path)?;
    let (length, mut tail) = (file.metadata()?.len(), [0; nut::TAIL_BYTES]);
    if length < tail.len() as u64 {
        return Ok(false);
    }
    file.seek(SeekFrom::Start(length - tail.len() as u64))?;
    file.read_exact(&mut tail)?;
    let Some(at) = nut::index_at(length, tail) else { return Ok(false) };
    let mut begins = [0; nut::INDEX_BEGINS.len()];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut begins)?;
    Ok(begins == nut::INDEX_BEGINS)
}

pub(super) async fn probe(asked: &Asked, path: &Path, guard: &Guard) -> Result<ProbedPiece, Fault> {
    let mut probe = PieceProbe::default();
    let arguments = piece_probe_arguments(&format!("file:{}", path.display()), guard);
    let run = asked.probe_run(arguments, path);
    let what = (FaultCode::FramesDiffer, "looking at a piece");
    let looked = run::lines(&run, &asked.stop, what, |line| probe.line(line)).await;
    // Whatever it was that could not be borne: the piece is its client's.
    looked.map_err(|fault| match fault.code {
        FaultCode::OverBound => Fault { code: FaultCode::FramesDiffer, ..fault },
        _ => fault,
    })?;
    probe.finish()
}
