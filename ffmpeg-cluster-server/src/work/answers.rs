//! Reads ffprobe's answers, which are JSON.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::frames::Rational;
use ffmpeg_cluster_common::media::source::side_data::SideData;
use ffmpeg_cluster_common::media::source::{Hdr, Picture, Sound, Source, Stream, StreamKind, sei};
use ffprobe::FfProbe;
use serde_json::Value;

/// Reads the facts about a film. The crate's types cover the usual fields; the rest is read from the JSON beside them.
pub fn read(text: &str) -> Result<Source, String> {
    let known: FfProbe = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let all: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let streams = known.streams.iter().enumerate();
    Ok(Source {
        format: known.format.format_name.clone(),
        start_us: micros(known.format.start_time.as_deref()).unwrap_or(0),
        duration_us: micros(known.format.duration.as_deref()),
        bytes: known.format.size.parse().unwrap_or(0),
        streams: streams.filter_map(|(n, stream)| read_stream(stream, &all["streams"][n])).collect(),
        chapters: all["chapters"].as_array().map_or(0, |chapters| chapters.len() as u32),
        tags: tags(&all["format"]["tags"]),
        clock_set_back: false,
        chosen: None,
    })
}

fn read_stream(known: &ffprobe::Stream, all: &Value) -> Option<Stream> {
    let kind = match known.codec_type.as_deref() {
        Some("video") => StreamKind::Video,
        Some("audio") => StreamKind::Audio,
        Some("subtitle") => StreamKind::Subtitle,
        Some("attachment") => StreamKind::Attachment,
        Some(_) | None => StreamKind::Data,
    };
    let set = |(name, value): (&String, &Value)| (value.as_i64() == Some(1)).then(|| name.clone());
    Some(Stream {
        index: u32::try_from(known.index).ok()?,
        id: all["id"].as_str().and_then(id),
        kind,
        codec: known.codec_name.clone().unwrap_or_default(),
        tags: tags(&all["tags"]),
        dispositions: all["disposition"]
            .as_object()
            .map(|all| all.iter().filter_map(set).collect())
            .unwrap_or_default(),
        start_us: micros(known.start_time.as_deref()),
        picture: if kind == StreamKind::Video { read_picture(known, all) } else { None },
        sound: (kind == StreamKind::Audio).then(|| Sound {
            channels: known.channels.and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
            layout: known.channel_layout.clone(),
            sample_rate: known.sample_rate.as_ref().and_then(|rate| rate.parse().ok()).unwrap_or(0),
            silent: false,
            heard: false,
            own_clock: false,
        }),
    })
}

/// ffprobe prints `0x101`.
fn id(text: &str) -> Option<u32> {
    u32::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}

fn read_picture(known: &ffprobe::Stream, all: &Value) -> Option<Picture> {
    let text = |name: &str| told(all, name);
    let base_rate = Rational::parse(&known.r_frame_rate).filter(|rate| rate.is_positive());
    let mean_rate = Rational::parse(&known.avg_frame_rate).filter(|rate| rate.is_positive());
    let any_rate = Rational { num: 25, den: 1 };
    let sides = &all["side_data_list"];
    let rotation = sides.as_array().and_then(|sides| sides.iter().find_map(|side| side["rotation"].as_i64()));
    Some(Picture {
        width: u32::try_from(known.width?).ok()?,
        height: u32::try_from(known.height?).ok()?,
        pix_fmt: known.pix_fmt.clone().unwrap_or_default(),
        time_base: Rational::parse(&known.time_base).filter(|base| base.is_positive())?,
        frame_rate: mean_rate.or(base_rate).unwrap_or(any_rate),
        base_rate: base_rate.or(mean_rate).unwrap_or(any_rate),
        sample_aspect: known
            .sample_aspect_ratio
            .as_deref()
            .and_then(Rational::parse)
            .filter(|r| r.is_positive()),
        field_order: text("field_order"),
        color_range: text("color_range"),
        color_space: text("color_space"),
        color_transfer: text("color_transfer"),
        color_primaries: text("color_primaries"),
        chroma_location: text("chroma_location"),
        x264_build: None,
        rotation: rotation.and_then(|degrees| i32::try_from(degrees).ok()).unwrap_or(0),
        hdr: hdr(sides),
        extras: extras(sides).chain((all["closed_captions"] == 1).then_some(SideData::Captions)).collect(),
    })
}

/// Adds what only the first frames tell.
pub(super) fn read_frames(text: &str, source: &mut Source) {
    let all: Value = serde_json::from_str(text).unwrap_or_default();
    note_frames(all["frames"].as_array().into_iter().flatten(), source);
}

pub(super) fn note_frames<'a>(frames: impl Iterator<Item = &'a Value>, source: &mut Source) {
    let Some(picture) = film_picture(source) else { return };
    for frame in frames {
        note_looks(frame, picture);
        let sides = &frame["side_data_list"];
        picture.hdr = picture.hdr.take().or_else(|| hdr(sides));
        picture.extras.extend(extras(sides));
    }
    picture.extras.sort_unstable();
    picture.extras.dedup();
}

/// Adds the colours and the order of fields that only the decoder knows, as of DV and VP8.
fn note_looks(frame: &Value, picture: &mut Picture) {
    let Picture { color_range, color_space, color_transfer, color_primaries, field_order, .. } = picture;
    for (known, name) in [
        (color_range, "color_range"),
        (color_space, "color_space"),
        (color_transfer, "color_transfer"),
        (color_primaries, "color_primaries"),
    ] {
        *known = known.take().or_else(|| told(frame, name));
    }
    let first_field = if frame["top_field_first"] == 1 { "tt" } else { "bb" };
    *field_order =
        field_order.take().or_else(|| (frame["interlaced_frame"] == 1).then(|| first_field.to_owned()));
}

/// ffprobe's word, unless it is that nothing is known.
fn told(of: &Value, name: &str) -> Option<String> {
    let text = of[name].as_str()?;
    (!matches!(text, "unknown" | "reserved" | "unspecified")).then(|| text.to_owned())
}

/// The packets of one stream, each as `pts,dts,duration,flags`.
pub(super) fn packets(text: &str, stream: u32) -> Option<Vec<String>> {
    let all: Value = serde_json::from_str(text).ok()?;
    let word = |told: &Value| match told {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => "N/A".to_owned(),
    };
    let line = |packet: &Value| ["pts", "dts", "duration", "flags"].map(|name| word(&packet[name])).join(",");
    let of_stream = all["packets"].as_array()?.iter().filter(|packet| packet["stream_index"] == stream);
    Some(of_stream.map(line).collect())
}

/// Reads the version of x264 that made the film.
pub fn read_x264_build(source: &mut Source, answer: &str) {
    let all: Value = serde_json::from_str(answer).unwrap_or_default();
    let dump = all["packets"][0]["data"].as_str().unwrap_or_default();
    if let Some(picture) = film_picture(source) {
        picture.x264_build = sei::x264_build(&sei::bytes_of_dump(dump));
    }
}

pub(super) fn film_picture(source: &mut Source) -> Option<&mut Picture> {
    let film = source.film_stream().map(|(stream, _)| stream.index)?;
    source.streams.iter_mut().find(|stream| stream.index == film)?.picture.as_mut()
}

fn extras(sides: &Value) -> impl Iterator<Item = SideData> {
    // A timecode that begins at zero only counts the film's own time; nobody set it.
    let is_set = |side: &&Value| side["timecode"].as_str().is_none_or(|code| !code.starts_with("00:00:00"));
    let kind = |side: &Value| side["side_data_type"].as_str().and_then(SideData::of_side_data);
    sides.as_array().into_iter().flatten().filter(is_set).filter_map(kind)
}

fn hdr(sides: &Value) -> Option<Hdr> {
    let side = |kind: &str| {
        sides
            .as_array()?
            .iter()
            .find(|side| side["side_data_type"].as_str().is_some_and(|text| text.starts_with(kind)))
    };
    const PARTS: [&str; 10] = [
        "red_x",
        "red_y",
        "green_x",
        "green_y",
        "blue_x",
        "blue_y",
        "white_point_x",
        "white_point_y",
        "min_luminance",
        "max_luminance",
    ];
    let mastering = side("Mastering display").and_then(|side| {
        let parts: Option<Vec<Rational>> =
            PARTS.iter().map(|name| Rational::parse(side[name].as_str()?)).collect();
        parts?.try_into().ok()
    });
    let light = side("Content light level");
    let number = |name: &str| light.and_then(|side| side[name].as_u64()).and_then(|n| u32::try_from(n).ok());
    let hdr = Hdr { mastering, max_content: number("max_content"), max_average: number("max_average") };
    (hdr.mastering.is_some() || hdr.max_content.is_some()).then_some(hdr)
}

fn tags(tags: &Value) -> BTreeMap<String, String> {
    let text = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
    tags.as_object().map(|all| all.iter().filter_map(text).collect()).unwrap_or_default()
}

/// `1.400000` → microseconds, without binary fractions.
pub(super) fn micros(seconds: Option<&str>) -> Option<i64> {
    let text = seconds?;
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let part = format!("{part:0<6}");
    let micros =
        whole.parse::<i64>().ok()?.checked_mul(1_000_000)?.checked_add(part.get(..6)?.parse().ok()?)?;
    Some(sign * micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILM: &str = r#"{"streams":[{"index":0,"codec_type":"video","codec_name":"hevc","codec_tag_string":"[0][0]","codec_tag":"0x0","start_time":"0.0",
            "disposition":{"default":1,"dub":0,"original":0,"comment":0,"lyrics":0,"karaoke":0,"forced":0,"hearing_impaired":0,
            "visual_impaired":0,"clean_effects":0,"attached_pic":0,"timed_thumbnails":0},"width":8,"height":8,"time_base":"1/25",
            "r_frame_rate":"25/1","avg_frame_rate":"25/1","closed_captions":1,"color_space":"bt709","side_data_list":[
            {"side_data_type":"DOVI configuration record","dv_version_major":1,"dv_profile":8}]}],
            "format":{"filename":"a","nb_streams":1,"nb_programs":0,"format_name":"matroska,webm","format_long_name":"Matroska","size":"1","probe_score":100}}"#;

    #[test]
    fn seconds_as_ffprobe_prints_them() {
        let all = ["1.400000", "-0.021333", "26.5", "3", "N/A"].map(|text| micros(Some(text)));
        assert_eq!(all, [Some(1_400_000), Some(-21_333), Some(26_500_000), Some(3_000_000), None]);
    }

    #[test]
    fn packets_as_ffprobe_prints_them() {
        let text = r#"{"packets":[{"stream_index":0,"pts":0,"dts":-80,"duration":40,"flags":"K_"},
            {"stream_index":1,"pts":0,"flags":"K_"},{"stream_index":0,"dts":-40,"duration":40,"flags":"__"}]}"#;
        assert_eq!(packets(text, 0).unwrap(), ["0,-80,40,K_", "N/A,-40,40,__"]);
        assert_eq!(packets("{}", 0), None);
    }

    #[test]
    fn hdr_as_ffprobe_prints_it() {
        let text = r#"[{"side_data_type":"Mastering display metadata","red_x":"34000/50000","red_y":"16000/50000",
            "green_x":"13250/50000","green_y":"34500/50000","blue_x":"7500/50000","blue_y":"3000/50000",
            "white_point_x":"15635/50000","white_point_y":"16450/50000","min_luminance":"50/10000",
            "max_luminance":"10000000/10000"},
            {"side_data_type":"Content light level metadata","max_content":1000,"max_average":400}]"#;
        let hdr = hdr(&serde_json::from_str(text).unwrap()).unwrap();
        assert_eq!((hdr.max_content, hdr.max_average), (Some(1000), Some(400)));
        assert_eq!(hdr.mastering.unwrap()[9], Rational { num: 10_000_000, den: 10_000 });
    }

    #[test]
    fn what_rides_on_frames_as_ffprobe_prints_it() {
        let mut source = read(FILM).unwrap();
        let extras = |source: &mut Source| film_picture(source).unwrap().extras.clone();
        assert_eq!(extras(&mut source), [SideData::DolbyVision, SideData::Captions]);
        let frames = r#"{"frames":[{},{"side_data_list":[{"side_data_type":"HDR Dynamic Metadata SMPTE2094-40 (HDR10+)"},
            {"side_data_type":"Content light level metadata","max_content":1000,"max_average":400}]}]}"#;
        read_frames(frames, &mut source);
        assert_eq!(extras(&mut source), [SideData::Captions, SideData::DolbyVision, SideData::Hdr10Plus]);
        let hdr = film_picture(&mut source).unwrap().hdr.as_ref();
        assert_eq!(hdr.and_then(|hdr| hdr.max_content), Some(1000));
        read_frames("no JSON", &mut source);
        assert_eq!(extras(&mut source).len(), 3);
    }

    /// DV and VP8 tell these in their frames alone; results lacked them.
    #[test]
    fn what_a_container_does_not_say_its_frames_do() {
        let mut source = read(FILM).unwrap();
        let frames = r#"{"frames":[{"color_range":"tv","color_space":"bt470bg","color_transfer":"unknown","interlaced_frame":1,
            "top_field_first":0},{"color_range":"pc"}]}"#;
        read_frames(frames, &mut source);
        let picture = film_picture(&mut source).unwrap();
        let told =
            [&picture.color_range, &picture.color_space, &picture.color_transfer, &picture.field_order];
        assert_eq!(told.map(|word| word.as_deref()), [Some("tv"), Some("bt709"), None, Some("bb")]);
    }
}
