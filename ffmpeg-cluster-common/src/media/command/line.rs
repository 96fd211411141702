//! The one builder of ffmpeg's and ffprobe's arguments.
//!
//! It keeps every run quiet, and puts a guard before every input.
//! No shell reads the arguments: each reaches the program as it is.

use std::fmt::Display;

use crate::frames::Rational;
use crate::media::source::guard::{Guard, InputProtocol};

/// The arguments of one run, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line(Vec<String>);

impl Line {
    /// For ffprobe: prints its answer, and errors.
    pub(crate) fn asking() -> Self {
        Self::default().with("-v error")
    }

    /// For ffmpeg: prints a list on standard output, and errors.
    pub(crate) fn listing() -> Self {
        Self::default().with("-nostdin -v error")
    }

    /// For ffmpeg: writes a file, overwriting an existing one, and prints errors.
    pub fn writing() -> Self {
        Self::default().with("-nostdin -hide_banner -v error -y")
    }

    /// The same, with progress on standard output.
    pub(crate) fn watched() -> Self {
        Self::default().with("-nostdin -hide_banner -v error -nostats -progress pipe:1 -y")
    }

    /// The same, with warnings, which are examined after a join.
    pub(crate) fn joining() -> Self {
        Self::default().with("-nostdin -hide_banner -v warning -y -progress pipe:1 -nostats")
    }

    fn with(mut self, words: &str) -> Self {
        self.say(words);
        self
    }

    /// Adds arguments of our own, separated by spaces.
    pub(crate) fn say(&mut self, words: &str) -> &mut Self {
        self.all(words.split_whitespace())
    }

    /// Adds one argument, whatever it contains.
    pub(crate) fn word(&mut self, word: impl Into<String>) -> &mut Self {
        self.0.push(word.into());
        self
    }

    pub(crate) fn all<W: Into<String>>(&mut self, words: impl IntoIterator<Item = W>) -> &mut Self {
        self.0.extend(words.into_iter().map(Into::into));
        self
    }

    pub(crate) fn option(&mut self, name: impl Into<String>, value: impl Display) -> &mut Self {
        self.word(name).word(value.to_string())
    }

    /// Starts reading near the key frame at this time, or at the beginning for None.
    /// Times stay unchanged.
    pub(crate) fn seek(&mut self, micros: Option<i64>) -> &mut Self {
        self.say("-copyts");
        match micros {
            // Half a millisecond late, because rounding must never select the key frame before.
            Some(micros) if micros >= 0 => {
                let at = micros + 500;
                let seconds = format!("{}.{:06}", at / 1_000_000, at % 1_000_000);
                self.say("-seek_timestamp 1 -noaccurate_seek").option("-ss", seconds)
            }
            Some(_) | None => self,
        }
    }

    /// The file that ffprobe examines.
    pub(crate) fn asked(&mut self, path: &str) -> &mut Self {
        self.word(file(path))
    }

    /// An input file after its guard; its other options must come before.
    pub fn input(&mut self, guard: &Guard, path: &str) -> &mut Self {
        self.all(guard.words(InputProtocol::File)).option("-i", file(path))
    }

    /// Maps a stream of this input, by its number or a specifier.
    pub(crate) fn map(&mut self, input: usize, stream: impl Display) -> &mut Self {
        self.option("-map", format!("{input}:{stream}"))
    }

    /// The time base of an encoder.
    pub(crate) fn time_base(&mut self, base: Rational) -> &mut Self {
        self.option("-enc_time_base", format!("{}:{}", base.num, base.den))
    }

    pub(crate) fn output(&mut self, path: &str) -> &mut Self {
        self.word(file(path))
    }

    pub fn finish(&mut self) -> Vec<String> {
        std::mem::take(&mut self.0)
    }
}

/// Makes ffmpeg treat a path as a file, never as a protocol.
pub(crate) fn file(path: &str) -> String {
    format!("file:{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_blanks_is_one_word_and_a_guard_stands_before_it() {
        let guard = Guard::new("nut", String::new());
        let line =
            Line::writing().input(&guard, "/w/a b.nut").map(0, "v:0").say("-c copy").output("-x").finish();
        assert_eq!(line[..5], ["-nostdin", "-hide_banner", "-v", "error", "-y"]);
        assert_eq!(line[5..line.len() - 7], guard.words(InputProtocol::File));
        assert_eq!(
            line[line.len() - 7..],
            ["-i", "file:/w/a b.nut", "-map", "0:v:0", "-c", "copy", "file:-x"]
        );
    }

    #[test]
    fn a_seek_lands_behind_its_key_frame() {
        let to = |micros| Line::default().seek(micros).finish().join(" ");
        assert_eq!(to(Some(2_000_000)), "-copyts -seek_timestamp 1 -noaccurate_seek -ss 2.000500");
        assert_eq!((to(None), to(Some(-1))), ("-copyts".to_owned(), "-copyts".to_owned()));
    }
}
