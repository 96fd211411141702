//! What the dry run at admission sees of a film, by a real encoder that minds.

use harness::cluster::Cluster;
use harness::films::zoo;
use harness::judge;
use serde_json::json;

const SVT: &str = "-c:v libsvtav1 -preset 12 -an";

/// The dry run saw a picture whose sides were rounded, and the job failed at its first piece.
#[tokio::test]
async fn odd_sides_that_an_encoder_refuses_are_refused_before_any_work() {
    if !judge::has_encoder("libsvtav1") {
        return judge::not_checked("odd sides", "this ffmpeg has no libsvtav1");
    }
    let cluster = Cluster::new().clients(1).start();
    let asked = json!({"file_path": zoo("odd-mjpeg.avi"), "config": {"ffmpeg_params": SVT}});
    let reply = cluster.ask.command(json!({"ProcessLocalFile": asked})).await;
    let why = reply["Error"]["message"].as_str().unwrap_or_default();
    assert!(
        why.contains("must be even") && !why.contains("Svt[info]"),
        "plain ffmpeg refuses it, too: {reply}"
    );
}

/// The film's clock was taken for its rate, which the encoder refused.
#[tokio::test]
async fn a_film_of_variable_rate_is_not_refused_for_its_clock() {
    if !judge::has_encoder("libsvtav1") {
        return judge::not_checked("the rate of a film", "this ffmpeg has no libsvtav1");
    }
    let cluster = Cluster::new().clients(1).start();
    let job = cluster.ask.submit(&zoo("ts-joined.ts"), json!({"ffmpeg_params": SVT})).await;
    cluster.ask.completed(&job).await;
}
