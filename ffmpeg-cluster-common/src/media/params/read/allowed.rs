//! Encoder options that an operator allows by name beyond our tables.
//! We have not reviewed their effects,
//! so their values must be plain words that name no file, address or list.
//! Server and client must both allow an option.

use super::find::{Found, find, refused};
use super::typed_option::TypedOption;
use crate::media::params::rows::values::Value;

const NAME_BYTES_MAX: usize = 40;
const VALUE_BYTES_MAX: usize = 40;
const NAMES_MAX: usize = 100;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed(Vec<String>);

impl Allowed {
    /// Reads names without dashes; fails with a reason for each that can't be allowed.
    pub fn read(names: &[String]) -> Result<Self, Vec<String>> {
        let wrong = |name: &String| Some(format!("{name:?}: {}", why_not(name)?));
        let mut wrong: Vec<String> = names.iter().filter_map(wrong).collect();
        if names.len() > NAMES_MAX {
            wrong.push(format!("more than {NAMES_MAX} options"));
        }
        if wrong.is_empty() { Ok(Self(names.to_vec())) } else { Err(wrong) }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `typed` is one of these, without a specifier or with `:v`.
    pub(super) fn has(&self, typed: &str) -> bool {
        let name = typed.strip_suffix(":v").unwrap_or(typed);
        self.0.iter().any(|known| known == name)
    }
}

fn why_not(name: &str) -> Option<String> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b);
    let is_name = name.len() <= NAME_BYTES_MAX
        && name.bytes().all(plain)
        && name.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    if !is_name {
        return Some("expected the name of an option, without its dash".into());
    }
    if let Some(reason) = refused(name) {
        return Some(format!("it can't be allowed: {reason}"));
    }
    let is_known = match find(&TypedOption::new(name, name), "") {
        // An operator may allow `-y` and similar options: they are ignored anyway.
        Found::Row(row) => !matches!(row.value, Value::None),
        Found::Specifier | Found::OtherStream(_) => true,
        Found::Unknown => false,
    };
    is_known.then(|| "it is reviewed already and needs no permission".into())
}

/// Whether the value is a word of letters, digits and `_ . + -`.
pub(super) fn is_plain(value: &str) -> bool {
    (1..=VALUE_BYTES_MAX).contains(&value.len())
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.+-".contains(&b))
        && !value.contains("..")
}

#[cfg(test)]
mod tests {
    use super::super::super::{parse_allowing, recheck, words};
    use super::*;
    use crate::media::words::container::Container;

    fn allowed(names: &[&str]) -> Result<Allowed, Vec<String>> {
        Allowed::read(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn only_what_is_no_door_to_files_can_be_allowed() {
        assert!(allowed(&["zz-strength", "x2"]).is_ok());
        for name in [
            "progress",
            "attach",
            "vstats_file",
            "passlogfile",
            "report",
            "i",
            "map",
            "f",
            "c",
            "crf",
            "filter_complex",
            "",
            "-zz",
            "zz:v",
            "Zz",
            "zz=1",
            "zz/../x",
            "filter_script",
            "init_hw_device",
            "protocol_whitelist",
            &"z".repeat(41),
        ] {
            assert!(allowed(&[name]).is_err(), "{name} was allowed");
        }
    }

    #[test]
    fn what_is_allowed_is_printed_for_the_picture_and_read_again_by_who_allows_it_too() {
        let allowed = allowed(&["zz-strength"]).unwrap();
        let words = words("-c:v libx264 -crf 20 -zz-strength 1.5").unwrap();
        assert!(parse_allowing(&words, Container::Mp4, &Allowed::default()).is_err(), "without leave");
        let video = parse_allowing(&words, Container::Mp4, &allowed).unwrap().video;
        assert_eq!(video.options.last().unwrap(), &("zz-strength:v".to_owned(), "1.5".to_owned()));
        assert_eq!(recheck::check_picture(&video, Container::Mp4, &allowed), Ok(()));
        assert!(recheck::check_picture(&video, Container::Mp4, &Allowed::default()).is_err());
    }

    #[test]
    fn values_are_plain_words() {
        let allowed = allowed(&["zz"]).unwrap();
        let taken = |value: &str| {
            let words = ["-c:v", "libx264", "-zz", value].map(str::to_owned);
            parse_allowing(&words, Container::Mp4, &allowed).is_ok()
        };
        for value in ["1", "-1", "fast", "a_b-c.d", "+x"] {
            assert!(taken(value), "{value}");
        }
        for value in [
            "/etc/passwd",
            "a/b",
            "http:x",
            "a=b",
            "a,b",
            "..",
            "",
            "a b",
            "a\n",
            "|x",
            "$(id)",
            &"9".repeat(41),
        ] {
            assert!(!taken(value), "{value:?}");
        }
    }
}
