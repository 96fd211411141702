//! The text subtitles of a stream: written by ffmpeg as one text each, and cut where the media segments of the pictures begin.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, ensure};
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::media::command::Input;
use ffmpeg_cluster_common::media::command::subtitles::{Subtitles as Writing, TextFile};
use ffmpeg_cluster_common::media::source::Stream;
use ffmpeg_cluster_common::media::stream::rendition::Label;
use ffmpeg_cluster_common::media::stream::segments::MediaSegments;
use ffmpeg_cluster_common::media::stream::subtitles::{Subtitles, WHOLE};
use ffmpeg_cluster_common::media::stream::tracks::LadderPlan;
use ffmpeg_cluster_common::media::stream::vtt;

use super::copied::{folder_of, proving};
use super::written::write;
use crate::work::join_run::JoinRun;
use crate::work::run::{self, Purpose};

/// Subtitles whose files have been read again.
pub(super) struct WrittenText {
    name: String,
    label: Label,
    segments: Arc<MediaSegments>,
    parts: Vec<u64>,
    whole_bytes: u64,
}

impl WrittenText {
    pub(super) fn subtitles(&self) -> Subtitles<'_> {
        Subtitles {
            name: self.name.clone(),
            label: self.label.clone(),
            segments: &self.segments,
            parts: &self.parts,
            whole_bytes: self.whole_bytes,
        }
    }
}

pub(super) async fn texts(
    joining: &JoinRun<'_>,
    plan: &LadderPlan,
    stream: &Path,
) -> Result<Vec<WrittenText>, Fault> {
    let context = joining.context;
    let of = |number: u32| joining.source().streams.iter().find(|stream| stream.index == number);
    let all: Vec<&Stream> = joining.carriage.converted().into_iter().filter_map(of).collect();
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let files = Files::of(&all, &context.runner.folders().segments(&context.job));
    let film = Input::Held(joining.film.address());
    let (source, guard, span) = (joining.source(), &joining.guards.source, joining.profile.span);
    let writing = Writing { film: &film, source, guard, span, files: &files.0 };
    let what = Purpose { code: FaultCode::JoinFailed, what: "writing subtitles as text" };
    let run = context.run_on(&joining.film, writing.command());
    run::lines(&run, &context.stop, what, |_| {}).await?;
    let segments = Arc::new(plan.segments.clone());
    let mut written = Vec::new();
    for (number, (label, file)) in Label::subtitles(&all).into_iter().zip(&files.0).enumerate() {
        let name = format!("{}-{number}", label.language.as_deref().unwrap_or("und"));
        let folder = folder_of(stream, "s", &name);
        let (from, segments) = (file.path.clone(), segments.clone());
        let cut = move || cut(&from, &folder, &segments).map(|sizes| (sizes, segments));
        let (Sizes { parts, whole_bytes }, segments) = proving(context, cut).await?;
        written.push(WrittenText { name, label, segments, parts, whole_bytes });
    }
    Ok(written)
}

/// What ffmpeg writes; dropping it deletes them.
struct Files(Vec<TextFile>);

impl Files {
    fn of(streams: &[&Stream], folder: &Path) -> Self {
        let file = |stream: &&Stream| TextFile {
            stream: stream.index,
            path: folder.join(format!("{}.vtt", stream.index)),
        };
        Self(streams.iter().map(file).collect())
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        self.0.iter().for_each(|file| drop(std::fs::remove_file(&file.path)));
    }
}

/// Bytes of the files of one text.
struct Sizes {
    parts: Vec<u64>,
    whole_bytes: u64,
}

fn cut(from: &Path, folder: &PathBuf, segments: &MediaSegments) -> anyhow::Result<Sizes> {
    let text = std::fs::read(from).context("reading subtitles")?;
    let cues =
        vtt::read(&String::from_utf8_lossy(&text)).map_err(|why| anyhow::anyhow!("subtitles: {why}"))?;
    std::fs::create_dir_all(folder).context("making a folder of the stream")?;
    let keep = |name: &str, text: String| {
        let path = folder.join(name);
        write(&path, text.as_bytes())?;
        ensure!(std::fs::read(&path)? == text.as_bytes(), "{} is not what was written", path.display());
        Ok(text.len() as u64)
    };
    let whole_bytes = keep(WHOLE, vtt::whole(&cues))?;
    let part = |number| keep(&vtt::part_name(number), vtt::part(&cues, segments, number));
    Ok(Sizes { parts: (0..segments.count()).map(part).collect::<anyhow::Result<_>>()?, whole_bytes })
}
