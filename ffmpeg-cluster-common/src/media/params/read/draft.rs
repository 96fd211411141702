//! The state while words are read.

use crate::media::params::rows::OptionRow;
use crate::media::params::rows::encoders::{SoundEncoder, VideoEncoder};
use crate::media::params::{Chain, Pace, PictureProfile, Refusal, Selection, SubtitleProfile};
use crate::media::words::container::Container;

pub(super) type Pairs = Vec<(String, String)>;

/// What is understood so far.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(super) container: Container,
    pub(super) picture: PictureProfile,
    pub(super) encoder: Option<&'static VideoEncoder>,
    /// Family of the encoder that is named later, for options that come before it.
    pub(super) family: &'static str,
    /// Whether an unknown encoder was named, whose options can't be judged.
    pub(super) encoder_is_wrong: bool,
    pub(super) video: Vec<VideoOption>,
    /// Encoder options that the operator allows and that are in no table.
    pub(super) allowed_video: Pairs,
    pub(super) filters: Option<Chain>,
    pub(super) sound: SoundDraft,
    pub(super) subtitles: SubtitleProfile,
    pub(super) tags: Pairs,
    pub(super) source_tags: bool,
    pub(super) chapters: bool,
    pub(super) muxer: Pairs,
    pub(super) selection: Selection,
    pub(super) span: SpanDraft,
    pub(super) pace: Option<Pace>,
    pub(super) refusals: Vec<Refusal>,
}

/// The wanted part and its rate, as far as they have been read.
#[derive(Debug, Default)]
pub(super) struct SpanDraft {
    pub(super) start_us: Option<i64>,
    pub(super) length_us: Option<i64>,
    pub(super) end_us: Option<i64>,
    pub(super) frames: Option<u64>,
    pub(super) pace: Option<Pace>,
    pub(super) passthrough: bool,
}

#[derive(Debug, Default)]
pub(super) struct SoundDraft {
    pub(super) drop: bool,
    pub(super) copy: bool,
    pub(super) encoder: Option<&'static SoundEncoder>,
    pub(super) options: Pairs,
    pub(super) filters: Option<Chain>,
    /// The first word about encoding sound, which contradicts a copy.
    pub(super) said: Option<String>,
}

/// An option of the picture, which is judged once the encoder is known.
#[derive(Debug)]
pub(super) struct VideoOption {
    /// The option as it was typed.
    pub(super) word: String,
    pub(super) row: &'static OptionRow,
    pub(super) value: String,
}

/// Sets a value; the last one applies, as in ffmpeg.
pub(super) fn put(pairs: &mut Pairs, name: String, value: String) {
    pairs.retain(|(known, _)| *known != name);
    pairs.push((name, value));
}

pub(super) fn refuse<T>(option: impl Into<String>, reason: impl Into<String>) -> Result<T, Vec<Refusal>> {
    Err(vec![Refusal::new(option, reason)])
}

impl Draft {
    pub(super) fn new(container: Container, family: &'static str) -> Self {
        Self {
            container,
            picture: PictureProfile::Encode,
            encoder: None,
            family,
            encoder_is_wrong: false,
            video: Vec::new(),
            allowed_video: Vec::new(),
            filters: None,
            sound: SoundDraft::default(),
            subtitles: SubtitleProfile::Keep,
            tags: Vec::new(),
            source_tags: true,
            chapters: true,
            muxer: Vec::new(),
            selection: Selection::default(),
            span: SpanDraft::default(),
            pace: None,
            refusals: Vec::new(),
        }
    }
}
