//! Ordered pieces → one file: the list for ffmpeg's concat demuxer, and the arguments of the one run that
//! copies the picture from the pieces, sound from its piece, and everything else from the source.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::carriage::{Carriage, Carried, Track};
use super::container::Container;
use super::profile::Profile;
use super::sound::{SOUND_SHIFT_US, sound_format};
use super::source::{Source, Stream};
use crate::frames::Rational;

/// A piece's file and the time of its first frame in the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPiece {
    pub path: String,
    pub start_us: i64,
}

/// Everything that the run needs to know. Paths are absolute.
#[derive(Debug, Clone)]
pub struct JoinPlan<'a> {
    pub source: &'a Source,
    pub source_path: &'a str,
    pub carriage: &'a Carriage,
    pub profile: &'a Profile,
    /// The file that holds [`list_text`].
    pub list_path: &'a str,
    /// Time of the film's first frame, in the source's own times.
    pub first_frame_us: i64,
    pub sound: Option<SoundPiece<'a>>,
    /// What describes the picture (colours, fields), as output options of the first video stream.
    pub picture_tags: Vec<String>,
    pub output_path: &'a str,
}

#[derive(Debug, Clone, Copy)]
pub struct SoundPiece<'a> {
    pub path: &'a str,
    /// `format.start_time` of the piece, as ffprobe says it.
    pub start_us: i64,
}

/// The list of pieces, in order. The lengths are differences of whole times, so nothing adds up to a drift;
/// the last piece needs none. `None` where a path holds a line's end, which the list has no way to write.
pub fn list_text(pieces: &[ListedPiece]) -> Option<String> {
    let mut text = String::from("ffconcat version 1.0\n");
    for (n, piece) in pieces.iter().enumerate() {
        if piece.path.contains(['\n', '\r', '\0']) {
            return None;
        }
        text.push_str(&format!("file 'file:{}'\n", piece.path.replace('\'', r"'\''")));
        if let Some(next) = pieces.get(n + 1) {
            text.push_str(&format!("duration {}\n", seconds(next.start_us - piece.start_us)));
        }
    }
    Some(text)
}

/// Microseconds as ffmpeg reads them.
fn seconds(us: i64) -> String {
    let sign = if us < 0 { "-" } else { "" };
    let us = us.unsigned_abs();
    format!("{sign}{}.{:06}", us / 1_000_000, us % 1_000_000)
}

/// Puts the parameter sets before every key frame of a piece, for pieces whose private data differ.
pub fn parameter_sets_in_band_arguments(piece: &str, output: &str) -> Vec<String> {
    let (input, output) = (format!("file:{piece}"), format!("file:{output}"));
    [
        "-nostdin",
        "-hide_banner",
        "-v",
        "error",
        "-y",
        "-protocol_whitelist",
        "file",
        "-format_whitelist",
        "nut",
        "-i",
        &input,
        "-map",
        "0:v:0",
        "-c",
        "copy",
        "-bsf:v",
        "dump_extra=freq=keyframe",
        "-f",
        "nut",
        &output,
    ]
    .into_iter()
    .map(str::to_owned)
    .collect()
}

const PIECES: usize = 0;

/// The arguments of the join.
pub fn arguments(plan: &JoinPlan<'_>) -> Vec<String> {
    let mut args = Arguments::default();
    args.say(&["-nostdin", "-hide_banner", "-v", "warning", "-y", "-progress", "pipe:1", "-nostats"]);
    args.say(&["-itsoffset", &seconds(plan.first_frame_us - plan.source.start_us)]);
    args.input("concat,nut", plan.list_path, &["-f", "concat", "-safe", "0"]);
    let mut source_input = PIECES + 1;
    let encoder = plan.profile.sound_encoder().unwrap_or_default();
    if let Some(sound) = plan.sound {
        let format = sound_format(plan.profile.container, encoder);
        args.say(&["-itsoffset", &seconds(sound.start_us - SOUND_SHIFT_US)]);
        args.input(format.demuxer, sound.path, &[]);
        source_input += 1;
    }
    args.input(&plan.source.format, plan.source_path, &[]);
    for track in &plan.carriage.tracks {
        args.map(track, source_input);
    }
    args.codecs(plan);
    args.tags(plan, source_input);
    args.container(plan);
    args.say(&[&format!("file:{}", plan.output_path)]);
    args.0
}

#[derive(Default)]
struct Arguments(Vec<String>);

impl Arguments {
    fn say(&mut self, words: &[&str]) {
        self.0.extend(words.iter().map(|word| (*word).to_owned()));
    }

    fn input(&mut self, format: &str, path: &str, more: &[&str]) {
        self.say(more);
        self.say(&[
            "-protocol_whitelist",
            "file",
            "-format_whitelist",
            format,
            "-i",
            &format!("file:{path}"),
        ]);
    }

    fn map(&mut self, track: &Track, source_input: usize) {
        let from = match &track.what {
            Carried::Picture => format!("{PIECES}:v:0"),
            Carried::Sound { nth } => format!("{}:a:{nth}", PIECES + 1),
            Carried::Copied | Carried::Converted { .. } => format!("{source_input}:{}", track.stream),
        };
        self.say(&["-map", &from]);
    }

    fn codecs(&mut self, plan: &JoinPlan<'_>) {
        self.say(&["-c", "copy"]);
        for (n, track) in plan.carriage.tracks.iter().enumerate() {
            match &track.what {
                Carried::Converted { encoder } => self.say(&[&format!("-c:{n}"), encoder]),
                Carried::Picture => {
                    if needs_headers_in_band(plan.profile) {
                        self.say(&[&format!("-bsf:{n}"), "dump_extra=freq=keyframe"]);
                    }
                }
                Carried::Sound { .. } => {
                    if has_lost_a_duration(plan.profile) {
                        self.say(&[&format!("-bsf:{n}"), LAST_DURATION]);
                    }
                }
                Carried::Copied => {}
            }
        }
        self.0.extend(plan.picture_tags.iter().cloned());
    }

    /// Streams that are copied from the source bring their tags and flags themselves; those from pieces are
    /// told theirs. (A `-map_metadata` for single streams would switch the former off.)
    fn tags(&mut self, plan: &JoinPlan<'_>, source_input: usize) {
        let from = |wanted: bool| if wanted { source_input.to_string() } else { "-1".to_owned() };
        self.say(&[
            "-map_metadata",
            &from(plan.profile.source_tags),
            "-map_chapters",
            &from(plan.profile.chapters),
        ]);
        for (n, track) in plan.carriage.tracks.iter().enumerate() {
            let Some(stream) = plan.source.streams.iter().find(|stream| stream.index == track.stream) else {
                continue;
            };
            match track.what {
                Carried::Picture | Carried::Sound { .. } => {
                    if plan.profile.source_tags {
                        self.stream_tags(n, stream);
                    }
                }
                Carried::Copied | Carried::Converted { .. } => {}
            }
            let flags = stream.dispositions.join("+");
            self.say(&[&format!("-disposition:{n}"), if flags.is_empty() { "0" } else { &flags }]);
        }
        for (name, value) in &plan.profile.tags {
            self.say(&[&format!("-{name}"), value]);
        }
    }

    fn stream_tags(&mut self, n: usize, stream: &Stream) {
        for (key, value) in stream.tags.iter().filter(|(key, _)| tells_of_the_film(key)) {
            self.say(&[&format!("-metadata:s:{n}"), &format!("{key}={value}")]);
        }
    }

    fn container(&mut self, plan: &JoinPlan<'_>) {
        let container = plan.profile.container;
        let is_mp4 = matches!(container, Container::Mp4 | Container::Mov);
        let mut flags = None;
        for (name, value) in &plan.profile.muxer {
            if name == "movflags" {
                flags = Some(value);
            } else if name.starts_with("tag:") || is_muxers(container, name) {
                self.say(&[&format!("-{name}"), value]);
            }
        }
        if is_mp4 {
            let more = flags.map_or(String::new(), |flags| format!("+{}", flags.trim_start_matches('+')));
            self.say(&["-movflags", &format!("+faststart{more}"), "-strict", "-2"]);
        }
        self.say(&["-f", container.muxer()]);
    }
}

/// Gives the last packet of a track the length of the one before: NUT has no lengths, and without this one
/// an edit list would end before the last packet.
const LAST_DURATION: &str = "setts=duration=if(DURATION\\,DURATION\\,PREV_OUTDURATION)";

fn has_lost_a_duration(profile: &Profile) -> bool {
    matches!(profile.container, Container::Mp4 | Container::Mov)
}

/// MPEG-4 part 2 keeps its header apart in NUT; a transport stream has no place for it but the stream.
fn needs_headers_in_band(profile: &Profile) -> bool {
    profile.container == Container::MpegTs && profile.video.codec() == "mpeg4"
}

/// Options of the other containers would only be warned of.
fn is_muxers(container: Container, name: &str) -> bool {
    let _ = (container, name);
    true
}

/// Tags that tell of the file, not of the film: the muxer writes its own.
fn tells_of_the_film(key: &str) -> bool {
    const FILE: &[&str] = &[
        "encoder",
        "duration",
        "vendor_id",
        "timecode",
        "major_brand",
        "minor_version",
        "compatible_brands",
    ];
    const STATISTICS: &[&str] = &["bps", "number_of_frames", "number_of_bytes", "_statistics"];
    let key = key.to_ascii_lowercase();
    !FILE.contains(&key.as_str()) && !STATISTICS.iter().any(|start| key.starts_with(start))
}

/// The longest time that the container can be wrong about a frame, for the proof.
pub fn time_error_allowed_ms(profile: &Profile, frame_rate: Rational) -> f64 {
    profile.container.time_error_ms(frame_rate)
}
