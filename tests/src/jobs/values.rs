//! Values of options and arguments: usual ones, edges, and some just beyond.

use ffmpeg_cluster_common::media::params::grammar::{self, List, Value};

use super::help::Described;
use crate::chance::Chance;

/// Words for what the tables take as a plain word, by the option.
const NAMES: &[(&str, &[&str])] = &[
    (
        "pix_fmt",
        &[
            "yuv420p",
            "yuv422p",
            "yuv444p",
            "yuv420p10le",
            "gray",
            "rgb24",
            "yuva420p",
            "gbrp",
            "nv12",
            "yuvj420p",
        ],
    ),
    ("sws_flags", &["bicubic", "area", "lanczos+accurate_rnd", "neighbor", "bitexact"]),
    ("cmp", &["sad", "satd", "rd", "chroma"]),
    ("subcmp", &["sad", "satd"]),
    ("mbcmp", &["sad", "satd"]),
    ("color_primaries", &["bt709", "smpte170m", "bt2020", "unknown"]),
    ("color_trc", &["bt709", "smpte170m", "smpte2084", "linear"]),
    ("colorspace", &["bt709", "smpte170m", "bt2020nc", "rgb"]),
    ("color_range", &["tv", "pc", "mpeg", "unknown"]),
    ("chroma_sample_location", &["left", "topleft", "center"]),
    ("level", &["3", "3.1", "41", "1", "4", "52"]),
    ("profile:v", &["main", "high", "baseline", "high444", "0", "1", "2", "dnxhr_hq", "dnxhr_sq", "hq"]),
    ("partitions", &["all", "none", "i4x4+p8x8"]),
    ("tiles", &["1x1", "2x2", "4"]),
    ("pred", &["left", "median", "plane", "gradient"]),
    ("vendor", &["fmpg", "apl0"]),
    ("sample_fmt", &["s16", "fltp", "s32", "u8", "s16p", "flt"]),
    ("channel_layout", &["mono", "stereo", "5.1", "quad"]),
    ("profile:a", &["aac_low", "aac_main", "aac_ltp"]),
    ("brand", &["mp42", "isom", "qt"]),
    ("tag:a", &["mp4a", "0x1"]),
    ("tag:v", &["hvc1", "avc1", "xvid", "mp4v"]),
    ("tune", &["film", "grain", "zerolatency", "psnr", "ssim", "fastdecode"]),
    ("preset", &["8", "10", "12", "13"]),
];

/// One value of a kind that the tables tell. `family`: of the encoder.
pub fn of_table(chance: &mut Chance, name: &str, value: Value, family: &str) -> String {
    match value {
        Value::Int(least, most) => whole(chance, least, most),
        Value::IntOr(least, most, words) => {
            if chance.index(2) == 0 {
                pick(chance, words)
            } else {
                whole(chance, least, most)
            }
        }
        Value::Float(least, most) => decimal(chance, least, most),
        Value::Words(words) => pick(chance, words),
        Value::Flags(words) => {
            let sign = pick(chance, &["+", "-", ""]);
            format!("{sign}{}", chance.one_of(words))
        }
        Value::Bool => pick(chance, &["0", "1", "true", "false"]),
        Value::Ratio => pick(chance, &["16:9", "4/3", "1.78", "1", "1:3"]),
        Value::Size => pick(chance, &["64x48", "320x180", "17x33", "100x100", "16x16"]),
        Value::Rate => pick(chance, &["192k", "64k", "1M", "0", "500", "32000"]),
        Value::Numbers => pick(chance, &["0:0", "1:1", "-3,-3", "1.0,0.5", "6:6"]),
        Value::Keyed(list) => keyed(chance, list),
        Value::Name | Value::Names => listed(chance, name),
        // The slow ones take their time and show nothing else.
        Value::Preset => {
            one_of_encoder(chance, name, grammar::presets(family).map(|all| &all[..6.min(all.len())]))
        }
        Value::Tune => one_of_encoder(chance, name, grammar::tunes(family)),
        Value::None | Value::Any => unreachable!("-{name} is not printed again"),
    }
}

fn pick(chance: &mut Chance, all: &[&str]) -> String {
    (*chance.one_of(all)).to_owned()
}

fn one_of_encoder(chance: &mut Chance, name: &str, words: Option<&[&str]>) -> String {
    match words {
        Some(words) => pick(chance, words),
        None => listed(chance, name),
    }
}

fn listed(chance: &mut Chance, name: &str) -> String {
    NAMES
        .iter()
        .find(|(known, _)| *known == name)
        .map_or_else(|| "auto".to_owned(), |(_, words)| pick(chance, words))
}

/// `key=value:key=value` of a parameter list.
fn keyed(chance: &mut Chance, list: &List) -> String {
    let keys: Vec<&str> = list.keys.split_whitespace().collect();
    let pairs = (0..=chance.index(3)).map(|_| {
        let key = *chance.one_of(&keys);
        match list.most(key) {
            // Threads and pictures that are held cost memory for each job in flight.
            Some(most) => format!("{key}={}", whole(chance, 0, i64::from(most.min(16)))),
            None if key.starts_with("no-") => key.to_owned(),
            None => format!("{key}={}", pick(chance, &["0", "1", "2", "3", "10", "0.5", "auto"])),
        }
    });
    pairs.collect::<Vec<_>>().join(":")
}

/// Mostly small, for large ones are slow or alike; at times an edge; seldom just beyond it.
fn whole(chance: &mut Chance, least: i64, most: i64) -> String {
    let number = match chance.index(20) {
        0..=1 => least,
        2..=3 => most,
        4 => least.saturating_sub(1),
        5 => most.saturating_add(1),
        _ => {
            let low = least.max(-16);
            let high = most.clamp(low, low.saturating_add(64));
            low + i64::try_from(chance.within(0..(high - low + 1).unsigned_abs())).unwrap_or(0)
        }
    };
    number.to_string()
}

fn decimal(chance: &mut Chance, least: f64, most: f64) -> String {
    let number = match chance.index(20) {
        0..=1 => least,
        2..=3 => most,
        4 => least - 0.5,
        5 => most + 0.5,
        _ => {
            let low = least.max(-16.0);
            let high = most.clamp(low, low + 64.0);
            low + (high - low) * chance.within(0..101) as f64 / 100.0
        }
    };
    // ffmpeg's largest number has forty digits, which nobody types.
    format!("{}", (number.clamp(-1e9, 1e9) * 1000.0).round() / 1000.0)
}

/// Values of filters' arguments that ffmpeg calls a string, by the filter (any where empty) and the argument.
const STRINGS: &[(&str, &str, &[&str])] = &[
    ("", "enable", &["'gt(t,1)'", "'between(t,1,2)'", "'lt(mod(t,2),1)'", "'mod(n,3)'", "1"]),
    (
        "scale zscale",
        "w width h height",
        &["64", "iw/2", "-2", "100", "iw", "ih", "33", "'min(100,iw)'", "0"],
    ),
    ("crop", "w out_w h out_h", &["32", "iw/2", "'min(iw,ih)'", "20", "iw-4", "16385"]),
    ("crop", "x y", &["0", "4", "'mod(t*20,8)'", "n", "(iw-ow)/2"]),
    ("pad", "w width h height", &["iw+16", "400", "iw*2", "ih*2", "16385"]),
    ("pad", "x y", &["8", "(ow-iw)/2", "0", "-1"]),
    ("rotate", "a angle", &["PI/4", "t", "n/10", "0.3*sin(t)"]),
    ("rotate", "ow out_w oh out_h", &["iw", "hypot(iw,ih)", "rotw(1)", "64"]),
    ("hue", "h H s b", &["90", "90*t", "n/10", "1+sin(t)", "0"]),
    (
        "lut lutrgb lutyuv",
        "c0 c1 c2 c3 y u v r g b a",
        &["negval", "val/2", "128", "maxval+minval-val", "gammaval(0.5)"],
    ),
    ("select", "e expr", &["'not(mod(n,3))'", "'gt(t,1)'", "1", "'eq(pict_type,I)'", "0"]),
    ("fps framerate minterpolate", "fps", &["10", "60", "30000/1001", "12.5", "1", "1000", "1001", "ntsc"]),
    (
        "format noformat",
        "pix_fmts",
        &["yuv420p", "yuv444p", "gray", "rgb24", "yuv420p|rgb24", "yuva444p", "yuv420p10le", "monob"],
    ),
    ("setsar", "sar ratio r", &["1", "4/3", "1:1", "0"]),
    ("setdar", "dar ratio r", &["16/9", "4:3", "1"]),
    ("curves", "all master m red r green g blue b", &["'0/0 0.5/0.6 1/1'", "'0/1 1/0'"]),
    ("telecine detelecine", "pattern", &["23", "222", "41", "0"]),
    ("tmix", "weights", &["'1 3'", "'1 1 1'", "1"]),
    ("shuffleframes", "mapping", &["'1 0'", "'0 -1'", "'2 1 0'", "0"]),
    ("convolution", "0m 1m 2m 3m", &["'0 -1 0 -1 5 -1 0 -1 0'"]),
    ("drawtext", "text", &["abc", "%{n}", "%{pts}"]),
    ("drawtext", "x y", &["10", "w-tw", "t*10", "n"]),
    ("drawbox drawgrid", "x y w width h height", &["10", "iw/2", "t*10", "n"]),
    ("drawbox drawgrid", "t thickness", &["3", "fill", "1"]),
    ("volume", "volume", &["0.5", "2", "6dB", "'if(lt(t,1),0,1)'"]),
    ("pan", "args", &["stereo|c0=c0|c1=c0", "mono|c0=c0", "5.1|c0=c0"]),
    ("aformat", "sample_fmts f", &["s16", "fltp", "u8"]),
    ("aformat", "sample_rates r", &["48000", "44100", "8000", "999"]),
    ("aformat", "channel_layouts cl", &["stereo", "mono", "5.1"]),
    ("channelmap", "map", &["0|0", "0", "0-0"]),
    ("compand", "points", &["-70/-60|-20/-14|0/0"]),
    ("compand", "attacks decays", &["0.1", "0.3"]),
];

/// One value of a filter's argument.
pub fn of_argument(chance: &mut Chance, filter: &str, name: &str, described: Option<&Described>) -> String {
    let listed = |names: &str, name: &str| names.is_empty() || names.split(' ').any(|known| known == name);
    let row = STRINGS.iter().find(|(filters, names, _)| listed(filters, filter) && listed(names, name));
    if let Some((.., all)) = row {
        return pick(chance, all);
    }
    let Some(described) = described else { return pick(chance, &["0", "1", "2"]) };
    if !described.words.is_empty() && chance.index(3) > 0 {
        return chance.one_of(&described.words).clone();
    }
    let bounds = described.bounds.unwrap_or((0.0, 10.0));
    match described.kind.as_str() {
        "int" | "int64" | "uint64" | "flags" => whole(chance, bounds.0 as i64, bounds.1 as i64),
        "float" | "double" => decimal(chance, bounds.0, bounds.1),
        "boolean" => pick(chance, &["0", "1"]),
        "color" => pick(chance, &["red", "black@0.5", "0x80FF00"]),
        "duration" => pick(chance, &["0.5", "1", "0", "3"]),
        "rational" | "video_rate" => pick(chance, &["1", "4/3", "25"]),
        "image_size" => pick(chance, &["64x48", "33x17"]),
        _ => described.usual.clone().unwrap_or_else(|| pick(chance, &["0", "1", "0.5"])),
    }
}
