//! Shows whether the decoders of two neighbouring pieces returned the same frames.
//!
//! Each piece's run also hashes a few frames of the source around its ends, before any filter.
//! Neighbours must agree on these hashes.
//! The first piece begins where the film does, so agreement carries from seam to seam.
//! Equal frames at the seams do not prove equal decoders.
//! The frames of some randomly chosen pieces are therefore decoded twice,
//! from different key frames, and all of them are compared.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::frames::FrameNo;

/// Frames on either side of a seam.
pub const AROUND: FrameNo = 2;
/// The most hashes of one end.
pub(crate) const WITNESSES_MAX: usize = 2 * AROUND as usize;
const HASH_CHARS_MAX: usize = 64;
/// One line of ffmpeg's hash file describes one frame; a few header lines come first.
const LINE_BYTES_MAX: u64 = 256;
const HEAD_LINES: u64 = 4096;

/// How far before its first frame the decoder of a piece starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lead {
    /// At the last key frame if all frames after it decode from there, otherwise at the one before.
    #[default]
    Usual,
    /// Several key frames further back, because neighbours disagreed.
    Further,
    /// At the film's first frame.
    Beginning,
}

impl Lead {
    pub(crate) const fn next(self) -> Self {
        match self {
            Self::Usual => Self::Further,
            Self::Further | Self::Beginning => Self::Beginning,
        }
    }
    pub(crate) const fn is_usual(&self) -> bool {
        matches!(self, Self::Usual)
    }
}

/// The frames around a piece's ends, by their times in ticks of the source;
/// none at an end of the film.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    pub head: Vec<i64>,
    pub tail: Vec<i64>,
}

/// Hashes of the witness frames; an empty string stands for a frame that the decoder did not return.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ends {
    #[serde(default)]
    pub head: Vec<String>,
    #[serde(default)]
    pub tail: Vec<String>,
}

/// A second decode of frames of a piece, from another key frame.
/// All times are ticks of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondDecode {
    /// Time of the key frame at which reading starts; None for the beginning of the film.
    pub seek: Option<i64>,
    /// The first frame that is compared.
    pub start: i64,
    /// The first frame after those that are compared; None if all to the film's end are compared.
    pub end: Option<i64>,
}

/// Whether both decodes returned the same pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecodeComparison {
    Alike,
    /// Time of the first frame that differs, in ticks of the source.
    Differs {
        at: i64,
    },
}

/// Whether two neighbours agree about their seam.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Agree,
    Disagree,
    /// At least one of the neighbours reported nothing.
    Unknown,
}

impl Witness {
    pub(crate) const fn is_none(&self) -> bool {
        self.head.is_empty() && self.tail.is_empty()
    }

    pub(in crate::media) fn times(&self) -> impl Iterator<Item = i64> {
        self.head.iter().chain(&self.tail).copied()
    }
}

impl Ends {
    pub(crate) const fn is_none(&self) -> bool {
        self.head.is_empty() && self.tail.is_empty()
    }

    /// Bounds the number and length of the hashes and keeps only hexadecimal digits,
    /// because any client may have sent them.
    pub(in crate::media) fn tidied(mut self) -> Self {
        for end in [&mut self.head, &mut self.tail] {
            end.truncate(WITNESSES_MAX);
            end.iter_mut().for_each(|hash| {
                *hash = hash.chars().filter(char::is_ascii_hexdigit).take(HASH_CHARS_MAX).collect();
            });
        }
        self
    }

    /// Judges the seam between this piece and the next one.
    pub fn verdict(&self, next: &Self) -> Verdict {
        match verdict(&self.tail, &next.head) {
            // A frame that neither decoder returned proves nothing.
            Verdict::Agree if self.tail.iter().any(String::is_empty) => Verdict::Disagree,
            other => other,
        }
    }
}

/// A piece that starts with a key frame saw nothing before it, so its head may be shorter.
fn verdict<T: PartialEq>(tail: &[T], head: &[T]) -> Verdict {
    match (tail.is_empty(), head.is_empty()) {
        (false, false) if tail.ends_with(head) => Verdict::Agree,
        (false, false) => Verdict::Disagree,
        _ => Verdict::Unknown,
    }
}

/// [`Ends`] in a fifth of the memory, for the ledger, which holds every piece of a film.
/// Each hash is its length, followed by one byte for every two digits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct PackedEnds {
    bytes: Box<[u8]>,
    /// The number of bytes that belong to the head.
    head: u16,
}

impl PackedEnds {
    pub(crate) fn of(ends: &Ends) -> Self {
        let mut bytes = Vec::with_capacity(
            ends.head.iter().chain(&ends.tail).map(|hash| 1 + hash.len().div_ceil(2)).sum(),
        );
        ends.head.iter().for_each(|hash| pack(hash, NO_HEAD, &mut bytes));
        let head = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        ends.tail.iter().for_each(|hash| pack(hash, NO_TAIL, &mut bytes));
        Self { bytes: bytes.into(), head }
    }

    /// Judges the seam between this piece and the next one.
    pub(crate) fn verdict(&self, next: &Self) -> Verdict {
        verdict(&self.bytes[usize::from(self.head)..], &next.bytes[..usize::from(next.head)])
    }
}

/// The lengths that stand for a frame that the decoder did not return;
/// they differ, so a head and a tail never agree about such a frame.
const NO_HEAD: u8 = 0;
const NO_TAIL: u8 = u8::MAX;

/// The hashes are tidied already and contain only digits; upper and lower case count as the same.
fn pack(hash: &str, missing: u8, into: &mut Vec<u8>) {
    let digit = |letter: u8| char::from(letter).to_digit(16).map_or(letter, |digit| digit as u8);
    into.push(if hash.is_empty() { missing } else { u8::try_from(hash.len()).unwrap_or(NO_TAIL - 1) });
    into.extend(
        hash.as_bytes()
            .chunks(2)
            .map(|two| two.iter().fold(0, |byte: u8, letter| (byte << 4) ^ digit(*letter))),
    );
}

/// The maximum size of ffmpeg's hash file in bytes.
pub(crate) fn bytes_max(frames: u64) -> u64 {
    LINE_BYTES_MAX * (frames + HEAD_LINES)
}

/// Compares the hash files of two decodes; a frame in only one of them is a difference.
/// Returns None if neither has a frame to compare.
pub fn compare(decode: &SecondDecode, first: &str, second: &str) -> Option<DecodeComparison> {
    let within = |(time, _): &(i64, &str)| decode.start <= *time && decode.end.is_none_or(|end| *time < end);
    let [mut first, mut second] = [first, second].map(|text| lines(text).filter(within).peekable());
    first.peek().or_else(|| second.peek())?;
    let at = loop {
        let at = match (first.next(), second.next()) {
            (None, None) => return Some(DecodeComparison::Alike),
            (Some(one), Some(other)) if one == other => continue,
            (Some((one, _)), Some((other, _))) => one.min(other),
            (Some((one, _)), None) | (None, Some((one, _))) => one,
        };
        break at;
    };
    Some(DecodeComparison::Differs { at })
}

/// Times and hashes from lines of `stream, dts, pts, duration, size, hash`.
fn lines(text: &str) -> impl Iterator<Item = (i64, &str)> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut words = line.split(',').map(str::trim);
        let (time, hash) = (words.nth(2)?, words.nth(2)?);
        Some((time.parse().ok()?, hash))
    })
}

/// Reads the hashes of the witness frames from ffmpeg's file.
pub fn read(witness: &Witness, text: &str) -> Ends {
    let mut by_time: BTreeMap<i64, &str> = BTreeMap::new();
    for (time, hash) in lines(text) {
        by_time.entry(time).or_insert(hash);
    }
    let hash = |time: &i64| by_time.get(time).copied().unwrap_or_default().to_owned();
    let hashes = |times: &[i64]| times.iter().map(hash).collect();
    Ends { head: hashes(&witness.head), tail: hashes(&witness.tail) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(head: &[&str], tail: &[&str]) -> Ends {
        let owned = |all: &[&str]| all.iter().map(|&hash| hash.to_owned()).collect();
        Ends { head: owned(head), tail: owned(tail) }
    }

    #[test]
    fn neighbours_agree_on_every_frame_or_disagree() {
        let before = ends(&[], &["a", "b", "c", "d"]);
        assert_eq!(before.verdict(&ends(&["a", "b", "c", "d"], &["e"])), Verdict::Agree);
        for other in [["x", "b", "c", "d"], ["a", "b", "c", "x"], ["b", "c", "d", "e"], ["a", "b", "c", ""]] {
            assert_eq!(before.verdict(&ends(&other, &[])), Verdict::Disagree, "{other:?}");
        }
        assert_eq!(before.verdict(&ends(&["a", "b"], &[])), Verdict::Disagree);
        assert_eq!(before.verdict(&ends(&[], &["a", "b", "c", "d"])), Verdict::Unknown);
    }

    #[test]
    fn what_neither_decoder_gave_is_no_agreement() {
        let nothing = ["", "", "", ""];
        assert_eq!(ends(&[], &nothing).verdict(&ends(&nothing, &[])), Verdict::Disagree);
        let most = ["a", "b", "", "d"];
        assert_eq!(ends(&[], &most).verdict(&ends(&most, &[])), Verdict::Disagree);
    }

    #[test]
    fn packed_ends_come_to_the_same_verdict() {
        let hash = |n: u32| format!("{:032x}", u128::from(n) << 120 | u128::from(n));
        let all: Vec<Vec<String>> = vec![
            vec![],
            vec![String::new()],
            vec![String::new(), String::new()],
            vec![hash(1), hash(2)],
            vec![hash(1), hash(3)],
            vec![hash(1), String::new()],
            vec![String::new(), hash(1)],
            vec!["a".into(), "b".into()],
            vec!["ab".into()],
            vec!["0a".into()],
            vec!["a".into()],
        ];
        for (tail, head) in all.iter().flat_map(|tail| all.iter().map(move |head| (tail, head))) {
            let before = Ends { head: vec![hash(9)], tail: tail.clone() };
            let after = Ends { head: head.clone(), tail: vec![hash(8)] };
            let packed = PackedEnds::of(&before).verdict(&PackedEnds::of(&after));
            assert_eq!(packed, before.verdict(&after), "{tail:?} and {head:?}");
        }
    }

    #[test]
    fn frames_are_found_by_their_times() {
        let text = "#format: frame checksums\n#tb 0: 1/25\n0,   8,   8,  1, 152064, aa\n0,  9,  9,  1, 152064, bb\n\
                    0,  20, 20, 1, 152064, cc\n0, 21\n";
        let witness = Witness { head: vec![8, 9, 10], tail: vec![20] };
        assert_eq!(read(&witness, text), ends(&["aa", "bb", ""], &["cc"]));
    }

    #[test]
    fn two_decodes_differ_at_their_first_other_frame() {
        let told = |frames: &[(i64, &str)]| {
            let line = |(time, hash): &(i64, &str)| format!("0, {time}, {time}, 1, 9, {hash}\n");
            format!("#format: frame checksums\n{}", frames.iter().map(line).collect::<String>())
        };
        let compare = |first: &str, second: &str, end| {
            compare(&SecondDecode { seek: None, start: 8, end }, first, second)
        };
        let differs = |at| Some(DecodeComparison::Differs { at });
        let all = told(&[(8, "aa"), (9, "bb"), (10, "cc")]);
        assert_eq!(compare(&all, &all, None), Some(DecodeComparison::Alike));
        assert_eq!(compare("#format\n", "", None), None);
        assert_eq!(compare(&all, &told(&[(8, "aa"), (9, "xx"), (10, "cc")]), None), differs(9));
        assert_eq!(compare(&all, &told(&[(8, "aa"), (10, "cc")]), None), differs(9));
        assert_eq!(compare(&told(&[(8, "aa"), (9, "bb")]), &all, None), differs(10));
        // The piece's own decode also reports the frames around its ends.
        let ends = told(&[(6, "ww"), (7, "xx"), (8, "aa"), (9, "bb"), (10, "cc")]);
        assert_eq!(compare(&ends, &told(&[(8, "aa"), (9, "bb")]), Some(10)), Some(DecodeComparison::Alike));
        assert_eq!(compare(&ends, &told(&[(10, "xx")]), Some(8)), None);
    }

    #[test]
    fn what_strangers_tell_is_bounded() {
        let long = "a".repeat(100);
        let told = ends(&["ab\u{1b}[2J", "", "c", "d", "e"], &[&long]).tidied();
        assert_eq!(told, ends(&["ab2", "", "c", "d"], &[&long[..64]]));
    }
}
