//! The sounds of a stream: each stream of each sound piece.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use ffmpeg_cluster_common::fault::Fault;
use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::limits::FRAMES_MAX;
use ffmpeg_cluster_common::media::stream::fragmented::read;
use ffmpeg_cluster_common::media::stream::rendition::Label;
use ffmpeg_cluster_common::media::stream::segments::MediaSegments;
use ffmpeg_cluster_common::media::stream::sound::SoundPackets;
use ffmpeg_cluster_common::media::stream::tracks::LadderPlan;

use super::copied::{Piece, blocking, copied, folder_of, proving};
use super::written::{Begun, Head, Written};
use crate::work::join_run::{JoinRun, Sound};

/// All that a ladder's sounds are in.
const CODEC: &str = "aac";

pub(super) async fn sounds(
    joining: &JoinRun<'_>,
    plan: &LadderPlan,
    stream: &Path,
) -> Result<Vec<Written>, Fault> {
    let mut written = Vec::new();
    for (line, sound) in joining.sounds.iter().enumerate() {
        written.extend(of_piece(joining, plan, Line { number: line, sound, stream }).await?);
    }
    Ok(written)
}

/// One way in which the sounds of the film are offered.
struct Line<'a> {
    number: usize,
    sound: &'a Sound,
    /// The folder of the stream.
    stream: &'a Path,
}

impl Line<'_> {
    /// The sounds of this piece, with how players offer them.
    fn heard(&self, joining: &JoinRun<'_>) -> Vec<Label> {
        let group =
            if joining.sounds.len() > 1 { format!("sound-{}", self.number) } else { "sound".to_owned() };
        let source = joining.source();
        let streams = self.sound.streams.iter();
        let all = streams.filter_map(|number| source.streams.iter().find(|stream| stream.index == *number));
        Label::sounds(&group, &all.collect::<Vec<_>>())
    }
}

async fn of_piece(joining: &JoinRun<'_>, plan: &LadderPlan, line: Line<'_>) -> Result<Vec<Written>, Fault> {
    let (context, sound) = (joining.context, line.sound);
    let codecs = vec![CODEC; sound.streams.len()];
    let (path, kept, guard) = (Path::new(&sound.path), &sound.piece, &joining.guards.sound);
    let copies = copied(context, Piece { path, kept, guard, timescale: 1000, codecs }).await?;
    let (heard, mut written) = (line.heard(joining), Vec::new());
    for (number, (copy, heard)) in copies.paths().zip(heard).enumerate() {
        let begins_us = sound.begins.streams_us.get(&number).copied().unwrap_or(sound.begins.piece_us);
        let name = format!("{}-{}-{number}", heard.language.as_deref().unwrap_or("und"), line.number);
        let one = One { copy: copy.to_owned(), begins_us, name, heard, stream: line.stream.to_owned() };
        let pictures = plan.segments.clone();
        let (begun, head) =
            blocking(context, "cutting sound into media segments", move || one.cut(&pictures)).await?;
        written.push(proving(context, move || begun.finish(head)).await?);
    }
    Ok(written)
}

/// One stream of a sound piece.
struct One {
    copy: std::path::PathBuf,
    begins_us: i64,
    name: String,
    heard: Label,
    stream: std::path::PathBuf,
}

impl One {
    fn cut(self, pictures: &MediaSegments) -> anyhow::Result<(Begun, Head)> {
        let file = File::open(&self.copy).context("opening copied sound")?;
        let piece = read(file, FRAMES_MAX).context("reading copied sound")?;
        let packets = SoundPackets::of_piece(&piece, self.begins_us);
        let segments = Arc::new(pictures.beside(&packets).map_err(|why| anyhow!(why))?);
        let (folder, all) = (folder_of(&self.stream, "a", &self.name), FrameRange::new(0, segments.frames()));
        let begun = Begun { name: self.name, folder, segments, heard: Some(self.heard) };
        let head = begun.write(&self.copy, &piece, all)?;
        Ok((begun, head))
    }
}
