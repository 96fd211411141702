//! Bytes in lower-case hexadecimal: the form of digests, keys and fingerprints.

use std::fmt::Write as _;

const SHA256_BYTES: usize = 32;

pub fn of(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whether the text is exactly this many bytes, as [`of`] writes them.
pub fn is_of(bytes: usize, text: &str) -> bool {
    text.len() == 2 * bytes && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether the text has the form of a SHA-256.
pub(crate) fn is_sha256(text: &str) -> bool {
    is_of(SHA256_BYTES, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_written_here_is_taken() {
        let digest = of(&[0x0a; 32]);
        assert_eq!(of(&[0, 0x9f, 0xff]), "009fff");
        assert!(is_sha256(&digest) && is_of(2, "00ff") && !is_of(2, "00f"));
        let (longer, capitals, others) =
            (format!("{digest}0"), digest.to_uppercase(), digest.replace('a', "g"));
        for bad in ["", &digest[1..], &longer, &capitals, &others] {
            assert!(!is_sha256(bad), "{bad:?}");
        }
    }
}
