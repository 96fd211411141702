//! The table of encoders of text subtitles.

/// A subtitle encoder.
#[derive(Debug)]
pub(crate) struct SubtitleEncoder {
    pub name: &'static str,
    /// ffprobe's name for its codec.
    pub codec: &'static str,
}

const fn text(name: &'static str, codec: &'static str) -> SubtitleEncoder {
    SubtitleEncoder { name, codec }
}

pub(super) const SUBTITLES: &[SubtitleEncoder] = &[
    text("mov_text", "mov_text"),
    text("srt", "subrip"),
    text("subrip", "subrip"),
    text("ass", "ass"),
    text("ssa", "ass"),
    text("webvtt", "webvtt"),
];
