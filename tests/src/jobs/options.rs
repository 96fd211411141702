//! Options and filters by chance, out of the product's own tables: a new row there is generated here.

use ffmpeg_cluster_common::media::params::grammar::{self, OptionRow, Place, Row, VideoEncoder};

use super::{help, values};
use crate::chance::Chance;
use crate::judge;

/// Options whose faults are known and mended elsewhere.
const ELSEWHERE: &[&str] = &["tag:v", "video_track_timescale"];
/// Filters that take a minute for a small film at some value, with what makes them quick enough; none where nothing does.
const SLOW: &[(&str, Option<&str>)] = &[
    ("minterpolate", Some("fps=30:mi_mode=blend")),
    ("nlmeans", Some("s=3:p=3:r=5")),
    ("vaguedenoiser", Some("nsteps=2")),
    ("dctdnoiz", Some("sigma=5")),
    ("bilateral", Some("sigmaS=1")),
    ("owdenoise", Some("depth=8")),
];
/// What makes slow encoders quick: nearly always said.
const HURRY: &[(&str, &[&str])] = &[
    ("libaom-av1", &["-cpu-used", "8", "-usage", "realtime"]),
    ("librav1e", &["-speed", "10"]),
    ("libsvtav1", &["-preset", "12"]),
    ("libvpx-vp9", &["-deadline", "realtime", "-cpu-used", "8"]),
    ("libvpx", &["-deadline", "realtime", "-cpu-used", "8"]),
    ("libx265", &["-preset", "ultrafast"]),
    ("libx264", &["-preset", "veryfast"]),
];

/// Options and values.
pub type Parts = Vec<Vec<String>>;

fn said(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Mostly one that this ffmpeg has.
pub fn encoder(chance: &mut Chance) -> &'static VideoEncoder {
    const OFTEN: &[&str] =
        &["libx264", "ffv1", "libx265", "utvideo", "libvpx-vp9", "mpeg4", "prores_ks", "libsvtav1"];
    let all: Vec<_> = grammar::all_of_pictures().collect();
    let here = |one: &&VideoEncoder| !one.hardware && judge::has_encoder(one.name);
    let usual: Vec<_> = all.iter().copied().filter(|one| OFTEN.contains(&one.name)).filter(here).collect();
    match chance.index(20) {
        0 => chance.pick(&all),
        1..=11 if !usual.is_empty() => chance.pick(&usual),
        _ => {
            let has: Vec<_> = all.iter().copied().filter(here).collect();
            chance.pick(&has)
        }
    }
}

/// The encoder with what it can't do without, and options of its own.
pub fn of_picture(chance: &mut Chance, encoder: &VideoEncoder) -> Parts {
    let mut parts = vec![said(&["-c:v", encoder.name])];
    if let Some((_, words)) = HURRY.iter().find(|(name, _)| *name == encoder.name) {
        parts.extend(words.chunks(2).map(said));
    }
    if encoder.name == "dnxhd" {
        parts.extend([said(&["-profile:v", "dnxhr_hq"]), said(&["-pix_fmt", "yuv422p"])]);
    }
    let rates = &encoder.rate_control;
    if let Some(name) = rates.quality.first().filter(|_| rates.needs_quality)
        && chance.index(20) > 0
    {
        parts.push(vec![format!("-{name}"), chance.within(2..9).to_string()]);
    }
    if encoder.name == "libx264" && chance.index(3) == 0 {
        parts.push(said(&["-qp", "0"]));
    }
    if chance.index(3) == 0 {
        let formats = help::of(&format!("encoder={}", encoder.name)).formats;
        if !formats.is_empty() {
            parts.push(vec!["-pix_fmt".into(), chance.one_of(&formats).clone()]);
        }
    }
    for _ in 0..chance.index(4) {
        let known = option(chance, Place::Video, Some(encoder.family));
        parts.push(with_value(chance, known, encoder.family));
    }
    parts
}

pub fn of_sound(chance: &mut Chance) -> Parts {
    match chance.index(10) {
        0 => return vec![said(&["-an"])],
        1 | 2 => return vec![said(&["-c:a", "copy"])],
        3 | 4 => return Vec::new(),
        _ => {}
    }
    let all: Vec<&str> = grammar::sound_encoders().filter(|name| judge::has_encoder(name)).collect();
    let mut parts = vec![said(&["-c:a", *chance.one_of(&all)])];
    for _ in 0..chance.index(3) {
        let known = option(chance, Place::Sound, None);
        parts.push(with_value(chance, known, ""));
    }
    if chance.index(3) == 0 {
        let (_, table) = grammar::FILTERS[1];
        parts.push(vec!["-af".into(), chain(chance, table, 2)]);
    }
    parts
}

pub fn of_container(chance: &mut Chance) -> Parts {
    let mut parts: Parts = (0..chance.index(3))
        .map(|_| {
            let known = option(chance, Place::Muxer, None);
            with_value(chance, known, "")
        })
        .collect();
    if chance.index(4) == 0 {
        const MORE: &[&[&str]] = &[
            &["-metadata", "title=by chance"],
            &["-metadata:s:v:0", "language=deu"],
            &["-map_metadata", "-1"],
            &["-map_chapters", "-1"],
            &["-sn"],
            &["-c:s", "copy"],
            &["-disposition:a:0", "0"],
        ];
        parts.push(said(chance.pick(MORE)));
    }
    parts
}

/// Which part of the film, and at what rate.
pub fn of_time(chance: &mut Chance) -> Parts {
    const CUTS: &[&[&str]] = &[
        &["-ss", "1"],
        &["-ss", "0.52", "-t", "2"],
        &["-ss", "1.01", "-to", "3.3"],
        &["-t", "2.5"],
        &["-to", "0.04"],
        &["-frames:v", "70"],
        &["-frames:v", "1"],
        &["-ss", "500ms", "-frames:v", "65"],
        &["-ss", "100"],
    ];
    const RATES: &[&[&str]] = &[
        &["-r", "25"],
        &["-r", "30000/1001"],
        &["-r", "60"],
        &["-r", "7"],
        &["-fps_mode", "cfr"],
        &["-fps_mode", "vfr"],
    ];
    let mut parts = Parts::new();
    if chance.index(4) == 0 {
        parts.extend(chance.one_of(CUTS).chunks(2).map(said));
    }
    if chance.index(7) == 0 {
        parts.push(said(chance.pick(RATES)));
    }
    parts
}

/// One of the table, mostly one that the encoder knows.
fn option(chance: &mut Chance, place: Place, family: Option<&str>) -> &'static OptionRow {
    let strays = chance.index(15) == 0;
    let fits = |known: &&OptionRow| {
        let own = strays
            || known.families.is_empty()
            || family.is_some_and(|family| known.families.contains(&family));
        known.place == place && own && !ELSEWHERE.contains(&known.name)
    };
    let own: Vec<&OptionRow> = grammar::options().filter(fits).collect();
    // Every encoder knows the options that belong to all, so that an encoder's own would be seldom.
    let private: Vec<&OptionRow> = own.iter().copied().filter(|known| !known.families.is_empty()).collect();
    if !private.is_empty() && chance.index(2) == 0 { chance.pick(&private) } else { chance.pick(&own) }
}

fn with_value(chance: &mut Chance, known: &OptionRow, family: &str) -> Vec<String> {
    vec![format!("-{}", known.name), values::of_table(chance, known.name, known.value, family)]
}

pub fn picture_filters(chance: &mut Chance) -> Option<Vec<String>> {
    let (_, table) = grammar::FILTERS[0];
    (chance.index(2) == 0).then(|| vec!["-vf".into(), chain(chance, table, 3)])
}

/// Does nothing, and has not been seen by any client: so that each measures anew, and the film is cut.
pub fn unseen(chance: &mut Chance) -> String {
    format!("hflip=enable='gt(t,{})'", 1_000 + chance.within(0..1_000_000))
}

fn chain(chance: &mut Chance, table: &[Row], most: usize) -> String {
    let filters: Vec<String> = (0..=chance.index(most)).map(|_| filter(chance, table)).collect();
    filters.join(",")
}

fn filter(chance: &mut Chance, table: &[Row]) -> String {
    let here: Vec<&Row> = table.iter().filter(|(name, ..)| judge::has_filter(name)).collect();
    let (name, places, others) = *chance.one_of(&here);
    if let Some((_, Some(arguments))) = SLOW.iter().find(|(slow, _)| slow == name) {
        return format!("{name}={arguments}");
    }
    let mut known: Vec<&str> = places.split_whitespace().chain(others.split_whitespace()).collect();
    known.extend((chance.index(8) == 0).then_some("enable"));
    let help = help::of(&format!("filter={name}"));
    let mut arguments: Vec<String> = Vec::new();
    let wanted = if known.is_empty() { 0 } else { chance.index(4) };
    for _ in 0..wanted {
        let argument = *chance.one_of(&known);
        if arguments.iter().all(|said| said.split('=').next() != Some(argument)) {
            let value = values::of_argument(chance, name, argument, help.options.get(argument));
            arguments.push(format!("{argument}={value}"));
        }
    }
    if arguments.is_empty() { (*name).to_owned() } else { format!("{name}={}", arguments.join(":")) }
}
