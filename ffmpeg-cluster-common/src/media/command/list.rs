//! The lines that list a film: its packets, its frames, a part of them.

use super::Line;
use crate::frames::Rational;
use crate::media::plan::work::ListWork;
use crate::media::source::clock;
use crate::media::source::guard::{Guard, Via};
use crate::media::source::index::APART;

/// How ffprobe is asked for the packets of the film.
pub fn packet_arguments(path: &str, guard: &Guard) -> Vec<String> {
    let mut line = Line::asking();
    line.all(guard.words(Via::File));
    line.say("-select_streams V:0 -show_entries packet=pts,dts,duration,flags -of csv=p=0");
    line.asked(path).finish()
}

/// How ffprobe is asked for the times of all sounds' packets, in the order of the file.
pub(super) fn sound_arguments(path: &str, guard: &Guard) -> Vec<String> {
    let mut line = Line::asking();
    line.all(guard.words(Via::File));
    line.say("-select_streams a -show_entries packet=stream_index,pts_time -of csv=p=0").asked(path).finish()
}

/// How ffmpeg is asked for the frames of the film.
pub fn decode_arguments(path: &str, guard: &Guard, time_base: Rational) -> Vec<String> {
    let mut line = Line::listing();
    // A filter that is set up again, because the picture's size changes, would count from the start.
    line.say("-reinit_filter 0 -copyts").input(guard, path).map(0, "V:0");
    told(line.option("-vf", tiny(time_base)), time_base).word("-").finish()
}

/// How a client's ffmpeg is asked for the frames of a part, into `output`. `input` is all that opens the source.
pub(in crate::media) fn part_arguments(work: &ListWork, input: &[String], output: &str) -> Vec<String> {
    let mut line = Line::default();
    line.seek(work.seek.map(|ticks| work.time_base.micros(ticks)));
    // As above.
    line.say("-reinit_filter 0").all(input).map(0, work.stream);
    let bound = |name: &str, time: Option<i64>| time.map(|time| format!("{name}={time}"));
    let bounds = [bound("start_pts", work.start), bound("end_pts", work.end)];
    let bounds = bounds.into_iter().flatten().collect::<Vec<_>>().join(":");
    let trim = if bounds.is_empty() { String::new() } else { format!("trim={bounds},") };
    line.option("-vf", format!("{trim}{}", tiny(work.time_base)));
    told(&mut line, work.time_base).word(output).finish()
}

/// Pictures are made tiny: only their times matter.
fn tiny(time_base: Rational) -> String {
    format!("{},scale=16:16:flags=neighbor", clock::tell_apart(time_base, APART))
}

/// Every frame once, at its own time, a line for each.
fn told(line: &mut Line, time_base: Rational) -> &mut Line {
    line.say("-fps_mode passthrough").time_base(time_base).say("-f framecrc")
}
