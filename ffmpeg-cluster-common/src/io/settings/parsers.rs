//! Turns the texts of flags into values. Mistakes are collected and reported together; clap would stop at the first.

use std::convert::Infallible;
use std::ops::RangeInclusive;
use std::path::Path;

use ffmpeg_cluster_common::access::invite::is_host;
use ffmpeg_cluster_common::io::settings::Typed;

/// The value name by which flags that are true or false are recognised.
pub(super) const TRUTH: &str = "true|false";

/// A flag's value, or what is wrong with its text.
#[derive(Debug, Clone)]
pub(crate) struct Checked<T>(Result<T, String>);

/// The result for clap, which never sees a mistake.
pub(super) type Parsed<T> = Result<Checked<T>, Infallible>;

pub(super) fn truth(text: &str) -> Parsed<bool> {
    one_of(text, &[("true", true), ("false", false)])
}

pub(super) fn one_of<T: Copy>(text: &str, words: &[(&str, T)]) -> Parsed<T> {
    Ok(Checked(text.one_of(words)))
}

pub(super) fn number(text: &str, within: RangeInclusive<u32>) -> Parsed<u32> {
    Ok(Checked(text.number(within)))
}

pub(super) fn port(text: &str) -> Parsed<u16> {
    Ok(Checked(text.number(1..=u16::MAX)))
}

/// A name or an address; the brackets of an IPv6 address are removed.
pub(super) fn host(text: &str) -> Parsed<String> {
    let bare = text.trim();
    let bare = bare.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(bare);
    let wanted = "a host name or an address is wanted, without http://; the port goes into --server-port";
    Ok(Checked(if is_host(bare) { Ok(bare.to_owned()) } else { Err(format!("{text}: {wanted}")) }))
}

/// A value whose type reads its own text.
pub(super) fn parsed<T: std::str::FromStr<Err = String>>(text: &str) -> Parsed<T> {
    Ok(Checked(text.parse().map_err(|wanted| format!("{text}: {wanted}"))))
}

pub(super) fn is_join_string(path: &Path) -> bool {
    let text = path.to_string_lossy();
    let rest = text.trim_start().strip_prefix("fc");
    text.len() > 40 && rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// All that is wrong, one sentence each.
#[derive(Debug, Default)]
pub(super) struct Mistakes(pub(super) Vec<String>);

impl Mistakes {
    pub(super) fn note(&mut self, mistake: impl Into<String>) {
        self.0.push(mistake.into());
    }

    /// The value of `flag`; notes its mistake.
    pub(super) fn take<T>(&mut self, flag: &str, given: Checked<T>) -> Option<T> {
        given.0.map_err(|wrong| self.note(format!("--{flag} {wrong}"))).ok()
    }

    pub(super) fn take_given<T>(&mut self, flag: &str, given: Option<Checked<T>>) -> Option<T> {
        self.take(flag, given?)
    }

    /// The value of a list, or its default if something is wrong in it; notes its mistakes.
    pub(super) fn list<T: Default>(&mut self, flag: &str, read: Result<T, Vec<String>>) -> T {
        read.unwrap_or_else(|wrong| {
            self.0.extend(wrong.into_iter().map(|why| format!("--{flag}: {why}")));
            T::default()
        })
    }
}
