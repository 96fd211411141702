//! The description of a stream for DASH. It names the same files as the playlists of HLS.

use std::fmt;

use super::rates::target_seconds;
use super::segments::MediaSegments;
use crate::text::safe;

/// All of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Manifest<'a> {
    pub(super) sets: Vec<RenditionSet<'a>>,
    pub(super) texts: Vec<TextSet>,
}

/// Subtitles, as one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TextSet {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) language: Option<String>,
    pub(super) label: String,
    pub(super) is_forced: bool,
    /// Bits in a second at most.
    pub(super) peak: u64,
}

/// Renditions between which a player may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RenditionSet<'a> {
    /// The folder of their folders.
    pub(super) folder: &'a str,
    pub(super) language: Option<&'a str>,
    pub(super) label: Option<&'a str>,
    pub(super) is_main: bool,
    /// The same for all of them.
    pub(super) segments: &'a MediaSegments,
    pub(super) renditions: Vec<OneOfSet>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OneOfSet {
    /// The name of its folder.
    pub(super) name: String,
    /// Bits in a second at most.
    pub(super) peak: u64,
    pub(super) codecs: String,
    pub(super) form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Picture { width: u32, height: u32 },
    Sound { channels: u32, rate: u32 },
}

/// A text between the quotes of an attribute, or between tags.
fn xml(text: &str) -> String {
    let mut out = String::new();
    for c in safe::escaped(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // These two have no place in XML.
            '\u{fffe}' | '\u{ffff}' => out.push('?'),
            c => out.push(c),
        }
    }
    out
}

fn seconds(us: u64) -> String {
    format!("PT{}.{:06}S", us / 1_000_000, us % 1_000_000)
}

impl fmt::Display for Manifest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = |set: &RenditionSet<'_>| set.segments.micros(set.segments.shown_at(set.segments.frames()));
        let length = self.sets.iter().map(end).max().unwrap_or(0).cast_unsigned();
        let target = target_seconds(self.sets.iter().flat_map(|set| set.segments.lengths_us()));
        writeln!(f, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
        writeln!(
            f,
            r#"<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" type="static" mediaPresentationDuration="{}" minBufferTime="PT{target}S">"#,
            seconds(length)
        )?;
        writeln!(f, r#"  <Period id="0" start="PT0S" duration="{}">"#, seconds(length))?;
        self.sets.iter().try_for_each(|set| write!(f, "{set}"))?;
        self.texts.iter().try_for_each(|text| write!(f, "{text}"))?;
        writeln!(f, "  </Period>\n</MPD>")
    }
}

impl fmt::Display for RenditionSet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_picture = self.segments.is_picture();
        let (kind, file) = if is_picture { ("video", "video/mp4") } else { ("audio", "audio/mp4") };
        write!(
            f,
            r#"    <AdaptationSet contentType="{kind}" mimeType="{file}" segmentAlignment="true" startWithSAP="1""#
        )?;
        self.language.as_ref().map_or(Ok(()), |language| write!(f, r#" lang="{}""#, xml(language)))?;
        writeln!(f, ">")?;
        self.label.as_ref().map_or(Ok(()), |label| writeln!(f, "      <Label>{}</Label>", xml(label)))?;
        let role = if self.is_main { "main" } else { "alternate" };
        writeln!(f, r#"      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="{role}"/>"#)?;
        writeln!(f, "      <BaseURL>{}/</BaseURL>", xml(self.folder))?;
        let timescale = self.segments.timescale();
        writeln!(
            f,
            r#"      <SegmentTemplate timescale="{timescale}" startNumber="0" initialization="$RepresentationID$/init.mp4" media="$RepresentationID$/$Number%05d$.m4s">"#
        )?;
        self.timeline(f)?;
        writeln!(f, "      </SegmentTemplate>")?;
        self.renditions.iter().try_for_each(|rendition| write!(f, "{rendition}"))?;
        writeln!(f, "    </AdaptationSet>")
    }
}

impl fmt::Display for TextSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, r#"    <AdaptationSet contentType="text" mimeType="text/vtt""#)?;
        self.language.as_ref().map_or(Ok(()), |language| write!(f, r#" lang="{}""#, xml(language)))?;
        writeln!(f, ">\n      <Label>{}</Label>", xml(&self.label))?;
        let role = if self.is_forced { "forced-subtitle" } else { "subtitle" };
        writeln!(f, r#"      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="{role}"/>"#)?;
        let (name, peak, path) = (xml(&self.name), self.peak.max(1), xml(&self.path));
        writeln!(f, r#"      <Representation id="subtitles-{name}" bandwidth="{peak}">"#)?;
        writeln!(f, "        <BaseURL>{path}</BaseURL>\n      </Representation>\n    </AdaptationSet>")
    }
}

impl RenditionSet<'_> {
    /// Neighbours of the same length share a line.
    fn timeline(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let segments = self.segments;
        let length = |number: usize| segments.begins(number + 1) - segments.begins(number);
        writeln!(f, "        <SegmentTimeline>")?;
        let mut number = 0;
        while number < segments.count() {
            let alike =
                (number + 1..segments.count()).take_while(|&next| length(next) == length(number)).count();
            let begins = if number == 0 { format!(r#" t="{}""#, segments.begins(0)) } else { String::new() };
            let repeated = if alike > 0 { format!(r#" r="{alike}""#) } else { String::new() };
            writeln!(f, r#"          <S{begins} d="{}"{repeated}/>"#, length(number))?;
            number += alike + 1;
        }
        writeln!(f, "        </SegmentTimeline>")
    }
}

impl fmt::Display for OneOfSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, codecs) = (xml(&self.name), xml(&self.codecs));
        write!(f, r#"      <Representation id="{name}" bandwidth="{}" codecs="{codecs}""#, self.peak)?;
        match self.form {
            Form::Picture { width, height } => {
                writeln!(f, r#" width="{width}" height="{height}" sar="1:1"/>"#)
            }
            Form::Sound { channels, rate } => {
                const CHANNELS: &str = "urn:mpeg:dash:23003:3:audio_channel_configuration:2011";
                writeln!(f, r#" audioSamplingRate="{rate}">"#)?;
                writeln!(
                    f,
                    r#"        <AudioChannelConfiguration schemeIdUri="{CHANNELS}" value="{channels}"/>"#
                )?;
                writeln!(f, "      </Representation>")
            }
        }
    }
}

#[cfg(test)]
#[path = "manifest_tests.rs"]
mod tests;
