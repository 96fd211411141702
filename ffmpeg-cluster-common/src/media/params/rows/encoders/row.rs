//! What is told of one encoder of pictures. Each field says one thing; what it leads to stands where it is asked for.

/// One encoder of pictures.
#[derive(Debug)]
pub struct VideoEncoder {
    pub name: &'static str,
    /// ffprobe's name of what it makes.
    pub codec: &'static str,
    /// Encoders of one family know the same options.
    pub family: &'static str,
    pub hardware: bool,
    pub rate_control: RateControl,
    /// Options that say how hard it tries; the first that is said counts.
    pub pace: &'static [&'static str],
    /// None: it takes any plain word.
    pub presets: Option<&'static [&'static str]>,
    pub tunes: Option<&'static [&'static str]>,
    /// It refuses the fine time bases in which films tell their times.
    pub constant_rate: bool,
    /// It makes B-frames where nothing is said of them.
    pub reorders: bool,
    /// Why it can't make B-frames in pieces.
    pub no_b_frames: Option<&'static str>,
    /// So many rows at once: it reads beyond a picture of which some are left over, and garbles it (ffmpeg 5).
    pub rows: u32,
    /// It can code the two fields of a frame.
    pub codes_fields: bool,
    pub levels: Levels,
    /// It takes red, green and blue as they are.
    pub keeps_rgb: bool,
    /// It (or who knows which hardware) leaves the usual range unsaid, and MP4 has no other place for it.
    pub leaves_range_unsaid: bool,
    /// How many slices it makes depends on the machine.
    pub slices_by_machine: bool,
    /// Frames that it looks ahead by itself, at its slowest.
    pub looks_ahead: u64,
    pub list: Option<&'static OwnList>,
    pub in_hardware: Option<InHardware>,
    /// Options without which its test would fail or take long.
    pub tried_with: &'static str,
}

/// How an encoder is told how good or how large its result is to be.
#[derive(Debug)]
pub struct RateControl {
    /// Options that ask for a constant quality.
    pub quality: &'static [&'static str],
    /// One of them must be given: without, the encoder aims at a mean bit rate.
    pub needs_quality: bool,
    pub bit_rate: BitRate,
}

/// What a bit rate is to an encoder, and the option that says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BitRate {
    /// A mean, which needs the whole film in one place.
    Mean(&'static str),
    /// It chooses one of its profiles.
    Profile(&'static str),
}

/// Constant quality is what it does by itself.
pub(super) const CONSTANT: RateControl =
    RateControl { quality: &[], needs_quality: false, bit_rate: BitRate::Mean("b:v") };

/// What an encoder does with pictures of full range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Levels {
    /// It has no way to say what they are.
    Unsaid,
    /// It has none, but is given them in the plain format.
    UnsaidInPlain,
    /// It writes down which levels the picture has, and so is given either in the plain format.
    Said,
    /// It also takes the formats that are of full range by their name.
    SaidByFormat,
}

/// An encoder's own list of parameters, and what we tell it there.
#[derive(Debug)]
pub struct OwnList {
    /// The options that take it; the first is ours.
    pub names: &'static [&'static str],
    pub hdr: HdrNames,
    /// Where fields are coded and the lower is the earlier one.
    pub lower_first: &'static str,
}

/// How an encoder is told of HDR10: its words, and what its numbers count.
#[derive(Debug)]
pub struct HdrNames {
    pub display: &'static str,
    pub light: &'static str,
    pub chromaticity: i64,
    pub luminance: i64,
}

/// What hardware must know to make the like.
#[derive(Debug, Clone, Copy)]
pub struct InHardware {
    /// The quality where none is told; none where that depends on the version.
    pub crf: Option<f64>,
    /// Where the scales end.
    pub crf_end: f64,
    pub qp_end: f64,
    pub paces: Paces,
}

/// How an encoder is told its pace.
#[derive(Debug, Clone, Copy)]
pub enum Paces {
    /// As x264 names them.
    Words,
    /// Numbers: the last of each pace but the fastest, from the slowest on.
    Steps([i64; 6]),
}

/// Says nothing but what is true of most.
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
    /// The filter of the stream that says the usual range in it, where the encoder doesn't.
    pub(crate) fn range_filter(&self) -> Option<&'static str> {
        match self.codec {
            "h264" if self.leaves_range_unsaid => Some("h264_metadata"),
            "hevc" if self.leaves_range_unsaid => Some("hevc_metadata"),
            _ => None,
        }
    }
}
