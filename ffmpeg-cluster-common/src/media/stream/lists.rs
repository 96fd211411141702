//! The lists of a stream: what a player opens, and what leads it from there to each media segment.

use super::manifest::{Manifest, RenditionSet};
use super::playlist::master::{MasterPlaylist, PictureEntry};
use super::playlist::media::MediaPlaylist;
use super::prove::check_playlist;
use super::rates::Rates;
use super::rendition::{HEAD, KEYS, Label, Rendition, SEGMENTS};
use super::subtitles::Subtitles;

pub const MASTER: &str = "master.m3u8";
pub const MANIFEST: &str = "manifest.mpd";

/// All renditions of a film.
#[derive(Debug, Clone, Default)]
pub struct Stream<'a> {
    pub renditions: Vec<Rendition<'a>>,
    pub subtitles: Vec<Subtitles<'a>>,
}

/// A file of text with its path in the stream's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListFile {
    pub path: String,
    pub text: String,
}

impl Stream<'_> {
    /// Lists of media segments, and then the lists of lists, because a player may look in between.
    pub fn files(&self) -> Vec<ListFile> {
        let mut all = Vec::new();
        for rendition in &self.renditions {
            let mut add = |list, keys_only| {
                let path = format!("{}/{list}", rendition.folder());
                all.push(ListFile { path, text: rendition.playlist(keys_only).to_string() });
            };
            add(SEGMENTS, false);
            if rendition.heard.is_none() {
                add(KEYS, true);
            }
        }
        let list = |one: &Subtitles<'_>| ListFile { path: one.list(), text: one.playlist().to_string() };
        all.extend(self.subtitles.iter().map(list));
        all.push(ListFile { path: MANIFEST.to_owned(), text: self.manifest() });
        all.push(ListFile { path: MASTER.to_owned(), text: self.master().to_string() });
        all
    }

    /// Checks the text that a list's file has against the media segments that were found.
    pub fn check(&self, file: &ListFile) -> Result<(), String> {
        let told = |why: String| format!("{}: {why}", file.path);
        if file.path == MASTER {
            let is_ours = MasterPlaylist::read(&file.text).map_err(told)? == self.master();
            return is_ours.then_some(()).ok_or_else(|| told("it lists other renditions".into()));
        }
        if file.path == MANIFEST {
            return (file.text == self.manifest()).then_some(()).ok_or_else(|| told("it has changed".into()));
        }
        let is_in =
            |folder: String| file.path.strip_prefix(&folder).is_some_and(|rest| rest.starts_with('/'));
        if let Some(subtitles) = self.subtitles.iter().find(|subtitles| is_in(subtitles.folder())) {
            return subtitles.check(&file.text).map_err(told);
        }
        let of = self.renditions.iter().find(|rendition| is_in(rendition.folder()));
        let of = of.ok_or_else(|| told("it belongs to no rendition".into()))?;
        let list = MediaPlaylist::read(&file.text).map_err(told)?;
        if list.keys_only != file.path.ends_with(KEYS) || list.head.as_deref() != Some(HEAD) {
            return Err(told("it lists something else".into()));
        }
        check_playlist(of.segments, &list, of.found).map_err(told)
    }

    fn pictures(&self) -> impl Iterator<Item = &Rendition<'_>> {
        self.renditions.iter().filter(|rendition| rendition.heard.is_none())
    }

    fn sounds(&self) -> impl Iterator<Item = SoundOf<'_>> {
        self.renditions
            .iter()
            .filter_map(|rendition| rendition.heard.as_ref().map(|heard| SoundOf { rendition, heard }))
    }

    /// Each picture with each group of sounds, and the key frames of each picture.
    fn master(&self) -> MasterPlaylist {
        let mut groups: Vec<Option<&str>> = Vec::new();
        for sound in self.sounds() {
            if !groups.contains(&Some(&sound.heard.group)) {
                groups.push(Some(&sound.heard.group));
            }
        }
        if groups.is_empty() {
            groups.push(None);
        }
        let of_group = |&group| self.pictures().map(move |picture| self.with_sounds(picture, group));
        MasterPlaylist {
            sounds: self.sounds().map(|sound| sound.rendition.sound_entry(sound.heard)).collect(),
            pictures: groups.iter().flat_map(of_group).collect(),
            subtitles: self.subtitles.iter().map(Subtitles::entry).collect(),
            keys: self.pictures().map(|picture| picture.picture_entry(KEYS, picture.key_rates())).collect(),
        }
    }

    fn with_sounds(&self, picture: &Rendition<'_>, group: Option<&str>) -> PictureEntry {
        let sounds: Vec<&Rendition<'_>> = self
            .sounds()
            .filter(|sound| Some(sound.heard.group.as_str()) == group)
            .map(|sound| sound.rendition)
            .collect();
        let (of_picture, of_sounds) = (picture.whole_rates(), sounds.iter().map(|sound| sound.whole_rates()));
        let most = of_sounds.fold(Rates::default(), |most, rates| Rates {
            peak: most.peak.max(rates.peak),
            mean: most.mean.max(rates.mean),
        });
        let rates = Rates { peak: of_picture.peak + most.peak, mean: of_picture.mean + most.mean };
        let mut entry = picture.picture_entry(SEGMENTS, rates);
        for sound in sounds {
            if !entry.codecs.contains(&sound.entry.codecs) {
                entry.codecs.push(sound.entry.codecs.clone());
            }
        }
        let frames_per_1000_s = picture.segments.frames_per_1000_s();
        let has_subtitles = !self.subtitles.is_empty();
        PictureEntry { frames_per_1000_s, sounds: group.map(str::to_owned), has_subtitles, ..entry }
    }

    /// Pictures of one codec are one set, because players do not change the codec while they play;
    /// each sound is its own.
    fn manifest(&self) -> String {
        let mut sets: Vec<RenditionSet<'_>> = Vec::new();
        for rendition in &self.renditions {
            let one = rendition.one_of_set();
            let codec = |codecs: &str| codecs.split('.').next().unwrap_or_default().to_owned();
            let joins = |set: &RenditionSet<'_>| codec(&set.renditions[0].codecs) == codec(&one.codecs);
            let pictures = |set: &&mut RenditionSet<'_>| set.folder == "v" && joins(set);
            if rendition.heard.is_none()
                && let Some(set) = sets.iter_mut().find(pictures)
            {
                set.renditions.push(one);
                continue;
            }
            let heard = rendition.heard.as_ref();
            sets.push(RenditionSet {
                folder: rendition.kind(),
                language: heard.and_then(|heard| heard.language.as_deref()),
                label: heard.map(|heard| heard.title.as_str()),
                is_main: heard.is_none_or(|heard| heard.is_default),
                segments: rendition.segments,
                renditions: vec![one],
            });
        }
        Manifest { sets, texts: self.subtitles.iter().map(Subtitles::set).collect() }.to_string()
    }
}

/// A sound, and how it is offered.
struct SoundOf<'a> {
    rendition: &'a Rendition<'a>,
    heard: &'a Label,
}

#[cfg(test)]
#[path = "lists_tests.rs"]
mod tests;
