//! Arguments that list the packets and frames of a film.

use super::Line;
use crate::frames::Rational;
use crate::media::plan::work::ListWork;
use crate::media::source::FilmPicture;
use crate::media::source::clock::{self, Clock};
use crate::media::source::guard::{Guard, InputProtocol};
use crate::media::source::index::APART;

/// Asks ffprobe for the packets of the film's picture.
pub(super) fn packet_arguments(path: &str, guard: &Guard, picture: FilmPicture) -> Vec<String> {
    let mut line = Line::asking();
    line.all(guard.words(InputProtocol::File));
    line.option("-select_streams", picture);
    line.say("-show_entries packet=pts,dts,duration,flags -of csv=p=0").asked(path).finish()
}

/// Asks ffmpeg for the packets of the film's picture that hold one of these NAL units.
pub(super) fn reset_arguments(path: &str, guard: &Guard, picture: FilmPicture, units: &str) -> Vec<String> {
    let mut line = Line::listing();
    line.say("-copyts").input(guard, path).map(0, picture).say("-c copy");
    line.option("-bsf:v", format!("filter_units=pass_types={units}")).say("-f framecrc -").finish()
}

/// Asks ffprobe for the times of all sounds' packets, in the order of the file.
pub(super) fn sound_arguments(path: &str, guard: &Guard) -> Vec<String> {
    let mut line = Line::asking();
    line.all(guard.words(InputProtocol::File));
    line.say("-select_streams a -show_entries packet=stream_index,pts_time -of csv=p=0").asked(path).finish()
}

/// Asks ffmpeg for the frames of the film.
pub(super) fn decode_arguments(path: &str, guard: &Guard, picture: FilmPicture, clock: Clock) -> Vec<String> {
    shown(path, guard, picture, clock, &tiny(clock))
}

/// The same, with a mark for each frame between the decoder's complaints.
pub(super) fn marked_arguments(path: &str, guard: &Guard, picture: FilmPicture, clock: Clock) -> Vec<String> {
    shown(path, guard, picture, clock, &format!("{},{MARKS}", tiny(clock)))
}

fn shown(path: &str, guard: &Guard, picture: FilmPicture, clock: Clock, filters: &str) -> Vec<String> {
    let mut line = Line::listing();
    // If the picture's size changed, ffmpeg would set
    // the filter up again, and its count would restart.
    line.say("-reinit_filter 0 -copyts").input(guard, path).map(0, picture);
    told(line.option("-vf", filters), clock.time_base).word("-").finish()
}

/// Numbers the frames on the error stream. Through two pipes, a late reader can't tell which frame came before a complaint.
const MARKS: &str = r"metadata=add:key=marked:value=1,metadata=print:key=marked:file=pipe\\:2:direct=1";
/// The second line of a mark.
const MARKED: &str = "marked=1";

/// Reads the error stream of such a run.
#[derive(Debug, Default)]
pub(in crate::media) struct Marks {
    /// ffmpeg writes a complaint in two parts, and a mark may come between them.
    begun: String,
}

#[derive(Debug, PartialEq)]
pub(in crate::media) enum Heard {
    /// The frame of this number was decoded.
    Frame(usize),
    Complaint(String),
    Nothing,
}

impl Marks {
    pub(in crate::media) fn line(&mut self, line: &str) -> Heard {
        if let Some(begun) = line.strip_suffix(MARKED) {
            self.begun.push_str(begun);
            return Heard::Nothing;
        }
        if let Some((begun, frame)) = numbered(line) {
            self.begun.push_str(begun);
            return Heard::Frame(frame);
        }
        let whole = std::mem::take(&mut self.begun) + line;
        if whole.trim().is_empty() { Heard::Nothing } else { Heard::Complaint(whole) }
    }
}

/// The number in the first line of a mark, and what stands before the mark.
fn numbered(line: &str) -> Option<(&str, usize)> {
    let (at, _) = line.rmatch_indices("frame:").next()?;
    let mut words = line[at + "frame:".len()..].split_whitespace();
    let number = words.next()?.parse().ok()?;
    words.next()?.starts_with("pts:").then_some((&line[..at], number))
}

/// Asks a client's ffmpeg for a piece of the frame list.
/// `input` is `-i` and all arguments before it.
pub(in crate::media) fn piece_arguments(work: &ListWork, input: &[String], output: &str) -> Vec<String> {
    let mut line = Line::default();
    line.seek(work.seek.map(|ticks| work.time_base.micros(ticks)));
    // See `shown`.
    line.say("-reinit_filter 0").all(input).map(0, work.stream);
    let bound = |name: &str, time: Option<i64>| time.map(|time| format!("{name}={time}"));
    let bounds = [bound("start_pts", work.start), bound("end_pts", work.end)];
    let bounds = bounds.into_iter().flatten().collect::<Vec<_>>().join(":");
    let trim = if bounds.is_empty() { String::new() } else { format!("trim={bounds},") };
    line.option("-vf", format!("{trim}{}", tiny(work.time_base.into())));
    told(&mut line, work.time_base).word(output).finish()
}

/// Scales pictures to a tiny size, because only their times matter.
fn tiny(clock: Clock) -> String {
    format!("{},scale=16:16:flags=neighbor", clock::tell_apart(clock, APART))
}

/// Prints one line for every frame, at its own time.
fn told(line: &mut Line, time_base: Rational) -> &mut Line {
    line.say("-fps_mode passthrough").time_base(time_base).say("-f framecrc")
}
