//! What a sound piece in Matroska tells without any program: its tracks, and the times of all packets.
//! Whatever ffmpeg does not write into such a piece is left to ffprobe.

use std::io::{BufRead, Result};

use super::nut::Piece;
use super::nut::bytes::{Bytes, wrong};
use super::packets::Packets;
use crate::frames::Rational;
use crate::limits::{FRAMES_MAX, STREAMS_MAX};

/// The first byte of every such file.
pub(super) const FIRST: u8 = 0x1a;
const EBML: u64 = 0x1a45_dfa3;
const SEGMENT: u64 = 0x1853_8067;
const INFO: u64 = 0x1549_a966;
const TICK_NS: u64 = 0x002a_d7b1;
const TRACKS: u64 = 0x1654_ae6b;
const TRACK: u64 = 0xae;
const TRACK_NUMBER: u64 = 0xd7;
const CLUSTER: u64 = 0x1f43_b675;
const CLUSTER_TIME: u64 = 0xe7;
const GROUP: u64 = 0xa0;
const BLOCK: u64 = 0xa1;
const SIMPLE_BLOCK: u64 = 0xa3;
/// A checksum, and a number by chance: they are others in each file, and say nothing of a track.
const BY_CHANCE: [u64; 2] = [0xbf, 0x73c5];

const MILLISECOND_NS: u64 = 1_000_000;
const BASE: Rational = Rational { num: 1, den: 1000 };
/// Flags of a block that holds several frames.
const LACED: u8 = 0x06;
/// Flag of a block with which a decoder can begin.
const KEY: u8 = 0x80;
/// Sums of this and a block's own time fit.
const TIME_END: u64 = 1 << 62;

/// The head tells all that ffprobe says of its streams, and when each begins.
pub(super) fn read(file: impl BufRead) -> Result<Piece> {
    let mut bytes = Bytes::over(file);
    let ebml = element(&mut bytes)?;
    if ebml.id != EBML {
        return Err(wrong("not a Matroska file"));
    }
    bytes.skip(ebml.length)?;
    let (segment, mut sounds) = (element(&mut bytes)?, Sounds::default());
    if segment.id != SEGMENT {
        return Err(wrong("no segment"));
    }
    children(&mut bytes, segment.length, |bytes, element| sounds.element(bytes, element))?;
    if !bytes.is_at_end()? {
        return Err(wrong("something follows the segment"));
    }
    sounds.finish()
}

#[derive(Debug, Default)]
struct Sounds {
    tick_ns: Option<u64>,
    /// The tracks without what is there by chance.
    tracks: Vec<u8>,
    /// In the order of their streams.
    sounds: Vec<Sound>,
    cluster: i64,
    count: u64,
}

#[derive(Debug)]
struct Sound {
    /// By which its packets name it.
    number: u64,
    packets: Packets,
}

impl Sounds {
    fn element<R: BufRead>(&mut self, bytes: &mut Bytes<R>, element: Element) -> Result<()> {
        match element.id {
            INFO => self.info(&bytes.take(element.length)?),
            TRACKS if self.tracks.is_empty() => self.tracks(&bytes.take(element.length)?),
            TRACKS => Err(wrong("the tracks are listed twice")),
            CLUSTER => children(bytes, element.length, |bytes, element| self.in_cluster(bytes, element)),
            _ => bytes.skip(element.length),
        }
    }

    fn info(&mut self, body: &[u8]) -> Result<()> {
        children(&mut Bytes::over(body), body.len() as u64, |bytes, element| {
            let value = bytes.take(element.length)?;
            if element.id == TICK_NS {
                self.tick_ns = Some(number(&value)?);
            }
            Ok(())
        })
    }

    fn tracks(&mut self, body: &[u8]) -> Result<()> {
        children(&mut Bytes::over(body), body.len() as u64, |bytes, element| {
            let value = bytes.take(element.length)?;
            match element.id {
                TRACK => self.track(&value),
                id if BY_CHANCE.contains(&id) => Ok(()),
                _ => Err(wrong("an unexpected element among the tracks")),
            }
        })
    }

    fn track(&mut self, body: &[u8]) -> Result<()> {
        self.tracks.extend_from_slice(&TRACK.to_be_bytes());
        children(&mut Bytes::over(body), body.len() as u64, |bytes, element| {
            let value = bytes.take(element.length)?;
            if element.id == TRACK_NUMBER {
                self.sounds.push(Sound { number: number(&value)?, packets: Packets::new(BASE) });
            }
            if !BY_CHANCE.contains(&element.id) {
                self.tracks.extend_from_slice(&element.id.to_be_bytes());
                self.tracks.extend_from_slice(&element.length.to_be_bytes());
                self.tracks.extend_from_slice(&value);
            }
            if self.sounds.len() > STREAMS_MAX { Err(wrong("too many tracks")) } else { Ok(()) }
        })
    }

    fn in_cluster<R: BufRead>(&mut self, bytes: &mut Bytes<R>, element: Element) -> Result<()> {
        match element.id {
            CLUSTER_TIME => {
                let time = number(&bytes.take(element.length)?)?;
                let time = Some(time).filter(|time| *time < TIME_END).ok_or(wrong("a time out of range"))?;
                self.cluster = time.cast_signed();
                Ok(())
            }
            SIMPLE_BLOCK => self.block(bytes, element.length, |flags| flags & KEY != 0),
            GROUP => children(bytes, element.length, |bytes, element| match element.id {
                // A packet that needs others would say so in another element of the group.
                BLOCK => self.block(bytes, element.length, |_| true),
                _ => bytes.skip(element.length),
            }),
            _ => bytes.skip(element.length),
        }
    }

    fn block<R: BufRead>(
        &mut self,
        bytes: &mut Bytes<R>,
        length: u64,
        is_key: impl Fn(u8) -> bool,
    ) -> Result<()> {
        let number = coded(bytes)?;
        let later = i16::from_be_bytes(bytes.array()?);
        let flags = bytes.byte()?;
        if flags & LACED != 0 {
            return Err(wrong("a block of several frames"));
        }
        let rest = length.checked_sub(number.bytes + 3).ok_or(wrong("a block is too short"))?;
        bytes.skip(rest)?;
        self.count += 1;
        if self.count > FRAMES_MAX {
            return Err(wrong("too many packets"));
        }
        let sound = self.sounds.iter_mut().find(|sound| sound.number == number.value);
        let sound = sound.ok_or(wrong("a block without a track"))?;
        sound.packets.add(self.cluster + i64::from(later), is_key(flags));
        Ok(())
    }

    fn finish(self) -> Result<Piece> {
        if self.tick_ns != Some(MILLISECOND_NS) {
            return Err(wrong("another tick"));
        }
        let mut head = self.tracks;
        let streams: Vec<Packets> = self.sounds.into_iter().map(|sound| sound.packets.sorted()).collect();
        for stream in &streams {
            let begins = stream.times.first().ok_or(wrong("an empty track"))?;
            head.extend_from_slice(&begins.to_be_bytes());
        }
        Ok(Piece { streams, head: Some(head) })
    }
}

struct Element {
    id: u64,
    length: u64,
    /// Of its id and its length.
    header: u64,
}

fn element<R: BufRead>(bytes: &mut Bytes<R>) -> Result<Element> {
    let (id, length) = (marked(bytes)?, coded(bytes)?);
    Ok(Element { id: id.value, length: length.value, header: id.bytes + length.bytes })
}

/// Hands on each element of so many bytes, which must all be taken.
fn children<R: BufRead>(
    bytes: &mut Bytes<R>,
    mut length: u64,
    mut each: impl FnMut(&mut Bytes<R>, Element) -> Result<()>,
) -> Result<()> {
    while length > 0 {
        let element = element(bytes)?;
        let all = element.header.checked_add(element.length);
        let left = all.and_then(|all| length.checked_sub(all));
        length = left.ok_or(wrong("an element is longer than what it stands in"))?;
        each(bytes, element)?;
    }
    Ok(())
}

struct Coded {
    value: u64,
    bytes: u64,
}

/// A number whose first byte begins with as many zeros as there are further bytes, and then a mark.
fn marked<R: BufRead>(bytes: &mut Bytes<R>) -> Result<Coded> {
    let first = bytes.byte()?;
    let further = first.leading_zeros();
    if further >= 8 {
        return Err(wrong("a number is too long"));
    }
    let mut value = u64::from(first);
    for _ in 0..further {
        value = value << 8 | u64::from(bytes.byte()?);
    }
    Ok(Coded { value, bytes: u64::from(further) + 1 })
}

/// The same without its mark. All ones stand for what is not known.
fn coded<R: BufRead>(bytes: &mut Bytes<R>) -> Result<Coded> {
    let Coded { value, bytes } = marked(bytes)?;
    let mark = 1_u64 << (7 * bytes);
    let value = value & (mark - 1);
    if value == mark - 1 { Err(wrong("an unknown length")) } else { Ok(Coded { value, bytes }) }
}

fn number(bytes: &[u8]) -> Result<u64> {
    if bytes.len() > size_of::<u64>() {
        return Err(wrong("a number is too large"));
    }
    Ok(bytes.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As ffmpeg wrote it: two tracks, one of them begins later.
    fn piece() -> Vec<u8> {
        let digits = include_str!("../../../tests/outside/sound.hex").replace('\n', "");
        let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
        (0..digits.len()).step_by(2).map(byte).collect()
    }

    fn with(at: usize, to: &[u8]) -> Vec<u8> {
        let mut piece = piece();
        piece[at..at + to.len()].copy_from_slice(to);
        piece
    }

    fn at(what: &[u8]) -> usize {
        piece().windows(what.len()).position(|some| some == what).unwrap()
    }

    #[test]
    fn all_times_of_a_piece_are_read() {
        let read = read(&piece()[..]).unwrap();
        let [first, late] = &read.streams[..] else { panic!("two tracks") };
        assert_eq!(first.base, Rational { num: 1, den: 1000 });
        assert_eq!(first.times, [9872, 10_000, 10_128, 10_256]);
        assert_eq!((&late.times[..], &late.keys), (&[10_122, 10_250, 10_378][..], &late.times));
    }

    #[test]
    fn what_is_there_by_chance_is_not_in_the_head() {
        let head = |piece: &[u8]| read(piece).unwrap().head.unwrap();
        let uid = at(&[0x73, 0xc5, 0x88]) + 3;
        assert_eq!(head(&piece()), head(&with(uid, &[7; 8])));
        let rate = at(&[0xb5, 0x88, 0x40, 0xbf, 0x40]) + 2;
        assert_ne!(head(&piece()), head(&with(rate, &[0x41])));
        let first = at(&[0xe7, 0x82]) + 2;
        assert_ne!(head(&piece()), head(&with(first, &[0x27])), "each track begins elsewhere");
    }

    #[test]
    fn half_a_piece_and_more_than_one_are_refused() {
        let whole = piece();
        for length in 0..whole.len() {
            assert_eq!(read(&whole[..length]).unwrap_err().to_string(), "the end is missing", "{length}");
        }
        let error = read(&[&whole[..], &[0]].concat()[..]).unwrap_err();
        assert_eq!(error.to_string(), "something follows the segment");
    }

    #[test]
    fn what_this_reader_does_not_know_is_refused() {
        let block = at(&[0x81, 0, 0, 0x80]);
        let tick = at(&[0x2a, 0xd7, 0xb1, 0x83]) + 4;
        let cluster = at(&[0x1f, 0x43, 0xb6, 0x75]) + 4;
        for (at, to, why) in [
            (block, &[0x83][..], "a block without a track"),
            (block + 3, &[0x82], "a block of several frames"),
            (tick, &[0x1e], "another tick"),
            (cluster, &[0x7f, 0xff], "an unknown length"),
            (cluster, &[0x7f, 0xfe], "an element is longer than what it stands in"),
            (0, &[0], "a number is too long"),
            (3, &[0xa2], "not a Matroska file"),
        ] {
            assert_eq!(read(&with(at, to)[..]).unwrap_err().to_string(), why);
        }
    }
}
