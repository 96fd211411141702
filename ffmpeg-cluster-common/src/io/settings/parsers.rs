//! Turns the texts of flags into values. Mistakes are collected and reported together; clap would stop at the first.

use std::convert::Infallible;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use super::Typed;
use crate::access::invite::is_host;

/// The value name that marks flags that are true or false.
pub const TRUTH: &str = "true|false";

/// A flag's value, or what is wrong with its text.
#[derive(Debug, Clone)]
pub struct Checked<T>(Result<T, String>);

/// The result for clap, which never sees a mistake.
pub type Parsed<T> = Result<Checked<T>, Infallible>;

/// Converts a program's own values.
impl<T> From<Result<T, String>> for Checked<T> {
    fn from(value: Result<T, String>) -> Self {
        Self(value)
    }
}

pub fn truth(text: &str) -> Parsed<bool> {
    one_of(text, &[("true", true), ("false", false)])
}

pub fn one_of<T: Copy>(text: &str, words: &[(&str, T)]) -> Parsed<T> {
    Ok(Checked(text.one_of(words)))
}

pub fn number<T: FromStr + PartialOrd + Display>(text: &str, within: RangeInclusive<T>) -> Parsed<T> {
    Ok(Checked(text.number(within)))
}

/// A name or an address, without the brackets of an IPv6 address.
pub fn host(text: &str) -> Parsed<String> {
    let bare = text.trim();
    let bare = bare.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(bare);
    let wanted = "expected a host name or an address, without http://; give the port with --server-port";
    Ok(Checked(if is_host(bare) { Ok(bare.to_owned()) } else { Err(format!("{text}: {wanted}")) }))
}

/// A value whose type reads its own text.
pub fn parsed<T: FromStr<Err = String>>(text: &str) -> Parsed<T> {
    Ok(Checked(text.parse().map_err(|wanted| format!("{text}: {wanted}"))))
}

/// A number of bytes: `10G`, `10GB` and `10GiB` mean the same, in steps of 1024.
pub fn size(text: &str) -> Parsed<u64> {
    let wanted = || format!("{text}: expected a size, such as 500M, 10G, 2T or a number of bytes");
    Ok(Checked(bytes(text).ok_or_else(wanted)))
}

fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let step = match unit.trim_start().to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "K" | "KB" | "KIB" => 10,
        "M" | "MB" | "MIB" => 20,
        "G" | "GB" | "GIB" => 30,
        "T" | "TB" | "TIB" => 40,
        _ => return None,
    };
    // A column of the database can't hold more.
    let bytes = digits.parse::<u64>().ok()?.checked_mul(1 << step)?;
    (bytes > 0 && i64::try_from(bytes).is_ok()).then_some(bytes)
}

/// All mistakes, one sentence each.
#[derive(Debug, Default)]
pub struct Mistakes(pub Vec<String>);

impl Mistakes {
    pub fn note(&mut self, mistake: impl Into<String>) {
        self.0.push(mistake.into());
    }

    /// The value of `flag`; notes its mistake.
    pub fn take<T>(&mut self, flag: &str, given: Checked<T>) -> Option<T> {
        given.0.map_err(|wrong| self.note(format!("--{flag} {wrong}"))).ok()
    }

    /// The same with a default in place of a mistaken value, for callers that fail later if there are mistakes.
    pub fn value<T: Default>(&mut self, flag: &str, given: Checked<T>) -> T {
        self.take(flag, given).unwrap_or_default()
    }

    pub fn take_given<T>(&mut self, flag: &str, given: Option<Checked<T>>) -> Option<T> {
        self.take(flag, given?)
    }

    /// The value of a list, or the default if it has mistakes; notes the mistakes.
    pub fn list<T: Default>(&mut self, flag: &str, read: Result<T, Vec<String>>) -> T {
        read.unwrap_or_else(|wrong| {
            self.0.extend(wrong.into_iter().map(|why| format!("--{flag}: {why}")));
            T::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_people_type_them() {
        for (text, wanted) in [
            ("1", 1),
            ("500M", 500 << 20),
            ("10G", 10 << 30),
            ("10 GiB", 10 << 30),
            ("2t", 2 << 40),
            ("7kb", 7 << 10),
        ] {
            assert_eq!(bytes(text), Some(wanted), "{text}");
        }
        for wrong in ["", "0", "-1", "1.5G", "G", "10X", "0x10", "99999999T", "18446744073709551616", "1e9"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }
}
