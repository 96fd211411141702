//! An ffmpeg that lacks the decoder of a film. Builds differ: many can't decode AV1 without a graphics card.

use std::path::Path;

use harness::cluster::{Cluster, Scratch};
use harness::films::film;
use serde_json::{Value, json};

use crate::fake_tools::fake_ffmpeg;

/// ffmpeg itself, but for what its list says of one codec.
fn without(codec: &str, folder: &Path) -> String {
    fake_ffmpeg(folder, "-decoders", &format!("ffmpeg \"$@\" | grep -v {codec}; exit 0"))
}

/// A server, without clients, whose ffmpeg lacks the decoder of a codec; and what it says of a film.
async fn server_without(codec: &str, config: Value) -> (u16, Value) {
    let scratch = Scratch::new();
    let tools = without(codec, scratch.path());
    let flags = ["--required-clients", "1", "--ffmpeg-dir", &tools];
    let cluster = Cluster::new().with(&flags).start();
    let film = film("rate-2997.mp4");
    let request = json!({"ProcessLocalFile": {"file_path": film, "config": config}}).to_string();
    cluster.ask.raw(&request).await
}

/// What such a server says in its refusal.
async fn refusal_without(codec: &str, status_and_code: (u16, &str)) -> String {
    let (status, reply) = server_without(codec, Value::Null).await;
    let code = reply["Error"]["code"].as_str().unwrap_or_default();
    assert_eq!((status, code), status_and_code, "{reply}");
    reply["Error"]["message"].as_str().unwrap().to_owned()
}

/// It failed three times at each client.
#[tokio::test]
async fn a_film_that_the_server_can_not_decode_is_refused_by_its_codec() {
    let told = refusal_without("h264", (422, "NOT_A_FILM")).await;
    assert!(told.contains("its pictures are in h264, and the server's ffmpeg ("), "{told}");
    assert!(told.contains("has no decoder for that; --ffmpeg-dir"), "{told}");
}

#[tokio::test]
async fn a_sound_that_the_server_can_not_decode_is_refused_with_the_ways_out() {
    let told = refusal_without("aac", (400, "INVALID_PARAMETERS")).await;
    assert!(told.contains("-c:a: stream 0:1 is in aac, and the server's ffmpeg ("), "{told}");
    assert!(told.contains("-c:a copy keeps it as it is, and -an drops it"), "{told}");
    let (status, reply) = server_without("aac", json!({"ffmpeg_params": "-c:v ffv1 -an"})).await;
    assert_eq!(status, 201, "{reply}");
}

/// It was completed without a word of the seams that nobody had looked at, and `verify: full` failed after all encoding.
#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_the_server_can_not_decode_is_told() {
    let scratch = Scratch::new();
    let tools = without("av1", scratch.path());
    let mut cluster = Cluster::new().with(&["--required-clients", "2", "--ffmpeg-dir", &tools]).start();
    let params = "-c:v libsvtav1 -preset 12 -an";
    let request = json!({"ProcessLocalFile": {
        "file_path": film("rate-2997.mp4"), "config": {"ffmpeg_params": params, "verify": "full"}
    }});
    let (status, reply) = cluster.ask.raw(&request.to_string()).await;
    assert_eq!((status, &reply["Error"]["code"]), (400, &json!("INVALID_REQUEST")), "{reply}");
    assert!(
        reply.to_string().contains("verify: full decodes the result, and can't: its pictures are in av1"),
        "{reply}"
    );
    cluster.add_client();
    cluster.add_client();
    let job = cluster.ask.submit(&film("rate-2997.mp4"), json!({"ffmpeg_params": params})).await;
    let report = cluster.ask.completed(&job).await["report"].clone();
    let told = report["warnings"].to_string();
    assert!(
        told.contains("the result was not decoded; only its packets prove its frames and times"),
        "{report:#}"
    );
    assert_eq!(report["seams_decoded"], 0, "{report:#}");
    cluster.leaves_nothing().await;
}

/// Its clients' failures were the job's: three of them ended it, with another client there that can decode the film.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_can_not_decode_a_film_gets_nothing_of_it() {
    let mut cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let tools = without("h264", cluster.scratch.path());
    cluster.add_client_with(&["--ffmpeg-dir", &tools]);
    let job = cluster.ask.submit(&film("rate-2997.mp4"), json!({"ffmpeg_params": "-c:v libx264 -an"})).await;
    let waits = |status: &Value| {
        status["doing"].to_string().contains("0 of 1 connected can decode h264 and encode with libx264")
    };
    cluster.ask.until(&job, "it waits for one that can decode", waits).await;
    let (_, told) = cluster.ask.get(&format!("/api/v1/jobs/{job}/explain")).await;
    let sentence = "no connected client that has proved libx264 decodes h264";
    assert!(told["explain"].to_string().contains(sentence), "{told}");
    let able = cluster.add_client_with(&["--name", "able"]);
    let status = cluster.ask.completed(&job).await;
    let made_by = status["report"]["encoded_by"].as_array().cloned().unwrap_or_default();
    let names: Vec<&Value> = made_by.iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["able"], "client {able} of two made it: {status:#}");
    cluster.leaves_nothing().await;
}
