//! What was understood of the words so far.

use super::span::SpanDraft;
use crate::media::params::rows::OptionRow;
use crate::media::params::rows::encoders::{SoundEncoder, VideoEncoder};
use crate::media::params::{Chain, Pace, Refusal, SubtitleProfile};
use crate::media::words::container::Container;

pub(super) type Pairs = Vec<(String, String)>;

/// What was understood so far.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(super) container: Container,
    pub(super) encoder: Option<&'static VideoEncoder>,
    /// Family of the encoder that will be named, for options that stand before it.
    pub(super) family: &'static str,
    /// An encoder was named but is none of ours; its options can't be judged.
    pub(super) encoder_is_wrong: bool,
    pub(super) video: Vec<VideoOption>,
    /// Of the encoder, and in no table.
    pub(super) allowed_video: Pairs,
    pub(super) filters: Option<Chain>,
    pub(super) sound: SoundDraft,
    pub(super) subtitles: SubtitleProfile,
    pub(super) tags: Pairs,
    pub(super) source_tags: bool,
    pub(super) chapters: bool,
    pub(super) muxer: Pairs,
    pub(super) span: SpanDraft,
    pub(super) pace: Option<Pace>,
    pub(super) refusals: Vec<Refusal>,
}

#[derive(Debug, Default)]
pub(super) struct SoundDraft {
    pub(super) drop: bool,
    pub(super) copy: bool,
    pub(super) encoder: Option<&'static SoundEncoder>,
    pub(super) options: Pairs,
    pub(super) filters: Option<Chain>,
    /// What was said about encoding; it contradicts a copy.
    pub(super) said: Option<String>,
}

/// An option of the picture, to be judged against the encoder that is chosen in the end.
#[derive(Debug)]
pub(super) struct VideoOption {
    /// As it was typed.
    pub(super) word: String,
    pub(super) row: &'static OptionRow,
    pub(super) value: String,
}

/// The last one counts, as with ffmpeg.
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
            span: SpanDraft::default(),
            pace: None,
            refusals: Vec::new(),
        }
    }
}
