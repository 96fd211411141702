//! Jobs that hardware may encode, or must, with a fake card: who encodes what, and a film of unlike pieces that is exact.

use harness::cluster::Cluster;
use harness::films::film;
use harness::judge;
use serde_json::{Value, json};

use crate::fake_device::{Does, FakeCard};

/// One whose pieces of x264 have frames that wait for others; those of the fake card have none.
const PARAMS: &str = "-c:v libx264 -preset veryfast -crf 20 -c:a aac";

fn cluster() -> Cluster {
    Cluster::new().encode(PARAMS, ".mkv").with(&["--required-clients", "1"]).start()
}

/// A client with a fake card whose trial is over.
fn add_card(cluster: &mut Cluster, name: &str, does: Does, flags: &[&str]) -> FakeCard {
    let card = FakeCard::new(cluster.scratch.path(), name, does);
    let tools = card.tools();
    let all = [&["--name", name, "--ffmpeg-dir", &tools], flags].concat();
    let number = cluster.add_client_with(&all);
    let mark = match does {
        Does::Fail | Does::Garbage => "h264_nvenc is not offered",
        Does::Encode | Does::Busy | Does::Break => "this device has proved",
    };
    cluster.clients[number].log.wait(mark);
    card
}

async fn devices(cluster: &Cluster, name: &str) -> Value {
    let (_, clients) = cluster.ask.get("/api/v1/clients").await;
    let all = clients["items"].as_array().expect("a list");
    all.iter().find(|one| one["name"] == name).map_or(Value::Null, |one| one["devices"].clone())
}

fn config(hw: &str, name: &str) -> Value {
    json!({"hw": hw, "file_name_output": name})
}

async fn explain(cluster: &Cluster, job: &str) -> String {
    let (_, told) = cluster.ask.get(&format!("/api/v1/jobs/{job}/explain")).await;
    told["explain"].to_string()
}

#[tokio::test]
async fn a_film_of_hardware_and_software_is_exact_and_decodes_everywhere() {
    let mut cluster = cluster();
    add_card(&mut cluster, "card", Does::Encode, &[]);
    cluster.add_client_with(&["--name", "plain", "--hw-accel", "none"]);
    let source = film("medium.mkv");
    for name in ["mixed.mp4", "mixed.mkv", "mixed.ts"] {
        let job = cluster.ask.submit(&source, config("prefer", name)).await;
        let status = cluster.ask.completed(&job).await;
        let report = &status["report"];
        let with = |encoder: &str| report["encoded_with"][encoder].as_u64().unwrap_or(0);
        let (hard, soft) = (with("h264_nvenc"), with("libx264"));
        assert!(hard > 0 && soft > 0, "both took part: {report:#}");
        assert_eq!(Some(hard + soft), report["frames_result"].as_u64());
        assert_eq!(report["frames_result"], report["frames_source"]);
        assert!(report["seams_decoded"].as_u64() > Some(0) || name.ends_with(".ts"), "{report:#}");
        let result = cluster.scratch.path().join(name);
        cluster.ask.fetch(status["output_url"].as_str().expect("a result"), &result).await;
        judge::same_film(&source, &result, false, 1.1);
        assert_eq!(judge::complaints(&result), "", "{name} does not decode");
        assert!(judge::least_likeness(&source, &result) > 30.0, "{name} looks like another film");
        if name.ends_with(".mp4") {
            let probed = judge::probe(&result);
            assert_eq!(probed["streams"][0]["codec_tag_string"], "avc3", "{probed:#}");
        }
    }
    let proved = devices(&cluster, "card").await;
    assert_eq!(
        proved,
        json!([{"name": "nvenc:0", "method": "nvenc", "encoders": ["h264_nvenc"], "slots": 2}])
    );
}

#[tokio::test]
async fn nobody_uses_hardware_unless_the_job_says_so() {
    let mut cluster = cluster();
    add_card(&mut cluster, "card", Does::Encode, &[]);
    let source = film("medium.mkv");
    for config in [Value::Null, json!({"hw": "off"})] {
        let job = cluster.ask.submit(&source, config).await;
        let status = cluster.ask.completed(&job).await;
        let frames = status["report"]["frames_result"].clone();
        assert_eq!(status["report"]["encoded_with"], json!({"libx264": frames}));
    }
    let (_, said) =
        cluster.ask.raw(r#"{"ProcessLocalFile":{"file_path":"/a","config":{"hw":"maybe"}}}"#).await;
    assert!(said.to_string().contains("prefer"), "{said}");
}

#[tokio::test]
async fn a_job_that_requires_hardware_waits_for_it_and_is_refused_where_there_can_be_none() {
    let mut cluster = cluster();
    cluster.add_client_with(&["--name", "plain", "--hw-accel", "none"]);
    let source = film("medium.mkv");
    let job = cluster.ask.submit(&source, config("require", "hard.mp4")).await;
    cluster.ask.until(&job, "waiting", |status| status["status"] == "WaitingForClients").await;
    cluster.server.log.wait("client connected");
    let told = explain(&cluster, &job).await;
    assert!(told.contains("plain has proved none of h264_nvenc") && told.contains("no hardware"), "{told}");

    let lossless = json!({"hw": "require", "ffmpeg_params": "-c:v ffv1", "file_name_output": "a.mkv"});
    let path = source.to_str().expect("our paths are text");
    let asked = json!({"ProcessLocalFile": {"file_path": path, "config": lossless}});
    let refused = cluster.ask.command(asked).await;
    assert!(refused["Error"]["message"].to_string().contains("no hardware encoder"), "{refused}");
    let preferred = json!({"hw": "prefer", "ffmpeg_params": "-c:v ffv1 -an", "file_name_output": "a.mkv"});
    let preferred = cluster.ask.submit(&source, preferred).await;
    let status = cluster.ask.completed(&preferred).await;
    assert!(status["report"]["warnings"].to_string().contains("in software only"), "{status:#}");

    add_card(&mut cluster, "card", Does::Encode, &[]);
    let status = cluster.ask.completed(&job).await;
    let frames = status["report"]["frames_result"].clone();
    assert_eq!(status["report"]["encoded_with"], json!({"h264_nvenc": frames}));
}

#[tokio::test]
async fn what_does_not_prove_itself_is_not_offered_and_told_once() {
    let mut cluster = cluster();
    for (name, does, why) in
        [("broken", Does::Fail, "no such device"), ("garbage", Does::Garbage, "decodes to other pictures")]
    {
        add_card(&mut cluster, name, does, &["--hw-accel", "nvenc"]);
        let client = cluster.clients.last().expect("just added");
        let line = client.log.wait("h264_nvenc is not offered");
        assert!(line.contains(why), "{line}");
        assert_eq!(client.log.count("h264_nvenc is not offered"), 1);
        assert_eq!(devices(&cluster, name).await, json!([]));
    }
}

#[tokio::test]
async fn a_busy_card_gives_back_and_a_broken_one_leaves_its_frames_to_software() {
    let mut cluster = cluster();
    let card = add_card(&mut cluster, "card", Does::Busy, &["--hw-slots", "1"]);
    let source = film("medium.mkv");
    let job = cluster.ask.submit(&source, config("require", "busy.mp4")).await;
    cluster.server.log.wait("it rests for");
    assert!(explain(&cluster, &job).await.contains("nvenc:0 of card rests"));
    card.will(Does::Encode);
    let status = cluster.ask.completed(&job).await;
    assert_eq!(status["report"]["frames_result"], status["report"]["frames_source"]);
    assert_eq!(cluster.server.log.count("set aside"), 0);

    card.will(Does::Break);
    let job = cluster.ask.submit(&source, config("prefer", "broken.mkv")).await;
    let status = cluster.ask.completed(&job).await;
    let frames = status["report"]["frames_result"].clone();
    assert_eq!(status["report"]["encoded_with"], json!({"libx264": frames}));
    assert!(cluster.server.log.count("it broke") > 0, "the card was tried");
    assert_eq!(cluster.server.log.count("set aside"), 0);
}
