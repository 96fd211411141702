//! A track: one series of work of a job, such as its pictures or its sound.
//! The scheduler deals only with tracks.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::frames::{FrameNo, FrameRange};
pub use crate::media::params::WorkKind;
use crate::media::plan::piece::StreamParams;
use crate::media::words::device::{Hw, Method};

/// A track's position among the tracks of its film.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TrackNo(pub u8);

/// A half-open range of units of one track, which one lease covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Segment {
    pub track: TrackNo,
    pub units: FrameRange,
}

/// The meaning of a track's units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Frames to encode.
    Picture,
    /// Packets whose frames are to be listed.
    List,
    /// Streams of sound, together as one unit.
    Sound,
}

/// How much of a client's capacity a segment takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Load {
    /// A slot of its own.
    #[default]
    Full,
    /// So little that it runs beside segments that fill a slot;
    /// a client encodes one of these at a time.
    Light,
}

/// Where segments may end. All lists ascend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cuts {
    /// Anywhere; but a cut at one of these is cheap, so the scheduler prefers a near one.
    Near(Vec<FrameNo>),
    /// Only at one of these.
    Only(Vec<FrameNo>),
    /// Nowhere, for this reason.
    Never(String),
}

impl Cuts {
    /// The number of known cuts.
    pub(crate) const fn count(&self) -> usize {
        match self {
            Self::Near(cuts) | Self::Only(cuts) => cuts.len(),
            Self::Never(_) => 0,
        }
    }

    /// The last cut up to `end` for a segment that begins at `start`; None if there is none in between.
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

/// What the scheduler knows about a track.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Track {
    pub content: Content,
    /// The exact number of units of the result.
    pub units: u64,
    #[serde(default)]
    pub cuts: Cuts,
    /// Whether the job fails if the track can't be made; otherwise the job goes on without it.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub required: bool,
    /// The track that must be finished before this one starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<TrackNo>,
    #[serde(default, skip_serializing_if = "Load::is_full")]
    pub load: Load,
    /// The encoders that a client must have proved, for instance `libx264`; it must have all of them.
    pub encoders: Vec<String>,
    /// For a sound track, the streams of the source that its piece holds, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub streams: Vec<u32>,
    /// The codecs that a client must decode, for instance `h264`.
    /// Burnt-in text subtitles are not among them, because every build decodes those.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<String>,
    /// Measured speed carries over between tracks of the same kind;
    /// None if speed is not measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<WorkKind>,
    /// The only kind of client that may make the track, because decoders of other kinds returned other pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_kind: Option<String>,
    /// Whether players get the pieces' private data once, as of a stream, so that it must be the same in all pieces.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub one_head: bool,
    /// Pixels of one frame in all streams of a piece; None for one stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pixels: Option<u64>,
    /// Whether filters determine their own frames, so that the number is unknown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub frames_own: bool,
    /// Whether hardware may or must encode it; `Off` if no hardware encoder corresponds.
    #[serde(default, skip_serializing_if = "Hw::is_off")]
    pub hw: Hw,
    /// The hardware encoders that may make it, with their methods.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hardware: Vec<(Method, String)>,
    /// The stream parameters of the server's own encode of the first frame;
    /// None if the server can't encode this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<StreamParams>,
    /// Why the job goes on without this track, if so.
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
    /// The track that stands for the whole film: its length, its progress, and the clients that can encode it.
    pub(crate) const FIRST: Self = Self(0);
}

impl Load {
    pub(crate) const ALL: [Self; 2] = [Self::Full, Self::Light];

    const fn is_full(&self) -> bool {
        matches!(self, Self::Full)
    }
}

impl Track {
    /// A required track of this many units, made in software, with cuts anywhere.
    pub fn new(content: Content, units: u64, encoders: Vec<String>) -> Self {
        Self {
            content,
            units,
            cuts: Cuts::default(),
            required: true,
            after: None,
            load: Load::Full,
            encoders,
            streams: Vec::new(),
            reads: Vec::new(),
            kind: None,
            one_kind: None,
            one_head: false,
            pixels: None,
            frames_own: false,
            hw: Hw::Off,
            hardware: Vec::new(),
            expected: None,
            given_up: None,
        }
    }

    /// A track of sound, which runs beside the pictures.
    pub fn sound(encoder: &str, reads: Vec<String>) -> Self {
        Self { load: Load::Light, reads, ..Self::new(Content::Sound, 1, vec![encoder.to_owned()]) }
    }

    /// The abilities that the track asks of a client, for people: "decode h264 and encode with libx264".
    pub(crate) fn asks(&self) -> String {
        let encoders = self.all_encoders().collect::<Vec<_>>().join(", ");
        match self.reads.as_slice() {
            [] => format!("encode with {encoders}"),
            reads => format!("decode {} and encode with {encoders}", reads.join(", ")),
        }
    }

    /// Why the track must be made in one segment, if so.
    pub fn whole(&self) -> Option<&str> {
        match &self.cuts {
            Cuts::Never(why) => Some(why),
            Cuts::Near(_) | Cuts::Only(_) => None,
        }
    }

    pub(crate) fn is_pictures(&self) -> bool {
        self.content == Content::Picture
    }

    /// Whether software encoders may make it.
    pub(crate) fn in_software(&self) -> bool {
        self.hw != Hw::Require
    }

    /// All encoders; any one of them lets a client take part.
    pub fn all_encoders(&self) -> impl Iterator<Item = &str> {
        let software = self.encoders.iter().filter(|_| self.in_software()).map(String::as_str);
        software.chain(self.hardware_encoders())
    }

    pub(crate) fn hardware_encoders(&self) -> impl Iterator<Item = &str> {
        self.hardware.iter().filter(|_| !self.hw.is_off()).map(|(_, encoder)| encoder.as_str())
    }
}

impl Segment {
    pub const fn new(track: TrackNo, units: FrameRange) -> Self {
        Self { track, units }
    }
}

/// `0..240`, with the track's number unless it is the first.
impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.track {
            TrackNo::FIRST => write!(f, "{}", self.units),
            TrackNo(track) => write!(f, "{} of track {track}", self.units),
        }
    }
}
