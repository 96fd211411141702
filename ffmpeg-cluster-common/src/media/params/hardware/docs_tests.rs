//! docs/hardware.md shows what becomes of what; its lists are printed from the tables.
//! `WRITE_DOCS=1` writes them again.

use std::fmt::Write;

use super::super::rows::encoders::video_or_plain;
use super::tables::{self, Quality};
use crate::media::words::device::{CODECS, Method};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/hardware.md");
const BEGIN: &str = "<!-- The lists below are printed from the tables by a test. -->\n";

fn encoders(out: &mut String) {
    out.push_str("\n### Encoders\n\n| Method | h264 | hevc | av1 |\n|---|---|---|---|\n");
    for method in Method::ALL {
        let cells =
            CODECS.map(|codec| method.encoder(codec).map_or("–".to_owned(), |name| format!("`{name}`")));
        let _ = writeln!(out, "| {} | {} |", method.as_str(), cells.join(" | "));
    }
}

fn qualities(out: &mut String) {
    out.push_str("\n### Quality\n\n| Method | Codec | `-crf 18` | `-crf 23` | `-crf 35` | `-qp 30` |\n|---|---|---|---|---|---|\n");
    for (method, codec) in
        Method::ALL.into_iter().flat_map(|m| m.encoders().map(move |(codec, _)| (m, codec)))
    {
        let end = if codec == "av1" { 63.0 } else { tables::END };
        let told = |quality| {
            let pairs = tables::quality(method, codec, quality);
            let words: Vec<String> = pairs.iter().map(|(name, value)| format!("-{name} {value}")).collect();
            format!("`{}`", words.join(" "))
        };
        let crf = |value| told(Quality::Crf { value, end });
        let qp = told(Quality::Qp { value: 30.0, end });
        let _ = writeln!(
            out,
            "| {} | {codec} | {} | {} | {} | {qp} |",
            method.as_str(),
            crf(18.0),
            crf(23.0),
            crf(35.0)
        );
    }
}

fn pace_of(encoder: &str, value: &str) -> Option<tables::Pace> {
    tables::pace(video_or_plain(encoder).in_hardware?.paces, value)
}

fn presets(out: &mut String) {
    out.push_str("\n### Presets\n\n| x264, x265 | SVT-AV1 | libaom | rav1e | nvenc | qsv | amf |\n|---|---|---|---|---|---|---|\n");
    const WORDS: &str = "ultrafast superfast veryfast faster fast medium slow slower veryslow placebo";
    let mut paces: Vec<_> = WORDS.split(' ').filter_map(|word| pace_of("libx264", word)).collect();
    paces.dedup();
    for pace in paces {
        let words: Vec<&str> =
            WORDS.split(' ').filter(|word| pace_of("libx264", word) == Some(pace)).collect();
        let numbers = |encoder: &str, most: u32| {
            let all: Vec<String> =
                (0..=most).map(|n| n.to_string()).filter(|n| pace_of(encoder, n) == Some(pace)).collect();
            all.join(" ")
        };
        let told = [Method::Nvenc, Method::Qsv, Method::Amf].map(|method| {
            tables::preset(method, pace)
                .map_or_else(String::new, |(name, value)| format!("`-{name} {value}`"))
        });
        let (svt, aom, rav1e) = (numbers("libsvtav1", 13), numbers("libaom-av1", 8), numbers("librav1e", 10));
        let _ = writeln!(out, "| {} | {svt} | {aom} | {rav1e} | {} |", words.join(", "), told.join(" | "));
    }
}

// A test may write what it judges.
#[allow(clippy::disallowed_methods)]
#[test]
fn the_documentation_shows_what_becomes_of_what() {
    let text = std::fs::read_to_string(PATH).expect("docs/hardware.md");
    let (written, _) = text.split_once(BEGIN).expect("the place of the lists");
    let mut wanted = format!("{written}{BEGIN}");
    encoders(&mut wanted);
    qualities(&mut wanted);
    presets(&mut wanted);
    if std::env::var_os("WRITE_DOCS").is_some() {
        std::fs::write(PATH, &wanted).expect("docs/hardware.md");
    } else {
        assert!(text == wanted, "docs/hardware.md is not as the tables are; WRITE_DOCS=1 writes it again");
    }
}
