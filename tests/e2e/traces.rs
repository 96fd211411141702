//! `--trace`: what a reader of the files finds.

use std::path::Path;

use harness::cluster::{Cluster, Running, Scratch};
use harness::films::film;
use rustix::process::Signal;
use serde_json::Value;

/// As Perfetto reads the file of a program that was killed: an array that nobody ended.
fn line_by_line(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("["));
    let event = |line: &str| serde_json::from_str(line.trim_end_matches(',')).expect("a line is an event");
    lines.filter(|line| *line != "]").map(event).collect()
}

/// Spans of this kind and name, all of which are of the job.
fn spans<'a>(events: &'a [Value], kind: &str, name: &str, job: &str) -> Vec<&'a Value> {
    let wanted = |event: &&Value| event["cat"] == kind && event["name"] == name;
    let found: Vec<&Value> = events.iter().filter(wanted).collect();
    assert!(!found.is_empty(), "no {kind} {name} in {events:#?}");
    for span in &found {
        assert_eq!((&span["ph"], &span["args"]["job"]), (&"X".into(), &job.into()), "{span}");
    }
    found
}

fn cpu(span: &Value) -> f64 {
    span["args"]["cpu_s"].as_f64().unwrap_or_else(|| panic!("no processor time in {span}"))
}

#[tokio::test]
async fn both_programs_tell_what_a_job_cost_also_when_one_is_killed() {
    let setup = Cluster::new().encode("-c:v libx264 -preset veryfast", ".mp4");
    let mut cluster = setup.with(&["--required-clients", "1", "--trace", "server.json"]).start();
    cluster.add_client_with(&["--trace", "client.json"]);
    let job = cluster.ask.submit(&film("medium.mp4"), Value::Null).await;
    cluster.ask.completed(&job).await;
    cluster.clients[0].kill();
    cluster.server.signal(Signal::TERM);
    assert!(cluster.server.end().success());

    let client = line_by_line(&cluster.scratch.path().join("client.json"));
    let encodes = spans(&client, "program", "encode", &job);
    for encode in &encodes {
        assert!(cpu(encode) > 0.0 && encode["dur"].as_u64() > Some(0), "{encode}");
        assert_eq!(encode["args"]["worker"], "processors");
        for told in ["lease", "segment", "client"] {
            assert!(encode["args"][told].is_string(), "no {told} in {encode}");
        }
    }
    for (kind, name) in [("work", "check"), ("work", "fetch"), ("work", "send"), ("work", "benchmark")] {
        spans(&client, kind, name, &job);
    }
    let is_probe = |event: &Value| event["cat"] == "program" && event["name"] == "check";
    assert!(!client.iter().any(is_probe), "a client reads its pieces without a program: {client:?}");
    assert!(client.iter().any(|event| event["name"] == "idle" && event["args"]["worker"] == "processors"));

    #[cfg(unix)]
    for name in ["server.json", "client.json"] {
        use std::os::unix::fs::PermissionsExt;
        let about = std::fs::metadata(cluster.scratch.path().join(name)).unwrap();
        assert_eq!(about.permissions().mode() & 0o777, 0o600, "{name} names films");
    }

    let text = std::fs::read(cluster.scratch.path().join("server.json")).unwrap();
    let server: Vec<Value> = serde_json::from_slice(&text).expect("a program that ended well ends the array");
    for name in ["dry run", "index", "check", "join", "proof"] {
        assert!(spans(&server, "program", name, &job).into_iter().map(cpu).sum::<f64>() > 0.0, "{name}");
    }
    let of_job = spans(&server, "work", "job", &job);
    assert_eq!((of_job.len(), &of_job[0]["args"]["state"]), (1, &"Completed".into()));
    let lease = &encodes[0]["args"]["lease"];
    let checks = spans(&server, "work", "check", &job);
    assert!(checks.iter().any(|check| check["args"]["lease"] == *lease), "no check of {lease}: {checks:?}");
    for events in [&client, &server] {
        let zero = events.iter().find(|event| event["name"] == "wall_time_of_zero").unwrap();
        assert!(zero["args"]["unix_us"].as_u64() > Some(1_600_000_000_000_000), "{zero}");
    }
}

#[test]
fn a_file_that_cannot_be_written_is_refused_at_the_start() {
    let scratch = Scratch::new();
    for (program, port) in [("server", ["--port", "0"]), ("client", ["--server-port", "1"])] {
        let arguments = [&port[..], &["--work-dir", program, "--trace", "none/trace.json"]].concat();
        let arguments: Vec<String> = arguments.into_iter().map(str::to_owned).collect();
        let program = format!("ffmpeg-cluster-{program}");
        let mut running = Running::start(&program, &arguments, scratch.path());
        let ended = running.end();
        let said = running.text_at_end();
        assert_eq!(ended.code(), Some(1), "{program}: {said}");
        assert!(said.contains("--trace none/trace.json: there is no folder none"), "{program}: {said}");
    }
}

#[tokio::test]
async fn seams_are_decoded_while_other_pieces_are_being_made() {
    let setup = Cluster::new().clients(2).encode("-c:v libx264 -preset veryfast", ".mp4");
    let mut cluster = setup.with(&["--required-clients", "2", "--trace", "server.json"]).start();
    let job = cluster.ask.submit(&film("medium.mp4"), Value::Null).await;
    let report = cluster.ask.completed(&job).await["report"].clone();
    cluster.server.signal(Signal::TERM);
    assert!(cluster.server.end().success());
    let events = line_by_line(&cluster.scratch.path().join("server.json"));
    let begun = |span: &Value| span["ts"].as_f64().unwrap();
    let join = begun(spans(&events, "work", "join", &job)[0]);
    let seams = spans(&events, "program", "seam proof", &job);
    assert!(seams.iter().any(|seam| begun(seam) < join), "none before the join: {seams:?}");
    assert!(seams.iter().any(|seam| begun(seam) > join), "none of the result: {seams:?}");
    let decoded = report["seams_decoded"].as_u64().unwrap();
    let (all, ahead) = (seams.len() as u64, seams.iter().filter(|seam| begun(seam) < join).count());
    assert!(decoded > 0 && all <= decoded + 2, "{all} decodes, {ahead} of them ahead, of {decoded} seams");
}
