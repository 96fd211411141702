//! What a join reads, and where each stream of the result comes from.

use crate::frames::Rational;
use crate::media::command::mixed_encoders;
use crate::media::command::sound::sound_format;
use crate::media::params::Profile;
use crate::media::plan::carriage::{Carriage, Carried, Kept};
use crate::media::source::Source;
use crate::media::source::guard::{Decoders, Guard};
use crate::media::words::container::Container;

/// All inputs of the join's arguments. Paths are absolute.
#[derive(Debug, Clone)]
pub struct JoinPlan<'a> {
    pub source: &'a Source,
    pub source_path: &'a str,
    pub guards: &'a Guards,
    pub carriage: &'a Carriage,
    pub profile: &'a Profile,
    /// The file that holds [`list_text`].
    pub list_path: &'a str,
    /// The file that holds [`tags_text`].
    pub tags_path: &'a str,
    /// Time of the result's first frame on the film's clock that starts at zero.
    pub first_frame_us: i64,
    /// One for each sound track.
    pub sounds: Vec<SoundPiece<'a>>,
    /// The rate of all frames of the result, if it is constant.
    pub frame_rate: Option<Rational>,
    /// Options of the first video stream that state its colours and fields.
    pub picture_tags: Vec<String>,
    /// Covers that [`cover_arguments`] extracted beforehand; see [`covers_apart`].
    pub covers: Vec<Cover>,
    /// Whether the pieces come from different encoders.
    pub unlike: bool,
    /// Where a dry run starts to read one second of the source; None for a join, which reads all of it.
    pub source_from_us: Option<i64>,
    pub output_path: &'a str,
}

/// How the inputs of a join may be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guards {
    pub source: Guard,
    /// For one piece of the picture.
    pub piece: Guard,
    pub sound: Guard,
    /// For the list of pieces and the files that it names.
    pub list: Guard,
    /// For a list of pieces from different encoders.
    pub unlike: Guard,
}

impl Guards {
    pub fn new(decoders: &Decoders, source: &Source, profile: &Profile) -> Self {
        let codec = profile.video.codec();
        let sound = profile.sound_encoder().unwrap_or_default();
        let sounds = crate::media::params::sound_codec(sound);
        Self {
            source: Guard::new(&source.format, decoders.of(source.codecs())),
            piece: Guard::new("nut", decoders.of([codec])),
            sound: Guard::new(sound_format(profile.container, sound).demuxer, decoders.of(sounds)),
            list: Guard::new("concat,nut", decoders.of([codec])),
            unlike: Guard::new(&format!("concat,{}", mixed_encoders::FORMAT), decoders.of([codec])),
        }
    }
}

/// A cover of the source as a file of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cover {
    /// The stream's number in the source.
    pub stream: u32,
    pub path: String,
}

/// The stream numbers of covers that the join needs as files.
/// ffmpeg would copy them into Matroska as a second picture track of one frame; attached files stay covers.
pub fn covers_apart(source: &Source, carriage: &Carriage, container: Container) -> Vec<u32> {
    let is_cover =
        |index: u32| source.streams.iter().any(|stream| stream.index == index && stream.is_cover());
    if container != Container::Matroska {
        return Vec::new();
    }
    carriage.kept.iter().map(|kept| kept.stream).filter(|index| is_cover(*index)).collect()
}

#[derive(Debug, Clone, Copy)]
pub struct SoundPiece<'a> {
    pub path: &'a str,
    /// The piece's `format.start_time` according to ffprobe, in microseconds.
    pub start_us: i64,
    /// The streams of the source that the piece holds, in the piece's order.
    pub streams: &'a [u32],
}

/// Time of the first frame in the result, where the wanted part begins at zero.
pub(super) fn first_in_result(plan: &JoinPlan<'_>) -> i64 {
    plan.first_frame_us - plan.profile.span.start_us
}

/// An offset below this many frames counts as small:
/// a constant rate that begins at its second tick starts one frame late.
const SMALL_FRAMES: f64 = 1.5;

/// How much later than zero the picture begins.
/// AVI has no times: an offset of about one frame would only double the first frame.
/// MXF can't even do that.
pub(super) fn picture_offset(plan: &JoinPlan<'_>) -> i64 {
    let (offset, container) = (first_in_result(plan), plan.profile.container);
    let rate = told_rate(plan).map_or(0.0, Rational::as_f64);
    let is_small = (offset.abs() as f64) * rate < SMALL_FRAMES * 1_000_000.0;
    let is_at_zero = container.is_one_picture() || container.wants_constant_rate() && is_small;
    // A part begins at the tick nearest to its start,
    // maybe just before it; MP4 would hide that frame.
    let hidden = offset < 0 && matches!(container, Container::Mp4 | Container::Mov);
    if is_at_zero || hidden { 0 } else { offset }
}

/// The constant rate, or ffprobe's rate of the source if there is none.
pub(super) fn told_rate(plan: &JoinPlan<'_>) -> Option<Rational> {
    let told = || plan.source.film_stream().map(|(_, picture)| picture.base_rate);
    plan.frame_rate.or_else(told).filter(|rate| rate.is_positive())
}

/// A stream of the result that comes from an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mapped<'a> {
    pub(super) kept: &'a Kept,
    pub(super) input: usize,
    /// As `-map` names it within its input.
    pub(super) stream: String,
}

/// The number of inputs that are pieces of the picture: none if it is copied, or the list of them all.
pub(super) fn pieces(plan: &JoinPlan<'_>) -> usize {
    usize::from(plan.carriage.kept.iter().any(|kept| kept.what == Carried::Picture))
}

/// The number of the source among the inputs, which follows the pieces and the sounds.
pub(super) fn source_input(plan: &JoinPlan<'_>) -> usize {
    pieces(plan) + plan.sounds.len()
}

/// Streams that come from an input; covers are attached after them.
pub(super) fn mapped<'a>(plan: &JoinPlan<'a>) -> Vec<Mapped<'a>> {
    let apart = |kept: &&Kept| !plan.covers.iter().any(|cover| cover.stream == kept.stream);
    plan.carriage.kept.iter().filter(apart).filter_map(|kept| from_input(plan, kept)).collect()
}

/// None for sound that no piece holds.
fn from_input<'a>(plan: &JoinPlan<'_>, kept: &'a Kept) -> Option<Mapped<'a>> {
    let (input, stream) = match &kept.what {
        Carried::Picture => (0, "v:0".to_owned()),
        Carried::Sound => plan.sounds.iter().enumerate().find_map(|(n, sound)| {
            let nth = sound.streams.iter().position(|stream| *stream == kept.stream)?;
            Some((pieces(plan) + n, format!("a:{nth}")))
        })?,
        Carried::Copied | Carried::Converted { .. } => (source_input(plan), kept.stream.to_string()),
    };
    Some(Mapped { kept, input, stream })
}

pub(super) fn is_cover(plan: &JoinPlan<'_>, kept: &Kept) -> bool {
    plan.source.streams.iter().any(|stream| stream.index == kept.stream && stream.is_cover())
}

pub(super) fn is_film(plan: &JoinPlan<'_>, kept: &Kept) -> bool {
    plan.source.film_stream().is_some_and(|(stream, _)| stream.index == kept.stream)
}
