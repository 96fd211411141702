//! ffmpeg's list of pieces (concat).

/// A piece's file, and the time of its first frame on the film's clock that starts at zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPiece {
    pub path: String,
    pub start_us: i64,
}

/// The ordered list of pieces for the concat demuxer.
/// Each length is a difference of absolute times, so rounding does not accumulate; the last piece needs none.
/// Returns None if a path holds a line break, which the list can't express.
pub fn list_text(pieces: &[ListedPiece]) -> Option<String> {
    let mut text = String::from("ffconcat version 1.0\n");
    for (n, piece) in pieces.iter().enumerate() {
        if piece.path.contains(['\n', '\r', '\0']) {
            return None;
        }
        text.push_str(&format!("file 'file:{}'\n", piece.path.replace('\'', r"'\''")));
        if let Some(next) = pieces.get(n + 1) {
            text.push_str(&format!("duration {}\n", seconds(next.start_us - piece.start_us)));
        }
    }
    Some(text)
}

/// Microseconds in ffmpeg's notation of seconds.
pub(in crate::media::command) fn seconds(us: i64) -> String {
    let sign = if us < 0 { "-" } else { "" };
    let us = us.unsigned_abs();
    format!("{sign}{}.{:06}", us / 1_000_000, us % 1_000_000)
}
