//! Numbers and words of software encoders, mapped to hardware encoders.
//! `docs/hardware.md` shows these tables.

use super::super::rows::encoders::Paces;
use crate::media::words::device::Method;

/// The quality setting of a software encoder.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Quality {
    /// Constant quality, on a scale that ends with this number.
    Crf { value: f64, end: f64 },
    /// The same quantizer for every frame, on a scale that ends with this number.
    Qp { value: f64, end: f64 },
}

/// The end of the scale for H.264 and HEVC, and for AV1 with most methods.
pub(super) const END: f64 = 51.0;
/// The end of AV1's own quantizer scale.
const END_AV1: f64 = 255.0;
/// The end of VideoToolbox's scale, on which more is better.
const BEST_VIDEOTOOLBOX: f64 = 100.0;

type Pairs = Vec<(&'static str, String)>;

/// The options that ask for roughly the same quality.
pub(super) fn quality(method: Method, codec: &str, quality: Quality) -> Pairs {
    let (constant, value, from) = match quality {
        Quality::Crf { value, end } => (false, value, end),
        Quality::Qp { value, end } => (true, value, end),
    };
    let on = |end: f64, least: f64| format!("{}", (value * end / from).round().clamp(least, end));
    let av1 = codec == "av1";
    let own = if av1 { on(END_AV1, 1.0) } else { on(END, 1.0) };
    let pair = |name, value: &str| (name, value.to_owned());
    match method {
        Method::Nvenc if constant => vec![pair("rc", "constqp"), ("qp", own)],
        Method::Nvenc => vec![pair("rc", "vbr"), ("cq", on(END, 1.0)), pair("b:v", "0")],
        Method::Qsv if constant => vec![("q:v", on(END, 1.0))],
        Method::Qsv => vec![("global_quality", on(END, 1.0))],
        Method::Amf if codec == "h264" => {
            vec![pair("rc", "cqp"), ("qp_i", own.clone()), ("qp_p", own.clone()), ("qp_b", own)]
        }
        Method::Amf => vec![pair("rc", "cqp"), ("qp_i", own.clone()), ("qp_p", own)],
        Method::Videotoolbox => {
            let share = (value / from).clamp(0.0, 1.0);
            vec![("q:v", format!("{}", (BEST_VIDEOTOOLBOX * (1.0 - share)).round().max(1.0)))]
        }
        Method::Vaapi if av1 => vec![pair("rc_mode", "CQP"), ("global_quality", own)],
        Method::Vaapi => vec![pair("rc_mode", "CQP"), ("qp", own)],
    }
}

/// Encoding speed, from the fastest to the slowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Pace {
    Fastest,
    Faster,
    Fast,
    Medium,
    Slow,
    Slower,
    Slowest,
}

/// The pace of a preset or number of a software encoder; None if unknown.
pub(super) fn pace(paces: Paces, value: &str) -> Option<Pace> {
    let Paces::Steps(steps) = paces else {
        return Some(match value {
            "ultrafast" | "superfast" => Pace::Fastest,
            "veryfast" => Pace::Faster,
            "faster" | "fast" => Pace::Fast,
            "medium" => Pace::Medium,
            "slow" => Pace::Slow,
            "slower" => Pace::Slower,
            "veryslow" | "placebo" => Pace::Slowest,
            _ => return None,
        });
    };
    let number: i64 = value.parse().ok()?;
    let paces = [Pace::Slowest, Pace::Slower, Pace::Slow, Pace::Medium, Pace::Fast, Pace::Faster];
    let found = steps.iter().position(|most| number <= *most);
    Some(found.map_or(Pace::Fastest, |n| paces[n]))
}

/// The option that sets the pace of a method; None if the method has none.
pub(super) fn preset(method: Method, pace: Pace) -> Option<(&'static str, &'static str)> {
    let nth = pace as usize;
    match method {
        Method::Nvenc => Some(("preset", ["p1", "p2", "p3", "p4", "p5", "p6", "p7"][nth])),
        Method::Qsv => {
            let words = ["veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"];
            Some(("preset", words[nth]))
        }
        Method::Amf => {
            let words = ["speed", "speed", "speed", "balanced", "quality", "quality", "quality"];
            Some(("quality", words[nth]))
        }
        Method::Videotoolbox | Method::Vaapi => None,
    }
}

/// The method's name for a profile of the codec; None if it has none.
pub(super) fn profile(method: Method, codec: &str, value: &str) -> Option<&'static str> {
    match (codec, value) {
        ("h264", "baseline") => Some(match method {
            Method::Amf | Method::Vaapi => "constrained_baseline",
            Method::Nvenc | Method::Qsv | Method::Videotoolbox => "baseline",
        }),
        ("h264" | "hevc", "main") => Some("main"),
        ("h264", "high") => Some("high"),
        _ => None,
    }
}

/// A level `4.1` (also written `41`) in the method's notation;
/// None if the method accepts no such level.
pub(super) fn level(method: Method, codec: &str, value: &str) -> Option<String> {
    let tenths: u32 = match value.split_once('.') {
        Some((whole, part)) if part.len() == 1 => format!("{whole}{part}").parse().ok()?,
        Some(_) => return None,
        None => value.parse::<u32>().ok().map(|n| if n < 10 { n * 10 } else { n })?,
    };
    let takes = (10..=62).contains(&tenths)
        && matches!(
            (codec, method),
            ("h264", _) | ("hevc", Method::Nvenc | Method::Qsv | Method::Amf | Method::Vaapi)
        );
    takes.then(|| match method {
        // Quick Sync reads a plain number.
        Method::Qsv => tenths.to_string(),
        Method::Nvenc | Method::Amf | Method::Videotoolbox | Method::Vaapi => {
            format!("{}.{}", tenths / 10, tenths % 10)
        }
    })
}
