//! Chains of filters. Taken are filters without files, each with the arguments that we know; the chain is printed again
//! from what was understood. [`memory`] tells what of the film a filter must see besides its frame.
//!
//! Sound is filtered whole: memory is welcome there, but not a change of length.

pub(super) mod burn;
pub(super) mod memory;
mod sound;
mod video;

use super::Refusal;
use super::reasons;
use super::values::SIDE_MAX;
use sound::SOUND;
use video::VIDEO;

/// Which of the two: pictures or sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Video,
    Sound,
}

/// Filters in a chain that is longer were not typed by a person.
const FILTERS_MAX: usize = 32;
const VALUE_CHARS_MAX: usize = 256;

/// Reads a chain and prints it again. `option` is what the person typed, `-vf` or so.
pub(super) fn chain(of: Of, option: &str, text: &str) -> Result<String, Vec<Refusal>> {
    let refuse = |reason: &str| vec![Refusal::new(option, reason)];
    if text.contains([';', '[', ']']) {
        return Err(refuse("only a single chain of filters can be run in pieces, without labels"));
    }
    let filters = split(text, ',').map_err(refuse)?;
    if filters.len() > FILTERS_MAX {
        return Err(refuse(&format!("more than {FILTERS_MAX} filters")));
    }
    let (mut printed, mut refusals) = (Vec::new(), Vec::new());
    for filter in &filters {
        match one(of, option, filter.trim()) {
            Ok(text) => printed.push(text),
            Err(refusal) => refusals.push(refusal),
        }
    }
    if refusals.is_empty() { Ok(printed.join(",")) } else { Err(refusals) }
}

/// Splits where the separator stands outside quotes and parentheses and has no backslash before it. (ffmpeg
/// itself wants quotes around `min(1280,iw)`, which a shell may have eaten; it can mean one thing only.)
fn split(text: &str, separator: char) -> Result<Vec<String>, &'static str> {
    let mut out = vec![String::new()];
    let (mut quoted, mut escaped, mut depth) = (false, false, 0_u32);
    for c in text.chars() {
        let part = out.last_mut().expect("there is always one");
        if escaped {
            escaped = false;
            part.push(c);
        } else if c == separator && !quoted && depth == 0 {
            out.push(String::new());
        } else {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => quoted ^= c == '\'',
            }
            escaped = c == '\\' && !quoted;
            part.push(c);
        }
    }
    if quoted || escaped { Err("a quote is opened and never closed") } else { Ok(out) }
}

fn one(of: Of, option: &str, text: &str) -> Result<String, Refusal> {
    let (name, arguments) = text.split_once('=').map_or((text, None), |(name, rest)| (name, Some(rest)));
    let typed = format!("{option} {name}");
    if of == Of::Video && name == "subtitles" {
        return burn::subtitles(&typed, arguments);
    }
    let (table, reason) = match of {
        Of::Video => (VIDEO, reasons::video_filter(name)),
        Of::Sound => (SOUND, reasons::sound_filter(name)),
    };
    if let Some(reason) = reason {
        return Err(Refusal::new(typed, format!("this filter {reason}")));
    }
    let Some((name, known)) = table.iter().find(|(known, _)| *known == name) else {
        let near = super::nearest::nearest(name, table.iter().map(|(known, _)| *known));
        let hint = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
        return Err(Refusal::new(typed, format!("this filter is not taken{hint}")));
    };
    let Some(arguments) = arguments else { return Ok((*name).to_owned()) };
    let known: Vec<&str> = known.split_whitespace().collect();
    let mut printed = Vec::new();
    for argument in split(arguments, ':').map_err(|reason| Refusal::new(&*typed, reason))? {
        printed.push(print(of, &typed, name, &known, &argument)?);
    }
    Ok(format!("{name}={}", printed.join(":")))
}

/// One argument, with or without its name.
fn print(of: Of, typed: &str, filter: &str, known: &[&str], argument: &str) -> Result<String, Refusal> {
    let named = argument.split_once('=').filter(|(key, _)| is_key(key));
    let (key, raw) = named.map_or((None, argument), |(key, value)| (Some(key), value));
    let refuse = |what: &str, reason: &str| Err(Refusal::new(format!("{typed} {what}"), reason));
    if let Some(key) = key
        && !known.contains(&key)
        && !(of == Of::Video && key == "enable")
    {
        return refuse(key, "this argument is not taken");
    }
    if key.is_none() && known.is_empty() {
        return refuse(raw, "this filter has no arguments");
    }
    let value: String = raw.chars().filter(|c| !matches!(c, '\'' | '\\')).collect();
    if value.is_empty() || value.len() > VALUE_CHARS_MAX || !value.chars().all(is_plain) {
        return refuse(argument, "this value holds characters that are not taken");
    }
    if of == Of::Video {
        if let Some(word) = forbidden(&value) {
            return refuse(argument, &format!("'{word}' in an expression is not taken"));
        }
        let sized = matches!(filter, "scale" | "zscale" | "pad" | "crop");
        if sized && numbers(&value).any(|number| number > SIDE_MAX) {
            return refuse(argument, &format!("a picture is at most {SIDE_MAX} a side"));
        }
    }
    let quoted = if value.contains([',', ' ', '=']) { format!("'{value}'") } else { value };
    Ok(key.map_or(quoted.clone(), |key| format!("{key}={quoted}")))
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_.+-*/()<>=!|&^%@#~, ".contains(c)
}

fn identifiers(value: &str) -> impl Iterator<Item = &str> {
    value
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
}

/// What differs from run to run, prints, may never end, or carries numbers from frame to frame.
fn forbidden(value: &str) -> Option<&str> {
    const WORDS: &[&str] = &["pos", "print", "time", "while", "root", "taylor", "st", "ld"];
    identifiers(value).find(|word| WORDS.contains(word))
}

fn numbers(value: &str) -> impl Iterator<Item = u32> {
    value
        .split(|c: char| !c.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
        .map(|digits| digits.parse().unwrap_or(u32::MAX))
}
