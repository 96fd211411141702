//! A person who types the client's verbs, in a folder of their own within a cluster's.

use std::path::{Path, PathBuf};

use crate::cluster::{Cluster, Running};

#[derive(Debug, Clone)]
pub struct Person {
    folder: PathBuf,
    name: String,
    port: u16,
}

impl Person {
    pub fn of(cluster: &Cluster) -> Self {
        let folder = cluster.scratch.path().to_owned();
        Self { folder, name: "person".into(), port: cluster.ask.port() }
    }

    /// One of several.
    pub fn named(self, name: &str) -> Self {
        Self { name: name.into(), ..self }
    }

    /// By another port than the server's own, such as a proxy's.
    pub fn via(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// The client with these words, on its way.
    pub fn types(&self, words: &str) -> Running {
        self.started(words.split_whitespace().map(str::to_owned))
    }

    /// Its whole output once it ended, and whether well.
    pub fn said(&self, words: &str) -> (bool, String) {
        let mut running = self.types(words);
        let ended = running.end();
        (ended.success(), running.text_at_end())
    }

    /// Uploads a film and follows its job.
    pub fn submit(&self, film: &Path) -> Running {
        self.submit_with(film, "")
    }

    pub fn submit_with(&self, film: &Path, words: &str) -> Running {
        let upload = ["--upload-file".to_owned(), film.display().to_string()];
        self.started(upload.into_iter().chain(words.split_whitespace().map(str::to_owned)))
    }

    fn started(&self, words: impl Iterator<Item = String>) -> Running {
        let port = self.port.to_string();
        let ours = ["--server-ip", "127.0.0.1", "--server-port", &port, "--work-dir", &self.name];
        let all: Vec<String> = ours.map(str::to_owned).into_iter().chain(words).collect();
        Running::start("ffmpeg-cluster-client", &all, &self.folder)
    }
}
