//! Counts the frames of a film when only its filters determine them.
//! The server runs the filters without an encoder, and compares the result with the counted frames.

use crate::fault::{Fault, FaultCode};
use crate::frames::{FrameRange, Rational};
use crate::limits::FRAMES_MAX;
use crate::media::command::encode::{in_part, picture_work};
use crate::media::params::Profile;
use crate::media::plan::timeline::Timeline;
use crate::media::plan::work::PictureWork;
use crate::media::source::Source;

/// The time base in which the run prints times.
pub const TIME_BASE: Rational = Rational::MICROS;

/// Returns the work to count, or None if the timeline already knows the frames.
pub fn work(source: &Source, timeline: &Timeline, profile: &Profile) -> Option<PictureWork> {
    if !timeline.is_own() {
        return None;
    }
    picture_work(source, timeline, profile, FrameRange::new(0, timeline.frames()))
}

/// Decodes and filters from the film's beginning, and prints the time of each frame.
/// Only the times matter, so the pictures are scaled to a tiny size.
/// Flushes each line as a whole, because `-progress` writes to the same output.
pub(crate) fn arguments(work: &PictureWork, input: &[String]) -> Vec<String> {
    let (mut line, filters) = in_part(work, input);
    line.map(0, work.stream).say("-an -sn -dn");
    line.option("-vf", format!("{filters},scale=16:16:flags=neighbor"));
    line.say("-fps_mode passthrough").time_base(TIME_BASE).say("-flush_packets 1 -f framecrc -").finish()
}

/// Reads the output of [`arguments`].
#[derive(Debug, Default)]
pub struct Counter {
    times: Vec<i64>,
}

impl Counter {
    /// Reads `stream, dts, pts, duration, size, checksum`; skips comments and lines of `-progress`.
    pub fn line(&mut self, line: &str) {
        if !line.starts_with('#') && !self.is_beyond() {
            self.times.extend(line.split(',').nth(2).and_then(|pts| pts.trim().parse::<i64>().ok()));
        }
    }
    /// Whether there are more frames than a film may have; counting on is then pointless.
    pub fn is_beyond(&self) -> bool {
        self.times.len() as u64 > FRAMES_MAX
    }
    pub fn finish(self) -> Result<Vec<i64>, Fault> {
        if self.is_beyond() {
            let message = format!("the filters make more than {FRAMES_MAX} frames");
            return Err(Fault::new(FaultCode::OverBound, message));
        }
        if self.times.is_empty() {
            return Err(Fault::new(FaultCode::ProofFailed, "the filters make no frames on the server"));
        }
        Ok(self.times)
    }
}

/// Adds an explanation to the fault of a result whose frames differ from the server's own run.
pub fn differs(fault: Fault) -> Fault {
    if fault.code != FaultCode::ProofFailed {
        return fault;
    }
    let message = format!(
        "{}, as the server's own run of the filters counts them: the client's ffmpeg stopped early or chose other frames, or the \
         encoder can't tell such times. Submit the film again, or give a rate with -r; where it fails again, give the client and \
         the server the same release of ffmpeg",
        fault.message
    );
    Fault { message, ..fault }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::params;
    use crate::media::sample;
    use crate::media::source::index::Index;
    use crate::media::words::container::Container;

    fn of(params: &str) -> Option<Vec<String>> {
        let source = sample::film();
        let profile = params::parse(&params::words(params).unwrap(), Container::Matroska).unwrap();
        let (time_base, times) = (Rational { num: 1, den: 1000 }, (0..100).map(|n| n * 40).collect());
        let keys = vec![0, 50];
        let index = Index {
            time_base,
            times,
            keys,
            doubled: vec![],
            leading: false,
            resets: vec![],
            setbacks: vec![],
            last_length: 40,
        };
        let timeline = Timeline::new(index, &source, &profile).unwrap();
        let input = ["-i".to_owned(), "film".to_owned()];
        work(&source, &timeline, &profile).map(|work| arguments(&work, &input))
    }

    #[test]
    fn frames_are_counted_where_only_the_filters_know_them() {
        for own in ["select='not(mod(n,3))'", "mpdecimate", "minterpolate=fps=60", "telecine", "select=1"] {
            assert!(of(&format!("-c:v ffv1 -vf {own}")).is_some(), "{own}");
        }
        for known in ["-c:v ffv1", "-c:v ffv1 -vf scale=32:32", "-c:v ffv1 -vf yadif=1", "-c:v ffv1 -r 50"] {
            assert_eq!(of(known), None, "{known}");
        }
    }

    #[test]
    fn the_run_has_the_filters_of_the_piece_and_no_encoder() {
        let all = of("-c:v ffv1 -ss 1 -t 0.9 -vf mpdecimate").unwrap().join(" ");
        assert!(all.starts_with("-copyts -i film -map 0:"), "from the beginning, whatever is cut off: {all}");
        assert!(all.contains("mpdecimate"), "{all}");
        // ffmpeg reads a number without a unit as seconds: the piece ran on to the film's end, and the
        // result did not.
        let part =
            "trim=start=1000000us:duration=900000us,settb=1/1000000,trim=end_pts=1900000,setpts=PTS-1000000,";
        assert!(
            all.contains(&format!("mpdecimate,{part}")),
            "as one run cuts it, in the filters' own ticks: {all}"
        );
        assert!(all.ends_with("-enc_time_base 1:1000000 -flush_packets 1 -f framecrc -"), "{all}");
        assert!(!all.contains("ffv1"), "{all}");
    }

    #[test]
    fn frames_of_filters_without_an_end_are_not_kept() {
        let mut counter = Counter { times: vec![0; FRAMES_MAX as usize] };
        assert!(!counter.is_beyond());
        (0..3).for_each(|_| counter.line("0, 0, 40000, 40000, 384, 0x0"));
        assert_eq!(counter.times.len() as u64, FRAMES_MAX + 1);
        assert!(counter.is_beyond() && counter.finish().unwrap_err().code == FaultCode::OverBound);
    }

    #[test]
    fn lines_of_frames_are_told_from_words_between_them() {
        let said = "#tb 0: 1/1000000\nframe=2\nout_time=00:00:00.080000\nprogress=continue\n\
                    0,          0,      40000,    40000,      384, 0x0\n0, 80000, 80000, 40000, 384, 0x1";
        let mut counter = Counter::default();
        said.lines().for_each(|line| counter.line(line));
        assert!(!counter.is_beyond());
        assert_eq!(counter.finish().unwrap(), [40_000, 80_000]);
        assert_eq!(
            Counter::default().finish().unwrap_err().code,
            FaultCode::ProofFailed,
            "no result has none"
        );
    }

    #[test]
    fn what_differs_is_told_with_what_to_do_and_other_faults_are_left_alone() {
        let few = Fault::new(FaultCode::ProofFailed, "the result has 125 frames and should have 750");
        let told = differs(few).message;
        assert!(told.starts_with("the result has 125 frames and should have 750, as the server's"), "{told}");
        let full = Fault::new(FaultCode::DiskFull, "no room");
        assert_eq!(differs(full.clone()), full);
    }
}
