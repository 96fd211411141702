//! Titles and other tags of a result.
//! They travel in a file: argument lists are limited in length, and every user of the machine can read them.

use std::collections::BTreeMap;

use super::plan::{JoinPlan, Mapped, mapped, source_input};
use super::tells_of_the_film;
use crate::media::command::Line;
use crate::media::plan::carriage::{Carried, Kept};
use crate::media::source::{Stream, StreamKind};
use crate::media::words::container::Container;

/// Tag texts by lower-case keys, because ffmpeg ignores case.
/// A text of None removes the tag, whatever its origin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Tags(BTreeMap<String, Tag>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Tag {
    key: String,
    text: Option<String>,
}

impl Tags {
    fn tell(&mut self, key: &str, text: Option<&str>) {
        let told = Tag { key: key.to_owned(), text: text.map(str::to_owned) };
        self.0.insert(key.to_ascii_lowercase(), told);
    }

    fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.values().filter_map(|told| Some((told.key.as_str(), told.text.as_deref()?)))
    }

    fn gone(&self) -> impl Iterator<Item = &str> {
        self.0.values().filter(|told| told.text.is_none()).map(|told| told.key.as_str())
    }
}

/// The tags of the film and of each stream of the result,
/// in addition to those that the streams bring themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ResultTags {
    film: Tags,
    streams: Vec<Tags>,
}

impl ResultTags {
    pub(super) fn of(plan: &JoinPlan<'_>) -> Self {
        let mapped = mapped(plan);
        let mut kinds: Vec<StreamKind> = mapped.iter().map(|stream| stream.kept.kind).collect();
        let mut streams: Vec<Tags> = mapped.iter().map(|stream| brought(plan, stream.kept)).collect();
        for cover in &plan.covers {
            kinds.push(StreamKind::Attachment);
            streams.push(of_cover(plan.source.streams.iter().find(|stream| stream.index == cover.stream)));
        }
        let mut sheet = Self { film: Tags::default(), streams };
        sheet.typed(&plan.profile.tags, &kinds);
        sheet
    }

    /// Adds the tags that the user's parameters set; an empty text removes a tag.
    fn typed(&mut self, all: &[(String, String)], kinds: &[StreamKind]) {
        for (name, value) in all {
            let (base, spec) = name.split_once(':').unwrap_or((name, "g"));
            let Some((key, text)) = value.split_once('=').filter(|_| base == "metadata") else { continue };
            let text = Some(text).filter(|text| !text.is_empty());
            match spec.strip_prefix("s:") {
                None => self.film.tell(key, text),
                Some(spec) => {
                    for n in meant(spec, kinds) {
                        self.streams[n].tell(key, text);
                    }
                }
            }
        }
    }

    fn sections(&self) -> impl Iterator<Item = (usize, &Tags)> {
        self.streams.iter().enumerate().filter(|(_, tags)| tags.texts().next().is_some())
    }

    fn film_tells(&self) -> bool {
        self.film.texts().next().is_some()
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.film_tells() && self.sections().next().is_none()
    }

    /// The text of the file, in ffmpeg's metadata format.
    pub(super) fn text(&self) -> String {
        let mut out = String::from(";FFMETADATA1\n");
        write(&self.film, &mut out);
        for (_, tags) in self.sections() {
            out.push_str("[STREAM]\n");
            write(tags, &mut out);
        }
        out
    }

    /// Adds the options; if two of them set the same tag, ffmpeg uses the first.
    pub(super) fn say(&self, line: &mut Line, plan: &JoinPlan<'_>) {
        let source = source_input(plan);
        let sheet = source + 1;
        if !plan.profile.source_tags {
            line.say("-map_metadata -1");
        }
        if self.film_tells() {
            line.option("-map_metadata:g", format!("{sheet}:g"));
        }
        for (section, (n, _)) in self.sections().enumerate() {
            line.option(format!("-map_metadata:s:{n}"), format!("{sheet}:s:{section}"));
        }
        if plan.profile.source_tags {
            line.option("-map_metadata:g", format!("{source}:g"));
            for (n, Mapped { kept, input, stream }) in mapped(plan).into_iter().enumerate() {
                line.option(format!("-map_metadata:s:{n}"), format!("{input}:s:{stream}"));
                if matches!(kept.what, Carried::Converted { .. }) {
                    // The copied tag would name the encoder of the source.
                    line.option(format!("-metadata:s:{n}"), "encoder=");
                }
            }
        }
        for key in self.film.gone() {
            line.option("-metadata", format!("{key}="));
        }
        for (n, tags) in self.streams.iter().enumerate() {
            for key in tags.gone() {
                line.option(format!("-metadata:s:{n}"), format!("{key}="));
            }
        }
    }

    /// ffmpeg names an attachment after its file before it looks at tags,
    /// so this name is an option of its own.
    pub(super) fn file_name(&self, n: usize) -> &str {
        let told = self.streams.get(n).and_then(|tags| tags.0.get(FILE_NAME)?.text.as_deref());
        told.unwrap_or("cover")
    }
}

const FILE_NAME: &str = "filename";

/// Streams that are copied from the source bring their tags;
/// those from pieces get the source's tags here.
fn brought(plan: &JoinPlan<'_>, kept: &Kept) -> Tags {
    let mut tags = Tags::default();
    let stream = plan.source.streams.iter().find(|stream| stream.index == kept.stream);
    let Some(stream) = stream.filter(|_| plan.profile.source_tags) else { return tags };
    if matches!(kept.what, Carried::Picture | Carried::Sound) {
        for (key, text) in stream.tags.iter().filter(|(key, _)| tells_of_the_film(key)) {
            tags.tell(key, Some(text));
        }
    }
    // MP4 has no place for a track's title; players show the handler's name.
    let is_mp4 = matches!(plan.profile.container, Container::Mp4 | Container::Mov);
    if let Some(title) = stream.tags.get("title").filter(|_| is_mp4) {
        tags.tell("handler_name", Some(title));
    }
    tags
}

fn of_cover(stream: Option<&Stream>) -> Tags {
    let mut tags = Tags::default();
    let Some(stream) = stream else { return tags };
    let (mime, suffix) = match stream.codec.as_str() {
        "png" => ("image/png", "png"),
        "bmp" => ("image/bmp", "bmp"),
        "gif" => ("image/gif", "gif"),
        _ => ("image/jpeg", "jpg"),
    };
    let told = |key: &str, otherwise: String| stream.tags.get(key).cloned().unwrap_or(otherwise);
    tags.tell("mimetype", Some(&told("mimetype", mime.to_owned())));
    tags.tell(FILE_NAME, Some(&told(FILE_NAME, format!("cover.{suffix}"))));
    tags
}

/// The streams that a specifier such as `a` or `s:1` selects.
fn meant(spec: &str, kinds: &[StreamKind]) -> Vec<usize> {
    let (letter, track) = spec.split_once(':').map_or((spec, None), |(letter, track)| (letter, Some(track)));
    let kind = match letter {
        "v" => StreamKind::Video,
        "a" => StreamKind::Audio,
        "s" => StreamKind::Subtitle,
        _ => StreamKind::Attachment,
    };
    let all = kinds.iter().enumerate().filter(|(_, known)| **known == kind).map(|(n, _)| n);
    match track.map(str::parse::<usize>) {
        None => all.collect(),
        Some(Ok(nth)) => all.skip(nth).take(1).collect(),
        Some(Err(_)) => Vec::new(),
    }
}

fn write(tags: &Tags, out: &mut String) {
    for (key, text) in tags.texts() {
        escape(key, out);
        out.push('=');
        escape(text, out);
        if text.ends_with('\\') {
            // ffmpeg treats a line break after any backslash as part of the text;
            // the zero byte ends the text first.
            out.push('\0');
        }
        out.push('\n');
    }
}

/// Escapes special characters; a `[` at the beginning of a line would begin a section.
fn escape(text: &str, out: &mut String) {
    for c in text.chars().filter(|c| *c != '\0') {
        if matches!(c, '=' | ';' | '#' | '\\' | '\n' | '\r' | '[') {
            out.push('\\');
        }
        out.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_file_gives_a_meaning_is_escaped() {
        let mut tags = Tags::default();
        tags.tell("[STREAM]\nk", Some("a=b;c#d\\e\nf\rg\0h"));
        tags.tell("z", Some("ends with \\"));
        let mut out = String::new();
        write(&tags, &mut out);
        assert_eq!(out, "\\[STREAM]\\\nk=a\\=b\\;c\\#d\\\\e\\\nf\\\rgh\nz=ends with \\\\\0\n");
    }

    #[test]
    fn what_is_typed_comes_last_and_for_the_streams_that_it_names() {
        let kinds = [StreamKind::Video, StreamKind::Audio, StreamKind::Audio, StreamKind::Subtitle];
        let typed = |all: &[(&str, &str)]| {
            let mut streams = vec![Tags::default(); kinds.len()];
            streams[1].tell("Title", Some("Ton"));
            let mut sheet = ResultTags { film: Tags::default(), streams };
            let all: Vec<_> = all.iter().map(|(name, tag)| ((*name).to_owned(), (*tag).to_owned())).collect();
            sheet.typed(&all, &kinds);
            sheet
        };
        let sheet = typed(&[("metadata:s:a", "title=Sound"), ("metadata:s:a:1", "title=More")]);
        let title =
            |sheet: &ResultTags, n: usize| sheet.streams[n].0.get("title").and_then(|told| told.text.clone());
        assert_eq!(title(&sheet, 1).as_deref(), Some("Sound"));
        assert_eq!(title(&sheet, 2).as_deref(), Some("More"));
        assert_eq!(title(&sheet, 3), None);
        let sheet = typed(&[("metadata", "title=A"), ("metadata", "title="), ("metadata:s:a:0", "title=")]);
        assert_eq!(sheet.film.gone().collect::<Vec<_>>(), ["title"]);
        assert_eq!(sheet.streams[1].gone().collect::<Vec<_>>(), ["title"]);
        assert!(sheet.is_empty());
        let sheet =
            typed(&[("metadata:g", "title="), ("metadata", "title=B"), ("disposition:a:0", "default")]);
        assert_eq!(sheet.text(), ";FFMETADATA1\ntitle=B\n[STREAM]\nTitle=Ton\n");
    }
}
