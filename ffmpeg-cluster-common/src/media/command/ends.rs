//! Hashes of the source's frames from the run that makes a piece:
//! around the piece's ends, or all of them.

use std::path::Path;

use super::Line;
use super::encode::told_in;
use crate::media::plan::witness::Witness;
use crate::media::plan::work::PictureWork;

/// A second output of the run that makes the piece, so that the decoder works only once.
pub fn arguments(work: &PictureWork, file: &Path) -> Vec<String> {
    if work.witness.is_none() {
        return Vec::new();
    }
    let mut chain = if work.second.is_some() { every_frame(work) } else { frames_told(&work.witness) };
    if let Some(time) = work.window.counted_from {
        chain.insert(0, format!("setpts=PTS-STARTPTS+({time})"));
    }
    chain.splice(0..0, told_in(work));
    let base = work.window.time_base;
    let mut line = Line::default();
    line.map(0, work.stream).option("-vf", chain.join(",")).say("-fps_mode passthrough").time_base(base);
    line.say("-f framehash -hash md5").output(&file.display().to_string()).finish()
}

/// Ends the reading after the last frame; without it the run would go on to the film's end.
fn trim(first: Option<i64>, end: Option<i64>) -> String {
    let [first, end] = [("start_pts", first), ("end_pts", end)]
        .map(|(name, time)| time.map(|time| format!("{name}={time}")));
    format!("trim={}", [first, end].into_iter().flatten().collect::<Vec<_>>().join(":"))
}

fn frames_told(witness: &Witness) -> Vec<String> {
    let is_one = witness.times().map(|time| format!("eq(pts,{time})")).collect::<Vec<_>>().join("+");
    let end = witness.times().max().map(|last| last + 1);
    vec![trim(witness.times().min(), end), format!("select='{is_one}'")]
}

/// From the first witness to the last, with all frames that the piece is made of.
fn every_frame(work: &PictureWork) -> Vec<String> {
    let first = work.witness.times().chain([work.window.start]).min();
    let end = work.window.end.map(|end| work.witness.times().map(|time| time + 1).chain([end]).max());
    vec![trim(first, end.flatten())]
}
