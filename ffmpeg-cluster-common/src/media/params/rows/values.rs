//! Kinds of option values. None of them lets a path, an address or a second option through.

use super::lists::List;
use crate::limits::PIXELS_MAX;

/// The kind of an option's value.
#[derive(Debug, Clone, Copy)]
pub enum Value {
    Int(i64, i64),
    Float(f64, f64),
    /// One of these words.
    Words(&'static [&'static str]),
    /// A whole number or one of these words.
    IntOr(i64, i64, &'static [&'static str]),
    /// Letters, digits and `_ . + -`.
    Name,
    /// Names separated by commas.
    Names,
    /// `+this-that`, where each is one of these words.
    Flags(&'static [&'static str]),
    /// 0 or 1, true or false.
    Bool,
    /// `16:9`, `16/9` or `1.78`.
    Ratio,
    /// `1280x720`.
    Size,
    /// Bits per second, `192k`.
    Rate,
    /// Numbers separated by `: , - .`, such as x264's `deblock`.
    Numbers,
    /// One of the encoder's presets; any plain word if its row lists none.
    Preset,
    /// Some of the encoder's tunes, separated by commas; any plain words if its row lists none.
    Tune,
    /// A parameter list `key=value:key=value`, with the keys of this list.
    Keyed(&'static List),
    /// The option takes no value.
    None,
    /// The option's action judges the value.
    Any,
}

/// How far an encoder may deviate from its standard.
pub(super) const STRICT: Value =
    Value::IntOr(-2, 2, &["very", "strict", "normal", "unofficial", "experimental"]);

/// The largest side of a picture that a parameter may ask for; more is an attack on memory.
pub(crate) const SIDE_MAX: u32 = 16_384;
const _: () = assert!(SIDE_MAX >= 8192, "8K must be possible");
const NAME_CHARS_MAX: usize = 64;
/// More bits per second than any sound encoder makes or any channel carries.
const RATE_MAX: f64 = 200e6;

pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= NAME_CHARS_MAX
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'+' | b'-'))
}

impl Value {
    /// Accepts a value of this kind, or returns a description of the accepted values.
    pub(crate) fn check(self, text: &str) -> Result<(), String> {
        match self {
            Self::Int(min, max) => int(text, min, max),
            Self::IntOr(min, max, words) => {
                if words.contains(&text) {
                    return Ok(());
                }
                int(text, min, max).map_err(|want| format!("{want}, or one of {}", words.join(", ")))
            }
            Self::Float(min, max) => match text.parse::<f64>() {
                Ok(number) if decimal(text) && (min..=max).contains(&number) => Ok(()),
                Ok(_) | Err(_) => Err(format!("a number from {min} to {max}")),
            },
            Self::Words(words) => wanted(words.contains(&text), || format!("one of {}", words.join(", "))),
            Self::Name | Self::Preset => wanted(is_name(text), || "a plain word".to_owned()),
            Self::Names | Self::Tune => wanted(text.split(',').all(is_name), || "plain words".to_owned()),
            Self::Flags(words) => {
                wanted(flags(text, words), || format!("+ or - before any of {}", words.join(", ")))
            }
            Self::Bool => wanted(matches!(text, "0" | "1" | "true" | "false"), || "0 or 1".to_owned()),
            Self::Ratio => wanted(ratio(text), || "a ratio such as 16:9".to_owned()),
            Self::Size => wanted(size(text), || {
                format!("a size such as 1280x720, at most {SIDE_MAX} a side and {PIXELS_MAX} pixels")
            }),
            Self::Rate => wanted(rate(text), || "bits in a second such as 192k, at most 200M".to_owned()),
            Self::Numbers => wanted(numbers(text), || "numbers".to_owned()),
            Self::Keyed(_) | Self::None | Self::Any => Ok(()),
        }
    }
}

fn wanted(holds: bool, want: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(want()) }
}

fn int(text: &str, min: i64, max: i64) -> Result<(), String> {
    let plain =
        text.len() <= 20 && text.strip_prefix('-').unwrap_or(text).bytes().all(|b| b.is_ascii_digit());
    let holds = plain && text.parse::<i64>().is_ok_and(|number| (min..=max).contains(&number));
    wanted(holds, || format!("a whole number from {min} to {max}"))
}

/// Rust also reads `1e3` and `inf`, and ffmpeg `0x10` and `2k`; no user means any of these.
fn decimal(text: &str) -> bool {
    text.len() <= 24
        && text.strip_prefix('-').unwrap_or(text).bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

fn flags(text: &str, words: &[&str]) -> bool {
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    !body.is_empty() && body.split(['+', '-']).all(|word| words.contains(&word))
}

fn ratio(text: &str) -> bool {
    let number = |part: &str| decimal(part) && part.parse::<u32>().is_ok_and(|n| n > 0 && n < 100_000);
    match text.split_once([':', '/']) {
        Some((num, den)) => number(num) && number(den),
        None => decimal(text) && text.parse::<f64>().is_ok_and(|n| n > 0.0 && n < 1000.0),
    }
}

fn size(text: &str) -> bool {
    let side = |part: &str| {
        part.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| part.parse().ok())?
            .filter(|n| (16..=SIDE_MAX).contains(n))
    };
    let sides = text.split_once('x').and_then(|(width, height)| side(width).zip(side(height)));
    sides.is_some_and(|(width, height)| u64::from(width) * u64::from(height) <= PIXELS_MAX)
}

fn rate(text: &str) -> bool {
    bits(text).is_some()
}

/// Bits in a second, such as 192k.
pub(in crate::media::params) fn bits(text: &str) -> Option<f64> {
    let (digits, unit) = match text.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1e3),
        None => text.strip_suffix('M').map_or((text, 1.0), |digits| (digits, 1e6)),
    };
    let plain = digits.len() <= 10 && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let bits = plain.then(|| digits.parse::<f64>().ok())?.map(|number| number * unit);
    bits.filter(|bits| *bits <= RATE_MAX)
}

fn numbers(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= NAME_CHARS_MAX
        && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b':' | b',' | b'-' | b'.'))
}
