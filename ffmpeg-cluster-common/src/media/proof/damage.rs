//! Where a source does not decode cleanly: the decoder's complaints and their times.

use crate::frames::{FrameRange, Rational};
use crate::media::plan::piece::Findings;
use crate::media::plan::timeline::Timeline;
use crate::media::plan::witness::Lead;

/// The most places that are listed; the rest are only counted.
const PLACES_MAX: usize = 20;

/// Complaints of one decoding run, each with the time of the last frame before it.
#[derive(Debug, Default)]
pub struct Places {
    /// Keeps only complaints between these times of the source, in microseconds.
    wanted: Option<(i64, i64)>,
    first_us: Option<i64>,
    last_us: Option<i64>,
    /// A place without a time lies before the first frame.
    places: Vec<(Option<i64>, String)>,
    more: usize,
}

impl Places {
    pub fn between(from_us: i64, to_us: i64) -> Self {
        Self { wanted: Some((from_us, to_us)), ..Self::default() }
    }

    /// Notes that the decoder returned a frame.
    pub fn frame(&mut self, base: Rational, time: i64) {
        let us = base.micros(time);
        if self.first_us.is_none() && !self.is_wanted(us) {
            self.places.clear();
            self.more = 0;
        }
        self.first_us.get_or_insert(us);
        self.last_us = Some(us);
    }

    pub fn complaint(&mut self, line: &str) {
        if line.trim().is_empty() || self.last_us.is_some_and(|us| !self.is_wanted(us)) {
            return;
        }
        if self.places.len() < PLACES_MAX {
            self.places.push((self.last_us, plain(line)));
        } else {
            self.more += 1;
        }
    }

    fn is_wanted(&self, us: i64) -> bool {
        self.wanted.is_none_or(|(from, to)| (from..=to).contains(&us))
    }

    /// One sentence for each place, with its time from the film's first frame;
    /// empty if there are none.
    pub fn sentences(self) -> Vec<String> {
        let first_us = self.first_us.unwrap_or(0);
        let about = |(us, line): (Option<i64>, String)| {
            format!("about {}: {line}", seconds(us.map_or(0, |us| us - first_us)))
        };
        let more = (self.more > 0).then(|| format!("and {} more complaints", self.more));
        self.places.into_iter().map(about).chain(more).collect()
    }
}

/// The lines of an encoding run's error stream that report a damaged source,
/// without those of the encoder.
/// A decoder that starts in the middle of a film lacks
/// references for its first pictures, which is no damage.
pub fn complaints(lines: &[String], encoder: &str, from_the_middle: bool) -> Vec<String> {
    const OF_THE_BEGINNING: &[&str] = &[
        "Missing reference",
        "mmco:",
        "co located POCs",
        "reference picture missing",
        "Could not find ref",
        "no keyframe",
        "non-existing",
        "no frame",
        "decode_slice_header error",
        "Frame num",
        "short term buffer",
        "reference frames",
        "reference count",
        "Skipping invalid undecodable NALU",
        "Last message repeated",
    ];
    let of_source = |line: &&String| {
        line.starts_with('[')
            && !line.starts_with(&format!("[{encoder} "))
            && !(from_the_middle && OF_THE_BEGINNING.iter().any(|words| line.contains(words)))
    };
    lines.iter().filter(of_source).cloned().collect()
}

/// What one of these decoders (names separated by commas) complains about in a result;
/// None without complaints.
pub fn of_result(lines: &[String], decoders: &str, from_the_middle: bool) -> Option<String> {
    let all = complaints(lines, "", from_the_middle);
    let by = |line: &String, name: &str| line.starts_with(&format!("[{name} @"));
    let first = all.iter().find(|line| decoders.split(',').any(|name| by(line, name)))?;
    Some(plain(first))
}

/// One sentence about the complaints of the client's decoder; None without complaints.
pub fn of_piece(timeline: &Timeline, range: FrameRange, findings: &Findings) -> Option<String> {
    let complaints = &findings.complaints;
    let (first, last) = (complaints.first()?, timeline.time_us(range.end - 1));
    let more = complaints.len() - 1;
    let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
    // A decoder that started with the film may have complained at any time since.
    let start = if findings.lead == Lead::Beginning { 0 } else { range.start };
    let from = seconds(timeline.time_us(start));
    Some(format!("between {from} and {}: {}{more}", seconds(last), plain(first)))
}

fn seconds(us: i64) -> String {
    format!("{:.3} s", us as f64 / 1e6)
}

/// Removes the memory addresses that ffmpeg adds.
fn plain(line: &str) -> String {
    let Some((before, rest)) = line.split_once(" @ 0x") else { return line.trim().to_owned() };
    let after = rest.trim_start_matches(|c: char| c.is_ascii_hexdigit());
    format!("{before}{after}").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::plan::timeline::tests::plain as timeline;
    use crate::media::source::index::tests::regular;

    #[test]
    fn complaints_are_told_with_their_place() {
        let mut places = Places::default();
        let base = Rational { num: 1, den: 1000 };
        places.frame(base, 1400);
        places.frame(base, 4400);
        places.complaint("[h264 @ 0x55c1112de900] error while decoding MB 5 6, bytestream -12");
        places.frame(base, 4440);
        (0..30).for_each(|_| places.complaint("concealing 12 errors"));
        let all = places.sentences();
        assert_eq!(all[0], "about 3.000 s: [h264] error while decoding MB 5 6, bytestream -12");
        assert_eq!((all.len(), all[20].as_str()), (21, "and 11 more complaints"));
        assert!(Places::default().sentences().is_empty());
    }

    /// `verify: full` said that 750 of 750 frames were proved for a result with a damaged picture.
    #[test]
    fn a_decoder_that_complains_of_our_own_result_is_heard() {
        let said = |lines: &[&str], from_the_middle: bool| {
            let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
            of_result(&lines, "h264,h264_v4l2m2m", from_the_middle)
        };
        let bad = "[h264 @ 0x5565901d] error while decoding MB 3 4, bytestream -7";
        assert_eq!(said(&[bad], true).as_deref(), Some("[h264] error while decoding MB 3 4, bytestream -7"));
        let beginning = "[h264 @ 0x5565901d] mmco: unref short failure";
        assert_eq!(said(&[beginning], true), None, "it began in the middle");
        assert!(said(&[beginning], false).is_some());
        assert_eq!(
            said(&["[framecrc @ 0x55] invalid dts", "[swscaler @ 0x55] no accelerated", "x"], false),
            None
        );
    }

    #[test]
    fn only_what_a_part_holds_is_told_of_it() {
        let mut places = Places::between(3_000_000, 5_000_000);
        places.complaint("before the first frame");
        for second in 0..10 {
            places.frame(Rational { num: 1, den: 1 }, second);
            // More than are listed, which would crowd out those of the part.
            let many = if (3..=5).contains(&second) { 1 } else { 2 * PLACES_MAX };
            (0..many).for_each(|_| places.complaint(&second.to_string()));
        }
        let all = places.sentences();
        assert_eq!(all, ["about 3.000 s: 3", "about 4.000 s: 4", "about 5.000 s: 5"]);
    }

    #[test]
    fn what_encoders_say_and_what_a_beginning_lacks_is_no_damage() {
        let lines = [
            "x265 [info]: HEVC encoder version 3.5",
            "[libx264 @ 0x1] using cpu capabilities",
            "[h264 @ 0x2] Missing reference picture, default is 0",
            "[h264 @ 0x2] error while decoding MB 5 6, bytestream -12",
        ]
        .map(str::to_owned);
        assert_eq!(complaints(&lines, "libx264", true), lines[3..]);
        assert_eq!(complaints(&lines, "libx264", false), lines[2..]);
    }

    #[test]
    fn a_piece_is_a_place_too() {
        let timeline = timeline(regular(100, 10));
        let complaints = vec!["[h264 @ 0x1f] bad".to_owned(), "[h264 @ 0x1f] worse".to_owned()];
        let said = Findings { complaints, ..Findings::default() };
        let range = FrameRange::new(25, 50);
        let sentence = of_piece(&timeline, range, &said).unwrap();
        assert_eq!(sentence, "between 1.000 s and 1.960 s: [h264] bad (and 1 more)");
        assert_eq!(of_piece(&timeline, range, &Findings::default()), None);
        let from_the_beginning = Findings { lead: Lead::Beginning, ..said };
        let sentence = of_piece(&timeline, range, &from_the_beginning).unwrap();
        assert!(sentence.starts_with("between 0.000 s and 1.960 s: "), "{sentence}");
    }
}
