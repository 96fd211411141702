//! Subtitles as WebVTT: read as ffmpeg writes them, and cut where the media segments of the pictures begin.

use std::fmt;

use super::segments::MediaSegments;

const BEGINS: &str = "WEBVTT";
const ARROW: &str = "-->";
/// The clock of the pictures and that of the subtitles begin together.
const CLOCK: &str = "X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000";

/// A text, and when it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    begins_ms: u64,
    ends_ms: u64,
    /// Where it stands in the picture, as WebVTT says it; often empty.
    place: String,
    lines: Vec<String>,
}

/// All that is ever shown, in the order of the text.
pub fn read(text: &str) -> Result<Vec<Cue>, String> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
    if !text.starts_with(BEGINS) {
        return Err("it does not begin as WebVTT does".into());
    }
    Ok(text.split("\n\n").filter_map(Cue::read).filter(|cue| cue.begins_ms < cue.ends_ms).collect())
}

/// The whole text.
pub fn whole(cues: &[Cue]) -> String {
    cues.iter().fold(format!("{BEGINS}\n"), |text, cue| text + &cue.to_string())
}

/// The cues that are shown while one media segment is. A cue that reaches over the end stands in the next one, too.
pub fn part(cues: &[Cue], segments: &MediaSegments, number: usize) -> String {
    let shown = cues.iter().filter(|cue| is_within(cue, segments, number));
    shown.fold(format!("{BEGINS}\n{CLOCK}\n"), |text, cue| text + &cue.to_string())
}

/// What is shown before the first picture, or after the last one, belongs to theirs.
fn is_within(cue: &Cue, segments: &MediaSegments, number: usize) -> bool {
    let (first, last) = (number == 0, number + 1 == segments.count());
    let begins_us = |number| segments.micros(segments.begins(number));
    let us = |ms: u64| ms.saturating_mul(1000).min(i64::MAX as u64).cast_signed();
    (last || us(cue.begins_ms) < begins_us(number + 1)) && (first || us(cue.ends_ms) > begins_us(number))
}

/// The name of a part's file.
pub fn part_name(number: usize) -> String {
    format!("{number:05}.vtt")
}

impl Cue {
    /// None of a comment, a style, or what is no cue.
    fn read(block: &str) -> Option<Self> {
        let mut lines = block.lines().skip_while(|line| !line.contains(ARROW));
        let (begins, rest) = lines.next()?.split_once(ARROW)?;
        let (ends, place) = rest.trim().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
        Some(Self {
            begins_ms: moment(begins.trim())?,
            ends_ms: moment(ends)?,
            place: place.trim().to_owned(),
            // Players end a cue at a line with an arrow.
            lines: lines.take_while(|line| !line.contains(ARROW)).map(str::to_owned).collect(),
        })
    }
}

/// `01:02.003`, with hours before it or without.
fn moment(text: &str) -> Option<u64> {
    let digits = |text: &str, most: usize| {
        let fits = (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| text.parse::<u64>().ok()).flatten()
    };
    let (clock, ms) = text.split_once('.').filter(|(_, ms)| ms.len() == 3)?;
    let mut parts = clock.rsplitn(3, ':');
    let (seconds, minutes) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let hours = parts.next().map_or(Some(0), |hours| digits(hours, 9))?;
    Some(((hours * 60 + minutes) * 60 + seconds) * 1000 + digits(ms, 3)?)
}

struct Moment(u64);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ms, seconds) = (self.0 % 1000, self.0 / 1000);
        write!(f, "{:02}:{:02}:{:02}.{ms:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    }
}

impl fmt::Display for Cue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{} {ARROW} {}", Moment(self.begins_ms), Moment(self.ends_ms))?;
        let space = if self.place.is_empty() { "" } else { " " };
        writeln!(f, "{space}{}", self.place)?;
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::frames::{FrameTimes, Rational};
    use crate::time::Millis;

    const TOLD: &str = "WEBVTT\n\nNOTE a comment\n\n00:01.000 --> 00:02.500\nOne\n<i>two</i>\n\n\
        id\n00:04.900 --> 00:00:05.100 line:0\nacross\n\n00:07.000 --> 00:07.000\nnever shown\n\n\
        01:00:00.000 --> 01:00:01.000\nbehind the film\n";

    /// Ten seconds in media segments of five, the first picture at 0.04 s.
    fn segments() -> MediaSegments {
        let times = FrameTimes { base: Rational { num: 1, den: 25 }, ticks: (1..251).collect() };
        MediaSegments::of_pictures(&times, 1, Millis::secs(5)).unwrap()
    }

    #[test]
    fn a_cue_stands_in_each_part_in_which_it_is_shown() {
        let cues = read(TOLD).unwrap();
        let begins = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n";
        let one = "\n00:00:01.000 --> 00:00:02.500\nOne\n<i>two</i>\n";
        let across = "\n00:00:04.900 --> 00:00:05.100 line:0\nacross\n";
        let behind = "\n01:00:00.000 --> 01:00:01.000\nbehind the film\n";
        assert_eq!(part(&cues, &segments(), 0), format!("{begins}{one}{across}"));
        assert_eq!(part(&cues, &segments(), 1), format!("{begins}{across}{behind}"));
        assert_eq!(whole(&cues), format!("WEBVTT\n{one}{across}{behind}"));
    }

    #[test]
    fn a_cue_that_ends_with_a_part_is_not_in_the_next_one() {
        let cues = read("WEBVTT\n\n00:05.000 --> 00:05.040\na\n\n00:05.040 --> 00:06.000\nb\n").unwrap();
        let told = [0, 1].map(|number| part(&cues, &segments(), number));
        assert_eq!(
            told.map(|text| (text.contains("\na\n"), text.contains("\nb\n"))),
            [(true, false), (false, true)]
        );
    }

    #[test]
    fn what_is_no_cue_is_passed_over() {
        assert!(read("1\n00:00:01,000 --> 00:00:02,000\nSubRip\n").is_err());
        for bad in
            ["00:01 --> 00:02.000", "0:0:0:1.000 --> 00:02.000", "x --> y", "-->", "00:01.000 -> 00:02.000"]
        {
            assert_eq!(read(&format!("WEBVTT\n\n{bad}\ntext\n")), Ok(Vec::new()), "{bad}");
        }
        let twice =
            read("WEBVTT\r\n\r\n00:01.000 --> 00:02.000\r\na\r\n00:03.000 --> 00:04.000\r\nb\r\n").unwrap();
        assert_eq!((twice.len(), twice[0].lines.as_slice()), (1, ["a".to_owned()].as_slice()));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(all in prop::collection::vec((0_u64..1 << 40, 1_u64..1 << 20, "[a-z<>&é ]{1,9}"), 0..9)) {
            let cue = |(begins_ms, length, line): (u64, u64, String)| Cue {
                begins_ms, ends_ms: begins_ms + length, place: String::new(), lines: vec![format!("x{line}")],
            };
            let cues: Vec<Cue> = all.into_iter().map(cue).collect();
            prop_assert_eq!(read(&whole(&cues)), Ok(cues));
        }

        #[test]
        fn whatever_is_read_is_read_again(text in "WEBVTT[ -~\n]{0,200}") {
            let cues = read(&text).unwrap();
            prop_assert_eq!(read(&whole(&cues)), Ok(cues));
        }
    }
}
