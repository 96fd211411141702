//! A row of the table of picture encoders.
//! Each field states one fact; the code that reads the field gives it its effect.

/// A picture encoder.
#[derive(Debug)]
pub struct VideoEncoder {
    pub name: &'static str,
    /// ffprobe's name for its codec.
    pub codec: &'static str,
    /// Encoders of one family know the same options.
    pub family: &'static str,
    pub hardware: bool,
    pub rate_control: RateControl,
    /// Options that set its speed; the first that the user gives applies.
    pub pace: &'static [&'static str],
    /// None if it accepts any plain word.
    pub presets: Option<&'static [&'static str]>,
    pub tunes: Option<&'static [&'static str]>,
    /// Whether it refuses the fine time bases in which films count their times.
    pub constant_rate: bool,
    /// Whether it makes B-frames by default.
    pub reorders: bool,
    /// Why it can't make B-frames in pieces, if it can't.
    pub no_b_frames: Option<&'static str>,
    /// How many rows it reads at once.
    /// If the height is not a multiple of this, it reads beyond the picture and garbles it (ffmpeg 5).
    pub rows: u32,
    /// Whether it can code the two fields of a frame.
    pub codes_fields: bool,
    pub(crate) levels: Levels,
    /// Whether it keeps RGB unchanged.
    pub keeps_rgb: bool,
    /// Whether it may leave the limited range unstated, for which MP4 has no place outside the stream.
    pub leaves_range_unsaid: bool,
    /// Whether its number of slices depends on the machine.
    pub slices_by_machine: bool,
    /// How many frames it looks ahead by default, at its slowest preset.
    pub looks_ahead: u64,
    pub(crate) list: Option<&'static OwnList>,
    pub(crate) in_hardware: Option<InHardware>,
    /// Options without which its device test would fail or take long.
    pub tried_with: &'static str,
}

/// How an encoder controls quality or size.
#[derive(Debug)]
pub struct RateControl {
    /// Options that ask for constant quality.
    pub quality: &'static [&'static str],
    /// Whether one of them is required, because the encoder aims at a mean bit rate by default.
    pub needs_quality: bool,
    pub(crate) bit_rate: BitRate,
}

/// What a bit rate means to an encoder, and the option that sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BitRate {
    /// A mean over the film, which needs the whole film in one place.
    Mean(&'static str),
    /// A choice among the encoder's profiles.
    Profile(&'static str),
}

/// For an encoder with constant quality by default.
pub(super) const CONSTANT: RateControl =
    RateControl { quality: &[], needs_quality: false, bit_rate: BitRate::Mean("b:v") };

/// How an encoder handles full-range pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Levels {
    /// It can't state the range.
    Unsaid,
    /// It can't state the range, and gets full range in the plain format.
    UnsaidInPlain,
    /// It states the range, so it gets either range in the plain format.
    Said,
    /// It also accepts the formats that have full range by their name.
    SaidByFormat,
    /// It converts either range to full range, unless `-strict` lets it keep the limited one.
    Stretched,
}

/// An encoder's own parameter list, and what we add to it.
#[derive(Debug)]
pub(crate) struct OwnList {
    /// The options that take the list; we use the first.
    pub names: &'static [&'static str],
    pub hdr: HdrNames,
    /// What to add if fields are coded and the lower one comes first.
    pub lower_first: &'static str,
}

/// How a list states HDR10: its keys, and the units of its numbers.
#[derive(Debug)]
pub(crate) struct HdrNames {
    pub display: &'static str,
    pub light: &'static str,
    pub chromaticity: i64,
    pub luminance: i64,
}

/// Facts that a hardware encoder needs to imitate a software encoder.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InHardware {
    /// The default quality; None if it depends on the version.
    pub crf: Option<f64>,
    /// The ends of the two scales.
    pub crf_end: f64,
    pub qp_end: f64,
    pub paces: Paces,
}

/// How an encoder's speed is set.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Paces {
    /// By x264's words.
    Words,
    /// By numbers: the last number of each pace, from the slowest to the second fastest.
    Steps([i64; 6]),
}

/// The most common facts, also for unknown encoders.
pub(super) const PLAIN: VideoEncoder = VideoEncoder {
    name: "",
    codec: "",
    family: "",
    hardware: false,
    rate_control: CONSTANT,
    pace: &[],
    presets: None,
    tunes: None,
    constant_rate: false,
    reorders: false,
    no_b_frames: None,
    rows: 1,
    codes_fields: false,
    levels: Levels::Unsaid,
    keeps_rgb: false,
    leaves_range_unsaid: false,
    slices_by_machine: false,
    looks_ahead: 16,
    list: None,
    in_hardware: None,
    tried_with: "",
};

impl VideoEncoder {
    /// The bitstream filter that states the limited range if the encoder does not.
    pub(crate) fn range_filter(&self) -> Option<&'static str> {
        match self.codec {
            "h264" if self.leaves_range_unsaid => Some("h264_metadata"),
            "hevc" if self.leaves_range_unsaid => Some("hevc_metadata"),
            _ => None,
        }
    }
}
