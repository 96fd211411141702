//! The playlist that a player opens: all renditions of a film, with what it must know to choose.

use std::fmt;

use super::attributes::{Attributes, quoted};
use super::{BEGINS, INDEPENDENT, VERSION, is_below, lines, unexpected};
use crate::media::stream::rates::Rates;

/// All subtitles are one group.
pub(in crate::media::stream) const GROUP: &str = "subtitles";
const BESIDE: &str = "#EXT-X-MEDIA:";
const PICTURE: &str = "#EXT-X-STREAM-INF:";
const KEYS: &str = "#EXT-X-I-FRAME-STREAM-INF:";

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MasterPlaylist {
    pub(in crate::media::stream) sounds: Vec<SoundEntry>,
    pub(in crate::media::stream) subtitles: Vec<SubtitlesEntry>,
    pub(in crate::media::stream) pictures: Vec<PictureEntry>,
    /// The key frames of the pictures.
    pub(in crate::media::stream) keys: Vec<PictureEntry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::media::stream) struct SoundEntry {
    pub uri: String,
    /// Sounds of one group have the same codec and about the same rate.
    pub group: String,
    pub name: String,
    pub language: Option<String>,
    pub is_default: bool,
    pub channels: u32,
}

/// All subtitles are one group, and every picture is listed with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::media::stream) struct SubtitlesEntry {
    pub uri: String,
    pub name: String,
    pub language: Option<String>,
    pub is_default: bool,
    pub is_forced: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::media::stream) struct PictureEntry {
    pub uri: String,
    /// With the sound that needs most.
    pub rates: Rates,
    /// Of picture and sound.
    pub codecs: Vec<String>,
    pub width: u32,
    pub height: u32,
    /// Frames in a thousand seconds; 0 for key frames.
    pub frames_per_1000_s: u64,
    /// `SDR`, `HLG` or `PQ`.
    pub range: String,
    /// The group of its sounds, if it has any.
    pub sounds: Option<String>,
    pub has_subtitles: bool,
}

impl MasterPlaylist {
    pub fn read(text: &str) -> Result<Self, String> {
        let mut lines = lines(text)?;
        if lines.next() != Some(INDEPENDENT) {
            return Err("media segments may depend on each other".into());
        }
        let mut list = Self::default();
        while let Some(line) = lines.next() {
            if let Some(attributes) = line.strip_prefix(BESIDE) {
                let mut attributes = Attributes::read(attributes)?;
                match attributes.word("TYPE")? {
                    "AUDIO" => list.sounds.push(SoundEntry::read(attributes)?),
                    "SUBTITLES" => list.subtitles.push(SubtitlesEntry::read(attributes)?),
                    _ => return Err("another kind of rendition".into()),
                }
            } else if let Some(attributes) = line.strip_prefix(PICTURE) {
                let uri = lines.next().unwrap_or_default().to_owned();
                list.pictures.push(PictureEntry::read(Attributes::read(attributes)?, Some(uri))?);
            } else if let Some(attributes) = line.strip_prefix(KEYS) {
                list.keys.push(PictureEntry::read(Attributes::read(attributes)?, None)?);
            } else {
                return Err(unexpected(line));
            }
        }
        list.fits()
            .then_some(list)
            .ok_or("a picture names sounds that are not there, or a file outside".into())
    }

    fn fits(&self) -> bool {
        let is_there = |group: &String| self.sounds.iter().any(|sound| sound.group == *group);
        let mut pictures = self.pictures.iter().chain(&self.keys);
        pictures.all(|picture| is_below(&picture.uri) && picture.sounds.as_ref().is_none_or(is_there))
            && self.sounds.iter().all(|sound| is_below(&sound.uri))
            && self.subtitles.iter().all(|one| is_below(&one.uri))
            && self.pictures.iter().all(|picture| picture.has_subtitles != self.subtitles.is_empty())
    }
}

impl SoundEntry {
    fn read(mut attributes: Attributes<'_>) -> Result<Self, String> {
        let chosen = attributes.word("AUTOSELECT")?;
        let channels = attributes.text("CHANNELS")?;
        let entry = Self {
            group: attributes.text("GROUP-ID")?,
            name: attributes.text("NAME")?,
            language: attributes.text_if("LANGUAGE")?,
            is_default: yes(attributes.word("DEFAULT")?)?,
            channels: channels.parse().map_err(|_| "CHANNELS is no number")?,
            uri: attributes.text("URI")?,
        };
        attributes.finish()?;
        if yes(chosen)? { Ok(entry) } else { Err("a sound that no player chooses".into()) }
    }
}

impl SubtitlesEntry {
    fn read(mut attributes: Attributes<'_>) -> Result<Self, String> {
        let (group, chosen) = (attributes.text("GROUP-ID")?, attributes.word("AUTOSELECT")?);
        let entry = Self {
            name: attributes.text("NAME")?,
            language: attributes.text_if("LANGUAGE")?,
            is_default: yes(attributes.word("DEFAULT")?)?,
            is_forced: yes(attributes.word("FORCED")?)?,
            uri: attributes.text("URI")?,
        };
        attributes.finish()?;
        let is_ours = group == GROUP && yes(chosen)?;
        is_ours.then_some(entry).ok_or_else(|| "subtitles of another group".into())
    }
}

fn yes(word: &str) -> Result<bool, String> {
    match word {
        "YES" => Ok(true),
        "NO" => Ok(false),
        _ => Err(format!("{word} is neither YES nor NO")),
    }
}

const fn yes_or_no(is_so: bool) -> &'static str {
    if is_so { "YES" } else { "NO" }
}

impl PictureEntry {
    /// Key frames name their list as an attribute, and have neither sound nor rate of frames.
    fn read(mut attributes: Attributes<'_>, uri: Option<String>) -> Result<Self, String> {
        let rates =
            Rates { peak: attributes.number("BANDWIDTH")?, mean: attributes.number("AVERAGE-BANDWIDTH")? };
        let codecs = attributes.text("CODECS")?.split(',').map(str::to_owned).collect();
        let size = attributes.word("RESOLUTION")?.split_once('x').ok_or("RESOLUTION is no size")?;
        let side = |side: &str| side.parse::<u32>().map_err(|_| "RESOLUTION is no size".to_owned());
        let (width, height) = (side(size.0)?, side(size.1)?);
        let range = attributes.word("VIDEO-RANGE")?.to_owned();
        let mut entry = Self {
            uri: String::new(),
            rates,
            codecs,
            width,
            height,
            frames_per_1000_s: 0,
            range,
            sounds: None,
            has_subtitles: false,
        };
        match uri {
            None => entry.uri = attributes.text("URI")?,
            Some(uri) => {
                entry.uri = uri;
                entry.frames_per_1000_s =
                    thousandths(attributes.word("FRAME-RATE")?).ok_or("no rate of frames")?;
                entry.sounds = attributes.text_if("AUDIO")?;
                entry.has_subtitles = attributes.text_if("SUBTITLES")?.is_some_and(|group| group == GROUP);
                if attributes.word("CLOSED-CAPTIONS")? != "NONE" {
                    return Err("captions in the picture".into());
                }
            }
        }
        attributes.finish().map(|()| entry)
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rates, width, height, range, .. } = self;
        write!(f, "BANDWIDTH={},AVERAGE-BANDWIDTH={}", rates.peak, rates.mean)?;
        write!(f, ",CODECS={},RESOLUTION={width}x{height}", quoted(&self.codecs.join(",")))?;
        write!(f, ",VIDEO-RANGE={range}")
    }
}

/// A number with exactly three digits behind the point.
fn thousandths(text: &str) -> Option<u64> {
    let (whole, rest) = text.split_once('.').filter(|(_, rest)| rest.len() == 3)?;
    whole.parse::<u64>().ok()?.checked_mul(1000)?.checked_add(rest.parse().ok()?)
}

impl fmt::Display for MasterPlaylist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{BEGINS}\n#EXT-X-VERSION:{VERSION}\n{INDEPENDENT}")?;
        self.sounds.iter().try_for_each(|sound| write!(f, "{sound}"))?;
        self.subtitles.iter().try_for_each(|subtitles| write!(f, "{subtitles}"))?;
        for picture in &self.pictures {
            f.write_str(PICTURE)?;
            picture.write(f)?;
            let rate = picture.frames_per_1000_s;
            write!(f, ",FRAME-RATE={}.{:03}", rate / 1000, rate % 1000)?;
            picture.sounds.as_ref().map_or(Ok(()), |group| write!(f, ",AUDIO={}", quoted(group)))?;
            if picture.has_subtitles {
                write!(f, ",SUBTITLES={}", quoted(GROUP))?;
            }
            writeln!(f, ",CLOSED-CAPTIONS=NONE\n{}", picture.uri)?;
        }
        for picture in &self.keys {
            f.write_str(KEYS)?;
            picture.write(f)?;
            writeln!(f, ",URI={}", quoted(&picture.uri))?;
        }
        Ok(())
    }
}

impl fmt::Display for SoundEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{BESIDE}TYPE=AUDIO,GROUP-ID={},NAME={}", quoted(&self.group), quoted(&self.name))?;
        self.language.as_ref().map_or(Ok(()), |language| write!(f, ",LANGUAGE={}", quoted(language)))?;
        let is_default = yes_or_no(self.is_default);
        write!(f, ",DEFAULT={is_default},AUTOSELECT=YES,CHANNELS=\"{}\"", self.channels)?;
        writeln!(f, ",URI={}", quoted(&self.uri))
    }
}

impl fmt::Display for SubtitlesEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{BESIDE}TYPE=SUBTITLES,GROUP-ID={},NAME={}", quoted(GROUP), quoted(&self.name))?;
        self.language.as_ref().map_or(Ok(()), |language| write!(f, ",LANGUAGE={}", quoted(language)))?;
        let (is_default, is_forced) = (yes_or_no(self.is_default), yes_or_no(self.is_forced));
        writeln!(f, ",DEFAULT={is_default},AUTOSELECT=YES,FORCED={is_forced},URI={}", quoted(&self.uri))
    }
}

#[cfg(test)]
#[path = "master_tests.rs"]
mod tests;
