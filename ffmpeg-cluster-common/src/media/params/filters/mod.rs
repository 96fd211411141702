//! Chains of filters. Only filters without files are accepted, with the arguments that we know.
//! [`chain`] the accepted chain as a value · [`graph`] what a user may type.
//! [`memory`] what a filter needs of the film besides its frame.
//!
//! Sound is filtered as a whole, so its filters may have memory, but must not change the length.

mod bounds;
mod burn;
mod chain;
mod free;
mod graph;
pub(super) mod memory;
mod refused;
mod sound;
mod video;

use super::Refusal;
use chain::Argument;
use graph::{Graph, NotAChain};
use sound::SOUND;
use video::VIDEO;

pub use chain::{Chain, Filter};

/// A filter: its name, its positional arguments, and its arguments that need a name.
/// Positional arguments are in the order on which ffmpeg 5 to 9 agree.
/// Arguments that read or write a file are in neither list, so they count as unknown.
/// The positional list ends before the first position that may be one of these.
pub type Row = (&'static str, &'static str, &'static str);

/// Names of all picture filters in the table; special cases are not in it.
pub fn of_pictures() -> impl Iterator<Item = &'static str> {
    VIDEO.iter().map(|(name, ..)| *name)
}

/// Both tables, named by what they filter.
pub const TAKEN: [(&str, &[Row]); 2] = [("pictures", VIDEO), ("sound", SOUND)];
pub use bounds::MOST as BOUNDS;

/// The table: pictures or sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FilterTable {
    Video,
    Sound,
}

/// No user types a chain with more filters.
const FILTERS_MAX: usize = 32;
const VALUE_CHARS_MAX: usize = 256;
const ONE_CHAIN: &str = "only a single chain of filters can be run in pieces, without labels";

/// Reads a chain. `option` is what the user typed, for instance `-vf`.
pub(super) fn read(of: FilterTable, option: &str, text: &str) -> Result<Chain, Vec<Refusal>> {
    let refuse = |reason: &str| vec![Refusal::new(option, reason)];
    let asked = text.parse::<Graph>().map_err(refuse)?.into_chain().map_err(|more| match more {
        NotAChain::Label(label) => vec![Refusal::new(format!("{option} [{label}]"), ONE_CHAIN)],
        NotAChain::Chains => refuse(ONE_CHAIN),
    })?;
    if asked.filters().count() > FILTERS_MAX {
        return Err(refuse(&format!("more than {FILTERS_MAX} filters")));
    }
    let (mut taken, mut refusals) = (Vec::new(), Vec::new());
    for filter in asked.filters() {
        match one(of, option, filter) {
            Ok(filter) => taken.push(filter),
            Err(refusal) => refusals.push(refusal),
        }
    }
    Chain::of(taken).filter(|_| refusals.is_empty()).ok_or(refusals)
}

/// Splits at separators outside quotes and parentheses and without a backslash before them.
/// ffmpeg itself needs quotes around `min(1280,iw)`;
/// a shell may have removed them, and the meaning is clear.
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
    if quoted || escaped { Err("a quote is not closed") } else { Ok(out) }
}

/// Reads one filter into the form that we print.
fn one(of: FilterTable, option: &str, asked: &Filter) -> Result<Filter, Refusal> {
    let name = asked.name();
    let typed = format!("{option} {name}");
    if of == FilterTable::Video && name == burn::NAME {
        return burn::subtitles(&typed, asked);
    }
    let (table, reason) = match of {
        FilterTable::Video => (VIDEO, refused::of_pictures(name)),
        FilterTable::Sound => (SOUND, refused::of_sound(name)),
    };
    if let Some(reason) = reason {
        return Err(Refusal::new(typed, format!("this filter {reason}")));
    }
    let Some((name, places, others)) = table.iter().find(|(known, ..)| *known == name) else {
        let near = super::read::nearest::nearest(name, table.iter().map(|(known, ..)| *known));
        let hint = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
        return Err(Refusal::new(typed, format!("this filter is not supported{hint}")));
    };
    Reading { of, typed: &typed, name, places, others }.arguments(asked)
}

fn quoted(value: String) -> String {
    if value.contains([',', ' ', '=']) { format!("'{value}'") } else { value }
}

/// A filter of the tables whose arguments are being read.
struct Reading<'a> {
    of: FilterTable,
    /// What the user typed.
    typed: &'a str,
    name: &'a str,
    /// Positional arguments.
    places: &'static str,
    /// Arguments that need a name.
    others: &'static str,
}

impl Reading<'_> {
    fn refusal(&self, what: &str, reason: &str) -> Refusal {
        Refusal::new(format!("{} {what}", self.typed), reason)
    }

    fn known(&self) -> impl Iterator<Item = &'static str> + Clone {
        self.places.split_whitespace().chain(self.others.split_whitespace())
    }

    fn knows(&self, key: &str) -> bool {
        self.known().any(|known| known == key) || (self.of == FilterTable::Video && key == "enable")
    }

    fn arguments(&self, asked: &Filter) -> Result<Filter, Refusal> {
        let mut out: Vec<Argument> = Vec::new();
        for (place, one) in asked.said().iter().enumerate() {
            // After a named argument ffmpeg accepts no positional one.
            let place = Some(place).filter(|_| out.iter().all(|argument| argument.key.is_none()));
            out.push(self.argument(one, place)?);
        }
        let filter = Filter::new(self.name).having(out);
        bounds::area(&filter).map_err(|reason| Refusal::new(self.typed, reason))?;
        Ok(filter)
    }

    /// ffmpeg reads a chain twice and removes quotes the first time,
    /// so this looks for names without quotes.
    fn argument(&self, asked: &Argument, place: Option<usize>) -> Result<Argument, Refusal> {
        let (raw, argument) = (&asked.value, &asked.to_string());
        let name = match asked.key.as_deref() {
            Some(key) if self.knows(key) => key,
            Some(key) => return Err(self.refusal(key, &self.not_taken(key))),
            None => self.at(raw, place)?,
        };
        let value: String = raw.chars().filter(|c| !matches!(c, '\'' | '\\')).collect();
        if value.is_empty() || value.len() > VALUE_CHARS_MAX || !value.chars().all(is_plain) {
            return Err(self.refusal(argument, "this value holds characters that are not allowed"));
        }
        let refused = |reason: String| self.refusal(argument, &reason);
        bounds::check(self, name, &value).map_err(refused)?;
        let value = bounds::in_one_form(self, name, value).map_err(refused)?;
        Ok(Argument { key: asked.key.clone(), value: quoted(value) })
    }

    fn not_taken(&self, key: &str) -> String {
        let near = super::read::nearest::nearest(key, self.known());
        format!("this argument is not supported{}", super::read::nearest::did_you_mean(near))
    }

    /// The name of the positional argument at this place.
    fn at(&self, raw: &str, place: Option<usize>) -> Result<&'static str, Refusal> {
        if self.known().next().is_none() {
            return Err(self.refusal(raw, "this filter has no arguments"));
        }
        if is_named_without_quotes(raw) {
            return Err(self.refusal(raw, "this value holds characters that are not allowed"));
        }
        place
            .and_then(|place| self.places.split_whitespace().nth(place))
            .ok_or_else(|| self.refusal(raw, "say which argument this is: name=value"))
    }
}

/// Whether ffmpeg would still find a name in the value: `'textfile=x'`, and the newer `/text=file`.
fn is_named_without_quotes(raw: &str) -> bool {
    let bare: String = raw.chars().filter(|c| !matches!(c, '\'' | '\\' | ' ' | '/' | '.')).collect();
    bare.split_once('=').is_some_and(|(key, _)| key.is_empty() || is_key(key))
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
