//! Builds an index from what ffprobe and ffmpeg print.

use super::apart::SeparatedTimes;
use super::rough::RoughIndexBuilder;
use super::{APART, Index, frames_at};
use crate::frames::Rational;
use crate::limits::{FRAMES_MAX, TICKS_MAX};
use crate::media::source::clock::{self, Clock, Setback};
use crate::text::counted;

/// The packets do not determine the frames, so the film must be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untrusted {
    pub reason: String,
    /// Times of key packets, for seeking.
    pub key_times: Vec<i64>,
    /// A rough index from the packets, if it suffices to share out the decoding.
    pub packets: Option<Box<Index>>,
}

/// Builds an index from the lines of a packet list or of a frame list;
/// see [`crate::media::command::list`].
#[derive(Debug)]
pub struct IndexBuilder {
    clock: Clock,
    pub(in crate::media) times: Vec<i64>,
    keys: Vec<i64>,
    pub(in crate::media) without_time: u64,
    rough: RoughIndexBuilder,
    decoding: bool,
    /// The time and length of the latest frame.
    pub(in crate::media) last: Option<(i64, i64)>,
    /// The setbacks of the clock so far.
    setbacks: i64,
    /// Roughly how much later than its own time the latest frame will be laid.
    later: i64,
    /// The time of the latest key packet.
    latest_key: Option<i64>,
    leading: bool,
}

impl IndexBuilder {
    pub fn packets(clock: impl Into<Clock>) -> Self {
        Self {
            clock: clock.into(),
            times: Vec::new(),
            keys: Vec::new(),
            without_time: 0,
            rough: RoughIndexBuilder::default(),
            decoding: false,
            last: None,
            setbacks: 0,
            later: 0,
            latest_key: None,
            leading: false,
        }
    }

    pub fn decoding(clock: impl Into<Clock>, key_times: Vec<i64>) -> Self {
        Self { keys: key_times, decoding: true, ..Self::packets(clock) }
    }

    pub const fn clock(&self) -> Clock {
        self.clock
    }

    pub const fn time_base(&self) -> Rational {
        self.clock.time_base
    }

    /// Time of a frame that was listed, in microseconds; after a setback, roughly its laid-out time.
    pub fn time_us(&self, frame: usize) -> Option<i64> {
        Some(self.time_base().micros(self.times.get(frame)?.saturating_add(self.later)))
    }

    /// Whether there are more frames than a film may have; listing the rest is then pointless.
    pub fn is_beyond(&self) -> bool {
        self.times.len() as u64 + self.without_time > FRAMES_MAX
    }

    pub fn line(&mut self, line: &str) {
        if self.decoding { self.frame(line) } else { self.packet(line) }
    }

    /// Reads `pts,dts,duration,flags`; skips the shorter lines of side data.
    fn packet(&mut self, line: &str) {
        let mut parts = line.split(',');
        let mut part = || parts.next();
        let (Some(pts), Some(dts), Some(length), Some(flags)) = (part(), part(), part(), part()) else {
            return;
        };
        if flags.contains('D') {
            return;
        }
        let (pts, dts, is_key) = (ticks(pts), ticks(dts), flags.starts_with('K'));
        self.rough.packet(self.clock, dts);
        match pts {
            Some(pts) => {
                self.times.push(pts);
                self.note_last(pts, length);
            }
            None => self.without_time += 1,
        }
        match pts.or(dts) {
            Some(time) if is_key => {
                self.latest_key = Some(time);
                self.keys.push(time);
            }
            time => self.leading |= time.is_none() || time < self.latest_key,
        }
    }

    /// Reads `stream, dts, pts, duration, size, checksum`; skips comments, which start with `#`.
    fn frame(&mut self, line: &str) {
        if line.starts_with('#') {
            return;
        }
        let mut parts = line.split(',').skip(2).map(str::trim);
        match parts.next().map(ticks) {
            Some(Some(pts)) => {
                // Frames arrive in display order.
                let before = self.times.last().copied();
                let number = pts - APART * self.times.len() as i64;
                let time = clock::told_apart(number, before, &mut self.setbacks);
                self.note_setback(before, time);
                self.times.push(time);
                self.note_last(pts, parts.next().unwrap_or_default());
            }
            Some(None) => self.without_time += 1,
            None => {}
        }
    }

    fn note_setback(&mut self, before: Option<i64>, time: i64) {
        let is_back = |before: &i64| clock::set_back(self.clock, *before, time).is_some();
        if let Some(before) = before.filter(is_back) {
            self.later = self.later.saturating_add(before.saturating_sub(time));
        }
    }

    fn note_last(&mut self, pts: i64, length: &str) {
        if self.last.is_none_or(|(last, _)| pts > last) {
            self.last = Some((pts, ticks(length).unwrap_or(0)));
        }
    }

    /// The plain times, ascending; for a result, in which two frames may share a tick.
    pub fn times(mut self) -> Vec<i64> {
        self.times.sort_unstable();
        self.times
    }

    /// The frame times in a container that only counts frames, from the decoding times.
    /// Returns None if a packet has no decoding time or if decoding times go back.
    pub fn places(&self) -> Option<Vec<i64>> {
        self.rough.places()
    }

    pub fn finish(mut self) -> Result<Index, Untrusted> {
        self.keys.sort_unstable();
        let setbacks = self.order();
        if let Some(reason) = self.distrust(&setbacks) {
            let packets = self.rough.index(self.clock.time_base, &self.times, &self.keys).map(Box::new);
            return Err(Untrusted { reason, key_times: self.keys, packets });
        }
        if !setbacks.is_empty() {
            // After a setback a time may identify two frames, or none.
            self.keys.clear();
        }
        let last_length = self.last.map_or(0, |(_, length)| length.max(0));
        let SeparatedTimes { parts, times, doubled } = if self.decoding {
            let apart = SeparatedTimes::of(self.clock.time_base, &self.times);
            if let Some(reason) = apart.refusal(self.clock.time_base, &self.times) {
                return Err(Untrusted { reason, key_times: self.keys, packets: None });
            }
            apart
        } else {
            SeparatedTimes::are(self.times)
        };
        let keys = frames_at(&times, self.keys.iter().map(|key| key.saturating_mul(parts)));
        let own = self.clock.time_base;
        let time_base = Rational { den: own.den * parts, ..own };
        Ok(Index {
            time_base,
            times,
            keys,
            doubled,
            leading: self.decoding || self.leading,
            resets: Vec::new(),
            setbacks,
            last_length: last_length.saturating_mul(parts),
        })
    }

    /// Sorts packets by time; lays out decoded frames, each stretch after the one before.
    fn order(&mut self) -> Vec<Setback> {
        if self.decoding {
            return clock::lay(self.clock, &mut self.times);
        }
        self.times.sort_unstable();
        Vec::new()
    }

    fn distrust(&self, setbacks: &[Setback]) -> Option<String> {
        if self.without_time > 0 {
            return Some(format!("{} have no time", counted(self.without_time, self.noun())));
        }
        if self.times.is_empty() {
            return Some(format!("there are no {}s", self.noun()));
        }
        if self.decoding {
            return clock::refusal(setbacks, &self.times);
        }
        let double = self.times.windows(2).find(|pair| pair[0] == pair[1]);
        let double = double.map(|pair| format!("two packets have the time {}", self.seconds(pair[0])));
        double.or_else(|| Some(format!("the packets' clock jumps to {}", self.seconds(self.rough.back_at?))))
    }

    fn noun(&self) -> &'static str {
        if self.decoding { "frame" } else { "packet" }
    }

    pub(in crate::media) fn seconds(&self, ticks: i64) -> String {
        format!("{:.6} s", self.clock.time_base.micros(ticks) as f64 / 1e6)
    }
}

/// Reads a time; None if it lies beyond the bound for films.
fn ticks(text: &str) -> Option<i64> {
    text.parse().ok().filter(|ticks| (-TICKS_MAX..=TICKS_MAX).contains(ticks))
}
