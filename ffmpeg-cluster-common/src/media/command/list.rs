//! Arguments that list the packets and frames of a film.

use super::Line;
use crate::frames::Rational;
use crate::media::plan::work::ListWork;
use crate::media::source::FilmPicture;
use crate::media::source::clock::{self, Clock};
use crate::media::source::guard::{Guard, InputProtocol};
use crate::media::source::index::APART;

/// Asks ffprobe for the packets of the film's picture.
pub fn packet_arguments(path: &str, guard: &Guard, picture: FilmPicture) -> Vec<String> {
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
pub fn decode_arguments(path: &str, guard: &Guard, picture: FilmPicture, clock: Clock) -> Vec<String> {
    let mut line = Line::listing();
    // If the picture's size changed, ffmpeg would set
    // the filter up again, and its count would restart.
    line.say("-reinit_filter 0 -copyts").input(guard, path).map(0, picture);
    told(line.option("-vf", tiny(clock)), clock.time_base).word("-").finish()
}

/// Asks a client's ffmpeg for a piece of the frame list.
/// `input` is `-i` and all arguments before it.
pub(in crate::media) fn piece_arguments(work: &ListWork, input: &[String], output: &str) -> Vec<String> {
    let mut line = Line::default();
    line.seek(work.seek.map(|ticks| work.time_base.micros(ticks)));
    // See `decode_arguments`.
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
