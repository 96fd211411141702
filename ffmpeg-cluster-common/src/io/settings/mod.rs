//! Settings of both programs: flags over variables over a file over defaults, and the parsing of their texts.
//!
//! The report of a mistake says what to write instead. All mistakes are collected, so that people fix them together.
//!
//! - [`parsers`]: turns texts of flags into values
//! - [`truths`]: flags that are true or false
//! - [`file`]: the file of `--config`
//! - [`layers`]: combines the layers, and knows the origin of each setting

mod file;
pub mod layers;
pub mod parsers;
pub mod truths;

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::Path;
use std::str::FromStr;

/// A person's text for a setting. An error says what to write instead.
trait Typed {
    /// A whole number in a range.
    fn number<T: FromStr + PartialOrd + Display>(&self, within: RangeInclusive<T>) -> Result<T, String>;

    /// The value of one of a few words.
    fn one_of<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, String>;
}

impl Typed for str {
    fn number<T: FromStr + PartialOrd + Display>(&self, within: RangeInclusive<T>) -> Result<T, String> {
        let number = self.trim().parse().ok().filter(|number| within.contains(number));
        let (low, high) = (within.start(), within.end());
        number.ok_or_else(|| format!("{self}: expected a whole number from {low} to {high}"))
    }

    fn one_of<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, String> {
        let found = words.iter().find(|(word, _)| *word == self.trim());
        let names = || words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(" or ");
        found.map(|(_, value)| *value).ok_or_else(|| format!("{self}: expected {}", names()))
    }
}

/// Passes to `set` each key of a TOML file, and a reader of its value: as one text or, with `true`, as one text or a
/// list. Notes every mistake.
fn read_file<E: Display>(
    path: &Path,
    mistakes: &mut Vec<String>,
    mut set: impl FnMut(&str, &dyn Fn(bool) -> Result<Vec<String>, &'static str>) -> Result<(), E>,
) {
    let at = format!("--config {}", path.display());
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return mistakes.push(format!("{at}: {error}")),
    };
    match text.parse::<toml::Table>() {
        Ok(table) => {
            for (key, value) in &table {
                if let Err(mistake) = set(key, &|list| texts(value, list)) {
                    mistakes.push(format!("{at}: {key}: {mistake}"));
                }
            }
        }
        Err(error) => mistakes.push(format!("{at}: {error}")),
    }
}

/// Values as a person would type them after their flag.
fn texts(value: &toml::Value, list: bool) -> Result<Vec<String>, &'static str> {
    match value {
        toml::Value::Array(all) if list => all.iter().map(text).collect(),
        one => Ok(vec![text(one)?]),
    }
}

fn text(value: &toml::Value) -> Result<String, &'static str> {
    match value {
        toml::Value::String(text) => Ok(text.clone()),
        toml::Value::Integer(number) => Ok(number.to_string()),
        toml::Value::Float(number) => Ok(number.to_string()),
        toml::Value::Boolean(yes) => Ok(yes.to_string()),
        toml::Value::Datetime(_) | toml::Value::Array(_) | toml::Value::Table(_) => {
            Err("expected one value: a text, a number, or true or false")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_to_their_range_and_mistakes_say_what_is_wanted() {
        assert_eq!(" 7 ".number(1..=9_u32), Ok(7));
        assert_eq!("0".number(0..=9_u16), Ok(0));
        for wrong in ["0", "10", "-1", "1.5", "1e3", "", "99999999999999999999"] {
            let why = wrong.number(1..=9_u64).unwrap_err();
            assert_eq!(why, format!("{wrong}: expected a whole number from 1 to 9"));
        }
    }

    #[test]
    fn words_are_those_of_the_list() {
        let words = [("true", true), ("false", false)];
        assert_eq!(("true".one_of(&words), " false ".one_of(&words)), (Ok(true), Ok(false)));
        assert_eq!("yes".one_of(&words), Err("yes: expected true or false".into()));
    }

    #[test]
    fn values_of_a_file_are_texts_and_lists_of_them() {
        let value = |line: &str| line.parse::<toml::Table>().unwrap().remove("a").unwrap();
        assert_eq!(texts(&value("a = 2.5"), false), Ok(vec!["2.5".into()]));
        assert_eq!(texts(&value("a = true"), true), Ok(vec!["true".into()]));
        assert_eq!(texts(&value("a = ['x', 2]"), true), Ok(vec!["x".into(), "2".into()]));
        for (wrong, list) in [("a = [1]", false), ("[a]", false), ("[a]", true), ("a = [[1]]", true)] {
            assert!(texts(&value(wrong), list).is_err(), "{wrong}");
        }
    }
}
