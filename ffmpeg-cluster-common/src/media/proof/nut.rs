//! The beginning of a NUT file, and its index, which is written last.
//! ffmpeg silently reads a file that ends in the middle of a frame,
//! and counts the half frame as one.

/// The first bytes of every NUT file.
pub const BEGINS: &[u8] = b"nut/multimedia container\0";
/// The bytes of the index's length and checksum, at the end of the file.
pub const TAIL_BYTES: usize = 12;
/// The first bytes of an index.
pub const INDEX_BEGINS: [u8; 8] = [b'N', b'X', 0xdd, 0x67, 0x2f, 0x23, 0xe6, 0x4e];

/// Where the index begins in a file of this length
/// that ends with `tail`; None if that is impossible.
pub fn index_at(length: u64, tail: [u8; TAIL_BYTES]) -> Option<u64> {
    let [a, b, c, d, e, f, g, h, ..] = tail;
    let index = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
    length.checked_sub(index).filter(|_| index >= (INDEX_BEGINS.len() + TAIL_BYTES) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
