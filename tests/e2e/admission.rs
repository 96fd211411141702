//! What would fail after all encoding, or never end, fails at the door, with a sentence that says what to do; and what is let in
//! comes out. Tags of any kind come out as they went in.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use harness::ask::Server;
use harness::cluster::Cluster;
use harness::films::film;
use harness::judge;
use serde_json::{Value, json};

/// A trial of the parameters, a dry run of the join, and a busy machine.
const ANSWERED_WITHIN: Duration = Duration::from_secs(45);

fn server() -> Cluster {
    Cluster::new().with(&["--required-clients", "1"]).start()
}

async fn refused(ask: &Server, film: &Path, (params, name): (&str, &str), code: &str, says: &[&str]) {
    let began = Instant::now();
    let config = json!({"ffmpeg_params": params, "file_name_output": name});
    let asked = json!({"ProcessLocalFile": {"file_path": film, "config": config}});
    let (status, reply) = ask.raw(&asked.to_string()).await;
    let message = reply["Error"]["message"].as_str().unwrap_or_default();
    assert_eq!(reply["Error"]["code"], code, "{params} {name}: {reply}");
    assert_eq!(status, if code == "OVER_BOUND" { 422 } else { 400 }, "{params} {name}: {reply}");
    for word in says {
        assert!(message.contains(word), "{params} {name}: {word} in {message}");
    }
    assert!(began.elapsed() < ANSWERED_WITHIN, "{params} {name}: after {:?}", began.elapsed());
}

/// No job, no file, no process, no memory.
async fn nothing_stays(cluster: &Cluster) {
    assert_eq!(cluster.ask.command(json!("ListJobs")).await, json!({"JobsList": []}));
    let jobs = std::fs::read_dir(cluster.work().join("server")).unwrap().filter_map(Result::ok);
    let left: Vec<_> =
        jobs.map(|entry| entry.file_name()).filter(|name| name != "uploads" && name != "audit.log").collect();
    assert!(left.is_empty(), "a refused request left {left:?}");
    cluster.leaves_nothing().await;
}

#[tokio::test]
async fn what_the_container_does_not_take_is_refused_before_a_frame_is_encoded() {
    let cluster = server();
    let (film, long) = (film("half-second.mp4"), "x".repeat(300));
    let (title, service) = (format!("-metadata title={long}"), format!("-metadata service_name={long}"));
    let x264 = |more: &str| format!("-c:v libx264 {more}");
    for (params, name, says) in [
        (x264("-tag:v hvc1"), "a.mp4", ["-tag:v hvc1", "its own is avc1", "leave the option out"]),
        (
            x264("-vf \"select='gt(t,20)'\" -tag:v hvc1"),
            "a.mp4",
            ["-tag:v hvc1", "its own is avc1", "leave the option out"],
        ),
        (x264("-tag:v abcd"), "a.mp4", ["-tag:v abcd", "MP4", "leave the option out"]),
        (x264("-tag:v abcd"), "a.mkv", ["-tag:v abcd", "Matroska", "leave the option out"]),
        (x264("-tag:a zzzz"), "a.mp4", ["-tag:a zzzz", "MP4", "leave the option out"]),
        (x264("-tag:a zzzz"), "a.mov", ["-tag:a zzzz", "QuickTime", "leave the option out"]),
        (x264("-tag:a 0x1"), "a.mov", ["-tag:a 0x1", "QuickTime", "leave the option out"]),
        (x264("-video_track_timescale 1"), "a.mp4", ["-video_track_timescale 1", "25", "smallest"]),
        (x264("-video_track_timescale 10"), "a.mp4", ["-video_track_timescale 10", "25", "smallest"]),
        (
            x264("-reserve_index_space 100000000"),
            "a.mkv",
            ["-reserve_index_space", "-cues_to_front 1", "index"],
        ),
        (x264(&title), "a.ts", ["255 bytes", "-metadata service_name", "-map_metadata -1"]),
        (x264(&service), "a.ts", ["255 bytes", "-metadata service_name", "-map_metadata -1"]),
    ] {
        refused(&cluster.ask, &film, (&params, name), "INVALID_PARAMETERS", &says).await;
    }
    nothing_stays(&cluster).await;
}

/// Each of these was accepted once, or answered after thirty seconds with a sentence that misled.
#[tokio::test]
async fn what_gives_no_frame_or_never_ends_is_refused_at_once() {
    let cluster = server();
    let film = film("half-second.mp4");
    let doubled = ["yadif=1"; 12].join(",");
    let of_picture = [
        ("select=0", "its result would be empty"),
        ("telecine=pattern=000", "its result would be empty"),
        ("shuffleframes=-1", "its result would be empty"),
        ("yadif=1:enable='gt(t,1)'", "enable"),
        ("yadif=mode=1.0", "yadif"),
        ("yadif=mode=send_frame+1", "yadif"),
        ("fps=0.01", "too short"),
        ("repeatfields", "repeatfields"),
        (doubled.as_str(), "at most 4 times"),
    ];
    for (filter, says) in of_picture {
        let params = format!("-c:v ffv1 -an -vf \"{filter}\"");
        let code = if filter == doubled { "OVER_BOUND" } else { "INVALID_PARAMETERS" };
        refused(&cluster.ask, &film, (&params, "a.mkv"), code, &[says]).await;
    }
    for expression in ["while(1,1)", "print(1)", "time(0)", "st(0,1)", "ld(0)", "root(0,1)", "taylor(0,1)"] {
        let params = format!("-c:v ffv1 -c:a aac -af \"volume='{expression}'\"");
        let word = expression.split('(').next().unwrap_or_default();
        refused(&cluster.ask, &film, (&params, "a.mkv"), "INVALID_PARAMETERS", &[word]).await;
    }
    refused(
        &cluster.ask,
        &film,
        ("-c:v ffv1 -c:a aac -af aformat=r=1", "a.mkv"),
        "INVALID_PARAMETERS",
        &["aformat"],
    )
    .await;
    nothing_stays(&cluster).await;
}

/// The trial's picture has 330 frames, and this filter wants a later one: it is not refused for that, nor tried for half a minute.
#[tokio::test]
async fn a_filter_whose_first_frame_comes_late_is_let_in_soon() {
    const TRIAL: Duration = Duration::from_secs(30);
    let cluster = server();
    let began = Instant::now();
    let params = "-c:v ffv1 -an -vf \"select='eq(n,5000)'\"";
    let job = cluster.ask.submit(&film("half-second.mp4"), json!({"ffmpeg_params": params})).await;
    assert!(began.elapsed() < TRIAL, "after {:?}", began.elapsed());
    cluster.ask.command(json!({"CancelJob": {"job_id": job}})).await;
    cluster.leaves_nothing().await;
}

/// Of ffmpeg: `arguments` make one file.
fn made(folder: &Path, name: &str, arguments: &[&str]) -> PathBuf {
    let file = folder.join(name);
    let made =
        Command::new("ffmpeg").args(["-nostdin", "-v", "error", "-y"]).args(arguments).arg(&file).status();
    assert!(made.unwrap().success(), "{name}");
    file
}

const PICTURE: [&str; 4] = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=1"];
const SOUND: [&str; 4] = ["-f", "lavfi", "-i", "sine=d=1"];

async fn joined(cluster: &Cluster, film: &Path, params: &str, name: &str) -> PathBuf {
    let config = json!({"ffmpeg_params": params, "file_name_output": name});
    let job = cluster.ask.submit(film, config).await;
    let status = cluster.ask.completed(&job).await;
    let to = cluster.scratch.path().join(name);
    cluster.ask.fetch(status["output_url"].as_str().expect("a completed job has a result"), &to).await;
    to
}

fn tag<'a>(of: &'a Value, key: &str) -> Option<&'a str> {
    let all = of["tags"].as_object()?;
    all.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).and_then(|(_, text)| text.as_str())
}

/// Everything that a file of tags gives a meaning, and what is in no argument list.
#[tokio::test]
async fn tags_of_any_kind_come_out_as_they_went_in() {
    let cluster = Cluster::new().clients(1).start();
    let long = "ü".repeat(50_000);
    let titles =
        ["a=b;c#d\\e\nf", "ends with \\", "[STREAM]", "#;=", "日本語 🎬", " spaced ", "\u{1b}[31mred", &long];
    let mut arguments: Vec<String> = PICTURE.iter().chain(&SOUND).map(|word| (*word).to_owned()).collect();
    arguments.extend(["-map", "0:v"].map(str::to_owned));
    titles.iter().for_each(|_| arguments.extend(["-map", "1:a"].map(str::to_owned)));
    arguments.extend(
        ["-metadata", "title=The = of ; # \\ films\n\\", "-metadata:s:v:0", "title="].map(str::to_owned),
    );
    for (n, title) in titles.iter().enumerate() {
        arguments.extend([format!("-metadata:s:a:{n}"), format!("title={title}")]);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let film = made(cluster.scratch.path(), "titles.mkv", &arguments);
    let params = "-c:v ffv1 -c:a aac -metadata comment=typed -metadata:s:a:1 language=ger";
    let told = judge::probe(&joined(&cluster, &film, params, "titles-out.mkv").await);
    assert_eq!(tag(&told["format"], "title"), Some("The = of ; # \\ films\n\\"));
    assert_eq!(tag(&told["format"], "comment"), Some("typed"));
    let sounds: Vec<&Value> =
        told["streams"].as_array().unwrap().iter().filter(|stream| stream["codec_type"] == "audio").collect();
    let got: Vec<_> = sounds.iter().map(|stream| tag(stream, "title").unwrap_or_default()).collect();
    assert_eq!(got, titles);
    assert_eq!(tag(sounds[1], "language"), Some("ger"));
    cluster.leaves_nothing().await;
}

/// Its tags, 2.4 MB, made the join's argument list too long; a tag over 64 KiB, or thirty thousand chapters, made ffprobe's answer
/// no JSON.
#[tokio::test]
async fn long_tags_and_many_chapters_are_films_like_others() {
    let cluster = Cluster::new().clients(1).start();
    let folder = cluster.scratch.path();
    let mut text = String::from(";FFMETADATA1\n");
    text.push_str(&format!("comment={}\n", "c".repeat(200_000)));
    (0..30_000).for_each(|n| {
        text.push_str(&format!(
            "[CHAPTER]\nTIMEBASE=1/100000\nSTART={}\nEND={}\ntitle=c{n}\n",
            n * 3,
            n * 3 + 3
        ))
    });
    (0..41).for_each(|_| text.push_str(&format!("[STREAM]\ntitle={}\n", "t".repeat(60_000))));
    std::fs::write(folder.join("many.txt"), text).unwrap();
    let tags = folder.join("many.txt").display().to_string();
    let mut arguments: Vec<String> = PICTURE.iter().chain(&SOUND).map(|word| (*word).to_owned()).collect();
    arguments.extend(["-f", "ffmetadata", "-i", &tags, "-map", "0:v"].map(str::to_owned));
    (0..40).for_each(|_| arguments.extend(["-map", "1:a"].map(str::to_owned)));
    arguments.extend(["-c:a", "pcm_s16le", "-map_metadata", "2", "-map_chapters", "2"].map(str::to_owned));
    (0..41).for_each(|n| arguments.extend([format!("-map_metadata:s:{n}"), format!("2:s:{n}")]));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let film = made(folder, "bigtags.mkv", &arguments);
    let result = joined(&cluster, &film, "-c:v ffv1 -c:a pcm_s16le", "many-out.mkv").await;
    let told = judge::probe(&result);
    assert_eq!(tag(&told["format"], "comment").map(str::len), Some(200_000));
    let streams = told["streams"].as_array().unwrap();
    assert_eq!(streams.len(), 41);
    assert!(streams.iter().all(|stream| tag(stream, "title").is_some_and(|title| title.len() == 60_000)));
    let chapters =
        Command::new("ffprobe").args(["-v", "error", "-show_chapters", "-of", "csv"]).arg(&result).output();
    assert_eq!(String::from_utf8_lossy(&chapters.unwrap().stdout).lines().count(), 30_000);
    cluster.leaves_nothing().await;
}

/// An answer that is larger than what is read of one is told as that.
#[tokio::test]
async fn more_tags_than_are_read_are_refused_with_a_true_sentence() {
    let cluster = server();
    let folder = cluster.scratch.path();
    let tags = folder.join("huge.txt").display().to_string();
    std::fs::write(&tags, format!(";FFMETADATA1\ncomment={}\n", "c".repeat(9 << 20))).unwrap();
    let words = ["-f", "ffmetadata", "-i", &tags, "-map_metadata", "1"];
    let film = made(folder, "huge.mkv", &[&PICTURE[..], &words].concat());
    refused(&cluster.ask, &film, ("-c:v ffv1", "a.mkv"), "OVER_BOUND", &["tags and chapters", "8 MiB"]).await;
    nothing_stays(&cluster).await;
}
