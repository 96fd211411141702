//! The exact frame list of a source: times in ticks, sorted, and which frames are key frames.
//!
//! By packets: demuxing is enough where every packet that is shown has a time and no two share one. Packets that an
//! edit list discards are no frames. By decoding: everywhere else; what ffmpeg itself would give as frames.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::io::{Error, ErrorKind, Read, Write};

use super::film::{Film, IndexedBy};
use super::profile::Profile;
use super::source::{Picture, Source};
use super::work::Window;
use crate::frames::{FrameNo, FrameRange, Rational};

/// Key frames nearer to each other than this are one cut to the scheduler.
const CUTS_APART: u64 = 24;

/// How ffprobe is asked for the packets of the film.
pub fn packet_arguments(input: &str, format: &str) -> Vec<String> {
    let mut all = words("-v error -protocol_whitelist file");
    if !format.is_empty() {
        all.extend(["-format_whitelist".to_owned(), format.to_owned()]);
    }
    all.extend(words("-select_streams V:0 -show_entries packet=pts,dts,flags -of csv=p=0"));
    all.push(input.to_owned());
    all
}

/// How ffmpeg is asked for the frames of the film. They are made tiny first: only their times matter.
pub fn decode_arguments(input: &str, format: &str, time_base: Rational) -> Vec<String> {
    let mut all = words("-nostdin -v error -protocol_whitelist file");
    if !format.is_empty() {
        all.extend(["-format_whitelist".to_owned(), format.to_owned()]);
    }
    all.extend(["-copyts".to_owned(), "-i".to_owned(), input.to_owned()]);
    all.extend(words("-map 0:V:0 -vf scale=16:16:flags=neighbor -fps_mode passthrough"));
    all.extend(["-enc_time_base".to_owned(), format!("{}:{}", time_base.num, time_base.den)]);
    all.extend(words("-f framecrc -"));
    all
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

/// Packets can't be trusted; the frames must be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untrusted {
    pub reason: String,
    /// Times of key packets, to seek by, as far as there are any.
    pub key_times: Vec<i64>,
}

/// Takes the lines of [`packet_arguments`], or of [`decode_arguments`].
#[derive(Debug)]
pub struct IndexBuilder {
    time_base: Rational,
    times: Vec<i64>,
    keys: Vec<i64>,
    without_time: u64,
    decoding: bool,
}

impl IndexBuilder {
    pub fn packets(time_base: Rational) -> Self {
        Self { time_base, times: Vec::new(), keys: Vec::new(), without_time: 0, decoding: false }
    }

    pub fn decoding(time_base: Rational, key_times: Vec<i64>) -> Self {
        Self { keys: key_times, decoding: true, ..Self::packets(time_base) }
    }

    pub fn line(&mut self, line: &str) {
        if self.decoding { self.frame(line) } else { self.packet(line) }
    }

    /// `pts,dts,flags`. Lines of side data are short and are passed over.
    fn packet(&mut self, line: &str) {
        let mut parts = line.split(',');
        let (Some(pts), Some(dts), Some(flags)) = (parts.next(), parts.next(), parts.next()) else { return };
        if flags.contains('D') {
            return;
        }
        let (pts, is_key) = (pts.parse::<i64>(), flags.starts_with('K'));
        match pts {
            Ok(pts) => self.times.push(pts),
            Err(_) => self.without_time += 1,
        }
        if let Some(time) = pts.ok().or_else(|| dts.parse().ok()).filter(|_| is_key) {
            self.keys.push(time);
        }
    }

    /// `stream, dts, pts, duration, size, checksum`; comments start with `#`.
    fn frame(&mut self, line: &str) {
        if line.starts_with('#') {
            return;
        }
        match line.split(',').nth(2).map(|pts| pts.trim().parse()) {
            Some(Ok(pts)) => self.times.push(pts),
            Some(Err(_)) => self.without_time += 1,
            None => {}
        }
    }

    pub fn finish(mut self) -> Result<Index, Untrusted> {
        self.times.sort_unstable();
        self.keys.sort_unstable();
        let reason = if self.without_time > 0 {
            Some(format!("{} have no time", count(self.without_time, self.noun())))
        } else if self.times.is_empty() {
            Some(format!("there are no {}s", self.noun()))
        } else {
            let double = self.times.windows(2).find(|pair| pair[0] == pair[1]);
            double.map(|pair| format!("two {}s have the time {}", self.noun(), self.seconds(pair[0])))
        };
        if let Some(reason) = reason {
            return Err(Untrusted { reason, key_times: self.keys });
        }
        let mut keys: Vec<FrameNo> = Vec::with_capacity(self.keys.len());
        for time in self.keys {
            let frame = self.times.partition_point(|&t| t < time) as u64;
            if frame < self.times.len() as u64 && keys.last() != Some(&frame) {
                keys.push(frame);
            }
        }
        Ok(Index { time_base: self.time_base, times: self.times, keys })
    }

    fn noun(&self) -> &'static str {
        if self.decoding { "frame" } else { "packet" }
    }

    fn seconds(&self, ticks: i64) -> String {
        format!("{:.6} s", self.time_base.micros(ticks) as f64 / 1e6)
    }
}

fn count(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    pub time_base: Rational,
    /// Ascending and unique.
    pub times: Vec<i64>,
    /// Ascending frame numbers.
    pub keys: Vec<FrameNo>,
}

const MAGIC: &[u8; 8] = b"FCINDEX1";
/// A week at 240 frames a second; more is a damaged file.
const FRAMES_MAX: u64 = 7 * 24 * 3600 * 240;

impl Index {
    pub fn frames(&self) -> u64 {
        self.times.len() as u64
    }

    /// The range told in times. Reading starts at the key frame before the last one at or before the range: after an open
    /// group of pictures, or a refresh that takes its time, one group is not enough.
    pub fn window(&self, range: FrameRange) -> Window {
        let at = |frame: FrameNo| self.times[usize::try_from(frame).expect("frames fit in memory")];
        let before = self.keys.partition_point(|&key| key <= range.start);
        let seek = before.checked_sub(2).map(|n| self.keys[n]).filter(|&key| key > 0);
        Window {
            time_base: self.time_base,
            start: at(range.start),
            end: (range.end < self.frames()).then(|| at(range.end)),
            last: at(range.end - 1),
            seek: seek.map(at),
        }
    }

    /// What the scheduler must know.
    pub fn film(
        &self,
        source: &Source,
        profile: &Profile,
        by: IndexedBy,
        sound_encoder: Option<&str>,
    ) -> Film {
        let picture = source.film_stream().map(|(_, picture)| picture);
        let (width, height) = picture.map_or((0, 0), |picture| (picture.width, picture.height));
        Film {
            frames: self.frames(),
            frame_rate: self.mean_rate(picture),
            cuts: self.cuts(),
            divisible: true,
            sound: sound_encoder.is_some(),
            video_encoder: profile.video.encoder.clone(),
            sound_encoders: sound_encoder.map(str::to_owned).into_iter().collect(),
            kind: profile.kind(width, height),
            indexed_by: by,
        }
    }

    fn cuts(&self) -> Vec<FrameNo> {
        let mut cuts: Vec<FrameNo> = Vec::new();
        for &key in &self.keys {
            if cuts.last().is_none_or(|&last| key >= last + CUTS_APART) {
                cuts.push(key);
            }
        }
        cuts
    }

    fn mean_rate(&self, picture: Option<&Picture>) -> Rational {
        let span = self.times.last().unwrap_or(&0) - self.times.first().unwrap_or(&0);
        let rate = (self.times.len() as i64 - 1)
            .checked_mul(self.time_base.den)
            .zip(span.checked_mul(self.time_base.num))
            .and_then(|(num, den)| Rational::new(num, den));
        let told = picture.map(|picture| picture.frame_rate);
        let any = Rational { num: 25, den: 1 };
        [rate, told].into_iter().flatten().find(|rate| rate.is_positive()).unwrap_or(any)
    }

    /// The rate at which all frames follow each other, if it is constant up to rounding: one of the rates that ffprobe tells,
    /// or half the finer one (fields).
    pub fn constant_rate(&self, picture: &Picture) -> Option<Rational> {
        let half = Rational { num: picture.base_rate.num, den: picture.base_rate.den * 2 };
        [picture.base_rate, picture.frame_rate, half].into_iter().find(|&rate| self.keeps(rate))
    }

    fn keeps(&self, rate: Rational) -> bool {
        if !rate.is_positive() || !self.time_base.is_positive() {
            return false;
        }
        let ticks = |n: usize| {
            let num = n as i128 * i128::from(rate.den) * i128::from(self.time_base.den);
            let den = i128::from(rate.num) * i128::from(self.time_base.num);
            (num + den / 2) / den
        };
        let first = self.times.first().copied().unwrap_or(0);
        // A tick for the rounding of each frame and one for the first's; none where ticks are as long as frames.
        let allowed = (ticks(1) / 4).min(2);
        self.times.iter().enumerate().all(|(n, &time)| (i128::from(time - first) - ticks(n)).abs() <= allowed)
    }

    pub fn write(&self, mut to: impl Write) -> std::io::Result<()> {
        to.write_all(MAGIC)?;
        let head = [self.time_base.num, self.time_base.den, self.times.len() as i64, self.keys.len() as i64];
        for number in head.iter().chain(&self.times) {
            to.write_all(&number.to_le_bytes())?;
        }
        for key in &self.keys {
            to.write_all(&key.to_le_bytes())?;
        }
        to.flush()
    }

    /// Refuses what [`Index::write`] can't have written.
    pub fn read(mut from: impl Read) -> std::io::Result<Self> {
        let bad = |what: &str| Error::new(ErrorKind::InvalidData, format!("not a frame list: {what}"));
        let mut magic = [0; 8];
        from.read_exact(&mut magic)?;
        if magic != *MAGIC {
            return Err(bad("another beginning"));
        }
        let mut number = || -> std::io::Result<i64> {
            let mut bytes = [0; 8];
            from.read_exact(&mut bytes)?;
            Ok(i64::from_le_bytes(bytes))
        };
        let (num, den, frames, keys) = (number()?, number()?, number()? as u64, number()? as u64);
        let time_base =
            Rational::new(num, den).filter(|tb| tb.is_positive()).ok_or_else(|| bad("its time base"))?;
        if frames == 0 || frames > FRAMES_MAX || keys > frames {
            return Err(bad("its length"));
        }
        let times = (0..frames).map(|_| number()).collect::<std::io::Result<Vec<_>>>()?;
        let keys = (0..keys).map(|_| number().map(|key| key as u64)).collect::<std::io::Result<Vec<_>>>()?;
        let sorted =
            times.windows(2).all(|pair| pair[0] < pair[1]) && keys.windows(2).all(|pair| pair[0] < pair[1]);
        if !sorted || keys.last().is_some_and(|&key| key >= frames) {
            return Err(bad("its order"));
        }
        Ok(Self { time_base, times, keys })
    }
}

#[cfg(test)]
pub(crate) mod tests;
