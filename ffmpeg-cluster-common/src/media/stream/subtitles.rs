//! The subtitles of a stream, as its lists name them.

use super::manifest::TextSet;
use super::playlist::master::SubtitlesEntry;
use super::playlist::media::{Entry, MediaPlaylist};
use super::rates::{Measure, Rates};
use super::rendition::{Label, SEGMENTS};
use super::segments::MediaSegments;
use super::vtt::part_name;
use crate::media::proof::report::RenditionReport;

/// The file with all of the text, for players that take no parts.
pub const WHOLE: &str = "whole.vtt";

/// One text, whose parts have been read again.
#[derive(Debug, Clone)]
pub struct Subtitles<'a> {
    /// The name of its folder.
    pub name: String,
    pub label: Label,
    /// Those of the pictures.
    pub segments: &'a MediaSegments,
    /// Bytes of each part.
    pub parts: &'a [u64],
    pub whole_bytes: u64,
}

impl Subtitles<'_> {
    pub(super) fn folder(&self) -> String {
        format!("s/{}", self.name)
    }

    /// For people.
    pub fn report(&self) -> RenditionReport {
        let rates = self.rates();
        RenditionReport {
            folder: self.folder(),
            codecs: "webvtt".to_owned(),
            width: None,
            height: None,
            segments: self.parts.len() as u64,
            bytes: self.parts.iter().sum::<u64>() + self.whole_bytes,
            bits_peak: rates.peak,
            bits_mean: rates.mean,
        }
    }

    fn rates(&self) -> Rates {
        let pairs = self.segments.lengths_us().into_iter().zip(self.parts);
        Rates::of(&pairs.map(|(length_us, &bytes)| Measure { bytes, length_us }).collect::<Vec<_>>())
    }

    /// The place of the list of parts.
    pub(super) fn list(&self) -> String {
        format!("{}/{SEGMENTS}", self.folder())
    }

    pub(super) fn playlist(&self) -> MediaPlaylist {
        let lengths = self.segments.lengths_us().into_iter().enumerate();
        let entry = |(number, length_us)| Entry { length_us, uri: part_name(number), bytes: None };
        MediaPlaylist { keys_only: false, head: None, entries: lengths.map(entry).collect() }
    }

    /// Checks the text that its list's file has.
    pub(super) fn check(&self, text: &str) -> Result<(), String> {
        let is_ours =
            MediaPlaylist::read(text)? == self.playlist() && self.parts.len() == self.segments.count();
        is_ours.then_some(()).ok_or_else(|| "it lists other parts".into())
    }

    pub(super) fn entry(&self) -> SubtitlesEntry {
        SubtitlesEntry {
            uri: self.list(),
            name: self.label.title.clone(),
            language: self.label.language.clone(),
            is_default: self.label.is_default,
            is_forced: self.label.is_forced,
        }
    }

    pub(super) fn set(&self) -> TextSet {
        TextSet {
            name: self.name.clone(),
            path: format!("{}/{WHOLE}", self.folder()),
            language: self.label.language.clone(),
            label: self.label.title.clone(),
            is_forced: self.label.is_forced,
            peak: self.rates().peak,
        }
    }
}
