//! What a lease is made of: [`supervise`] one ffmpeg run, watched · [`encode`] frames → a piece that was looked
//! at · [`list`] packets → the times of their frames · [`sound`] all sound → a piece · [`piece`] a piece → the server.

pub(crate) mod encode;
pub(crate) mod list;
pub(crate) mod piece;
pub(crate) mod sound;
pub(crate) mod supervise;

use std::path::Path;
use std::time::Instant;

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::io::crash;
use ffmpeg_cluster_common::io::process::{Ended, Run};
use ffmpeg_cluster_common::io::tools::Tools;
use ffmpeg_cluster_common::io::trace::{Purpose, Trace};
use ffmpeg_cluster_common::media::command::progress::Progress;
use ffmpeg_cluster_common::media::command::{Command, Input, Opening};
use ffmpeg_cluster_common::media::plan::work::Findings;
use ffmpeg_cluster_common::media::plan::work::Work;
use ffmpeg_cluster_common::media::source::guard::Guard;
use ffmpeg_cluster_common::media::words::device::Device;
use ffmpeg_cluster_common::protocol::to_client::Offer;
use tokio_util::sync::CancellationToken;

use self::piece::Piece;
use self::supervise::Stop;
use crate::encode::gateway::Opened;

/// What a lease is worked on with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bench<'a> {
    pub(crate) tools: &'a Tools,
    /// Through which ffmpeg reads the source.
    pub(crate) opened: &'a Opened,
    /// The lease's own; there already, and empty.
    pub(crate) folder: &'a Path,
    pub(crate) cancel: &'a CancellationToken,
    /// This machine's device that encodes it; none: no device.
    pub(crate) device: Option<&'a Device>,
    /// Of this lease.
    pub(crate) trace: &'a Trace,
}

/// A lease's piece, finished and looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) piece: Piece,
    /// For sound: 0.
    pub(crate) frames: u64,
    pub(crate) encode_ms: u64,
    pub(crate) findings: Findings,
}

/// Works on `offer` to its end. `progress` is told frames and frames per second, about twice a second.
pub(crate) async fn make(
    bench: Bench<'_>,
    offer: &Offer,
    progress: impl Fn(u64, f32) + Send + Sync,
) -> Result<Made, Stop> {
    let began = Instant::now();
    let broken = |error: std::io::Error| {
        Fault::new(FaultCode::Internal, format!("the lease's folder {}: {error}", bench.folder.display()))
    };
    tokio::fs::create_dir_all(bench.folder).await.map_err(broken)?;
    let codecs = offer.source.codecs.iter().map(String::as_str);
    let guard = Guard::new(&offer.source.format, bench.tools.capabilities.decoders.of(codecs));
    let input = Input::Gateway { url: bench.opened.url(), port: bench.opened.port() };
    let source = Opening::watched(input, &guard);
    let ((file, findings), frames) = match &offer.work {
        Work::Picture(work) => (encode::picture(bench, work, &source, progress).await?, work.range.len()),
        Work::List(work) => {
            ((list::list(bench, work, &source, progress).await?, Findings::default()), work.range.len())
        }
        Work::Sound(work) => ((sound::sound(bench, work, &source, progress).await?, Findings::default()), 0),
    };
    let encode_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    crash::point("client.piece.encoded");
    let _span = bench.trace.span(Purpose::Hash);
    let digested = tokio::task::spawn_blocking(move || Piece::of(&file)).await;
    let piece = digested.map_err(std::io::Error::other).and_then(|piece| piece).map_err(broken)?;
    crash::point("client.piece.digested");
    Ok(Made { piece, frames, encode_ms, findings })
}

/// A line of ffmpeg's progress: tells frames and frames per second, and gives the frames where it was the last of its kind.
fn heard(said: &mut Progress, line: &str, progress: impl Fn(u64, f32)) -> Option<u64> {
    said.line(line).then(|| {
        progress(said.frames, said.fps);
        said.frames
    })
}

impl Bench<'_> {
    /// To a good end. `on_line` is given each line of standard output and says how much is done.
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
