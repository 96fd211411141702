//! The work that a lease offers to a client.
//! The client itself turns it into ffmpeg arguments.

use serde::{Deserialize, Serialize};

use crate::frames::{FrameRange, Rational};
use crate::limits::{FRAMES_MAX, PIXELS_MAX};
use crate::media::params::ladder::FittedRung;
use crate::media::params::{SoundProfile, Span, VideoProfile};
use crate::media::plan::witness::{Lead, SecondDecode, Witness};
use crate::media::source::Picture;
use crate::media::source::clock::Layout;
use crate::media::words::container::Container;

/// How a client reads the source: by range requests for a path on the server's port.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SourceRef {
    pub path: String,
    pub bytes: u64,
    /// Changes whenever the source changes; the client sends it back as `If-Match`.
    pub etag: String,
    /// The only demuxer that may read this source, as `-format_whitelist` names it.
    pub format: String,
    /// The codecs of the source's streams; each client knows its own decoders for them.
    #[serde(default)]
    pub codecs: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    Picture(Box<PictureWork>),
    List(ListWork),
    Sound(SoundWork),
}

/// Work on pictures: encode exactly these frames with these parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PictureWork {
    pub range: FrameRange,
    pub window: Window,
    pub picture: Picture,
    /// The stream's number in the source.
    pub stream: u32,
    pub profile: VideoProfile,
    pub container: Container,
    /// For encoders that know only a rate and no times; set only if all frames keep that rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constant_rate: Option<Rational>,
    /// Whether the client compares its piece with the source.
    #[serde(default)]
    pub compare: bool,
    /// Frames of the source whose hashes the client reports, to check the seams.
    #[serde(default, skip_serializing_if = "Witness::is_none")]
    pub witness: Witness,
    /// If the film's clock is set back: how much later than its own time each stretch is laid,
    /// in ticks of the picture, from the second stretch on.
    /// All times of `window` are already laid out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shifts: Vec<i64>,
    /// The lead-in: how far before the piece `window.seek` lies.
    #[serde(default, skip_serializing_if = "Lead::is_usual")]
    pub lead: Lead,
    /// If set, the client decodes these frames twice, and both decodes must give the same pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<SecondDecode>,
    /// If set, the piece has a stream for each of these rungs, and `profile` only says which
    /// filters come before them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ladder: Option<Box<LadderWork>>,
}

/// Rungs of a ladder, encoded from one decode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LadderWork {
    /// In the order of the piece's streams.
    pub rungs: Vec<FittedRung>,
    /// When media segments begin within the piece, in microseconds; see `MediaSegments::keys_us`.
    pub keys_us: Vec<i64>,
    /// The most frames of a media segment of the film.
    pub longest: u64,
}

impl PictureWork {
    /// The most pixels of one frame, or of one frame in all rungs; filters may enlarge a frame up
    /// to the general bound.
    pub(crate) fn pixels_max(&self) -> u64 {
        let resized = self.profile.filters.is_some() || self.profile.option("s").is_some();
        let read = if resized { PIXELS_MAX } else { self.picture.pixels() };
        let of_ladder = |ladder: &LadderWork| ladder.rungs.iter().map(FittedRung::pixels).sum();
        read.max(self.ladder.as_deref().map_or(0, of_ladder))
    }

    /// The number of streams of the piece.
    pub(crate) fn streams(&self) -> usize {
        self.ladder.as_deref().map_or(1, |ladder| ladder.rungs.len())
    }

    /// The most frames of the piece;
    /// only filters that determine their own frames may make more than the range.
    pub(crate) fn frames_max(&self) -> u64 {
        match self.window.result.cut {
            Cut::None | Cut::Margins { .. } => self.range.len(),
            Cut::Own { .. } => FRAMES_MAX,
        }
    }
}

/// Work on a part of the frame list: decode these packets
/// and some around them, and report the times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListWork {
    pub range: FrameRange,
    /// The stream's number in the source.
    pub stream: u32,
    /// Pixels of one frame of the stream.
    pub pixels: u64,
    /// The source's time base, the unit of `start`, `end` and `seek`.
    pub time_base: Rational,
    /// Time of the first frame to report; None for the beginning of the film.
    pub start: Option<i64>,
    /// Time of the first frame after the part; None for the end of the film.
    pub end: Option<i64>,
    /// Time of the key frame at which reading starts; None for the beginning of the film.
    pub seek: Option<i64>,
}

/// A range of frames as times: what to read from the source, and what goes into the piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The source's time base, the unit of `start`, `end`, `seek`, `zero` and `counted_from`.
    pub time_base: Rational,
    /// Time of the first frame that the filters need.
    pub start: i64,
    /// Time of the first frame that the filters no longer need;
    /// None if they need all frames to the end.
    pub end: Option<i64>,
    /// Time of the key frame at which reading starts; None for the beginning of the film.
    pub seek: Option<i64>,
    /// What ffmpeg subtracts from every time to let the film begin at zero for the filters.
    pub zero: i64,
    /// Whether some frames share a time;
    /// each of them is moved to one tick after the frame before it.
    #[serde(default)]
    pub doubled: bool,
    /// Time of the film's first frame, for formats whose times depend on the version of ffmpeg.
    /// Reading then starts with the first frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted_from: Option<i64>,
    pub result: ResultWindow,
}

/// The frames of the piece, on the film's clock that starts at zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultWindow {
    pub time_base: Rational,
    /// Time of the first frame.
    pub first: i64,
    /// Time of the last frame.
    pub last: i64,
    /// Time of the first frame after the piece; None for the last piece of the film.
    pub end: Option<i64>,
    /// Set if the container of the source rounded the times of a constant rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lay: Option<RateGrid>,
    pub cut: Cut,
}

/// The grid of a constant rate:
/// each frame goes to the nearest `origin + n × step`, in ticks of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateGrid {
    pub origin: i64,
    pub step: i64,
}

/// The cut after the filters, which leaves exactly the piece's own frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// No cut: the frames that are read are the frames of the piece.
    None,
    /// Cuts off the frames that only the filters needed.
    /// First adds `pad` frames of a constant rate after the film's last frame.
    Margins { pad: u32 },
    /// For filters that determine their own frames:
    /// cuts off all before `start_us`, and all that is `length_us` or more after it.
    Own {
        #[serde(default)]
        start_us: i64,
        length_us: Option<i64>,
    },
}

/// Work on sound: all sound that must be encoded, as one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SoundWork {
    /// Stream numbers in the source, in the order of the result.
    pub streams: Vec<u32>,
    pub profile: SoundProfile,
    pub container: Container,
    pub duration_us: Option<i64>,
    /// Whether some sound has a channel layout that the encoder does not know;
    /// such sound is converted to a layout that the encoder knows.
    #[serde(default)]
    pub conform: bool,
    /// Whether picture and sound must be read together,
    /// because ffmpeg counts times from the earliest time of the streams in use.
    #[serde(default)]
    pub together: bool,
    /// Streams that can't be read with the others, because the file does not describe them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untold: Vec<u32>,
    /// How the sound follows the picture if the film's clock is set back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<Box<Layout>>,
    /// The part of the film that the user wants.
    #[serde(default, skip_serializing_if = "Span::is_whole")]
    pub span: Span,
}
