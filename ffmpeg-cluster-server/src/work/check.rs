//! Looks at a piece that arrived: its bytes, then its frames; and makes it durable.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use anyhow::Context;
use ffmpeg_cluster_common::cluster::event::CheckedPiece;
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::ids::LeaseId;
use ffmpeg_cluster_common::io::{crash, digest};
use ffmpeg_cluster_common::media::command::Side;
use ffmpeg_cluster_common::media::command::join::Guards;
use ffmpeg_cluster_common::media::command::sound::check_sound;
use ffmpeg_cluster_common::media::plan::piece::{PieceFacts, SentPiece, StreamParams};
use ffmpeg_cluster_common::media::plan::track::{Content, Segment};
use ffmpeg_cluster_common::media::proof::nut::{self, Piece};
use ffmpeg_cluster_common::media::proof::packets::Packets;
use ffmpeg_cluster_common::media::proof::probed::{PieceProbe, ProbedPiece, probe_piece};
use ffmpeg_cluster_common::media::proof::unaided;
use ffmpeg_cluster_common::media::proof::verify::{check_piece, quick_check};
use ffmpeg_cluster_common::media::source::guard::Guard;

use super::fault::internal;
use super::known::{Known, SoundTrack};
use super::run::Purpose;
use super::{RunContext, frame_list, list, run};
use crate::store::blobs::Blob;

/// Crash points while a piece becomes durable.
const POINTS: [&str; 3] = ["server.piece.synced", "server.piece.renamed", "server.piece.durable"];

/// A piece whose client says that it is here.
pub(crate) struct Sent {
    pub(crate) lease: LeaseId,
    pub(crate) segment: Segment,
    pub(crate) content: Content,
    /// Of a sound track: the streams of the source that its piece holds.
    pub(crate) streams: Vec<u32>,
    pub(crate) piece: SentPiece,
}

pub(crate) async fn check(context: &RunContext, sent: Sent) -> Result<CheckedPiece, Fault> {
    let Sent { lease, content, .. } = sent;
    let SentPiece { bytes, sha256, findings } = &sent.piece;
    let (from, to) = (Blob::Arriving(context.job.clone(), lease), Blob::Piece(context.job.clone(), lease));
    let blobs = &context.runner.store.blobs;
    let arriving = blobs.path(&from);
    check_bytes(context, &arriving, *bytes, sha256).await?;
    crash::point(if content == Content::Sound { "server.sound.whole" } else { "server.piece.whole" });
    let facts = facts(context, &sent, &arriving).await?;
    let kept = blobs.publish(&from, &to, &POINTS).await.context("keeping a piece");
    kept.map_err(|error| internal(&error))?;
    let findings = findings.clone();
    Ok(CheckedPiece { bytes: *bytes, sha256: sha256.clone(), facts: PieceFacts { findings, ..facts } })
}

async fn facts(context: &RunContext, sent: &Sent, arriving: &Path) -> Result<PieceFacts, Fault> {
    let Segment { track, units } = sent.segment;
    match sent.content {
        Content::Picture => picture(context, arriving, units).await,
        Content::List => list::check(context, arriving, units).await,
        Content::Sound => {
            sound(context, arriving, SoundTrack { number: track, streams: &sent.streams }).await
        }
    }
}

fn guards(context: &RunContext, known: &Known) -> Guards {
    Guards::new(&context.runner.tools.capabilities.decoders, &known.source, &context.spec.profile)
}

async fn picture(context: &RunContext, path: &Path, range: FrameRange) -> Result<PieceFacts, Fault> {
    check_ends(context, path).await?;
    let known = frame_list::stored(context).await?;
    // An honest client has checked the piece in the same way.
    let lie = |fault: Fault| match fault.code {
        FaultCode::FramesDiffer => Fault { code: FaultCode::NotAsLeased, ..fault },
        _ => fault,
    };
    let probed = looked_at(context, path, &guards(context, &known).piece).await.map_err(lie)?;
    let work = known.picture_work(&context.spec.profile, range)?;
    quick_check(&work, &probed).map_err(lie)?;
    check_piece(&known.timeline, range, &probed)
}

async fn sound(context: &RunContext, path: &Path, track: SoundTrack<'_>) -> Result<PieceFacts, Fault> {
    let known = frame_list::stored(context).await?;
    let probed = looked_at(context, path, &guards(context, &known).sound).await?;
    let work = known.sound_work(&context.spec, track)?;
    check_sound(&work, &probed.facts)?;
    Ok(PieceFacts { begins: Some((&probed).into()), ..probed.facts })
}

/// Wrong bytes are thrown away, so that they can be sent again from the start.
async fn check_bytes(context: &RunContext, path: &Path, bytes: u64, sha256: &str) -> Result<(), Fault> {
    let (file, _span) = (path.to_owned(), context.hashing());
    let found = context.runner.background.blocking(move || digest::of_file(&file)).await;
    let wrong = match found.map_err(std::io::Error::other).and_then(|found| found) {
        Ok((length, digest)) if length == bytes && digest == sha256 => return Ok(()),
        Ok((length, _)) if length != bytes => format!("{bytes} bytes were announced and {length} came"),
        Ok(_) => "the received bytes do not match the announced digest".to_owned(),
        Err(error) => format!("the piece can't be read: {error}"),
    };
    let _ = tokio::fs::remove_file(path).await;
    Err(Fault::new(FaultCode::BytesDiffer, wrong))
}

/// Runs before any program opens the file, which may be a script for one. A file that was cut short before its digest was
/// taken, for instance by a full disk of its client, is no lie.
async fn check_ends(context: &RunContext, path: &Path) -> Result<(), Fault> {
    let file = path.to_owned();
    let ends = context.runner.background.blocking(move || Ok((begins(&file)?, has_end(&file)?))).await;
    match ends.map_err(std::io::Error::other).and_then(|ends| ends) {
        Ok((false, _)) => Err(Fault::new(FaultCode::NotAsLeased, "the received file is not a piece")),
        Ok((true, false)) => {
            Err(Fault::new(FaultCode::EncoderFailed, "the piece is cut short: its end is missing"))
        }
        Ok((true, true)) => Ok(()),
        Err(error) => Err(internal(&error.into())),
    }
}

fn begins(path: &Path) -> std::io::Result<bool> {
    let mut first = Vec::with_capacity(nut::BEGINS.len());
    File::open(path)?.take(nut::BEGINS.len() as u64).read_to_end(&mut first)?;
    Ok(first == nut::BEGINS)
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

/// Where the head alone tells what the streams are, and ffprobe looked at another piece with the same one, this piece is read without
/// it. What our own readers can't read, or would refuse, is left to ffprobe.
async fn looked_at(context: &RunContext, path: &Path, guard: &Guard) -> Result<ProbedPiece, Fault> {
    let file = path.to_owned();
    let read = context.runner.background.blocking(move || unaided::read(File::open(file)?)).await;
    let read = read.ok().and_then(Result::ok).filter(|read| most(&read.streams) > 0);
    let Some(Piece { streams, head: Some(head) }) = read else { return probe(context, path, guard).await };
    let (known, head) = (&context.runner.heads, digest::of_bytes(&head));
    if let Some(alike) = known.get(&head) {
        let facts = PieceFacts { frames: most(&streams), ..alike.facts };
        return Ok(ProbedPiece { facts, streams, ..alike });
    }
    let probed = probe(context, path, guard).await?;
    if is_of_head(&probed, &streams) {
        known.remember(head, ProbedPiece { streams: Vec::new(), ..probed.clone() });
    }
    Ok(probed)
}

/// Whether ffprobe found the same, and nothing that only the frames themselves tell, such as which field comes first.
fn is_of_head(probed: &ProbedPiece, streams: &[Packets]) -> bool {
    let told = |params: &StreamParams| {
        let order = params.looks.get("field_order");
        order.is_none_or(|order| order == "progressive")
    };
    probed.streams == streams && probed.facts.params.iter().all(told)
}

/// The frames of the stream that has most.
fn most(streams: &[Packets]) -> u64 {
    streams.iter().map(|stream| stream.times.len() as u64).max().unwrap_or(0)
}

pub(super) async fn probe(context: &RunContext, path: &Path, guard: &Guard) -> Result<ProbedPiece, Fault> {
    let mut probe = PieceProbe::default();
    let run = context.run(probe_piece(Side::Server, path, guard));
    let what = Purpose { code: FaultCode::FramesDiffer, what: "probing a piece" };
    let looked = run::lines(&run, &context.stop, what, |line| probe.line(line)).await;
    // Whatever bound the run exceeded, the fault lies with the client's piece.
    looked.map_err(|fault| match fault.code {
        FaultCode::OverBound => Fault { code: FaultCode::FramesDiffer, ..fault },
        _ => fault,
    })?;
    probe.finish()
}
