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
