//! Making jobs over a real socket, with a driver behind it: what is answered, what is made, and how often.

use serde_json::{Value, json};

use super::api_tests::{Got, Served, five};
use crate::store::catalog::RequestKey;

const TYPED: &str = "Content-Type: application/json";

/// A film of ten frames, which no program needs to make.
fn film() -> String {
    let frame = format!("FRAME\n{}", " ".repeat(128 * 96 * 3 / 2));
    format!("YUV4MPEG2 W128 H96 F25:1 Ip A1:1 C420jpeg\n{}", frame.repeat(10))
}

/// The number of an upload that has arrived.
async fn uploaded(served: &Served) -> String {
    let film = film();
    let head = format!(
        "POST /api/v1/uploads\nTus-Resumable: 1.0.0\nUpload-Length: {}\nUpload-Metadata: filename YS55NG0=",
        film.len()
    );
    let at = served.ask(&head, "").await.headers["location"].clone();
    let path = at.strip_prefix("http://localhost").unwrap_or(&at).to_owned();
    let head = format!(
        "PATCH {path}\nTus-Resumable: 1.0.0\nUpload-Offset: 0\nContent-Type: application/offset+octet-stream"
    );
    assert_eq!(served.ask(&head, &film).await.status, 204);
    path.rsplit('/').next().unwrap().to_owned()
}

fn wanted(upload: &str) -> String {
    json!({"source": {"upload": upload}, "name": "Ten frames", "labels": {"show": "alps"},
        "config": {"ffmpeg_params": "-c:v libx264 -preset ultrafast", "required_clients": 2}})
    .to_string()
}

#[tokio::test]
async fn a_job_is_planned_and_then_made_as_it_was_planned() {
    let served = Served::working().await;
    let body = wanted(&uploaded(&served).await);
    let plan = served.ask(&format!("POST /api/v1/plan\n{TYPED}"), &body).await;
    assert_eq!((plan.status, &plan.body["accepted"]), (200, &json!(true)), "{}", plan.body);
    assert_eq!(served.get("/api/v1/jobs").await.body["total"], 0, "a plan makes nothing");
    let Got { status, headers, body: made, .. } =
        served.ask(&format!("POST /api/v1/jobs\n{TYPED}"), &body).await;
    assert_eq!(status, 201, "{made}");
    for (key, value) in
        plan.body.as_object().unwrap().iter().filter(|(key, _)| made.get(key.as_str()).is_some())
    {
        assert_eq!(&made[key], value, "{key}");
    }
    let told = [&made["name"], &made["labels"], &made["file_name"], &made["required_clients"]];
    assert_eq!(told, [&json!("Ten frames"), &json!({"show": "alps"}), &json!("a.y4m"), &json!(2)]);
    assert_eq!(headers["location"], format!("/api/v1/jobs/{}", made["job_id"].as_str().unwrap()));
    assert!(headers["etag"].starts_with('"') && headers["etag"].ends_with('"'), "{}", headers["etag"]);
    assert!(!headers.contains_key("idempotent-replayed"));
    let now = served.get(&headers["location"]).await;
    assert_eq!((now.status, &now.body["job_id"]), (200, &made["job_id"]));
    for query in ["q=TEN", "label=show:alps", "q=y4m"] {
        let found = served.get(&format!("/api/v1/jobs?{query}")).await;
        assert_eq!(found.ids(), [made["job_id"].as_str().unwrap()], "{query}");
        assert_eq!(found.body["items"][0]["name"], "Ten frames");
    }
    assert_eq!(served.get("/api/v1/jobs?label=show:andes").await.body["total"], 0);
}

#[tokio::test]
async fn a_request_that_comes_again_makes_no_other_job() {
    let served = Served::working().await;
    let body = wanted(&uploaded(&served).await);
    let head = |key: &str| format!("POST /api/v1/jobs\n{TYPED}\nIdempotency-Key: {key}");
    let first = served.ask(&head("\"k-1\""), &body).await;
    assert_eq!(first.status, 201, "{}", first.body);
    for key in ["\"k-1\"", "k-1"] {
        let again = served.ask(&head(key), &body).await;
        assert_eq!((again.status, &again.body), (201, &first.body));
        assert_eq!(again.headers["idempotent-replayed"], "true");
        assert_eq!(
            [&again.headers["location"], &again.headers["etag"]],
            [&first.headers["location"], &first.headers["etag"]]
        );
    }
    let other = served.ask(&head("k-1"), &body.replace("Ten", "10")).await;
    assert_eq!((other.status, &other.body["code"]), (422, &json!("KEY_REUSED")), "{}", other.body);
    assert_eq!(served.get("/api/v1/jobs").await.body["total"], 1);
    for wrong in ["\"k-1", &"k".repeat(256)] {
        assert_eq!(served.ask(&head(wrong), &body).await.status, 400, "{wrong}");
    }
    let (owner, key) = ("local".into(), "k-2".into());
    let working = served.services.at_work.begin(&RequestKey { owner, address: "POST /api/v1/jobs", key });
    let busy = served.ask(&head("k-2"), &body).await;
    assert_eq!((busy.status, &busy.body["code"]), (409, &json!("KEY_IN_USE")), "{}", busy.body);
    assert_eq!(busy.headers["retry-after"], "1");
    drop(working);
    assert_eq!(served.ask(&head("k-2"), &body).await.status, 201, "another key is another job");
    assert_eq!(served.get("/api/v1/jobs").await.body["total"], 2);
}

#[tokio::test]
async fn a_refused_request_keeps_no_key() {
    let served = Served::working().await;
    let head = format!("POST /api/v1/jobs\n{TYPED}\nIdempotency-Key: k");
    let nothing = json!({"source": {"upload": "nothing"}}).to_string();
    for _ in 0..2 {
        assert_eq!(served.ask(&head, &nothing).await.status, 404);
    }
    let good = wanted(&uploaded(&served).await);
    assert_eq!(served.ask(&head, &good).await.status, 201, "nothing was made by that key");
}

#[tokio::test]
async fn a_job_is_renamed_by_who_read_it_last() {
    let served = Served::with_jobs(five()).await;
    let read = served.get("/api/v1/jobs/a").await;
    assert_eq!((&read.body["name"], &read.body["labels"]), (&Value::Null, &json!({})));
    let head = |tag: &str| format!("PATCH /api/v1/jobs/a\n{TYPED}{tag}");
    let if_match = |tag: &str| head(&format!("\nIf-Match: {tag}"));
    let tag = &read.headers["etag"];
    let named = served.ask(&if_match(tag), r#"{"name":"Alps","labels":{"year":"2026","show":"alps"}}"#).await;
    assert_eq!((named.status, &named.body["name"]), (200, &json!("Alps")), "{}", named.body);
    let now = served.get("/api/v1/jobs/a").await;
    assert_eq!((&now.body, &now.headers["etag"]), (&named.body, &named.headers["etag"]));
    for stale in [tag.clone(), format!("W/{}", named.headers["etag"]), "\"x\"".to_owned()] {
        let late = served.ask(&if_match(&stale), r#"{"name":"Andes"}"#).await;
        assert_eq!((late.status, &late.body["code"]), (412, &json!("CHANGED")), "{stale}");
        assert_eq!(late.headers["etag"], named.headers["etag"], "the present one");
    }
    let tag = named.headers["etag"].clone();
    let cleared = served.ask(&if_match(&tag), r#"{"name":null}"#).await.body;
    assert_eq!((&cleared["name"], &cleared["labels"]["show"]), (&Value::Null, &json!("alps")), "{cleared}");
    assert_eq!(
        served.ask(&head(""), r#"{"labels":{}}"#).await.body["labels"],
        json!({}),
        "without a condition"
    );
    assert_eq!(served.ask(&if_match("*"), "{}").await.status, 200, "nothing to change");
    let missing = served.ask(&format!("PATCH /api/v1/jobs/zz\n{TYPED}\nIf-Match: *"), "{}").await;
    assert_eq!(missing.body["code"], "JOB_NOT_FOUND");
}

#[tokio::test]
async fn names_and_labels_that_can_not_be_are_named() {
    let served = Served::with_jobs(five()).await;
    let many: String = (0..17).map(|n| format!("\"k{n}\":\"\",")).collect();
    let long = |n: usize| "x".repeat(n);
    for (body, pointer, told) in [
        (r#"{"name":""}"#.to_owned(), "#/name", "1 to 200 characters"),
        (r#"{"name":"  "}"#.to_owned(), "#/name", "1 to 200 characters"),
        (format!(r#"{{"name":"{}"}}"#, long(201)), "#/name", "1 to 200 characters"),
        (r#"{"name":"a\u202eb"}"#.to_owned(), "#/name", "invisible"),
        (r#"{"name":7}"#.to_owned(), "#", "expected a string"),
        (r#"{"labels":{"Show":"x"}}"#.to_owned(), "#/labels/Show", "a-z 0-9"),
        (r#"{"labels":{"a/b":"x"}}"#.to_owned(), "#/labels/a~1b", "a-z 0-9"),
        (r#"{"labels":{"":"x"}}"#.to_owned(), "#/labels/", "a-z 0-9"),
        (format!(r#"{{"labels":{{"{}":"x"}}}}"#, long(64)), "#/labels/x", "a-z 0-9"),
        (format!(r#"{{"labels":{{"a":"{}"}}}}"#, long(256)), "#/labels/a", "more than 255"),
        (r#"{"labels":{"a":"\n"}}"#.to_owned(), "#/labels/a", "control"),
        (r#"{"labels":{"a":7}}"#.to_owned(), "#", "expected a string"),
        (format!(r#"{{"labels":{{{}}}}}"#, many.trim_end_matches(',')), "#/labels", "at most 16"),
        (r#"{"nmae":"x"}"#.to_owned(), "#", "unknown field `nmae`"),
    ] {
        let made = body.replacen('{', r#"{"source":{"path":"a.mkv"},"#, 1);
        for (head, body) in
            [("PATCH /api/v1/jobs/a", &body), ("POST /api/v1/jobs", &made), ("POST /api/v1/plan", &made)]
        {
            let got = served.ask(&format!("{head}\n{TYPED}"), body).await;
            let error = &got.body["errors"][0];
            assert_eq!(
                (got.status, &got.body["code"]),
                (400, &json!("INVALID_REQUEST")),
                "{head} {body}: {}",
                got.body
            );
            assert!(error["pointer"].as_str().unwrap().starts_with(pointer), "{head} {body}: {error}");
            assert!(error["detail"].as_str().unwrap().contains(told), "{head} {body}: {error}");
        }
    }
    for label in ["show", "Show:x", ":x", ""] {
        assert_eq!(served.get(&format!("/api/v1/jobs?label={label}")).await.status, 400, "{label}");
    }
}

#[tokio::test]
async fn a_token_is_made_used_listed_and_revoked() {
    let served = Served::start().await;
    let head = format!("POST /api/v1/tokens\n{TYPED}");
    let Got { status, headers, body: made, .. } =
        served.ask(&head, r#"{"role":"viewer","note":"the wall","expires":"90d"}"#).await;
    assert_eq!((status, headers["cache-control"].as_str()), (201, "no-store"), "{made}");
    assert_eq!(
        [&made["role"], &made["note"], &made["last_used_at"]],
        [&json!("viewer"), &json!("the wall"), &Value::Null]
    );
    let (join, id) = (made["join"].as_str().unwrap(), made["id"].as_str().unwrap());
    assert!(made["command"].as_str().unwrap().contains(join) && join.starts_with("fc1.viewer."), "{made}");
    assert!(made["sign_in"].as_str().unwrap().contains("/#code="), "{made}");
    let secret = join.split('.').find(|part| part.starts_with(&format!("{id}-"))).expect("the token");
    let by = |line: &str| format!("{line}\nAuthorization: Bearer {secret}");
    assert_eq!(served.ask(&by("GET /api/v1/jobs"), "").await.status, 200);
    for line in [
        "POST /api/v1/jobs",
        "GET /api/v1/tokens",
        "GET /api/v1/uploads",
        "POST /ws/command",
        "POST /api/v1/jobs/a/cancel",
    ] {
        let refused = served.ask(&by(&format!("{line}\n{TYPED}")), "{}").await;
        assert_eq!(refused.status, 403, "{line}");
    }
    let listed = served.get("/api/v1/tokens").await.body;
    let one = &listed["items"][0];
    assert!(one["last_used_at"].is_string() && one["expires_at"] == made["expires_at"], "{one}");
    assert!(!listed.to_string().contains(secret.split('-').nth(1).unwrap()), "no secret is listed");
    let delete = format!("DELETE /api/v1/tokens/{id}");
    assert_eq!(served.ask(&delete, "").await.status, 204);
    assert_eq!(served.ask(&by("GET /api/v1/jobs"), "").await.status, 401);
    let twice = served.ask(&delete, "").await;
    assert_eq!((twice.status, &twice.body["code"]), (404, &json!("TOKEN_NOT_FOUND")));
    assert!(served.get("/api/v1/tokens").await.body["items"][0]["revoked_at"].is_string());
    let worker = served.ask(&head, r#"{"role":"worker"}"#).await.body;
    assert_eq!([&worker["sign_in"], &worker["expires_at"]], [&Value::Null; 2], "{worker}");
    for (body, told) in [
        (r#"{"role":"root"}"#, "unknown variant `root`"),
        ("{}", "missing field `role`"),
        (r#"{"role":"admin","expires":"soon"}"#, "neither a stretch"),
        (r#"{"role":"admin","expires":"2001-01-01"}"#, "not in the future"),
        (r#"{"role":"admin","note":"a\u001b[2J"}"#, "control"),
        (r#"{"role":"admin","name":"x"}"#, "unknown field `name`"),
    ] {
        let got = served.ask(&head, body).await;
        assert!(
            got.status == 400 && got.body["detail"].as_str().unwrap().contains(told),
            "{body}: {}",
            got.body
        );
    }
    assert_eq!(served.get("/api/v1/tokens").await.body["total"], 2);
}

#[tokio::test]
async fn a_preset_is_made_used_and_deleted() {
    let served = Served::working().await;
    let listed = served.get("/api/v1/presets").await.body;
    let known = listed["items"].as_array().unwrap();
    assert!(known.len() >= 8 && known.iter().all(|preset| preset["built_in"] == true), "{listed}");
    let put = |name: &str| format!("PUT /api/v1/presets/{name}\n{TYPED}");
    let own = r#"{"about":"mine","config":{"ffmpeg_params":"-c:v libx264 -preset ultrafast","file_name_output":"m.mkv","required_clients":7}}"#;
    assert_eq!(served.ask(&put("mine"), own).await.status, 201);
    assert_eq!(served.ask(&put("mine"), own).await.status, 200, "replaced by the same");
    let kept = served.get("/api/v1/presets/mine").await.body;
    assert_eq!(
        (&kept["about"], &kept["built_in"], &kept["config"]["required_clients"]),
        (&json!("mine"), &json!(false), &json!(7))
    );
    assert_eq!(served.get("/api/v1/presets").await.body["total"], known.len() + 1);
    let upload = uploaded(&served).await;
    let body = json!({"source": {"upload": upload}, "preset": "mine", "config": {"required_clients": 2}})
        .to_string();
    let plan = served.ask(&format!("POST /api/v1/plan\n{TYPED}"), &body).await.body;
    assert_eq!((&plan["output_name"], &plan["required_clients"]), (&json!("m.mkv"), &json!(2)), "{plan}");
    let made = served.ask(&format!("POST /api/v1/jobs\n{TYPED}"), &body).await;
    assert_eq!((made.status, &made.body["preset"]), (201, &json!("mine")), "{}", made.body);
    assert_eq!(made.body["ffmpeg_params"], "-c:v libx264 -preset ultrafast");
    assert_eq!(served.ask("DELETE /api/v1/presets/mine", "").await.status, 204);
    for (head, body, status, code) in [
        ("GET /api/v1/presets/mine".to_owned(), "", 404, "PRESET_NOT_FOUND"),
        ("DELETE /api/v1/presets/mine".to_owned(), "", 404, "PRESET_NOT_FOUND"),
        ("DELETE /api/v1/presets/web-720p".to_owned(), "", 409, "PRESET_BUILT_IN"),
        (put("web-720p"), own, 409, "PRESET_BUILT_IN"),
        (put(".hidden"), own, 400, "INVALID_NAME"),
        (put("Mine"), own, 400, "INVALID_NAME"),
        (put("..%2f..%2fa"), own, 400, "INVALID_NAME"),
        (put(&"x".repeat(64)), own, 400, "INVALID_NAME"),
        (put("bad"), r#"{"config":{"ffmpeg_params":"-c:v libx264 -b:v 2M"}}"#, 400, "INVALID_PARAMETERS"),
        (put("bad"), r#"{"config":{"file_name_output":"a.xyz"}}"#, 400, "UNKNOWN_CONTAINER"),
        (put("bad"), r#"{"config":{"ffmpeg_parms":"-c:v libx264"}}"#, 400, "INVALID_REQUEST"),
        (put("bad"), r#"{"about":"x"}"#, 400, "INVALID_REQUEST"),
        (put("bad"), r#"{"about":"\u001b[2J","config":{}}"#, 400, "INVALID_REQUEST"),
        (
            format!("POST /api/v1/jobs\n{TYPED}"),
            r#"{"source":{"path":"a.mkv"},"preset":"web-729p"}"#,
            404,
            "PRESET_NOT_FOUND",
        ),
        (
            format!("POST /api/v1/plan\n{TYPED}"),
            r#"{"source":{"path":"a.mkv"},"preset":"../mine"}"#,
            404,
            "PRESET_NOT_FOUND",
        ),
    ] {
        let got = served.ask(&head, body).await;
        assert_eq!((got.status, &got.body["code"]), (status, &json!(code)), "{head} {body}: {}", got.body);
    }
    assert_eq!(served.get("/api/v1/presets").await.body["total"], known.len());
}

#[tokio::test]
async fn what_was_made_today_is_told() {
    let served = Served::with_jobs(five()).await;
    let now = ffmpeg_cluster_common::io::clock::wall().0;
    let end = crate::store::catalog::tests::samples::completed("a", 70, now);
    served.commit(vec![end]).await;
    let stats = served.get("/api/v1/stats").await.body;
    let days = stats["days"].as_array().unwrap();
    assert_eq!(days.len(), 1, "{stats}");
    let day = ffmpeg_cluster_common::text::rfc3339::rfc3339(ffmpeg_cluster_common::time::WallMillis(now));
    assert!(day.starts_with(days[0]["day"].as_str().unwrap()), "{day}: {stats}");
    assert_eq!([&days[0]["films"], &days[0]["bytes_out"]], [&json!(1), &json!(70)], "{stats}");
    assert_eq!(served.get("/api/v1/stats?days=366").await.status, 200);
    for query in ["days=0", "days=367", "days=all", "day=3"] {
        assert_eq!(served.get(&format!("/api/v1/stats?{query}")).await.status, 400, "{query}");
    }
}

/// ffmpeg itself tries the parameters; a whole film goes through each in `tests/media/presets.rs`.
#[tokio::test]
async fn every_built_in_preset_is_accepted_for_a_film() {
    let served = Served::working().await;
    let upload = uploaded(&served).await;
    let listed = served.get("/api/v1/presets").await.body;
    for preset in listed["items"].as_array().unwrap() {
        let body = json!({"source": {"upload": upload}, "preset": preset["name"]}).to_string();
        let plan = served.ask(&format!("POST /api/v1/plan\n{TYPED}"), &body).await.body;
        assert_eq!(plan["accepted"], true, "{}: {plan}", preset["name"]);
        assert_eq!(plan["output_name"], preset["config"]["file_name_output"]);
    }
}
