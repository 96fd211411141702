//! Files of a stream, as they are written and read again. All of it blocks the thread.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, anyhow};
use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::io::durable;
use ffmpeg_cluster_common::media::stream::entry::Entry;
use ffmpeg_cluster_common::media::stream::fragment::{MediaSegment, media_segments};
use ffmpeg_cluster_common::media::stream::fragmented::{Fragmented, read};
use ffmpeg_cluster_common::media::stream::head::with_edit;
use ffmpeg_cluster_common::media::stream::prove::{Found, check_segment, segment_name};
use ffmpeg_cluster_common::media::stream::rendition::{HEAD, Label, Rendition};
use ffmpeg_cluster_common::media::stream::segments::MediaSegments;

/// One picture or one sound whose files have been read again, and are as planned.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) name: String,
    /// Where its files are.
    pub(super) folder: PathBuf,
    pub(super) entry: Entry,
    pub(super) segments: Arc<MediaSegments>,
    pub(super) found: Vec<Found>,
    pub(super) heard: Option<Label>,
}

impl Written {
    pub(super) fn rendition(&self) -> Rendition<'_> {
        Rendition {
            name: self.name.clone(),
            entry: &self.entry,
            segments: &self.segments,
            found: &self.found,
            heard: self.heard.clone(),
        }
    }
}

/// A rendition that is being written.
#[derive(Debug, Clone)]
pub(super) struct Begun {
    pub(super) name: String,
    pub(super) folder: PathBuf,
    pub(super) segments: Arc<MediaSegments>,
    pub(super) heard: Option<Label>,
}

/// What stands before the fragments of a piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    bytes: Vec<u8>,
    entry: Entry,
}

impl Begun {
    /// Writes the media segments of a piece with these frames, which ffmpeg has copied into fragments.
    pub(super) fn add(&self, copy: &Path, range: FrameRange) -> anyhow::Result<Head> {
        let file = File::open(copy).context("opening a copied piece")?;
        let piece = read(file, range.len()).context("reading a copied piece")?;
        self.write(copy, &piece, range)
    }

    pub(super) fn write(&self, copy: &Path, piece: &Fragmented, range: FrameRange) -> anyhow::Result<Head> {
        fs::create_dir_all(&self.folder).context("making a folder of the stream")?;
        let mut from = File::open(copy).context("opening a copied piece")?;
        for segment in media_segments(&self.segments, range, piece).map_err(|why| anyhow!(why))? {
            let path = self.folder.join(segment_name(segment.number));
            one(&mut from, &segment, &path).with_context(|| format!("writing {}", path.display()))?;
        }
        Ok(Head { bytes: piece.head.clone(), entry: piece.track.entry.clone() })
    }

    /// Writes the head, and reads all media segments again behind it, as players do.
    pub(super) fn finish(self, head: Head) -> anyhow::Result<Written> {
        let bytes = with_edit(&head.bytes, self.segments.edit()).context("writing a stream's head")?;
        write(&self.folder.join(HEAD), &bytes)?;
        let found = (0..self.segments.count()).map(|number| self.look(&bytes, number));
        let found = found.collect::<anyhow::Result<Vec<Found>>>()?;
        let Self { name, folder, segments, heard } = self;
        Ok(Written { name, folder, entry: head.entry, segments, found, heard })
    }

    fn look(&self, head: &[u8], number: usize) -> anyhow::Result<Found> {
        let told = || format!("{} of {}", segment_name(number), self.name);
        let file = File::open(self.folder.join(segment_name(number))).with_context(told)?;
        let most = self.segments.range(number).len();
        let read = read(head.chain(file), most).with_context(told)?;
        check_segment(&self.segments, number, &read).map_err(|why| anyhow!(why)).with_context(told)
    }
}

fn one(from: &mut File, segment: &MediaSegment, path: &Path) -> std::io::Result<()> {
    let mut to = File::create(path)?;
    for fragment in &segment.fragments {
        to.write_all(&fragment.head)?;
        for part in &fragment.copied {
            from.seek(SeekFrom::Start(part.start))?;
            let length = part.end - part.start;
            if std::io::copy(&mut from.take(length), &mut to)? != length {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
    to.sync_all()
}

/// Writes a small file, durably.
pub(super) fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let written = File::create(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.with_context(|| format!("writing {}", path.display()))
}

/// Makes the names of all files in the folder durable, and returns the files' paths in it, sorted.
pub(super) fn settle(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let (mut files, mut folders) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(inside) = folders.pop() {
        let here = folder.join(&inside);
        for entry in fs::read_dir(&here).with_context(|| format!("listing {}", here.display()))? {
            let entry = entry?;
            let path = inside.join(entry.file_name());
            if entry.file_type()?.is_dir() { &mut folders } else { &mut files }.push(path);
        }
        durable::sync_folder(&here)?;
    }
    files.sort();
    Ok(files)
}
