//! Films whose clock is set back midway, through real clusters: each stretch comes after the one before, with its sound.

use std::path::{Path, PathBuf};

use harness::cluster::Cluster;
use harness::films::zoo;
use harness::set_back::{Back, laid_out};
use harness::{judge, lipsync};
use serde_json::{Value, json};

/// What Matroska rounds, and we do.
const ALLOWED_S: f64 = 0.0011;
/// A packet of sound, and a bit.
const SOUND_ALLOWED_S: f64 = 0.03;

async fn encoded(cluster: &Cluster, film: &Path, name: &str, config: Value) -> (PathBuf, Value) {
    let job = cluster.ask.submit(film, config).await;
    let status = cluster.ask.completed(&job).await;
    let to = cluster.scratch.path().join(name);
    cluster.ask.fetch(status["output_url"].as_str().expect("a result"), &to).await;
    (to, status["report"].clone())
}

fn same_pictures(name: &str, film: &Path, result: &Path, times: &[f64]) {
    let (wanted, got) = judge::frames_alike(film, result);
    assert_eq!((wanted.len(), got.len()), (times.len(), times.len()), "{name}: number of frames");
    for (number, ((wanted, got), time)) in wanted.iter().zip(&got).zip(times).enumerate() {
        assert_eq!(wanted.hash, got.hash, "{name}: the pixels of frame {number}");
        assert!(
            (got.seconds - time).abs() < ALLOWED_S,
            "{name}: frame {number} at {} s, not {time}",
            got.seconds
        );
    }
}

/// How far the report's places lie from where they should.
fn told(name: &str, report: &Value, backs: &[Back]) {
    let places = report["clock_set_back"].as_array().cloned().unwrap_or_default();
    assert_eq!(places.len(), backs.len(), "{name}: {report:#}");
    for (place, back) in places.iter().zip(backs) {
        let seconds = |key: &str| place[key].as_f64().expect("a number") / 1000.0;
        // The film may begin with its sound; the report counts from there.
        let (at, by) = (seconds("at_ms"), seconds("by_ms"));
        assert!((at - back.at).abs() < 0.1 && (by - back.by).abs() < ALLOWED_S, "{name}: {place}");
    }
}

fn warnings(report: &Value) -> String {
    report["warnings"].to_string()
}

#[tokio::test]
async fn each_stretch_comes_after_the_one_before_with_its_sound() {
    let cluster = Cluster::new().clients(2).start();
    let films = [
        ("h264-clock-restart.ts", 1),
        ("clock-twice.ts", 2),
        ("clock-ahead.ts", 2),
        ("clock-leap.ts", 1),
        ("clock-mid-group.ts", 1),
        ("clock-back.flv", 1),
    ];
    for (name, setbacks) in films {
        let film = zoo(name);
        let (times, backs) = laid_out(&film);
        assert_eq!(backs.len(), setbacks, "{name} is not what it should be");
        let (result, report) = encoded(&cluster, &film, &format!("{name}.mkv"), Value::Null).await;
        same_pictures(name, &film, &result, &times);
        told(name, &report, &backs);
        assert!(!warnings(&report).contains("sound"), "{name}: {report:#}");
        let why = if name == "clock-ahead.ts" { "its clock leaps ahead" } else { "its clock is set back" };
        assert!(warnings(&report).contains(why), "{name}: {report:#}");
        let off = judge::sound_seconds(&result) - times.last().unwrap();
        assert!(off.abs() < 0.15, "{name}: the sound is {off} s longer than the picture");
    }
}

#[tokio::test]
async fn sound_stays_with_its_picture_where_the_clock_is_set_back() {
    let cluster = Cluster::new().clients(2).encode("-c:v libx264 -preset ultrafast -crf 20", ".mp4").start();
    // Where the clock is set back within a group, a beep of the film is missing.
    for (name, flashes) in [
        ("clock-twice.ts", 12),
        ("clock-ahead.ts", 12),
        ("clock-leap.ts", 8),
        ("clock-mid-group.ts", 3),
        ("clock-back.flv", 8),
    ] {
        for line in ["-c:a aac", "-c:a pcm_s16le"] {
            let suffix = if line.contains("pcm") { "mov" } else { "mp4" };
            let output = format!("{name}.{suffix}");
            let config = json!({
                "ffmpeg_params": format!("-c:v libx264 -preset ultrafast {line}"), "file_name_output": output
            });
            let (result, _) = encoded(&cluster, &zoo(name), &output, config).await;
            let offsets = lipsync::offsets(&result);
            assert_eq!(offsets.len(), flashes, "{output}: {offsets:?}");
            assert!(offsets.iter().all(|off| off.abs() < 1000.0 * SOUND_ALLOWED_S), "{output}: {offsets:?}");
        }
    }
}

/// Told, because nobody knows which sound goes with which picture.
#[tokio::test]
async fn sound_whose_clock_runs_on_is_told() {
    let cluster = Cluster::new().clients(1).start();
    let (name, copied) = ("clock-sound-apart.ts", json!({"ffmpeg_params": "-c:v ffv1 -c:a copy"}));
    let film = zoo(name);
    let (result, report) = encoded(&cluster, &film, "apart.mkv", Value::Null).await;
    same_pictures(name, &film, &result, &laid_out(&film).0);
    let sentence = "the clock of the sound does not jump where the picture's does (stream 0:1)";
    assert!(warnings(&report).contains(sentence), "{report:#}");
    let job = cluster.ask.submit(&film, copied).await;
    let error = cluster.ask.ended(&job).await["error"].to_string();
    assert!(error.contains("stream 0:1 can't be copied") && error.contains("-c:a copy"), "{error}");
}

#[tokio::test]
async fn parts_and_rates_are_those_of_the_film_as_it_is_laid_out() {
    let cluster = Cluster::new().clients(1).start();
    let film = zoo("clock-twice.ts");
    let part = json!({"ffmpeg_params": "-c:v ffv1 -ss 6 -t 5", "verify": "full"});
    let (result, report) = encoded(&cluster, &film, "part.mkv", part).await;
    let hashes = |film: &Path| judge::frames(film).into_iter().map(|frame| frame.hash).collect::<Vec<_>>();
    assert_eq!(hashes(&result), hashes(&film)[150..275], "{report:#}");
    assert_eq!(report["likeness"][0]["psnr"], Value::Null, "no pixel differs: {report:#}");
    let off = judge::sound_seconds(&result) - 5.0;
    assert!(off.abs() < 0.1, "the sound is {off} s longer than the part");
    let (_, report) = encoded(&cluster, &film, "slow.mkv", json!({"ffmpeg_params": "-c:v ffv1 -r 10"})).await;
    assert_eq!((&report["frames_source"], &report["frames_result"]), (&json!(300), &json!(120)));
}
