//! Lists the frames of a source once, and writes the list beside the job.

use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use ffmpeg_cluster_common::cluster::event::{JobSpec, SourceAt};
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::frames::Rational;
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::io::crash;
use ffmpeg_cluster_common::io::process::Stream;
use ffmpeg_cluster_common::io::sandbox::Opened;
use ffmpeg_cluster_common::limits::FRAMES_MAX;
use ffmpeg_cluster_common::media::command::encode;
use ffmpeg_cluster_common::media::command::examine::Probed;
use ffmpeg_cluster_common::media::command::sound;
use ffmpeg_cluster_common::media::params::{Profile, hardware};
use ffmpeg_cluster_common::media::plan::carriage::{self, Carriage};
use ffmpeg_cluster_common::media::plan::film::{Film, IndexedBy};
use ffmpeg_cluster_common::media::plan::piece::StreamParams;
use ffmpeg_cluster_common::media::plan::timeline::Timeline;
use ffmpeg_cluster_common::media::plan::work::SoundWork;
use ffmpeg_cluster_common::media::proof::damage::Places;
use ffmpeg_cluster_common::media::proof::report::{Damage, Times, Verify};
use ffmpeg_cluster_common::media::source::index::{Index, IndexBuilder, Untrusted};
use ffmpeg_cluster_common::media::source::{Picture, Source};
use ffmpeg_cluster_common::media::words::device::{Hw, Method};

use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::audit::First;
use super::fault::internal;
use super::look::{Looked, look};
use super::original::Original;
use super::run::Purpose;
use super::{RunContext, audit, beginning, list, listen, pack, run};
use crate::store::durable;

/// What is known of a job's film once it is indexed.
#[derive(Debug)]
pub(crate) struct Known {
    /// Of the file whose frames were listed.
    pub(crate) etag: String,
    pub(crate) source: Source,
    pub(crate) timeline: Timeline,
}

/// What was read last of what is known of a job's source.
#[derive(Debug, Clone, Default)]
pub(super) struct FrameList(Arc<Mutex<Option<Read>>>);

type Read = (JobId, Arc<Known>);

impl Known {
    /// How the source's streams go into the result.
    pub(crate) fn carriage(&self, profile: &Profile) -> Result<Carriage, Fault> {
        carriage::plan(&self.source, profile)
            .map_err(|refusal| Fault::new(FaultCode::Internal, refusal.to_string()))
    }

    /// The work of the sound track with these streams.
    pub(crate) fn sound_work(&self, profile: &Profile, streams: &[u32]) -> Result<SoundWork, Fault> {
        let streams = self.carriage(profile)?.sounds_of(streams);
        Ok(sound::sound_work(&self.source, profile, streams))
    }
}

/// By packets where they can be trusted, unless `by` says that they can't.
pub(crate) async fn index(
    context: &RunContext,
    by: IndexedBy,
    one_piece: Option<String>,
) -> Result<Film, Fault> {
    pack::packed(context).await?;
    let surprised = by != IndexedBy::Packets || one_piece.is_some();
    let Looked { film, etag, source, listed } = look(context, by).await?;
    let no_picture = || unreadable("the source has no picture");
    let (_, picture) = source.film_stream().ok_or_else(no_picture)?;
    let (index, by) = match listed {
        Listed::Frames(index, by) => (index, by),
        Listed::Packets(packets) => {
            return list::share_out(context, Original { etag, source }, packets).await;
        }
    };
    all_images(context, &index)?;
    let timeline = timeline(index, &source, &context.spec)?;
    let timeline = timeline.in_one_piece(one_piece);
    let source = listen::beside(context, &film, &source, &timeline).await?;
    encode::can_hold(&context.spec.profile, &timeline, picture).map_err(|reason| unreadable(&reason))?;
    let sounds = listen::sound_works(context, &source)?;
    let mut known = timeline.film(&source, &context.spec.profile, by, &sounds);
    // A wrong measure would have the film made in one piece, which a small one is anyway.
    let afresh = surprised || source.bytes > beginning::BYTES_MAX;
    let first = First { film: &film, source: &source, timeline: &timeline, afresh };
    let expected = expected(context, first).await?;
    let (hw, hardware) = hardware(context, picture, expected.as_ref())?;
    let pictures = known.track_mut(Film::PICTURES);
    (pictures.hw, pictures.hardware, pictures.expected) = (hw, hardware, expected);
    // Where a client compares its own piece with the source, it decodes the piece, too.
    let made = context.spec.profile.video.codec().to_owned();
    if context.spec.care.verify == Verify::Full && !pictures.reads.contains(&made) {
        pictures.reads.push(made);
    }
    *context.runner.frame_list.0.lock().await = None;
    let file = context.runner.folders().index(&context.job);
    write(context, Original { etag, source }, file, timeline.index).await?;
    Ok(known)
}

/// What is known of the source, and a list of its frames or packets.
pub(super) async fn write(
    context: &RunContext,
    original: Original,
    file: PathBuf,
    index: Index,
) -> Result<(), Fault> {
    let (folders, job) = (context.runner.store.folders.clone(), context.job.clone());
    let written = context.runner.background.blocking(move || {
        std::fs::create_dir_all(folders.segments(&job)).context("making the job's folder")?;
        original.write(&folders.source(&job))?;
        write_index(&file, &index)?;
        // The job's own name, too: what is committed next stands on these files.
        durable::sync_folder(&folders.job(&job)).and_then(|()| durable::sync_folder(&folders.jobs()))
    });
    let written = written.await.context("writing the frame list").and_then(|done| done);
    written.map_err(|error| internal(&error))
}

/// The same back.
pub(super) async fn read(context: &RunContext, file: PathBuf) -> Result<(Original, Index), Fault> {
    let (folders, job) = (context.runner.store.folders.clone(), context.job.clone());
    let read = context.runner.background.blocking(move || -> anyhow::Result<_> {
        let index = std::fs::File::open(file).context("opening the frame list")?;
        let index = Index::read(BufReader::new(index)).context("reading the frame list")?;
        Ok((Original::read(&folders.source(&job))?, index))
    });
    read.await.context("reading the frame list").and_then(|done| done).map_err(|error| internal(&error))
}

/// Each image is a frame.
fn all_images(context: &RunContext, index: &Index) -> Result<(), Fault> {
    match &context.spec.source {
        SourceAt::Sequence(sequence) if sequence.images != index.frames() => {
            let (images, frames) = (sequence.images, index.frames());
            Err(unreadable(&format!("ffmpeg makes {frames} frames of these {images} images")))
        }
        SourceAt::Sequence(_) | SourceAt::LocalFile(_) | SourceAt::Upload(_) => Ok(()),
    }
}

/// What of hardware makes the like of what the server's own encode came out as.
fn hardware(
    context: &RunContext,
    picture: &Picture,
    expected: Option<&StreamParams>,
) -> Result<(Hw, Vec<(Method, String)>), Fault> {
    let (hw, video) = (context.spec.hw, &context.spec.profile.video);
    let refused = |why: String| Fault::new(FaultCode::Unsupported, format!("hw: require: {why}"));
    let found = hardware::allowed(hw, video, picture).map_err(|refusal| refused(refusal.to_string()))?;
    let unlike = expected.filter(|params| !hw.is_off() && params.pix_fmt != hardware::MADE);
    match (unlike, hw) {
        (Some(params), Hw::Require) => {
            Err(refused(format!("hardware is not proved to make pictures in {}", params.pix_fmt)))
        }
        (Some(_), _) => Ok((Hw::Off, Vec::new())),
        // Pieces of hardware beside those of software are proved by decoding the result.
        (None, Hw::Prefer) if blind(context).is_some() => Ok((Hw::Off, Vec::new())),
        (None, _) => Ok(found),
    }
}

/// Says that the server's ffmpeg can't decode the result, if so: some encode AV1, but decode it only with a graphics card.
pub(super) fn blind(context: &RunContext) -> Option<String> {
    let codec = context.spec.profile.video.codec();
    context.runner.tools.capabilities.lacks_decoder("the result's pictures are", codec)
}

/// None where the server can't encode this itself.
async fn expected(context: &RunContext, first: First<'_>) -> Result<Option<StreamParams>, Fault> {
    let folder = context.runner.folders().job(&context.job);
    tokio::fs::create_dir_all(&folder).await.map_err(|error| internal(&error.into()))?;
    match audit::expected(context, first).await {
        Ok(params) => Ok(Some(params)),
        Err(fault) if fault.code == FaultCode::DiskFull => Err(fault),
        Err(fault) => {
            let why = fault.tail.last().unwrap_or(&fault.message);
            tracing::warn!(job = %context.job, "the server can't encode this itself, so the first piece sets the measure for all: {why}");
            Ok(None)
        }
    }
}

pub(super) fn unreadable(message: &str) -> Fault {
    Fault::new(FaultCode::SourceUnreadable, message)
}

#[derive(Debug)]
pub(super) enum Listed {
    Frames(Index, IndexedBy),
    /// Clients list the frames, each of some of these.
    Packets(Index),
}

pub(super) async fn listed(
    context: &RunContext,
    film: &Opened,
    source: &Source,
    time_base: Rational,
    by: IndexedBy,
) -> Result<Listed, Fault> {
    if by == IndexedBy::Clients
        && let Some(index) = list::gathered(context).await?
    {
        return Ok(Listed::Frames(index, by));
    }
    // Damage is seen by decoding alone, and from the film's beginning.
    let by = if context.spec.care.damage == Damage::Strict { IndexedBy::Decoding } else { by };
    let keys = match by_packets(context, film, source, time_base).await? {
        Ok(index) if by == IndexedBy::Packets => return Ok(Listed::Frames(index, by)),
        Ok(index) => index
            .keys
            .iter()
            .filter_map(|&key| index.times.get(usize::try_from(key).ok()?).copied())
            .collect(),
        Err(untrusted) => {
            tracing::info!(job = %context.job, "the packets can't be trusted ({}); decoding instead", untrusted.reason);
            let shared = untrusted.packets.filter(|packets| list::is_for_clients(context, source, packets));
            if let Some(packets) = shared.filter(|_| by == IndexedBy::Packets) {
                return Ok(Listed::Packets(*packets));
            }
            untrusted.key_times
        }
    };
    let index = by_decoding(context, film, source, IndexBuilder::decoding(time_base, keys)).await?;
    let index = index
        .finish()
        .map_err(|why| unreadable(&format!("the frames can't be told apart: {}", why.reason)))?;
    Ok(Listed::Frames(index, IndexedBy::Decoding))
}

/// Tells of damage where the job minds it.
async fn by_decoding(
    context: &RunContext,
    film: &Opened,
    source: &Source,
    builder: IndexBuilder,
) -> Result<IndexBuilder, Fault> {
    let decoding = Decoding { builder, places: Places::default() };
    let Decoding { builder, places } = decoded(context, film, source, decoding).await?;
    let damage = places.sentences();
    if context.spec.care.damage == Damage::Strict && !damage.is_empty() {
        let message = "the source does not decode cleanly, and the job says damage: strict";
        return Err(unreadable(message).with_tail(damage));
    }
    Ok(builder)
}

/// What a decode of the source from its beginning tells.
pub(super) struct Decoding {
    pub(super) builder: IndexBuilder,
    pub(super) places: Places,
}

/// Decodes the source from its beginning: its frames, and where the decoder complains.
pub(super) async fn decoded(
    context: &RunContext,
    film: &Opened,
    source: &Source,
    decoding: Decoding,
) -> Result<Decoding, Fault> {
    let Decoding { mut builder, mut places } = decoding;
    let base = builder.time_base();
    let run = context.run_of(film, source, |film| film.frames(base));
    let what = Purpose { code: FaultCode::SourceUnreadable, what: "decoding the source" };
    let stop = context.stop.child_token();
    let done = run::both(&run, &stop, what, |stream, line| match stream {
        Stream::Output => {
            builder.line(line);
            stop_beyond(&builder, &stop);
            builder.latest().into_iter().for_each(|time| places.frame(base, time));
        }
        Stream::Errors => places.complaint(line),
    })
    .await;
    within_bound(&builder, done)?;
    Ok(Decoding { builder, places })
}

async fn by_packets(
    context: &RunContext,
    film: &Opened,
    source: &Source,
    time_base: Rational,
) -> Result<Result<Index, Untrusted>, Fault> {
    let mut builder = IndexBuilder::packets(time_base);
    let run = context.run_of(film, source, Probed::packets);
    let what = Purpose { code: FaultCode::SourceUnreadable, what: "listing the packets" };
    let stop = context.stop.child_token();
    let done = run::lines(&run, &stop, what, |line| {
        builder.line(line);
        stop_beyond(&builder, &stop);
    });
    let done = done.await;
    within_bound(&builder, done)?;
    Ok(builder.finish())
}

fn stop_beyond(builder: &IndexBuilder, stop: &CancellationToken) {
    if builder.is_beyond() {
        stop.cancel();
    }
}

fn within_bound(builder: &IndexBuilder, done: Result<(), Fault>) -> Result<(), Fault> {
    if builder.is_beyond() {
        return Err(Fault::new(
            FaultCode::OverBound,
            format!("it has more than {FRAMES_MAX} frames, the most"),
        ));
    }
    done
}

fn write_index(path: &Path, index: &Index) -> anyhow::Result<()> {
    let new = path.with_extension("new");
    let file = std::fs::File::create(&new)?;
    index.write(BufWriter::new(&file))?;
    file.sync_all()?;
    crash::point("server.index.written");
    std::fs::rename(&new, path)?;
    crash::point("server.index.renamed");
    Ok(())
}

/// What an earlier run of [`index`] wrote.
fn timeline(index: Index, source: &Source, spec: &JobSpec) -> Result<Timeline, Fault> {
    let timeline = Timeline::new(index, source, &spec.profile)?;
    Ok(match source.film_stream() {
        Some((_, picture)) if spec.care.times == Times::Rate => {
            timeline.laid_on_its_rate(picture, spec.profile.container)
        }
        Some(_) | None => timeline,
    })
}

pub(super) async fn stored(context: &RunContext) -> Result<Arc<Known>, Fault> {
    let mut last = context.runner.frame_list.0.lock().await;
    if let Some((_, known)) = last.as_ref().filter(|(job, _)| *job == context.job) {
        return Ok(known.clone());
    }
    // The other film's list goes first: two long ones need not be in memory together.
    *last = None;
    let known = Arc::new(read_stored(context).await?);
    *last = Some((context.job.clone(), known.clone()));
    Ok(known)
}

async fn read_stored(context: &RunContext) -> Result<Known, Fault> {
    let (Original { etag, source }, index) =
        read(context, context.runner.folders().index(&context.job)).await?;
    let spec = context.spec.clone();
    let reckoned = context.runner.background.blocking(move || {
        let timeline = timeline(index, &source, &spec).map_err(|fault| anyhow::Error::msg(fault.message))?;
        Ok(Known { etag, source, timeline })
    });
    let known = reckoned.await.context("reading the frame list").and_then(|known| known);
    known.map_err(|error| internal(&error))
}
