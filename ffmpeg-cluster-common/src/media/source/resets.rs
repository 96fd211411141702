//! Key frames that reset everything that a decoder remembers: a decoder that starts with one returns the usual frames.

use crate::frames::Rational;

/// Which key frames of a film are resets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resets {
    Never,
    EachKey,
    /// Those whose packets hold one of these NAL units, in the notation of ffmpeg's `filter_units`.
    /// The key frame's flag is not enough: an open group or a picture that is refreshed by columns sets it as well.
    Holding(&'static str),
}

impl Resets {
    pub(super) fn of(codec: &str) -> Self {
        match codec {
            "mpeg2video" | "vp9" => Self::EachKey,
            // Instantaneous decoding refresh: HEVC has one kind with leading pictures and one without.
            "h264" => Self::Holding("5"),
            "hevc" => Self::Holding("19|20"),
            _ => Self::Never,
        }
    }
}

/// The times of packets with such units, ascending, from ffmpeg's lines: `#tb 0: num/den`, and for each packet
/// `stream, dts, pts, duration, size, checksum`. Empty if the times are not in this time base.
pub(super) fn times(lines: &str, base: Rational) -> Vec<i64> {
    let told = format!("#tb 0: {}/{}", base.num, base.den);
    if !lines.lines().any(|line| line == told) {
        return Vec::new();
    }
    let packets = lines.lines().filter(|line| !line.starts_with('#'));
    let mut times: Vec<i64> =
        packets.filter_map(|line| line.split(',').nth(2)?.trim().parse().ok()).collect();
    times.sort_unstable();
    times
}
