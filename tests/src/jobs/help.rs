//! What this ffmpeg itself tells of a filter's or an encoder's options: the product's tables have their names, and no bounds of them.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Mutex, OnceLock};

/// One option, as `ffmpeg -h` describes it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Described {
    /// `int`, `float`, `string` and so on.
    pub kind: String,
    pub bounds: Option<(f64, f64)>,
    pub usual: Option<String>,
    /// Named values.
    pub words: Vec<String>,
}

/// All options of one filter or encoder, and the pixel formats of an encoder.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Help {
    pub options: BTreeMap<String, Described>,
    pub formats: Vec<String>,
}

/// Asked once for each: `filter=scale`, `encoder=ffv1`.
pub fn of(what: &str) -> Help {
    static KNOWN: OnceLock<Mutex<BTreeMap<String, Help>>> = OnceLock::new();
    let known = KNOWN.get_or_init(Mutex::default);
    let mut known = known.lock().expect("nobody panics with it");
    known
        .entry(what.to_owned())
        .or_insert_with(|| {
            let told = Command::new("ffmpeg").args(["-hide_banner", "-h", what]).output();
            Help::read(
                &told.map(|done| String::from_utf8_lossy(&done.stdout).into_owned()).unwrap_or_default(),
            )
        })
        .clone()
}

impl Help {
    fn read(text: &str) -> Self {
        let mut help = Self::default();
        let mut last: Option<String> = None;
        for line in text.lines() {
            if let Some((_, formats)) = line.split_once("Supported pixel formats:") {
                help.formats = formats.split_whitespace().map(str::to_owned).collect();
            }
            let mut words = line.split_whitespace();
            let (Some(name), second) = (words.next(), words.next()) else { continue };
            if let Some(kind) = second.and_then(|word| word.strip_prefix('<')) {
                let name = name.trim_start_matches('-').to_owned();
                let described =
                    Described { kind: kind.trim_end_matches('>').to_owned(), ..Described::of_line(line) };
                // Other sections may have an option of the same name; the first is the filter's own.
                last = Some(name.clone());
                help.options.entry(name).or_insert(described);
            } else if line.starts_with("     ")
                && let Some(described) = last.as_ref().and_then(|name| help.options.get_mut(name))
            {
                described.words.push(name.to_owned());
            }
        }
        help
    }
}

impl Described {
    fn of_line(line: &str) -> Self {
        let between = |before: &str| Some(line.rsplit_once(before)?.1.split_once(')')?.0);
        let number = |text: &str| match text {
            "INT_MAX" | "I64_MAX" | "UINT32_MAX" => Some(2_147_483_647.0),
            "INT_MIN" | "I64_MIN" => Some(-2_147_483_648.0),
            "FLT_MAX" | "DBL_MAX" => Some(f64::from(f32::MAX)),
            "-FLT_MAX" | "-DBL_MAX" => Some(f64::from(f32::MIN)),
            other => other.parse::<f64>().ok(),
        };
        let bounds = between("(from ").and_then(|text| text.split_once(" to "));
        let bounds = bounds.and_then(|(least, most)| Some((number(least)?, number(most)?)));
        let usual = between("(default ").map(|text| text.trim_matches('"').to_owned());
        Self { bounds, usual: usual.filter(|text| !text.is_empty()), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_and_words_are_read() {
        let text = "gblur AVOptions:\n   sigma             <float>      ..FV.....T. set sigma (from 0 to 1024) (default 0.5)\n   \
                    mode              <int>        ..FV..... how (from 0 to 1) (default a)\n     a               0            ..FV\n     \
                    b               1            ..FV\n";
        let help = Help::read(text);
        assert_eq!(help.options["sigma"].bounds, Some((0.0, 1024.0)));
        assert_eq!(help.options["sigma"].usual.as_deref(), Some("0.5"));
        assert_eq!(help.options["mode"].words, ["a", "b"]);
    }
}
