//! One server and two clients, held for all jobs of a run; each job judged, and the server watched.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::plain::{self, Plain};
use super::{Job, verdict};
use crate::ask::is_final;
use crate::cluster::Cluster;
use crate::{films, judge, memory};

/// None of these films takes a second by itself; but the machine is shared, jobs share the clients, and these prove their encoders at first.
const PATIENCE: Duration = Duration::from_secs(300);
/// Within which two clients have tried all their encoders.
const ALL_TOLD: Duration = Duration::from_secs(60);
/// What a server holds of small films.
const MEMORY_MAX: u64 = 500 << 20;
/// A result may be larger than the plain one by its seams: so many times, and so many bytes.
const LARGER: u64 = 6;
const LARGER_BYTES: u64 = 4 << 20;

/// What became of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Exact {
        pieces: u64,
    },
    /// At the door: its code, and the reason.
    Refused {
        code: String,
        why: String,
    },
    /// Plain ffmpeg does not make it either.
    PlainFails {
        why: String,
    },
    /// It failed after its admission, where plain ffmpeg makes a film: in a way that is known and not mended yet.
    Known {
        why: String,
    },
    /// The plain run takes too long to be waited for.
    TooSlow,
    Find {
        class: &'static str,
        why: String,
    },
}

/// Reasons that a job fails for after its admission and before a frame is encoded, though plain ffmpeg makes a film. Each is a
/// debt: it is counted and printed, and leaves this list when it is mended.
const KNOWN: &[&str] = &[
    // Plain ffmpeg repeats and drops frames of a film of variable rate for MXF and for encoders of constant rate.
    // The rate is known when the frames are listed, which is after the admission.
    "can hold only a constant frame rate",
];

fn failed(why: String) -> Outcome {
    if KNOWN.iter().any(|known| why.contains(known)) { Outcome::Known { why } } else { find("failed", why) }
}

fn find(class: &'static str, why: impl Into<String>) -> Outcome {
    Outcome::Find { class, why: why.into() }
}

/// The cluster and what is counted of it.
#[derive(Debug)]
pub struct Bench {
    cluster: Cluster,
    next: AtomicU64,
}

impl Default for Bench {
    fn default() -> Self {
        Self::new()
    }
}

impl Bench {
    pub fn new() -> Self {
        let flags = ["--retry-delay", "1", "--keep-results-bytes", "1G"];
        let cluster = Cluster::new().clients(2).with(&flags).start();
        Self { cluster, next: AtomicU64::new(0) }
    }

    /// The server, as large as it is now, in bytes.
    pub fn server_bytes(&self) -> u64 {
        memory::now(self.cluster.server.pid())
    }

    pub fn is_alive(&self) -> bool {
        self.server_bytes() > 0
    }

    pub async fn judged(&self, job: &Job) -> Outcome {
        if !self.is_alive() {
            return find("fatal", "the server was gone before it");
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let place = self.cluster.scratch.path().join(format!("job-{number}"));
        std::fs::create_dir_all(&place).expect("a scratch folder");
        let outcome = self.run(job, &place).await;
        let _ = std::fs::remove_dir_all(&place);
        match self.server_bytes() {
            0 => find("fatal", "the server is gone"),
            bytes if bytes > MEMORY_MAX => find("huge", format!("the server holds {} MiB", bytes >> 20)),
            _ => outcome,
        }
    }

    async fn run(&self, job: &Job, place: &Path) -> Outcome {
        let film = film(&job.film);
        let config =
            json!({"ffmpeg_params": job.words(), "file_name_output": format!("result{}", job.suffix)});
        let body = json!({"ProcessLocalFile": {"file_path": &film, "config": config}});
        let Some(reply) = self.cluster.ask.try_command(body).await else {
            return find("fatal", "the server did not answer");
        };
        let Some(id) = reply["JobCreated"]["job_id"].as_str() else { return refused(&reply["Error"]) };
        let (mine, source, to) = (job.clone(), film.clone(), place.join("plain"));
        let plain = tokio::task::spawn_blocking(move || plain::run(&mine, &source, &to));
        let ended = self.ended(id).await;
        let plain = plain.await.expect("a plain run does not panic");
        if let Some(why) = ended.as_ref().filter(|status| is_waiting(status)).map(said) {
            self.cancel(id).await;
            return Outcome::Refused { code: "NO_CLIENT".into(), why };
        }
        let Some(status) = ended else {
            self.cancel(id).await;
            let hung = find("hung", format!("it did not end in {} s", PATIENCE.as_secs()));
            return if matches!(plain, Plain::TooSlow) { Outcome::TooSlow } else { hung };
        };
        self.compared(job, &film, &status, (plain, place)).await
    }

    async fn compared(
        &self,
        job: &Job,
        film: &Path,
        status: &Value,
        (plain, place): (Plain, &Path),
    ) -> Outcome {
        let why = status["error"].as_str().unwrap_or_default().to_owned();
        let plain = match plain {
            Plain::TooSlow => return Outcome::TooSlow,
            Plain::Failed(theirs) if status["status"] == "Completed" => {
                return find("done", format!("plain ffmpeg does not make it: {theirs}"));
            }
            Plain::Failed(_) if why.is_empty() => return find("untold", "it failed without a reason"),
            Plain::Failed(_) => return Outcome::PlainFails { why },
            Plain::Made(_) if status["status"] != "Completed" => return failed(why),
            Plain::Made(path) => path,
        };
        let result = place.join(format!("result{}", job.suffix));
        self.cluster
            .ask
            .fetch(status["output_url"].as_str().expect("a completed job has a result"), &result)
            .await;
        let pieces = status["report"]["pieces"].as_u64().unwrap_or(0);
        let (job, film) = (job.clone(), film.to_owned());
        let judged = tokio::task::spawn_blocking(move || {
            verdict::same(&job, &film, &result, &plain)
                .map_or_else(|why| find("wrong", why), |()| not_huge(&result, &plain, pieces))
        });
        judged.await.unwrap_or_else(|panic| find("unjudged", panic.to_string()))
    }

    /// Its last status; none where it does not end. One for which no client has the encoder is not waited for any longer once all
    /// clients have told what they have.
    async fn ended(&self, job: &str) -> Option<Value> {
        let (deadline, mut told) = (Instant::now() + PATIENCE, Instant::now() + ALL_TOLD);
        while Instant::now() < deadline && self.is_alive() {
            let status = self.cluster.ask.status_if_there(job).await;
            let waits = status.as_ref().is_some_and(is_waiting);
            if !waits {
                told = Instant::now() + ALL_TOLD;
            }
            if let Some(status) = status.filter(|status| is_final(status) || Instant::now() > told) {
                return Some(status);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        None
    }

    async fn cancel(&self, job: &str) {
        let _ = self.cluster.ask.try_command(json!({"CancelJob": {"job_id": job}})).await;
    }

    /// What is left once all is over: programs of ours that nobody minds, and files of jobs that ended.
    pub fn left_behind(&self) -> Vec<String> {
        self.cluster.left_behind()
    }

    /// What the server said last, for finds.
    pub fn said(&self, lines: usize) -> String {
        let all = self.cluster.server.log.lines();
        all[all.len().saturating_sub(lines)..].join("\n")
    }
}

fn is_waiting(status: &Value) -> bool {
    status["status"] == "WaitingForClients"
}

fn said(status: &Value) -> String {
    status["doing"].as_str().unwrap_or_default().to_owned()
}

pub fn film(name: &str) -> PathBuf {
    films::zoo(name)
}

fn refused(error: &Value) -> Outcome {
    let text = |key: &str| error[key].as_str().unwrap_or_default().to_owned();
    let (code, why) = (text("code"), text("message"));
    if code.is_empty() || why.is_empty() || code == "INTERNAL" {
        return find("untold", format!("refused without a reason: {error}"));
    }
    Outcome::Refused { code, why }
}

fn not_huge(result: &Path, plain: &Path, pieces: u64) -> Outcome {
    let bytes = |path: &Path| path.metadata().map_or(0, |about| about.len());
    let (ours, theirs) = (bytes(result), bytes(plain));
    if ours > theirs * LARGER + LARGER_BYTES {
        return find("huge", format!("the result has {ours} bytes, that of plain ffmpeg {theirs}"));
    }
    Outcome::Exact { pieces }
}

/// Makes the films that jobs are made of, so that no job waits for them.
pub fn prepare() -> Vec<&'static str> {
    super::FILMS.iter().copied().filter(|name| judge::without_decoder(&film(name)).is_none()).collect()
}
