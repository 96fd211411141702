//! Pieces of different encoders in one film.
//!
//! Their parameter sets differ, so each piece carries them in band.
//! Their reordering delays differ, so each piece is remuxed into a format with both DTS and PTS.
//! NUT stores only one of them, and the concat demuxer
//! would derive the other with the first piece's delay.

use crate::media::command::Line;
use crate::media::source::guard::Guard;

/// The suffix of a remuxed piece.
pub const SUFFIX: &str = "unlike.mp4";
/// The demuxer of a remuxed piece.
pub(crate) const FORMAT: &str = "mov";

/// The tag that tells players that parameter sets are in band;
/// None for codecs whose key frames need no sets.
pub(crate) fn tag(codec: &str) -> Option<&'static str> {
    match codec {
        "h264" => Some("avc3"),
        "hevc" => Some("hev1"),
        _ => None,
    }
}

/// Remuxes one piece.
pub(crate) fn arguments(guard: &Guard, codec: &str, piece: &str, output: &str) -> Vec<String> {
    let mut line = Line::writing();
    line.input(guard, piece).map(0, "v:0").say("-c copy");
    if let Some(tag) = tag(codec) {
        line.say("-bsf:v dump_extra=freq=keyframe").option("-tag:v", tag);
    }
    line.say("-f mp4").output(output).finish()
}

/// Keeps decoding times ascending across a seam.
/// A piece with a longer reordering delay than the piece before would begin too early.
/// Its first decoding times are squeezed together instead,
/// and the whole film's decoding begins that much earlier.
/// Presentation times stay as they are.
pub(crate) const IN_ORDER: &str = "setts=pts=PTS:dts=max(DTS-ceil(0.0036/TB)\\,PREV_OUTDTS+ceil(0.0002/TB))";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameter_sets_come_before_every_key_frame() {
        let guard = Guard::new("nut", String::new());
        let line = |codec: &str| arguments(&guard, codec, "/w/1.nut", "/w/1.mp4").join(" ");
        assert!(
            line("hevc").ends_with(
                "-i file:/w/1.nut -map 0:v:0 -c copy -bsf:v dump_extra=freq=keyframe -tag:v hev1 -f mp4 file:/w/1.mp4"
            ),
            "{}",
            line("hevc")
        );
        assert!(line("h264").contains("-tag:v avc3 "));
        assert!(line("av1").contains("-c copy -f mp4"), "each key frame of AV1 has them already");
    }
}
