//! The arguments with which a client encodes leased frames.
//!
//! [`filters`] the chain · [`device`] hardware · [`hdr`] parameter lists ·
//! [`looks`] colours, levels and fields · [`rungs`] the rungs of a ladder.

mod device;
mod filters;
mod hdr;
mod looks;
mod rungs;

use crate::frames::FrameRange;
use crate::media::command::Line;
use crate::media::params::{self, Profile, VideoProfile};
use crate::media::plan::timeline::Timeline;
use crate::media::plan::witness::Lead;
use crate::media::plan::work::{PictureWork, Window};
use crate::media::source::{Picture, Source};
use crate::media::words::container::Container;
use crate::media::words::device::Device;

pub(super) use filters::told_in;
use filters::{filters, in_place, piece_time_base};
use hdr::parameter_list;
use looks::say_range_in_band;

pub use looks::{picture_tags, repaints};

/// Checks that the encoder and the container can hold the times of these frames; else returns the reason.
pub fn can_hold(profile: &Profile, timeline: &Timeline, picture: &Picture) -> Result<(), String> {
    holds_times(profile, timeline, picture).and_then(|()| holds_rate(profile.container, timeline, picture))
}

/// Checks that the container can hold the frame rate.
fn holds_rate(container: Container, timeline: &Timeline, picture: &Picture) -> Result<(), String> {
    let Some(known) = container.frame_rates() else { return Ok(()) };
    let title = container.title();
    if timeline.is_own() {
        return Err(format!(
            "{title} can hold only certain frame rates, and only these filters know which rate comes out"
        ));
    }
    match timeline.constant_rate(picture) {
        Some(rate) if !known.contains(&rate) => {
            let known: Vec<String> =
                known.iter().map(|rate| rate.to_string().trim_end_matches("/1").to_owned()).collect();
            Err(format!(
                "{title} can't hold {rate} frames per second; -r asks for a rate that it can: {}",
                known.join(", ")
            ))
        }
        Some(_) | None => Ok(()),
    }
}

fn holds_times(profile: &Profile, timeline: &Timeline, picture: &Picture) -> Result<(), String> {
    let who = if profile.video.row().constant_rate {
        profile.video.encoder.as_str()
    } else if profile.container.wants_constant_rate() {
        profile.container.title()
    } else {
        return Ok(());
    };
    if timeline.is_own() || timeline.constant_rate(picture).is_some() {
        return Ok(());
    }
    Err(format!(
        "{who} can hold only a constant frame rate, and this film's is variable; -r asks for a constant one"
    ))
}

pub fn picture_work(
    source: &Source,
    timeline: &Timeline,
    profile: &Profile,
    range: FrameRange,
) -> Option<PictureWork> {
    let (stream, picture) = source.film_stream()?;
    let constant = profile.video.row().constant_rate || profile.container.wants_constant_rate();
    let filters = timeline.chain().cloned();
    let (window, witness) = (timeline.window(range), timeline.witness(range));
    Some(PictureWork {
        range,
        window: Window { seek: timeline.seek(&window, &witness, Lead::Usual), ..window },
        picture: picture.clone(),
        stream: stream.index,
        profile: VideoProfile { filters, pace: None, ..profile.video.clone() },
        container: profile.container,
        constant_rate: if constant { timeline.constant_rate(picture) } else { None },
        compare: false,
        witness,
        shifts: timeline.index.setbacks.iter().map(|setback| setback.shift).collect(),
        lead: Lead::Usual,
        second: None,
        ladder: None,
    })
}

/// The same piece, with a decoder that starts further back.
pub fn led(work: PictureWork, timeline: &Timeline, lead: Lead) -> PictureWork {
    let seek = timeline.seek(&work.window, &work.witness, lead);
    PictureWork { window: Window { seek, ..work.window }, lead, ..work }
}

/// The same piece, with a second decode of the frames in `stretch` if that decode can start elsewhere.
pub fn twice(work: PictureWork, timeline: &Timeline, stretch: FrameRange) -> PictureWork {
    let second = timeline.second_decode(&work, stretch);
    PictureWork { second, ..work }
}

/// Where reading begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// At the key frame that the index chose.
    Seek,
    /// At the film's beginning: slow, but always right.
    Beginning,
}

pub const fn piece_suffix() -> &'static str {
    "nut"
}

/// The run that makes exactly the leased frames.
/// `input` is `-i` and all arguments before it; `output` is passed on unchanged.
pub fn picture_arguments(work: &PictureWork, input: &[String], output: &str, start: Start) -> Vec<String> {
    device_arguments(work, input, output, start, None)
}

/// The same run on a device of this machine.
pub(crate) fn device_arguments(
    work: &PictureWork,
    input: &[String],
    output: &str,
    start: Start,
    device: Option<&Device>,
) -> Vec<String> {
    if let Some(ladder) = &work.ladder {
        return rungs::arguments(&rungs::Rungs { work, ladder, start }, input, output);
    }
    let mut line = opened(device::opened(device), work, input, start);
    line.map(0, work.stream).say("-an -sn -dn -map_metadata -1 -map_chapters -1");
    let chain = device::brought(filters(work, input), device, &work.profile);
    line.option("-vf", chain).say("-fps_mode passthrough");
    if work.constant_rate.is_none() && !work.profile.row().constant_rate {
        line.time_base(piece_time_base(&work.window));
    }
    say_encoder(&mut line, work, device);
    line.say(FIRST_AT_ZERO).option("-f", piece_suffix()).word(output).finish()
}

pub(super) fn opened(mut line: Line, work: &PictureWork, input: &[String], start: Start) -> Line {
    let Window { seek, time_base, .. } = work.window;
    line.seek(seek.filter(|_| start == Start::Seek).map(|ticks| time_base.micros(ticks)));
    if filters::one_size(work).is_some() {
        line.say("-reinit_filter 0");
    }
    // The decoder learns the build from a message before the film's first frame.
    // A piece from the middle never sees that message; see `source::sei`.
    if let Some(build) = work.picture.x264_build {
        line.option("-x264_build:v", build);
    }
    line.all(input);
    line
}

/// Keeps the first frame of every piece at zero.
/// Otherwise ffmpeg would move a piece with reordered frames
/// by the reordering delay, but not a piece of one frame.
/// The concat demuxer does not notice the shift in formats
/// without a start time, such as MPEG-2 and MPEG-4.
const FIRST_AT_ZERO: &str = "-avoid_negative_ts disabled";

/// The arguments that open the source and the filters that produce the piece's frames, for a comparison.
pub(crate) fn reference(work: &PictureWork, input: &[String], start: Start) -> (Line, String) {
    (opened(Line::default(), work, input, start), filters(work, input))
}

/// The same from the film's beginning; frames keep their times within the wanted part.
pub(crate) fn in_part(work: &PictureWork, input: &[String]) -> (Line, String) {
    (opened(Line::default(), work, input, Start::Beginning), in_place(work, input))
}

fn say_encoder(line: &mut Line, work: &PictureWork, device: Option<&Device>) {
    let profile = &work.profile;
    line.option("-c:v", &profile.encoder);
    let plain = |name: &str| !params::is_parameter_list(name) && !device::is_brought_about(name, device);
    for (name, value) in profile.options.iter().filter(|(name, _)| plain(name)) {
        line.option(format!("-{name}"), value);
    }
    device::say_chosen(line, device);
    if let Some((name, value)) = parameter_list(profile, &work.picture) {
        line.option(format!("-{name}"), value);
    }
    line.say(pins(profile, &work.picture));
    if work.picture.is_interlaced() && codes_fields(profile) {
        line.say("-flags +ildct+ilme");
    }
    say_range_in_band(line, &work.picture, profile);
    line.option("-max_pixels:v", params::pixels_max(profile));
}

/// Options that must be equal in all pieces of a film, but whose defaults depend on the machine.
fn pins(profile: &VideoProfile, picture: &Picture) -> &'static str {
    let said = |name: &str| profile.option(name).is_some();
    if !profile.row().slices_by_machine || said("slices") || said("level") {
        return "";
    }
    // In FFV1, slices change the colours if a side of the picture is not a multiple of the chroma
    // spacing.
    // If chroma samples are four pixels apart, even a single slice does so from level 3 on,
    // the default of ffmpeg 8.
    let chain = profile.filters.as_ref().map(ToString::to_string);
    let far = [Some(picture.pix_fmt.as_str()), profile.option("pix_fmt"), chain.as_deref()]
        .into_iter()
        .flatten()
        .any(|formats| ["410p", "411p"].iter().any(|far| formats.contains(far)));
    let spacing = if far { 4 } else { 2 };
    // Filters may change the size to one that is not known here.
    let known = profile.filters.is_none() && !said("s");
    let is_whole = |side: u32| side.is_multiple_of(spacing);
    let whole = known && is_whole(picture.width) && is_whole(picture.height);
    match (whole, far) {
        (true, _) => "-level 3 -slices 4",
        (false, false) => "-level 3",
        (false, true) => "-level 1",
    }
}

/// Whether an interlaced film stays interlaced:
/// the encoder can code fields, and the user's options leave them alone.
fn codes_fields(profile: &VideoProfile) -> bool {
    profile.row().codes_fields && profile.filters.is_none() && profile.option("flags").is_none()
}

#[cfg(test)]
mod tests;
