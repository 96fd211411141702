//! Every encoder into every container: a film cut at awkward places, joined, and judged by decoding it. Each pair comes out
//! right or is refused by name at the door; the tables say which.

use std::path::{Path, PathBuf};

use ffmpeg_cluster_common::frames::Rational;
use harness::cluster::Scratch;
use harness::judge::{self, Frame};
use harness::lipsync;

use crate::product::{Asked, profile, transcode};
use crate::run::run;

/// Pieces of one frame, at the very beginning too.
const CUTS: &[u64] = &[1, 2, 20, 33];
const FRAMES: usize = 50;
const SUFFIXES: &[&str] = &["mp4", "mov", "mkv", "webm", "ts", "avi", "mxf"];
const NTSC: Rational = Rational { num: 30_000, den: 1001 };
const PAL: Rational = Rational { num: 25, den: 1 };

/// Where a frame is missing or another one's, likeness falls far below. Infinite: no pixel may differ.
const LOSSY_DB: f64 = 25.0;
const LOSSLESS_DB: f64 = f64::INFINITY;
/// Sound is held in packets of 20 ms and more.
const SOUND_MS: f64 = 60.0;
/// Our own rounding, to whole microseconds.
const ROUNDING_MS: f64 = 0.002;

/// One way to encode, and the containers that hold it.
struct Row {
    line: &'static str,
    held: &'static str,
    size: &'static str,
    least_db: f64,
}

const fn lossy(line: &'static str, held: &'static str) -> Row {
    Row { line, held, size: "96x64", least_db: LOSSY_DB }
}
const fn lossless(line: &'static str, held: &'static str) -> Row {
    Row { line, held, size: "96x64", least_db: LOSSLESS_DB }
}

/// A film, and what its results must be like.
struct Wanted {
    source: PathBuf,
    rate: Rational,
    frames: Vec<Frame>,
    sound_seconds: f64,
    offsets: Vec<f64>,
}

/// Every pair of these rows with every container, and the last container at another rate too; all that is wrong is told
/// at once.
fn all_come_out_right(rows: &[Row]) {
    let mut wrong = Vec::new();
    for row in rows {
        let scratch = Scratch::new();
        let last: Vec<&str> = row.held.split(' ').rev().take(1).collect();
        for (rate, suffixes) in [(NTSC, SUFFIXES), (PAL, &last)] {
            let wanted = wanted(row.size, rate, scratch.path());
            for suffix in suffixes.iter().filter(|suffix| is_asked(row, suffix)) {
                let told = pair(row, suffix, &wanted, scratch.path());
                wrong.extend(told.err().map(|why| format!("{} into .{suffix} at {rate}: {why}", row.line)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} pairs:\n{}", wrong.len(), wrong.join("\n"));
}

/// `PAIRS` picks those whose name holds it, such as `libx264 into .mp4`.
fn is_asked(row: &Row, suffix: &str) -> bool {
    std::env::var("PAIRS").map_or(true, |asked| format!("{} into .{suffix}", row.line).contains(&asked))
}

fn pair(row: &Row, suffix: &str, wanted: &Wanted, folder: &Path) -> Result<(), String> {
    let asked = Asked { line: row.line, suffix, cuts: CUTS };
    let held = row.held.split(' ').any(|held| held == suffix);
    match (profile(&asked), held) {
        (Err(why), false) if why.contains("-c:v ") && why.contains(" can't ") => Ok(()),
        (Err(why), _) => Err(format!("refused: {why}")),
        (Ok(_), false) => Err("the door takes it".into()),
        (Ok(profile), true) => {
            let (joined, effort) = transcode(&wanted.source, &asked, folder)?;
            if effort.one_piece > 0 {
                return Err("the pieces don't go together; it was made as one".into());
            }
            let allowed_ms = profile.container.time_error_ms(wanted.rate) + ROUNDING_MS;
            same_picture(wanted, &joined, row.least_db, allowed_ms)?;
            same_sound(wanted, &joined)
        }
    }
}

fn wanted(size: &str, rate: Rational, folder: &Path) -> Wanted {
    let source = film(size, rate, folder);
    let wanted = Wanted {
        frames: judge::frames(&source),
        sound_seconds: judge::sound_seconds(&source),
        offsets: lipsync::offsets(&source),
        source,
        rate,
    };
    assert!(wanted.frames.len() == FRAMES && wanted.offsets.len() >= 2, "not the film that was wanted");
    wanted
}

/// A film whose frames count themselves in four white boxes, with flashes that beep.
fn film(size: &str, rate: Rational, folder: &Path) -> PathBuf {
    let path = folder.join(format!("film-{}-{}.mov", size, rate.num));
    let seconds = (FRAMES as f64 + 0.5) / rate.as_f64();
    let boxes = (0..4).map(|n| {
        let on = format!("mod(floor(n/{}),2)", 1 << n);
        format!("drawbox=x=iw/4*{n}:y=0:w=iw/4:h=ih/4:color=white:t=fill:enable='{on}'")
    });
    let boxes = boxes.collect::<Vec<_>>().join(",");
    let now = "between(mod(t,0.6),0.299,0.4)";
    let picture = format!(
        "testsrc2=s={size}:r={rate}:d={seconds},format=yuv420p,{boxes},\
         drawbox=w=iw:h=ih:color=white:t=fill:enable='{now}'"
    );
    let length = FRAMES as f64 / rate.as_f64();
    let sound = format!("aevalsrc='0.8*sin(2*PI*1000*t)*{now}':s=48000:d={length}");
    let words = ["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", &picture, "-f", "lavfi", "-i", &sound];
    let codecs = "-c:v ffv1 -c:a pcm_s16le -frames:v".split(' ');
    let frames = FRAMES.to_string();
    let all = words.into_iter().chain(codecs).chain([frames.as_str(), path.to_str().expect("text")]);
    run("ffmpeg", &all.map(str::to_owned).collect::<Vec<_>>()).expect("making a film");
    path
}

fn same_picture(wanted: &Wanted, joined: &Path, least_db: f64, allowed_ms: f64) -> Result<(), String> {
    let complaints = judge::complaints(joined);
    if !complaints.is_empty() {
        return Err(format!("the decoder says: {complaints}"));
    }
    let got = judge::frames(joined);
    if got.len() != FRAMES {
        return Err(format!("{} frames came of {FRAMES}", got.len()));
    }
    for (number, (a, b)) in wanted.frames.iter().zip(&got).enumerate() {
        let off = (a.seconds - b.seconds).abs() * 1000.0;
        if off > allowed_ms {
            return Err(format!("frame {number} is {off:.3} ms off"));
        }
    }
    let least = judge::least_likeness(&wanted.source, joined);
    if least >= least_db { Ok(()) } else { Err(format!("a frame is only {least} dB like the source's")) }
}

fn same_sound(wanted: &Wanted, joined: &Path) -> Result<(), String> {
    let longer = judge::sound_seconds(joined) - wanted.sound_seconds;
    if longer.abs() * 1000.0 > SOUND_MS {
        return Err(format!("the sound is {longer:.3} s longer"));
    }
    let got = lipsync::offsets(joined);
    let off = wanted.offsets.iter().zip(&got).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    if wanted.offsets.len() == got.len() && off <= SOUND_MS {
        return Ok(());
    }
    Err(format!("the beeps come {got:.1?} ms after the flashes instead of {:.1?}", wanted.offsets))
}

#[test]
fn x264() {
    all_come_out_right(&[
        lossy("-c:v libx264 -preset veryfast", "mp4 mov mkv ts"),
        lossy(
            "-c:v libx264 -preset veryfast -x264-params open-gop=1:keyint=9:bframes=3:b-adapt=0",
            "mp4 mov mkv ts",
        ),
        lossy("-c:v libx264 -preset veryfast -bf 0", "mp4 mov mkv ts avi"),
    ]);
}

#[test]
fn x265() {
    all_come_out_right(&[lossy(
        "-c:v libx265 -preset ultrafast -x265-params open-gop=1:keyint=9:min-keyint=9:bframes=3:log-level=none",
        "mp4 mov mkv ts",
    )]);
}

#[test]
fn av1() {
    all_come_out_right(&[
        lossy("-c:v libsvtav1 -preset 12", "mp4 mkv webm"),
        lossy("-c:v libaom-av1 -cpu-used 8 -crf 30", "mp4 mkv webm"),
    ]);
}

#[test]
fn vp8_and_vp9() {
    all_come_out_right(&[
        lossy("-c:v libvpx -crf 10", "mkv webm avi"),
        lossy("-c:v libvpx-vp9 -crf 30 -b:v 0 -cpu-used 8", "mp4 mkv webm"),
    ]);
}

#[test]
fn for_editing() {
    all_come_out_right(&[
        lossy("-c:v prores_ks", "mov mkv mxf"),
        Row {
            line: "-c:v dnxhd -profile:v dnxhr_sq",
            held: "mov mkv mxf",
            size: "256x120",
            least_db: LOSSY_DB,
        },
    ]);
}

#[test]
fn lossless_ones() {
    all_come_out_right(&[
        lossless("-c:v ffv1", "mov mkv avi"),
        lossless("-c:v utvideo", "mov mkv avi"),
        // It has no colours at a quarter of the size.
        lossy("-c:v huffyuv", "mkv avi"),
    ]);
}

#[test]
fn mpeg2() {
    all_come_out_right(&[
        lossy("-c:v mpeg2video -q:v 3", "mp4 mov mkv ts avi mxf"),
        lossy("-c:v mpeg2video -q:v 3 -bf 2 -g 9", "mp4 mov mkv ts mxf"),
    ]);
}

#[test]
fn mpeg4_and_mjpeg() {
    all_come_out_right(&[
        lossy("-c:v mpeg4 -q:v 4", "mp4 mov mkv ts avi"),
        lossy("-c:v mpeg4 -q:v 4 -bf 2", "mp4 mov mkv ts"),
        lossy("-c:v mjpeg -q:v 3", "mp4 mov mkv avi"),
    ]);
}
