//! A film of high dynamic range becomes a usual one by the chain that people type: the dry run at the door takes it, and the
//! result is that of plain ffmpeg.

use std::path::Path;

use harness::cluster::{Cluster, Scratch};
use harness::films::film;
use harness::judge;
use serde_json::json;

use crate::run::run;

const CHAIN: &str = "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=tonemap=hable,\
                     zscale=t=bt709:m=bt709:r=tv,format=yuv420p";

fn unjudged() -> bool {
    let unjudged = !judge::has_filter("zscale");
    if unjudged {
        judge::not_checked("tones of a film of high dynamic range", "this build of ffmpeg has no zscale");
    }
    unjudged
}

fn colours(film: &Path) -> [serde_json::Value; 4] {
    let picture = judge::picture(film);
    ["color_space", "color_transfer", "color_primaries", "pix_fmt"].map(|name| picture[name].clone())
}

#[tokio::test]
async fn tones_of_a_film_of_high_dynamic_range_are_those_of_plain_ffmpeg() {
    if unjudged() {
        return;
    }
    let source = film("hdr10.mp4");
    let params = format!("-c:v libx264 -qp 0 -preset ultrafast -vf {CHAIN}");
    let cluster = Cluster::new().clients(2).encode(&params, ".mp4").start();
    let job = cluster.ask.submit(&source, json!({})).await;
    let status = cluster.ask.completed(&job).await;
    let scratch = Scratch::new();
    let (ours, plain) = (scratch.path().join("ours.mp4"), scratch.path().join("plain.mp4"));
    cluster.ask.fetch(status["output_url"].as_str().unwrap(), &ours).await;
    let (from, to) = (source.display().to_string(), plain.display().to_string());
    let words = ["-v", "error", "-i", &from, "-c:v", "libx264", "-qp", "0", "-preset", "ultrafast"];
    run("ffmpeg", &words.into_iter().chain(["-vf", CHAIN, &to]).map(str::to_owned).collect::<Vec<_>>())
        .unwrap();
    assert_eq!(judge::frames(&ours), judge::frames(&plain));
    assert_eq!(colours(&ours), colours(&plain));
}

#[tokio::test]
async fn colours_that_no_filter_can_turn_are_refused_with_the_cause() {
    if unjudged() {
        return;
    }
    let cluster = Cluster::new().clients(1).start();
    let config = json!({"ffmpeg_params": format!("-c:v ffv1 -vf {CHAIN}")});
    let film = film("rate-2997.mp4");
    let body = json!({"ProcessLocalFile": {"file_path": film, "config": config}});
    let told = cluster.ask.command(body).await["Error"]["message"].to_string();
    assert!(told.contains("no path between colorspaces"), "{told}");
}
