//! Films whose containers round times to milliseconds: the result has the constant rate that plain ffmpeg's has.

use std::path::{Path, PathBuf};

use harness::cluster::{Cluster, Scratch};
use harness::judge;
use serde_json::{Value, json};

use crate::run::run;

const RATE: &str = "24000/1001";

fn ffmpeg(words: &str, to: &Path) {
    let to = to.display().to_string();
    let words = ["-v", "error"].into_iter().chain(words.split(' ')).chain([to.as_str()]);
    run("ffmpeg", &words.map(str::to_owned).collect::<Vec<_>>()).expect("plain ffmpeg");
}

fn rounded_film(folder: &Path) -> PathBuf {
    let film = folder.join("rounded.mkv");
    ffmpeg(&format!("-f lavfi -i testsrc2=size=160x120:rate={RATE}:duration=8 -c:v libx264 -g 40"), &film);
    film
}

fn rates(film: &Path) -> [Value; 2] {
    let picture = judge::picture(film);
    ["r_frame_rate", "avg_frame_rate"].map(|name| picture[name].clone())
}

fn seconds(film: &Path) -> Vec<f64> {
    judge::frames(film).iter().map(|frame| frame.seconds).collect()
}

async fn encoded(cluster: &Cluster, film: &Path, config: Value, to: &Path) -> Value {
    let job = cluster.ask.submit(film, config).await;
    let status = cluster.ask.completed(&job).await;
    cluster.ask.fetch(status["output_url"].as_str().expect("a result"), to).await;
    status["report"].clone()
}

#[tokio::test]
async fn rounded_times_of_a_constant_rate_are_laid_on_it() {
    let scratch = Scratch::new();
    let [ours, kept, plain] = ["ours.mp4", "kept.mp4", "plain.mp4"].map(|name| scratch.path().join(name));
    let film = rounded_film(scratch.path());
    let lossless = "-c:v libx264 -qp 0 -preset ultrafast";
    ffmpeg(&format!("-i {} {lossless}", film.display()), &plain);
    let cluster = Cluster::new()
        .clients(2)
        .encode(lossless, ".mp4")
        .with(&["--media-root", &scratch.path().display().to_string()])
        .start();
    let report = encoded(&cluster, &film, json!({}), &ours).await;
    assert_eq!(report["times_laid_on"], RATE);
    assert_eq!(rates(&ours), [RATE, RATE]);
    assert_eq!(judge::frames(&ours), judge::frames(&plain));

    let report = encoded(&cluster, &film, json!({"times": "source"}), &kept).await;
    assert_eq!(report.get("times_laid_on"), None);
    assert_eq!(seconds(&kept), seconds(&film));
    assert_ne!(seconds(&kept), seconds(&ours));
}

/// The sound went on to the film's end, though one run of ffmpeg ends it with the last of the wanted frames.
#[tokio::test]
async fn a_number_of_frames_ends_the_sound_too() {
    let scratch = Scratch::new();
    let film = scratch.path().join("film.mkv");
    let sources = "-f lavfi -i testsrc2=size=160x120:rate=25:duration=8 -f lavfi -i sine=duration=8";
    ffmpeg(&format!("{sources} -c:v libx264 -g 40 -c:a flac"), &film);
    let cluster =
        Cluster::new().clients(2).with(&["--media-root", &scratch.path().display().to_string()]).start();
    for (sound, name) in [("-c:a aac -ss 1", "aac.mp4"), ("-c:a copy", "copied.mkv")] {
        let params = format!("-c:v libx264 -preset ultrafast {sound} -frames:v 90");
        let [ours, plain] = ["ours", "plain"].map(|who| scratch.path().join(format!("{who}-{name}")));
        ffmpeg(&format!("-i {} {params}", film.display()), &plain);
        encoded(&cluster, &film, json!({"ffmpeg_params": params, "file_name_output": name}), &ours).await;
        assert_eq!(judge::frames(&ours).len(), 90, "{name}");
        // Plain ffmpeg ends it near there: how near depends on its release, and on how many frames its encoder holds back.
        let [plain, ours] = [&plain, &ours].map(|film| judge::sound_seconds(film));
        assert!(
            (3.3..4.0).contains(&plain) && (3.58..3.71).contains(&ours),
            "{name}: {ours} s, {plain} s of plain ffmpeg"
        );
    }
}
