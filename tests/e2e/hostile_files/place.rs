//! A server whose media folder lies beside something private.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use harness::ask::Server;
use harness::canary::Canary;
use harness::cluster::{Running, Scratch};
use harness::films::film;
use serde_json::{Value, json};

pub struct Place {
    pub server: Running,
    pub ask: Server,
    pub canary: Canary,
    pub http: reqwest::Client,
    pub scratch: Scratch,
}

impl Place {
    pub fn start(more: &[&str]) -> Self {
        let scratch = Scratch::new();
        let top = scratch.path();
        for folder in ["media/deep", "private", "media-not"] {
            std::fs::create_dir_all(top.join(folder)).unwrap();
        }
        for path in ["media/film.mp4", "media/deep/film.mp4", "private/secret.mp4", "media-not/film.mp4"] {
            std::fs::copy(film("half-second.mp4"), top.join(path)).unwrap();
        }
        let canary = Canary::watch(&top.join("private/secret.mp4"));
        let server = serve(top, 0, more);
        let ask = Server::new(server.port());
        let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
        Self { server, ask, canary, http, scratch }
    }

    pub fn restart(&mut self, more: &[&str]) {
        self.server.kill();
        self.server = serve(self.scratch.path(), self.ask.port(), more);
        self.server.port();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    pub fn link(&self, to: &str, at: &str) {
        symlink(to, self.path(at)).unwrap();
    }

    /// What the server keeps: names of its folders, uploads and jobs.
    pub async fn left(&self) -> (Vec<String>, Value) {
        let mut names = Vec::new();
        for folder in ["work/server", "work/server/uploads"] {
            let entries = std::fs::read_dir(self.path(folder)).unwrap();
            names.extend(entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()));
        }
        names.retain(|name| name != "uploads" && name != "audit.log");
        (names, self.ask.command(json!("ListJobs")).await["JobsList"].clone())
    }

    pub async fn assert_untouched(&self) {
        let (names, jobs) = self.left().await;
        assert!(names.is_empty(), "something was left behind: {names:?}");
        assert_eq!(jobs, json!([]), "a refused request left a job");
        assert!(!self.canary.was_opened(), "the canary was read");
    }
}

fn serve(top: &Path, port: u16, more: &[&str]) -> Running {
    let port = port.to_string();
    let usual = ["--port", &port, "--work-dir", "work", "--media-root", "media", "--required-clients", "1"];
    let coding = ["--ffmpeg-params", "-c:v ffv1", "--file-name-output", "result.mkv"];
    let arguments: Vec<String> =
        usual.iter().chain(&coding).chain(more).map(|flag| (*flag).to_owned()).collect();
    Running::start("ffmpeg-cluster-server", &arguments, top)
}

pub fn local(path: &str, config: Value) -> String {
    json!({"ProcessLocalFile": {"file_path": path, "config": config}}).to_string()
}

/// Code and status, and a sentence that nothing in it can steer a terminal with.
pub fn assert_refused((status, reply): &(u16, Value), wanted: (&str, u16), what: &str) {
    assert_eq!(reply["Error"]["code"], wanted.0, "{what:?}: {reply}");
    assert_eq!(*status, wanted.1, "{what:?}: {reply}");
    let message = reply["Error"]["message"].as_str().unwrap_or_default();
    assert!(message.len() > 10 && message.len() < 1000, "{what:?}: {reply}");
    assert!(!message.chars().any(ffmpeg_cluster_common::text::safe::is_treacherous), "{what:?}: {message:?}");
}
