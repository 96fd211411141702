//! Changes of a job by its owner: what it is called, and its turn.

use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::protocol::command::{Command, ErrorCode, Priority};
use ffmpeg_cluster_common::protocol::reply::Reply;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use warp::reply::Response;

use super::made::unexpected;
use super::{commands, job_tag, jobs, names, naming};
use crate::access::audit_log::AuditAction;
use crate::admission::internal;
use crate::http::answer::{Failure, refused};
use crate::http::call::Call;
use crate::store::catalog::{JobRow, Labels, Named};

/// A change of a job. What is not given stays as it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct JobEdit {
    /// At most 200 characters. Null takes the name away.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>")]
    name: Option<Option<String>>,
    /// All labels that the job has from now on, at most 16.
    #[serde(default)]
    labels: Option<Labels>,
    /// The job goes behind all others of this priority.
    #[serde(default)]
    priority: Option<Priority>,
    /// The job goes directly before this one, and takes its priority.
    #[serde(default)]
    before: Option<String>,
    /// The job goes directly after this one, and takes its priority.
    #[serde(default)]
    after: Option<String>,
}

/// Null is a value, too.
fn given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(from).map(Some)
}

impl JobEdit {
    fn named(&self, before: &Named) -> Named {
        let name = self.name.clone().unwrap_or_else(|| before.name.clone());
        Named { name, labels: self.labels.clone().unwrap_or_else(|| before.labels.clone()) }
    }

    /// What it asks of the job's turn, which is one thing at most.
    fn turn(&self, job: &JobId) -> Result<Option<Command>, Failure> {
        let job_id = job.to_string();
        match (self.priority, self.before.clone(), self.after.clone()) {
            (None, None, None) => Ok(None),
            (Some(priority), None, None) => Ok(Some(Command::SetPriority { job_id, priority })),
            (None, before, after) if before.is_none() || after.is_none() => {
                Ok(Some(Command::MoveJob { job_id, before, after }))
            }
            _ => {
                let message = "a job is given either a priority, or a place before or after another job";
                Err(refused(ErrorCode::InvalidRequest, message))
            }
        }
    }
}

/// Changes a job, if it is still what the caller read. All is judged before the first change; a job that ends between the two
/// keeps its new name, and the answer says that it has ended.
pub(in crate::http) async fn change(mut call: Call) -> Result<Response, Failure> {
    let asked: JobEdit = call.json()?;
    let (services, principal) = (&call.services, call.principal()?);
    let row = names::job(services, principal, &call.name).await?;
    let (job, turn) = (row.job.clone(), asked.turn(&row.job)?);
    if turn.is_some() {
        may_be_moved(&call, &asked, &row).await?;
    }
    rename(&call, &asked).await?;
    if let Some(turn) = turn {
        match commands::carry_out(services, principal, turn).await {
            Reply::JobStatus(_) => {}
            other => return Err(unexpected(other)),
        }
    }
    let now = jobs::job(services, principal, job.as_str()).await?;
    Ok(jobs::told(&call.headers, &now))
}

async fn may_be_moved(call: &Call, asked: &JobEdit, row: &JobRow) -> Result<(), Failure> {
    if row.state.is_final() {
        let message = format!("job {} has already ended: {}", row.job, row.state.as_str());
        return Err(refused(ErrorCode::JobFinished, message));
    }
    if let Some(other) = asked.before.as_ref().or(asked.after.as_ref()) {
        names::job(&call.services, call.principal()?, other).await?;
    }
    Ok(())
}

/// Changes how the job is called.
async fn rename(call: &Call, asked: &JobEdit) -> Result<(), Failure> {
    let (services, principal) = (&call.services, call.principal()?);
    loop {
        let row = names::job(services, principal, &call.name).await?;
        let (id, before) = (row.job.clone(), row.named.clone());
        let tag = jobs::tag(&jobs::of_row(services, row));
        if !job_tag::allows(&call.headers, &tag) {
            let message =
                format!("job {id} has changed since it was read; read it again, and change what it is now");
            return Err(refused(ErrorCode::Changed, message).saying("etag", &tag));
        }
        let after = asked.named(&before);
        naming::check(&after)?;
        if after == before {
            return Ok(());
        }
        let renamed = services.runner.store.writer.rename(id.clone(), before, after).await;
        // Otherwise somebody else was faster, and the caller's condition is judged again.
        if renamed.map_err(|error| internal(&error))? {
            services.audit_log.note(principal, AuditAction::RenameJob, id.as_str(), "ok");
            return Ok(());
        }
    }
}
