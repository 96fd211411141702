//! Writes media segments: the head of each fragment, and which bytes of the piece follow it.

use std::ops::Range;

use super::decode_times::decode_times;
use super::fragmented::Fragmented;
use super::moof::Sample;
use super::segments::MediaSegments;
use crate::frames::FrameRange;

const BYTES_HERE: u32 = 0x200;
const KEY: u32 = 0x0200_0000;
const NO_KEY: u32 = 0x0101_0000;

/// A file of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaSegment {
    pub number: usize,
    pub fragments: Vec<NewFragment>,
}

/// Bytes to write, and behind them bytes to copy from the file of the piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFragment {
    pub head: Vec<u8>,
    pub copied: Vec<Range<u64>>,
}

/// The media segments of the piece with these frames, which begins and ends with whole ones.
pub fn media_segments(
    plan: &MediaSegments,
    range: FrameRange,
    piece: &Fragmented,
) -> Result<Vec<MediaSegment>, String> {
    let numbers = plan.within(range).ok_or("a piece ends within a media segment")?;
    let samples: Vec<&Sample> = piece.samples().collect();
    if samples.len() as u64 != range.len() {
        return Err(format!("{} frames instead of {} are in the piece", samples.len(), range.len()));
    }
    let ranks = ranks(plan, range, &samples)?;
    let segment = |number: usize| {
        let inside = plan.range(number);
        let [from, to] = [inside.start, inside.end].map(|frame| (frame - range.start) as usize);
        let timed = timed(plan, inside, &samples[from..to], &ranks[from..to])?;
        Ok(MediaSegment { number, fragments: fragments(plan, number, &timed)? })
    };
    numbers.map(segment).collect()
}

/// The frame number of each sample: the order of the times counts, and the times must be those of the frames.
fn ranks(plan: &MediaSegments, range: FrameRange, samples: &[&Sample]) -> Result<Vec<u64>, String> {
    let mut order: Vec<usize> = (0..samples.len()).collect();
    order.sort_by_key(|&at| samples[at].shown);
    let first = order.first().map_or(0, |&at| samples[at].shown);
    let mut ranks = vec![0; samples.len()];
    for (frame, &at) in (range.start..).zip(&order) {
        let wanted = plan.shown_at(frame) - plan.shown_at(range.start);
        // Times of sound were rounded, and the plan says what they were.
        if plan.is_picture() && (samples[at].shown - first - wanted).abs() > 1 {
            return Err(format!("frame {frame} has another time in the copied piece"));
        }
        ranks[at] = frame;
    }
    Ok(ranks)
}

/// A sample with its new times.
struct Timed<'a> {
    sample: &'a Sample,
    decoded: i64,
    length: u32,
    offset: u32,
}

fn timed<'a>(
    plan: &MediaSegments,
    inside: FrameRange,
    samples: &[&'a Sample],
    frames: &[u64],
) -> Result<Vec<Timed<'a>>, String> {
    if !frames.iter().all(|frame| (inside.start..inside.end).contains(frame)) {
        return Err("a frame is decoded among those of another media segment".into());
    }
    let shown: Vec<i64> = frames.iter().map(|&frame| plan.shown_at(frame)).collect();
    let (mut decoded, edit) = if plan.is_picture() {
        (decode_times(&shown, plan.edit())?, i64::from(plan.edit()))
    } else {
        (frames.iter().map(|&frame| plan.decoded_at(frame)).collect(), i64::from(plan.edit()))
    };
    decoded.push(plan.decoded_at(inside.end));
    let told =
        |ticks: i64| u32::try_from(ticks).map_err(|_| "frames are too far apart to be streamed".to_owned());
    let timed = samples.iter().zip(&shown).zip(decoded.windows(2)).map(|((&sample, shown), pair)| {
        let (length, offset) = (told(pair[1] - pair[0])?, told(shown + edit - pair[0])?);
        Ok(Timed { sample, decoded: pair[0], length, offset })
    });
    timed.collect()
}

/// The key frame of a picture is a fragment of its own, so that its bytes alone can be decoded.
fn fragments(plan: &MediaSegments, number: usize, samples: &[Timed<'_>]) -> Result<Vec<NewFragment>, String> {
    if !samples[0].sample.key {
        return Err(format!("media segment {number} does not begin with a key frame"));
    }
    let (alone, rest) = samples.split_at(if plan.is_picture() { 1 } else { samples.len() });
    let first = number as u32 * 2 + 1;
    let mut begins = Vec::new();
    boxed(&mut begins, *b"styp", |out| out.extend_from_slice(b"msdh\0\0\0\0msdhmsixcmfs"));
    let mut all = vec![fragment(first, alone, begins)?];
    if !rest.is_empty() {
        all.push(fragment(first + 1, rest, Vec::new())?);
    }
    Ok(all)
}

fn fragment(sequence: u32, samples: &[Timed<'_>], before: Vec<u8>) -> Result<NewFragment, String> {
    let bytes: u64 = samples.iter().map(|timed| timed.sample.bytes).sum();
    let data = u32::try_from(bytes + 8).map_err(|_| "a media segment is larger than four gigabytes")?;
    let mut head = before;
    let begins = head.len();
    boxed(&mut head, *b"moof", |out| {
        boxed(out, *b"mfhd", |out| numbers(out, &[0, sequence]));
        boxed(out, *b"traf", |out| track(out, samples));
    });
    // The samples' place, in the last box: eight bytes behind this one, where the data begins.
    let (place, distance) =
        (head.len() - Run::of(samples).bytes_after_place(samples), (head.len() - begins + 8) as u32);
    head[place..place + 4].copy_from_slice(&distance.to_be_bytes());
    head.extend_from_slice(&data.to_be_bytes());
    head.extend_from_slice(b"mdat");
    Ok(NewFragment { head, copied: merged(samples) })
}

/// Neighbouring bytes are copied at once.
fn merged(samples: &[Timed<'_>]) -> Vec<Range<u64>> {
    let mut all: Vec<Range<u64>> = Vec::new();
    for &Sample { at, bytes, .. } in samples.iter().map(|timed| timed.sample) {
        match all.last_mut() {
            Some(last) if last.end == at => last.end = at + bytes,
            _ => all.push(at..at + bytes),
        }
    }
    all
}

/// What all samples of a fragment have in common is told once.
struct Run {
    length: Option<u32>,
    flags: Option<u32>,
    offset: bool,
}

impl Run {
    fn of(samples: &[Timed<'_>]) -> Self {
        let common = |value: fn(&Timed<'_>) -> u32| {
            let first = value(&samples[0]);
            samples.iter().all(|timed| value(timed) == first).then_some(first)
        };
        let flags = common(|timed| if timed.sample.key { KEY } else { NO_KEY });
        Self { length: common(|timed| timed.length), flags, offset: common(|timed| timed.offset) != Some(0) }
    }

    fn bytes_after_place(&self, samples: &[Timed<'_>]) -> usize {
        let words = [true, self.length.is_none(), self.flags.is_none(), self.offset];
        4 + samples.len() * 4 * words.iter().filter(|told| **told).count()
    }
}

fn track(out: &mut Vec<u8>, samples: &[Timed<'_>]) {
    const FROM_FRAGMENT: u32 = 0x02_0000;
    let run = Run::of(samples);
    boxed(out, *b"tfhd", |out| {
        let told = |value: Option<u32>, flag| value.map_or(0, |_| flag);
        numbers(out, &[FROM_FRAGMENT | told(run.length, 0x08) | told(run.flags, 0x20), 1]);
        run.length.iter().chain(&run.flags).for_each(|value| numbers(out, &[*value]));
    });
    boxed(out, *b"tfdt", |out| {
        out.extend_from_slice(&[1, 0, 0, 0]);
        out.extend_from_slice(&samples[0].decoded.to_be_bytes());
    });
    boxed(out, *b"trun", |out| {
        let told = |is_told: bool, flag| if is_told { flag } else { 0 };
        let flags =
            told(run.length.is_none(), 0x100) | told(run.flags.is_none(), 0x400) | told(run.offset, 0x800);
        numbers(out, &[0x001 | BYTES_HERE | flags, samples.len() as u32, 0]);
        for timed in samples {
            run.length.is_none().then(|| numbers(out, &[timed.length]));
            numbers(out, &[timed.sample.bytes as u32]);
            run.flags.is_none().then(|| numbers(out, &[if timed.sample.key { KEY } else { NO_KEY }]));
            run.offset.then(|| numbers(out, &[timed.offset]));
        }
    });
}

fn numbers(out: &mut Vec<u8>, numbers: &[u32]) {
    numbers.iter().for_each(|number| out.extend_from_slice(&number.to_be_bytes()));
}

fn boxed(out: &mut Vec<u8>, kind: [u8; 4], body: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&kind);
    body(out);
    let size = (out.len() - at) as u32;
    out[at..at + 4].copy_from_slice(&size.to_be_bytes());
}

#[cfg(test)]
#[path = "fragment_tests.rs"]
mod tests;
