//! What a client is asked to make. It travels in an offer; the client turns it into ffmpeg arguments itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::frames::{FrameRange, Rational};
use crate::limits::{FRAMES_MAX, PIXELS_MAX};
use crate::media::params::{SoundProfile, Span, VideoProfile};
use crate::media::plan::witness::{Ends, Lead, Second, SecondStart, Witness};
use crate::media::source::Picture;
use crate::media::source::clock::Layout;
use crate::media::words::container::Container;
use crate::text::safe;

/// How a client reads the source: a path on the server's port, with ranges.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SourceRef {
    pub path: String,
    pub bytes: u64,
    /// Changes when the source does; sent back as `If-Match`.
    pub etag: String,
    /// The only demuxer this source may be read with, as `-format_whitelist` wants it.
    pub format: String,
    /// And the codecs that it was found to have; each client knows its own decoders of them.
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

/// Exactly these frames, with these parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PictureWork {
    pub range: FrameRange,
    pub window: Window,
    pub picture: Picture,
    /// The stream's number in the source.
    pub stream: u32,
    pub profile: VideoProfile,
    pub container: Container,
    /// For encoders that know no times but a rate; the film is known to keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constant_rate: Option<Rational>,
    /// Whether the client compares what it made with the source.
    #[serde(default)]
    pub compare: bool,
    /// Frames whose pictures the client tells, for the seams.
    #[serde(default, skip_serializing_if = "Witness::is_none")]
    pub witness: Witness,
    /// Where the film's clock is set back: how much later than its own time each stretch is laid, from the second on, in
    /// ticks of the picture. All times of `window` are laid out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shifts: Vec<i64>,
    /// How far back `window.seek` lies.
    #[serde(default, skip_serializing_if = "Lead::is_usual")]
    pub lead: Lead,
    /// The source is decoded twice, and both decodes must give the same pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<SecondStart>,
}

impl PictureWork {
    /// Filters may make the picture as large as any may be.
    pub(crate) fn pixels_max(&self) -> u64 {
        let resized = self.profile.filters.is_some() || self.profile.option("s").is_some();
        if resized { PIXELS_MAX } else { self.picture.pixels() }
    }

    /// Only filters that are their own clock know how many pictures there are.
    pub(crate) fn frames_max(&self) -> u64 {
        match self.window.result.cut {
            Cut::None | Cut::Margins { .. } => self.range.len(),
            Cut::Own { .. } => FRAMES_MAX,
        }
    }
}

/// The times of the frames that come out of these packets and some around them, by decoding: a part of the frame list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListWork {
    pub range: FrameRange,
    /// The stream's number in the source, and the pixels of its picture.
    pub stream: u32,
    pub pixels: u64,
    /// Of the source; for what follows.
    pub time_base: Rational,
    /// Time of the first frame that is told; none: from the beginning of the film.
    pub start: Option<i64>,
    /// Time of the first frame that is not told any more; none: all that are left.
    pub end: Option<i64>,
    /// Time of the key frame to start reading at; none: from the beginning of the film.
    pub seek: Option<i64>,
}

/// A range of frames told in times: what to read of the source, and what of it goes into the piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Of the source; for `start`, `end`, `seek` and `zero`.
    pub time_base: Rational,
    /// Time of the first frame that the filters must see.
    pub start: i64,
    /// Time of the first frame that they need not see any more; none: all that are left.
    pub end: Option<i64>,
    /// Time of the key frame to start reading at; none: from the beginning of the film.
    pub seek: Option<i64>,
    /// What one run of ffmpeg takes away from every time, so that filters see the film begin at zero.
    pub zero: i64,
    /// Some frames share a time; each is moved a tick behind the one before.
    #[serde(default)]
    pub doubled: bool,
    /// Time of the film's first frame where each version of the decoder counts from a time of its own. Then reading begins
    /// with that frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted_from: Option<i64>,
    pub result: ResultWindow,
}

/// The frames of the piece, in the film's own time from zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultWindow {
    pub time_base: Rational,
    /// Time of the first frame.
    pub first: i64,
    /// Time of the last frame.
    pub last: i64,
    /// Time of the first frame after the piece; none for the last one of the film.
    pub end: Option<i64>,
    /// Where the source rounded the times of a constant rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lay: Option<Lay>,
    pub cut: Cut,
}

/// Each frame goes to the nearest `origin + n × step`, in ticks of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lay {
    pub origin: i64,
    pub step: i64,
}

/// What must be done after the filters, so that the piece holds its frames and no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// Nothing: what was read is what is wanted.
    None,
    /// Frames were read that only the filters needed; `pad` frames of a new rate are added behind the film's last.
    Margins { pad: u32 },
    /// Only the filters know their frames. What lies before a start, or so long after it, is cut off behind them.
    Own {
        #[serde(default)]
        start_us: i64,
        length_us: Option<i64>,
    },
}

/// All sound that must be encoded, whole, in one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SoundWork {
    /// Stream numbers in the source, in the order of the result.
    pub streams: Vec<u32>,
    pub profile: SoundProfile,
    pub container: Container,
    pub duration_us: Option<i64>,
    /// Some sound has its channels in places that the encoder does not know; they are moved to those that it does.
    #[serde(default)]
    pub conform: bool,
    /// Picture and sound of the source are read together, because its times count from the first of what is read.
    #[serde(default)]
    pub together: bool,
    /// Streams that can't be read with the others, because nobody knows what they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untold: Vec<u32>,
    /// Where the film's clock is set back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<Box<Layout>>,
    /// The part that is wanted.
    #[serde(default, skip_serializing_if = "Span::is_whole")]
    pub span: Span,
}

/// The stream of a piece, as ffprobe sees it. Pieces of one film must agree in all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamParams {
    pub codec: String,
    pub width: u32,
    pub height: u32,
    pub pix_fmt: String,
    pub time_base: Rational,
    /// SHA-256 of the codec's private data, hexadecimal; empty where there is none.
    pub extradata: String,
    /// What it says of its colours and fields, by ffprobe's names; what it does not say is not here.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub looks: BTreeMap<String, String>,
}

/// A finished piece, as its client tells of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentPiece {
    pub bytes: u64,
    pub sha256: String,
    #[serde(default)]
    pub findings: Findings,
}

/// What only the client that made a piece can tell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// The decoder's complaints about the source, at most [`COMPLAINTS_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub complaints: Vec<String>,
    /// How like the source the piece is, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likeness: Option<Likeness>,
    /// The source around the piece's ends, as the client's decoder saw it.
    #[serde(default, skip_serializing_if = "Ends::is_none")]
    pub ends: Ends,
    /// How far back the decoder really began.
    #[serde(default, skip_serializing_if = "Lead::is_usual")]
    pub lead: Lead,
    /// What a second decode gave, where one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<Second>,
}

pub(crate) const COMPLAINTS_MAX: usize = 20;
const COMPLAINT_CHARS_MAX: usize = 200;

impl Findings {
    /// Bounded, and fit for lines of a log: it may come from anybody.
    pub fn tidied(mut self) -> Self {
        self.complaints.truncate(COMPLAINTS_MAX);
        for line in &mut self.complaints {
            *line = safe::stripped(line, COMPLAINT_CHARS_MAX);
        }
        self.ends = self.ends.tidied();
        self
    }
}

/// Of all frames of a piece together. Whole numbers, so that they are the same wherever they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Likeness {
    /// PSNR in thousandths of a decibel; [`Likeness::SAME`] where no pixel differs.
    pub psnr_mdb: u32,
    /// SSIM in millionths.
    pub ssim_millionths: u32,
}

impl Likeness {
    /// What stands for an infinite PSNR.
    pub(crate) const SAME: u32 = 1_000_000;
}

/// What a piece was found to be by demuxing it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PieceFacts {
    /// Frames for a picture piece; packets of all streams for a sound piece.
    pub frames: u64,
    /// For a picture piece one; for a sound piece one for each stream.
    pub params: Vec<StreamParams>,
    /// As the client told them.
    #[serde(default)]
    pub findings: Findings,
    /// The encoder in hardware that the lease was for; none: the one that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoder: Option<String>,
}
