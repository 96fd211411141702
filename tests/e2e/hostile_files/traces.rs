//! What is left on the disk and in the logs: nobody else may read it, and nobody can write it for us.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use ffmpeg_cluster_common::text::safe::is_treacherous;
use harness::cluster::{Cluster, Scratch};
use harness::films::film;
use serde_json::{Value, json};

fn all_below(folder: &Path) -> Vec<PathBuf> {
    let mut all = vec![folder.to_owned()];
    for entry in std::fs::read_dir(folder).unwrap().filter_map(Result::ok) {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => all.extend(all_below(&entry.path())),
            Ok(_) | Err(_) => all.push(entry.path()),
        }
    }
    all
}

#[tokio::test]
async fn films_databases_and_logs_are_nobody_elses() {
    let scratch = Scratch::new();
    // As an older version, or a careless hand, left it.
    let database = scratch.path().join("server/db");
    std::fs::create_dir_all(&database).unwrap();
    std::fs::set_permissions(&database, std::fs::Permissions::from_mode(0o777)).unwrap();
    std::fs::write(database.join("server.db"), "").unwrap();
    std::fs::set_permissions(database.join("server.db"), std::fs::Permissions::from_mode(0o666)).unwrap();
    let cluster = Cluster::new().clients(1).start_in(scratch);
    let job = cluster.ask.submit(&film("half-second.mp4"), Value::Null).await;
    cluster.ask.completed(&job).await;
    let folders = ["server/db", "server/server", "client0/db", "client0/client"];
    let all: Vec<PathBuf> =
        folders.iter().flat_map(|folder| all_below(&cluster.scratch.path().join(folder))).collect();
    assert!(all.iter().any(|path| path.ends_with("result.mkv")), "{all:?}");
    let open = all
        .iter()
        .filter(|path| std::fs::metadata(path).is_ok_and(|about| about.permissions().mode() & 0o077 != 0));
    assert_eq!(open.collect::<Vec<_>>(), Vec::<&PathBuf>::new());
}

#[tokio::test]
async fn names_of_strangers_stay_inside_their_line() {
    let evil = "a\u{1b}[2J\u{202e}\u{2028}2026-01-01T00:00:00Z  INFO admin";
    let mut cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    cluster.add_client_with(&["--name", evil]);
    let source = cluster.scratch.path().join(format!("{evil}.mp4"));
    std::fs::copy(film("half-second.mp4"), &source).unwrap();
    let titled =
        |title: &str| json!({"ffmpeg_params": ["-c:v", "ffv1", "-metadata", format!("title={title}")]});
    let job = cluster.ask.submit(&source, titled("x\n2026-01-01T00:00:00Z  INFO admin")).await;
    cluster.ask.completed(&job).await;
    let broken = cluster.ask.command(json!({"CancelJob": {"job_id": format!("{evil}\n{evil}")}})).await;
    assert_eq!(broken["Error"]["code"], "JOB_NOT_FOUND");
    let path = cluster.work().join("server/audit.log");
    cluster.server.signal(rustix::process::Signal::TERM);
    assert!(cluster.server.end().success());
    let log = cluster.server.text_at_end();
    assert!(log.contains("job accepted"), "{log}");
    for (line, text) in log.lines().map(|line| (line, line)) {
        assert!(!text.chars().any(is_treacherous), "{line:?}");
        assert!(!line.starts_with("2026-01-01"), "{line:?}");
    }
    let audit = std::fs::read_to_string(path).unwrap();
    assert!(audit.chars().all(|c| c == '\n' || !is_treacherous(c)), "{audit:?}");
    let lines: Vec<Value> = audit.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<_> = lines.iter().map(|line| (line["did"].as_str(), line["outcome"].as_str())).collect();
    assert_eq!(told, [(Some("submit_job"), Some("ok")), (Some("cancel_job"), Some("JOB_NOT_FOUND"))]);
    assert_eq!((&lines[0]["who"], &lines[0]["from"]), (&json!("local"), &json!("127.0.0.1")));
    assert!(lines[0]["about"].as_str().unwrap().starts_with(&job), "{}", lines[0]);
}
