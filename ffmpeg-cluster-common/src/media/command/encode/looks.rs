//! Colours, levels and fields: what an encoder must know, and what the join must state again.

use crate::media::command::Line;
use crate::media::params::{ColorProperties, Levels, Profile, VideoProfile};
use crate::media::source::Picture;
use crate::media::words::device::Method;

/// A filter that keeps the levels unchanged; None if it is not needed.
///
/// Full-range pictures come in formats (`yuvj420p`) that many encoders do not accept.
/// ffmpeg 5 would then squeeze their levels into the limited range.
/// Newer versions do so in any format if the encoder can't state the range.
/// The bytes mean the same in the plain format, and the join states the range.
pub(super) fn levels_kept(picture: &Picture, profile: &VideoProfile) -> Option<String> {
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
    match (plain, profile.row().levels) {
        (Some(plain), Levels::UnsaidInPlain) => Some(format!("{plain},{unsaid}")),
        (Some(plain), Levels::Said) => Some(plain),
        (None, Levels::Unsaid | Levels::UnsaidInPlain) if is_full_range(picture) => Some(unsaid),
        _ => None,
    }
}

/// A filter that brings the film's first range to frames whose range differs, because it changes midway.
///
/// The formats of both ranges differ in name alone. A single run of ffmpeg keeps its first frame's format
/// and converts the frames that follow; a piece from the later part would keep that part's format instead.
pub(super) fn one_range(picture: &Picture) -> Option<String> {
    let format = picture.pix_fmt.as_str();
    let has_twin = ["420p", "422p", "444p"].iter().any(|twin| format.strip_prefix("yuv") == Some(twin));
    let is_told_by_name = format.starts_with("yuvj") || has_twin && !is_full_range(picture);
    is_told_by_name.then(|| format!("format={format}"))
}

/// Whether a picture has full range although the name of its format does not say so.
fn is_full_range(picture: &Picture) -> bool {
    let named = picture.pix_fmt.starts_with("yuvj");
    picture.color_range.as_deref() == Some("pc") && picture.pix_fmt.starts_with("yuv") && !named
}

/// Whether the result has the source's levels; see [`levels_kept`].
pub(super) fn keeps_range(picture: &Picture, profile: &VideoProfile) -> bool {
    let by_format = matches!(profile.row().levels, Levels::SaidByFormat | Levels::Stretched);
    let taken = by_format || levels_kept(picture, profile).is_some();
    let squeezed = picture.pix_fmt.starts_with("yuvj") && !taken;
    !squeezed && !stretches(picture, profile) && !loses_rgb(picture, profile)
}

/// Whether limited range becomes full range.
fn stretches(picture: &Picture, profile: &VideoProfile) -> bool {
    let is_limited = picture.color_range.as_deref() == Some("tv");
    let may_keep = matches!(profile.option("strict:v"), Some("unofficial" | "experimental" | "-1" | "-2"));
    profile.row().levels == Levels::Stretched && is_limited && !may_keep
}

/// Whether RGB becomes YUV: most encoders accept only YUV,
/// and then levels and matrix are no longer the source's.
pub(super) fn loses_rgb(picture: &Picture, profile: &VideoProfile) -> bool {
    const FORMATS: &[&str] = &["rgb", "bgr", "gbr", "argb", "abgr", "0rgb", "0bgr", "pal8", "x2rgb", "x2bgr"];
    FORMATS.iter().any(|start| picture.pix_fmt.starts_with(start)) && !profile.row().keeps_rgb
}

/// States the limited range in band: x264, x265
/// and maybe hardware leave it out, and MP4 has no other place for it.
pub(super) fn say_range_in_band(line: &mut Line, picture: &Picture, profile: &VideoProfile) {
    let Some(filter) = profile.row().range_filter() else { return };
    let is_usual = picture.color_range.as_deref() == Some("tv");
    if is_usual && !repaints(profile) && profile.option("color_range").is_none() {
        line.option("-bsf:v", format!("{filter}=video_full_range_flag=0"));
    }
}

/// Whether the user's options may change the colours that the source states.
pub fn repaints(profile: &VideoProfile) -> bool {
    const NAMES: &[&str] = &[
        "colorspace",
        "setparams",
        "setrange",
        "zscale",
        "colormatrix",
        "format",
        "noformat",
        "scale",
        "tonemap",
    ];
    // A hardware encoder always gets a format, whether or not the user asked for one.
    let format = profile.option("pix_fmt").is_some() && Method::of_encoder(&profile.encoder).is_none();
    format || profile.filters.as_ref().is_some_and(|chain| chain.has(NAMES))
}

/// Output options of the join that restore what NUT loses of the picture.
/// If the user's options may have changed the colours, the dry run supplies them.
pub fn picture_tags(picture: &Picture, profile: &Profile) -> Vec<String> {
    if profile.copies_picture() {
        return Vec::new();
    }
    let (video, mut line) = (&profile.video, Line::default());
    let found = || profile.looks.clone().unwrap_or_default();
    let looks = if repaints(video) { found() } else { kept(picture, video) };
    let field_order = picture.field_order.clone().filter(|_| video.filters.is_none());
    for (name, told) in [
        ("color_range", &looks.color_range),
        ("colorspace", &looks.color_space),
        ("color_trc", &looks.color_transfer),
        ("color_primaries", &looks.color_primaries),
        ("chroma_sample_location", &looks.chroma_location),
        ("field_order", &field_order),
    ] {
        let wished = video.option(name).filter(|_| name != "field_order");
        let told = told.as_deref().filter(|_| video.option(name).is_none());
        let value = wished.or_else(|| option_name(name, told?));
        if let Some(value) = value {
            line.option(format!("-{name}:v:0"), value);
        }
    }
    line.finish()
}

/// The source's colours as far as the result keeps them.
fn kept(picture: &Picture, profile: &VideoProfile) -> ColorProperties {
    let all = ColorProperties::of(picture);
    ColorProperties {
        color_range: all.color_range.filter(|_| keeps_range(picture, profile)),
        color_space: all.color_space.filter(|_| !loses_rgb(picture, profile)),
        ..all
    }
}

/// ffmpeg's option value for ffprobe's word; None if no value corresponds.
fn option_name<'a>(option: &str, told: &'a str) -> Option<&'a str> {
    match (option, told) {
        (_, "reserved") => None,
        ("colorspace", "gbr") => Some("rgb"),
        ("color_trc", "bt470m") => Some("gamma22"),
        ("color_trc", "bt470bg") => Some("gamma28"),
        _ => Some(told),
    }
}
