//! How a film whose clock is set back midway should come out: each stretch right after the one before.

use std::path::Path;
use std::process::Command;

/// A frame further before its predecessor than this has another clock.
const BACK_S: f64 = 0.5;
/// A frame of an MPEG stream that lies further ahead than this, too: ffmpeg closes the gap.
const AHEAD_S: f64 = 10.0;
/// Of all these films.
const FRAME_S: f64 = 0.04;
/// As long as MPEG's clock runs; what begins before the film is told so much later.
const MPEG_END_S: f64 = (1_u64 << 33) as f64 / 90_000.0;

/// Where the clock is set back, and by how much, in seconds of the film as it is laid out; less than nothing if it leaps ahead.
#[derive(Debug)]
pub struct Back {
    pub at: f64,
    pub by: f64,
}

/// The film as it should come out: the times of its frames from the first, as ffprobe tells them one after the other.
pub fn laid_out(film: &Path) -> (Vec<f64>, Vec<Back>) {
    let words = "-v error -select_streams V:0 -show_entries frame=best_effort_timestamp_time -of csv=p=0";
    let done = Command::new("ffprobe").args(words.split(' ')).arg(film).output().expect("ffprobe runs");
    assert!(done.status.success(), "listing the frames: {}", String::from_utf8_lossy(&done.stderr));
    let told = String::from_utf8_lossy(&done.stdout);
    let is_mpeg = film.extension().is_some_and(|suffix| suffix == "ts");
    let (mut times, mut backs, mut before): (Vec<f64>, Vec<Back>, Option<f64>) = (vec![], vec![], None);
    for own in told.lines().filter_map(|line| line.trim_end_matches(',').parse::<f64>().ok()) {
        let step = before.map_or(0.0, |before| own - before);
        let step = if step > MPEG_END_S / 2.0 { step - MPEG_END_S } else { step };
        let last = times.last().copied().unwrap_or(0.0);
        let jumps = step < -BACK_S || (is_mpeg && step > AHEAD_S);
        if jumps {
            backs.push(Back { at: last + FRAME_S, by: -step });
        }
        times.push(last + if jumps { FRAME_S } else { step });
        before = Some(own);
    }
    (times, backs)
}
