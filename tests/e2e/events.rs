//! Who watches hears everything that happens to what is theirs, once and in order, whatever happens to the server.
//!
//! `KILLS=100 cargo nextest run … events::` kills the server more often.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use harness::ask::{Server, is_final};
use harness::cluster::Cluster;
use harness::films::film;
use harness::log::PATIENCE;
use harness::poll::OFTEN;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::revoked::{token, verb};

/// Slow enough that a client can be killed in the middle.
const SLOW: &str = "-c:v libx264 -preset slow";

fn kills() -> usize {
    std::env::var("KILLS").map_or(4, |text| text.parse().expect("KILLS is a number"))
}

/// What a browser's `EventSource` does: it comes again by itself, behind what it has seen.
struct Watcher {
    seen: Arc<Mutex<Vec<Value>>>,
    task: JoinHandle<()>,
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Default)]
struct Place {
    id: String,
    token: Option<String>,
    url: String,
}

impl Watcher {
    fn begin(server: &Server, query: &str) -> Self {
        Self::at(Place { url: server.url(&format!("/api/v1/events{query}")), ..Place::default() })
    }

    fn at(place: Place) -> Self {
        let seen = Arc::<Mutex<Vec<Value>>>::default();
        let task = tokio::spawn(watch(place, seen.clone()));
        Self { seen, task }
    }

    fn seen(&self) -> Vec<Value> {
        self.seen.lock().unwrap().clone()
    }

    async fn until(&self, what: &str, wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let seen = self.seen();
            if wanted(&seen) {
                return seen;
            }
            assert!(Instant::now() < deadline, "{what} was never told: {seen:#?}");
            tokio::time::sleep(OFTEN).await;
        }
    }

    async fn has(&self, kind: &str, job: &str) -> Value {
        let fits = |event: &&Value| event["type"] == kind && event["job_id"] == job;
        let seen = self.until(kind, |seen| seen.iter().any(|event| fits(&event))).await;
        seen.iter().find(fits).unwrap().clone()
    }
}

async fn watch(mut place: Place, seen: Arc<Mutex<Vec<Value>>>) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    loop {
        let mut request = http.get(&place.url).header("last-event-id", &place.id);
        if let Some(token) = &place.token {
            request = request.bearer_auth(token);
        }
        let Ok(answer) = request.send().await else {
            tokio::time::sleep(OFTEN).await;
            continue;
        };
        if answer.status() == 401 {
            return;
        }
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        let (mut stream, mut text) = (answer.bytes_stream(), String::new());
        while let Some(Ok(bytes)) = stream.next().await {
            text += std::str::from_utf8(&bytes).unwrap();
            while let Some((block, rest)) = text.split_once("\n\n") {
                hear(block, &mut place.id, &seen);
                text = rest.to_owned();
            }
        }
    }
}

fn hear(block: &str, id: &mut String, seen: &Mutex<Vec<Value>>) {
    let line = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
    if let Some(now) = line("id: ") {
        now.clone_into(id);
    }
    if let Some(data) = line("data: ") {
        let event: Value = serde_json::from_str(data).unwrap();
        assert_eq!(line("event: "), event["type"].as_str());
        assert_eq!(line("id: "), event["id"].as_str());
        seen.lock().unwrap().push(event);
    }
}

/// Number and type of all events in the database.
fn stored(cluster: &Cluster) -> Vec<(u64, String)> {
    let db = rusqlite::Connection::open(cluster.work().join("db/server.db")).unwrap();
    let mut all = db.prepare("SELECT seq, type FROM events ORDER BY seq").unwrap();
    let rows = all.query_map([], |row| Ok((row.get::<_, i64>(0)? as u64, row.get(1)?))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

fn told(events: &[Value]) -> Vec<(u64, String)> {
    let one = |event: &Value| (event["seq"].as_u64().unwrap(), event["type"].as_str().unwrap().to_owned());
    events.iter().map(one).collect()
}

#[tokio::test]
async fn a_list_and_its_watch_have_no_gap_between_them() {
    let cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let submitting = cluster.ask.clone();
    let submitted = tokio::spawn(async move {
        let mut all = BTreeSet::new();
        for _ in 0..4 {
            all.insert(submitting.submit(&film("half-second.mp4"), Value::Null).await);
        }
        all
    });
    let (http, mut watching) = (reqwest::Client::builder().no_proxy().build().unwrap(), Vec::new());
    while !submitted.is_finished() {
        let answer = http.get(cluster.ask.url("/api/v1/jobs")).send().await.unwrap();
        let id = answer.headers()["events-id"].to_str().unwrap().to_owned();
        let list: Value = answer.json().await.unwrap();
        let listed = list["items"].as_array().unwrap().iter();
        let listed: BTreeSet<String> = listed.map(|job| job["job_id"].as_str().unwrap().to_owned()).collect();
        watching.push((listed, Watcher::begin(&cluster.ask, &format!("?types=job.created&after={id}"))));
        tokio::time::sleep(OFTEN).await;
    }
    let submitted = submitted.await.unwrap();
    assert!(watching.iter().any(|(listed, _)| listed.len() < submitted.len()), "all were listed at once");
    for (listed, watcher) in &watching {
        let all = |seen: &[Value]| {
            let heard = seen.iter().map(|event| event["job_id"].as_str().unwrap().to_owned());
            listed.iter().cloned().chain(heard).collect::<BTreeSet<_>>() == submitted
        };
        watcher.until("a job that is not in the list", all).await;
    }
}

#[tokio::test]
async fn a_watcher_across_kills_of_the_server_hears_everything_once() {
    let mut cluster = Cluster::new().clients(2).with(&["--required-clients", "1"]).start();
    let watcher = Watcher::begin(&cluster.ask, "?after=0");
    let mut job = cluster.ask.submit(&film("medium.mp4"), Value::Null).await;
    for _ in 0..kills() {
        let before = watcher.seen().len();
        watcher.until("anything", |seen| seen.len() > before).await;
        cluster.restart_server();
        // A job whose index or join is killed twice is not tried again.
        if is_final(&cluster.ask.status(&job).await) {
            job = cluster.ask.submit(&film("half-second.mp4"), Value::Null).await;
        }
    }
    cluster.ask.ended(&job).await;
    let is_its = |event: &Value| event["job_id"] == *job;
    let ended = |event: &Value| event["type"] == "job.completed" || event["type"] == "job.failed";
    let seen = watcher.until("the end", |seen| seen.iter().any(|event| is_its(event) && ended(event))).await;
    assert!(seen.iter().all(|event| event["type"] != "reset"), "{seen:#?}");
    let last = seen.last().unwrap()["seq"].as_u64().unwrap();
    let stored: Vec<_> = stored(&cluster).into_iter().filter(|(seq, _)| *seq <= last).collect();
    assert_eq!(told(&seen), stored);
    let boots: BTreeSet<&str> =
        seen.iter().filter_map(|event| event["id"].as_str()?.split('.').next()).collect();
    assert!(boots.len() > 1, "no event was told after a restart: {boots:?}");
}

#[tokio::test]
async fn a_watcher_hears_nothing_of_what_is_not_theirs() {
    let cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let (secret, id) = token(&cluster, "submitter");
    let url = cluster.ask.url("/api/v1/events?after=0");
    let theirs = Watcher::at(Place { url, token: Some(secret.clone()), ..Place::default() });
    let ours = Watcher::begin(&cluster.ask, "");
    let job = cluster.ask.submit(&film("half-second.mp4"), Value::Null).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let made = http.post(cluster.ask.url("/api/v1/uploads")).bearer_auth(&secret);
    let made = made.header("tus-resumable", "1.0.0").header("upload-length", "7").send().await.unwrap();
    assert_eq!(made.status(), 201);
    ours.has("job.created", &job).await;
    let created = |seen: &[Value]| seen.iter().any(|event| event["type"] == "upload.created");
    ours.until("the upload, to an admin", created).await;
    let seen = theirs.until("their own upload", created).await;
    assert!(seen.iter().all(|event| event["type"] == "upload.created"), "{seen:#?}");

    let other = cluster.ask.url(&format!("/api/v1/events?job={job}"));
    assert_eq!(http.get(other).bearer_auth(&secret).send().await.unwrap().status(), 404);
    verb(&cluster, &["token", "revoke", &id]);
    // The stream ends, and its end is a refusal.
    let deadline = Instant::now() + Duration::from_secs(5);
    while !theirs.task.is_finished() {
        assert!(Instant::now() < deadline, "a revoked token goes on watching");
        tokio::time::sleep(OFTEN).await;
    }
}

#[tokio::test]
async fn what_is_not_understood_is_refused_and_an_unknown_number_starts_over() {
    let cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    for bad in ["?types=Job", "?after=x", "?tpyes=job.*", "?job=.."] {
        let (status, answer) = cluster.ask.get(&format!("/api/v1/events{bad}")).await;
        assert!(status == 400 || status == 404, "{bad}: {status} {answer}");
        assert!(answer["Error"]["message"].is_string(), "{answer}");
    }
    let watcher = Watcher::begin(&cluster.ask, "?after=77.5");
    let seen = watcher.until("a reset", |seen| !seen.is_empty()).await;
    assert_eq!(seen[0]["type"], "reset");
    let job = cluster.ask.submit(&film("half-second.mp4"), Value::Null).await;
    watcher.has("job.created", &job).await;
}

#[tokio::test]
async fn a_websocket_has_the_same_events_and_the_progress_between_them() {
    let mut cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let stream = Watcher::begin(&cluster.ask, "");
    let url = format!("ws://127.0.0.1:{}/api/v1/events?after=0", cluster.ask.port());
    let (mut socket, _) = tokio_tungstenite::connect_async(&url).await.unwrap();
    cluster.add_client();
    let config = json!({"ffmpeg_params": SLOW, "file_name_output": "x.mp4"});
    let job = cluster.ask.submit(&film("medium.mp4"), config).await;
    let (mut events, mut progress) = (Vec::new(), Vec::new());
    while !events.iter().any(|event: &Value| event["type"] == "job.completed") {
        let message = tokio::time::timeout(PATIENCE, socket.next()).await.unwrap().unwrap().unwrap();
        let Ok(frame) = serde_json::from_str::<Value>(message.to_text().unwrap_or_default()) else {
            continue;
        };
        if frame["type"] == "progress" {
            progress.push((Instant::now(), frame));
        } else {
            events.push(frame);
        }
    }
    let last = events.last().unwrap()["seq"].as_u64();
    stream.until("the same", |seen| seen.last().is_some_and(|event| event["seq"].as_u64() >= last)).await;
    let seen: Vec<_> = stream.seen().into_iter().filter(|event| event["seq"].as_u64() <= last).collect();
    assert!(events.ends_with(&seen), "{events:#?} {seen:#?}");
    let moved = |(_, frame): &&(Instant, Value)| frame["jobs"][&job][1].as_u64().is_some_and(|done| done > 0);
    assert!(progress.iter().any(|frame| moved(&frame)), "{progress:#?}");
    // Frames may wait on the way, but there are not more of them than time allows.
    let took = progress.last().unwrap().0 - progress[0].0;
    assert!(progress.len() as u128 <= took.as_millis() / 500 + 2, "{} in {took:?}", progress.len());
}

#[tokio::test]
async fn the_timeline_of_a_job_tells_which_client_was_killed_and_who_made_its_frames() {
    let mut cluster = Cluster::new().clients(2).with(&["--required-clients", "2"]).start();
    let watcher = Watcher::begin(&cluster.ask, "?types=segment.*,client.connected&after=0");
    let config = json!({"ffmpeg_params": SLOW, "file_name_output": "x.mp4"});
    let job = cluster.ask.submit(&film("medium.mp4"), config).await;
    let clients = |seen: &[Value]| {
        let leased = seen.iter().filter(|event| event["type"] == "segment.leased");
        leased.map(|event| event["client_id"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    watcher.until("leases to both", |seen| clients(seen).len() == 2).await;
    cluster.clients[0].kill();
    let lost = |seen: &[Value]| seen.iter().any(|event| event["type"] == "segment.lost");
    let seen = watcher.until("what the killed client lost", lost).await;
    let killed = seen.iter().find(|event| event["type"] == "segment.lost").unwrap()["client_id"].clone();
    let path = format!("/api/v1/jobs/{job}/timeline");
    let (status, live) = cluster.ask.get(&path).await;
    assert_eq!(status, 200);
    assert!(live["spans"].as_array().unwrap().iter().any(|span| span["code"] == "client_lost"), "{live:#}");

    cluster.ask.completed(&job).await;
    let (_, timeline) = cluster.ask.get(&path).await;
    let spans = timeline["spans"].as_array().unwrap();
    let of = |outcome: &str| spans.iter().filter(move |span| span["outcome"] == outcome).collect::<Vec<_>>();
    let number = |span: &Value, name: &str| span[name].as_u64().unwrap();
    let lost = of("lost");
    assert!(!lost.is_empty() && lost.iter().all(|span| span["client_id"] == killed), "{timeline:#}");
    let pictures = of("kept").into_iter().filter(|span| span["track"] == 0).collect::<Vec<_>>();
    let frames: u64 = pictures.iter().map(|span| number(span, "end") - number(span, "start")).sum();
    assert_eq!(Some(frames), timeline["frames"].as_u64());
    assert_eq!(timeline["seams"].as_array().unwrap().len(), pictures.len() - 1);
    for span in &pictures {
        let moments =
            ["leased_ms", "began_ms", "encoded_ms", "sent_ms", "ended_ms"].map(|name| number(span, name));
        assert!(moments.is_sorted(), "{span:#}");
        assert!(span["bytes"].as_u64() > Some(0) && span["client"].is_string(), "{span:#}");
    }
    let server: Vec<_> =
        timeline["server"].as_array().unwrap().iter().map(|span| span["what"].clone()).collect();
    assert_eq!(server, ["index", "join", "prove"]);

    let (_, trace) = cluster.ask.get(&format!("/api/v1/jobs/{job}/trace")).await;
    let events = trace.as_array().unwrap();
    let leases = events.iter().filter(|event| event["name"] == "lease" && event["ph"] == "X").count();
    assert_eq!(leases, spans.len());
    assert!(events.iter().any(|event| event["name"] == "process_name" && event["args"]["name"] == "server"));
}
