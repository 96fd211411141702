//! The playlist of one rendition: its media segments, or their key frames alone.

use std::fmt;
use std::ops::Range;

use super::attributes::Attributes;
use super::{BEGINS, INDEPENDENT, VERSION, is_below, lines, unexpected};
use crate::media::stream::rates::target_seconds;

const ENDS: &str = "#EXT-X-ENDLIST";
const WHOLE: &str = "#EXT-X-PLAYLIST-TYPE:VOD";
const MAP: &str = "#EXT-X-MAP:";
const KEYS: &str = "#EXT-X-I-FRAMES-ONLY";
const FROM_FIRST: &str = "#EXT-X-MEDIA-SEQUENCE:0";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaPlaylist {
    /// Whether the entries are key frames.
    pub(in crate::media::stream) keys_only: bool,
    /// The file with the decoder's settings; texts have none.
    pub(in crate::media::stream) head: Option<String>,
    pub(in crate::media::stream) entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::media::stream) struct Entry {
    pub length_us: u64,
    pub uri: String,
    /// The bytes of the key frame; None for the whole file.
    pub bytes: Option<Range<u64>>,
}

impl MediaPlaylist {
    fn target_seconds(&self) -> u64 {
        target_seconds(self.entries.iter().map(|entry| entry.length_us))
    }

    pub fn read(text: &str) -> Result<Self, String> {
        let mut lines = lines(text)?.peekable();
        let target = lines.next().and_then(|line| line.strip_prefix("#EXT-X-TARGETDURATION:"));
        let target = target.and_then(|target| target.parse::<u64>().ok()).ok_or("no target duration")?;
        for wanted in [FROM_FIRST, WHOLE, INDEPENDENT] {
            lines.next().filter(|line| *line == wanted).ok_or(format!("{wanted} is missing"))?;
        }
        let keys_only = lines.next_if_eq(&KEYS).is_some();
        let map = lines.next_if(|line| line.starts_with(MAP)).and_then(|line| line.strip_prefix(MAP));
        let head = map.map(head_of).transpose()?;
        let mut entries = Vec::new();
        while let Some(line) = lines.next_if(|line| *line != ENDS) {
            entries.push(Entry::read(line, &mut lines)?);
        }
        let list = Self { keys_only, head, entries };
        if list.entries.iter().any(|entry| entry.bytes.is_some() != list.keys_only) {
            return Err("key frames are parts of files, media segments are whole files".into());
        }
        if list.head.is_none() && list.entries.iter().any(|entry| !entry.uri.ends_with(".vtt")) {
            return Err("no decoder settings".into());
        }
        match (lines.next(), lines.next()) {
            (Some(ENDS), None)
                if target == list.target_seconds() && list.head.iter().all(|head| is_below(head)) =>
            {
                Ok(list)
            }
            (Some(ENDS), None) => Err("another target duration, or a file outside".into()),
            (Some(ENDS), Some(line)) => Err(unexpected(line)),
            _ => Err("the playlist has no end".into()),
        }
    }
}

impl Entry {
    fn read<'a>(first: &str, rest: &mut impl Iterator<Item = &'a str>) -> Result<Self, String> {
        let told = first.strip_prefix("#EXTINF:").and_then(|told| told.strip_suffix(','));
        let length_us = told.and_then(micros).ok_or_else(|| unexpected(first))?;
        let mut uri = rest.next().unwrap_or_default();
        let mut bytes = None;
        if let Some(range) = uri.strip_prefix("#EXT-X-BYTERANGE:") {
            bytes = Some(range_of(range).ok_or_else(|| unexpected(uri))?);
            uri = rest.next().unwrap_or_default();
        }
        if !is_below(uri) {
            return Err(unexpected(uri));
        }
        Ok(Self { length_us, uri: uri.to_owned(), bytes })
    }
}

fn head_of(map: &str) -> Result<String, String> {
    let mut map = Attributes::read(map)?;
    let head = map.text("URI")?;
    map.finish().map(|()| head)
}

/// Seconds with exactly six digits.
fn micros(text: &str) -> Option<u64> {
    let (seconds, rest) = text.split_once('.')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = seconds.parse::<u64>().ok().filter(|_| digits(seconds))?;
    let rest = rest.parse::<u64>().ok().filter(|_| rest.len() == 6 && digits(rest))?;
    whole.checked_mul(1_000_000)?.checked_add(rest)
}

fn range_of(text: &str) -> Option<Range<u64>> {
    let (length, at) = text.split_once('@')?;
    let (length, at) = (length.parse::<u64>().ok()?, at.parse::<u64>().ok()?);
    at.checked_add(length).map(|end| at..end)
}

impl fmt::Display for MediaPlaylist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{BEGINS}\n#EXT-X-VERSION:{VERSION}")?;
        writeln!(f, "#EXT-X-TARGETDURATION:{}", self.target_seconds())?;
        writeln!(f, "{FROM_FIRST}\n{WHOLE}\n{INDEPENDENT}")?;
        if self.keys_only {
            writeln!(f, "{KEYS}")?;
        }
        self.head.as_ref().map_or(Ok(()), |head| writeln!(f, "{MAP}URI=\"{head}\""))?;
        self.entries.iter().try_for_each(|entry| write!(f, "{entry}"))?;
        writeln!(f, "{ENDS}")
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, rest) = (self.length_us / 1_000_000, self.length_us % 1_000_000);
        writeln!(f, "#EXTINF:{seconds}.{rest:06},")?;
        if let Some(Range { start, end }) = self.bytes {
            writeln!(f, "#EXT-X-BYTERANGE:{}@{start}", end - start)?;
        }
        writeln!(f, "{}", self.uri)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn list(keys_only: bool) -> MediaPlaylist {
        let entry = |uri: &str, length_us, bytes: Range<u64>| Entry {
            length_us,
            uri: uri.into(),
            bytes: keys_only.then_some(bytes),
        };
        let entries = vec![entry("00000.m4s", 6_006_000, 24..1024), entry("00001.m4s", 2_000_001, 24..500)];
        MediaPlaylist { keys_only, head: Some("init.mp4".into()), entries }
    }

    #[test]
    fn playlists_as_players_read_them() {
        let begins = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:0\n\
            #EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n";
        let whole = "#EXT-X-MAP:URI=\"init.mp4\"\n#EXTINF:6.006000,\n00000.m4s\n#EXTINF:2.000001,\n00001.m4s\n#EXT-X-ENDLIST\n";
        assert_eq!(list(false).to_string(), format!("{begins}{whole}"));
        let keys = "#EXT-X-I-FRAMES-ONLY\n#EXT-X-MAP:URI=\"init.mp4\"\n\
            #EXTINF:6.006000,\n#EXT-X-BYTERANGE:1000@24\n00000.m4s\n\
            #EXTINF:2.000001,\n#EXT-X-BYTERANGE:476@24\n00001.m4s\n#EXT-X-ENDLIST\n";
        assert_eq!(list(true).to_string(), format!("{begins}{keys}"));
    }

    #[test]
    fn what_differs_by_a_line_is_no_playlist_of_ours() {
        let good = list(true).to_string();
        for line in good.lines() {
            let without = good.replacen(&format!("{line}\n"), "", 1);
            assert!(MediaPlaylist::read(&without).is_err(), "without {line}");
            let twice = good.replacen(line, &format!("{line}\n{line}"), 1);
            assert!(MediaPlaylist::read(&twice).is_err(), "{line} twice");
        }
        for (good_word, bad) in [
            ("00000.m4s", "../00000.m4s"),
            ("00000.m4s", "http://elsewhere/0.m4s"),
            ("init.mp4", "/init.mp4"),
            ("DURATION:6", "DURATION:7"),
            ("6.006000", "6.006"),
            ("1000@24", "1000"),
            ("ENDLIST\n", "ENDLIST"),
        ] {
            assert!(MediaPlaylist::read(&good.replacen(good_word, bad, 1)).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(keys_only: bool, parts in prop::collection::vec((0_u64..1 << 40, 0_u64..1 << 40), 0..9)) {
            let entry = |(number, &(length_us, at)): (usize, &(u64, u64))| {
                Entry { length_us, uri: format!("{number:05}.m4s"), bytes: keys_only.then_some(at..at + length_us) }
            };
            let entries = parts.iter().enumerate().map(entry).collect();
            let list = MediaPlaylist { keys_only, head: Some("init.mp4".into()), entries };
            prop_assert_eq!(MediaPlaylist::read(&list.to_string()), Ok(list));
        }
    }
}
