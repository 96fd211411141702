//! Every address has its role, its memory and its line in docs/protocol.md.

use ffmpeg_cluster_common::limits::{CHUNK_BYTES_MAX, COMMAND_BYTES_MAX};
use serde_json::Value;
use warp::http::{HeaderMap, Method};

use std::sync::LazyLock;

use super::*;
use crate::access::{Principal, Who};
use crate::http::call::Caller;
use crate::http::cookie::Cookie;

impl Takes {
    fn is_body(self) -> bool {
        matches!(self, Self::Whole(_) | Self::Stream)
    }
}

fn who(path: &str) -> String {
    match Found::of(&Method::GET, path).who() {
        Asker::Anybody => "anybody".to_owned(),
        Asker::Known => "known".to_owned(),
        Asker::Only(role) => role.as_str().to_owned(),
    }
}

#[test]
fn every_path_has_its_role() {
    let all = ["/ws", "/ws/command", "/api/v1/sources/x", "/api/v1/pieces/1-1", "/api/v1/uploads"];
    assert_eq!(all.map(who), ["worker", "submitter", "worker", "worker", "submitter"]);
    let all = ["/api/v1/jobs/x/result", "/api/v1/refusals", "/api/v1/releases", "/api/v1/releases/x.zip"];
    assert_eq!(all.map(who), ["submitter", "admin", "submitter", "worker"]);
    assert_eq!(["/healthz", "/healthz/"].map(who), ["anybody", "anybody"]);
}

/// What a viewer's token opens, and nothing else. A new address is for viewers only if it stands here.
#[test]
fn a_viewer_reads_what_is_listed_here_and_may_do_nothing() {
    const SEEN: [&str; 12] = [
        // For another browser of its own.
        "POST /api/v1/session/link",
        "GET /api/v1/events",
        "GET /api/v1/system",
        "GET /api/v1/stats",
        "GET /metrics",
        "GET /api/v1/jobs",
        "GET /api/v1/jobs/{job}",
        "GET /api/v1/jobs/{job}/explain",
        "GET /api/v1/jobs/{job}/timeline",
        "GET /api/v1/jobs/{job}/trace",
        "GET /api/v1/clients",
        "GET /api/v1/clients/{client}",
    ];
    let who = Who::Token { id: "a1".into(), role: Role::Viewer };
    let viewer = Principal { who, from: std::net::Ipv4Addr::LOCALHOST.into() };
    let may = |row: &&Route| matches!(row.who, Asker::Only(role) if viewer.may(role));
    let opened: Vec<String> =
        ROUTES.iter().filter(may).map(|row| format!("{} {}", row.method, row.path)).collect();
    assert_eq!(opened, SEEN);
}

#[test]
fn an_address_that_is_not_there_is_nobodys() {
    for path in [
        "/nowhere",
        "//",
        "/ui/x",
        "/ui//x",
        "/api/v1/jobs//result",
        "/api/v1/sources/",
        "/api/v1/jobs/x/y",
        "//healthz",
    ] {
        assert!(matches!(Found::of(&Method::GET, path), Found::Nowhere), "{path}");
        assert_eq!(who(path), "known", "{path}");
    }
}

#[test]
fn the_name_is_the_part_that_varies() {
    let Found::Row { route, name } = Found::of(&Method::GET, "/api/v1/jobs/abc/explain") else { panic!() };
    assert_eq!((route.path, name.as_str()), ("/api/v1/jobs/{job}/explain", "abc"));
    let Found::Row { name, .. } = Found::of(&Method::GET, "/ui/0011/app.js") else { panic!() };
    assert_eq!(name, "0011/app.js");
}

#[test]
fn another_method_is_told_which_there_are() {
    let Found::OtherMethods { allowed, .. } = Found::of(&Method::DELETE, "/api/v1/pieces/1-1") else {
        panic!()
    };
    assert_eq!(allowed, "HEAD, PATCH");
    let Found::OtherMethods { allowed, .. } = Found::of(&Method::PUT, "/ws/command") else { panic!() };
    assert_eq!(allowed, "GET, HEAD, POST");
    let Found::Row { route, .. } = Found::of(&Method::HEAD, "/api/v1/jobs/x/result") else { panic!() };
    assert_eq!(route.method, Method::GET, "HEAD is GET without the body");
}

fn caller() -> Caller {
    Caller { from: std::net::Ipv4Addr::LOCALHOST.into(), cookie: Cookie::new("00", false) }
}

#[test]
fn only_what_is_held_in_memory_counts() {
    let held = |method: Method, path: &str, all: &[(&'static str, &str)]| {
        let mut headers = HeaderMap::new();
        for (name, value) in all {
            headers.append(*name, value.parse().unwrap());
        }
        Routed { found: Found::of(&method, path), principal: None, caller: caller() }
            .held_bytes(&headers, 1 << 20)
    };
    let (piece, upload) = ("/api/v1/pieces/1-1", "/api/v1/uploads/x");
    assert_eq!(held(Method::GET, "/api/v1/sources/x", &[]), 1 << 20);
    assert_eq!(held(Method::PATCH, piece, &[("content-length", "4096")]), 4096);
    assert_eq!(held(Method::PATCH, piece, &[("content-length", "99999999999999")]), CHUNK_BYTES_MAX);
    assert_eq!(held(Method::POST, "/ws/command", &[("content-length", "99999999999999")]), COMMAND_BYTES_MAX);
    let checked = [("upload-checksum", "sha256 x"), ("transfer-encoding", "chunked")];
    assert_eq!(held(Method::PATCH, upload, &checked), CHUNK_BYTES_MAX);
    assert_eq!(held(Method::PATCH, upload, &[("content-length", "20000000000")]), 0, "to the disk");
    assert_eq!(held(Method::GET, "/nowhere", &[("content-length", "20000000000")]), 0);
}

/// docs/openapi.json is what the server answers; `WRITE_DOCS=1` writes it again.
#[test]
fn the_documentation_has_the_interface() {
    const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");
    let wanted = format!("{:#}\n", openapi::document(&ROUTES));
    if std::env::var_os("WRITE_DOCS").is_some() {
        return std::fs::write(PATH, &wanted).unwrap();
    }
    let is_same = std::fs::read_to_string(PATH).unwrap() == wanted;
    assert!(is_same, "WRITE_DOCS=1 cargo test -p ffmpeg-cluster-server the_documentation writes it");
}

#[test]
fn every_row_says_what_it_answers_and_asks() {
    let document = openapi::document(&ROUTES);
    for row in ROUTES.iter().filter(|row| openapi::is_told(row)) {
        let (path, method) = (row.path, row.method.as_str().to_lowercase());
        let told = &document["paths"][path][&method];
        let responses =
            told["responses"].as_object().unwrap_or_else(|| panic!("{method} {path} is not there"));
        assert!(responses.keys().any(|status| status.starts_with('2')), "{method} {path} never goes well");
        assert_eq!(told.get("requestBody").is_some(), row.takes.is_body(), "{method} {path}");
    }
    let known = document["components"]["schemas"].as_object().unwrap();
    let text = document.to_string();
    for name in text.split("#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(known.contains_key(name), "there is no schema {name}");
    }
}

/// docs/protocol.md has a line for each row; `WRITE_DOCS=1` writes them again.
#[test]
fn the_documentation_has_every_address() {
    const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/protocol.md");
    const BEGIN: &str = "<!-- The addresses below are printed from the code by a test. -->\n";
    const END: &str = "<!-- They end here. -->\n";
    let line = |route: &Route| {
        let who = match route.who {
            Asker::Anybody => "anybody",
            Asker::Known => "whoever is known",
            Asker::Only(role) => role.as_str(),
        };
        format!("| `{} {}` | {who} | {} |\n", route.method, route.path, route.told.about)
    };
    let table: String = ROUTES.iter().map(line).collect();
    let table = format!("{BEGIN}| address | for | what |\n|---|---|---|\n{table}{END}");
    let text = std::fs::read_to_string(PATH).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect("the place where the table begins");
    let (_, after) = rest.split_once(END).expect("the place where it ends");
    let wanted = format!("{before}{table}{after}");
    if std::env::var_os("WRITE_DOCS").is_some() {
        return std::fs::write(PATH, &wanted).unwrap();
    }
    assert_eq!(text, wanted, "WRITE_DOCS=1 cargo test -p ffmpeg-cluster-server the_documentation writes it");
}

/// Fails where an answer is not what the document says of its address.
pub(in crate::http) fn check_answer(line: &str, status: u16, kind: Option<&str>, body: &Value) {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| openapi::document(&ROUTES));
    let (method, target) = line.split_once(' ').unwrap();
    let path = target.split('?').next().unwrap();
    let Found::Row { route, .. } = Found::of(&method.parse().unwrap(), path) else { return };
    let told = &DOCUMENT["paths"][route.path][method.to_lowercase()]["responses"];
    if !openapi::is_told(route) || method == "HEAD" {
        return;
    }
    let exact = told.get(status.to_string()).or_else(|| told.get(format!("{}XX", status / 100)));
    let mut answer = exact.unwrap_or_else(|| panic!("{line}: {status} is not in the document"));
    if let Some(place) = answer["$ref"].as_str() {
        answer = DOCUMENT.pointer(place.trim_start_matches('#')).unwrap();
    }
    let Some(content) = answer.get("content") else { return assert_eq!(body, &Value::Null, "{line}") };
    let schema = content.get(kind.unwrap_or_default());
    let schema = schema.unwrap_or_else(|| panic!("{line}: {status} is a {kind:?}, not {content}"));
    if let Err(why) = fits(&DOCUMENT, &schema["schema"], body) {
        panic!("{line}: {status}: {why}: {body}");
    }
}

/// As much of JSON Schema as our types need. Stricter in one thing: an object has no property that its schema does not name.
fn fits(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    if schema == &Value::Bool(true) {
        return Ok(());
    }
    if let Some(place) = schema["$ref"].as_str() {
        return fits(document, document.pointer(place.trim_start_matches('#')).ok_or(place)?, value);
    }
    let one_of = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array());
    if let Some(all) = one_of {
        let any = all.iter().any(|one| fits(document, one, value).is_ok());
        return if any { Ok(()) } else { Err(format!("{value} fits none of {schema}")) };
    }
    let is = |kind: &Value| match kind.as_str() {
        Some("integer") => value.is_u64() || value.is_i64(),
        Some("number") => value.is_number(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => value.is_null(),
    };
    let kind = &schema["type"];
    if !kind.is_null() && !kind.as_array().map_or_else(|| is(kind), |kinds| kinds.iter().any(is)) {
        return Err(format!("{value} is no {kind}"));
    }
    let is_known = |words: &Value| words.as_array().is_none_or(|words| words.contains(value));
    if !is_known(&schema["enum"]) || schema.get("const").is_some_and(|only| only != value) {
        return Err(format!("{value} is not in {schema}"));
    }
    for item in value.as_array().into_iter().flatten() {
        fits(document, &schema["items"], item)?;
    }
    let Some(object) = value.as_object() else { return Ok(()) };
    for (key, inner) in object {
        let rest = schema.get("additionalProperties").filter(|rest| rest.as_bool() != Some(false));
        let schema =
            schema["properties"].get(key).or(rest).ok_or_else(|| format!("{key} is not in {schema}"))?;
        fits(document, schema, inner).map_err(|why| format!("{key}: {why}"))?;
    }
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut missing = required.filter(|key| !object.contains_key(*key));
    missing.next().map_or(Ok(()), |key| Err(format!("{key} is missing")))
}
