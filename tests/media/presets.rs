//! Every preset of the program makes a proved film of a short one.

use harness::cluster::Cluster;
use harness::films::film;
use harness::judge;
use serde_json::json;

#[tokio::test]
async fn every_built_in_preset_comes_to_a_proof() {
    let cluster = Cluster::new().clients(2).with(&["--required-clients", "1"]).start();
    let (_, listed) = cluster.ask.get("/api/v1/presets").await;
    let mut jobs = Vec::new();
    for preset in listed["items"].as_array().expect("a list") {
        let (name, params) =
            (preset["name"].as_str().expect("a name"), preset["config"]["ffmpeg_params"].to_string());
        let encoder =
            params.split("-c:v ").nth(1).and_then(|rest| rest.split(' ').next()).expect("an encoder");
        if !judge::has_encoder(encoder) || (encoder == "libsvtav1" && !judge::decodes("av1")) {
            judge::not_checked(name, "this ffmpeg has no such encoder or decoder");
            continue;
        }
        let body = json!({"source": {"path": film("half-second.mp4")}, "preset": name});
        let (status, job) = cluster.ask.post("/api/v1/jobs", &body).await;
        assert_eq!((status, &job["preset"]), (201, &json!(name)), "{job}");
        jobs.push((name.to_owned(), job["job_id"].as_str().expect("an ID").to_owned()));
    }
    for (name, job) in jobs {
        let done = cluster.ask.completed(&job).await;
        let report = &done["report"];
        assert!(
            report["frames_result"] == report["frames_source"] && report["frames_source"].as_u64() > Some(0),
            "{name}: {report}"
        );
    }
}
