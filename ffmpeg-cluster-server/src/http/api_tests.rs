//! `/api/v1` over a real socket, as scripts see it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use ffmpeg_cluster_common::cluster::Cluster;
use ffmpeg_cluster_common::cluster::change::{Change, Memory};
use ffmpeg_cluster_common::cluster::effect::Effects;
use ffmpeg_cluster_common::cluster::event::LOCAL;
use ffmpeg_cluster_common::io::clock::{self, Clock};
use ffmpeg_cluster_common::time::Millis;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::app::core_settings;
use crate::core::driver::Driver;
use crate::core::incoming::Incoming;
use crate::core::metrics::names::{ALL, Metric, PREFIX};
use crate::core::metrics::text::CONTENT_TYPE;
use crate::core::perform::Performer;
use crate::http::Services;
use crate::http::routes::tests::check_answer;
use crate::samples::{Scratch, film, gate, services};
use crate::store::catalog::tests::samples::{added, completed, id, local};
use crate::store::catalog::{Told, Writer};

/// A server without a driver.
pub(super) struct Served {
    address: SocketAddr,
    writer: Writer,
    pub(super) services: Services,
    _incoming: Option<mpsc::Receiver<Incoming>>,
}

/// What came back.
pub(super) struct Got {
    pub(super) status: u16,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Value,
    /// The body as it came.
    pub(super) text: String,
}

impl Served {
    pub(super) async fn start() -> Self {
        let Scratch { store, writer } = Scratch::new(|catalog| Writer::start(catalog).unwrap());
        let (incoming, received) = mpsc::channel(16);
        let services = services(store, incoming).await;
        Self::of(services, writer, Some(received)).await
    }

    /// With a driver, which makes jobs.
    pub(super) async fn working() -> Self {
        let Scratch { store, writer } = Scratch::new(|catalog| Writer::start(catalog).unwrap());
        let (sender, incoming) = mpsc::channel(16);
        let services = services(store, sender).await;
        let (memory, clock) = (Memory { boot: 1, ..Memory::default() }, Clock::start());
        let performer = Performer::new(services.core.clone(), services.runner.clone(), &memory);
        let settings = core_settings(&services.runner.settings);
        let cluster = Cluster::new(settings, 1, clock.now(), clock::wall());
        let (view, viewed_at) = (watch::channel(Arc::default()).0, Millis(0));
        let driver = Driver {
            cluster,
            clock,
            incoming,
            writer: writer.clone(),
            performer,
            view,
            viewed_at,
            unseen: true,
        };
        tokio::spawn(driver.run(Effects::default(), CancellationToken::new()));
        Self::of(services, writer, None).await
    }

    async fn of(services: Services, writer: Writer, _incoming: Option<mpsc::Receiver<Incoming>>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(gate(services.clone()).serve(listener));
        Self { address, writer, services, _incoming }
    }

    pub(super) async fn with_jobs(changes: Vec<Change>) -> Self {
        let served = Self::start().await;
        served.writer.commit(changes, Told::default(), &CancellationToken::new()).await.unwrap();
        served
    }

    pub(super) async fn commit(&self, changes: Vec<Change>) {
        self.writer.commit(changes, Told::default(), &CancellationToken::new()).await.unwrap();
    }

    /// `head` is the request's line without the version, and its headers.
    pub(super) async fn ask(&self, head: &str, body: &str) -> Got {
        let (line, headers) = head.split_once('\n').unwrap_or((head, ""));
        let length =
            if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        let headers = headers.lines().map(|header| format!("{header}\r\n")).collect::<String>();
        let text =
            format!("{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}{length}\r\n{body}");
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        socket.write_all(text.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).await.unwrap();
        let got = Got::read(&String::from_utf8(answer).unwrap());
        let kind = got.headers.get("content-type").map(String::as_str);
        let body = if kind == Some(CONTENT_TYPE) { Value::from(got.text.as_str()) } else { got.body.clone() };
        check_answer(line, got.status, kind, &body);
        got
    }

    pub(super) async fn get(&self, path: &str) -> Got {
        self.ask(&format!("GET {path}"), "").await
    }
}

impl Got {
    fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        Self {
            status,
            headers,
            body: serde_json::from_str(body).unwrap_or(Value::Null),
            text: body.to_owned(),
        }
    }

    pub(super) fn ids(&self) -> Vec<&str> {
        self.body["items"].as_array().unwrap().iter().map(|job| job["job_id"].as_str().unwrap()).collect()
    }
}

pub(super) fn five() -> Vec<Change> {
    let mut all: Vec<_> =
        (1_u64..).zip(["a", "b", "c", "d"]).map(|(at, name)| added(name, LOCAL, local(), at)).collect();
    all.extend([added("e", "a1", local(), 5), completed("b", 1, 9)]);
    all
}

#[tokio::test]
async fn a_list_is_read_page_by_page_by_the_link_to_the_next() {
    let served = Served::with_jobs(five()).await;
    let (mut path, mut all) = ("/api/v1/jobs?limit=2".to_owned(), Vec::new());
    loop {
        let page = served.get(&path).await;
        assert_eq!((page.status, &page.body["total"]), (200, &json!(5)), "{}", page.body);
        all.extend(page.ids().into_iter().map(str::to_owned));
        let Some(link) = page.headers.get("link") else { break };
        assert!(
            link.contains(page.body["next"].as_str().unwrap()) && link.ends_with("; rel=\"next\""),
            "{link}"
        );
        path = link.split(['<', '>']).nth(1).unwrap().to_owned();
    }
    assert_eq!(all, ["e", "d", "c", "b", "a"]);
}

#[tokio::test]
async fn a_list_is_chosen_and_ordered() {
    let served = Served::with_jobs(five()).await;
    for (query, jobs) in [
        ("state=Completed", vec!["b"]),
        ("state=Queued,Failed&order=created", vec!["a", "c", "d", "e"]),
        ("owner=a1", vec!["e"]),
        ("q=A.MKV&limit=1", vec!["e"]),
        ("q=nothing", vec![]),
        ("order=-ended&limit=1", vec!["b"]),
        ("created_after=1970-01-01T00:00:00.002Z&created_before=1970-01-01T00:00:00.004Z", vec!["c", "b"]),
    ] {
        assert_eq!(served.get(&format!("/api/v1/jobs?{query}")).await.ids(), jobs, "{query}");
    }
    let whole = served.get("/api/v1/jobs?owner=a1").await.body;
    let item = json!({"job_id": "e", "file_name": "a.mkv", "status": "Queued", "progress": 0.0, "owner": "a1", "output_name": "b.mp4", "name": null, "labels": {},
        "created_at": "1970-01-01T00:00:00.005Z", "completed_at": null, "error": null, "priority": null,
        "position": null, "paused": false});
    assert_eq!(whole, json!({"items": [item], "next": null, "total": 1}));
}

#[tokio::test]
async fn what_a_list_does_not_know_is_named() {
    let served = Served::with_jobs(five()).await;
    let by_name =
        served.get("/api/v1/jobs?limit=1&order=name").await.body["next"].as_str().unwrap().to_owned();
    for (path, told) in [
        ("/api/v1/jobs?stat=Failed".to_owned(), "did you mean state?"),
        ("/api/v1/jobs?state=failed".to_owned(), "did you mean Failed?"),
        ("/api/v1/jobs?limit=many".to_owned(), "from 1 to 1000"),
        (format!("/api/v1/jobs?cursor={by_name}"), "belongs to the order \"name\""),
        ("/api/v1/jobs?cursor=x".to_owned(), "is none of this list"),
        ("/api/v1/jobs/a?x=1".to_owned(), "this address has none"),
        ("/api/v1/clients?stat=Idle".to_owned(), "did you mean state?"),
    ] {
        let Got { status, headers, body, .. } = served.get(&path).await;
        assert_eq!((status, &body["code"]), (400, &json!("INVALID_REQUEST")), "{path}: {body}");
        assert_eq!(headers["content-type"], "application/problem+json");
        let (detail, error) = (&body["errors"][0]["detail"], &body["Error"]["message"]);
        assert!(detail.as_str().unwrap().contains(told) && detail == error, "{path}: {body}");
    }
}

#[tokio::test]
async fn a_poll_of_what_did_not_change_costs_no_body() {
    let served = Served::with_jobs(five()).await;
    for path in ["/api/v1/jobs?limit=2", "/api/v1/jobs/a", "/api/v1/clients"] {
        let tag = served.get(path).await.headers["etag"].clone();
        let poll = |tag: &str| format!("GET {path}\nIf-None-Match: {tag}");
        let same = served.ask(&poll(&tag), "").await;
        assert_eq!((same.status, &same.body, &same.headers["etag"]), (304, &Value::Null, &tag), "{path}");
        assert_eq!(served.ask(&poll("\"other\""), "").await.status, 200, "{path}");
    }
    let tag = served.get("/api/v1/jobs/a").await.headers["etag"].clone();
    served
        .writer
        .commit(vec![completed("a", 1, 10)], Told::default(), &CancellationToken::new())
        .await
        .unwrap();
    let head = format!("GET /api/v1/jobs/a\nIf-None-Match: {tag}");
    let changed = served.ask(&head, "").await;
    assert_eq!((changed.status, &changed.body["status"]), (200, &json!("Completed")));
}

#[tokio::test]
async fn a_job_is_told_without_a_wrapping_and_commands_as_ever() {
    let served = Served::with_jobs(five()).await;
    let job = served.get("/api/v1/jobs/e").await.body;
    assert_eq!(
        [&job["job_id"], &job["owner"], &job["required_clients"]],
        [&json!("e"), &json!("a1"), &json!(2)]
    );
    let command = "POST /ws/command\nContent-Type: application/json";
    let frozen = served.ask(command, r#"{"GetJobStatus":{"job_id":"e"}}"#).await.body;
    for (key, value) in frozen["JobStatus"].as_object().unwrap() {
        assert_eq!(&job[key], value, "{key}");
    }
    let missing = served.ask(command, r#"{"GetJobStatus":{"job_id":"zz"}}"#).await;
    assert_eq!(missing.body, json!({"Error": {"code": "JOB_NOT_FOUND", "message": "there is no job zz"}}));
    let missing = served.ask("GET /api/v1/jobs/zz\nX-Request-Id: mine-1", "").await;
    assert_eq!((missing.status, &missing.body["instance"]), (404, &json!("mine-1")));
    assert_eq!(missing.headers["x-request-id"], "mine-1");
    assert_eq!(served.get("/api/v1/clients/zzzz").await.body["code"], "CLIENT_NOT_FOUND");
}

#[tokio::test]
async fn the_rest_of_the_interface_answers_as_its_document_says() {
    let served = Served::with_jobs(five()).await;
    for path in [
        "/healthz",
        "/readyz",
        "/api/v1/openapi.json",
        "/api/v1/system",
        "/api/v1/refusals",
        "/api/v1/releases",
        "/api/v1/uploads",
        "/api/v1/clients",
        "/api/v1/jobs/a/explain",
    ] {
        assert_eq!(served.get(path).await.status, 200, "{path}");
    }
    for head in [
        "GET /api/v1/jobs/b/result",
        "GET /api/v1/releases/x",
        "POST /api/v1/uploads",
        "POST /api/v1/uploads\nTus-Resumable: 1.0.0",
        "PATCH /api/v1/uploads/x\nTus-Resumable: 1.0.0",
        "DELETE /api/v1/uploads/x\nTus-Resumable: 1.0.0",
        "GET /api/v1/sources/a",
        "PATCH /api/v1/pieces/1-1\nContent-Length: 0",
        "POST /api/v1/jobs/zzzz/cancel",
        "POST /api/v1/jobs/zzzz/start",
        "GET /api/v1/jobs/a\nAuthorization: Bearer guess",
    ] {
        let Got { status, headers, body, .. } = served.ask(head, "").await;
        assert!(
            status >= 400 && headers["content-type"] == "application/problem+json",
            "{head}: {status} {body}"
        );
        assert_eq!(body["status"], status, "{head}");
    }
}

#[tokio::test]
async fn an_upload_is_listed_while_it_arrives() {
    let served = Served::start().await;
    for name in ["YS5ta3Y=", "Yi5ta3Y="] {
        let head = format!(
            "POST /api/v1/uploads\nTus-Resumable: 1.0.0\nUpload-Length: 7\nUpload-Metadata: filename {name}"
        );
        assert_eq!(served.ask(&head, "").await.status, 201);
    }
    let first = served.get("/api/v1/uploads?limit=1").await;
    let link = first.headers["link"].split(['<', '>']).nth(1).unwrap().to_owned();
    let second = served.get(&link).await;
    let [one, two] = [&first.body["items"][0], &second.body["items"][0]];
    assert_eq!([&one["bytes"], &two["offset"], &second.body["total"]], [&json!(7), &json!(0), &json!(2)]);
    let mut names = [&one["file_name"], &two["file_name"]].map(|name| name.as_str().unwrap());
    names.sort_unstable();
    assert_eq!((names, &second.body["next"]), (["a.mkv", "b.mkv"], &Value::Null));
}

#[tokio::test]
async fn a_bad_job_is_refused_with_the_reason() {
    let served = Served::start().await;
    let typed = "POST /api/v1/jobs\nContent-Type: application/json";
    for (head, body, status, told) in [
        ("POST /api/v1/jobs\nContent-Type: text/plain", "{}", 415, "application/json is required"),
        (typed, "{", 400, "EOF"),
        (typed, "{}", 400, "missing field `source`"),
        (
            typed,
            r#"{"source":{"path":"a"},"cofnig":{}}"#,
            400,
            "unknown field `cofnig`, expected one of `source`, `config`, `preset`, `name`, `labels`",
        ),
        (typed, r#"{"source":{"url":"http://x"}}"#, 400, "unknown variant `url`"),
        (typed, r#"{"source":{"path":"a"},"config":{"exactly":"yes"}}"#, 400, "expected a boolean"),
        (typed, r#"[{"path":"a"},null]"#, 400, "an object is expected, not a list"),
        (typed, r#"{"source":{"path":"a"},"config":["-crf 20"]}"#, 400, "expected an object"),
        (typed, r#"{"source":{"upload":"../x"}}"#, 404, "is not an identity"),
        (typed, r#"{"source":{"upload":"nothing"}}"#, 404, "no upload"),
        (typed, r#"{"source":{"path":"/no/such/film.mkv"}}"#, 403, "outside the media folders"),
        (typed, r#"{"source":{"path":"no-such.mkv"}}"#, 404, "no-such.mkv"),
    ] {
        let got = served.ask(head, body).await;
        let detail = got.body["detail"].as_str().unwrap_or_default();
        assert!(got.status == status && detail.contains(told), "{body}: {} {}", got.status, got.body);
    }
    let plan = served
        .ask("POST /api/v1/plan\nContent-Type: application/json", r#"{"source":{"path":"no-such.mkv"}}"#)
        .await;
    assert_eq!((plan.status, &plan.body["accepted"]), (200, &json!(false)), "{}", plan.body);
    assert_eq!(plan.body["problems"][0]["code"], "FILE_NOT_FOUND");
    assert_eq!(served.get("/api/v1/jobs").await.body["total"], 0);
}

/// Each has the film and the report of an hour of film.
fn many(count: u64) -> Vec<Change> {
    let film = film(90_000, true);
    let each = |n: u64| {
        let name = format!("job-{n}");
        let known = Change::FilmKnown { job: id(&name), film: Box::new(film.clone()) };
        let end = (!n.is_multiple_of(10)).then(|| completed(&name, n, 2_000_000 + n));
        [Some(added(&name, LOCAL, local(), n * 7 % 5_000)), Some(known), end].into_iter().flatten()
    };
    (0..count).flat_map(each).collect()
}

#[tokio::test]
#[ignore = "prints how long lists of ten thousand jobs take"]
async fn ten_thousand_jobs_are_listed_in_time() {
    let served = Served::with_jobs(many(10_000)).await;
    let middle =
        served.get("/api/v1/jobs?limit=1000&order=name").await.body["next"].as_str().unwrap().to_owned();
    for query in [
        String::new(),
        "order=created".to_owned(),
        "order=-ended".to_owned(),
        format!("order=name&cursor={middle}"),
        "state=Queued".to_owned(),
        "state=Completed".to_owned(),
        "q=mkv".to_owned(),
        "q=nothing".to_owned(),
        "owner=local&state=Completed&order=name".to_owned(),
    ] {
        let (mut took, mut bytes) = (Vec::new(), 0);
        for _ in 0..100 {
            let start = Instant::now();
            let page = served.get(&format!("/api/v1/jobs?{query}")).await;
            took.push(start.elapsed());
            assert_eq!(page.status, 200);
            bytes = page.headers["content-length"].parse::<u64>().unwrap();
        }
        took.sort();
        println!("{query:60} p50 {:?} p95 {:?}, {bytes} bytes", took[50], took[95]);
    }
}

#[tokio::test]
async fn metrics_have_every_name_and_are_for_admins() {
    let served = Served::with_jobs(five()).await;
    served.get("/api/v1/jobs").await;
    let got = served.get("/metrics").await;
    assert_eq!((got.status, got.headers["content-type"].as_str()), (200, CONTENT_TYPE));
    for Metric { name, kind, .. } in ALL {
        assert!(
            got.text.contains(&format!("# TYPE {PREFIX}{name} {}\n", kind.as_str())),
            "{name}: {}",
            got.text
        );
    }
    let asked = r#"ffcluster_http_requests_total{endpoint="/api/v1/jobs",method="GET",code="200"} 1"#;
    assert!(got.text.contains(asked), "{}", got.text);
    let refused = served.ask("GET /metrics\nAuthorization: Bearer guess", "").await;
    assert_eq!(refused.status, 401);
}
