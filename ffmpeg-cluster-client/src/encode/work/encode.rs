//! Encodes exactly the leased frames with one supervised ffmpeg, and checks the piece before it reports the piece.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::io::disk;
use ffmpeg_cluster_common::io::process::{self, Ended, Run};
use ffmpeg_cluster_common::io::trace::Purpose;
use ffmpeg_cluster_common::media::command::encode::{Start, piece_suffix};
use ffmpeg_cluster_common::media::command::piece::PieceCommands;
use ffmpeg_cluster_common::media::command::progress::Progress;
use ffmpeg_cluster_common::media::command::{Opening, Side};
use ffmpeg_cluster_common::media::plan::piece::Findings;
use ffmpeg_cluster_common::media::plan::witness;
use ffmpeg_cluster_common::media::plan::witness::{DecodeComparison, Lead};
use ffmpeg_cluster_common::media::plan::work::PictureWork;
use ffmpeg_cluster_common::media::proof::probed::{PieceProbe, ProbedPiece, probe_piece};
use ffmpeg_cluster_common::media::proof::verify::{quick_check, quick_check_streams};
use ffmpeg_cluster_common::media::proof::{damage, likeness, remake, unaided};
use ffmpeg_cluster_common::media::source::guard::Guard;
use ffmpeg_cluster_common::media::words::device;
use ffmpeg_cluster_common::media::words::device::Device;
use ffmpeg_cluster_common::protocol::to_server::Spent;

use super::supervise::Stop;
use super::{Encoded, PieceRun, heard};

/// Returns the finished file, and the findings of its encoding; [`remake`] says when to encode it a second time.
pub(super) async fn picture(
    piece_run: PieceRun<'_>,
    work: &PictureWork,
    source: &Opening,
    progress: impl Fn(u64, f32),
) -> Result<Encoded, Stop> {
    let file = piece_run.folder.join(format!("piece.{}", piece_suffix()));
    let commands = PieceCommands { work, source, start: Start::Seek };
    let Encode { tail, spent } = encode(piece_run, commands, &file, &progress).await?;
    // Tells the server that the work moves, but no speed, because nothing is encoded.
    let alive = || progress(work.range.len(), 0.0);
    let looked = look(piece_run, work, &file).await?;
    let why = match (remake::after_check(work, looked.as_ref().err(), &tail), looked) {
        (Some(why), _) => why,
        (None, Err(fault)) => return Err(fault.with_tail(tail).into()),
        (None, Ok(())) => {
            let second = decode_again(piece_run, commands, &alive).await?;
            let Some(why) = remake::after_second(work, second) else {
                let findings = found(piece_run, commands, Made { file: &file, said: tail }, &alive).await?;
                let findings = Findings { second, ..findings }.tidied();
                return Ok(Encoded { file, findings, spent });
            };
            why
        }
    };
    tracing::warn!("{why}; encoding again from the beginning of the film");
    let commands = PieceCommands { start: Start::Beginning, ..commands };
    let Encode { tail, spent } = encode(piece_run, commands, &file, &progress).await?;
    if let Err(fault) = look(piece_run, work, &file).await? {
        return Err(fault.with_tail(tail).into());
    }
    // The same fault may affect other pieces that began in the middle, so check for that too.
    let second = decode_again(piece_run, commands, &alive).await?;
    let findings = found(piece_run, commands, Made { file: &file, said: tail }, &alive).await?;
    Ok(Encoded { file, findings: Findings { second, ..findings }.tidied(), spent })
}

/// A piece, and ffmpeg's messages from its encoding.
struct Made<'a> {
    file: &'a Path,
    said: Vec<String>,
}

/// ffmpeg's complaints about the source and, if the work wants it, how similar the piece is to the source.
async fn found(
    piece_run: PieceRun<'_>,
    commands: PieceCommands<'_>,
    made: Made<'_>,
    alive: &impl Fn(),
) -> Result<Findings, Stop> {
    let Made { file, said } = made;
    let work = commands.work;
    let sought = commands.start == Start::Seek && work.window.seek.is_some();
    let complaints = damage::complaints(&said, &work.profile.encoder, sought);
    let excused = damage::complaints(&said, &work.profile.encoder, false).len() > complaints.len();
    let lead = if sought { work.lead } else { Lead::Beginning };
    let seen = tokio::fs::read_to_string(witness_file(piece_run)).await.unwrap_or_default();
    let ends = witness::read(&work.witness, &seen);
    let mut findings = Findings { complaints, excused, likeness: None, ends, lead, second: None };
    if work.compare {
        let probed = probe(piece_run, work, file).await??;
        let command = commands.compare(file, &piece_guard(piece_run, work), &probed.facts.params[0]);
        let mut said = Progress::default();
        let ended = piece_run.run(Purpose::Likeness, command, |line| moved(&mut said, line, alive));
        findings.likeness = likeness::read(ended.await?.tail.iter().map(String::as_str));
    }
    Ok(findings)
}

/// If the work wants it, decodes the source again from another key frame, and compares every picture.
async fn decode_again(
    piece_run: PieceRun<'_>,
    commands: PieceCommands<'_>,
    alive: &impl Fn(),
) -> Result<Option<DecodeComparison>, Stop> {
    let file = piece_run.folder.join("second.framehash");
    let Some(command) = commands.decode_again(&file) else { return Ok(None) };
    let mut said = Progress::default();
    piece_run.run(Purpose::SecondDecode, command, |line| moved(&mut said, line, alive)).await?;
    let read = |error| Fault::new(FaultCode::Internal, format!("comparing two decodes: {error}"));
    let first = tokio::fs::read_to_string(witness_file(piece_run)).await.map_err(read)?;
    let second = tokio::fs::read_to_string(file).await.map_err(read)?;
    let compared = commands.work.second.and_then(|decode| witness::compare(&decode, &first, &second));
    compared
        .map(Some)
        .ok_or_else(|| Fault::new(FaultCode::Internal, "two decodes of a piece gave no frame").into())
}

async fn encode(
    piece_run: PieceRun<'_>,
    commands: PieceCommands<'_>,
    file: &Path,
    progress: impl Fn(u64, f32),
) -> Result<Encode, Stop> {
    let command = commands.encode(piece_run.device, file, &witness_file(piece_run));
    tracing::debug!("ffmpeg {}", command.line());
    let trace = piece_run.trace.about("frames", &commands.work.range.len());
    let piece_run = PieceRun { trace: &trace.about("lead_in_s", &lead_in_secs(commands)), ..piece_run };
    let mut said = Progress::default();
    let ended = piece_run.run(Purpose::Encode, command, |line| heard(&mut said, line, &progress)).await;
    let ended = ended.map_err(|stop| busy(stop, piece_run.device))?;
    Ok(Encode { spent: spent(&ended), tail: ended.tail })
}

/// What a run that made a piece said and used.
struct Encode {
    tail: Vec<String>,
    spent: Option<Spent>,
}

fn spent(ended: &Ended) -> Option<Spent> {
    let used = ended.used?;
    let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    Some(Spent { cpu_ms: ms(used.cpu), ran_ms: ms(ended.took), memory_bytes: used.memory? })
}

/// Seconds of film to decode before the first frame that the piece needs.
fn lead_in_secs(commands: PieceCommands<'_>) -> f64 {
    let window = commands.work.window;
    let from = window.seek.filter(|_| commands.start == Start::Seek).unwrap_or(window.zero);
    window.time_base.micros(window.start - from).max(0) as f64 / 1e6
}

/// The progress of a run that only compares.
fn moved(said: &mut Progress, line: &str, alive: &impl Fn()) -> Option<u64> {
    heard(said, line, |_, _| alive())
}

/// Hashes of the source around the piece's ends, from the run that makes the piece.
fn witness_file(piece_run: PieceRun<'_>) -> PathBuf {
    piece_run.folder.join("ends.framehash")
}

/// A device without a free session is no fault of the work.
fn busy(stop: Stop, device: Option<&Device>) -> Stop {
    match (stop, device) {
        (Stop::Fault(fault), Some(device)) if device::is_busy(&fault.tail) => {
            let message = format!("{} is busy: {}", device.name, fault.message);
            Stop::Fault(Fault { code: FaultCode::DeviceBusy, message, ..fault })
        }
        (stop, _) => stop,
    }
}

fn piece_guard(piece_run: PieceRun<'_>, work: &PictureWork) -> Guard {
    Guard::new(piece_suffix(), piece_run.tools.capabilities.decoders.of([work.profile.codec()]))
}

/// The outer error means that the check failed to run; the inner one is its result.
/// Only ffprobe refuses a piece, because our own reader may be wrong about what it can't read or would refuse.
async fn look(piece_run: PieceRun<'_>, work: &PictureWork, file: &Path) -> Result<Result<(), Fault>, Stop> {
    match read(piece_run, work, file).await {
        _ if piece_run.cancel.is_cancelled() => Err(Stop::Cancelled),
        Ok(()) => Ok(Ok(())),
        Err(why) => {
            tracing::debug!("asking ffprobe about the piece: {why}");
            let probed = probe(piece_run, work, file).await?;
            Ok(probed.and_then(|probed| quick_check(work, &probed)))
        }
    }
}

/// Checks the piece without starting a program.
async fn read(piece_run: PieceRun<'_>, work: &PictureWork, file: &Path) -> Result<(), String> {
    let (file, _span) = (file.to_owned(), piece_run.trace.span(Purpose::Check));
    let piece = tokio::task::spawn_blocking(move || unaided::read(std::fs::File::open(file)?)).await;
    let piece = piece.map_err(std::io::Error::other).and_then(|piece| piece);
    quick_check_streams(work, &piece.map_err(|error| error.to_string())?.streams)
        .map_err(|fault| fault.message)
}

async fn probe(
    piece_run: PieceRun<'_>,
    work: &PictureWork,
    file: &Path,
) -> Result<Result<ProbedPiece, Fault>, Stop> {
    let mut probe = PieceProbe::default();
    let command = probe_piece(Side::Client, file, &piece_guard(piece_run, work));
    let run = Run::of(command, piece_run.tools, None).traced(&piece_run.trace.of(Purpose::Check));
    let ended = process::run(&run, piece_run.cancel, |line| probe.line(line)).await;
    let ended = ended.map_err(|error| disk::fault(&error))?;
    if piece_run.cancel.is_cancelled() {
        return Err(Stop::Cancelled);
    }
    if !ended.is_good() {
        let message = format!("the piece can't be read: ffprobe {}", ended.describe());
        return Ok(Err(Fault::new(FaultCode::FramesDiffer, message).with_tail(ended.tail)));
    }
    Ok(probe.finish())
}
