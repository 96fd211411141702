//! Filters that see only their frame and its time.
//! A comparison of pieces with one run of ffmpeg proved each row (`tests/media/filters.rs`).
//! All other filters must see the whole film.

use super::{Filter, identifiers};

const FREE: &str = "scale zscale crop pad format noformat setsar setdar setparams setfield setrange transpose hflip vflip null \
    rotate eq hue lut lutrgb lutyuv curves colorspace colormatrix colorbalance colorchannelmixer colortemperature colorlevels \
    colorcontrast colorcorrect colorize monochrome vibrance exposure huesaturation selectivecolor negate limiter unsharp \
    smartblur gblur boxblur avgblur bilateral median cas convolution sobel prewitt edgedetect erosion dilation inflate deflate \
    drawbox drawgrid fillborders tonemap chromashift rgbashift pixelize lenscorrection deblock dctdnoiz owdenoise nlmeans \
    vaguedenoiser yaepblur shear swapuv il chromanr removegrain deband gradfun histeq";

/// Arguments that give some of these filters memory, and the values with which they have none.
const UNLESS: &[(&str, &str, &str)] =
    &[("colorspace", "dither", "0 none"), ("zscale", "dither d", "0 1 none ordered")];

/// Filters that may be switched off for a while although they are not free:
/// they resume from their earlier state.
const SWITCHED: &str = "fade hqdn3d noise lagfun normalize drawtext vignette";

/// Arguments whose expressions are evaluated for each frame, by filter.
const EACH_FRAME: &[(&str, &str)] = &[("crop", "x y"), ("rotate", "angle a"), ("hue", "h s H b")];

/// The names that such an expression may use:
/// sizes, the frame's time, constants, and functions without memory.
/// `x` and `y` of crop are missing, because they hold the previous frame's values.
const STILL: &str = "w h iw ih ow oh in_w in_h out_w out_h a sar dar hsub vsub t PI E PHI abs acos asin atan atan2 between \
    bitand bitor ceil clip cos cosh eq exp floor gauss gcd gt gte hypot if ifnot isinf isnan lerp log lt lte max min mod not \
    pow round sgn sin sinh sqrt squish tan tanh trunc";

fn listed(names: &str, name: &str) -> bool {
    names.split_whitespace().any(|known| known == name)
}

/// Whether the filter is free with these arguments.
pub(super) fn is_free(name: &str, filter: &Filter) -> bool {
    let each_frame = |key: &str| {
        key == "enable" || EACH_FRAME.iter().any(|(filter, keys)| *filter == name && listed(keys, key))
    };
    let remembers = |key: &str, value: &str| {
        let row = UNLESS.iter().find(|(filter, keys, _)| *filter == name && listed(keys, key));
        row.is_some_and(|(_, _, values)| !listed(values, value)) || (each_frame(key) && !is_still(value))
    };
    listed(FREE, name) && !filter.arguments().any(|(key, value)| remembers(key, value))
}

/// Whether the filter accepts `enable`:
/// filters that use neighbours or make new frames would lose frames when they switch.
pub(super) fn may_be_switched(name: &str) -> bool {
    listed(FREE, name) || listed(SWITCHED, name)
}

fn is_still(expression: &str) -> bool {
    identifiers(expression).all(|word| listed(STILL, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn free(name: &str, arguments: &str) -> bool {
        is_free(name, &format!("{name}={arguments}").parse().unwrap())
    }

    #[test]
    fn what_is_not_known_to_be_free_is_not() {
        for (name, arguments) in [
            ("scale", "1280:-2"),
            ("crop", "'min(iw,ih)':ih"),
            ("crop", "100:100:x='mod(t*10,47)'"),
            ("rotate", "t*PI/4"),
            ("hue", "h=90*t"),
            ("drawbox", "x=iw/2:enable='between(t,1,3)'"),
        ] {
            assert!(free(name, arguments), "{name}={arguments}");
        }
        for (name, arguments) in [
            ("vignette", ""),
            ("crop", "100:100:x='if(isnan(x),0,mod(x+1,47))'"),
            ("crop", "100:100:x"),
            ("crop", "100:100:0:n"),
            ("colorspace", "all=bt709:dither=fsb"),
            ("zscale", "d=error_diffusion"),
            ("hue", "h=n"),
            ("hue", "s=pts"),
            ("hue", "H=random(1)"),
            ("rotate", "n"),
            ("drawbox", "enable='mod(n,2)'"),
            ("anything", ""),
        ] {
            assert!(!free(name, arguments), "{name}={arguments}");
        }
    }

    /// A wrong or repeated name in the list would go unnoticed otherwise.
    #[test]
    fn each_free_filter_is_taken_and_stands_once() {
        let mut names: Vec<&str> = FREE.split_whitespace().collect();
        assert!(names.iter().all(|name| super::super::VIDEO.iter().any(|(known, ..)| known == name)));
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
