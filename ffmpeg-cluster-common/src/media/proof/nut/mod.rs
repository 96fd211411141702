//! The beginning of a NUT file, its index, which is written last, and what its frames tell.
//! ffmpeg silently reads a file that ends in the middle of a frame,
//! and counts the half frame as one.

pub(super) mod bytes;
mod headers;
mod reader;
mod sets;

use std::io::{BufRead, Result};

use super::packets::Packets;

/// The first bytes of every NUT file.
pub const BEGINS: &[u8] = b"nut/multimedia container\0";
/// The bytes of the index's length and checksum, at the end of the file.
pub const TAIL_BYTES: usize = 12;
/// The first bytes of a syncpoint, which stands before the first frame.
pub const SYNCPOINT_BEGINS: [u8; 8] = [b'N', b'K', 0xe4, 0xad, 0xee, 0xca, 0x45, 0x69];
/// The first bytes of an index.
pub const INDEX_BEGINS: [u8; 8] = [b'N', b'X', 0xdd, 0x67, 0x2f, 0x23, 0xe6, 0x4e];

/// Where the index begins in a file of this length
/// that ends with `tail`; None if that is impossible.
pub fn index_at(length: u64, tail: [u8; TAIL_BYTES]) -> Option<u64> {
    let [a, b, c, d, e, f, g, h, ..] = tail;
    let index = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
    length.checked_sub(index).filter(|_| index >= (INDEX_BEGINS.len() + TAIL_BYTES) as u64)
}

/// What a piece tells without any program.
#[derive(Debug)]
pub struct Piece {
    /// In their order.
    pub streams: Vec<Packets>,
    /// What stands before them, if that alone tells what its streams are, as of H.264 and HEVC whose
    /// frames bring no parameter sets of their own.
    pub head: Option<Vec<u8>>,
}

pub(super) fn read(file: impl BufRead) -> Result<Piece> {
    reader::Reader::begin(file)?.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::Rational;
    use crate::limits::FRAMES_MAX;

    #[test]
    fn the_index_is_found_and_never_outside_the_file() {
        let tail = |length: u64| {
            let mut tail = [0; TAIL_BYTES];
            tail[..8].copy_from_slice(&length.to_be_bytes());
            tail
        };
        assert_eq!(index_at(1000, tail(36)), Some(964));
        assert_eq!(index_at(u64::MAX, tail(0)), None);
        for impossible in [0, 19, 1001, u64::MAX] {
            assert_eq!(index_at(1000, tail(impossible)), None, "{impossible}");
        }
    }

    /// As ffmpeg wrote it: nine frames near each other with B-frames among them, four more after
    /// some minutes.
    fn piece() -> Vec<u8> {
        bytes(include_str!("../../../../tests/outside/piece.hex"))
    }

    /// As ffmpeg wrote it: two rungs of thirty frames, with key frames at 12 and 21.
    fn rungs() -> Vec<u8> {
        bytes(include_str!("../../../../tests/outside/rungs.hex"))
    }

    fn bytes(digits: &str) -> Vec<u8> {
        let digits = digits.replace('\n', "");
        let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
        (0..digits.len()).step_by(2).map(byte).collect()
    }

    #[test]
    fn all_times_of_a_piece_are_read() {
        let [read] = &read(&piece()[..]).unwrap().streams[..] else { panic!("one stream") };
        assert_eq!(read.base, Rational { num: 1, den: 60_000 });
        let near = [2866, 5732, 8598, 10_066, 12_932, 15_798, 17_266, 20_132];
        let far = [8_022_998, 8_024_466, 8_027_332, 8_030_198, 8_031_666];
        assert_eq!(read.times, [&near[..], &far].concat());
        assert_eq!(read.keys, [2866, 8_031_666]);
    }

    #[test]
    fn every_stream_has_its_own_packets() {
        let read = read(&rungs()[..]).unwrap();
        let ticks = |frame: i64| (if frame > 20 { frame + 42 } else { frame }) * 2048;
        assert_eq!(read.streams.len(), 2);
        for stream in read.streams {
            assert_eq!(stream.times, (0..30).map(ticks).collect::<Vec<_>>());
            assert_eq!(stream.keys, [0, 12, 21].map(ticks));
        }
    }

    #[test]
    fn half_a_piece_and_more_than_one_are_refused() {
        let whole = piece();
        for length in 0..whole.len() {
            let error = read(&whole[..length]).unwrap_err();
            assert_eq!(error.to_string(), "the end is missing", "{length}");
        }
        let error = read(&[&whole[..], &[0]].concat()[..]).unwrap_err();
        assert_eq!(error.to_string(), "something follows the index");
    }

    #[test]
    fn changed_headers_are_refused() {
        let whole = piece();
        let headers = whole.windows(8).position(|some| some[..2] == *b"NI").unwrap();
        for at in 0..headers {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            assert!(read(&changed[..]).is_err(), "{at}");
        }
    }

    #[test]
    fn frames_without_an_end_are_bounded() {
        let whole = piece();
        let frames = whole.windows(8).position(|some| some[..2] == *b"NK").unwrap();
        // A frame of no bytes, one tick after the one before.
        let many = [1, 0].repeat(FRAMES_MAX as usize + 1);
        let error = read(std::io::Read::chain(&whole[..frames], &many[..])).unwrap_err();
        assert_eq!(error.to_string(), "too many frames");
    }
}
