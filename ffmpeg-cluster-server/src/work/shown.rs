//! The films whose frames people look at: a job's source, or its result.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use anyhow::Context;
use ffmpeg_cluster_common::cluster::event::JobSpec;
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::io::sandbox::Opened;
use ffmpeg_cluster_common::media::command::count;
use ffmpeg_cluster_common::media::command::encode::{self, Start};
use ffmpeg_cluster_common::media::params::{Profile, Span, VideoProfile};
use ffmpeg_cluster_common::media::plan::film::IndexedBy;
use ffmpeg_cluster_common::media::plan::timeline::Timeline;
use ffmpeg_cluster_common::media::plan::work::PictureWork;
use ffmpeg_cluster_common::media::proof::report::{Care, Damage};
use ffmpeg_cluster_common::media::source::Source;
use ffmpeg_cluster_common::media::source::index::Index;
use ffmpeg_cluster_common::time::WallMillis;

use super::context::ours;
use super::fault::{internal, unreadable};
use super::listed::{Listed, listed};
use super::{RunContext, frame_list, original, probe, probe_once};
use crate::store::file_tag::etag;
use crate::store::roots::Found;

/// Times of a timeline are rounded to microseconds, more than once.
const ROUNDING_US: i64 = 500;
/// A time in two lists.
const FRAME_BYTES: u64 = 16;

/// Which film of a job.
#[derive(Debug, Clone)]
pub(crate) enum Film {
    Source,
    /// The finished film, at this path.
    Result(PathBuf),
}

/// A film that is open, and the tag under which its frames are known.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(super) film: Opened,
    pub(crate) tag: String,
    of: Film,
    /// Whether the job's own frame list is still there.
    has_list: bool,
}

/// How the job's frames were listed, and how many they are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listing {
    pub(crate) by: IndexedBy,
    pub(crate) frames: u64,
}

/// The frames of a film as people count them.
#[derive(Debug)]
pub(super) struct Frames {
    pub(super) source: Source,
    /// The film's own frames in the part that the job encodes, before any filter.
    own: Timeline,
    /// The frames that the job makes of them, if they are others.
    made: Option<Timeline>,
    profile: Profile,
}

/// Opens the film. Fails with `SourceChanged` if it is gone, or was written after the job's end.
pub(crate) async fn open(context: &RunContext, of: Film, ended: Option<WallMillis>) -> Result<Shown, Fault> {
    if let Film::Result(path) = &of {
        let path = path.clone();
        let opened = context.runner.background.blocking(move || ours(&path)).await;
        let found = opened.context("opening the result").and_then(|found| Ok(found?));
        return Ok(shown(found.map_err(|error| internal(&error))?, of, ""));
    }
    let (folders, job) = (context.runner.folders().clone(), context.job.clone());
    // A list that is written while we look gives another tag next time.
    let list = context.runner.background.blocking(move || {
        let about = std::fs::metadata(folders.index(&job)).ok()?;
        let listed = original::Original::read(&folders.source(&job)).ok()?;
        Some((etag(&about), listed.etag))
    });
    let list = list.await.ok().flatten();
    let listed = list.as_ref().map_or("", |(_, listed)| listed);
    let found = original::unchanged(context, listed).await?;
    // The digests of its blocks went with the job.
    if ended.is_some_and(|ended| list.is_none() && modified(&found) > Some(ended)) {
        let path = found.path.display();
        return Err(changed(format!("the source {path} was written again after the job ended")));
    }
    let mut shown = shown(found, of, list.as_ref().map_or("", |(list, _)| list));
    shown.has_list = list.is_some();
    Ok(shown)
}

fn changed(message: String) -> Fault {
    Fault::new(FaultCode::SourceChanged, message)
}

fn modified(found: &Found) -> Option<WallMillis> {
    let since = found.about.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(since.as_millis()).ok().map(WallMillis)
}

fn shown(found: Found, of: Film, list: &str) -> Shown {
    let tag = format!("{} {list}", etag(&found.about));
    Shown { film: found.opened(), tag, of, has_list: false }
}

impl Shown {
    /// The job's own list, or a new one of a film that nobody encodes any more.
    pub(super) async fn frames(&self, context: &RunContext, wanted: Listing) -> Result<Arc<Frames>, Fault> {
        let (source, index) = if self.has_list {
            let (original, index) =
                frame_list::read(context, context.runner.folders().index(&context.job)).await?;
            (original.source, index)
        } else {
            self.list(context, wanted.by).await?
        };
        let (context, of) = (context.clone(), self.of.clone());
        let background = context.runner.background.clone();
        let counted = background.blocking(move || match of {
            Film::Source => Frames::of_source(source, index, &context, wanted.frames),
            Film::Result(_) => Frames::of_result(source, index, &context),
        });
        let counted = counted.await.map_err(|error| internal(&error.into()))?;
        counted.map(Arc::new)
    }

    async fn list(&self, context: &RunContext, by: IndexedBy) -> Result<(Source, Index), Fault> {
        let care = Care { damage: Damage::Tolerate, ..context.spec.care };
        let spec = Arc::new(JobSpec { care, ..(*context.spec).clone() });
        let context = &RunContext { spec, ..context.clone() };
        let mut source = probe_once::probed(&context.runner, &self.film, &context.stop).await?;
        if matches!(self.of, Film::Source) {
            let (runner, profile) = (&context.runner, &context.spec.profile);
            source = probe::chosen(runner, &self.film, source, profile, &context.stop).await?;
        }
        probe::can_be_decoded(&context.runner, &source)?;
        let base = source.film_stream().map(|(_, picture)| picture.time_base);
        let base = base.ok_or_else(|| unreadable("the film has no picture"))?;
        let found = listed(context, &self.film, &source, base, by).await?;
        let found = match found {
            // Clients would list it; here nobody but the server is left.
            Listed::Packets(_) => listed(context, &self.film, &source, base, IndexedBy::Decoding).await?,
            found @ Listed::Frames(..) => found,
        };
        match found {
            Listed::Frames(index, _) => Ok((source, index)),
            Listed::Packets(_) => Err(unreadable("the frames of the film can't be listed")),
        }
    }
}

impl Frames {
    fn of_source(source: Source, index: Index, context: &RunContext, frames: u64) -> Result<Self, Fault> {
        let spec = &context.spec;
        let profile = still(&spec.profile, spec.profile.span);
        let made = frame_list::timeline(index.clone(), &source, spec)?;
        if made.frames() != frames {
            let now = made.frames();
            return Err(changed(format!("the source has {now} frames now, and the job encoded {frames}")));
        }
        let own = Timeline::new(index, &source, &profile)?;
        // Frames that only the filters know have numbers of their own.
        let is_known = count::work(&source, &made, &spec.profile).is_none();
        let made = Some(made).filter(|made| is_known && made.frames() != own.frames());
        Ok(Self { source, own, made, profile })
    }

    fn of_result(source: Source, index: Index, context: &RunContext) -> Result<Self, Fault> {
        let profile = still(&context.spec.profile, Span::default());
        let own = Timeline::new(index, &source, &profile)?;
        Ok(Self { source, own, made: None, profile })
    }

    pub(super) fn count(&self) -> u64 {
        self.made.as_ref().unwrap_or(&self.own).frames()
    }

    /// Bytes that this takes in memory, about.
    pub(super) fn bytes(&self) -> u64 {
        let frames = self.own.index.frames() + self.made.as_ref().map_or(0, Timeline::frames);
        frames * FRAME_BYTES
    }

    /// The film's own frame that is on the screen at the job's frame `n`; None beyond the end.
    fn on_screen(&self, n: u64) -> Option<u64> {
        if n >= self.count() {
            return None;
        }
        let Some(made) = &self.made else { return Some(n) };
        let (at, mut shown, mut end) = (made.time_us(n) + ROUNDING_US, 0, self.own.frames());
        while end - shown > 1 {
            let middle = u64::midpoint(shown, end);
            if self.own.time_us(middle) <= at { shown = middle } else { end = middle }
        }
        Some(shown)
    }

    /// The work whose first frame is the job's frame `n`, and where its decoder begins.
    pub(super) fn work(&self, n: u64) -> Option<(PictureWork, Start)> {
        let frame = self.on_screen(n)?;
        let range = FrameRange::new(frame, frame + 1);
        let work = encode::picture_work(&self.source, &self.own, &self.profile, range)?;
        let whole = self.own.one_piece().is_some();
        Some((work, if whole { Start::Beginning } else { Start::Seek }))
    }

    /// The key frame before the job's frame `n`, for a picture that need not be of exactly this frame.
    pub(super) fn near(&self, n: u64) -> Option<(PictureWork, Start)> {
        let frame = self.on_screen(n)?;
        let index = &self.own.index;
        let time = self.own.window(FrameRange::new(frame, frame + 1)).start;
        let at = index.times.partition_point(|&one| one < time) as u64;
        let keys = index.keys.partition_point(|&key| key <= at);
        let key = keys.checked_sub(1).map_or(0, |last| index.keys[last]);
        let first = frame.saturating_sub(at - key.min(at));
        let range = FrameRange::new(first, first + 1);
        let mut work = encode::picture_work(&self.source, &self.own, &self.profile, range)?;
        // Nothing before a key frame is needed for a picture like it.
        work.window.seek = work.window.seek.map(|_| work.window.start);
        Some((work, if self.own.one_piece().is_some() { Start::Beginning } else { Start::Seek }))
    }
}

/// The same film without filters, as eight bits for each of three colours. Naming the format keeps the source's own levels.
fn still(profile: &Profile, span: Span) -> Profile {
    let options = vec![("pix_fmt".to_owned(), "rgb24".to_owned())];
    let video = VideoProfile { encoder: "png".to_owned(), options, filters: None, pace: None };
    Profile { video, span, ..profile.clone() }
}
