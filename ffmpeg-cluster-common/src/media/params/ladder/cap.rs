//! Bounds of the bit rate, which hold in a rung and nowhere else.

use serde::{Deserialize, Serialize};

use super::refused::LadderRefusal;
use crate::media::params::rows::values::{Value, bits};
use crate::text::safe;

/// A bound of the bit rate, in kilobits: a second, and at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cap {
    pub rate: u64,
    pub buffer: u64,
}

/// Takes the bounds out of the words. The last ones count.
pub(super) fn taken(path: &str, words: &mut Vec<String>) -> Result<Option<Cap>, Vec<LadderRefusal>> {
    let (mut rate, mut buffer, mut at) = (None, None, 0);
    while at < words.len() {
        let bound = match words[at].as_str() {
            "-maxrate" | "-maxrate:v" => &mut rate,
            "-bufsize" | "-bufsize:v" => &mut buffer,
            _ => {
                at += 1;
                continue;
            }
        };
        let option = words.remove(at);
        let value = if at < words.len() { words.remove(at) } else { String::new() };
        *bound = Some(kilobits(&value).map_err(|want| {
            vec![LadderRefusal::parameters(
                path,
                format!("{option}: {:?} is not {want}", safe::escaped(&value)),
            )]
        })?);
    }
    match (rate, buffer) {
        (None, None) => Ok(None),
        (Some(rate), buffer) => Ok(Some(Cap { rate, buffer: buffer.unwrap_or(rate) })),
        (None, Some(_)) => {
            Err(vec![LadderRefusal::parameters(path, "-bufsize: it bounds nothing without -maxrate")])
        }
    }
}

fn kilobits(text: &str) -> Result<u64, String> {
    Value::Rate.check(text)?;
    let bits = bits(text).unwrap_or_default();
    if bits < 1000.0 { Err("at least 1k".to_owned()) } else { Ok((bits / 1000.0).round() as u64) }
}
