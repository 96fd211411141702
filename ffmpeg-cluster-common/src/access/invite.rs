//! The join string: everything that another machine needs to join,
//! in one word that survives e-mail and shells.
//!
//! Its form is `fc1.ROLE.PORT.TOKEN.FINGERPRINT.HOST.CHECKSUM`.
//! It has only letters, digits, dots, dashes, underscores and the colons of IPv6.
//! The checksum tells a damaged string from one that the server refuses.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use super::role::Role;
use super::secret::Secret;
use crate::text::hex;

const KIND: &str = "fc";
const VERSION: &str = "1";
/// More than the longest host name (253), the longest token (200) and all other parts together.
const CHARS_MAX: usize = 600;
const HOST_CHARS_MAX: usize = 253;
const TOKEN_CHARS_MAX: usize = 200;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    /// A host name or an address, without brackets.
    pub host: String,
    pub port: u16,
    pub role: Role,
    pub token: Secret,
    pub fingerprint: Fingerprint,
}

/// Hexadecimal SHA-256 of a certificate in the form that TLS sends (DER).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint(String);

/// Why a text is not a join string, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadJoin {
    #[error("expected a join string, and nothing was given")]
    Empty,
    #[error("this is longer than any join string ({0} characters)")]
    TooLong(usize),
    #[error(
        "a join string is one word, and this has a space or a line break in it; copy all of it as one line"
    )]
    Blank,
    #[error("a join string can't contain {0:?}")]
    Strange(char),
    #[error(
        "this is not a join string: join strings begin with {KIND}{VERSION} and a dot, as `token add` on the server prints them"
    )]
    Other,
    #[error(
        "this join string is of version {0}, and this program knows version {VERSION}; use the same release on both machines"
    )]
    Version(String),
    #[error(
        "this join string was cut short or mistyped; copy it once more, from {KIND}{VERSION} to its last character"
    )]
    Damaged,
    #[error("this join string names {0}; make another with `token add` on the server")]
    Part(&'static str),
}

impl Join {
    pub fn print(&self) -> String {
        let Self { host, port, role, token, fingerprint } = self;
        let text = format!("{KIND}{VERSION}.{role}.{port}.{}.{fingerprint}.{host}", token.reveal());
        let sum = checksum(&text);
        format!("{text}.{sum:08x}")
    }

    /// Reads a join string. Ignores white space around it, which some shells add.
    pub fn parse(text: &str) -> Result<Self, BadJoin> {
        let text = text.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\u{feff}');
        check_form(text)?;
        let (body, sum) = text.rsplit_once('.').ok_or(BadJoin::Damaged)?;
        if sum != format!("{:08x}", checksum(body)) {
            return Err(BadJoin::Damaged);
        }
        let parts: Vec<&str> = body.splitn(6, '.').collect();
        let [_, role, port, token, fingerprint, host] = parts[..] else { return Err(BadJoin::Damaged) };
        Ok(Self {
            role: role.parse().map_err(|_| BadJoin::Part("an unknown role"))?,
            port: port.parse().ok().filter(|port| *port > 0).ok_or(BadJoin::Part("an invalid port"))?,
            token: is_token(token).then(|| Secret::new(token)).ok_or(BadJoin::Part("a malformed token"))?,
            fingerprint: fingerprint.parse().map_err(|()| BadJoin::Part("a malformed certificate"))?,
            host: is_host(host)
                .then(|| host.to_owned())
                .ok_or(BadJoin::Part("a server that is neither a name nor an address"))?,
        })
    }
}

fn check_form(text: &str) -> Result<(), BadJoin> {
    if text.is_empty() {
        return Err(BadJoin::Empty);
    }
    if text.len() > CHARS_MAX {
        return Err(BadJoin::TooLong(text.len()));
    }
    if text.contains(|c: char| c.is_whitespace()) {
        return Err(BadJoin::Blank);
    }
    let strange = |c: &char| !c.is_ascii_alphanumeric() && !"._:-".contains(*c);
    if let Some(strange) = text.chars().find(strange) {
        return Err(BadJoin::Strange(strange));
    }
    let first = text.split('.').next().unwrap_or_default();
    match first.strip_prefix(KIND) {
        Some(VERSION) => Ok(()),
        Some(other) if !other.is_empty() && other.bytes().all(|b| b.is_ascii_digit()) => {
            Err(BadJoin::Version(other.to_owned()))
        }
        Some(_) | None => Err(BadJoin::Other),
    }
}

fn is_token(text: &str) -> bool {
    (1..=TOKEN_CHARS_MAX).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Whether the text is a host name, or an address without brackets.
pub fn is_host(text: &str) -> bool {
    let is_name = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    match text.contains(':') {
        true => text.parse::<Ipv6Addr>().is_ok(),
        false => (1..=HOST_CHARS_MAX).contains(&text.len()) && is_name(text),
    }
}

impl Fingerprint {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Fingerprint {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        hex::is_sha256(text).then(|| Self(text.to_owned())).ok_or(())
    }
}

/// CRC-32, like zip and PNG: it detects any single wrong character, and very likely a missing end.
fn checksum(text: &str) -> u32 {
    let bit = |sum: u32, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
    !text.bytes().fold(!0, |sum, byte| (0..8).fold(sum ^ u32::from(byte), bit))
}

#[cfg(test)]
mod tests;
