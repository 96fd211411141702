//! All that ffprobe tells of a film beside its pixels and times, as one flat list: what a transcode should keep.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// `streams.0.tags.title` → `Picture`, and so on. Streams of subtitles that are pictures and of text are told alike.
pub type Traits = BTreeMap<String, String>;

/// Of a stream: what does not depend on how well or when it was encoded.
const OF_STREAM: &[&str] = &[
    "codec_type",
    "pix_fmt",
    "width",
    "height",
    "sample_aspect_ratio",
    "display_aspect_ratio",
    "color_range",
    "color_space",
    "color_transfer",
    "color_primaries",
    "chroma_location",
    "field_order",
    "closed_captions",
    "sample_rate",
    "channels",
    "channel_layout",
    "bits_per_raw_sample",
];
const OF_FRAME: &[&str] =
    &["interlaced_frame", "top_field_first", "sample_aspect_ratio", "color_range", "color_transfer"];
/// Tags of the file rather than the film, and those that players never show.
const OF_FILE: &[&str] = &[
    "encoder",
    "duration",
    "vendor_id",
    "major_brand",
    "minor_version",
    "compatible_brands",
    "creation_time",
    "bps",
    "number_of_frames",
    "number_of_bytes",
];
/// Says what an encoder did, not what the film is.
const OF_ENCODER: &[&str] = &["CPB properties", "H.26[45] User Data Unregistered SEI message"];
/// Comes once for each group of pictures, however long those are.
const OF_GROUPS: &str = "GOP timecode";

pub fn traits(film: &Path) -> Traits {
    let mut all = Traits::new();
    let told = ask(film, &["-show_streams", "-show_format", "-show_chapters"]);
    tags(&mut all, "format", &told["format"]["tags"]);
    for (n, stream) in list(&told["streams"]).enumerate() {
        of_stream(&mut all, &format!("streams.{n}"), stream);
    }
    for (n, chapter) in list(&told["chapters"]).enumerate() {
        for key in ["start_time", "end_time"] {
            note(&mut all, format!("chapters.{n}.{key}"), &chapter[key]);
        }
        tags(&mut all, &format!("chapters.{n}"), &chapter["tags"]);
    }
    let frames = ask(film, &["-select_streams", "V:0", "-show_frames"]);
    of_frames(&mut all, list(&frames["frames"]));
    all
}

/// Streams of the source by their numbers, for what should have been told of them.
pub fn stream_numbers(film: &Path) -> Vec<u64> {
    list(&ask(film, &["-show_streams"])["streams"]).filter_map(|stream| stream["index"].as_u64()).collect()
}

fn ask(film: &Path, what: &[&str]) -> Value {
    let mut command = Command::new("ffprobe");
    command.args(["-v", "error", "-of", "json"]).args(what).arg(film);
    let done = command.output().expect("running ffprobe");
    serde_json::from_slice(&done.stdout).unwrap_or_default()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn note(all: &mut Traits, key: String, value: &Value) {
    let text = match value {
        Value::Null => return,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if !matches!(text.as_str(), "unknown" | "N/A" | "und" | "") {
        all.insert(key, text);
    }
}

fn tags(all: &mut Traits, of: &str, tags: &Value) {
    for (key, value) in tags.as_object().into_iter().flatten() {
        let key = key.to_ascii_lowercase();
        if !OF_FILE.contains(&key.as_str()) && !key.starts_with("_statistics") {
            note(all, format!("{of}.tags.{key}"), value);
        }
    }
}

fn of_stream(all: &mut Traits, name: &str, stream: &Value) {
    for key in OF_STREAM {
        note(all, format!("{name}.{key}"), &stream[*key]);
    }
    for (key, value) in stream["disposition"].as_object().into_iter().flatten() {
        if value == 1 {
            all.insert(format!("{name}.disposition.{key}"), "1".into());
        }
    }
    tags(all, name, &stream["tags"]);
    side_data(all, name, &stream["side_data_list"]);
}

fn side_data(all: &mut Traits, name: &str, sides: &Value) {
    for side in list(sides) {
        let kind = side["side_data_type"].as_str().unwrap_or_default();
        if OF_ENCODER.contains(&kind) {
            continue;
        }
        all.insert(format!("{name}.side.{kind}"), "there".into());
        for (key, value) in side.as_object().into_iter().flatten().filter(|(key, _)| *key != "side_data_type")
        {
            note(all, format!("{name}.side.{kind}.{key}"), value);
        }
    }
}

/// The first frame in full; of the side data of all others, how often each comes.
fn of_frames<'a>(all: &mut Traits, frames: impl Iterator<Item = &'a Value>) {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for (n, frame) in frames.enumerate() {
        if n == 0 {
            for key in OF_FRAME {
                note(all, format!("frame.{key}"), &frame[*key]);
            }
            tags(all, "frame", &frame["tags"]);
            side_data(all, "frame", &frame["side_data_list"]);
        }
        for side in list(&frame["side_data_list"]) {
            let kind = side["side_data_type"].as_str().unwrap_or_default().to_owned();
            *counts.entry(kind).or_default() += 1;
        }
        let fields = format!("fields {} {}", frame["interlaced_frame"], frame["top_field_first"]);
        *counts.entry(fields).or_default() += 1;
    }
    for (kind, count) in
        counts.into_iter().filter(|(kind, _)| !OF_ENCODER.contains(&kind.as_str()) && kind != OF_GROUPS)
    {
        all.insert(format!("frames.{kind}"), count.to_string());
    }
}
