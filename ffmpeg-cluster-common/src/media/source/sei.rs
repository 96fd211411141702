//! The x264 build that made an H.264 film.
//!
//! x264 writes its build into an SEI message before the first frame, and nowhere else.
//! The decoder needs it for every frame, because builds before 151 coded 4:4:4 differently.

/// The UUID of x264's SEI message.
const UUID: [u8; 16] =
    [0xdc, 0x45, 0xe9, 0xbd, 0xe6, 0xd9, 0x48, 0xb7, 0x96, 0x2c, 0xd8, 0x20, 0xd9, 0x23, 0xee, 0xef];
const BEFORE_BUILD: &[u8] = b"x264 - core ";
const BUILD_DIGITS_MAX: usize = 6;

/// The build that the film's first packet names; None if it names none.
pub fn x264_build(packet: &[u8]) -> Option<u32> {
    let message = packet.windows(UUID.len()).position(|part| part == UUID)? + UUID.len();
    let told = packet[message..].strip_prefix(BEFORE_BUILD)?;
    let digits: String = told.iter().take(BUILD_DIGITS_MAX).map(|&byte| char::from(byte)).collect();
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().ok()
}

/// The bytes of ffprobe's `-show_data` dump.
/// Each line has an offset, eight groups of two bytes in hexadecimal, and the same bytes as text.
pub fn bytes_of_dump(dump: &str) -> Vec<u8> {
    let line = |line: &str| -> Vec<u8> {
        let Some((_, rest)) = line.split_once(": ") else { return Vec::new() };
        let groups = rest.get(..39).unwrap_or(rest);
        let digits: Vec<u32> = groups.chars().filter_map(|c| c.to_digit(16)).collect();
        digits.chunks_exact(2).filter_map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect()
    };
    dump.lines().flat_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_build_stands_behind_the_messages_kind() {
        let mut packet = vec![0, 0, 0, 1, 6, 5, 255];
        packet.extend(UUID);
        packet.extend(b"x264 - core 142 r2479 dd79a61 - H.264/MPEG-4 AVC codec");
        assert_eq!(x264_build(&packet), Some(142));
        assert_eq!(x264_build(b"x264 - core 142"), None);
        assert_eq!(x264_build(&packet[..packet.len() - 45]), None);
    }

    #[test]
    fn ffprobes_dump_is_read_back() {
        let dump = "\n00000000: 0000 0001 0605 ffff a9dc 45e9 bde6 d948  ..........E....H\n00000010: b796 2c                                  ..,\n";
        let bytes = bytes_of_dump(dump);
        assert_eq!(bytes[..6], [0, 0, 0, 1, 6, 5]);
        assert_eq!((bytes.len(), bytes[18]), (19, 0x2c));
    }
}
