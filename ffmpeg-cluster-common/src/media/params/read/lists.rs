//! Checks `-x264-params` and similar lists of `key=value`, which ffmpeg passes straight to a library.

use crate::media::params::Refusal;
use crate::media::params::rows::lists::{List, WORDS};
use crate::media::params::rows::values::is_name;

/// Whether every pair of `key=value:key:no-key` is allowed. `option` is what the user typed.
pub(super) fn check(list: &List, option: &str, text: &str) -> Result<(), Refusal> {
    for pair in text.split(':') {
        let (key, value) = pair.split_once('=').map_or((pair, None), |(key, value)| (key, Some(value)));
        let plain = key.replace('_', "-");
        if !list.knows(&plain) {
            return Err(Refusal::new(
                format!("{option} {key}"),
                "this key of the list is not supported: it is unknown, or reads or writes files, or needs the whole film",
            ));
        }
        if let Some(value) = value {
            judged(list, &plain, value).map_err(|why| Refusal::new(format!("{option} {pair}"), why))?;
        }
    }
    Ok(())
}

fn judged(list: &List, key: &str, value: &str) -> Result<(), String> {
    if let Some((_, words)) = WORDS.iter().find(|(known, _)| *known == key) {
        let holds = words.contains(&value);
        return if holds {
            Ok(())
        } else {
            Err(format!("this value is not supported; {} is", words.join(" or ")))
        };
    }
    if let Some(most) = list.most(key) {
        let number =
            value.bytes().all(|b| b.is_ascii_digit()) && value.parse::<u32>().is_ok_and(|n| n <= most);
        return if number || value == "auto" { Ok(()) } else { Err(format!("expected at most {most}")) };
    }
    if is_plain(value) || plain_numbers(value) {
        Ok(())
    } else {
        Err("this value is not supported".to_owned())
    }
}

/// Whether the value is a word, or numbers separated by `,` and `/`;
/// anything else with a `/` is a path.
fn is_plain(value: &str) -> bool {
    let numbers = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b','));
    if value.contains('/') {
        return value.len() <= 64 && value.split('/').all(|part| !part.is_empty() && numbers(part));
    }
    is_name(&value.replace([',', '(', ')'], "+"))
}

/// Whether the value may be a mastering display such as
/// `G(13250,34500)B(…)…`, which is longer than a name.
fn plain_numbers(value: &str) -> bool {
    value.len() <= 160
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'(' | b')' | b',' | b'.'))
}
