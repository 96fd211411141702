//! What the values of filters' arguments may be, where a large one would cost memory or never end.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::memory::rate;
use super::{Argument, Filter, Of, identifiers};
use crate::limits::PIXELS_MAX;
use crate::media::profile::values::SIDE_MAX;

/// Filters that keep frames, or make sound of any rate: names, arguments, the most that may be asked for.
pub(in crate::media::profile) const MOST: &[(&str, &str, u32)] = &[
    ("tmix", "frames", 128),
    ("tmedian", "radius", 127),
    ("atadenoise", "s", 129),
    ("deflicker", "size s", 129),
    ("thumbnail", "n", 300),
    ("normalize", "smoothing", 1000),
    ("photosensitivity", "frames f", 240),
    ("dejudder", "cycle", 240),
    ("framestep", "step", 1_000_000),
    ("minterpolate", "search_param", 512),
    ("gblur", "steps", 6),
    ("boxblur", "lr luma_radius cr chroma_radius ar alpha_radius", SIDE_MAX),
    ("boxblur", "lp luma_power cp chroma_power ap alpha_power", 16),
    ("nlmeans", "p pc r rc", 99),
    ("drawtext", "fontsize boxborderw borderw tabsize line_spacing", 4096),
    ("aresample", "sample_rate osr", 768_000),
    ("aresample", "filter_size", 1024),
    ("aresample", "phase_shift", 16),
    ("aformat", "r sample_rates", 768_000),
    ("dynaudnorm", "f framelen", 8000),
    ("dynaudnorm", "g gausssize", 301),
    ("compand", "delay", 20),
    ("stereowiden", "delay", 100),
    ("aphaser", "delay", 5),
    ("flanger", "delay depth", 100),
    ("haas", "left_delay right_delay", 40),
    ("asubboost", "delay", 100),
];
/// Their `fps` is one rate, known beforehand.
const RATED: &[&str] = &["fps", "framerate", "minterpolate"];
const SIZED: &[&str] = &["scale", "zscale", "pad", "crop"];
/// Arguments of those that are no size.
const LOOKS: &[&str] = &["color", "flags", "f", "filter"];

/// Whether the argument may have this value; else why not.
pub(super) fn check(filter: &Filter, name: &str, value: &str) -> Result<(), String> {
    if filter.of == Of::Video
        && let Some(word) = forbidden(value)
    {
        return Err(format!("'{word}' in an expression is not taken"));
    }
    if SIZED.contains(&filter.name) && !LOOKS.contains(&name) && !sides_fit(value) {
        return Err(format!("a picture is at most {SIDE_MAX} a side"));
    }
    if RATED.contains(&filter.name) && name == "fps" && rate(value).is_none() {
        return Err("a rate from 0.01 to 1000 is wanted, such as 25 or 30000/1001".into());
    }
    let listed = |names: &str| names.split_whitespace().any(|known| known == name);
    match MOST.iter().find(|(known, names, _)| *known == filter.name && listed(names)) {
        Some((_, _, most)) if !at_most(value, *most) => Err(format!("at most {most} is taken")),
        Some(_) | None => Ok(()),
    }
}

/// The area of a picture whose sides are both plain numbers.
pub(super) fn area(filter: &Filter, arguments: &[Argument]) -> Result<(), String> {
    let side = |names: &[&str]| {
        let told = arguments.iter().find(|argument| names.contains(&argument.name.as_str()));
        told.and_then(|argument| argument.value.parse::<u64>().ok())
    };
    let sides = side(&["w", "width", "out_w"]).zip(side(&["h", "height", "out_h"]));
    match sides.filter(|_| SIZED.contains(&filter.name)) {
        Some((width, height)) if width * height > PIXELS_MAX => {
            Err(format!("a picture has at most {PIXELS_MAX} pixels"))
        }
        Some(_) | None => Ok(()),
    }
}

/// A plain number, or several, none of them larger. Expressions of what is not known before are not taken here.
fn at_most(value: &str, most: u32) -> bool {
    value.split('|').all(|one| one.parse::<f64>().is_ok_and(|number| number.abs() <= f64::from(most)))
}

/// What differs from run to run, prints, may never end, or carries numbers from frame to frame.
fn forbidden(value: &str) -> Option<&str> {
    const WORDS: &[&str] = &["pos", "print", "time", "while", "root", "taylor", "st", "ld"];
    identifiers(value).find(|word| WORDS.contains(word))
}

/// Every number of an expression is a plain one (ffmpeg also takes `20k`, `1e9` and `0xffff`), and no larger than a side.
fn sides_fit(value: &str) -> bool {
    let words = value.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.')));
    let mut numbers = words.filter(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    numbers.all(|number| {
        let sides = number.split_once('x').filter(|(width, _)| *width != "0").unwrap_or((number, "0"));
        [sides.0, sides.1].iter().all(|side| {
            side.bytes().all(|b| b.is_ascii_digit() || b == b'.')
                && side.parse::<f64>().is_ok_and(|side| side <= f64::from(SIDE_MAX))
        })
    })
}
