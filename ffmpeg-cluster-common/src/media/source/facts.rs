//! What we know about an input: its container and streams.
//! Its frames are in [`crate::media::source::index`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::frames::Rational;
use crate::media::source::resets::Resets;
use crate::media::source::side_data::SideData;
use crate::media::words::kind::StreamKind;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// The demuxer's name according to ffprobe, for instance `mov,mp4,m4a,3gp,3g2,mj2`.
    pub format: String,
    /// `format.start_time` in microseconds, which ffmpeg subtracts from every time of the input.
    pub start_us: i64,
    pub duration_us: Option<i64>,
    pub bytes: u64,
    pub streams: Vec<Stream>,
    pub chapters: u32,
    pub tags: BTreeMap<String, String>,
    /// Whether the picture's clock is set back midway; see [`crate::media::source::clock`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub clock_set_back: bool,
    /// The number of the picture that `-map` chose, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stream {
    /// The stream's number in the input, as in `-map 0:N`.
    pub index: u32,
    /// The number that the container gives the stream, if it gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u32>,
    pub kind: StreamKind,
    /// ffprobe's codec name; empty if it knows none.
    pub codec: String,
    pub tags: BTreeMap<String, String>,
    /// The dispositions that are set, for instance `default`, `forced`, `attached_pic`.
    pub dispositions: Vec<String>,
    /// The time at which it starts, as the container states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_us: Option<i64>,
    /// Present for [`StreamKind::Video`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<Picture>,
    /// Present for [`StreamKind::Audio`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sound: Option<Sound>,
}

impl Stream {
    pub(crate) fn has(&self, disposition: &str) -> bool {
        self.dispositions.iter().any(|d| d == disposition)
    }
    pub(crate) fn is_cover(&self) -> bool {
        self.has("attached_pic")
    }
    pub(crate) fn is_silent(&self) -> bool {
        self.sound.as_ref().is_some_and(|sound| sound.silent)
    }
    /// A property of a picture or a sound that every muxer needs
    /// and the file does not state; None if nothing is missing.
    /// This happens if a film is cut short or its packets are lost.
    pub fn untold(&self) -> Option<&'static str> {
        let codec = self.codec.as_str();
        match (self.kind, &self.picture, &self.sound) {
            (StreamKind::Video | StreamKind::Audio, ..) if matches!(codec, "" | "unknown" | "none") => {
                Some("codec")
            }
            (StreamKind::Video, Some(picture), _) if picture.pixels() > 0 => None,
            (StreamKind::Video, ..) => Some("size"),
            (StreamKind::Audio, _, Some(sound)) if sound.channels > 0 && sound.sample_rate > 0 => None,
            (StreamKind::Audio, ..) => Some("sample rate and channels"),
            (StreamKind::Subtitle | StreamKind::Attachment | StreamKind::Data, ..) => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    pub width: u32,
    pub height: u32,
    pub pix_fmt: String,
    pub time_base: Rational,
    /// `avg_frame_rate`, or `r_frame_rate` if that is unknown.
    pub frame_rate: Rational,
    /// `r_frame_rate`: the lowest rate that can express all times; encoders of constant rate get it.
    pub base_rate: Rational,
    pub sample_aspect: Option<Rational>,
    /// This and the next fields hold ffprobe's words; None if it says `unknown` or nothing.
    pub field_order: Option<String>,
    pub color_range: Option<String>,
    pub color_space: Option<String>,
    pub color_transfer: Option<String>,
    pub color_primaries: Option<String>,
    pub chroma_location: Option<String>,
    /// The x264 build that made the picture, if the film names one; see [`crate::media::source::sei`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x264_build: Option<u32>,
    /// Degrees of the display matrix; like ffmpeg, we turn the picture upright.
    pub rotation: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hdr: Option<Hdr>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extras: Vec<SideData>,
}

/// Mastering display and content light level (HDR10).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hdr {
    /// Red x, y, green x, y, blue x, y, white x, y, luminance min, max.
    pub mastering: Option<[Rational; 10]>,
    pub max_content: Option<u32>,
    pub max_average: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sound {
    pub channels: u32,
    pub layout: Option<String>,
    pub sample_rate: u32,
    /// Whether the sound has no samples in the wanted part of the film;
    /// see [`crate::media::command::heard`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub silent: bool,
    /// Whether the probe of the film's beginning decoded some of the sound.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub heard: bool,
    /// Whether the sound's clock is not set back together with the picture's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_clock: bool,
}

impl Picture {
    pub const fn pixels(&self) -> u64 {
        self.width as u64 * self.height as u64
    }
    pub(crate) fn is_interlaced(&self) -> bool {
        self.field_order.as_deref().is_some_and(|order| order != "progressive")
    }
}

impl Source {
    /// Pixels of one frame of the film; 0 if there is no picture.
    pub fn pixels(&self) -> u64 {
        self.film_stream().map_or(0, |(_, picture)| picture.pixels())
    }
    /// The stream that is encoded: the chosen one, or the first video stream that is not a cover.
    pub fn film_stream(&self) -> Option<(&Stream, &Picture)> {
        let is_film = |stream: &&Stream| self.chosen.map_or(!stream.is_cover(), |film| stream.index == film);
        self.streams.iter().filter(is_film).find_map(|s| s.picture.as_ref().map(|p| (s, p)))
    }
    /// Whether the file is an elementary stream without times.
    /// Newer versions of ffmpeg count its frames from zero wherever reading starts.
    /// Older versions derive times from the packets.
    pub(crate) fn is_bare(&self) -> bool {
        const BARE: &[&str] = &[
            "h264",
            "hevc",
            "vvc",
            "evc",
            "apv",
            "m4v",
            "mpegvideo",
            "mjpeg",
            "mjpeg_2000",
            "vc1",
            "obu",
            "av1",
            "cavsvideo",
            "avs2",
            "avs3",
            "dirac",
            "dnxhd",
            "h261",
            "h263",
            "ingenient",
        ];
        BARE.contains(&self.format.as_str())
    }

    /// Whether versions of ffmpeg disagree about the time at which the film begins.
    pub(crate) fn begins_anywhere(&self) -> bool {
        self.format == "mpegvideo"
    }

    /// Whether decoding can start at the key frames.
    /// Some codecs flag frames as key frames although they leave blocks unchanged.
    /// Only the first packet gets a palette that is in the header.
    pub(crate) fn can_begin_at_keys(&self) -> bool {
        const LIARS: &[&str] = &["rpza", "smc"];
        const OWN_PALETTES: &[&str] = &["apng", "fraps", "gif", "png", "zmbv"];
        let Some((stream, picture)) = self.film_stream() else { return !self.is_bare() };
        let codec = stream.codec.as_str();
        let has_palette = picture.pix_fmt == "pal8" && !OWN_PALETTES.contains(&codec);
        !self.is_bare() && !LIARS.contains(&codec) && !has_palette
    }

    /// The key frames that reset everything that the codec's decoder remembers (docs/decoders.md):
    /// a decoder may start with such a key frame itself if packets show that the frames before it are not needed.
    /// `Never` if the container does not list its key frames, because a seek need not land there.
    pub fn resets(&self) -> Resets {
        let is_listed = self.format.split(',').any(|name| ["mov", "matroska"].contains(&name));
        match self.film_stream() {
            Some((stream, _)) if is_listed => Resets::of(&stream.codec),
            Some(_) | None => Resets::Never,
        }
    }

    /// ffprobe's codec names of all streams.
    pub fn codecs(&self) -> impl Iterator<Item = &str> {
        self.streams.iter().map(|stream| stream.codec.as_str())
    }

    pub fn of_kind(&self, kind: StreamKind) -> impl Iterator<Item = &Stream> {
        self.streams.iter().filter(move |s| s.kind == kind)
    }
}
