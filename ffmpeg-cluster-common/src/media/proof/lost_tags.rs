//! Tags, chapters and flags of a source that are missing in its result.
//! Some containers drop them silently, so the report lists them.

use std::collections::BTreeMap;

use crate::media::command::join::tells_of_the_film;
use crate::media::params::Profile;
use crate::media::plan::carriage::Carriage;
use crate::media::source::{Source, Stream, StreamKind};

type Tags = BTreeMap<String, String>;

/// Sentences for people; empty if nothing is missing.
pub fn missed(source: &Source, result: &Source, carriage: &Carriage, profile: &Profile) -> Vec<String> {
    let mut all = Vec::new();
    if profile.source_tags {
        all.extend(tags_missed(source, result, profile));
    }
    if profile.chapters
        && profile.container.holds_chapters()
        && !profile.span.cuts_time()
        && source.chapters != result.chapters
    {
        all.push(format!("the source has {} chapters, the result {}", source.chapters, result.chapters));
    }
    for kind in [StreamKind::Video, StreamKind::Audio, StreamKind::Subtitle] {
        // Covers and attachments may appear in another order.
        let wanted = tracks(source, carriage).filter(|stream| stream.kind == kind && !stream.is_cover());
        let there = result.of_kind(kind).filter(|stream| !stream.is_cover());
        all.extend(wanted.zip(there).flat_map(|(a, b)| stream_missed(a, b, profile)));
    }
    all
}

/// The kept streams, in the order of the result.
fn tracks<'a>(source: &'a Source, carriage: &Carriage) -> impl Iterator<Item = &'a Stream> {
    let of = |index: u32| source.streams.iter().find(|stream| stream.index == index);
    carriage.kept.iter().filter_map(move |kept| of(kept.stream))
}

fn tags_missed(source: &Source, result: &Source, profile: &Profile) -> Option<String> {
    let ours = |key: &str| {
        let own = profile.tags.iter().filter(|(name, _)| name.starts_with("metadata"));
        own.filter_map(|(_, tag)| tag.split_once('=')).any(|(name, _)| name == key)
    };
    let is_there = |key: &str, value: &str| {
        let streams = result.streams.iter().map(|stream| &stream.tags);
        std::iter::once(&result.tags).chain(streams).any(|tags| has(tags, value)) || ours(key)
    };
    let gone = source.tags.iter().filter(|(key, value)| tells_of_the_film(key) && !is_there(key, value));
    let names: Vec<&str> = gone.map(|(key, _)| key.as_str()).collect();
    let title = profile.container.title();
    (!names.is_empty())
        .then(|| format!("tags of the source that are not in the result ({title}): {}", names.join(", ")))
}

/// Whether the value occurs under any name.
fn has(tags: &Tags, value: &str) -> bool {
    tags.values().any(|other| other.trim() == value.trim())
}

fn stream_missed(source: &Stream, result: &Stream, profile: &Profile) -> Vec<String> {
    let (mut all, container) = (Vec::new(), profile.container.title());
    if profile.source_tags {
        all.extend(title_missed(source, result, container));
        let language = |stream: &Stream| {
            stream.tags.get("language").filter(|code| !matches!(code.as_str(), "" | "und")).cloned()
        };
        if let Some(code) = language(source).filter(|code| language(result).as_ref() != Some(code)) {
            all.push(format!("its language {code:?} is not in the result ({container})"));
        }
        if let Some(code) = source.tags.get("timecode").filter(|code| !timecode_is_there(result, code)) {
            all.push(format!("its timecode {code} is not in the result ({container})"));
        }
    }
    let flags = source.dispositions.iter().filter(|flag| *flag != "default" && !result.has(flag));
    let flags: Vec<&str> = flags.map(String::as_str).collect();
    if !flags.is_empty() {
        all.push(format!("it is not marked as {} in the result ({container})", flags.join(", ")));
    }
    all.into_iter().map(|what| format!("0:{}: {what}", source.index)).collect()
}

fn timecode_is_there(result: &Stream, code: &str) -> bool {
    let is_timecode = |key: &str| key.eq_ignore_ascii_case("timecode");
    result.tags.iter().any(|(key, value)| is_timecode(key) && value == code)
}

fn title_missed(source: &Stream, result: &Stream, container: &str) -> Option<String> {
    let title = source.tags.get("title")?;
    if result.tags.get("title") == Some(title) {
        None
    } else if has(&result.tags, title) {
        Some(format!(
            "its title {title:?} is the handler's name in the result: {container} has no other place"
        ))
    } else {
        Some(format!("its title {title:?} is not in the result ({container})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::params::{parse, words};
    use crate::media::plan::carriage::plan;
    use crate::media::sample::film;
    use crate::media::words::container::Container;

    fn told(line: &str, change: impl FnOnce(&mut Source)) -> Vec<String> {
        let source = film();
        let profile = parse(&words(line).unwrap(), Container::Mp4).unwrap();
        let carriage = plan(&source, &profile).unwrap();
        let mut result = source.clone();
        change(&mut result);
        missed(&source, &result, &carriage, &profile)
    }

    #[test]
    fn what_is_all_there_is_not_spoken_of() {
        assert!(told("", |_| {}).is_empty());
        // Containers write keys in different ways.
        assert!(told("", |result| result.tags = [("TITLE".into(), "Der Film".into())].into()).is_empty());
        assert!(told("-metadata title=Neu", |result| result.tags.clear()).is_empty());
    }

    #[test]
    fn what_is_gone_is_named() {
        let all = told("", |result| {
            result.tags.clear();
            result.chapters = 1;
            result.streams[0].tags = [("handler_name".into(), "Bild".into())].into();
            result.streams[2].tags.clear();
            result.streams[3].dispositions.clear();
        });
        assert_eq!(
            all,
            [
                "tags of the source that are not in the result (MP4): title",
                "the source has 2 chapters, the result 1",
                "0:0: its title \"Bild\" is the handler's name in the result: MP4 has no other place",
                "0:2: its title \"Commentaire\" is not in the result (MP4)",
                "0:2: its language \"fre\" is not in the result (MP4)",
                "0:3: it is not marked as forced in the result (MP4)",
            ]
        );
    }

    #[test]
    fn what_the_parameters_took_away_is_not_missed() {
        let all = told("-map_metadata -1 -map_chapters -1 -an", |result| {
            result.tags.clear();
            result.chapters = 0;
            result.streams.retain(|stream| stream.kind != StreamKind::Audio);
        });
        assert!(all.is_empty(), "{all:?}");
    }
}
