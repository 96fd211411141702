//! Asks ffprobe what a file is. Only demuxers of real films may open it: a playlist or a script that names other files is
//! no film, whatever its name says.

use std::fs::File;
use std::io;
use std::path::Path;

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::io::process::{self, EndReason, Run};
use ffmpeg_cluster_common::media::command::examine::{self, Question};
use ffmpeg_cluster_common::media::params::Profile;
use ffmpeg_cluster_common::media::source::formats;
use ffmpeg_cluster_common::media::source::guard::{Guard, bound_met};
use ffmpeg_cluster_common::media::source::{Source, StreamKind};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::Input;
use super::Runner;
use super::answers::{micros, packets, read, read_frames, read_x264_build};
use super::beginning::{self, Beginning};
use super::fault::internal;

/// Enough for the tags of two hundred streams with a page of text each, or for two hundred thousand chapters.
const ANSWER_BYTES_MAX: usize = 8 << 20;

pub(crate) async fn probe<'a>(
    runner: &Runner,
    file: impl Into<Input<'a>>,
    stop: &CancellationToken,
) -> Result<Source, Fault> {
    let file = file.into();
    if let Some(source) = small(runner, file, stop).await {
        return Ok(source);
    }
    let mut source = header(runner, file, stop).await?;
    of_picture(runner, file, &mut source, stop).await;
    Ok(source)
}

/// Notes what the beginning of the film's picture tells beside the header.
async fn of_picture(runner: &Runner, file: Input<'_>, source: &mut Source, stop: &CancellationToken) {
    let sides = Question::SideData(source.film_picture());
    let packet = async {
        let question = Question::x264_build(source)?;
        ask(runner, file, question, stop).await.ok()
    };
    // Other checks judge a film whose beginning does not decode.
    let (frames, packet) = tokio::join!(ask(runner, file, sides, stop), packet);
    read_frames(&frames.unwrap_or_default(), source);
    read_x264_build(source, &packet.unwrap_or_default());
}

/// Probes the picture that the parameters choose, if it is not the film's first.
pub(crate) async fn chosen<'a>(
    runner: &Runner,
    file: impl Into<Input<'a>>,
    source: Source,
    profile: &Profile,
    stop: &CancellationToken,
) -> Result<Source, Fault> {
    let film = |source: &Source| source.film_stream().map(|(stream, _)| stream.index);
    let first = film(&source);
    let mut source = profile.with_its_picture(source);
    if film(&source) != first {
        source.within_bounds()?;
        can_be_decoded(runner, &source)?;
        of_picture(runner, file.into(), &mut source, stop).await;
    }
    Ok(source)
}

/// Probes a small film in one run, or in two if the first does not tell which x264 made the film. None if the film is not small,
/// or anything fails: the questions for a large film then find the cause.
async fn small(runner: &Runner, file: Input<'_>, stop: &CancellationToken) -> Option<Source> {
    let opened = open(runner, file, |file| Ok(file.metadata()?.len())).await;
    opened.filter(|bytes| *bytes <= beginning::BYTES_MAX)?;
    let text = ask(runner, file, Question::Beginning { packets: beginning::PACKETS }, stop).await.ok()?;
    let mut beginning = Beginning::read(&text)?;
    beginning.source.within_bounds().ok()?;
    let Some(question) = Question::x264_build(&beginning.source) else { return Some(beginning.source) };
    let packet = match beginning.first_packet() {
        Some(place) => open(runner, file, move |file| beginning::bytes(file, place)).await,
        None => None,
    };
    if !beginning.note_x264_build(&packet.unwrap_or_default()) {
        let packet = ask(runner, file, question, stop).await;
        read_x264_build(&mut beginning.source, &packet.unwrap_or_default());
    }
    Some(beginning.source)
}

async fn open<T: Send + 'static>(
    runner: &Runner,
    film: Input<'_>,
    look: impl FnOnce(&mut File) -> io::Result<T> + Send + 'static,
) -> Option<T> {
    let (held, path) = (film.held().cloned(), film.path().to_owned());
    let looked = runner
        .background
        .blocking(move || look(&mut held.map_or_else(|| File::open(path), |film| film.again())?));
    looked.await.ok()?.ok()
}

/// What a probe found in a joined file.
pub(super) struct Found {
    pub(super) source: Source,
    /// The picture's packets, in the form of the run that lists packets; only for a small file.
    pub(super) packets: Option<Vec<String>>,
}

/// Probes a result; looks for side data if the source has some.
pub(super) async fn result(
    runner: &Runner,
    file: &Path,
    of: &Source,
    stop: &CancellationToken,
) -> Result<Found, Fault> {
    let mut found = match whole(runner, file, stop).await {
        Some(found) => found,
        None => Found { source: header(runner, file, stop).await?, packets: None },
    };
    if of.film_stream().is_some_and(|(_, picture)| picture.hdr.is_some() || !picture.extras.is_empty()) {
        let sides = Question::SideData(found.source.film_picture());
        let frames = ask(runner, file.into(), sides, stop).await.unwrap_or_default();
        read_frames(&frames, &mut found.source);
    }
    Ok(found)
}

/// None if the file is not small, or anything fails: the other questions then find the cause.
async fn whole(runner: &Runner, file: &Path, stop: &CancellationToken) -> Option<Found> {
    let file = file.into();
    let bytes = open(runner, file, |file| Ok(file.metadata()?.len())).await;
    bytes.filter(|bytes| *bytes <= beginning::BYTES_MAX)?;
    let text = ask(runner, file, Question::Whole, stop).await.ok()?;
    let source = read(&text).ok().filter(|source| source.within_bounds().is_ok())?;
    let film = source.film_stream()?.0.index;
    Some(Found { packets: Some(packets(&text, film)?), source })
}

/// The facts that precede the first frame, from one run of ffprobe.
pub(crate) async fn header<'a>(
    runner: &Runner,
    file: impl Into<Input<'a>>,
    stop: &CancellationToken,
) -> Result<Source, Fault> {
    let text = ask(runner, file.into(), Question::Facts, stop).await?;
    let source =
        read(&text).map_err(|what| unreadable(format!("ffprobe's answer was not understood: {what}")))?;
    source.within_bounds().or_else(|fault| {
        // Without a decoder, ffprobe can't tell the size of many pictures; then the missing decoder is the cause.
        can_be_decoded(runner, &source)?;
        Err(fault)
    })?;
    Ok(source)
}

/// Refuses a source whose pictures the server's ffmpeg can't decode. A result may have such pictures.
pub(crate) fn can_be_decoded(runner: &Runner, source: &Source) -> Result<(), Fault> {
    let stream = source.film_stream().map(|(stream, _)| stream);
    let codec = stream.filter(|stream| stream.untold() != Some("codec")).map(|stream| stream.codec.as_str());
    let why = codec.and_then(|codec| runner.tools.capabilities.lacks_decoder("its pictures are", codec));
    why.map_or(Ok(()), |why| Err(unreadable(format!("{why}; --ffmpeg-dir names another ffmpeg"))))
}

/// Notes when the first packet of each sound comes, including those before the beginning of an edit list.
/// What the header says can be wrong: of a sound that begins after what ffprobe reads it says the film's beginning.
pub(super) async fn first_sounds<'a>(
    runner: &Runner,
    file: impl Into<Input<'a>>,
    source: &mut Source,
    stop: &CancellationToken,
) -> Result<(), Fault> {
    let file = file.into();
    for stream in source.streams.iter_mut().filter(|stream| stream.kind == StreamKind::Audio) {
        let text = ask(runner, file, Question::FirstTime(stream.index), stop).await?;
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        stream.start_us = micros(answer["packets"][0]["pts_time"].as_str()).or(stream.start_us);
    }
    Ok(())
}

fn unreadable(message: impl Into<String>) -> Fault {
    Fault::new(FaultCode::SourceUnreadable, message)
}

async fn ask(
    runner: &Runner,
    file: Input<'_>,
    question: Question,
    stop: &CancellationToken,
) -> Result<String, Fault> {
    let guard = Guard::new(&runner.settings.formats.whitelist(), String::new());
    let run = Run::of(examine::probe(&file.of_run(), &guard, question), &runner.tools, file.held());
    let run = run.traced(&runner.trace);
    let (ended, text) =
        process::output(&run, stop, ANSWER_BYTES_MAX).await.map_err(|error| internal(&error))?;
    if let EndReason::Overtold(most) = ended.how {
        let message =
            format!("the source's tags and chapters, as ffprobe prints them, exceed {} MiB", most >> 20);
        return Err(Fault::new(FaultCode::OverBound, message));
    }
    if ended.code(FaultCode::SourceUnreadable) == FaultCode::OverBound {
        return Err(Fault::new(FaultCode::OverBound, format!("ffprobe {}", ended.describe())));
    }
    if let Some(bound) = bound_met(&ended.tail, ended.is_good()) {
        return Err(Fault::new(FaultCode::OverBound, bound));
    }
    if let Some(format) = formats::refused(&ended.tail).filter(|_| !ended.is_good()) {
        return Err(unreadable(formats::refusal(format, "this server")));
    }
    if !ended.is_good() {
        return Err(unreadable("ffprobe can't read it as a film").with_tail(ended.tail));
    }
    Ok(text)
}
