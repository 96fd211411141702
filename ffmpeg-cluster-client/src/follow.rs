//! Follows a job to its end: a bar on a terminal, plain lines elsewhere.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use ffmpeg_cluster_common::protocol::command::{Command, JobStatus};
use indicatif::{ProgressBar, ProgressStyle};
use tokio_util::sync::CancellationToken;

use crate::api::Api;

const LOOK_EVERY: Duration = Duration::from_millis(300);
/// Without a terminal: a line at each change of state, and not more often than this between.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// The job's final status. Whoever stops following cancels the job: it is ours.
pub async fn follow(api: &Api, job: &str, stop: &CancellationToken) -> anyhow::Result<JobStatus> {
    let mut shown = Shown::new();
    loop {
        let status = tokio::select! {
            status = api.patient_status(job) => status?,
            () = stop.cancelled() => return cancel(api, job).await,
        };
        shown.show(&status);
        if status.status.is_final() {
            shown.end();
            return Ok(status);
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = stop.cancelled() => return cancel(api, job).await,
        }
    }
}

async fn cancel(api: &Api, job: &str) -> anyhow::Result<JobStatus> {
    let _ = api.ask(&Command::CancelJob { job_id: job.to_owned() }).await;
    anyhow::bail!("stopped; job {job} was cancelled")
}

/// A bar for bytes or percents, where there is a terminal.
pub(crate) fn bar(length: u64, template: &str) -> Option<ProgressBar> {
    let style = ProgressStyle::with_template(template).ok()?.progress_chars("━╸ ");
    std::io::stderr().is_terminal().then(|| ProgressBar::new(length).with_style(style))
}

struct Shown {
    bar: Option<ProgressBar>,
    last: Option<(&'static str, Instant)>,
}

impl Shown {
    fn new() -> Self {
        Self { bar: bar(1000, "{prefix:>16} [{bar:32}] {msg}"), last: None }
    }

    fn show(&mut self, status: &JobStatus) {
        let text = text(status);
        if let Some(bar) = &self.bar {
            bar.set_prefix(status.status.as_str());
            bar.set_position((status.progress * 10.0) as u64);
            bar.set_message(text);
            return;
        }
        let state = status.status.as_str();
        let fresh = self.last.is_some_and(|(before, at)| before == state && at.elapsed() < LINE_EVERY);
        if !fresh {
            self.last = Some((state, Instant::now()));
            say(&format!("{state}: {text}"));
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish();
        }
    }
}

#[expect(clippy::print_stderr, reason = "progress belongs beside answers, not among them")]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}

/// `41.5 %, 96.0 fps, 3 clients, 12 s left`, or what it waits for.
fn text(status: &JobStatus) -> String {
    if status.fps <= 0.0 || status.status.is_final() {
        return format!("{:.1} %, {}", status.progress, status.doing);
    }
    let left = status.eta_seconds.map(|seconds| format!(", {seconds:.0} s left")).unwrap_or_default();
    format!("{:.1} %, {:.1} fps, {} clients{left}", status.progress, status.fps, status.clients)
}
