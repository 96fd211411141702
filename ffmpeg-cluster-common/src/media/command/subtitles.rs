//! The run that writes the text subtitles of a film as WebVTT, for a stream.

use std::path::PathBuf;

use super::{Command, Input, Line, Side, text};
use crate::media::command::join::seconds;
use crate::media::params::Span;
use crate::media::source::Source;
use crate::media::source::guard::Guard;

/// No film has so much text.
pub const TEXT_BYTES_MAX: u64 = 64 << 20;
/// See the join: what lies before the wanted part is left out.
const NOTHING_BEFORE_ZERO: &str = "noise=drop=lt(pts\\,0)";

/// A stream of the film, and the file that its text is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextFile {
    /// Its number in the film.
    pub stream: u32,
    pub path: PathBuf,
}

#[derive(Debug, Clone, Copy)]
pub struct Subtitles<'a> {
    pub film: &'a Input,
    pub source: &'a Source,
    pub guard: &'a Guard,
    /// The wanted part, which begins at zero.
    pub span: Span,
    pub files: &'a [TextFile],
}

impl Subtitles<'_> {
    pub fn command(&self) -> Command {
        let mut line = Line::writing();
        if self.span.start_us > 0 {
            line.option("-itsoffset", seconds(-self.span.start_us));
        }
        line.input(self.guard, &self.film.name());
        for file in self.files {
            line.map(0, file.stream).say("-c:s webvtt -map_metadata -1");
            if self.span.start_us > 0 {
                line.option("-bsf:s", NOTHING_BEFORE_ZERO);
            }
            if let Some(us) = self.span.length_us {
                line.option("-t", format!("{us}us"));
            }
            line.say("-f webvtt").output(&text(&file.path));
        }
        // The times of some formats count from the streams that are in use.
        if self.source.counts_from_used_streams() {
            line.map(0, "V?").map(0, "a?").say("-c copy -f null -");
        }
        let run = Command::ffmpeg(Side::Server, line.finish()).opens(self.film);
        self.files.iter().fold(run, |run, file| run.writes(&file.path, TEXT_BYTES_MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::sample::film;

    #[test]
    fn each_text_is_a_file_on_the_clock_of_the_wanted_part() {
        let files = [3, 4].map(|stream| TextFile { stream, path: format!("/w/{stream}.vtt").into() });
        let told = |span: Span| {
            let (film, guard) = (Input::File("/f.mkv".into()), Guard::new("matroska", String::new()));
            let source = self::film();
            let run =
                Subtitles { film: &film, source: &source, guard: &guard, span, files: &files }.command();
            assert_eq!(run.writes.len(), 2);
            run.line()
        };
        let whole = told(Span::default());
        assert!(!whole.contains("-itsoffset") && !whole.contains(" -t "), "{whole}");
        let each = "-c:s webvtt -map_metadata -1 -f webvtt file:/w";
        assert!(whole.ends_with(&format!("-map 0:3 {each}/3.vtt -map 0:4 {each}/4.vtt")), "{whole}");
        let part = told(Span { start_us: 1_500_000, length_us: Some(2_000_000), ..Span::default() });
        assert!(
            part.contains("-itsoffset -1.500000 ") && part.matches("-t 2000000us").count() == 2,
            "{part}"
        );
        assert_eq!(part.matches("-bsf:s noise").count(), 2, "{part}");
    }
}
