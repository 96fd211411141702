//! Webhooks are told of what happens, signed, in order, and whatever happens to the server.

#![allow(clippy::print_stdout, reason = "says what was not checked")]

use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use harness::cluster::Cluster;
use harness::films::film;
use harness::receiver::{Manner, Received, Receiver};
use serde_json::{Value, json};

use crate::revoked::token;

/// Asks the server of a cluster; status and body.
async fn ask(cluster: &Cluster, line: &str, body: Value) -> (u16, Value) {
    let (method, path) = line.split_once(' ').unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = http.request(method.parse().unwrap(), cluster.ask.url(&format!("/api/v1{path}")));
    if body != Value::Null {
        request = request.json(&body);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
}

/// Puts the webhook `phone`; its answer.
async fn put(cluster: &Cluster, url: &str, types: &[&str]) -> Value {
    let wanted = json!({ "url": url, "types": types, "allow": "lan" });
    let (status, told) = ask(cluster, "PUT /webhooks/phone", wanted).await;
    assert!(status < 300, "{status} {told}");
    told
}

async fn deliveries(cluster: &Cluster) -> Vec<Value> {
    let (_, page) = ask(cluster, "GET /webhooks/phone/deliveries", Value::Null).await;
    page["items"].as_array().unwrap_or_else(|| panic!("{page}")).clone()
}

async fn cancelled(cluster: &Cluster) -> String {
    let job = cluster.ask.submit(&film("half-second.mp4"), Value::Null).await;
    cluster.ask.command(json!({"CancelJob": {"job_id": job}})).await;
    job
}

fn has(kind: &'static str) -> impl Fn(&[Received]) -> bool {
    move |all| all.iter().any(|one| one.json()["type"] == kind)
}

/// Whether the specification's own package says that these are the server's words.
fn judged(received: &Received, secret: &str) -> Option<bool> {
    const JUDGE: &str = "import json, sys; from standardwebhooks import Webhook; told = json.load(sys.stdin); \
        Webhook(told['secret']).verify(told['body'], told['headers'])";
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tools/python");
    let python = |code: &str| {
        let mut command = Command::new("python3");
        command.args(["-c", code]).env("PYTHONPATH", &tools).stdin(Stdio::piped()).stderr(Stdio::null());
        command
    };
    if !python("import standardwebhooks").status().is_ok_and(|status| status.success()) {
        println!(
            "signatures: NOT CHECKED by standardwebhooks, which is not here; scripts/test.sh tests gets it"
        );
        return None;
    }
    let mut judge = python(JUDGE).spawn().unwrap();
    let told = json!({ "secret": secret, "body": received.body, "headers": received.headers });
    judge.stdin.take().unwrap().write_all(told.to_string().as_bytes()).unwrap();
    Some(judge.wait().unwrap().success())
}

#[tokio::test]
async fn what_happens_is_told_signed_and_in_order() {
    let cluster = Cluster::new().clients(1).start();
    let receiver = Receiver::start();
    let made = put(&cluster, &receiver.url(), &["job.*"]).await;
    let secret = made["secret"].as_str().unwrap().to_owned();
    let (_, shown) = ask(&cluster, "GET /webhooks/phone", Value::Null).await;
    assert!(!shown.to_string().contains(&secret), "the secret is shown again: {shown}");

    let job = cluster.ask.submit(&film("half-second.mp4"), Value::Null).await;
    let all = receiver.wait("job.completed", has("job.completed"));
    let seqs: Vec<_> = all.iter().map(|one| one.json()["seq"].as_u64().unwrap()).collect();
    assert!(seqs.is_sorted_by(|one, next| one < next), "{seqs:?}");
    assert!(all.iter().all(|one| one.json()["job_id"] == job.as_str()), "{all:#?}");
    let last = all.last().unwrap();
    assert_eq!(last.id(), format!("msg_1_{}_phone", seqs.last().unwrap()));
    assert_ne!(judged(last, &secret), Some(false));
    assert_ne!(judged(last, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), Some(true), "by another secret");

    let wanted = json!({ "url": receiver.url(), "types": ["job.*"], "allow": "lan", "rotate_secret": true });
    let (_, rotated) = ask(&cluster, "PUT /webhooks/phone", wanted).await;
    let fresh = rotated["secret"].as_str().unwrap();
    let (_, sent) = ask(&cluster, "POST /webhooks/phone/test", Value::Null).await;
    assert_eq!((&sent["is_delivered"], &sent["status"]), (&json!(true), &json!(204)), "{sent}");
    let all = receiver.wait("webhook.test", has("webhook.test"));
    let test = all.last().unwrap();
    assert_ne!(fresh, secret);
    assert_eq!(test.headers["webhook-signature"].split(' ').count(), 2);
    assert!(![judged(test, fresh), judged(test, &secret)].contains(&Some(false)), "by either secret");
}

#[tokio::test]
async fn a_server_that_is_killed_between_an_event_and_its_delivery_loses_nothing() {
    let mut cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    // Nobody listens there yet.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    put(&cluster, &format!("http://127.0.0.1:{port}/hook"), &["job.cancelled"]).await;
    let job = cancelled(&cluster).await;
    cluster.server.log.wait("delivery tried");
    cluster.kill_server();

    let receiver = Receiver::start_at(port);
    receiver.answers(&[Manner::Silence]);
    cluster.restart_server();
    let first = receiver.wait("job.cancelled", has("job.cancelled")).remove(0);
    assert_eq!(first.json()["job_id"], job.as_str());
    // It was received, and the server does not know.
    cluster.restart_server();
    let all = receiver.wait("the same once more", |all| all.len() == 2);
    assert_eq!((all[1].id(), &all[1].body), (first.id(), &first.body));

    cluster.server.log.wait("delivery tried");
    let all = deliveries(&cluster).await;
    let [one] = &all[..] else { panic!("{all:?}") };
    assert_eq!((&one["state"], one["id"].as_str()), (&json!("delivered"), Some(first.id())));
    cluster.restart_server();
    cancelled(&cluster).await;
    let all = receiver.wait("the next event", |all| all.len() >= 3);
    assert_ne!(all[2].id(), first.id(), "what was delivered came again");
}

#[tokio::test]
async fn a_receiver_is_left_alone_that_wants_nothing_and_answers_lead_nowhere() {
    let cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let (receiver, elsewhere) = (Receiver::start(), Receiver::start());
    let moved = Box::leak(format!("Location: {}", elsewhere.url()).into_boxed_str());
    receiver.answers(&[
        Manner::With(307, moved),
        Manner::With(503, "Retry-After: 7200"),
        Manner::Status(410),
    ]);
    put(&cluster, &receiver.url(), &["job.cancelled", "webhook.*"]).await;
    cancelled(&cluster).await;
    receiver.wait("a first try, and one more five seconds later", |all| all.len() == 2);
    cluster.server.log.wait_nth("delivery tried", 2);
    let waiting = deliveries(&cluster).await.remove(0);
    assert_eq!((&waiting["tries"], &waiting["last_status"]), (&json!(2), &json!(503)), "{waiting}");
    let gap = |one: &Value, key: &str| one[key].as_str().unwrap()[11..13].parse::<i32>().unwrap();
    let hours = (gap(&waiting, "next_at") - gap(&waiting, "last_at")).rem_euclid(24);
    assert!((2..=3).contains(&hours), "it comes sooner than it was asked to: {waiting}");

    let id = waiting["id"].as_str().unwrap().to_owned();
    let retry = format!("POST /deliveries/{id}/retry");
    assert_eq!(ask(&cluster, &retry, Value::Null).await.0, 200);
    receiver.wait("what a person wants again", |all| all.len() == 3);
    cluster.server.log.wait_nth("delivery tried", 3);
    let (_, told) = ask(&cluster, "GET /webhooks/phone", Value::Null).await;
    assert!(told["disabled"]["why"].as_str().unwrap().contains("410"), "{told}");
    let (status, why) = ask(&cluster, &retry, Value::Null).await;
    assert_eq!((status, why["code"].as_str()), (409, Some("INVALID_REQUEST")), "{why}");
    cancelled(&cluster).await;
    assert_eq!(deliveries(&cluster).await.len(), 1, "it is disabled");

    put(&cluster, &receiver.url(), &["job.cancelled"]).await;
    assert_eq!(ask(&cluster, &retry, Value::Null).await.0, 200);
    let all = receiver.wait("it is enabled again", |all| all.len() == 4);
    assert!(all.iter().all(|one| one.id() == id), "{all:#?}");
    assert!(elsewhere.received().is_empty(), "a redirect was followed");
    assert_eq!(ask(&cluster, "DELETE /webhooks/phone", Value::Null).await.0, 204);
    assert_eq!(ask(&cluster, "GET /webhooks/phone", Value::Null).await.1["code"], "WEBHOOK_NOT_FOUND");
    assert_eq!(ask(&cluster, &retry, Value::Null).await.1["code"], "DELIVERY_NOT_FOUND");
}

#[tokio::test]
async fn a_webhook_reaches_no_address_that_it_may_not() {
    let cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let receiver = Receiver::start();
    let own = receiver.url();
    for (line, body, told) in [
        ("PUT /webhooks/phone", json!({ "url": own }), "must begin with https"),
        ("PUT /webhooks/phone", json!({ "url": own.replace("http", "https") }), "allows it"),
        (
            "PUT /webhooks/phone",
            json!({ "url": "http://169.254.169.254/", "allow": "lan" }),
            "never spoken to",
        ),
        ("PUT /webhooks/phone", json!({ "url": "ftp://example.org/" }), "must begin with https"),
        ("PUT /webhooks/phone", json!({ "url": "https://a:b@example.org/" }), "password"),
        ("PUT /webhooks/phone", json!({ "url": "https://example.org/", "allow": "all" }), "unknown variant"),
        ("PUT /webhooks/phone", json!({ "url": "https://example.org/", "secrets": 1 }), "unknown field"),
        ("PUT /webhooks/phone", json!({ "url": "https://example.org/", "types": [] }), "types: "),
        (
            "PUT /webhooks/phone",
            json!({ "url": "https://example.org/", "types": ["Job"] }),
            "no type of events",
        ),
        ("PUT /webhooks/a.b", json!({ "url": "https://example.org/" }), "no name of a webhook"),
    ] {
        let (status, problem) = ask(&cluster, line, body.clone()).await;
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(status == 400 && detail.contains(told), "{line} {body}: {status} {problem}");
    }
    let by_name = json!({ "url": own.replace("http", "https").replace("127.0.0.1", "localhost") });
    assert_eq!(
        ask(&cluster, "PUT /webhooks/phone", by_name).await.0,
        201,
        "a name is judged when it is resolved"
    );
    let (_, sent) = ask(&cluster, "POST /webhooks/phone/test", Value::Null).await;
    assert!(sent["error"].as_str().unwrap().contains("is not public"), "{sent}");
    assert!(receiver.received().is_empty());

    let (submitter, _) = token(&cluster, "submitter");
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for path in ["/api/v1/webhooks", "/api/v1/webhooks/phone/deliveries", "/metrics"] {
        let answer = http.get(cluster.ask.url(path)).bearer_auth(&submitter).send().await.unwrap();
        assert_eq!(answer.status(), 403, "{path}");
    }
}
