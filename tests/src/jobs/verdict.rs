//! A result against the plain run: each frame, each time, what the streams are.

use std::path::Path;

use serde_json::Value;

use super::Job;
use super::plain::{self, Plain};
use crate::judge::{self, Frame};

/// These lose nothing, whatever they are told.
const LOSSLESS: &[&str] =
    &["ffv1", "ffvhuff", "huffyuv", "utvideo", "magicyuv", "rawvideo", "v210", "qtrle", "png"];
/// Two lossy runs that are this alike show the same film.
const ALIKE_DB: f64 = 30.0;
/// A piece may be so much worse than the same frames of one run: its key frames lie elsewhere.
const WORSE_DB: f64 = 8.0;
/// What a container of milliseconds can tell.
const TIME_MS: f64 = 1.1;
const SOUND_SECONDS: f64 = 0.06;
const HELD_BACK_SECONDS: f64 = 2.0;

/// Whether both are the same film; else how they differ.
pub fn same(job: &Job, film: &Path, result: &Path, plain: &Path) -> Result<(), String> {
    let (wanted, got) = judge::frames_alike(plain, result);
    same_times(job, &wanted, &got)?;
    same_streams(job, result, plain)?;
    if is_lossless(job) {
        let differs = wanted.iter().zip(&got).position(|(a, b)| a.hash != b.hash);
        return differs.map_or(Ok(()), |number| {
            Err(format!("the pixels of frame {number} of {} differ", wanted.len()))
        });
    }
    alike(job, film, result, plain)
}

fn is_lossless(job: &Job) -> bool {
    let encoder = job.value(&["-c:v"]).unwrap_or_default();
    // Of more than eight bits, 0 of x264 is not without loss.
    let x264 = encoder == "libx264" && job.value(&["-qp"]) == Some("0") && !job.to_string().contains("p10");
    let alone = job.parts.iter().all(|part| !part[0].starts_with("-q") || part[0] == "-qp");
    LOSSLESS.contains(&encoder) || x264 && alone && !job.says("-x264-params") && !job.says("-x264opts")
}

fn same_times(job: &Job, wanted: &[Frame], got: &[Frame]) -> Result<(), String> {
    let shorter = wanted.len().min(got.len());
    let (wanted, got) = if is_open_ended(job) && wanted.len().abs_diff(got.len()) == 1 {
        (&wanted[..shorter], &got[..shorter])
    } else {
        (wanted, got)
    };
    if wanted.len() != got.len() {
        return Err(format!("{} frames came, {} should have", got.len(), wanted.len()));
    }
    // These count frames and know no times.
    let counts = matches!(job.suffix.as_str(), ".avi" | ".mxf");
    for (number, (a, b)) in wanted.iter().zip(got).enumerate() {
        let off = (a.seconds - b.seconds).abs() * 1000.0;
        if off > TIME_MS && !counts {
            return Err(format!("frame {number} of {} is {off:.3} ms off", wanted.len()));
        }
    }
    Ok(())
}

/// How long the last frame of this film is shown it does not tell, and each release of ffmpeg believes something else: a constant
/// rate has a frame more or less.
fn is_open_ended(job: &Job) -> bool {
    job.film == "h264-vfr.mp4" && (job.says("-r") || job.says("-fps_mode"))
}

fn same_streams(job: &Job, result: &Path, plain: &Path) -> Result<(), String> {
    const OF_PICTURE: &[&str] = &[
        "codec_name",
        "pix_fmt",
        "width",
        "height",
        "sample_aspect_ratio",
        "color_range",
        "color_space",
        "color_primaries",
        "color_transfer",
    ];
    const OF_SOUND: &[&str] = &["codec_name", "sample_rate", "channels"];
    let (theirs, mut ours) = (judge::picture(plain), judge::picture(result));
    // Where it changes pixels, plain ffmpeg says of a film that says nothing that its range is the usual one; we say nothing.
    if ours["color_range"].is_null() && theirs["color_range"] == "tv" {
        ours["color_range"] = "tv".into();
    }
    // Of red, green and blue a range says nothing.
    let of_picture = if is_rgb(&theirs) { &OF_PICTURE[..5] } else { OF_PICTURE };
    differ(of_picture, "picture", &theirs, &ours)?;
    let (wanted, got) = (sounds(plain), sounds(result));
    // Where -frames:v ends the picture, plain ffmpeg may have no sound yet.
    if wanted.len() != got.len() && !(wanted.is_empty() && job.says("-frames:v")) {
        return Err(format!("{} tracks of sound came, {} should have", got.len(), wanted.len()));
    }
    for (one, other) in wanted.iter().zip(&got) {
        // MXF holds sound at one rate only, which the documentation says.
        let of_sound = if job.suffix == ".mxf" { &OF_SOUND[..1] } else { OF_SOUND };
        differ(of_sound, "sound", one, other)?;
    }
    let counts = matches!(job.suffix.as_str(), ".avi" | ".mxf");
    if wanted.is_empty() || counts {
        return Ok(());
    }
    let (one, other) = (judge::sound_seconds(plain), judge::sound_seconds(result));
    // Where -frames:v ends the picture, releases of ffmpeg end the sound somewhere near, depending on what their encoders hold back.
    let allowed = if job.says("-frames:v") { HELD_BACK_SECONDS } else { SOUND_SECONDS };
    if (one - other).abs() > allowed {
        return Err(format!("the sound lasts {other:.3} s, {one:.3} are right"));
    }
    Ok(())
}

fn is_rgb(picture: &Value) -> bool {
    let format = picture["pix_fmt"].as_str().unwrap_or_default();
    ["gbr", "rgb", "bgr", "argb", "abgr", "0rgb", "0bgr", "pal8"]
        .iter()
        .any(|start| format.starts_with(start))
}

fn sounds(film: &Path) -> Vec<Value> {
    let streams = judge::probe(film)["streams"].as_array().cloned().unwrap_or_default();
    streams.into_iter().filter(|stream| stream["codec_type"] == "audio").collect()
}

/// What the plain run does not say we may say.
fn differ(keys: &[&str], what: &str, plain: &Value, ours: &Value) -> Result<(), String> {
    let untold = |value: &Value| value.is_null() || value == "unknown" || value == "N/A" || value == "0:1";
    let other = keys.iter().find(|key| !untold(&plain[**key]) && plain[**key] != ours[**key]);
    other.map_or(Ok(()), |key| Err(format!("{what}: {key} is {}, {} is right", ours[*key], plain[*key])))
}

fn alike(job: &Job, film: &Path, result: &Path, plain: &Path) -> Result<(), String> {
    let both = judge::least_likeness(plain, result);
    if both >= ALIKE_DB {
        return Ok(());
    }
    let Plain::Made(truth) = plain::lossless(job, film, &result.with_extension("truth")) else {
        return Ok(());
    };
    let (theirs, ours) = (judge::least_likeness(&truth, plain), judge::least_likeness(&truth, result));
    let _ = std::fs::remove_file(&truth);
    if theirs.is_nan() || ours >= theirs - WORSE_DB {
        return Ok(());
    }
    Err(format!("a picture is unlike: {ours:.1} dB, the plain run has {theirs:.1}, both together {both:.1}"))
}
