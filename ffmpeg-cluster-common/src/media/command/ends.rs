//! Hashes of source frames, taken by the run that makes a piece:
//! frames around the piece's ends, and frames that are decoded twice.

use std::path::Path;

use super::Line;
use super::encode::{Start, opened, told_in};
use crate::media::plan::witness::{SecondDecode, Witness};
use crate::media::plan::work::{PictureWork, Window};
use crate::media::source::Picture;

/// A second output of the run that makes the piece, so that the decoder works only once.
pub fn arguments(work: &PictureWork, file: &Path) -> Vec<String> {
    if work.witness.is_none() {
        return Vec::new();
    }
    hashes(work, frames_told(&work.witness, work.second.as_ref()), file)
}

/// The second decode, which writes its hashes into `file`; None if the work asks for none.
pub(super) fn second_decode(work: &PictureWork, input: &[String], file: &Path) -> Option<Vec<String>> {
    let second = work.second?;
    let work = PictureWork { window: Window { seek: second.seek, ..work.window }, ..work.clone() };
    let mut line = opened(Line::default(), &work, input, Start::Seek);
    Some(line.all(hashes(&work, vec![trim(Some(second.start), second.end)], file)).finish())
}

fn hashes(work: &PictureWork, mut chain: Vec<String>, file: &Path) -> Vec<String> {
    if let Some(time) = work.window.counted_from {
        chain.insert(0, format!("setpts=PTS-STARTPTS+({time})"));
    }
    chain.splice(0..0, told_in(work));
    chain.extend(as_the_film(&work.picture));
    let base = work.window.time_base;
    let mut line = Line::default();
    line.map(0, work.stream).option("-vf", chain.join(",")).say("-fps_mode passthrough").time_base(base);
    line.say("-f framehash -hash md5").output(&file.display().to_string()).finish()
}

/// The colour spaces that the scaler of ffmpeg 8 accepts.
/// It fails on others, and on some transfers and primaries, even if it has nothing to convert;
/// films that state these are compared without their range.
const SCALED: &[&str] = &["bt709", "fcc", "bt470bg", "smpte170m", "smpte240m", "bt2020nc"];

/// Converts each frame to the film's first format and range; frames that have them stay unchanged.
/// A decoder that mistakes the range returns the same bytes, declared as another kind of frame;
/// the conversion makes that mistake visible.
/// ffmpeg 5 expresses the range as separate formats, ffmpeg 8 as a property of frames.
fn as_the_film(picture: &Picture) -> Option<String> {
    let format = Some(&picture.pix_fmt).filter(|format| !format.is_empty())?;
    let is_full = format.starts_with("yuvj") || picture.color_range.as_deref() == Some("pc");
    let range = if is_full { "pc" } else { "tv" };
    let is_told = picture.color_transfer.is_some() || picture.color_primaries.is_some();
    let scales = picture.color_space.as_deref().is_none_or(|space| SCALED.contains(&space));
    let scale = match scales && !is_told && format.starts_with("yuv") {
        true => format!("scale=out_range={range},"),
        false => String::new(),
    };
    Some(format!("{scale}format={format}"))
}

/// Stops reading after the last frame; otherwise the run would continue to the film's end.
fn trim(first: Option<i64>, end: Option<i64>) -> String {
    let [first, end] = [("start_pts", first), ("end_pts", end)]
        .map(|(name, time)| time.map(|time| format!("{name}={time}")));
    format!("trim={}", [first, end].into_iter().flatten().collect::<Vec<_>>().join(":"))
}

/// Selects the witnesses and the frames that are decoded twice.
fn frames_told(witness: &Witness, twice: Option<&SecondDecode>) -> Vec<String> {
    let first = witness.times().chain(twice.map(|twice| twice.start)).min();
    let last = witness.times().max().map(|last| last + 1);
    let end = match twice {
        Some(twice) => twice.end.zip(last).map(|(end, last)| end.max(last)),
        None => last,
    };
    let one = witness.times().map(|time| format!("eq(pts,{time})"));
    let several = twice.map(|twice| {
        let before_end = twice.end.map(|end| format!("*lt(pts,{end})")).unwrap_or_default();
        format!("gte(pts,{}){before_end}", twice.start)
    });
    let told: Vec<String> = one.chain(several).collect();
    vec![trim(first, end), format!("select='{}'", told.join("+"))]
}
