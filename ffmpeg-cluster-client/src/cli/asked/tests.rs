//! What people type, and what comes of it.

use std::ffi::OsString;

use ffmpeg_cluster_common::access::secret::Secret;
use ffmpeg_cluster_common::protocol::command::Params;

use super::*;
use crate::encode::settings::HwAccel;
use crate::server::address::Server;

fn told(line: &str) -> Asked {
    given(line).check().unwrap_or_else(|problems| panic!("{line:?}: {problems:?}"))
}

fn given(line: &str) -> Given {
    let words = std::iter::once("client").chain(line.split_whitespace()).map(OsString::from);
    Given::read(words).unwrap_or_else(|problem| panic!("{line:?}: {problem}"))
}

#[test]
fn no_arguments_mean_a_server_on_this_machine() {
    let Asked { server: asked, settings, action, .. } = told("");
    assert!(asked.ip.is_none() && asked.port.is_none() && asked.from.is_none(), "{asked:?}");
    assert_eq!((settings.benchmark_secs, settings.reconnect_delay), (10, Millis::secs(3)));
    assert!(settings.persistent && settings.hw_accel == HwAccel::Auto);
    assert_eq!(settings.work_dir, PathBuf::from("work"));
    assert!(matches!(action, Action::Encode));
}

#[test]
fn every_form_of_a_truth() {
    let forms = [
        ("", true),
        ("--persistent", true),
        ("--persistent true", true),
        ("--persistent=true", true),
        ("--persistent false", false),
        ("--persistent=false", false),
        ("--persistent --server-port 6", true),
        ("--persistent false --server-port 6", false),
    ];
    for (line, wanted) in forms {
        assert_eq!(told(line).settings.persistent, wanted, "{line:?}");
    }
    for (line, wanted) in [("", false), ("--drain", true), ("--drain true", true), ("--drain=false", false)] {
        assert_eq!(told(line).settings.drain, wanted, "{line:?}");
    }
    let mistakes = given("--persistent=maybe --drain=7").check().unwrap_err();
    assert_eq!(mistakes, ["--persistent maybe: expected true or false", "--drain 7: expected true or false"]);
    let words = ["client", "--persistent", "maybe"].map(OsString::from);
    assert!(Given::read(words).is_err(), "a word that is no verb");
}

#[test]
fn a_lone_truth_does_not_swallow_a_verb() {
    let told = told("--persistent jobs");
    assert!(matches!(told.action, Action::Verb { json: false, .. }));
}

#[test]
fn servers_by_name_and_address() {
    for (ip, shown) in [
        ("farm.example", "farm.example:7000"),
        ("192.0.2.7", "192.0.2.7:7000"),
        ("::1", "[::1]:7000"),
        ("[2001:db8::1]", "[2001:db8::1]:7000"),
    ] {
        let asked = told(&format!("--server-ip {ip} --server-port 7000")).server;
        let server = Server::plain(&asked.ip.unwrap(), asked.port.unwrap());
        assert_eq!(server.to_string(), shown);
        assert_eq!(server.url("/healthz"), format!("http://{shown}/healthz"));
        assert_eq!(server.socket_url("/ws"), format!("ws://{shown}/ws"));
    }
}

#[test]
fn all_mistakes_are_named_at_once() {
    let line =
        "--server-ip http://x --server-port 0 --benchmark-duration ten --reconnect-delay -1 --output o.mp4";
    let line = line.replace("--reconnect-delay -1", "--reconnect-delay=-1");
    let problems = given(&line).check().unwrap_err().join("\n");
    for flag in ["--server-ip", "--server-port", "--benchmark-duration", "--reconnect-delay", "--output"] {
        assert!(problems.contains(flag), "{flag} is missing in {problems}");
    }
}

#[test]
fn what_a_verb_is_told_is_judged_before_anything_is_asked() {
    let words = ["submit film.mkv --required-clients many", "submit film.mkv --required-clients 0", "--json"];
    for line in words {
        assert!(given(line).check().is_err(), "{line}");
    }
    assert!(matches!(told("jobs --json").action, Action::Verb { json: true, .. }));
}

#[test]
fn an_upload_takes_the_words_of_its_job() {
    let words = [
        "client",
        "--upload-file",
        "film.mkv",
        "--participate",
        "--ffmpeg-params",
        "-c:v libx265 -crf 20",
        "--required-clients",
        "1",
        "--exactly",
        "false",
        "--file-name-output",
        "x.mkv",
        "--output",
        "/tmp/x",
    ];
    let told = Given::read(words.map(OsString::from)).unwrap().check().unwrap();
    let Action::Upload { wanted: upload, participate } = told.action else { panic!("no upload") };
    assert_eq!(
        (upload.files, upload.output, participate),
        (vec!["film.mkv".into()], Some("/tmp/x".into()), true)
    );
    let wanted = JobConfig {
        ffmpeg_params: Some(Params::Line("-c:v libx265 -crf 20".into())),
        required_clients: Some(1),
        exactly: Some(false),
        file_name_output: Some("x.mkv".into()),
        verify: None,
        damage: None,
        times: None,
        hw: None,
        priority: None,
        source: None,
        framerate: None,
        products: None,
    };
    assert_eq!((upload.config, upload.json), (wanted, false));
}

#[test]
fn a_join_string_comes_by_any_way_but_the_argument_list() {
    assert!(matches!(told("--join -").server.from, Some(JoinFrom::Input)));
    assert!(matches!(told("jobs --join /run/secrets/join").server.from, Some(JoinFrom::File(_))));
    let secret = format!("fc1.worker.5001.0a-{}", "f".repeat(64));
    let problems = given(&format!("--join {secret}")).check().unwrap_err().join("\n");
    assert!(problems.contains("echo JOIN_STRING |") && !problems.contains("ffff"), "{problems}");
    let mut given = given("jobs");
    given.join = Some(Secret::new(secret));
    assert!(!format!("{given:?}").contains("ffff"));
    assert!(matches!(given.check().unwrap().server.from, Some(JoinFrom::Given(_))));
}
