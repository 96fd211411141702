//! Leased frames → ffmpeg arguments, for the client; and what of the picture must be told again at the join.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::container::Container;
use super::profile::{self, Profile, VideoProfile};
use super::source::{Hdr, Picture, Source};
use super::timeline::Timeline;
use super::work::{Cut, PictureWork, Window};
use crate::frames::{FrameRange, Rational};

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

/// Whether these times can be encoded and held at all; else the reason.
pub fn can_hold(profile: &Profile, timeline: &Timeline, picture: &Picture) -> Result<(), String> {
    holds_times(profile, timeline, picture).and_then(|()| holds_rate(profile.container, timeline, picture))
}

/// Whether the container is one that knows all rates, or this one.
fn holds_rate(container: Container, timeline: &Timeline, picture: &Picture) -> Result<(), String> {
    let Some(known) = container.frame_rates() else { return Ok(()) };
    let title = container.title();
    if timeline.is_own() {
        return Err(format!(
            "{title} can hold only certain frame rates, and which one comes out only these filters know"
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
    let who = if wants_constant_rate(&profile.video.encoder) {
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

/// These refuse the fine time bases in which films tell their times.
fn wants_constant_rate(encoder: &str) -> bool {
    matches!(encoder, "mpeg2video" | "mpeg4" | "libxvid" | "mpeg1video" | "h263" | "msmpeg4" | "dnxhd")
}

pub fn picture_work(
    source: &Source,
    timeline: &Timeline,
    profile: &Profile,
    range: FrameRange,
) -> Option<PictureWork> {
    let (stream, picture) = source.film_stream()?;
    let constant = wants_constant_rate(&profile.video.encoder) || profile.container.wants_constant_rate();
    let filters = timeline.chain().map(str::to_owned);
    Some(PictureWork {
        range,
        window: timeline.window(range),
        picture: picture.clone(),
        stream: stream.index,
        profile: VideoProfile { filters, pace: None, ..profile.video.clone() },
        container: profile.container,
        constant_rate: if constant { timeline.constant_rate(picture) } else { None },
        compare: false,
    })
}

/// Where reading begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// At the key frame that the index chose.
    Seek,
    /// At the film's beginning: slow, and right by construction.
    Beginning,
}

pub const fn piece_suffix() -> &'static str {
    "nut"
}

/// One run that makes exactly the leased frames. `input` is all that opens the source, `-i` and what must stand before it;
/// `output` is printed as it is.
pub fn picture_arguments(work: &PictureWork, input: &[String], output: &str, start: Start) -> Vec<String> {
    let mut all = seek(&work.window, start);
    all.extend_from_slice(input);
    all.extend(["-map".to_owned(), format!("0:{}", work.stream)]);
    all.extend(words("-an -sn -dn -map_metadata -1 -map_chapters -1"));
    let address = input.last().map_or("", String::as_str);
    all.extend([
        "-vf".to_owned(),
        profile::with_source(&filters(work), address),
        "-fps_mode".to_owned(),
        "passthrough".to_owned(),
    ]);
    if work.constant_rate.is_none() && !wants_constant_rate(&work.profile.encoder) {
        let base = piece_time_base(&work.window);
        all.extend(["-enc_time_base".to_owned(), format!("{}:{}", base.num, base.den)]);
    }
    all.extend(encoder_arguments(work));
    all.extend(words(FIRST_AT_ZERO));
    all.extend(["-f".to_owned(), piece_suffix().to_owned(), output.to_owned()]);
    all
}

/// Else a piece whose frames are reordered would begin later by what the reordering takes, and one of a single frame would
/// not: the list of pieces does not see that where ffmpeg knows no beginning, as with MPEG-2 and MPEG-4.
const FIRST_AT_ZERO: &str = "-avoid_negative_ts disabled";

/// The frames that a piece should hold, for a comparison: what opens the source, and the filters.
pub fn reference(work: &PictureWork, input: &[String], start: Start) -> (Vec<String>, String) {
    let mut all = seek(&work.window, start);
    all.extend_from_slice(input);
    let address = input.last().map_or("", String::as_str);
    (all, profile::with_source(&filters(work), address))
}

fn seek(window: &Window, start: Start) -> Vec<String> {
    let target = window.seek.filter(|_| start == Start::Seek).map(|ticks| window.time_base.micros(ticks));
    match target {
        // Half a millisecond late, so that rounding never lands on the key frame before.
        Some(micros) if micros >= 0 => {
            let at = micros + 500;
            let mut all = words("-copyts -seek_timestamp 1 -noaccurate_seek -ss");
            all.push(format!("{}.{:06}", at / 1_000_000, at % 1_000_000));
            all
        }
        Some(_) | None => words("-copyts"),
    }
}

/// Where only the filters know their times, any may come.
const FINE: Rational = Rational::MICROS;

const fn piece_time_base(window: &Window) -> Rational {
    match window.result.cut {
        Cut::None | Cut::Margins { .. } => window.result.time_base,
        Cut::Own { .. } => FINE,
    }
}

/// What to read; what the user wants; what to keep of it, with times from zero, because NUT holds none before it.
fn filters(work: &PictureWork) -> String {
    let window = &work.window;
    let end = window.end.map_or_else(String::new, |end| format!(":end_pts={end}"));
    let counted = window.counted_from.map(|time| format!("setpts=PTS-STARTPTS{}", minus(-time)));
    let mut all: Vec<String> = counted.into_iter().collect();
    all.push(format!("trim=start_pts={}{end}", window.start));
    let user = work.profile.filters.as_deref();
    let levels = levels_kept(&work.picture, &work.profile);
    if user.is_none() && !window.doubled && window.result.cut == Cut::None {
        all.extend(levels);
        all.push(format!("setpts=PTS{}", minus(window.result.first + window.zero)));
        return all.join(",");
    }
    if window.doubled {
        let time = format!("PTS{}", minus(window.zero));
        all.push(format!("setpts='if(isnan(PREV_OUTPTS),{time},max({time},PREV_OUTPTS+1))'"));
    } else if window.zero != 0 {
        all.push(format!("setpts=PTS{}", minus(window.zero)));
    }
    all.extend(user.map(|chain| padded(chain, window.result.cut)));
    all.extend(levels);
    all.extend(kept(window));
    all.join(",")
}

/// Levels stay as they are. Full-range pictures come in formats that many encoders don't take: left alone, ffmpeg 5 squeezes
/// their levels to make them fit, and newer ones do so in any format where an encoder has no way to say what they are. The
/// bytes mean the same in the plain format; what they are is said at the join.
fn levels_kept(picture: &Picture, profile: &VideoProfile) -> Option<String> {
    let encoder = profile.encoder.as_str();
    if repaints(profile) {
        return None;
    }
    let plain = match picture.pix_fmt.as_str() {
        "yuvj420p" => Some("yuv420p"),
        "yuvj422p" => Some("yuv422p"),
        "yuvj444p" => Some("yuv444p"),
        _ => None,
    };
    let plain = plain.map(|format| format!("scale=in_range=pc:out_range=pc,format={format}"));
    let unsaid = "setparams=range=tv".to_owned();
    match (plain, says_levels(encoder)) {
        (Some(plain), _) if encoder == "ffv1" => Some(format!("{plain},{unsaid}")),
        (Some(plain), true) if !takes_yuvj(encoder) => Some(plain),
        (None, false) if is_full_range(picture) => Some(unsaid),
        _ => None,
    }
}

/// In formats that are not of full range by their name.
fn is_full_range(picture: &Picture) -> bool {
    let named = picture.pix_fmt.starts_with("yuvj");
    picture.color_range.as_deref() == Some("pc") && picture.pix_fmt.starts_with("yuv") && !named
}

/// Encoders that write down which levels the picture has, and so are given either.
fn says_levels(encoder: &str) -> bool {
    const ALL: &[&str] = &["libvpx", "libvpx-vp9", "libaom-av1", "libsvtav1", "librav1e"];
    ALL.contains(&encoder) || takes_yuvj(encoder)
}

fn takes_yuvj(encoder: &str) -> bool {
    matches!(encoder, "libx264" | "libx265" | "mjpeg")
}

/// Whether the result has the source's levels: see [`levels_kept`].
fn keeps_range(picture: &Picture, profile: &VideoProfile) -> bool {
    let taken = takes_yuvj(&profile.encoder) || levels_kept(picture, profile).is_some();
    let squeezed = picture.pix_fmt.starts_with("yuvj") && !taken;
    !squeezed && !loses_rgb(picture, profile)
}

/// Most encoders are given colours for red, green and blue, and then levels and matrix are theirs, not the source's.
fn loses_rgb(picture: &Picture, profile: &VideoProfile) -> bool {
    const FORMATS: &[&str] = &["rgb", "bgr", "gbr", "argb", "abgr", "0rgb", "0bgr", "pal8", "x2rgb", "x2bgr"];
    const KEEPERS: &[&str] =
        &["ffv1", "libx264rgb", "huffyuv", "ffvhuff", "utvideo", "magicyuv", "png", "qtrle", "rawvideo"];
    FORMATS.iter().any(|start| picture.pix_fmt.starts_with(start))
        && !KEEPERS.contains(&profile.encoder.as_str())
}

fn minus(time: i64) -> String {
    if time < 0 { format!("+{}", time.unsigned_abs()) } else { format!("-{time}") }
}

/// Frames are added behind the film's last where a constant rate needs them.
fn padded(chain: &str, cut: Cut) -> String {
    match cut {
        Cut::Margins { pad } if pad > 0 => {
            profile::with_each_rate(chain, &format!("tpad=stop={pad}:stop_mode=clone"))
        }
        Cut::None | Cut::Margins { .. } | Cut::Own { .. } => chain.to_owned(),
    }
}

fn kept(window: &Window) -> Vec<String> {
    let result = &window.result;
    let base = piece_time_base(window);
    let first = result.time_base.rescale(result.first, base);
    let start = format!("setpts=PTS{}", minus(first));
    let ticks = format!("settb={base}");
    match result.cut {
        Cut::None => vec![ticks, start],
        Cut::Margins { .. } => {
            let end = result.end.map_or(result.last + 1, |end| end);
            vec![ticks, format!("trim=start_pts={}:end_pts={end}", result.first), start]
        }
        Cut::Own { length_us } => {
            let length = length_us.map_or_else(String::new, |us| format!(":durationi={us}"));
            vec![ticks, format!("trim=start_pts={first}{length}"), start]
        }
    }
}

fn encoder_arguments(work: &PictureWork) -> Vec<String> {
    let profile = &work.profile;
    let mut all = vec!["-c:v".to_owned(), profile.encoder.clone()];
    for (name, value) in profile.options.iter().filter(|(name, _)| !is_parameter_list(name)) {
        all.extend([format!("-{name}"), value.clone()]);
    }
    let list = parameter_list(profile, &work.picture);
    all.extend(list.into_iter().flat_map(|(name, value)| [format!("-{name}"), value]));
    all.extend(pins(profile, &work.picture));
    if is_interlaced(&work.picture) && codes_fields(profile) {
        all.extend(words("-flags +ildct+ilme"));
    }
    all.extend(range_in_band(&work.picture, profile));
    all
}

/// x264 and x265 leave the usual range unsaid, and MP4 has no other place for it.
fn range_in_band(picture: &Picture, profile: &VideoProfile) -> Vec<String> {
    let filter = match profile.encoder.as_str() {
        "libx264" => "h264_metadata",
        "libx265" => "hevc_metadata",
        _ => return Vec::new(),
    };
    if picture.color_range.as_deref() != Some("tv")
        || repaints(profile)
        || profile.option("color_range").is_some()
    {
        return Vec::new();
    }
    vec!["-bsf:v".to_owned(), format!("{filter}=video_full_range_flag=0")]
}

/// The user's wishes may change what the source says of its colours.
fn repaints(profile: &VideoProfile) -> bool {
    const NAMES: &[&str] =
        &["colorspace", "setparams", "zscale", "colormatrix", "format", "scale", "tonemap"];
    let filters = profile.filters.as_deref().unwrap_or_default();
    profile.option("pix_fmt").is_some() || NAMES.iter().any(|name| filters.contains(name))
}

/// What would depend on the machine, and must be alike in all pieces of a film.
fn pins(profile: &VideoProfile, picture: &Picture) -> Vec<String> {
    let said = |name: &str| profile.option(name).is_some();
    if profile.encoder != "ffv1" || said("slices") || said("level") {
        return Vec::new();
    }
    // Slices of a picture whose sides are odd don't fall on whole samples of colour.
    let odd = picture.width % 2 == 1 || picture.height % 2 == 1;
    words(if odd { "-level 3" } else { "-level 3 -slices 4" })
}

fn is_interlaced(picture: &Picture) -> bool {
    picture.field_order.as_deref().is_some_and(|order| order != "progressive")
}

/// A film of fields stays one, where the encoder can code them and the user's wishes leave the fields alone.
fn codes_fields(profile: &VideoProfile) -> bool {
    let encoder = matches!(profile.encoder.as_str(), "libx264" | "mpeg2video" | "mpeg4");
    encoder && profile.filters.is_none() && profile.option("flags").is_none()
}

fn is_parameter_list(name: &str) -> bool {
    matches!(name, "x264-params" | "x264opts" | "x265-params" | "svtav1-params")
}

/// The user's list, and the source's HDR data in band where the user says nothing of it.
fn parameter_list(profile: &VideoProfile, picture: &Picture) -> Option<(String, String)> {
    let users = profile.options.iter().find(|(name, _)| is_parameter_list(name)).cloned();
    let hdr = picture.hdr.as_ref().filter(|_| profile.filters.is_none());
    let hdr = |names| hdr.map(|hdr| hdr_text(hdr, names)).unwrap_or_default();
    let ours = match profile.encoder.as_str() {
        "libx264" => Some(("x264-params", [hdr(&X264_HDR), lower_first(profile, picture)])),
        "libx265" => Some(("x265-params", [hdr(&X265_HDR), String::new()])),
        "libsvtav1" => Some(("svtav1-params", [hdr(&SVT_HDR), String::new()])),
        _ => None,
    };
    let ours = ours.map(|(name, parts)| {
        (name, parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(":"))
    });
    let Some((name, ours)) = ours.filter(|(_, text)| !text.is_empty()) else { return users };
    match users {
        Some((name, text)) if ["master", "cll", "content-light"].iter().any(|word| text.contains(word)) => {
            Some((name, text))
        }
        Some((name, text)) => Some((name, format!("{text}:{ours}"))),
        None => Some((name.to_owned(), ours)),
    }
}

/// x264 takes the upper field for the earlier one, whatever the frames say.
fn lower_first(profile: &VideoProfile, picture: &Picture) -> String {
    let lower = picture.field_order.as_deref().is_some_and(|order| order.starts_with('b'));
    if lower && codes_fields(profile) { "bff=1".to_owned() } else { String::new() }
}

/// How an encoder is told of HDR10: its words, and what its numbers count.
struct HdrNames {
    display: &'static str,
    light: &'static str,
    chromaticity: i64,
    luminance: i64,
}

const X264_HDR: HdrNames =
    HdrNames { display: "mastering-display", light: "cll", chromaticity: 50_000, luminance: 10_000 };
const X265_HDR: HdrNames = HdrNames { display: "master-display", light: "max-cll", ..X264_HDR };
/// Takes the numbers themselves.
const SVT_HDR: HdrNames =
    HdrNames { display: "mastering-display", light: "content-light", chromaticity: 1, luminance: 1 };

fn hdr_text(hdr: &Hdr, names: &HdrNames) -> String {
    let mut all = Vec::new();
    if let Some(values) = &hdr.mastering {
        let [rx, ry, gx, gy, bx, by, wx, wy] =
            [0, 1, 2, 3, 4, 5, 6, 7].map(|n| scaled(values[n], names.chromaticity));
        let (low, high) = (scaled(values[8], names.luminance), scaled(values[9], names.luminance));
        let display = names.display;
        all.push(format!("{display}=G({gx},{gy})B({bx},{by})R({rx},{ry})WP({wx},{wy})L({high},{low})"));
    }
    if let (Some(most), Some(mean)) = (hdr.max_content, hdr.max_average) {
        all.push(format!("{}={most},{mean}", names.light));
    }
    all.join(":")
}

/// Whole numbers of a unit; of the unit 1 itself, as many digits as any standard tells.
fn scaled(value: Rational, unit: i64) -> f64 {
    let finest = if unit == 1 { 100_000.0 } else { 1.0 };
    (value.as_f64() * unit as f64 * finest).round() / finest
}

/// What describes the picture and gets lost on the way through NUT: output options of the join. Nothing where the user's
/// wishes may have changed it.
pub fn picture_tags(picture: &Picture, profile: &VideoProfile) -> Vec<String> {
    let mut all = Vec::new();
    let mut tag = |name: &str, value: &Option<String>| {
        if let Some(value) = value.as_ref().filter(|_| profile.option(name).is_none()) {
            all.extend([format!("-{name}:v:0"), value.clone()]);
        }
    };
    if !repaints(profile) {
        if keeps_range(picture, profile) {
            tag("color_range", &picture.color_range);
        }
        if !loses_rgb(picture, profile) {
            tag("colorspace", &picture.color_space.as_deref().map(option_name));
        }
        tag("color_trc", &picture.color_transfer);
        tag("color_primaries", &picture.color_primaries);
        tag("chroma_sample_location", &picture.chroma_location);
    }
    if profile.filters.is_none() {
        tag("field_order", &picture.field_order);
    }
    for name in ["color_range", "colorspace", "color_trc", "color_primaries", "chroma_sample_location"] {
        if let Some(value) = profile.option(name) {
            all.extend([format!("-{name}:v:0"), value.to_owned()]);
        }
    }
    all
}

/// What ffprobe calls gbr is rgb where it is an option.
fn option_name(told: &str) -> String {
    if told == "gbr" { "rgb".to_owned() } else { told.to_owned() }
}

#[cfg(test)]
mod tests;
