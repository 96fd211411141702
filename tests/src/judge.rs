//! Compares a result with its source from outside: every decoded frame and its time, and all streams.

use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

use crate::told::told;

/// One decoded frame: its time in seconds from the first, and a hash of its pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    pub seconds: f64,
    pub hash: String,
}

fn said(program: &str, arguments: &[&str]) -> String {
    let done = Command::new(program).args(arguments).output().unwrap_or_else(|e| panic!("{program}: {e}"));
    String::from_utf8_lossy(&done.stdout).into_owned()
}

/// Decodes the whole film.
pub fn frames(film: &Path) -> Vec<Frame> {
    decoded(film, &[])
}

/// Decodes a film and its lossless result to one pixel format, where theirs are only two ways to write the same pixels down.
pub fn frames_alike(film: &Path, result: &Path) -> (Vec<Frame>, Vec<Frame>) {
    let format = |film: &Path| picture(film)["pix_fmt"].as_str().unwrap_or_default().to_owned();
    let (ours, theirs) = (format(film), format(result));
    // A byte of this one means nothing, and is not the same everywhere.
    let common = if theirs == "bgr0" { "rgb24" } else { &theirs };
    if ours == theirs && common == theirs || ours.starts_with("yuvj") || ours == "gray" {
        return (decoded(film, &[]), decoded(result, &[]));
    }
    (decoded(film, &["-pix_fmt", common]), decoded(result, &["-pix_fmt", common]))
}

/// The stream that is the film, as ffprobe tells it.
pub fn picture(film: &Path) -> Value {
    let streams = probe(film)["streams"].as_array().cloned().unwrap_or_default();
    let is_film = |one: &Value| one["codec_type"] == "video" && one["disposition"]["attached_pic"] == 0;
    streams.into_iter().find(is_film).unwrap_or_default()
}

/// The time base in which a film tells its times, as an option: its name there is not the same in all versions of ffmpeg.
pub fn time_base(film: &Path) -> String {
    let base = picture(film)["time_base"].as_str().map(|base| base.replace('/', ":"));
    base.unwrap_or_else(|| "1:1000000".to_owned())
}

/// The first number of ffmpeg's version.
pub fn ffmpeg_major() -> u32 {
    static MAJOR: LazyLock<u32> = LazyLock::new(|| {
        let told = said("ffmpeg", &["-version"]);
        let version = told.strip_prefix("ffmpeg version ").unwrap_or_default().trim_start_matches('n');
        version.split(['.', '-']).next().and_then(|major| major.parse().ok()).unwrap_or(0)
    });
    *MAJOR
}

/// Says that something was passed over, and why: silence would look like a check.
#[allow(clippy::print_stderr)]
pub fn not_checked(what: &str, why: &str) {
    eprintln!("NOT CHECKED: {what}: {why}");
}

/// Whether this build of ffmpeg has a filter; builds differ.
pub fn has_filter(name: &str) -> bool {
    static ALL: LazyLock<String> = LazyLock::new(|| said("ffmpeg", &["-hide_banner", "-filters"]));
    lists(&ALL, name)
}

pub fn has_encoder(name: &str) -> bool {
    static ALL: LazyLock<String> = LazyLock::new(|| said("ffmpeg", &["-hide_banner", "-encoders"]));
    lists(&ALL, name)
}

fn lists(told: &str, name: &str) -> bool {
    told.lines().any(|line| line.split_whitespace().nth(1) == Some(name))
}

/// A codec among the film's pictures that this build of ffmpeg can't decode.
pub fn without_decoder(film: &Path) -> Option<String> {
    let streams = probe(film)["streams"].as_array().cloned().unwrap_or_default();
    let pictures = streams.into_iter().filter(|one| one["codec_type"] == "video");
    let codecs = pictures.filter_map(|one| one["codec_name"].as_str().map(str::to_owned));
    codecs.into_iter().find(|codec| !decodes(codec))
}

pub fn decodes(codec: &str) -> bool {
    static ALL: LazyLock<String> = LazyLock::new(|| said("ffmpeg", &["-hide_banner", "-decoders"]));
    let other = format!("(codec {codec})");
    // The one that bears AV1's own name needs a graphics card.
    ALL.lines().any(|line| line.contains(&other)) || codec != "av1" && lists(&ALL, codec)
}

fn decoded(film: &Path, more: &[&str]) -> Vec<Frame> {
    let base = time_base(film);
    let path = film.to_str().expect("our paths are text");
    let mut words = vec!["-v", "error", "-nostdin", "-copyts", "-i", path, "-map", "0:V:0"];
    words.extend(["-fps_mode", "passthrough", "-enc_time_base", &base]);
    words.extend(more);
    words.extend(["-f", "framemd5", "-"]);
    let text = told("ffmpeg", &words, film);
    let (mut base, mut rows) = (0.0, Vec::new());
    for line in text.lines() {
        if let Some((_, fraction)) = line.split_once("#tb 0:") {
            let (num, den) = fraction.trim().split_once('/').expect("a fraction");
            base = num.parse::<f64>().expect("a number") / den.parse::<f64>().expect("a number");
        } else if !line.starts_with('#') {
            let parts: Vec<&str> = line.split(',').map(str::trim).collect();
            rows.push((parts[2].parse::<i64>().expect("a time"), parts[5].to_owned()));
        }
    }
    // Frames that share a time keep their order.
    rows.sort_by_key(|row| row.0);
    let first = rows.first().map_or(0, |row| row.0);
    rows.into_iter().map(|(pts, hash)| Frame { seconds: (pts - first) as f64 * base, hash }).collect()
}

/// What the decoders complain of in any stream.
pub fn complaints(film: &Path) -> String {
    let film = film.to_str().expect("our paths are text");
    let words = ["-v", "error", "-nostdin", "-i", film, "-map", "0", "-f", "null", "-"];
    let done = Command::new("ffmpeg").args(words).output().expect("running ffmpeg");
    String::from_utf8_lossy(&done.stderr).into_owned()
}

/// The likeness (PSNR in decibels, infinite where no pixel differs) of the least like frame: the nth of one film against
/// the nth of the other, both in the plain format of most films.
pub fn least_likeness(film: &Path, result: &Path) -> f64 {
    likeness(film, result, "scale=in_range=auto:out_range=tv,format=yuv420p,settb=1/1000,setpts=N")
}

/// The same of the frames at the same times: where a film's format changes, ffmpeg counts its frames anew.
pub fn least_likeness_by_time(film: &Path, result: &Path) -> f64 {
    likeness(film, result, "scale=in_range=auto:out_range=tv,format=yuv420p")
}

fn likeness(film: &Path, result: &Path, plain: &str) -> f64 {
    let graph = format!("[0:V:0]{plain}[a];[1:V:0]{plain}[b];[a][b]psnr=stats_file=-");
    let [film, result] = [film, result].map(|path| path.to_str().expect("our paths are text"));
    let words = ["-v", "error", "-nostdin", "-i", result, "-i", film, "-lavfi", &graph, "-f", "null", "-"];
    let text = said("ffmpeg", &words);
    let frames = text.lines().filter_map(|line| line.split_once("psnr_avg:")?.1.split_whitespace().next());
    frames.map(|number| number.parse().unwrap_or(f64::INFINITY)).fold(f64::NAN, f64::min)
}

/// How long the first sound is, decoded, in seconds.
pub fn sound_seconds(film: &Path) -> f64 {
    const RATE: usize = 48_000;
    let film = film.to_str().expect("our paths are text");
    let rate = RATE.to_string();
    let words = ["-v", "error", "-nostdin", "-i", film, "-map", "0:a:0", "-ac", "1", "-ar", &rate];
    let done = Command::new("ffmpeg").args(words).args(["-f", "u8", "-"]).output().expect("running ffmpeg");
    done.stdout.len() as f64 / RATE as f64
}

/// When the last packet of the first sound is over, in seconds; for films too long to be decoded into memory.
pub fn sound_end(film: &Path) -> f64 {
    let film = film.to_str().expect("our paths are text");
    let words = ["-v", "error", "-select_streams", "a:0", "-of", "csv=p=0"];
    let text =
        said("ffprobe", &[&words[..], &["-show_entries", "packet=pts_time,duration_time", film]].concat());
    let last = text.lines().rfind(|line| !line.is_empty()).expect("there is sound");
    // MP4 need not tell the last packet's length.
    last.split(',')
        .take(2)
        .filter(|part| *part != "N/A")
        .map(|part| part.parse::<f64>().expect("a time"))
        .sum()
}

pub fn probe(film: &Path) -> Value {
    let path = film.to_str().expect("our paths are text");
    let words = ["-v", "error", "-of", "json", "-show_streams", "-show_format", "-show_chapters", path];
    serde_json::from_str(&told("ffprobe", &words, film)).unwrap_or(Value::Null)
}

fn kinds(probe: &Value) -> Vec<String> {
    let streams = probe["streams"].as_array().cloned().unwrap_or_default();
    let mut all: Vec<String> = streams.iter().map(describe).collect();
    all.sort();
    all
}

/// What of a stream must be the same: its kind, language, title, and whether it is a cover.
fn describe(stream: &Value) -> String {
    let tag =
        |name: &str| stream["tags"][name].as_str().filter(|text| *text != "und").unwrap_or("").to_owned();
    let kind = stream["codec_type"].as_str().unwrap_or("?");
    let cover = stream["disposition"]["attached_pic"] == 1;
    format!("{kind} {} {} {cover}", tag("language"), tag("title"))
}

/// Panics with what differs. `lossless`: pixels too. `allowed_ms`: what the container can tell.
pub fn same_film(source: &Path, result: &Path, lossless: bool, allowed_ms: f64) {
    let name = source.file_name().unwrap_or_default().to_string_lossy();
    let (a, b) = (frames(source), frames(result));
    assert!(!a.is_empty(), "{name} has no frames");
    assert_eq!(a.len(), b.len(), "{name}: number of frames");
    for (number, (x, y)) in a.iter().zip(&b).enumerate() {
        let off = (x.seconds - y.seconds).abs() * 1000.0;
        assert!(off <= allowed_ms, "{name}: frame {number} is {off:.3} ms off");
        assert!(!lossless || x.hash == y.hash, "{name}: the pixels of frame {number} differ");
    }
    let (p, q) = (probe(source), probe(result));
    assert_eq!(kinds(&p), kinds(&q), "{name}: streams");
    let chapters = |probe: &Value| probe["chapters"].as_array().map_or(0, Vec::len);
    assert_eq!(chapters(&p), chapters(&q), "{name}: chapters");
}
