//! How carefully a job looks: the report's likeness and damage, and films that can't be cut, through real clusters.

use std::path::Path;
use std::process::Command;

use harness::cluster::Cluster;
use harness::films::{film, zoo};
use harness::judge;
use serde_json::{Value, json};

fn texts(report: &Value, key: &str) -> String {
    let all = report[key].as_array().cloned().unwrap_or_default();
    all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn every_piece_is_compared_with_the_source_where_all_is_verified() {
    let cluster = Cluster::new().clients(2).start();
    let config = json!({"verify": "full", "ffmpeg_params": "-c:v libx264 -preset ultrafast -crf 20"});
    let rough = json!({"verify": "full", "ffmpeg_params": "-c:v libx264 -preset ultrafast -qp 51 -vf gblur=sigma=20"});
    let source = film("h264-open-gop.mp4");
    let (fine, rough) = (cluster.ask.submit(&source, config).await, cluster.ask.submit(&source, rough).await);
    let report = cluster.ask.completed(&fine).await["report"].clone();
    let pieces = report["likeness"].as_array().expect("a likeness for each piece").clone();
    assert_eq!(pieces.len() as u64, report["pieces"].as_u64().unwrap());
    assert!(pieces.iter().all(|piece| piece["psnr"].as_f64().unwrap() > 35.0), "{report:#}");
    assert!(!texts(&report, "warnings").contains("look unlike"), "{report:#}");
    // The comparison is with what the filters make, so only the encoder is judged; and it is judged.
    let report = cluster.ask.completed(&rough).await["report"].clone();
    assert!(
        report["likeness"][0]["psnr"].as_f64().unwrap() < pieces[0]["psnr"].as_f64().unwrap(),
        "{report:#}"
    );
}

/// The time, in seconds, of the last frame that ffmpeg shows before its decoder complains. Where the damage lies in a film of the
/// zoo depends on the encoder that made it.
fn damaged_at(film: &Path) -> f64 {
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-nostdin", "-v", "info", "-threads", "1", "-i"]).arg(film);
    let done = ffmpeg.args(["-map", "0:v", "-vf", "showinfo", "-f", "null", "-"]).output().expect("ffmpeg");
    let text = String::from_utf8_lossy(&done.stderr).into_owned();
    let (before, _) = text.split_once("error while decoding MB").expect("damage");
    let shown = before.rsplit("pts_time:").next().and_then(|rest| rest.split_whitespace().next());
    shown.and_then(|time| time.parse().ok()).expect("a frame before the damage")
}

/// Whether the place is that of the damage: a decoder of several threads complains a few frames before it returns them.
fn is_near(text: &str, damaged_at: f64) -> bool {
    let place = text.split_once("about ").and_then(|(_, rest)| rest.split_once(" s:"));
    let told = place.and_then(|(seconds, _)| seconds.parse::<f64>().ok());
    told.is_some_and(|told| (told - damaged_at).abs() < 0.6)
}

#[tokio::test]
async fn damage_is_told_with_its_place_or_minded() {
    let cluster = Cluster::new().clients(1).start();
    let (damaged, sound) = (zoo("corrupt.mp4"), film("half-second.mp4"));
    let at = damaged_at(&damaged);
    let tolerated = cluster.ask.submit(&damaged, Value::Null).await;
    let minded = cluster.ask.submit(&damaged, json!({"damage": "strict"})).await;
    let clean = cluster.ask.submit(&sound, json!({"damage": "strict"})).await;
    let report = cluster.ask.completed(&tolerated).await["report"].clone();
    let told = texts(&report, "damage");
    assert!(is_near(&told, at) && told.contains(" s: [h264] error while decoding MB"), "{told}");
    let failed = cluster.ask.ended(&minded).await;
    let error = failed["error"].as_str().unwrap_or_default();
    assert_eq!(failed["status"], "Failed");
    assert!(
        error.contains("damage: strict") && is_near(error, at) && error.contains(" s: [h264]"),
        "{error}"
    );
    let report = cluster.ask.completed(&clean).await["report"].clone();
    assert_eq!((texts(&report, "damage"), report["indexed_by"].clone()), (String::new(), json!("decoding")));
}

/// Every frame of it calls itself a key frame, and needs what the first one tells. Made in pieces as any other, all but the
/// first piece came out gray.
#[tokio::test]
async fn a_film_whose_tables_stand_only_before_its_first_frame_is_decoded_from_there() {
    let cluster = Cluster::new().clients(2).start();
    let source = zoo("mjpeg-tables-once.avi");
    let job = cluster.ask.submit(&source, Value::Null).await;
    let report = cluster.ask.completed(&job).await["report"].clone();
    assert!(report["pieces"].as_u64() > Some(1), "{report:#}");
    cluster.judged(&job, &source).await;
}

#[tokio::test]
async fn a_film_that_was_cut_short_before_its_sound_comes_back_without_it() {
    let cluster = Cluster::new().clients(1).start();
    for (name, why) in [
        ("truncated-before-sound.mp4", "0:1 audio aac: it has no sound in the chosen part"),
        ("truncated-before-sound.ts", "0:1 audio aac: the film does not tell its sample rate"),
    ] {
        let source = zoo(name);
        let job = cluster.ask.submit(&source, Value::Null).await;
        let status = cluster.ask.completed(&job).await;
        let result = cluster.scratch.path().join("short.mkv");
        cluster.ask.fetch(status["output_url"].as_str().unwrap(), &result).await;
        let (wanted, got) = judge::frames_alike(&source, &result);
        assert!(wanted.len() > 40 && wanted.len() == got.len(), "{name}: {} of {}", got.len(), wanted.len());
        let dropped = texts(&status["report"], "streams_dropped");
        assert!(dropped.contains(why), "{name}: {status:#}");
        // The last frame is half there.
        assert!(!texts(&status["report"], "damage").is_empty(), "{name}: {status:#}");
    }
}

#[tokio::test]
async fn a_film_whose_size_changes_midway_comes_back_in_one_piece() {
    // The picture changes after a second of nine, so whoever makes the later part sees only the second size.
    let cluster = Cluster::new().clients(2).start();
    let source = zoo("size-change-early.ts");
    let job = cluster.ask.submit(&source, Value::Null).await;
    let status = cluster.ask.completed(&job).await;
    assert_eq!(status["report"]["pieces"], 1, "{status:#}");
    assert!(texts(&status["report"], "warnings").contains("encoded in one piece"), "{status:#}");
    let result = cluster.scratch.path().join("result.mkv");
    cluster.ask.fetch(status["output_url"].as_str().unwrap(), &result).await;
    let (wanted, got) = judge::frames_alike(&source, &result);
    assert!(wanted.iter().zip(&got).all(|(a, b)| a.hash == b.hash) && wanted.len() == got.len());
}

/// One was dropped, and the proof called others ten seconds early.
#[tokio::test]
async fn sound_that_begins_later_than_it_is_probed_is_there_at_its_time() {
    let cluster = Cluster::new().clients(1).start();
    for (name, params, result) in [
        ("sound-late.ts", "-c:v libx264", "late.mkv"),
        ("sound-late.ts", "-c:v libx264", "late.mp4"),
        ("sound-late.mkv", "-c:v libx264 -c:a copy", "copied.mkv"),
        ("sound-late.mkv", "-c:v libx264 -c:a copy", "copied.mp4"),
    ] {
        let config = json!({"ffmpeg_params": params, "file_name_output": result});
        let job = cluster.ask.submit(&zoo(name), config).await;
        let status = cluster.ask.completed(&job).await;
        let to = cluster.scratch.path().join(result);
        cluster.ask.fetch(status["output_url"].as_str().unwrap(), &to).await;
        let end = judge::sound_end(&to);
        assert!((11.9..12.1).contains(&end), "{name} as {result}: {end}: {status:#}");
    }
}

#[tokio::test]
async fn parts_and_rates_cut_sound_and_chapters_too() {
    let cluster = Cluster::new().clients(2).start();
    let source = film("two-audio.mkv");
    let params = |line: &str| json!({"ffmpeg_params": format!("-c:v ffv1 {line}")});
    let part = cluster.ask.submit(&source, params("-sn -ss 2 -t 3")).await;
    let slow = cluster.ask.submit(&source, params("-r 10")).await;
    let status = cluster.ask.completed(&part).await;
    assert_eq!(
        (&status["report"]["frames_wanted"], &status["report"]["frames_source"]),
        (&json!(75), &json!(200))
    );
    let result = cluster.scratch.path().join("part.mkv");
    cluster.ask.fetch(status["output_url"].as_str().unwrap(), &result).await;
    let probe = judge::probe(&result);
    let seconds: f64 = probe["format"]["duration"].as_str().unwrap().parse().unwrap();
    assert!((2.9..3.2).contains(&seconds), "{seconds}");
    assert_eq!(probe["chapters"].as_array().unwrap().len(), 2, "both chapters touch the part");
    assert_eq!(cluster.ask.completed(&slow).await["report"]["frames_result"], 80);
}

/// One client draws them, from the film that it reads through its own address.
#[tokio::test]
async fn subtitles_are_burnt_in_as_one_run_does() {
    let cluster = Cluster::new().clients(2).start();
    let source = film("two-audio.mkv");
    let config = json!({"ffmpeg_params": "-c:v ffv1 -an -vf subtitles=source:si=0"});
    let job = cluster.ask.submit(&source, config).await;
    let status = cluster.ask.completed(&job).await;
    assert!(texts(&status["report"], "warnings").contains("subtitles must see the whole film"), "{status:#}");
    let result = cluster.scratch.path().join("burnt.mkv");
    cluster.ask.fetch(status["output_url"].as_str().unwrap(), &result).await;
    let plain = cluster.scratch.path().join("plain.mkv");
    let chain = format!("subtitles={}:si=0", source.display());
    let words = [
        "-nostdin",
        "-v",
        "error",
        "-i",
        source.to_str().unwrap(),
        "-map",
        "0",
        "-c:a",
        "copy",
        "-c:v",
        "ffv1",
    ];
    let words =
        words.iter().copied().chain(["-fps_mode", "passthrough", "-vf", &chain, plain.to_str().unwrap()]);
    crate::run::run("ffmpeg", &words.map(str::to_owned).collect::<Vec<_>>()).unwrap();
    let (wanted, got, bare) = (judge::frames(&plain), judge::frames(&result), judge::frames(&source));
    assert!(wanted.len() == got.len() && wanted.iter().zip(&got).all(|(a, b)| a.hash == b.hash));
    assert!(bare.iter().zip(&got).any(|(a, b)| a.hash != b.hash), "nothing was drawn");
}
