//! The formats that an input may have: those whose demuxers open nothing
//! but the file itself, and those that an operator allows.

mod lists;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use lists::{EXCLUDED, Excluded, FILMS, PICTURES, Price};

const NAME_BYTES_MAX: usize = 40;
const NAMES_MAX: usize = 100;
const DEMUXER_NAMES_MAX: usize = 8;

/// ffmpeg's error for a demuxer that it may not use, after `[NAME @ 0x5581]`.
const NOT_LISTED: &str = "Format not on whitelist";

/// The formats that `--allow-format` adds to our list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Formats(Vec<String>);

impl Formats {
    /// Reads the names of `--allow-format`; fails with a reason for each that can't be allowed.
    pub fn allowing(names: &[String]) -> Result<Self, Vec<String>> {
        let wrong = |name: &String| Some(format!("{name:?}: {}", why_not(name)?));
        let mut wrong: Vec<String> = names.iter().filter_map(wrong).collect();
        if names.len() > NAMES_MAX {
            wrong.push(format!("more than {NAMES_MAX} formats"));
        }
        if wrong.is_empty() { Ok(Self(names.to_vec())) } else { Err(wrong) }
    }

    /// All allowed formats, in the notation of `-format_whitelist`.
    pub fn whitelist(&self) -> String {
        let mut all: Vec<&str> = listed().collect();
        all.extend(self.0.iter().map(String::as_str));
        all.join(",")
    }

    /// Whether this demuxer may read an input.
    pub fn opens(&self, demuxer: &str) -> bool {
        is_demuxer(demuxer)
            && demuxer.split(',').all(|name| is_listed(name) || self.0.iter().any(|allowed| allowed == name))
    }

    /// A sentence for each allowed format that this ffmpeg lacks.
    pub fn missing(&self, demuxers: &BTreeSet<String>) -> Vec<String> {
        let missing = self.0.iter().filter(|name| !demuxers.contains(*name));
        missing
            .map(|name| format!("--allow-format {name}: this ffmpeg knows no format of that name"))
            .collect()
    }

    /// A sentence about the risk of each allowed format.
    pub fn warnings(&self) -> Vec<String> {
        let warning = |name: &String| format!("--allow-format {name}: {}", price(name));
        self.0.iter().map(warning).collect()
    }
}

/// The format that made ffprobe or ffmpeg refuse an input, from the last lines of its output.
pub fn refused(last_words: &[String]) -> Option<&str> {
    last_words.iter().find_map(|line| {
        let (before, _) = line.split_once(NOT_LISTED)?;
        let name = before.trim().strip_prefix('[')?.split_once(" @ ")?.0;
        is_demuxer(name).then_some(name)
    })
}

/// Why `which` (this server, this client) does not open this format, and what its operator can do.
pub fn refusal(demuxer: &str, which: &str) -> String {
    if !is_demuxer(demuxer) {
        return "ffmpeg gives the film's format no name".to_owned();
    }
    let name = demuxer.split(',').next().unwrap_or(demuxer);
    let excluded = excluded(name);
    let why = excluded.map(|excluded| format!(" ({})", excluded.why)).unwrap_or_default();
    let leave = if excluded.is_some_and(|excluded| excluded.price == Price::Useless) {
        "no option makes it readable".to_owned()
    } else {
        format!("its operator may allow it with --allow-format {name}, at a price: {}", price(name))
    };
    format!("the film's format is {demuxer}, which {which} does not open{why}; {leave}")
}

fn price(name: &str) -> &'static str {
    match excluded(name).map(|excluded| excluded.price) {
        Some(Price::OpensOthers) => {
            "such a file names others; ffmpeg opens those that the sandbox does not forbid (outside Linux there is none), \
             and clients see this file alone"
        }
        Some(Price::Unseen | Price::Useless) | None => {
            "nobody has reviewed what such a file makes ffmpeg open; the sandbox, on Linux, still confines it"
        }
    }
}

fn why_not(name: &str) -> Option<String> {
    if !is_name(name) {
        return Some("expected the name of a format, as ffmpeg -demuxers prints it".into());
    }
    if is_listed(name) {
        return Some("it is opened already and needs no permission".into());
    }
    let useless = excluded(name).filter(|excluded| excluded.price == Price::Useless)?;
    Some(format!("it can't be allowed: {}", useless.why))
}

/// A demuxer may have several names, such as `mov,mp4,m4a`.
fn is_demuxer(text: &str) -> bool {
    text.split(',').count() <= DEMUXER_NAMES_MAX && text.split(',').all(is_name)
}

fn is_name(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    (1..=NAME_BYTES_MAX).contains(&text.len()) && text.bytes().all(plain)
}

fn listed() -> impl Iterator<Item = &'static str> {
    FILMS.split_ascii_whitespace().chain(PICTURES.split_ascii_whitespace())
}

fn is_listed(name: &str) -> bool {
    listed().any(|known| known == name)
}

fn excluded(name: &str) -> Option<&'static Excluded> {
    EXCLUDED.iter().find(|excluded| excluded.names.split_ascii_whitespace().any(|known| known == name))
}
