//! A description → a film, by one run of ffmpeg. Small, and noisy, so that no frame looks like another.

use std::path::{Path, PathBuf};

use super::film::{Codec, Container, Film, Groups, TICKS, Times};
use crate::run::run;

pub fn make(film: &Film, folder: &Path) -> Result<PathBuf, String> {
    let file = |name: &str| folder.join(format!("{name}.{}", suffix(film.container)));
    let (whole, path) = (file("whole"), file("source"));
    let first = if film.trimmed_ms > 0 { &whole } else { &path };
    let mut all = words("-v error -nostdin -y");
    all.extend(["-f".into(), "lavfi".into(), "-i".into(), picture(film)]);
    if let Some(ms) = film.sound_ms {
        all.extend(["-itsoffset".into(), seconds(u32::try_from(ms.max(0)).expect("not below zero"))]);
        all.extend(words("-f lavfi -i sine=frequency=440:sample_rate=48000:duration=1"));
        all.extend(words("-map 0:v -map 1:a -c:a"));
        all.push(sound_encoder(film.container).into());
    }
    all.extend(["-vf".into(), filters(film), "-fps_mode".into(), "passthrough".into()]);
    if let Times::Steps(_) = film.times {
        all.extend(["-enc_time_base".into(), format!("1:{TICKS}")]);
    }
    all.extend(encoder(film));
    all.extend(offset(film));
    all.push(first.display().to_string());
    run("ffmpeg", &all)?;
    if film.trimmed_ms > 0 {
        trim(film, &whole, &path)?;
    }
    Ok(path)
}

fn trim(film: &Film, whole: &Path, path: &Path) -> Result<(), String> {
    let mut all = words("-v error -nostdin -y -ss");
    all.extend([seconds(film.trimmed_ms), "-i".into(), whole.display().to_string()]);
    all.extend(words("-map 0 -c copy"));
    all.extend(offset(film));
    all.push(path.display().to_string());
    run("ffmpeg", &all).map(drop)
}

fn offset(film: &Film) -> Vec<String> {
    if film.offset_ms == 0 || film.container == Container::Avi {
        return Vec::new();
    }
    vec!["-output_ts_offset".into(), seconds(film.offset_ms)]
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn seconds(ms: u32) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

fn suffix(container: Container) -> &'static str {
    match container {
        Container::Mp4 => "mp4",
        Container::Mov => "mov",
        Container::Mkv => "mkv",
        Container::WebM => "webm",
        Container::Ts => "ts",
        Container::Avi => "avi",
    }
}

fn sound_encoder(container: Container) -> &'static str {
    match container {
        Container::WebM => "libopus",
        Container::Avi => "libmp3lame",
        Container::Mp4 | Container::Mov | Container::Mkv | Container::Ts => "aac",
    }
}

fn picture(film: &Film) -> String {
    let (num, den) = if let Times::Rate(num, den) = film.times { (num, den) } else { (25, 1) };
    // Wide, because a refresh goes by columns of blocks and shall take a while.
    // By its length, not by -frames, so that sound is not cut with it.
    let us = (u64::from(film.frames) * 2 - 1) * u64::from(den) * 500_000 / u64::from(num);
    format!("testsrc2=size=160x48:rate={num}/{den}:duration={}.{:06}", us / 1_000_000, us % 1_000_000)
}

fn filters(film: &Film) -> String {
    let early = film.sound_ms.map_or(0, |ms| (-ms).max(0));
    let times = match &film.times {
        Times::Rate(..) => "PTS".to_owned(),
        Times::Steps(steps) => turns(steps),
    };
    let base = if let Times::Steps(_) = film.times { format!("settb=1/{TICKS},") } else { String::new() };
    format!("noise=alls=25:allf=t,format=yuv420p,{base}setpts='{times}+round({early}/1000/TB)'")
}

/// The time of frame N where the steps take turns.
fn turns(steps: &[u32]) -> String {
    let (count, turn) = (steps.len(), steps.iter().sum::<u32>());
    let mut text = format!("floor(N/{count})*{turn}");
    for (n, step) in (1..).zip(&steps[..count - 1]) {
        text.push_str(&format!("+gte(mod(N,{count}),{n})*{step}"));
    }
    text
}

fn encoder(film: &Film) -> Vec<String> {
    let Film { group, b_frames, groups, .. } = film;
    let open = u8::from(*groups != Groups::Closed);
    let x26 = format!("keyint={group}:min-keyint={group}:bframes={b_frames}:scenecut=0");
    let native = if open == 1 { "" } else { "-flags +cgop -sc_threshold 1000000000" };
    words(&match film.codec {
        Codec::H264 if *groups == Groups::Refresh => {
            format!("-c:v libx264 -preset veryfast -threads 1 -x264-params intra-refresh=1:{x26}")
        }
        Codec::H264 => format!("-c:v libx264 -preset veryfast -threads 1 -x264-params open-gop={open}:{x26}"),
        Codec::Hevc => format!(
            "-c:v libx265 -preset veryfast -x265-params log-level=none:pools=none:frame-threads=1:open-gop={open}:{x26}"
        ),
        Codec::Mpeg4 => format!("-c:v mpeg4 -q:v 3 -g {group} -bf {b_frames} {native}"),
        Codec::Mpeg2 => format!("-c:v mpeg2video -q:v 3 -g {group} -bf {b_frames} {native}"),
        // Frames that are not shown stand for B-frames.
        Codec::Vp9 if *b_frames > 0 => {
            format!("-c:v libvpx-vp9 -cpu-used 5 -g {group} -auto-alt-ref 1 -lag-in-frames 16")
        }
        Codec::Vp9 => format!("-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g {group}"),
        Codec::Ffv1 => format!("-c:v ffv1 -level 3 -slices 4 -g {group}"),
        Codec::Mjpeg => "-c:v mjpeg -q:v 3 -color_range tv -strict unofficial".to_owned(),
        Codec::MjpegFull => "-c:v mjpeg -q:v 3".to_owned(),
    })
}
