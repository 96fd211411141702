//! Every address has its role, its memory and its line in docs/protocol.md.

use ffmpeg_cluster_common::limits::{CHUNK_BYTES_MAX, COMMAND_BYTES_MAX};
use warp::http::{HeaderMap, Method};

use super::*;
use crate::http::call::Caller;
use crate::http::cookie::Cookie;

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
        format!("| `{} {}` | {who} | {} |\n", route.method, route.path, route.about)
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
