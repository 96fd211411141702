//! Frames of films as pictures: for the job's owner alone, with a reason where there is none, and few at a time.

use std::collections::BTreeMap;
use std::process::Command;

use ffmpeg_cluster_common::access::invite::Join;
use harness::cluster::{Cluster, Setup, binary};
use harness::films::film;
use harness::person::Person;
use harness::processes::running_in;
use reqwest::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH, RETRY_AFTER};
use serde_json::{Value, json};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG: &[u8] = b"\xff\xd8\xff";

/// Without clients, so that a job waits once its frames are listed.
fn nobody() -> Setup {
    Cluster::new().with(&["--required-clients", "1"])
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// Status, code and message of a refusal.
async fn refused(cluster: &Cluster, path: &str) -> (u16, String, String) {
    let (status, told) = cluster.ask.get(path).await;
    let text = |key: &str| told["Error"][key].as_str().unwrap_or_default().to_owned();
    (status, text("code"), text("message"))
}

async fn waiting(cluster: &Cluster, name: &str) -> String {
    let job = cluster.ask.submit(&film(name), json!({"required_clients": 1})).await;
    cluster.ask.until(&job, "was listed", |status| status["status"] == "WaitingForClients").await;
    job
}

#[tokio::test]
async fn who_asks_for_no_frame_is_told_why() {
    let cluster = nobody().start();
    let job = waiting(&cluster, "half-second.mp4").await;
    let at = |rest: &str| format!("/api/v1/jobs/{job}/{rest}");
    for (path, status, code, word) in [
        ("/api/v1/jobs/nobody/frames/0".to_owned(), 404, "JOB_NOT_FOUND", "no job"),
        (at("frames/13"), 404, "FRAME_NOT_FOUND", "has 13 frames, with numbers from 0 to 12"),
        (at("frames/99999999999999999999999999"), 404, "FRAME_NOT_FOUND", "has 13 frames"),
        (at("frames/-1"), 400, "INVALID_REQUEST", "from 0 on"),
        (at("frames/1e3"), 400, "INVALID_REQUEST", "from 0 on"),
        (at("frames/..%2f..%2fetc"), 400, "INVALID_REQUEST", "from 0 on"),
        (at("frames/7%00"), 400, "INVALID_REQUEST", "from 0 on"),
        (at("frames/7?width=0"), 400, "INVALID_REQUEST", "width"),
        (at("frames/7?width=99999999999999999999"), 400, "INVALID_REQUEST", "width"),
        (at("frames/7?of=both"), 400, "INVALID_REQUEST", "source, result"),
        (at("frames/7?wide=9"), 400, "INVALID_REQUEST", "did you mean width"),
        (at("strip?count=61"), 400, "INVALID_REQUEST", "count"),
        (at("frames/7?of=result"), 409, "NOT_READY", "has no result: it is WaitingForClients"),
    ] {
        let told = refused(&cluster, &path).await;
        assert_eq!((told.0, told.1.as_str()), (status, code), "{path}: {}", told.2);
        assert!(told.2.contains(word), "{path}: {}", told.2);
    }
}

#[tokio::test]
async fn an_answer_is_a_picture_that_is_asked_for_again_and_sent_once() {
    let cluster = nobody().start();
    let job = waiting(&cluster, "half-second.mp4").await;
    let address = |rest: &str| cluster.ask.url(&format!("/api/v1/jobs/{job}/{rest}"));
    let first = http().get(address("frames/7?width=64")).send().await.unwrap();
    let tag = first.headers()[ETAG].clone();
    let said = [CACHE_CONTROL.as_str(), "content-type"].map(|name| first.headers()[name].to_str().unwrap());
    assert_eq!(said, ["private, no-cache", "image/png"]);
    let png = first.bytes().await.unwrap();
    assert!(png.starts_with(PNG) && png[16..20] == 64_u32.to_be_bytes(), "64 pixels wide");
    let again = http().get(address("frames/7?width=64")).header(IF_NONE_MATCH, &tag).send().await.unwrap();
    assert_eq!((again.status().as_u16(), again.headers()[ETAG].clone()), (304, tag.clone()));
    for other in ["frames/8?width=64", "frames/7"] {
        let other = http().get(address(other)).header(IF_NONE_MATCH, &tag).send().await.unwrap();
        assert!(other.status() == 200 && other.headers()[ETAG] != tag);
    }
    let strip = http().get(address("strip")).send().await.unwrap();
    assert_eq!(strip.headers()["content-type"], "image/jpeg");
    assert!(strip.bytes().await.unwrap().starts_with(JPEG));
    let (person, file) = (Person::of(&cluster), cluster.scratch.path().join("seven.png"));
    for name in ["seven.png", "seven (1).png"] {
        let (well, told) = person.said(&format!("frame {} 7 -o seven.png", &job[..8]));
        assert!(well && told.trim() == name, "{told}");
    }
    let whole = http().get(address("frames/7")).send().await.unwrap().bytes().await.unwrap();
    assert!(std::fs::read(file).unwrap() == whole, "what the verb fetches is what the server sends");
    let (well, told) = person.said(&format!("frame {job} 13"));
    assert!(!well && told.contains("13 frames"), "{told}");
}

/// An upload goes with its job; a film on the server stays, but may be another one by then.
#[tokio::test]
async fn a_source_that_is_gone_is_told_and_the_result_is_there() {
    let cluster = Cluster::new().clients(1).with(&["--required-clients", "1"]).start();
    let own = cluster.scratch.path().join("own.mp4");
    std::fs::copy(film("half-second.mp4"), &own).unwrap();
    let made = cluster.ask.upload("a.mp4", &std::fs::read(&own).unwrap()).await;
    let uploaded = made["JobCreated"]["job_id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
    let local = cluster.ask.submit(&own, Value::Null).await;
    cluster.ask.completed(&uploaded).await;
    cluster.ask.completed(&local).await;
    let source = |job: &str| format!("/api/v1/jobs/{job}/frames/3");
    let deleted = async || refused(&cluster, &source(&uploaded)).await.0 == 410;
    while !deleted().await {
        tokio::task::yield_now().await;
    }
    let told = refused(&cluster, &source(&uploaded)).await;
    assert_eq!((told.0, told.1.as_str()), (410, "SOURCE_GONE"), "{}", told.2);
    assert!(told.2.contains("of=result"), "{}", told.2);
    for path in [format!("{}?of=result", source(&uploaded)), source(&local)] {
        let (status, _) = cluster.ask.get(&path).await;
        assert_eq!(status, 200, "{path}");
    }
    let strip = cluster.ask.get(&format!("/api/v1/jobs/{uploaded}/strip")).await;
    assert_eq!(strip.0, 200, "of the result");
    std::fs::copy(film("one-frame.mp4"), &own).unwrap();
    let told = refused(&cluster, &source(&local)).await;
    assert_eq!((told.0, told.1.as_str()), (410, "SOURCE_GONE"), "{}", told.2);
}

#[tokio::test]
async fn a_frame_is_for_who_may_have_the_film() {
    let cluster = nobody().with(&["--no-local-trust"]).start();
    let token = |role: &str| {
        let mut verb = Command::new(binary("ffmpeg-cluster-server"));
        verb.args(["token", "add", role, "--work-dir", "server", "--advertise", "127.0.0.1"]);
        let line =
            String::from_utf8(verb.current_dir(cluster.scratch.path()).output().unwrap().stdout).unwrap();
        Join::parse(line.split(' ').nth(1).unwrap()).unwrap().token.reveal().to_owned()
    };
    let get = async |token: &str, path: &str| {
        let answer = http().get(cluster.ask.url(path)).bearer_auth(token).send().await.unwrap();
        answer.status().as_u16()
    };
    let (owner, other, viewer) = (token("submitter"), token("submitter"), token("viewer"));
    let order = json!({"ProcessLocalFile": {"file_path": film("half-second.mp4"), "config": null}});
    let made = http().post(cluster.ask.url("/ws/command")).bearer_auth(&owner).json(&order).send().await;
    let made: Value = made.unwrap().json().await.unwrap();
    let job = made["JobCreated"]["job_id"].as_str().unwrap_or_else(|| panic!("{made}"));
    for path in [format!("/api/v1/jobs/{job}/frames/0"), format!("/api/v1/jobs/{job}/strip")] {
        while get(&owner, &path).await == 409 {
            tokio::task::yield_now().await;
        }
        let all = [get(&owner, &path).await, get(&other, &path).await, get(&viewer, &path).await];
        assert_eq!((all, get("guess", &path).await), ([200, 404, 403], 401), "{path}");
    }
}

/// Of many who ask at once some are sent away, and no more than two runs of ffmpeg are there at a time.
#[tokio::test]
async fn many_who_look_at_once_stay_bounded() {
    let cluster = nobody().start();
    let job = waiting(&cluster, "h264-open-gop.mp4").await;
    let asked = (0..60).map(|n| {
        let address = cluster.ask.url(&format!("/api/v1/jobs/{job}/frames/{n}"));
        tokio::spawn(async move {
            let answer = http().get(address).send().await.unwrap();
            (answer.status().as_u16(), answer.headers().contains_key(RETRY_AFTER))
        })
    });
    let asked: Vec<_> = asked.collect();
    let (mut most, mut told) = (0, BTreeMap::new());
    while asked.iter().any(|one| !one.is_finished()) {
        let of_ours = running_in(cluster.scratch.path());
        most = most.max(of_ours.iter().filter(|one| one.command.contains("rgb24")).count());
        tokio::task::yield_now().await;
    }
    for one in asked {
        *told.entry(one.await.unwrap()).or_insert(0) += 1;
    }
    assert!(most <= 2, "{most} at a time");
    assert!(told.keys().all(|answer| [(200, false), (503, true)].contains(answer)), "{told:?}");
    assert!(told[&(200, false)] >= 24, "{told:?}");
    let (status, _) = cluster.ask.get(&format!("/api/v1/jobs/{job}/frames/0")).await;
    assert_eq!(status, 200, "and then it is quiet again");
    let tried = cluster.work().join("tried");
    assert_eq!(
        std::fs::read_dir(tried)
            .unwrap()
            .filter(|one| { one.as_ref().unwrap().file_name().to_string_lossy().starts_with("still-") })
            .count(),
        0,
        "nothing is left behind"
    );
}
