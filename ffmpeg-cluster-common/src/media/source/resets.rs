//! Key frames that reset all that a decoder remembers: it may begin with one, and gives what it would have given.

use crate::frames::Rational;

/// Which key frames of a film are resets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resets {
    Never,
    EachKey,
    /// Those whose packets hold one of these NAL units, as ffmpeg's `filter_units` takes them: a key frame may as well be
    /// an open group's, or one step of a picture that is refreshed by columns, and its flag does not tell.
    Holding(&'static str),
}

impl Resets {
    pub(super) fn of(codec: &str) -> Self {
        match codec {
            "mpeg2video" | "vp9" => Self::EachKey,
            // Instantaneous decoding refresh, of HEVC with leading pictures and without.
            "h264" => Self::Holding("5"),
            "hevc" => Self::Holding("19|20"),
            _ => Self::Never,
        }
    }
}

/// The times of packets with such units, ascending, from ffmpeg's lines: `#tb 0: num/den`, and for each packet
/// `stream, dts, pts, duration, size, checksum`. None of them if they are not counted in this base.
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
