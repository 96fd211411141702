//! Checks an offer, because a server may lie or may have been taken over.
//! The client accepts an offer only if it makes ffmpeg encode, and nothing else.
//! The client reads the parameters again with its own tables,
//! and bounds all other values to what an honest server sends.

use super::Settings;
use crate::fault::{Fault, FaultCode};
use crate::frames::Rational;
use crate::limits::{FORCED_KEYS_MAX, FRAMES_MAX, PIXELS_MAX, STREAMS_MAX, TICKS_MAX};
use crate::media::params::ladder::check_rungs;
use crate::media::params::{self, Allowed, SoundProfile};
use crate::media::plan::witness::{WITNESSES_MAX, Witness};
use crate::media::plan::work::{Cut, LadderWork, ListWork, PictureWork, SoundWork, SourceRef, Window, Work};
use crate::media::source::clock::{Layout, SETBACKS_MAX};
use crate::media::source::formats::{self, Formats};
use crate::media::source::{Hdr, Picture};
use crate::media::words::device::Device;
use crate::protocol::to_client::Offer;
use crate::protocol::transfer::source_path;

/// More microseconds than a person may ask for with `-t`.
const LENGTH_US_MAX: i64 = 366 * 24 * 3600 * 1_000_000;
const RATIONAL_PART_MAX: i64 = 1 << 31;
const WORD_BYTES_MAX: usize = 64;

type Checked = Result<(), String>;

/// Returns a fault that names what is wrong with the offer.
pub(super) fn check(offer: &Offer, settings: &Settings, devices: &[Device]) -> Result<(), Fault> {
    let work = || match &offer.work {
        Work::Picture(work) => picture_work(work, &settings.allowed),
        Work::List(work) => list_work(work),
        Work::Sound(work) => sound_work(work),
    };
    source(offer, &settings.formats).and_then(|()| work()).and_then(|()| device(offer, devices)).map_err(
        |what| Fault::new(FaultCode::OfferRefused, format!("this client refuses the server's offer: {what}")),
    )
}

/// Returns `what` as an error unless the condition holds.
fn wanted(holds: bool, what: &str) -> Checked {
    if holds { Ok(()) } else { Err(what.to_owned()) }
}

/// A hardware encoder needs a device that proved it here; all other work must name no device.
fn device(offer: &Offer, devices: &[Device]) -> Checked {
    let hardware = match &offer.work {
        Work::Picture(work) => Some(work.profile.encoder.as_str()).filter(|name| params::is_hardware(name)),
        Work::List(_) | Work::Sound(_) => None,
    };
    match (&offer.device, hardware) {
        (None, None) => Ok(()),
        (Some(name), Some(encoder)) => {
            let proved = devices.iter().any(|device| device.name == *name && device.has(encoder));
            wanted(proved, "no device here has proved this encoder")
        }
        (Some(_), None) => Err("the offer names a device for work without a hardware encoder".to_owned()),
        (None, Some(_)) => Err("the offer needs a device and names none".to_owned()),
    }
}

fn source(offer: &Offer, formats: &Formats) -> Checked {
    let SourceRef { path, bytes, etag, format, codecs } = &offer.source;
    wanted(*path == source_path(&offer.job), "the source's path is not that of its job")?;
    wanted((1..=TICKS_MAX as u64).contains(bytes), "the source's length is out of range")?;
    let printable = etag.len() <= 2 * WORD_BYTES_MAX && etag.bytes().all(|b| b.is_ascii_graphic());
    wanted(printable && !etag.is_empty(), "the source's version is not a plain word")?;
    if !formats.opens(format) {
        return Err(formats::refusal(format, "this client"));
    }
    let plain = codecs.len() <= STREAMS_MAX && codecs.iter().all(|codec| codec.is_empty() || is_word(codec));
    wanted(plain, "a codec of the source is not a plain word")
}

/// Letters, digits and `_ . -`, like ffmpeg's own words.
fn is_word(text: &str) -> bool {
    (1..=WORD_BYTES_MAX).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}

fn picture_work(work: &PictureWork, allowed: &Allowed) -> Checked {
    params::check_picture(&work.profile, work.container, allowed).map_err(|refusal| refusal.to_string())?;
    wanted(
        !work.range.is_empty() && work.range.end <= FRAMES_MAX,
        "the range of frames is empty or out of range",
    )?;
    wanted(is_stream(work.stream), "the number of the stream is out of range")?;
    wanted(work.constant_rate.is_none_or(is_rate), "the constant rate is out of range")?;
    window(&work.window)?;
    shifts(&work.shifts, TICKS_MAX)?;
    witness(&work.witness)?;
    let second = work.second.map(|second| [second.seek, Some(second.start), second.end]);
    let mut ticks = second.into_iter().flatten().flatten();
    wanted(ticks.all(is_tick), "a second decode is out of range")?;
    work.ladder.as_deref().map_or(Ok(()), |of| ladder(of, work))?;
    picture(&work.picture)
}

fn ladder(ladder: &LadderWork, work: &PictureWork) -> Checked {
    check_rungs(&ladder.rungs)?;
    wanted(work.constant_rate.is_none() && !work.compare, "a rung is compared, or has a rate of its own")?;
    let own = matches!(work.window.result.cut, Cut::Own { .. });
    wanted(!own, "filters of a ladder make frames of their own")?;
    let keys = &ladder.keys_us;
    let ascend = keys.is_sorted_by(|a, b| a < b) && keys.iter().all(|key| (1..=LENGTH_US_MAX).contains(key));
    wanted(ascend && keys.len() <= FORCED_KEYS_MAX, "key frames are out of range")?;
    wanted((1..=FRAMES_MAX).contains(&ladder.longest), "the longest media segment is out of range")
}

fn list_work(work: &ListWork) -> Checked {
    wanted(
        !work.range.is_empty() && work.range.end <= FRAMES_MAX,
        "the range of packets is empty or out of range",
    )?;
    wanted(is_stream(work.stream), "the number of the stream is out of range")?;
    wanted((1..=PIXELS_MAX).contains(&work.pixels), "the picture's size is out of range")?;
    wanted(is_rate(work.time_base), "a time base is out of range")?;
    let mut ticks = [work.start, work.end, work.seek].into_iter().flatten();
    wanted(ticks.all(is_tick), "a time is out of range")
}

fn witness(witness: &Witness) -> Checked {
    let ends = [&witness.head, &witness.tail];
    wanted(ends.iter().all(|end| end.len() <= WITNESSES_MAX), "an end of the piece has too many witnesses")?;
    let mut ticks = ends.into_iter().flatten();
    wanted(ticks.all(|&ticks| is_tick(ticks)), "a witness is out of range")
}

/// Each shift may be at most as long as the distance between two valid times.
fn shifts(shifts: &[i64], most: i64) -> Checked {
    wanted(shifts.len() <= SETBACKS_MAX, "the clock is set back too often")?;
    let near = |shift: &i64| (-2 * most..=2 * most).contains(shift);
    wanted(shifts.iter().all(near), "a stretch of the timeline is out of range")
}

fn is_tick(time: i64) -> bool {
    (-TICKS_MAX..=TICKS_MAX).contains(&time)
}

const fn is_stream(number: u32) -> bool {
    (number as usize) < 10 * STREAMS_MAX
}

fn is_rate(rate: Rational) -> bool {
    rate.is_positive() && rate.num <= RATIONAL_PART_MAX && rate.den <= RATIONAL_PART_MAX
}

fn window(window: &Window) -> Checked {
    let result = &window.result;
    wanted(is_rate(window.time_base) && is_rate(result.time_base), "a time base is out of range")?;
    let always = [window.start, window.zero, result.first, result.last];
    let lay = result.lay.map(|lay| lay.origin);
    let often = [window.end, window.seek, window.counted_from, result.end, lay];
    let mut ticks = always.into_iter().chain(often.into_iter().flatten());
    wanted(ticks.all(is_tick), "a time is out of range")?;
    let steps = result.lay.is_none_or(|lay| (1..=TICKS_MAX).contains(&lay.step));
    wanted(steps, "the step between frames is out of range")?;
    match result.cut {
        Cut::None => Ok(()),
        Cut::Margins { pad } => wanted(u64::from(pad) <= FRAMES_MAX, "too many frames are added"),
        Cut::Own { start_us, length_us } => {
            wanted(is_length(start_us) && length_us.is_none_or(is_length), "the length is out of range")
        }
    }
}

const fn is_length(us: i64) -> bool {
    0 <= us && us <= LENGTH_US_MAX
}

fn picture(picture: &Picture) -> Checked {
    let area = u64::from(picture.width) * u64::from(picture.height);
    wanted((1..=PIXELS_MAX).contains(&area), "the picture's size is out of range")?;
    wanted(is_rate(picture.time_base), "the picture's time base is out of range")?;
    let rates = [Some(picture.frame_rate), Some(picture.base_rate), picture.sample_aspect];
    let small = |part: i64| (0..=RATIONAL_PART_MAX).contains(&part);
    wanted(
        rates.into_iter().flatten().all(|rate| small(rate.num) && small(rate.den)),
        "a rate is out of range",
    )?;
    wanted((-360..=360).contains(&picture.rotation), "the rotation is out of range")?;
    let words = [
        &picture.field_order,
        &picture.color_range,
        &picture.color_space,
        &picture.color_transfer,
        &picture.color_primaries,
        &picture.chroma_location,
    ];
    let plain = words.into_iter().flatten().all(|word| is_word(word));
    let format = picture.pix_fmt.is_empty() || is_word(&picture.pix_fmt);
    wanted(plain && format, "a word about the picture is not a plain word")?;
    wanted(picture.extras.len() <= STREAMS_MAX, "the picture has too much side data")?;
    wanted(picture.hdr.as_ref().is_none_or(light), "the picture's mastering light is out of range")
}

fn light(hdr: &Hdr) -> bool {
    let fits = |part: &Rational| {
        part.den > 0 && part.den <= RATIONAL_PART_MAX && (0..=RATIONAL_PART_MAX).contains(&part.num)
    };
    hdr.mastering.iter().flatten().all(fits)
}

fn sound_work(work: &SoundWork) -> Checked {
    wanted(matches!(work.profile, SoundProfile::Encode { .. }), "the offer encodes no sound")?;
    params::check_sound(&work.profile, work.container).map_err(|refusal| refusal.to_string())?;
    let streams = !work.streams.is_empty() && work.streams.len() <= STREAMS_MAX;
    wanted(
        streams && work.streams.iter().all(|stream| is_stream(*stream)),
        "the tracks of sound are out of range",
    )?;
    let untold = work.untold.len() <= STREAMS_MAX && work.untold.iter().all(|stream| is_stream(*stream));
    wanted(untold, "the number of an unknown stream is out of range")?;
    wanted(work.duration_us.is_none_or(is_length), "the length is out of range")?;
    work.layout.as_deref().map_or(Ok(()), layout)?;
    let span = work.span;
    wanted(
        is_length(span.start_us) && span.length_us.is_none_or(is_length),
        "the part of the film is out of range",
    )
}

fn layout(layout: &Layout) -> Checked {
    wanted(is_tick(layout.zero_us), "the layout's zero is out of range")?;
    shifts(&layout.shifts_us, TICKS_MAX)
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
