//! One picture or one sound of a stream.

use std::collections::BTreeSet;

use super::colors::Colors;
use super::entry::{Entry, Media};
use super::manifest::{Form, OneOfSet};
use super::playlist::master::{GROUP, PictureEntry, SoundEntry};
use super::playlist::media::{self, MediaPlaylist};
use super::prove::{Found, segment_name};
use super::rates::{Measure, Rates};
use super::segments::MediaSegments;
use crate::media::proof::report::RenditionReport;
use crate::media::source::Stream;
use crate::text::safe;

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
    pub heard: Option<Label>,
}

/// How players offer a sound, or subtitles, to people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Label {
    /// Sounds of one group have the same codec and about the same rate; a picture is listed with each group.
    pub group: String,
    pub title: String,
    pub language: Option<String>,
    pub is_default: bool,
    /// For subtitles that whoever chose none sees: signs, and speech in another language.
    pub is_forced: bool,
}

impl Label {
    /// The sounds of a film in one group, with different titles; exactly one is played unless a person chooses.
    pub fn sounds(group: &str, streams: &[&Stream]) -> Vec<Self> {
        let first = streams.iter().position(|stream| stream.has("default")).unwrap_or(0);
        let all = Self::all(group, "Sound", streams).into_iter().enumerate();
        all.map(|(number, one)| Self { is_default: number == first, ..one }).collect()
    }

    /// The subtitles of a film. A player shows one at most unless a person chooses.
    pub fn subtitles(streams: &[&Stream]) -> Vec<Self> {
        let first = streams.iter().position(|stream| stream.has("default"));
        let all = Self::all(GROUP, "Subtitles", streams).into_iter().enumerate();
        all.map(|(number, one)| Self { is_default: first == Some(number), ..one }).collect()
    }

    /// Streams in one group, with different titles. Those without a title are numbered kinds.
    fn all(group: &str, kind: &str, streams: &[&Stream]) -> Vec<Self> {
        let mut titles = BTreeSet::new();
        let heard = streams.iter().enumerate().map(|(number, stream)| {
            let tag = |name: &str| stream.tags.get(name).filter(|text| !text.is_empty());
            let language = tag("language").filter(|text| is_language(text)).cloned();
            // What can't stand between quotes in a playlist is replaced.
            let title =
                tag("title").map(|text| safe::escaped(text).replace('"', "'")).or_else(|| language.clone());
            let numbered = || format!("{kind} {}", number + 1);
            let title = title.map_or_else(numbered, |title| {
                if titles.contains(&title) { format!("{title} ({})", numbered()) } else { title }
            });
            titles.insert(title.clone());
            Self {
                group: group.to_owned(),
                title,
                language,
                is_default: false,
                is_forced: stream.has("forced"),
            }
        });
        heard.collect()
    }
}

/// Three letters, as containers name languages; `und` names none.
fn is_language(text: &str) -> bool {
    (2..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase()) && text != "und"
}

impl Rendition<'_> {
    /// For people.
    pub fn report(&self) -> RenditionReport {
        let (width, height) = match self.entry.media {
            Media::Picture { width, height, .. } => (Some(width), Some(height)),
            Media::Sound { .. } => (None, None),
        };
        let rates = self.whole_rates();
        RenditionReport {
            folder: self.folder(),
            codecs: self.entry.codecs.clone(),
            width,
            height,
            segments: self.found.len() as u64,
            bytes: self.found.iter().map(|found| found.bytes).sum(),
            bits_peak: rates.peak,
            bits_mean: rates.mean,
        }
    }

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
        MediaPlaylist { keys_only, head: Some(HEAD.to_owned()), entries: entries.collect() }
    }

    pub(super) fn sound_entry(&self, heard: &Label) -> SoundEntry {
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
            has_subtitles: false,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::sample::film;
    use crate::media::source::StreamKind;

    #[test]
    fn one_sound_is_played_unless_a_person_chooses() {
        let mut source = film();
        let mut third = source.streams[2].clone();
        third.tags.insert("title".into(), "Commentaire".into());
        third.tags.insert("language".into(), "und".into());
        let mut fourth = third.clone();
        fourth.tags.insert("title".into(), "say \"hi\"\n".into());
        source.streams.extend([third, fourth]);
        let sounds: Vec<&Stream> = source.of_kind(StreamKind::Audio).collect();
        let heard = Label::sounds("sound", &sounds);
        let told =
            |one: &Label| (one.title.clone(), one.language.clone().unwrap_or_default(), one.is_default);
        let told: Vec<_> = heard.iter().map(told).collect();
        let wanted = [
            ("ger", "ger", true),
            ("Commentaire", "fre", false),
            ("Commentaire (Sound 3)", "", false),
            ("say 'hi'\\n", "", false),
        ];
        assert_eq!(
            told,
            wanted.map(|(title, language, first)| (title.to_owned(), language.to_owned(), first))
        );
    }
}
