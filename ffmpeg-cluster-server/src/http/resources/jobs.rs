//! Jobs as callers see them: from the catalog, and from the view for what moves.

use ffmpeg_cluster_common::cluster::view::{JobView, View};
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::media::params::ladder::Ladder;
use ffmpeg_cluster_common::media::params::ladder::config::Format;
use ffmpeg_cluster_common::media::stream::lists::{MANIFEST, MASTER};
use ffmpeg_cluster_common::protocol::command::{JobState, Priority};
use ffmpeg_cluster_common::protocol::reason::{Reason, ReasonCode, Remedy};
use ffmpeg_cluster_common::protocol::reply::{JobLine, JobStatus, Product, ProductState, Reply};
use ffmpeg_cluster_common::protocol::transfer::{result_path, stream_path};
use ffmpeg_cluster_common::text::rfc3339::rfc3339;
use ffmpeg_cluster_common::time::WallMillis;
use schemars::JsonSchema;
use serde::Serialize;
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;

use super::{job_tag, names};
use crate::access::Principal;
use crate::admission::{Refused, internal};
use crate::http::Services;
use crate::http::answer::{self, Failure};
use crate::http::call::Call;
use crate::http::tagged::tagged_as;
use crate::store::catalog::{JobRow, ListedJob, Named, Page};

pub(super) async fn job_status(
    services: &Services,
    principal: &Principal,
    id: &str,
) -> Result<Reply, Refused> {
    let row = names::job(services, principal, id).await?;
    Ok(Reply::JobStatus(Box::new(now(services, row))))
}

fn now(services: &Services, row: JobRow) -> JobStatus {
    let view = services.core.view.borrow().jobs.get(&row.job).cloned();
    status(row, view)
}

/// A job, as it is now and as it was asked for.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::http) struct Job {
    #[serde(flatten)]
    status: JobStatus,
    /// The number of the token that submitted it, or `local`.
    owner: String,
    ffmpeg_params: String,
    required_clients: u32,
    exactly: bool,
    priority: Priority,
    /// The place in the queue, from 1 on. None once the job has ended, and for a moment after a start of the server.
    position: Option<u64>,
    /// Whether somebody paused it. A paused job keeps its state, and starts nothing more.
    paused: bool,
    #[serde(flatten)]
    named: Named,
    /// The preset that its settings are from. Null without one.
    preset: Option<String>,
    /// The failed or cancelled job that this one repeats. Null for others.
    retry_of: Option<JobId>,
}

pub(super) async fn job(services: &Services, principal: &Principal, id: &str) -> Result<Job, Refused> {
    Ok(of_row(services, names::job(services, principal, id).await?))
}

pub(super) fn of_row(services: &Services, row: JobRow) -> Job {
    let (named, preset, retry_of) = (row.named.clone(), row.preset.clone(), row.retry_of.clone());
    let (owner, ffmpeg_params) = (row.owner.clone(), row.spec.params_text.clone());
    let (required_clients, exactly) = (row.spec.required_clients, row.spec.exactly);
    let (priority, paused) = (row.place.priority(), row.paused && !row.state.is_final());
    let position = services.core.view.borrow().jobs.get(&row.job).map(|view| view.position);
    let status = now(services, row);
    Job {
        status,
        owner,
        ffmpeg_params,
        required_clients,
        exactly,
        priority,
        position,
        paused,
        named,
        preset,
        retry_of,
    }
}

pub(super) fn tag(job: &Job) -> String {
    job_tag::of(&serde_json::to_string(job).unwrap_or_default())
}

pub(super) fn told(headers: &HeaderMap, job: &Job) -> Response {
    tagged_as(headers, job, &tag(job))
}

/// The catalog knows the state; the view adds the progress, if it speaks of the same state.
fn status(row: JobRow, view: Option<JobView>) -> JobStatus {
    let view = view.filter(|_| !row.state.is_final());
    let completed = row.state == JobState::Completed;
    let frames_total = row.film.as_ref().map(|film| film.first().units);
    let frames_done = view.as_ref().map_or(0, |view| view.frames_done);
    let fps = view.as_ref().map_or(0.0, |view| view.fps);
    let fps = row.report.as_ref().map_or(fps, |report| report.fps);
    let rate = row.film.as_ref().map_or(0.0, |film| film.frame_rate.as_f64());
    let left = frames_total.map(|total| total.saturating_sub(frames_done) as f64);
    let (output_url, products) = (output_url(&row), products(&row));
    JobStatus {
        output_url,
        products,
        result_removed_at: row.result_removed_at.map(rfc3339),
        job_id: row.job,
        status: row.state,
        progress: if completed { 100.0 } else { view.as_ref().map_or(0.0, |view| view.progress) },
        error: row.error,
        file_name: row.file_name,
        output_name: row.output_name,
        created_at: rfc3339(row.created_at),
        completed_at: row.completed_at.map(rfc3339),
        frames_total,
        frames_done: if completed { frames_total.unwrap_or(0) } else { frames_done },
        fps,
        speed: (fps > 0.0 && rate > 0.0).then(|| fps / rate),
        eta_seconds: view.as_ref().and_then(|view| eta_seconds(left?, fps, view.clients)),
        clients: view.as_ref().map_or(0, |view| view.clients),
        doing: view.map_or_else(|| row.state.as_str().to_owned(), |view| view.doing),
        report: row.report,
    }
}

fn output_url(row: &JobRow) -> Option<String> {
    (row.state == JobState::Completed && row.result_removed_at.is_none()).then(|| product_path(row))
}

/// Where the result is: a file, or the list that a player opens.
pub(super) fn product_path(row: &JobRow) -> String {
    match &row.spec.ladder {
        Some(ladder) => stream_path(&row.job, first_list(ladder)),
        None => result_path(&row.job),
    }
}

/// The list of a stream that a player opens.
pub(super) fn first_list(ladder: &Ladder) -> &'static str {
    if ladder.formats.contains(&Format::Hls) { MASTER } else { MANIFEST }
}

/// What is made instead of a file.
fn products(row: &JobRow) -> Vec<Product> {
    let Some(ladder) = &row.spec.ladder else { return Vec::new() };
    let url = output_url(row);
    let state = match (&url, row.state.is_final()) {
        (Some(_), _) => ProductState::Ready,
        (None, true) => ProductState::Missing,
        (None, false) => ProductState::Waiting,
    };
    let rungs = ladder.rungs.iter().map(|rung| rung.name.clone()).collect();
    let bytes = row.report.as_ref().filter(|_| url.is_some()).map(|report| report.result_bytes);
    vec![Product { name: "ladder".to_owned(), rungs, state, url, bytes }]
}

/// None if it can't be known: the job has ended (and has no view), or no client works for it.
pub(super) fn eta_seconds(frames_left: f64, fps: f64, clients: u32) -> Option<f64> {
    (clients > 0 && fps > 0.0).then(|| frames_left / fps)
}

/// Says when the result was removed, why, and what to do.
pub(super) fn removed(at: WallMillis) -> String {
    format!(
        "was removed at {} by the server's retention settings; submit the film again to encode it again",
        rfc3339(at)
    )
}

/// What there is to say of a job that has ended.
fn explain_ended(state: JobState, removed_at: Option<WallMillis>, error: Option<&str>) -> Reason {
    let text = match (state, removed_at) {
        (JobState::Completed, Some(at)) => format!("the result was complete and proved; it {}", removed(at)),
        (JobState::Completed, None) => "the result is complete and proved".to_owned(),
        (JobState::Cancelled, _) => "it was cancelled".to_owned(),
        (_, _) => error.unwrap_or_default().to_owned(),
    };
    let reason = Reason::new(ReasonCode::Ended, text);
    if state == JobState::Completed { reason } else { reason.remedied_by(Remedy::Retry) }
}

pub(super) async fn jobs_list(services: &Services, principal: &Principal) -> Result<Reply, Refused> {
    let (mut lines, mut page) = (Vec::new(), Some(Page::first()));
    while let Some(this) = page {
        let rows = services.runner.store.reader.jobs(principal.sees_only(), &this).await;
        let rows = rows.map_err(|error| internal(&error))?;
        page = this.next(&rows, ListedJob::place);
        let view = services.core.view.borrow().clone();
        lines.extend(rows.into_iter().map(|row| line(row, &view)));
    }
    Ok(Reply::JobsList(lines))
}

pub(super) fn line(row: ListedJob, view: &View) -> JobLine {
    let progress = view.jobs.get(&row.job).map_or(0.0, |view| view.progress);
    JobLine {
        progress: if row.state == JobState::Completed { 100.0 } else { progress },
        job_id: row.job,
        file_name: row.file_name,
        status: row.state,
        created_at: rfc3339(row.created_at),
        completed_at: row.completed_at.map(rfc3339),
        error: row.error,
    }
}

pub(in crate::http) async fn one(call: Call) -> Result<Response, Failure> {
    let job = job(&call.services, call.principal()?, &call.name).await?;
    Ok(told(&call.headers, &job))
}

/// Why a job waits, or what it is doing.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::http) struct Explained {
    /// Sentences, the most important first.
    explain: Vec<String>,
    job_id: JobId,
    status: JobState,
    /// The same in parts, for scripts: a code for each sentence, what it is about, and what can be done.
    reasons: Vec<Reason>,
}

pub(in crate::http) async fn explain(call: Call) -> Result<Response, Failure> {
    let row = names::job(&call.services, call.principal()?, &call.name).await?;
    let view = call.services.core.view.borrow().jobs.get(&row.job).cloned();
    let reasons = match view {
        _ if row.state.is_final() => {
            vec![explain_ended(row.state, row.result_removed_at, row.error.as_deref())]
        }
        Some(view) => view.reasons,
        None => vec![Reason::new(ReasonCode::Accepted, "it was accepted just now")],
    };
    let explain = reasons.iter().map(|reason| reason.text.clone()).collect();
    let body = Explained { job_id: row.job, status: row.state, explain, reasons };
    Ok(answer::json(StatusCode::OK, &body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_an_estimate_that_can_not_be_known() {
        assert_eq!(eta_seconds(100.0, 50.0, 2), Some(2.0));
        assert_eq!(eta_seconds(100.0, 50.0, 0), None);
        assert_eq!(eta_seconds(100.0, 0.0, 2), None);
    }

    #[test]
    fn a_removed_result_is_explained() {
        let ended = |removed_at| explain_ended(JobState::Completed, removed_at, None);
        assert_eq!(ended(None).text, "the result is complete and proved");
        let told = ended(Some(WallMillis(0))).text;
        assert!(told.contains("removed at 1970-01-01") && told.contains("submit the film again"), "{told}");
    }

    #[test]
    fn a_failed_job_says_that_it_can_be_tried_again() {
        let told = explain_ended(JobState::Failed, None, Some("the disk is gone"));
        assert_eq!((told.text.as_str(), told.remedy), ("the disk is gone", Some(Remedy::Retry)));
    }
}
