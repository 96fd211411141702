//! What one run of ffmpeg makes with the very words of a job, and how two films are compared stream by stream.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// One run of ffmpeg with these words.
pub fn ffmpeg(words: &str, film: &Path, to: &Path) {
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-nostdin", "-y", "-i"]).arg(film).args(words.split(' '));
    let done = ffmpeg
        .args(["-fps_mode", "passthrough", "-enc_time_base:v", "-1"])
        .arg(to)
        .output()
        .expect("running ffmpeg");
    assert!(done.status.success(), "{words}: {}", String::from_utf8_lossy(&done.stderr));
}

/// Of each stream: its kind, codec, language, and number of packets.
pub fn streams(film: &Path) -> Vec<[String; 4]> {
    let mut ffprobe = Command::new("ffprobe");
    ffprobe.args(["-v", "error", "-of", "json", "-show_streams", "-count_packets"]).arg(film);
    let told = ffprobe.output().expect("running ffprobe").stdout;
    let told: Value = serde_json::from_slice(&told).expect("JSON");
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = told["streams"].as_array().cloned().unwrap_or_default();
    let facts = |one: &Value| {
        [&one["codec_type"], &one["codec_name"], &one["tags"]["language"], &one["nb_read_packets"]].map(word)
    };
    all.iter().map(facts).collect()
}

/// The packets of the streams that these words choose, stream after stream: their times, sizes, and digests of their bytes.
/// Without `-vn`, ffmpeg would take the picture where the words choose nothing.
pub fn packets(film: &Path, words: &str) -> Vec<[String; 4]> {
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-nostdin", "-copyts", "-i"]).arg(film).args(words.split(' '));
    let done = ffmpeg.args("-c copy -f framemd5 -".split(' ')).output().expect("running ffmpeg");
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    let fields = |line: &str| {
        let all: Vec<String> = line.split(',').map(|field| field.trim().to_owned()).collect();
        [0, 2, 4, 5].map(|n| all.get(n).cloned().unwrap_or_default())
    };
    let mut all: Vec<[String; 4]> = text.lines().filter(|line| !line.starts_with('#')).map(fields).collect();
    // How streams are interleaved is the muxer's own affair.
    all.sort_by(|a, b| a[0].cmp(&b[0]));
    all
}

/// What differs first, for a message that people can read.
pub fn difference(ours: &[[String; 4]], theirs: &[[String; 4]]) -> Option<String> {
    let first = ours.iter().zip(theirs).position(|(a, b)| a != b);
    let longer = (ours.len() != theirs.len()).then(|| ours.len().min(theirs.len()));
    let n = first.or(longer)?;
    Some(format!(
        "packet {n} is {:?}, of a plain run {:?}; {} packets, {}",
        ours.get(n),
        theirs.get(n),
        ours.len(),
        theirs.len()
    ))
}
