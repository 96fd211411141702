//! Which formats a film may have, as its submitter and the operator see it.

use std::path::Path;

use harness::cluster::{Cluster, Setup};
use harness::judge;
use serde_json::json;

/// A server for one client, which has not come yet.
fn alone() -> Setup {
    Cluster::new().with(&["--required-clients", "1"])
}

/// What the server says of a film that it does not take.
async fn refusal(cluster: &Cluster, source: &Path) -> String {
    let request = json!({"ProcessLocalFile": {"file_path": source}}).to_string();
    let (status, reply) = cluster.ask.raw(&request).await;
    assert_eq!((status, &reply["Error"]["code"]), (422, &json!("NOT_A_FILM")), "{reply}");
    reply["Error"]["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_film_is_refused_with_the_name_of_its_format_and_the_way_out() {
    let cluster = alone().start();
    let folder = cluster.scratch.path();
    let playlists = [
        ("concat", "ffconcat version 1.0\nfile a.mp4\n"),
        ("hls", "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\na.ts\n"),
    ];
    for (format, text) in playlists {
        let source = folder.join("film.m3u8");
        std::fs::write(&source, text).unwrap();
        let told = refusal(&cluster, &source).await;
        assert!(
            told.contains(&format!("the film's format is {format}, which this server does not open")),
            "{told}"
        );
        assert!(told.contains(&format!("--allow-format {format}, at a price")), "{told}");
    }
    let bare = folder.join("film.yuv");
    std::fs::write(&bare, [0x80; 4096]).unwrap();
    let told = refusal(&cluster, &bare).await;
    assert!(told.contains("format is rawvideo") && told.contains("how large its pictures are"), "{told}");
}

/// A drawing, which a library outside ffmpeg reads.
const DRAWING: &str = r##"<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="64" height="64" fill="#4080c0"/></svg>"##;

#[tokio::test]
async fn a_format_off_the_list_needs_leave_on_both_sides() {
    if !judge::decodes("svg") {
        return eprintln!("this ffmpeg draws no SVG");
    }
    let allowing = ["--max-retries", "1", "--allow-format", "svg_pipe"];
    let (strict, mut cluster) = (alone().start(), alone().with(&allowing).start());
    cluster.server.log.wait("--allow-format svg_pipe: ");
    cluster.add_client();
    let source = cluster.scratch.path().join("drawing.film");
    std::fs::write(&source, DRAWING).unwrap();
    let told = refusal(&strict, &source).await;
    assert!(told.contains("--allow-format svg_pipe"), "{told}");

    let config = json!({"ffmpeg_params": "-c:v ffv1", "file_name_output": "x.mkv"});
    let job = cluster.ask.submit(&source, config.clone()).await;
    let failed = cluster.ask.ended(&job).await;
    let error = failed["error"].as_str().unwrap_or_default();
    assert!(error.contains("the film's format is svg_pipe, which this client does not open"), "{failed}");
    cluster.restart_client_with(0, &["--allow-format", "svg_pipe"], &[]);
    let job = cluster.ask.submit(&source, config).await;
    let done = cluster.ask.completed(&job).await;
    assert_eq!(done["frames_total"], 1, "{done}");
}
