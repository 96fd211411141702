//! The work on one lease, from its offer to its piece on the server.
//!
//! - [`supervise`]: watches one run of ffmpeg
//! - [`piece`]: sends a piece to the server
//! - [`encode`]: encodes frames as a checked piece
//! - [`list`]: decodes packets to get the times of their frames
//! - [`sound`]: encodes all sound as a piece

pub(crate) mod encode;
pub(crate) mod list;
pub(crate) mod piece;
pub(crate) mod sound;
pub(crate) mod supervise;

use std::path::{Path, PathBuf};
use std::time::Instant;

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::io::crash;
use ffmpeg_cluster_common::io::process::{Ended, Run};
use ffmpeg_cluster_common::io::tools::Tools;
use ffmpeg_cluster_common::io::trace::{Purpose, Trace};
use ffmpeg_cluster_common::media::command::progress::Progress;
use ffmpeg_cluster_common::media::command::{Command, Input, Opening};
use ffmpeg_cluster_common::media::plan::piece::Findings;
use ffmpeg_cluster_common::media::plan::work::Work;
use ffmpeg_cluster_common::media::source::guard::Guard;
use ffmpeg_cluster_common::media::words::device::Device;
use ffmpeg_cluster_common::protocol::to_client::Offer;
use ffmpeg_cluster_common::protocol::to_server::Spent;
use tokio_util::sync::CancellationToken;

use self::piece::Piece;
use self::supervise::Stop;
use crate::encode::gateway::Opened;

/// The inputs of the work on a lease.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PieceRun<'a> {
    pub(crate) tools: &'a Tools,
    /// The reader through which ffmpeg reads the source.
    pub(crate) opened: &'a Opened,
    /// The lease's own folder.
    pub(crate) folder: &'a Path,
    pub(crate) cancel: &'a CancellationToken,
    /// The device of this machine that encodes, if any.
    pub(crate) device: Option<&'a Device>,
    /// The trace of this lease.
    pub(crate) trace: &'a Trace,
}

/// A lease's piece, finished and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) piece: Piece,
    /// 0 for sound.
    pub(crate) frames: u64,
    pub(crate) encode_ms: u64,
    /// None if the system does not report it.
    pub(crate) spent: Option<Spent>,
    pub(crate) findings: Findings,
}

/// A piece that is checked, and not yet hashed.
pub(crate) struct Encoded {
    file: PathBuf,
    findings: Findings,
    spent: Option<Spent>,
}

/// Works on `offer` to its end. `progress` gets frames and frames per second about twice a second.
pub(crate) async fn make(
    piece_run: PieceRun<'_>,
    offer: &Offer,
    progress: impl Fn(u64, f32) + Send + Sync,
) -> Result<Made, Stop> {
    let began = Instant::now();
    let broken = |error: std::io::Error| {
        Fault::new(FaultCode::Internal, format!("the lease's folder {}: {error}", piece_run.folder.display()))
    };
    tokio::fs::create_dir_all(piece_run.folder).await.map_err(broken)?;
    let codecs = offer.source.codecs.iter().map(String::as_str);
    let guard = Guard::new(&offer.source.format, piece_run.tools.capabilities.decoders.of(codecs));
    let input = Input::Gateway { url: piece_run.opened.url(), port: piece_run.opened.port() };
    let source = Opening::watched(input, &guard);
    let plain = |file| Encoded { file, findings: Findings::default(), spent: None };
    let (Encoded { file, findings, spent }, frames) = match &offer.work {
        Work::Picture(work) => (encode::picture(piece_run, work, &source, progress).await?, work.range.len()),
        Work::List(work) => (plain(list::list(piece_run, work, &source, progress).await?), work.range.len()),
        Work::Sound(work) => (plain(sound::sound(piece_run, work, &source, progress).await?), 0),
    };
    let encode_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    crash::point("client.piece.encoded");
    let _span = piece_run.trace.span(Purpose::Hash);
    let digested = tokio::task::spawn_blocking(move || Piece::of(&file)).await;
    let piece = digested.map_err(std::io::Error::other).and_then(|piece| piece).map_err(broken)?;
    crash::point("client.piece.digested");
    Ok(Made { piece, frames, encode_ms, spent, findings })
}

/// Reads a line of ffmpeg's progress report. At the end of each report, calls `progress` and returns the frames.
fn heard(said: &mut Progress, line: &str, progress: impl Fn(u64, f32)) -> Option<u64> {
    said.line(line).then(|| {
        progress(said.frames, said.fps);
        said.frames
    })
}

impl PieceRun<'_> {
    /// Runs to success. `on_line` gets each line of standard output, and returns the amount done.
    async fn run(
        &self,
        purpose: Purpose,
        command: Command,
        on_line: impl FnMut(&str) -> Option<u64>,
    ) -> Result<Ended, Stop> {
        let run = Run::of(command, self.tools, None).traced(&self.trace.of(purpose));
        supervise::run(&run, self.opened, self.cancel, on_line).await
    }
}
