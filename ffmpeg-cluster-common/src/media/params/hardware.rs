//! Maps a profile of a software encoder to a hardware encoder, or says why that is impossible.
//! [`tables`] has the numbers and words; `docs/hardware.md` shows the mapping.
//!
//! No option that changes the result is dropped:
//! if one option can't be mapped, the whole profile can't.

#[cfg(test)]
mod docs_tests;
mod tables;
#[cfg(test)]
mod tests;

use super::rows::encoders::InHardware;
use super::{Chain, Profile, Refusal, VideoEncoder, VideoProfile};
use crate::media::source::Picture;
use crate::media::words::device::{Hw, Method, Seat};
use tables::{END, Quality};

/// The distance between key frames if the user sets none, as with x264 and x265.
const KEY_FRAMES: &str = "250";
/// Options that mean nothing to hardware and do not change the result.
const OF_PROCESSORS: [&str; 3] = ["threads", "thread_type", "row-mt"];
/// The pixel format that devices accept.
const FORMAT: &str = "nv12";
/// The pixel format of the devices' streams, by ffprobe's name.
pub const MADE: &str = "yuv420p";
/// Options that hardware accepts unchanged.
const KEPT: [&str; 8] = [
    "aspect",
    "sws_flags",
    "g",
    "color_primaries",
    "color_trc",
    "colorspace",
    "color_range",
    "chroma_sample_location",
];

type Pairs = Vec<(String, String)>;

/// The same parameters for an encoder of `method`, as closely as its options allow.
pub(crate) fn mapped(
    video: &VideoProfile,
    picture: &Picture,
    method: Method,
) -> Result<VideoProfile, Refusal> {
    let (codec, like) = likeness(video)?;
    let none = || Refusal::new(said(video), format!("{} has no encoder of {codec}", method.as_str()));
    let encoder = method.encoder(codec).ok_or_else(none)?;
    let format = format(video, picture, codec)?;
    suits(picture)?;
    let quality = quality(video, like)?;
    let target = Target { method, codec, like };
    let mut options: Pairs = Vec::new();
    for (name, value) in &video.options {
        options.extend(target.option(video.row(), name, value)?);
    }
    options.extend(tables::quality(method, codec, quality).iter().map(|(name, value)| pair(name, value)));
    options.push(pair("pix_fmt", format));
    if video.option("g").is_none() {
        options.push(pair("g", KEY_FRAMES));
    }
    Ok(VideoProfile { encoder: encoder.to_owned(), options, ..video.clone() })
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// The hardware encoder that options are mapped to.
struct Target {
    method: Method,
    codec: &'static str,
    like: InHardware,
}

impl Target {
    /// The equivalent of one option; None if the quality or the format already expresses it.
    fn option(
        &self,
        row: &VideoEncoder,
        name: &str,
        value: &str,
    ) -> Result<Option<(String, String)>, Refusal> {
        let refused = |why: &str| Refusal::new(format!("-{name} {value}"), why);
        let Self { method, codec, like } = self;
        let elsewhere = ["pix_fmt", "b:v"].contains(&name) || row.rate_control.quality.contains(&name);
        if elsewhere || OF_PROCESSORS.contains(&name) {
            return Ok(None);
        }
        if row.pace.contains(&name) {
            let pace = tables::pace(like.paces, value);
            let pace = pace.ok_or_else(|| refused("hardware has no equivalent"))?;
            return Ok(tables::preset(*method, pace).map(|(name, value)| pair(name, value)));
        }
        let same = match name {
            "profile:v" => tables::profile(*method, codec, value)
                .map(str::to_owned)
                .ok_or_else(|| refused("hardware has no such profile"))?,
            "level" => tables::level(*method, codec, value)
                .ok_or_else(|| refused("hardware encoders can't be set to this level"))?,
            "bf" if *codec != "av1" => value.to_owned(),
            name if KEPT.contains(&name) => value.to_owned(),
            _ => return Err(refused("hardware has no equivalent")),
        };
        Ok(Some((name.to_owned(), same)))
    }
}

/// The part that hardware may have in a job, for the scheduler.
/// A job that names a hardware encoder requires it.
pub fn allowed(
    hw: Hw,
    video: &VideoProfile,
    picture: &Picture,
) -> Result<(Hw, Vec<(Method, String)>), Refusal> {
    if let Some(method) = Method::of_encoder(&video.encoder) {
        return Ok((Hw::Require, vec![(method, video.encoder.clone())]));
    }
    match (hw, methods(video, picture)) {
        (Hw::Off, _) | (Hw::Prefer, Err(_)) => Ok((Hw::Off, Vec::new())),
        (Hw::Prefer | Hw::Require, Ok(methods)) => Ok((hw, methods)),
        (Hw::Require, Err(refusal)) => Err(refusal),
    }
}

/// The profile for one lease: unchanged, or mapped to the encoder of its seat.
pub fn on(profile: &Profile, picture: &Picture, seat: Option<&Seat>) -> Result<Profile, Refusal> {
    let other = seat.filter(|seat| seat.encoder != profile.video.encoder);
    let Some(method) = other.and_then(Seat::method) else { return Ok(profile.clone()) };
    let video = mapped(&profile.video, picture, method)?;
    Ok(Profile { video, ..profile.clone() })
}

/// All methods that can encode the picture, with their encoders; fails with a reason if there is none.
pub fn methods(video: &VideoProfile, picture: &Picture) -> Result<Vec<(Method, String)>, Refusal> {
    let (mut able, mut why) = (Vec::new(), None);
    for method in Method::ALL {
        match mapped(video, picture, method) {
            Ok(mapped) => able.push((method, mapped.encoder)),
            Err(refusal) => why = why.or(Some(refusal)),
        }
    }
    match why {
        Some(refusal) if able.is_empty() => Err(refusal),
        _ => Ok(able),
    }
}

fn said(video: &VideoProfile) -> String {
    format!("-c:v {}", video.encoder)
}

/// The codec and the facts for the mapping, if hardware can make an equivalent stream.
fn likeness(video: &VideoProfile) -> Result<(&'static str, InHardware), Refusal> {
    let row = video.row();
    match row.in_hardware {
        Some(like) => Ok((row.codec, like)),
        None if row.hardware => Err(Refusal::new(said(video), "it is hardware already")),
        None => Err(Refusal::new(said(video), "no hardware encoder makes an equivalent stream")),
    }
}

/// Requires eight bits and 4:2:0, because no device is proved to accept anything else.
fn format(video: &VideoProfile, picture: &Picture, codec: &str) -> Result<&'static str, Refusal> {
    let asked = video.option("pix_fmt");
    if asked.is_none() && video.filters.as_ref().is_some_and(Chain::sets_format) {
        let reason = "the pixel format after these filters is unknown; give it with -pix_fmt";
        return Err(Refusal::new("-vf", reason));
    }
    let whole = asked.unwrap_or(&picture.pix_fmt);
    if matches!(whole, "yuv420p" | "nv12") {
        return Ok(FORMAT);
    }
    let option = asked.map_or_else(|| said(video), |format| format!("-pix_fmt {format}"));
    Err(Refusal::new(option, format!("hardware is not proved to make {codec} of pictures in {whole}")))
}

/// Refuses sources that hardware would not keep completely.
fn suits(picture: &Picture) -> Result<(), Refusal> {
    let refused = |what| Err(Refusal::new("the source", what));
    if picture.field_order.as_deref().is_some_and(|order| order != "progressive") {
        return refused("it has fields, which only software encoders keep");
    }
    if picture.hdr.is_some() {
        return refused("only software encoders keep its HDR data");
    }
    if picture.color_range.as_deref() == Some("pc") {
        return refused("its levels are full-range, which only software encoders are known to keep");
    }
    Ok(())
}

/// The quality of the encoder: the user's, or its default. Hardware has no lossless mode.
fn quality(video: &VideoProfile, like: InHardware) -> Result<Quality, Refusal> {
    let number = |name: &str| video.option(name).and_then(|value| Some((value, value.parse::<f64>().ok()?)));
    let InHardware { crf_end, qp_end, .. } = like;
    let (name, found) = match (number("crf"), number("qp")) {
        (_, Some(found)) => ("qp", Some(found)),
        (found, None) => ("crf", found),
    };
    let Some((text, value)) = found else {
        let unsaid = || {
            Refusal::new(
                said(video),
                "give a quality, such as -crf 30: the default depends on the encoder's version",
            )
        };
        return like.crf.map(|value| Quality::Crf { value, end: END }).ok_or_else(unsaid);
    };
    if value <= 0.0 {
        return Err(Refusal::new(format!("-{name} {text}"), "hardware has no equivalent lossless mode"));
    }
    Ok(if name == "qp" { Quality::Qp { value, end: qp_end } } else { Quality::Crf { value, end: crf_end } })
}
