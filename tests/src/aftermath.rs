//! What an attack leaves behind: afterwards memory, processes and files are back where they were.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::ask::is_final;
use crate::cluster::{Cluster, Running};
use crate::log::PATIENCE;
use crate::poll::{OFTEN, comes};
use crate::{memory, processes};

/// A server may stay so much larger than it began: what an allocator does not give back, and what it knows of its jobs' films.
pub const GROWN_MAX: u64 = 48 << 20;

/// Programs that were started in a folder, and what there should be of them when nobody wants anything any more.
struct Scene<'a> {
    folder: &'a Path,
    server: &'a Running,
    clients: &'a [Running],
    /// The folder of the server's things.
    work: PathBuf,
}

impl Cluster {
    /// Ends what has not ended. Then nothing runs but server and clients, nothing lies about of any job but its result, and the
    /// server is about as large as when it began.
    pub async fn leaves_nothing(&self) {
        let jobs = self.ask.command(json!("ListJobs")).await["JobsList"].clone();
        for job in jobs.as_array().into_iter().flatten().filter(|job| !is_final(job)) {
            self.ask.command(json!({"CancelJob": {"job_id": job["job_id"]}})).await;
        }
        self.scene().assert_clean(self.began);
    }

    /// What is left of jobs that all have ended. They are cleaned up after people heard of the end.
    pub fn left_behind(&self) -> Vec<String> {
        at_last(|| self.scene().left())
    }

    fn scene(&self) -> Scene<'_> {
        let (server, clients) = (&self.server, &self.clients);
        Scene { folder: self.scratch.path(), server, clients, work: self.work() }
    }
}

/// The same for a server without a cluster, which holds no job; `began` is how large it was.
pub fn assert_nothing_left(folder: &Path, server: &Running, work: &str, began: u64) {
    Scene { folder, server, clients: &[], work: folder.join(work) }.assert_clean(began);
}

impl Scene<'_> {
    #[allow(clippy::print_stdout, reason = "a figure for people")]
    fn assert_clean(&self, began: u64) {
        let left = at_last(|| self.left().into_iter().chain(self.grown(began)).collect());
        assert_eq!(left, Vec::<String>::new(), "the server said:\n{}", self.server.log.text());
        let now = memory::now(self.server.pid());
        println!("MEASURED the server began with {} KiB and holds {} KiB", began >> 10, now >> 10);
    }

    fn left(&self) -> Vec<String> {
        let mut left = self.running();
        left.extend(of_jobs(&self.work.join("server")));
        left.extend((0..self.clients.len()).flat_map(|n| of_client(&self.folder.join(format!("client{n}")))));
        left
    }

    fn grown(&self, began: u64) -> Option<String> {
        let now = memory::now(self.server.pid());
        let told = || format!("the server holds {} MiB and began with {}", now >> 20, began >> 20);
        (now > began + GROWN_MAX).then(told)
    }

    fn running(&self) -> Vec<String> {
        let ours = |pid: u32| pid == self.server.pid() || self.clients.iter().any(|one| one.pid() == pid);
        let others = processes::running_in(self.folder).into_iter().filter(|one| !ours(one.pid));
        others.map(|one| format!("it still runs: {}", one.command)).collect()
    }
}

/// What there is, once there is nothing or after some patience.
fn at_last(look: impl Fn() -> Vec<String>) -> Vec<String> {
    let mut left = Vec::new();
    comes(OFTEN, PATIENCE, || {
        left = look();
        left.is_empty()
    });
    left
}

/// Of a job that ended its result stays, and nothing else. An upload waits for its owner.
fn of_jobs(folder: &Path) -> Vec<String> {
    let jobs =
        entries(folder).into_iter().filter(|path| !named(path, "uploads") && !named(path, "audit.log"));
    let left = jobs.flat_map(|job| if job.is_dir() { entries(&job) } else { vec![job] });
    const OURS: [&str; 5] = ["json", "blocks", "index", "packets", "new"];
    let is_result = |path: &PathBuf| {
        let suffix = path.extension().unwrap_or_default();
        path.is_file() && !is_hidden(path) && OURS.iter().all(|ours| suffix != *ours)
    };
    told(left.filter(|path| !is_result(path)))
}

/// Of a client its cache stays, which is bounded.
fn of_client(folder: &Path) -> Vec<String> {
    let mine = entries(&folder.join("client")).into_iter().flat_map(|identity| entries(&identity));
    let is_work =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("segment_"));
    let (segments, others): (Vec<_>, Vec<_>) = mine.partition(is_work);
    let measured = others.into_iter().filter(|path| named(path, "benchmark")).flat_map(|path| entries(&path));
    // Where devices are tried a folder is made in advance.
    let trials = measured.filter(|path| !named(path, "devices") || !entries(path).is_empty());
    told(segments.into_iter().chain(trials))
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

fn named(path: &Path, name: &str) -> bool {
    path.file_name().is_some_and(|known| known == name)
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let all = std::fs::read_dir(folder).into_iter().flatten().flatten();
    all.map(|entry| entry.path()).collect()
}

fn told(paths: impl Iterator<Item = PathBuf>) -> Vec<String> {
    paths.map(|path| format!("it still lies there: {}", path.display())).collect()
}
