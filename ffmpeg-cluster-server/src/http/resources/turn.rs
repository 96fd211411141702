//! What a command asks of a job's turn: a pause, or another place in the queue.

use ffmpeg_cluster_common::cluster::place::Arrange;
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::protocol::command::{Command, ErrorCode};

use super::names;
use crate::access::Principal;
use crate::admission::Refused;
use crate::http::Services;

/// What a command asks of which job.
pub(super) async fn asked(
    services: &Services,
    principal: &Principal,
    command: Command,
) -> Result<(JobId, Arrange), Refused> {
    let invalid = |why: &str| Err(Refused::new(ErrorCode::InvalidRequest, why));
    let (id, how) = match command {
        Command::PauseJob { job_id, now } => (job_id, Arrange::Pause { now }),
        Command::ResumeJob { job_id } => (job_id, Arrange::Resume),
        Command::SetPriority { job_id, priority } => (job_id, Arrange::Priority(priority)),
        Command::MoveJob { job_id, before, after } => {
            let other = before.as_ref().xor(after.as_ref());
            let Some(other) = other else {
                return invalid("MoveJob needs either before or after, the id of a job");
            };
            let other = names::job(services, principal, other).await?.job;
            (job_id, if before.is_some() { Arrange::Before(other) } else { Arrange::After(other) })
        }
        _ => return invalid("this command changes no job's place"),
    };
    Ok((names::job(services, principal, &id).await?.job, how))
}
