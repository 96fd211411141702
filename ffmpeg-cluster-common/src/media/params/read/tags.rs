//! Reads options for the container, streams, tags and chapters of the result.

use super::draft::{Draft, put, refuse};
use super::typed_option::{TypedOption, track};
use crate::media::params::Refusal;
use crate::media::params::rows::values::Value;
use crate::media::params::selection::Map;
use crate::media::words::container::Container;

type Done = Result<(), Vec<Refusal>>;

const VALUE_BYTES_MAX: usize = 1000;

impl Draft {
    pub(crate) fn format(&mut self, said: &TypedOption<'_>, value: &str) -> Done {
        let same = value == self.container.muxer()
            || self.container.suffixes().contains(&value)
            || (value == "ipod" && self.container == Container::Mp4);
        if same {
            return Ok(());
        }
        refuse(
            format!("{} {value}", said.word),
            format!(
                "the result's name chooses the container, here {}; -f {value} can't choose another",
                self.container.muxer()
            ),
        )
    }

    /// `-map`
    pub(crate) fn map(&mut self, said: &TypedOption<'_>, value: &str) -> Done {
        let map = Map::read(value).or_else(|reason| refuse(format!("{} {value}", said.word), reason))?;
        if map.takes_back && self.selection.is_all() {
            return refuse(
                format!("{} {value}", said.word),
                "nothing is chosen before it; -map 0 chooses every stream, and this may follow",
            );
        }
        self.selection.add(map);
        Ok(())
    }

    /// `-map_metadata`
    pub(crate) fn source_tags(&mut self, said: &TypedOption<'_>, value: &str) -> Done {
        self.source_tags &= is_kept(said, value)?;
        Ok(())
    }

    /// `-map_chapters`
    pub(crate) fn chapters(&mut self, said: &TypedOption<'_>, value: &str) -> Done {
        self.chapters &= is_kept(said, value)?;
        Ok(())
    }

    pub(crate) fn metadata(&mut self, said: &TypedOption<'_>, value: &str) -> Done {
        let of_stream = |specifier: &str| specifier.strip_prefix("s:").is_some_and(is_one_stream);
        stream_is_known(said.specifier().is_none_or(|one| one == "g" || of_stream(one)), said)?;
        let fits =
            value.split_once('=').is_some_and(|(key, text)| is_tag(key) && !text.contains(unprintable));
        if !fits || value.len() > VALUE_BYTES_MAX {
            return refuse(said.word, "expected key=value in printable text");
        }
        self.tags.push((said.typed.to_owned(), value.to_owned()));
        Ok(())
    }

    pub(crate) fn disposition(&mut self, said: &TypedOption<'_>, value: &str) -> Done {
        stream_is_known(said.specifier().is_some_and(is_one_stream), said)?;
        let fits = value == "0" || Value::Flags(DISPOSITIONS).check(value).is_ok();
        if !fits || value.len() > VALUE_BYTES_MAX {
            return refuse(said.word, "flags such as default+forced, or 0");
        }
        put(&mut self.tags, said.typed.to_owned(), value.to_owned());
        Ok(())
    }
}

const DISPOSITIONS: &[&str] = &[
    "default",
    "dub",
    "original",
    "comment",
    "lyrics",
    "karaoke",
    "forced",
    "hearing_impaired",
    "visual_impaired",
    "clean_effects",
    "captions",
    "descriptions",
    "dependent",
    "metadata",
];

fn is_kept(said: &TypedOption<'_>, value: &str) -> Result<bool, Vec<Refusal>> {
    match value {
        "0" => Ok(true),
        "-1" => Ok(false),
        _ => refuse(said.word, "only 0 (keep) and -1 (leave behind) are supported"),
    }
}

fn stream_is_known(is_known: bool, said: &TypedOption<'_>) -> Done {
    if is_known {
        return Ok(());
    }
    refuse(said.word, "this stream specifier is not supported; :s:v:0, :s:a:1 and :s:s:0 are")
}

/// Whether the text is `a`, `a:1` or similar; attachments (`t`) have tags too.
fn is_one_stream(text: &str) -> bool {
    let (letter, number) = text.split_once(':').unwrap_or((text, "0"));
    matches!(letter, "v" | "a" | "s" | "t") && track(number).is_some()
}

/// Whether the text can be the name of a tag.
fn is_tag(key: &str) -> bool {
    const CHARS_MAX: usize = 64;
    !key.is_empty()
        && key.len() <= CHARS_MAX
        && !key.contains(|c: char| c.is_control() || "/\\:=".contains(c))
}

/// Whether a tag may not contain this character:
/// line breaks are allowed, other control characters are not.
fn unprintable(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t' | '\r')
}
