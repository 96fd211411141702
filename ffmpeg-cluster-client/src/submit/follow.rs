//! Follows a job to its end, through restarts of the server.

use anyhow::{Context, anyhow, bail};
use ffmpeg_cluster_common::io::clock::Clock;
use ffmpeg_cluster_common::protocol::command::JobState;
use ffmpeg_cluster_common::protocol::reply::JobStatus;
use ffmpeg_cluster_common::text::counted;
use ffmpeg_cluster_common::time::Millis;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::server::api::{Api, Trouble};
use crate::submit::news::News;
use crate::terminal::progress::{Progress, seconds};
use crate::terminal::report;

/// How long the client waits for a server that is away.
const AWAY_MAX: Millis = Millis::secs(300);

/// Returns the job's final status. If the caller stops following, the job goes on.
pub(crate) async fn follow(api: &Api, job: &str, stop: &CancellationToken) -> anyhow::Result<JobStatus> {
    let mut shown = Shown { progress: Progress::new(), clock: Clock::start(), waits: false, away: None };
    tokio::select! {
        ended = shown.until_the_end(api, job) => ended.with_context(|| format!("following job {job}")),
        () = stop.cancelled() => Err(shown.leave(job)),
    }
}

/// Success, or why the job has no result.
pub(crate) fn outcome(status: &JobStatus) -> anyhow::Result<()> {
    match status.status {
        JobState::Completed => Ok(()),
        JobState::Failed => {
            bail!("job {} failed: {}", status.job_id, status.error.as_deref().unwrap_or("no reason"))
        }
        JobState::Queued
        | JobState::WaitingForClients
        | JobState::Benchmarking
        | JobState::Processing
        | JobState::Combining
        | JobState::Cancelled => {
            bail!("job {} has no result: it is {}", status.job_id, status.status.as_str())
        }
    }
}

struct Shown {
    progress: Progress,
    clock: Clock,
    /// Whether it was said what the job waits for, which is more than a bar holds.
    waits: bool,
    /// The time since which the server has not answered.
    away: Option<Millis>,
}

impl Shown {
    async fn until_the_end(&mut self, api: &Api, job: &str) -> Result<JobStatus, Trouble> {
        let mut news = News::of(format!("job={job}"));
        loop {
            news.begin(&api.server).await;
            let mut status = match api.status(job).await {
                Ok(status) if self.show(&status) => return Ok(status),
                Ok(status) => Some(status),
                Err(trouble) => self.wait_for_server(trouble).map(|()| None)?,
            };
            // What moves is shown as it is told; after anything else the job is looked at again.
            while let (Some(told), Some(status)) = (news.next().await, &mut status) {
                if !moved(status, &told) {
                    break;
                }
                self.show(status);
            }
        }
    }

    /// Returns true once the job has ended.
    fn show(&mut self, status: &JobStatus) -> bool {
        if self.away.take().is_some() {
            self.progress.say("the server is back");
        }
        let waits = status.status == JobState::WaitingForClients;
        if waits && !self.waits {
            self.progress.say(&status.doing);
        }
        self.waits = waits;
        self.progress.show(status.status.as_str(), status.progress / 100.0, &text(status));
        if status.status.is_final() {
            self.progress.end();
        }
        status.status.is_final()
    }

    fn wait_for_server(&mut self, trouble: Trouble) -> Result<(), Trouble> {
        let now = self.clock.now();
        if !trouble.is_passing() || self.away.is_some_and(|since| now - since > AWAY_MAX) {
            return Err(trouble);
        }
        if self.away.is_none() {
            self.away = Some(now);
            self.progress.say(&format!("waiting for the server: {trouble}"));
        }
        Ok(())
    }

    /// Only the following ends: the job may take hours, and others wait for it.
    fn leave(&self, job: &str) -> anyhow::Error {
        self.progress.end();
        anyhow!(
            "stopped following; job {job} goes on: `status {job}` shows it, `download {job}` fetches its result, `cancel {job}` ends it",
            job = report::short(job)
        )
    }
}

/// Takes over how far the job is. False if that is not what was told.
fn moved(status: &mut JobStatus, told: &Value) -> bool {
    let Some([progress, frames, fps, left, clients]) =
        told["jobs"][status.job_id.as_str()].as_array().map(Vec::as_slice)
    else {
        return false;
    };
    let before = status.fps;
    status.progress = progress.as_f64().unwrap_or(status.progress);
    status.frames_done = frames.as_u64().unwrap_or(status.frames_done);
    status.fps = fps.as_f64().unwrap_or(before);
    status.eta_seconds = left.as_f64();
    status.clients = clients.as_u64().and_then(|many| many.try_into().ok()).unwrap_or(status.clients);
    status.speed = status.speed.filter(|_| before > 0.0).map(|speed| speed * status.fps / before);
    true
}

/// `96.0 fps (3.84×), 3 clients, 12 s left`, or what it waits for.
fn text(status: &JobStatus) -> String {
    if status.status.is_final() {
        return status
            .frames_total
            .map(|frames| format!("{} of {}", status.frames_done, counted(frames, "frame")))
            .unwrap_or_default();
    }
    if status.fps <= 0.0 {
        return status.doing.clone();
    }
    let speed = status.speed.map(|speed| format!(" ({speed:.2}×)")).unwrap_or_default();
    let clients = counted(status.clients.into(), "client");
    let left = status.eta_seconds.map(|left| format!(", {} left", seconds(left))).unwrap_or_default();
    format!("{:.1} fps{speed}, {clients}{left}", status.fps)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status() -> JobStatus {
        JobStatus {
            job_id: "j".parse().unwrap(),
            status: JobState::Processing,
            progress: 40.0,
            error: None,
            output_url: None,
            file_name: "film.mkv".into(),
            output_name: "output.mp4".into(),
            created_at: String::new(),
            completed_at: None,
            frames_total: Some(100),
            frames_done: 40,
            fps: 96.0,
            speed: Some(3.84),
            eta_seconds: Some(75.0),
            clients: 3,
            doing: "frames 0..40 are done".into(),
            result_removed_at: None,
            products: Vec::new(),
            report: None,
        }
    }

    #[test]
    fn what_moves_is_taken_over_without_a_look() {
        let mut now = status();
        let told =
            serde_json::json!({"type": "progress", "jobs": {"j": [55.0, 55, 48.0, 9.0, 2]}, "clients": {}});
        assert!(moved(&mut now, &told));
        assert_eq!(text(&now), "48.0 fps (1.92×), 2 clients, 9 s left");
        assert_eq!((now.progress, now.frames_done), (55.0, 55));
        for other in
            [r#"{"type":"job.state","job_id":"j"}"#, r#"{"type":"progress","jobs":{"k":[1,2,3,4,5]}}"#]
        {
            assert!(!moved(&mut now, &serde_json::from_str(other).unwrap()), "{other}");
        }
    }

    #[test]
    fn what_a_follower_reads() {
        assert_eq!(text(&status()), "96.0 fps (3.84×), 3 clients, 1 min 15 s left");
        let alone = JobStatus { clients: 1, speed: None, eta_seconds: None, ..status() };
        assert_eq!(text(&alone), "96.0 fps, 1 client");
        let done = JobStatus { status: JobState::Completed, frames_done: 100, ..status() };
        assert_eq!(text(&done), "100 of 100 frames");
        let waiting = JobStatus { fps: 0.0, doing: "1 client is missing".into(), ..status() };
        assert_eq!(text(&waiting), "1 client is missing");
    }
}
