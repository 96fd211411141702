//! Pieces of unlike encoders in one film: each with its parameter sets in band, and frames that wait unlike long for those
//! that are shown before them.
//!
//! A piece is written again (a stream copy) into a form that tells both orders of its frames: NUT tells one, and the list of
//! pieces would reckon the other with the first piece's delay.

use crate::media::command::Line;
use crate::media::source::guard::Guard;

/// How such a piece lies there.
pub const SUFFIX: &str = "unlike.mp4";
/// The demuxer that reads it.
pub(crate) const FORMAT: &str = "mov";

/// By which players know that parameter sets are in band; none where key frames carry all of it by themselves.
pub(crate) fn tag(codec: &str) -> Option<&'static str> {
    match codec {
        "h264" => Some("avc3"),
        "hevc" => Some("hev1"),
        _ => None,
    }
}

/// Writes one piece so.
pub(crate) fn arguments(guard: &Guard, codec: &str, piece: &str, output: &str) -> Vec<String> {
    let mut line = Line::writing();
    line.input(guard, piece).map(0, "v:0").say("-c copy");
    if let Some(tag) = tag(codec) {
        line.say("-bsf:v dump_extra=freq=keyframe").option("-tag:v", tag);
    }
    line.say("-f mp4").output(output).finish()
}

/// Decoding times go forward across a seam. A piece whose first frames wait longer than the last ones before it would begin too
/// early; its first decoding times follow each other closely instead, and all of the film begins that much earlier. Pictures
/// keep their times.
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
