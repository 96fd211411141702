//! Bad input: a typed error at once, and nothing changes.

use std::path::Path;

use harness::cluster::Cluster;
use harness::films::film;
use serde_json::{Value, json};

fn local(path: &Path, config: Value) -> String {
    json!({"ProcessLocalFile": {"file_path": path, "config": config}}).to_string()
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table")]
async fn every_bad_request_gets_a_typed_error_and_changes_nothing() {
    let cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let folder = cluster.scratch.path();
    let (text, empty) = (folder.join("notes.mp4"), folder.join("empty.mp4"));
    std::fs::write(&text, "This is no film.\n".repeat(50)).unwrap();
    std::fs::write(&empty, "").unwrap();
    let playlist = folder.join("list.mp4");
    std::fs::write(&playlist, format!("ffconcat version 1.0\nfile '{}'\n", film("one-frame.mp4").display()))
        .unwrap();
    let good = film("half-second.mp4");
    let with = |config: Value| local(&good, config);
    let huge = format!(
        "{{\"ProcessLocalFile\":{{\"file_path\":{good:?},\"config\":{{\"required_clients\":{}}}}}}}",
        "9".repeat(400)
    );

    let cases: Vec<(&str, String, &str, u16)> = vec![
        ("no such file", local(Path::new("/no/such/film.mp4"), Value::Null), "FILE_NOT_FOUND", 404),
        ("a folder", local(folder, Value::Null), "NOT_A_FILE", 400),
        ("a device", local(Path::new("/dev/zero"), Value::Null), "NOT_A_FILE", 400),
        ("a text file", local(&text, Value::Null), "NOT_A_FILM", 422),
        ("an empty file", local(&empty, Value::Null), "NOT_A_FILM", 422),
        ("a playlist", local(&playlist, Value::Null), "NOT_A_FILM", 422),
        ("sound only", local(&film("sound-only.m4a"), Value::Null), "NOT_A_FILM", 422),
        (
            "an unknown parameter",
            with(json!({"ffmpeg_params": "-c:v ffv1 -wibble 3"})),
            "INVALID_PARAMETERS",
            400,
        ),
        (
            "a second output",
            with(json!({"ffmpeg_params": "-c:v ffv1 /tmp/other.mkv"})),
            "INVALID_PARAMETERS",
            400,
        ),
        (
            "a second input",
            with(json!({"ffmpeg_params": "-i /etc/passwd -c:v ffv1"})),
            "INVALID_PARAMETERS",
            400,
        ),
        (
            "a trim that is none",
            with(json!({"ffmpeg_params": ["-c:v", "ffv1", "-ss", "3:x"]})),
            "INVALID_PARAMETERS",
            400,
        ),
        (
            "two passes",
            with(json!({"ffmpeg_params": "-c:v libx264 -b:v 1M -pass 2"})),
            "INVALID_PARAMETERS",
            400,
        ),
        (
            "a filter graph",
            with(json!({"ffmpeg_params": "-filter_complex hflip -c:v ffv1"})),
            "INVALID_PARAMETERS",
            400,
        ),
        (
            "a value that ffmpeg refuses",
            with(json!({"ffmpeg_params": "-c:v libx264 -preset bogus"})),
            "INVALID_PARAMETERS",
            400,
        ),
        (
            "an option that the encoder does not know",
            with(json!({"ffmpeg_params": "-c:v libx264 -x264-params level=1.0:bogus=1"})),
            "INVALID_PARAMETERS",
            400,
        ),
        ("an unbalanced quote", with(json!({"ffmpeg_params": "-c:v 'ffv1"})), "INVALID_PARAMETERS", 400),
        ("an unknown encoder", with(json!({"ffmpeg_params": "-c:v libx999"})), "UNKNOWN_ENCODER", 400),
        ("an unknown container", with(json!({"file_name_output": "out.xyz"})), "UNKNOWN_CONTAINER", 400),
        ("no suffix", with(json!({"file_name_output": "out"})), "UNKNOWN_CONTAINER", 400),
        ("a name with a slash", with(json!({"file_name_output": "a/b.mkv"})), "INVALID_NAME", 400),
        ("a name that climbs", with(json!({"file_name_output": "../b.mkv"})), "INVALID_NAME", 400),
        ("a name like a flag", with(json!({"file_name_output": "-y.mkv"})), "INVALID_NAME", 400),
        (
            "a long name",
            with(json!({"file_name_output": format!("{}.mkv", "x".repeat(300))})),
            "INVALID_NAME",
            400,
        ),
        ("no clients wanted", with(json!({"required_clients": 0})), "INVALID_REQUEST", 400),
        (
            "too many clients wanted",
            with(json!({"required_clients": 4_000_000_000_u32})),
            "INVALID_REQUEST",
            400,
        ),
        ("a negative number", with(json!({"required_clients": -1})), "INVALID_REQUEST", 400),
        ("a number of 400 digits", huge, "INVALID_REQUEST", 400),
        ("a wrong type", with(json!({"exactly": "yes"})), "INVALID_REQUEST", 400),
        ("an unknown key", with(json!({"colour": "red"})), "INVALID_REQUEST", 400),
        (
            "a path that is a number",
            json!({"ProcessLocalFile": {"file_path": 7}}).to_string(),
            "INVALID_REQUEST",
            400,
        ),
        ("no path", json!({"ProcessLocalFile": {}}).to_string(), "INVALID_REQUEST", 400),
        ("malformed JSON", "{\"ListJobs\":".to_owned(), "INVALID_REQUEST", 400),
        ("nothing", String::new(), "INVALID_REQUEST", 400),
        ("a list", "[1,2,3]".to_owned(), "INVALID_REQUEST", 400),
        ("an unknown command", json!({"MakeTea": {}}).to_string(), "UNKNOWN_COMMAND", 400),
        ("an unknown job", json!({"GetJobStatus": {"job_id": "nobody"}}).to_string(), "JOB_NOT_FOUND", 404),
        (
            "a job id that climbs",
            json!({"GetJobStatus": {"job_id": "../x"}}).to_string(),
            "JOB_NOT_FOUND",
            404,
        ),
        (
            "cancel an unknown job",
            json!({"CancelJob": {"job_id": "nobody"}}).to_string(),
            "JOB_NOT_FOUND",
            404,
        ),
        (
            "an unknown client",
            json!({"DisconnectClient": {"client_id": "nobody"}}).to_string(),
            "CLIENT_NOT_FOUND",
            404,
        ),
        (
            "an unknown upload",
            json!({"ProcessUpload": {"upload_id": "nobody"}}).to_string(),
            "UPLOAD_NOT_FOUND",
            404,
        ),
    ];
    for (what, body, code, status) in cases {
        let (got_status, reply) = cluster.ask.raw(&body).await;
        assert_eq!(reply["Error"]["code"], code, "{what}: {reply}");
        assert_eq!(got_status, status, "{what}: {reply}");
        assert!(reply["Error"]["message"].as_str().is_some_and(|text| text.len() > 10), "{what}: {reply}");
    }
    assert_eq!(
        cluster.ask.command(json!("ListJobs")).await,
        json!({"JobsList": []}),
        "a refused request left a job"
    );
    let jobs = std::fs::read_dir(cluster.work().join("server")).unwrap().filter_map(Result::ok);
    let left: Vec<_> =
        jobs.map(|entry| entry.file_name()).filter(|name| name != "uploads" && name != "audit.log").collect();
    assert!(left.is_empty(), "a refused request left {left:?}");
}

#[tokio::test]
async fn a_refusal_names_what_was_typed() {
    let cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let good = film("half-second.mp4");
    for (params, named) in [
        ("-c:v libx264 -vf movie=/etc/passwd", "movie"),
        ("-c:v libx264 -x264-params stats=/tmp/x", "stats"),
        ("-c:v libx264 -crff 20", "-crf"),
        ("-c:v libx265 -b:v 3M", "-b:v"),
        ("-c:v libx26 -crf 20", "libx26"),
    ] {
        let reply = cluster.ask.raw(&local(&good, json!({"ffmpeg_params": params}))).await.1;
        let message = reply["Error"]["message"].as_str().unwrap_or_default();
        assert!(message.contains(named), "{params}: {reply}");
    }
}

#[tokio::test]
async fn a_file_outside_the_media_roots_is_refused() {
    let folder = harness::cluster::Scratch::new();
    let work = folder.path().join("work").display().to_string();
    let arguments = ["--port", "0", "--work-dir", &work].map(String::from);
    let server = harness::cluster::Running::start("ffmpeg-cluster-server", &arguments, folder.path());
    let ask = harness::ask::Server::new(server.port());
    let (status, reply) = ask.raw(&local(&film("half-second.mp4"), Value::Null)).await;
    assert_eq!((status, &reply["Error"]["code"]), (403, &json!("NOT_ALLOWED")), "{reply}");
    std::os::unix::fs::symlink(film("half-second.mp4"), folder.path().join("inside.mp4")).unwrap();
    let (_, reply) = ask.raw(&local(&folder.path().join("inside.mp4"), Value::Null)).await;
    assert_eq!(reply["Error"]["code"], "NOT_ALLOWED", "by a link: {reply}");
}

#[tokio::test]
async fn a_web_page_can_not_reach_in() {
    let cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let http = reqwest::Client::new();
    let url = cluster.ask.url("/ws/command");
    let plain = http.post(&url).body("\"ListJobs\"").send().await.unwrap();
    assert_eq!(plain.status(), 415);
    let foreign =
        http.post(&url).header("origin", "http://evil.example").header("content-type", "application/json");
    assert_eq!(foreign.body("\"ListJobs\"").send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn commands_work_as_frames_of_a_websocket_too() {
    use futures_util::{SinkExt, StreamExt};
    use tokio_tungstenite::tungstenite::Message;
    let cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let url = format!("ws://127.0.0.1:{}/ws/command", cluster.ask.port());
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    for (asked, key) in
        [("\"ListJobs\"", "JobsList"), ("{\"ListClients\":null}", "ClientsList"), ("{oops", "Error")]
    {
        socket.send(Message::text(asked)).await.unwrap();
        let answer = socket.next().await.unwrap().unwrap().into_text().unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert!(answer.get(key).is_some(), "{asked}: {answer}");
    }
}
