//! How large the pictures for an encoder may be.
//!
//! Filters may make a picture of any size.
//! An encoder holds as many pictures as its parameters tell it to look ahead
//! and refer back, so a bound on the picture bounds its memory.

use super::VideoProfile;
use crate::limits::PIXELS_MAX;

/// The most pixels in all pictures that an encoder holds together:
/// about 12 GB in the usual format. 8K fits with any default.
const HELD_MAX: u64 = 8_000_000_000;
/// Pictures that an encoder holds beyond those that its parameters ask for.
const UNDER_WAY: u64 = 32;
/// Options and keys that make an encoder hold pictures.
const HOLDING: [&[&str]; 4] = [
    &["rc-lookahead", "lag-in-frames", "la_depth", "lookahead", "sync-lookahead", "gop-lookahead"],
    &["refs", "ref"],
    &["bf", "bframes"],
    &["threads", "frame-threads"],
];
/// Assumed for each of the last three if unset: more than in any preset.
const UNSAID: u64 = 16;

/// The most pixels of one picture.
pub fn pixels_max(video: &VideoProfile) -> u64 {
    let [ahead, others @ ..] = HOLDING;
    let ahead = said(video, ahead).unwrap_or_else(|| video.row().looks_ahead);
    let others: u64 = others.into_iter().map(|names| said(video, names).unwrap_or(UNSAID)).sum();
    (HELD_MAX / (UNDER_WAY + ahead + others)).min(PIXELS_MAX)
}

/// The largest number for any of the names, as an option or in a parameter list.
fn said(video: &VideoProfile, names: &[&str]) -> Option<u64> {
    let in_list = |value: &str| {
        let pairs = value
            .split(':')
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| (key.replace('_', "-"), value));
        pairs
            .filter(|(key, _)| names.contains(&key.as_str()))
            .filter_map(|(_, value)| value.parse().ok())
            .max()
    };
    let told = video.options.iter().filter_map(|(name, value)| {
        if names.contains(&name.as_str()) { value.parse().ok() } else { in_list(value) }
    });
    told.max()
}

#[cfg(test)]
mod tests {
    use super::super::{parse, words};
    use super::*;
    use crate::media::words::container::Container;

    fn most(line: &str) -> u64 {
        pixels_max(&parse(&words(line).unwrap(), Container::Matroska).unwrap().video)
    }

    #[test]
    fn the_further_an_encoder_looks_the_smaller_its_pictures() {
        for encoder in ["libx264", "libx265", "libsvtav1", "libaom-av1", "libvpx-vp9", "ffv1", "librav1e"] {
            assert!(most(&format!("-c:v {encoder}")) > 8192 * 4320, "{encoder}");
        }
        let far = "-refs 16 -bf 16 -rc-lookahead 250 -threads 128";
        assert!((3840 * 2160..7680 * 4320).contains(&most(far)), "{}", most(far));
        assert_eq!(most("-x264-params ref=16:bframes=16:rc_lookahead=250:threads=128"), most(far));
        assert!(most("-rc-lookahead 0 -threads 1") > most(""));
        assert_eq!(most("-rc-lookahead -1"), most(""));
    }
}
