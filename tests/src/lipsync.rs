//! Sound against picture in films of flashes and beeps (`scripts/beep.sh`), as a player would have them: after edit
//! lists, priming and all that a demuxer and a decoder do.

use std::path::Path;
use std::process::Command;

use crate::judge;

/// Of full scale. Silence that went through an encoder stays far below, a burst gets there in its first half wave.
const HEARD: u16 = 8_000;
/// Of 255; what is white is far above, what is black far below, whatever the encoder.
const SEEN: f64 = 128.0;
/// A burst is over when nothing was heard for so long.
const REST_MS: f64 = 200.0;
/// A flash and a beep that lie further apart don't belong together.
const APART_MS: f64 = 450.0;

fn ffmpeg(arguments: &[&str]) -> Vec<u8> {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-y"]).args(arguments);
    let done = command.output().expect("running ffmpeg");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "ffmpeg {}: {said}", arguments.join(" "));
    done.stdout
}

fn text(path: &Path) -> &str {
    path.to_str().expect("our paths are text")
}

/// How much later than each flash its beep comes, in milliseconds; negative where it comes earlier.
pub fn offsets(film: &Path) -> Vec<f64> {
    let beeps = beeps(film);
    let to_beep =
        |flash: f64| beeps.iter().map(|beep| beep - flash).min_by(|a, b| a.abs().total_cmp(&b.abs()));
    flashes(film).into_iter().filter_map(to_beep).filter(|offset| offset.abs() < APART_MS).collect()
}

/// When the picture turns white, in milliseconds.
pub fn flashes(film: &Path) -> Vec<f64> {
    // The filters see the time base of the decoder, which is not told; this one is known.
    let filters = "format=gray,settb=1/1000000,signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=-";
    let picture = ["-map", "0:V:0", "-fps_mode", "passthrough", "-vf", filters, "-f", "null", "-"];
    let told = ffmpeg(&[&["-copyts", "-i", text(film)], &picture[..]].concat());
    let (mut at, mut was_white, mut found) = (0.0, false, Vec::new());
    for line in String::from_utf8_lossy(&told).lines() {
        if let Some((_, bright)) = line.split_once("YAVG=") {
            let is_white = bright.trim().parse::<f64>().expect("a brightness") > SEEN;
            if is_white && !was_white {
                found.push(at);
            }
            was_white = is_white;
        } else if let Some((_, rest)) = line.split_once(" pts:") {
            let pts = rest.split_whitespace().next().expect("a time");
            at = pts.parse::<f64>().expect("a time") / 1000.0;
        }
    }
    found
}

/// When the bursts begin, in milliseconds.
pub fn beeps(film: &Path) -> Vec<f64> {
    let sound = ["-copyts", "-i", text(film), "-map", "0:a:0", "-ac", "1", "-c:a", "pcm_s16le"];
    let samples = ffmpeg(&[&sound[..], &["-f", "s16le", "-"]].concat());
    // The same packets once more, for their times: bare samples have none.
    let packets = ffmpeg(&[&sound[..], &["-f", "framecrc", "-"]].concat());
    let (mut from, mut heard_at, mut found) = (0, f64::NEG_INFINITY, Vec::new());
    for packet in packets_of(&String::from_utf8_lossy(&packets)) {
        let part = &samples[from..from + packet.bytes];
        for (n, sample) in part.chunks_exact(2).enumerate() {
            let at = packet.at_ms + n as f64 * packet.sample_ms;
            if i16::from_le_bytes([sample[0], sample[1]]).unsigned_abs() > HEARD {
                if at - heard_at > REST_MS {
                    found.push(at);
                }
                heard_at = at;
            }
        }
        from += packet.bytes;
    }
    assert_eq!(from, samples.len(), "{}: both runs give the same sound", film.display());
    found
}

struct Packet {
    at_ms: f64,
    sample_ms: f64,
    bytes: usize,
}

/// What `framecrc` tells of packets of one stream.
fn packets_of(told: &str) -> Vec<Packet> {
    let base = told.lines().find_map(|line| line.strip_prefix("#tb 0: 1/")).expect("a time base");
    let sample_ms = 1000.0 / base.trim().parse::<f64>().expect("a rate");
    let packet = |line: &str| {
        let parts: Vec<&str> = line.split(',').map(str::trim).collect();
        let at_ms = parts[2].parse::<f64>().expect("a time") * sample_ms;
        Packet { at_ms, sample_ms, bytes: parts[4].parse().expect("a length") }
    };
    told.lines().filter(|line| !line.starts_with('#')).map(packet).collect()
}

/// The film that one plain run of ffmpeg makes with these parameters, with frames and their times passed through: left
/// to itself ffmpeg rounds times to whole frames, and a picture that begins 21 ms after the sound comes 19 ms late.
pub fn plain(source: &Path, params: &str, result: &Path) {
    let words: Vec<&str> = params.split_whitespace().collect();
    let base = judge::time_base(source);
    let passed = ["-fps_mode", "passthrough", "-enc_time_base:v", &base, text(result)];
    ffmpeg(&[&["-i", text(source)], &words[..], &passed[..]].concat());
}
