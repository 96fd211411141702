//! Where a source does not decode cleanly: the decoder's complaints and their times.

use crate::frames::FrameRange;
use crate::media::command::list::{Heard, Marks};
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
    marks: Marks,
    /// The last frame that the decoder returned.
    latest: Option<usize>,
    /// Complaints after frames whose times are not known yet: the list of frames comes through another pipe.
    unplaced: Vec<(Option<usize>, String)>,
    first_us: Option<i64>,
    /// A place without a time lies before the first frame.
    places: Vec<(Option<i64>, String)>,
    more: usize,
}

impl Places {
    pub fn between(from_us: i64, to_us: i64) -> Self {
        Self { wanted: Some((from_us, to_us)), ..Self::default() }
    }

    /// Reads a line of the error stream. `time_us` tells the time of a frame, if it is known.
    pub fn line(&mut self, line: &str, time_us: impl Fn(usize) -> Option<i64>) {
        match self.marks.line(line) {
            Heard::Frame(number) => self.latest = Some(number),
            Heard::Complaint(line) => self.unplaced.push((self.latest, plain(&line))),
            Heard::Nothing => {}
        }
        self.settle(time_us);
    }

    /// Places the complaints after frames whose times have become known.
    fn settle(&mut self, time_us: impl Fn(usize) -> Option<i64>) {
        self.first_us = self.first_us.or_else(|| time_us(0));
        let Some(first_us) = self.first_us else { return };
        for (after, line) in std::mem::take(&mut self.unplaced) {
            let known_us = after.map_or(Some(first_us), &time_us);
            match known_us {
                Some(us) if self.is_wanted(us) => self.place(after.map(|_| us), line),
                Some(_) => {}
                None => self.unplaced.push((after, line)),
            }
        }
    }

    fn place(&mut self, us: Option<i64>, line: String) {
        if self.places.len() < PLACES_MAX {
            self.places.push((us, line));
        } else {
            self.more += 1;
        }
    }

    fn is_wanted(&self, us: i64) -> bool {
        self.wanted.is_none_or(|(from, to)| (from..=to).contains(&us))
    }

    /// One sentence for each place, with its time from the film's first frame;
    /// empty if there are none.
    pub fn sentences(mut self, time_us: impl Fn(usize) -> Option<i64>) -> Vec<String> {
        self.settle(time_us);
        // Without any frame, or after a frame that was never listed.
        for (_, line) in std::mem::take(&mut self.unplaced) {
            self.place(None, line);
        }
        let first_us = self.first_us.unwrap_or(0);
        let about = |(us, line): (Option<i64>, String)| {
            format!("about {}: {line}", seconds(us.map_or(0, |us| us - first_us)))
        };
        let more = (self.more > 0).then(|| format!("and {} more complaints", self.more));
        self.places.into_iter().map(about).chain(more).collect()
    }
}

/// The last lines of a run without the marks between its complaints.
pub fn without_marks(tail: Vec<String>) -> Vec<String> {
    let mut marks = Marks::default();
    let complaint = |line: String| match marks.line(&line) {
        Heard::Complaint(line) => Some(line),
        Heard::Frame(_) | Heard::Nothing => None,
    };
    tail.into_iter().filter_map(complaint).collect()
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

    /// Frames that are a second apart and begin at 1.4 s.
    fn at(frame: usize) -> Option<i64> {
        Some(1_400_000 + frame as i64 * 1_000_000)
    }

    /// Reads a line at the end of a run.
    fn heard(places: &mut Places, line: &str) {
        places.line(line, at);
    }

    #[test]
    fn complaints_are_told_with_their_place() {
        let mut places = Places::default();
        heard(&mut places, "frame:3    pts:4400    pts_time:4.4");
        heard(&mut places, "marked=1");
        heard(&mut places, "[h264 @ 0x55c1112de900] error while decoding MB 5 6, bytestream -12");
        heard(&mut places, "frame:4    pts:5400    pts_time:5.4");
        (0..30).for_each(|_| heard(&mut places, "concealing 12 errors"));
        let all = places.sentences(at);
        assert_eq!(all[0], "about 3.000 s: [h264] error while decoding MB 5 6, bytestream -12");
        assert_eq!((all.len(), all[20].as_str()), (21, "and 11 more complaints"));
        assert!(Places::default().sentences(at).is_empty());
    }

    /// A busy server read the list of frames first, and told the film's end as the place of damage.
    #[test]
    fn the_place_is_right_whichever_pipe_is_read_first() {
        let frames = |known: usize| move |frame: usize| (frame < known).then_some(frame as i64 * 1_000_000);
        for known in [0, 1, 9] {
            let mut places = Places::default();
            for line in [
                "[h264] before",
                "frame:0  pts:0",
                "marked=1",
                "frame:1  pts:9",
                "[h264] after",
                "frame:2  pts:18",
            ] {
                places.line(line, frames(known));
            }
            assert_eq!(
                places.sentences(frames(9)),
                ["about 0.000 s: [h264] before", "about 1.000 s: [h264] after"]
            );
        }
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
        let mut heard = |line: &str| places.line(line, |frame| Some(frame as i64 * 1_000_000));
        heard("before the first frame");
        for second in 0..10 {
            heard(&format!("frame:{second}  pts:{second}"));
            // More than are listed, which would crowd out those of the part.
            let many = if (3..=5).contains(&second) { 1 } else { 2 * PLACES_MAX };
            (0..many).for_each(|_| heard(&second.to_string()));
        }
        let all = places.sentences(|frame| Some(frame as i64 * 1_000_000));
        assert_eq!(all, ["about 3.000 s: 3", "about 4.000 s: 4", "about 5.000 s: 5"]);
    }

    /// ffmpeg writes who complains, and then why; the filter's mark came between.
    #[test]
    fn a_complaint_that_a_mark_cuts_in_two_is_one() {
        let mut places = Places::default();
        for line in [
            "frame:6  pts:1",
            "marked=1",
            "[h264 @ 0x1] frame:7    pts:3",
            "marked=1",
            "bad",
            "[h264 @ 0x1] marked=1",
            "worse",
        ] {
            heard(&mut places, line);
        }
        assert_eq!(places.sentences(at), ["about 7.000 s: [h264] bad", "about 7.000 s: [h264] worse"]);
    }

    #[test]
    fn the_last_words_of_a_run_are_no_marks() {
        let tail = ["[h264 @ 0x1] frame:7    pts:3", "marked=1", "bad", ""].map(str::to_owned);
        assert_eq!(without_marks(tail.to_vec()), ["[h264 @ 0x1] bad"]);
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
