//! A track: one series of work of a job, such as its pictures or its sound. The scheduler knows tracks and nothing else.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::frames::{FrameNo, FrameRange};
pub use crate::media::params::WorkKind;
use crate::media::plan::work::StreamParams;
use crate::media::words::device::{Hw, Method};

/// A track's place among those of its film.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TrackNo(pub u8);

/// Units of one track, as one lease covers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Segment {
    pub track: TrackNo,
    pub units: FrameRange,
}

/// What a track is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Frames, encoded.
    Picture,
    /// Packets, whose frames are listed.
    List,
    /// All sound together: one unit.
    Sound,
}

/// How much of a client a segment takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Load {
    /// A slot of its own.
    #[default]
    Full,
    /// So little that it runs beside segments that fill a slot; a client encodes one such segment at a time.
    Light,
}

/// Where segments may end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cuts {
    /// Anywhere; where one of these is near, there: a cut at it is cheap. Ascending.
    Near(Vec<FrameNo>),
    /// At one of these only. Ascending.
    Only(Vec<FrameNo>),
    /// Nowhere, and why.
    Never(String),
}

impl Cuts {
    /// How many places are known.
    pub(crate) const fn count(&self) -> usize {
        match self {
            Self::Near(cuts) | Self::Only(cuts) => cuts.len(),
            Self::Never(_) => 0,
        }
    }

    /// The last place up to `end` where a segment that begins with `start` may end.
    pub(crate) fn last_before(&self, start: FrameNo, end: FrameNo) -> Option<FrameNo> {
        match self {
            Self::Near(_) => Some(end),
            Self::Only(cuts) => cuts.iter().rev().find(|cut| **cut <= end).copied(),
            Self::Never(_) => None,
        }
        .filter(|cut| *cut > start)
    }
}

impl Default for Cuts {
    fn default() -> Self {
        Self::Near(Vec::new())
    }
}

/// What the scheduler must know of a track.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Track {
    pub content: Content,
    /// The result must have exactly so many.
    pub units: u64,
    #[serde(default)]
    pub cuts: Cuts,
    /// The job fails if it can't be made; otherwise the job goes on without it.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub required: bool,
    /// Nothing of it is handed out before that track is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<TrackNo>,
    #[serde(default, skip_serializing_if = "Load::is_full")]
    pub load: Load,
    /// A client must have proved all of these, for instance `libx264`.
    pub encoders: Vec<String>,
    /// Whose speed at one track tells of another. None: its speed is not measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<WorkKind>,
    /// Only clients of this kind make it: others' decoders gave other pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_kind: Option<String>,
    /// True where the filters make frames of their own, and nobody knows how many.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub frames_own: bool,
    /// Whether hardware may encode it, or must; `Off` where nothing in hardware is alike.
    #[serde(default, skip_serializing_if = "Hw::is_off")]
    pub hw: Hw,
    /// The encoders in hardware that may, by their methods.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hardware: Vec<(Method, String)>,
    /// What the server's own encode of the first frame came out as; none where the server can't encode this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<StreamParams>,
    /// Why the job goes on without it, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_up: Option<String>,
}

const fn yes() -> bool {
    true
}

const fn is_yes(required: &bool) -> bool {
    *required
}

impl TrackNo {
    /// What people ask about: a film's length, its progress, who can encode it.
    pub(crate) const FIRST: Self = Self(0);
}

impl Load {
    pub(crate) const ALL: [Self; 2] = [Self::Full, Self::Light];

    const fn is_full(&self) -> bool {
        matches!(self, Self::Full)
    }
}

impl Track {
    /// A required track of so many units, made in software, cut anywhere.
    pub fn new(content: Content, units: u64, encoders: Vec<String>) -> Self {
        Self {
            content,
            units,
            cuts: Cuts::default(),
            required: true,
            after: None,
            load: Load::Full,
            encoders,
            kind: None,
            one_kind: None,
            frames_own: false,
            hw: Hw::Off,
            hardware: Vec::new(),
            expected: None,
            given_up: None,
        }
    }

    /// All sound, beside the pictures.
    pub fn sound(encoder: &str) -> Self {
        Self { load: Load::Light, ..Self::new(Content::Sound, 1, vec![encoder.to_owned()]) }
    }

    /// Why it can be made in one segment only, if so.
    pub fn whole(&self) -> Option<&str> {
        match &self.cuts {
            Cuts::Never(why) => Some(why),
            Cuts::Near(_) | Cuts::Only(_) => None,
        }
    }

    pub(crate) fn is_pictures(&self) -> bool {
        self.content == Content::Picture
    }

    /// Whether the encoders that were asked for may make it.
    pub(crate) fn in_software(&self) -> bool {
        self.hw != Hw::Require
    }

    /// All encoders by which a client may take part.
    pub fn all_encoders(&self) -> impl Iterator<Item = &str> {
        let software = self.encoders.iter().filter(|_| self.in_software()).map(String::as_str);
        software.chain(self.hardware_encoders())
    }

    pub(crate) fn hardware_encoders(&self) -> impl Iterator<Item = &str> {
        self.hardware.iter().filter(|_| !self.hw.is_off()).map(|(_, encoder)| encoder.as_str())
    }

    /// All of it, for people.
    pub fn all(&self) -> String {
        self.name(FrameRange::new(0, self.units))
    }

    /// `frames 0..240`, `packets 0..240` or `the sound`.
    pub fn name(&self, units: FrameRange) -> String {
        match self.content {
            Content::Picture => format!("frames {units}"),
            Content::List => format!("packets {units}"),
            Content::Sound => "the sound".to_owned(),
        }
    }
}

impl Segment {
    pub const fn new(track: TrackNo, units: FrameRange) -> Self {
        Self { track, units }
    }
}

/// `0..240`, and of which track where that is not the first.
impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.track {
            TrackNo::FIRST => write!(f, "{}", self.units),
            TrackNo(track) => write!(f, "{} of track {track}", self.units),
        }
    }
}
