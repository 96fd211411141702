//! What one run of ffmpeg says of the colours of a result whose filters or format may change them. NUT, in which pieces rest, forgets it;
//! so trial frames are written to Matroska, too, and asked.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use serde::{Deserialize, Serialize};

/// In ffprobe's words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Looks {
    pub color_range: Option<String>,
    pub color_space: Option<String>,
    pub color_transfer: Option<String>,
    pub color_primaries: Option<String>,
    pub chroma_location: Option<String>,
}

const ASKED: &str = "-v error -select_streams v:0 -show_entries stream=color_range,color_space,color_transfer,color_primaries,\
     chroma_location -of default=noprint_wrappers=1";

/// Longer words are none of ffprobe's.
const WORD_MAX: usize = 40;

/// For ffprobe.
pub fn looks_arguments(file: &str) -> Vec<String> {
    ASKED.split(' ').map(str::to_owned).chain([format!("file:{file}")]).collect()
}

impl Looks {
    /// Takes a line of [`looks_arguments`].
    pub fn line(&mut self, line: &str) {
        let Some((name, value)) = line.trim().split_once('=') else { return };
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let said = !matches!(value, "" | "unknown" | "unspecified" | "N/A" | "reserved");
        if !said || value.len() > WORD_MAX || !value.chars().all(is_word) {
            return;
        }
        let place = match name {
            "color_range" => &mut self.color_range,
            "color_space" => &mut self.color_space,
            "color_transfer" => &mut self.color_transfer,
            "color_primaries" => &mut self.color_primaries,
            "chroma_location" => &mut self.chroma_location,
            _ => return,
        };
        *place = Some(value.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_ffprobe_are_taken_and_nothing_else() {
        let mut looks = Looks::default();
        for line in ["color_range=pc", "color_space=unknown", "color_transfer=smpte2084", "pix_fmt=gray", "x"]
        {
            looks.line(line);
        }
        looks.line("color_primaries=bt709 -y /etc/passwd");
        let want = Looks {
            color_range: Some("pc".into()),
            color_transfer: Some("smpte2084".into()),
            ..Looks::default()
        };
        assert_eq!(looks, want);
    }
}
