//! Bounds on filter arguments whose large values would cost too much memory or never end.

use super::free::may_be_switched;
use super::memory::rate;
use super::{Filter, FilterTable, Reading, identifiers};
use crate::limits::PIXELS_MAX;
use crate::media::params::rows::values::SIDE_MAX;

/// Filters that keep frames, or make sound of any rate:
/// names, arguments, and the largest allowed value.
pub const MOST: &[(&str, &str, u32)] = &[
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
/// Arguments that decide how many frames come out, or whose words ffmpeg would combine:
/// filters, argument, all allowed words.
const WORDS: &[(&str, &str, &str)] = &[
    ("yadif", "mode", "0 1 2 3 send_frame send_field send_frame_nospatial send_field_nospatial"),
    ("bwdif", "mode", "0 1 send_frame send_field"),
    ("yadif bwdif", "parity", "-1 0 1 auto tff bff"),
    ("yadif bwdif", "deint", "0 1 all interlaced"),
    ("fade", "type t", "0 1 in out"),
    // Even two runs of ffmpeg itself give different pictures with its other dither, fsb.
    ("colorspace", "dither", "0 none"),
];
/// No encoder makes sound with fewer samples per second.
const SAMPLE_RATE_MIN: u32 = 1_000;
/// Filters whose `fps` is one fixed rate.
const RATED: &[&str] = &["fps", "framerate", "minterpolate"];
const SIZED: &[&str] = &["scale", "zscale", "pad", "crop"];
/// Arguments of these filters that are not sizes.
const LOOKS: &[&str] = &["color", "flags", "f", "filter"];

/// Checks the value of an argument; returns the reason if it is refused.
pub(super) fn check(filter: &Reading<'_>, name: &str, value: &str) -> Result<(), String> {
    if let Some(word) = forbidden(value) {
        return Err(format!("'{word}' is not allowed in an expression"));
    }
    if filter.of == FilterTable::Video && name == "enable" && !may_be_switched(filter.name) {
        return Err("this filter can't be switched on and off: it makes or looks at other frames".to_owned());
    }
    if makes_nothing(filter.name, name, value) {
        return Err("its result would be empty".to_owned());
    }
    if SIZED.contains(&filter.name) && !LOOKS.contains(&name) && !sides_fit(value) {
        return Err(format!("a picture is at most {SIDE_MAX} a side"));
    }
    if let Some((_, _, words)) =
        WORDS.iter().find(|(filters, arg, _)| listed(filters, filter.name) && listed(arg, name))
        && !listed(words, value)
    {
        return Err(format!("expected one of {}", words.replace(' ', ", ")));
    }
    if RATED.contains(&filter.name) && name == "fps" && rate(value).is_none() {
        return Err("expected a rate from 0.01 to 1000, such as 25 or 30000/1001".into());
    }
    match most(filter, name) {
        Some(most) if !at_most(value, most) => Err(format!("expected at most {most}")),
        Some(_) | None => Ok(()),
    }
}

fn listed(names: &str, name: &str) -> bool {
    names.split_whitespace().any(|known| known == name)
}

fn most(filter: &Reading<'_>, name: &str) -> Option<u32> {
    let row = MOST.iter().find(|(known, names, _)| *known == filter.name && listed(names, name));
    row.map(|(_, _, most)| *most)
}

/// Prints a bounded number in one form, so that we and ffmpeg read the same number.
/// ffmpeg would round the fraction of a count, which no user means.
pub(super) fn in_one_form(filter: &Reading<'_>, name: &str, value: String) -> Result<String, String> {
    if most(filter, name).is_none() || filter.of == FilterTable::Sound {
        return Ok(value);
    }
    let whole = value.parse::<f64>().ok().filter(|number| number.fract() == 0.0);
    whole.map(|number| format!("{number}")).ok_or_else(|| "expected a whole number".to_owned())
}

/// Refuses a picture that is too large, if both its sides are plain numbers.
pub(super) fn area(filter: &Filter) -> Result<(), String> {
    let side = |names: &[&str]| filter.word(names).and_then(|side| side.parse::<u64>().ok());
    let sides = side(&["w", "width", "out_w"]).zip(side(&["h", "height", "out_h"]));
    match sides.filter(|_| SIZED.contains(&filter.name())) {
        Some((width, height)) if width * height > PIXELS_MAX => {
            Err(format!("a picture has at most {PIXELS_MAX} pixels"))
        }
        Some(_) | None => Ok(()),
    }
}

/// Whether the value is one or several plain numbers within the bound;
/// expressions are not allowed here.
fn at_most(value: &str, most: u32) -> bool {
    value.split('|').all(|one| one.parse::<f64>().is_ok_and(|number| number.abs() <= f64::from(most)))
}

/// Whether the filter would output no frame or sample at all with this value.
fn makes_nothing(filter: &str, name: &str, value: &str) -> bool {
    let numbers = || value.split(|c: char| !(c.is_ascii_digit() || c == '-')).filter(|word| !word.is_empty());
    match (filter, name) {
        ("select", "expr" | "e") => value.parse::<f64>().is_ok_and(|number| number == 0.0),
        ("telecine" | "detelecine", "pattern") => value.bytes().all(|digit| digit == b'0'),
        ("shuffleframes", "mapping") => numbers().all(|word| word.starts_with('-')),
        ("aformat", "r" | "sample_rates") | ("aresample", "sample_rate" | "osr") => {
            numbers().any(|word| word.parse().is_ok_and(|rate: u32| rate < SAMPLE_RATE_MIN))
        }
        _ => false,
    }
}

/// Finds functions that differ from run to run, print,
/// may never end, or carry numbers from frame to frame.
fn forbidden(value: &str) -> Option<&str> {
    const WORDS: &[&str] = &["pos", "print", "time", "while", "root", "taylor", "st", "ld"];
    identifiers(value).find(|word| WORDS.contains(word))
}

/// Whether all numbers of an expression are plain and no larger than a side;
/// ffmpeg also accepts `20k`, `1e9` and `0xffff`.
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

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    fn printed(of: FilterTable, typed: &str) -> Result<String, String> {
        let chain = read(of, "-vf", typed);
        chain.map(|chain| chain.to_string()).map_err(|refusals| refusals[0].to_string())
    }

    #[test]
    fn numbers_that_are_bounded_have_one_form() {
        for (typed, wanted) in [
            ("tmix=frames=1e2", "tmix=frames=100"),
            ("deflicker=size=1e1", "deflicker=size=10"),
            ("deflicker=5.0", "deflicker=5"),
            ("atadenoise=s=+9", "atadenoise=s=9"),
            ("tmix=frames=007", "tmix=frames=7"),
        ] {
            assert_eq!(printed(FilterTable::Video, typed).as_deref(), Ok(wanted));
        }
        for typed in ["tmix=frames=60.4", "tmix=frames=nan", "deflicker=size=0x5"] {
            assert!(printed(FilterTable::Video, typed).is_err(), "{typed}");
        }
    }

    /// `scale=w=2:w=16384:h=16384` was accepted: we checked the first of two widths, and ffmpeg uses
    /// the last.
    #[test]
    fn the_size_that_counts_is_bounded() {
        assert!(printed(FilterTable::Video, "scale=w=2:w=16384:h=16384").is_err());
        assert!(printed(FilterTable::Video, "scale=w=16384:w=2:h=16384").is_ok());
    }

    #[test]
    fn what_can_not_work_is_refused_by_name() {
        let told = [
            "yadif=1:enable='gt(t,1)'",
            "tmix=enable='gt(t,1)'",
            "yadif=mode=1.0",
            "yadif=mode=send_frame+1",
            "bwdif=deint=1+0",
            "select=0",
            "select=0.0",
            "telecine=pattern=000",
            "shuffleframes=-1",
            "repeatfields",
            "tmix=frames=60.4",
            "colorspace=all=bt709:dither=fsb",
        ];
        for typed in told {
            assert!(printed(FilterTable::Video, typed).is_err(), "{typed}");
        }
        for typed in ["aformat=r=1", "aresample=20", "aformat=sample_rates=48000|7"] {
            assert!(printed(FilterTable::Sound, typed).is_err(), "{typed}");
        }
        for typed in
            ["select='eq(n,1000)'", "telecine=pattern=23", "shuffleframes=0 -1", "yadif=mode=send_frame"]
        {
            assert!(printed(FilterTable::Video, typed).is_ok(), "{typed}");
        }
    }

    /// `anlmdn=p=0.1:r=0.3` ended in "double free or corruption", and so does the bare filter if the
    /// sound is short.
    #[test]
    fn the_filter_that_writes_beyond_its_memory_is_not_taken() {
        for typed in ["anlmdn=p=0.1:r=0.3", "anlmdn"] {
            let refused = printed(FilterTable::Sound, typed).unwrap_err();
            assert!(refused.contains("writes beyond its own memory"), "{refused}");
        }
    }

    /// `smartblur,fftdnoiz` gave different pixels in each run of ffmpeg, and so in each piece.
    #[test]
    fn the_filter_that_reads_beyond_its_picture_is_not_taken() {
        let refused = printed(FilterTable::Video, "smartblur,fftdnoiz=method=hard").unwrap_err();
        assert!(refused.contains("reads beyond its picture"), "{refused}");
    }

    /// `-af volume='while(1,0)'` hung three times for a minute each.
    #[test]
    fn expressions_of_sound_are_bounded_as_those_of_pictures() {
        for word in ["while(1,0)", "print(1)", "st(0,1)", "ld(0)", "root(0,1)", "taylor(0,1)", "time(0)"] {
            let typed = format!("volume='{word}'");
            assert!(printed(FilterTable::Sound, &typed).is_err(), "{typed}");
        }
        assert!(printed(FilterTable::Sound, "volume='if(lt(t,1),0,1)':eval=frame").is_ok());
    }
}
