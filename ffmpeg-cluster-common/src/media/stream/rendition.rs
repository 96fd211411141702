//! One picture or one sound of a stream.

use super::colors::Colors;
use super::entry::{Entry, Media};
use super::manifest::{Form, OneOfSet};
use super::playlist::master::{PictureEntry, SoundEntry};
use super::playlist::media::{self, MediaPlaylist};
use super::prove::{Found, segment_name};
use super::rates::{Measure, Rates};
use super::segments::MediaSegments;

/// The name of a rendition's head.
pub const HEAD: &str = "init.mp4";
pub(super) const SEGMENTS: &str = "index.m3u8";
pub(super) const KEYS: &str = "iframes.m3u8";

/// One picture or one sound, whose files have been read and are as planned.
#[derive(Debug, Clone)]
pub struct Rendition<'a> {
    /// The name of its folder within that of its kind.
    pub name: String,
    pub entry: &'a Entry,
    pub segments: &'a MediaSegments,
    pub found: &'a [Found],
    /// Set for a sound.
    pub heard: Option<Heard>,
}

/// How players offer a sound to people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heard {
    /// Sounds of one group have the same codec and about the same rate; a picture is listed with each group.
    pub group: String,
    pub title: String,
    pub language: Option<String>,
    pub is_default: bool,
}

impl Rendition<'_> {
    pub fn folder(&self) -> String {
        format!("{}/{}", self.kind(), self.name)
    }

    pub(super) const fn kind(&self) -> &'static str {
        if self.heard.is_none() { "v" } else { "a" }
    }

    /// What it needs, as media segments or as key frames alone.
    fn rates(&self, bytes: fn(&Found) -> u64) -> Rates {
        let pairs = self.segments.lengths_us().into_iter().zip(self.found);
        let parts: Vec<Measure> =
            pairs.map(|(length_us, found)| Measure { bytes: bytes(found), length_us }).collect();
        Rates::of(&parts)
    }

    pub(super) fn whole_rates(&self) -> Rates {
        self.rates(|found| found.bytes)
    }

    /// What its key frames alone need.
    pub(super) fn key_rates(&self) -> Rates {
        self.rates(|found| found.key.end - found.key.start)
    }

    pub(super) fn playlist(&self, keys_only: bool) -> MediaPlaylist {
        let lengths = self.segments.lengths_us().into_iter().zip(self.found).enumerate();
        let entries = lengths.map(|(number, (length_us, found))| media::Entry {
            length_us,
            uri: segment_name(number),
            bytes: keys_only.then(|| found.key.clone()),
        });
        MediaPlaylist { keys_only, head: HEAD.to_owned(), entries: entries.collect() }
    }

    pub(super) fn sound_entry(&self, heard: &Heard) -> SoundEntry {
        let Media::Sound { channels, .. } = self.entry.media else {
            unreachable!("a rendition that is heard is a sound")
        };
        SoundEntry {
            uri: format!("{}/{SEGMENTS}", self.folder()),
            group: heard.group.clone(),
            name: heard.title.clone(),
            language: heard.language.clone(),
            is_default: heard.is_default,
            channels,
        }
    }

    /// The picture alone, by the list of this name.
    pub(super) fn picture_entry(&self, list: &str, rates: Rates) -> PictureEntry {
        let Media::Picture { width, height, colors } = self.entry.media else {
            unreachable!("a rendition that is not heard is a picture")
        };
        PictureEntry {
            uri: format!("{}/{list}", self.folder()),
            rates,
            codecs: vec![self.entry.codecs.clone()],
            width,
            height,
            frames_per_1000_s: 0,
            range: colors.map_or("SDR", Colors::range).to_owned(),
            sounds: None,
        }
    }

    pub(super) fn one_of_set(&self) -> OneOfSet {
        let form = match self.entry.media {
            Media::Picture { width, height, .. } => Form::Picture { width, height },
            Media::Sound { channels, rate } => Form::Sound { channels, rate },
        };
        let (name, codecs) = (self.name.clone(), self.entry.codecs.clone());
        OneOfSet { name, peak: self.whole_rates().peak, codecs, form }
    }
}
