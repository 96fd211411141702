//! Paths of sources, names of results, identities of jobs.

use serde_json::{Value, json};

use super::place::{Place, assert_refused, local};

const OUTSIDE: (&str, u16) = ("NOT_ALLOWED", 403);
const MISSING: (&str, u16) = ("FILE_NOT_FOUND", 404);
const NO_FILE: (&str, u16) = ("NOT_A_FILE", 400);
const INVALID: (&str, u16) = ("INVALID_REQUEST", 400);

/// Links, pipes, sockets and odd names in the media folder.
fn traps(place: &Place) -> std::os::unix::net::UnixListener {
    place.link("../private/secret.mp4", "media/leads-out.mp4");
    place.link("../private/none.mp4", "media/leads-nowhere.mp4");
    place.link("../private", "media/folder");
    place.link("loop.mp4", "media/loop.mp4");
    place.link("/proc/self/environ", "media/environ.mp4");
    std::fs::write(place.path("media/empty.mp4"), "").unwrap();
    std::fs::copy(place.path("media/film.mp4"), place.path("media/two\nlines.mp4")).unwrap();
    let fifo = std::process::Command::new("mkfifo").arg(place.path("media/fifo.mp4")).status().unwrap();
    assert!(fifo.success());
    std::os::unix::net::UnixListener::bind(place.path("media/socket")).unwrap()
}

/// As typed, `TOP` for the folder that holds the media folder; and what is answered.
const PATHS: &[(&str, (&str, u16))] = &[
    ("TOP/private/secret.mp4", OUTSIDE),
    ("TOP/private/none.mp4", OUTSIDE),
    ("TOP/private", OUTSIDE),
    ("TOP/media-not/film.mp4", OUTSIDE),
    ("TOP/media/../private/secret.mp4", OUTSIDE),
    ("TOP/media/deep/../../private/secret.mp4", OUTSIDE),
    ("TOP//media//..//private//secret.mp4", OUTSIDE),
    ("TOP/media/leads-out.mp4", OUTSIDE),
    ("TOP/media/leads-nowhere.mp4", OUTSIDE),
    ("TOP/media/folder/secret.mp4", OUTSIDE),
    ("TOP/media/folder/none.mp4", OUTSIDE),
    ("TOP/media/loop.mp4", OUTSIDE),
    ("TOP/media/environ.mp4", OUTSIDE),
    ("../private/secret.mp4", OUTSIDE),
    ("deep/../../private/secret.mp4", OUTSIDE),
    ("private/secret.mp4", MISSING),
    ("/etc/passwd", OUTSIDE),
    ("/etc/shadow", OUTSIDE),
    ("/proc/self/environ", OUTSIDE),
    ("/proc/self/mem", OUTSIDE),
    ("/proc/self/fd/0", OUTSIDE),
    ("/dev/zero", OUTSIDE),
    ("/dev/stdin", OUTSIDE),
    ("/no/such/place", OUTSIDE),
    ("/", OUTSIDE),
    ("TOP/media", NO_FILE),
    ("TOP/media/", NO_FILE),
    (".", NO_FILE),
    ("deep", NO_FILE),
    ("fifo.mp4", NO_FILE),
    ("socket", NO_FILE),
    ("film.mp4/", MISSING),
    ("film.mp4/../film.mp4", MISSING),
    ("none.mp4", MISSING),
    ("none/../../private/secret.mp4", MISSING),
    ("%2e%2e/private/secret.mp4", MISSING),
    ("..%2fprivate%2fsecret.mp4", MISSING),
    ("..\\private\\secret.mp4", MISSING),
    ("file:film.mp4", MISSING),
    ("file:///etc/passwd", MISSING),
    ("http:evil.mp4", MISSING),
    ("http://127.0.0.1:1/film.mp4", MISSING),
    ("concat:film.mp4|film.mp4", MISSING),
    ("pipe:0", MISSING),
    ("data:video/mp4;base64,AAAA", MISSING),
    ("subfile,,start,0,end,9,,:film.mp4", MISSING),
    ("-i", MISSING),
    ("-y.mp4", MISSING),
    ("--help", MISSING),
    ("~/film.mp4", MISSING),
    ("$HOME/film.mp4", MISSING),
    ("$(touch canary).mp4", MISSING),
    ("film.mp4; rm -rf .", MISSING),
    ("'); DROP TABLE jobs;--", MISSING),
    ("film\u{202e}4pm.mp4", MISSING),
    ("\u{1b}[2Jfilm.mp4", MISSING),
    ("a\n2026-01-01T00:00:00Z  INFO admin", MISSING),
    ("CON", MISSING),
    ("film.mp4.", MISSING),
    ("film.mp4 ", MISSING),
    ("two\nlines.mp4", OUTSIDE),
    ("empty.mp4", ("NOT_A_FILM", 422)),
    ("", INVALID),
    ("film.mp4\0.txt", INVALID),
];

fn paths() -> Vec<(String, (&'static str, u16))> {
    let mut all: Vec<_> = PATHS.iter().map(|(path, wanted)| ((*path).to_owned(), *wanted)).collect();
    all.push((format!("{}.mp4", "x".repeat(300)), MISSING));
    all.push(("deep/../".repeat(100) + "none.mp4", MISSING));
    all.push(("x".repeat(5000), INVALID));
    all
}

#[tokio::test]
async fn no_path_leads_out_of_the_media_folder() {
    let place = Place::start(&[]);
    let _socket = traps(&place);
    let top = place.scratch.path().display().to_string();
    for (typed, wanted) in paths() {
        let answer = place.ask.raw(&local(&typed.replace("TOP", &top), Value::Null)).await;
        assert_refused(&answer, wanted, &typed);
    }
    // What is there and what is not gets the same sentence, but for its name.
    let said = async |name: &str| {
        let answer = place.ask.raw(&local(&format!("{top}/private/{name}"), Value::Null)).await;
        answer.1["Error"]["message"].as_str().unwrap().replace(name, "NAME")
    };
    assert_eq!(said("secret.mp4").await, said("none.mp4").await);
    place.assert_untouched().await;
    let jobs = place.ask.command(json!({"ProcessLocalFile": {"file_path": "deep/../film.mp4"}})).await;
    assert!(jobs["JobCreated"]["job_id"].is_string(), "a good one is still taken: {jobs}");
}

#[tokio::test]
async fn no_result_has_a_name_that_leaves_its_folder_or_deceives() {
    let place = Place::start(&[]);
    let bad = |name: &str| (name.to_owned(), "INVALID_NAME");
    let mut names: Vec<(String, &str)> = [
        "",
        ".",
        "..",
        "../x.mkv",
        "a/b.mkv",
        "/etc/x.mkv",
        "a\\b.mkv",
        "C:x.mkv",
        "-y.mkv",
        "--help.mkv",
        ".mkv",
        ".hidden.mkv",
        "a\nb.mkv",
        "a\0.mkv",
        "\u{1b}[2J.mkv",
        "a\u{202e}vkm.mkv",
        "a\u{2028}b.mkv",
        "a\u{200b}.mkv",
        "a\u{feff}.mkv",
        "CON.mkv",
        "con .mkv",
        "nul.mkv",
        "COM1.mkv",
        "lpt\u{b2}.mkv",
        "a?.mkv",
        "a*.mkv",
        "a|b.mkv",
        "a\"b.mkv",
        "<a>.mkv",
        "file:a.mkv",
        "http://x/a.mkv",
        "pipe:1",
        " a.mkv",
        "a.mkv ",
        "a.mkv.",
        "%2e%2e%2fx/a.mkv",
    ]
    .map(bad)
    .into();
    names.push(("x".repeat(252) + ".mkv", "INVALID_NAME"));
    names.push(("ä".repeat(126) + ".mkv", "INVALID_NAME"));
    names.extend(["a", "a.txt", "a.mkv/", "a.m3u8", "a.sh"].map(|name| {
        (name.to_owned(), if name.contains('/') { "INVALID_NAME" } else { "UNKNOWN_CONTAINER" })
    }));
    for (name, code) in names {
        let answer = place.ask.raw(&local("film.mp4", json!({"file_name_output": name}))).await;
        assert_refused(&answer, (code, 400), &name);
    }
    place.assert_untouched().await;
}

#[tokio::test]
async fn no_identity_is_a_path_or_a_piece_of_sql() {
    let place = Place::start(&[]);
    let hostile = [
        "..",
        "../../private/secret.mp4",
        "a/b",
        "a%2fb",
        "'); DROP TABLE jobs;--",
        "' OR '1'='1",
        "a\0",
        "é",
        "uploads",
        "audit.log",
        &"x".repeat(65),
        &"x".repeat(5000),
        "-1",
        "0x10",
    ];
    for id in hostile {
        for (command, code) in [
            (json!({"GetJobStatus": {"job_id": id}}), "JOB_NOT_FOUND"),
            (json!({"CancelJob": {"job_id": id}}), "JOB_NOT_FOUND"),
            (json!({"DisconnectClient": {"client_id": id}}), "CLIENT_NOT_FOUND"),
            (json!({"ProcessUpload": {"upload_id": id}}), "UPLOAD_NOT_FOUND"),
        ] {
            assert_refused(&place.ask.raw(&command.to_string()).await, (code, 404), id);
        }
    }
    for path in [
        "jobs/..%2f..%2fprivate%2fsecret.mp4",
        "jobs/..%2f..%2fprivate%2fsecret.mp4/result",
        "jobs/uploads/result",
        "jobs/%00/result",
        "jobs/%ff/explain",
        "jobs/../../private/secret.mp4",
        "sources/..%2f..%2fprivate",
        "sources/none",
        "uploads/..%2f..%2faudit.log",
    ] {
        let (status, reply) = place.ask.get(&format!("/api/v1/{path}")).await;
        assert!(
            (400..500).contains(&status) && reply["Error"]["code"].is_string(),
            "{path}: {status} {reply}"
        );
    }
    for body in
        [&b"{\"GetJobStatus\":{\"job_id\":\"\xff\xfe\"}}"[..], b"\"\\ud800\"", b"{\"ListJobs\":null}\0"]
    {
        let http = place.http.post(place.ask.url("/ws/command"));
        let answer =
            http.header("content-type", "application/json").body(body.to_vec()).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{body:?}");
    }
    place.assert_untouched().await;
}
