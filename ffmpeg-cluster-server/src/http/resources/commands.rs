//! `/ws/command`: one command in, one reply out, over HTTP or as frames of a WebSocket.

use std::time::Duration;

use ffmpeg_cluster_common::cluster::effect::Answer;
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::protocol::command::{Command, ErrorCode};
use ffmpeg_cluster_common::protocol::read_command;
use ffmpeg_cluster_common::protocol::reply::Reply;
use futures_util::{SinkExt, StreamExt};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use warp::reply::Response;

use super::making::{plain, submit_file, submit_upload};
use super::{clients, ended, jobs, names, turn};
use crate::access::audit_log::AuditAction;
use crate::access::{Principal, Role};
use crate::admission::Refused;
use crate::http::Services;
use crate::http::answer::{self, Failure, refused};
use crate::http::call::Call;
use crate::http::rate::Rate;
use crate::http::refusal::Refusal;
use crate::http::socket::Socket;
use crate::store::catalog::Given;

/// A WebSocket for commands is closed after this silence.
const IDLE_MAX: Duration = Duration::from_secs(600);

pub(in crate::http) async fn post(mut call: Call) -> Result<Response, Failure> {
    call.check_json()?;
    let body = call.bytes();
    let text = std::str::from_utf8(&body);
    let text = text.map_err(|_| refused(ErrorCode::InvalidRequest, "the request is not UTF-8"))?;
    Ok(answer::reply(&obey(&call.services, call.principal()?, text).await))
}

/// Commands as text frames, each answered before the next is read.
pub(in crate::http) async fn talk(socket: Socket, services: Services, principal: Principal) {
    let (mut sink, mut stream) = socket.split();
    let stop = services.runner.background.stop().clone();
    let mut rate = Rate::new(Instant::now());
    loop {
        let message = tokio::select! {
            () = stop.cancelled() => return,
            message = tokio::time::timeout(IDLE_MAX, stream.next()) => message,
        };
        let Ok(Some(Ok(message))) = message else { return };
        if !rate.take(Instant::now()) {
            return services.refusals.note(&Refusal::Flood, principal.from);
        }
        let reply = match message {
            Message::Text(text) => obey(&services, &principal, &text).await,
            Message::Binary(_) => Refused::new(ErrorCode::InvalidRequest, "commands are text frames").into(),
            Message::Close(_) => return,
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => continue,
        };
        let text = serde_json::to_string(&reply).unwrap_or_default();
        if sink.send(Message::text(text)).await.is_err() {
            return;
        }
    }
}

async fn obey(services: &Services, principal: &Principal, text: &str) -> Reply {
    match read_command(text) {
        Ok(command) => carry_out(services, principal, command).await,
        Err(refusal) => refusal,
    }
}

/// Every command goes this way, whoever brings it and however: with the same checks, limits and lines in the audit log.
pub(super) async fn carry_out(services: &Services, principal: &Principal, command: Command) -> Reply {
    make(services, principal, command, Given::default()).await
}

/// The same, with what is given with a new job.
pub(super) async fn make(
    services: &Services,
    principal: &Principal,
    command: Command,
    given: Given,
) -> Reply {
    let action = action(&command);
    let reply = execute(services, principal, command, given).await.unwrap_or_else(Reply::from);
    if let Some((action, about)) = action {
        services.audit_log.note_reply(principal, action, &about, &reply);
    }
    reply
}

/// The audited action of a command that changes something, and its object.
fn action(command: &Command) -> Option<(AuditAction, String)> {
    match command {
        Command::ProcessLocalFile { file_path, .. } => Some((AuditAction::SubmitJob, file_path.clone())),
        Command::ProcessUpload { upload_id, .. } => {
            Some((AuditAction::SubmitJob, format!("upload {upload_id}")))
        }
        Command::StartJob { job_id } => Some((AuditAction::StartJob, job_id.clone())),
        Command::PauseJob { job_id, .. } => Some((AuditAction::PauseJob, job_id.clone())),
        Command::ResumeJob { job_id } => Some((AuditAction::ResumeJob, job_id.clone())),
        Command::SetPriority { job_id, .. } | Command::MoveJob { job_id, .. } => {
            Some((AuditAction::MoveJob, job_id.clone()))
        }
        Command::CancelJob { job_id } => Some((AuditAction::CancelJob, job_id.clone())),
        Command::RetryJob { job_id } => Some((AuditAction::RetryJob, job_id.clone())),
        Command::DeleteJob { job_id } => Some((AuditAction::DeleteJob, job_id.clone())),
        Command::DisconnectClient { client_id } => Some((AuditAction::DisconnectClient, client_id.clone())),
        Command::ForgiveClient { client_id } => Some((AuditAction::ForgiveClient, client_id.clone())),
        Command::ListJobs(_) | Command::GetJobStatus { .. } | Command::ListClients(_) => None,
    }
}

async fn execute(
    services: &Services,
    principal: &Principal,
    command: Command,
    given: Given,
) -> Result<Reply, Refused> {
    match command {
        Command::ProcessLocalFile { file_path, source, framerate, config } => {
            let config = config.unwrap_or_default().or(source, framerate);
            submit_file(services, principal, &file_path, config, given).await
        }
        Command::ProcessUpload { upload_id, config } => {
            submit_upload(services, principal, upload_id, config, given).await
        }
        command @ (Command::RetryJob { .. } | Command::DeleteJob { .. }) => {
            ended::obey(services, principal, command, given).await
        }
        Command::ListJobs(_) => jobs::jobs_list(services, principal).await,
        Command::GetJobStatus { job_id } => jobs::job_status(services, principal, &job_id).await,
        Command::CancelJob { job_id } => {
            let job = names::job(services, principal, &job_id).await?.job;
            changed(services, principal, services.core.cancel(job.clone()).await, &job).await
        }
        Command::StartJob { job_id } => {
            let job = names::job(services, principal, &job_id).await?.job;
            changed(services, principal, services.core.start(job.clone()).await, &job).await
        }
        command @ (Command::PauseJob { .. }
        | Command::ResumeJob { .. }
        | Command::SetPriority { .. }
        | Command::MoveJob { .. }) => {
            let (job, how) = turn::asked(services, principal, command).await?;
            changed(services, principal, services.core.arrange(job.clone(), how).await, &job).await
        }
        Command::ListClients(_) => Ok(clients::clients_list(services, principal)),
        command @ (Command::DisconnectClient { .. } | Command::ForgiveClient { .. }) => {
            to_client(services, principal, command).await
        }
    }
}

async fn to_client(services: &Services, principal: &Principal, command: Command) -> Result<Reply, Refused> {
    if !principal.is_admin() {
        return Err(Refused::new(ErrorCode::NotAllowed, Refusal::Role(Role::Admin).message()));
    }
    let core = &services.core;
    Ok(plain(match command {
        Command::DisconnectClient { client_id } => {
            core.disconnect(names::client(services, &client_id)?).await
        }
        Command::ForgiveClient { client_id } => core.forgive(names::client(services, &client_id)?).await,
        _ => return Err(Refused::new(ErrorCode::InvalidRequest, "this command is for no client")),
    }))
}

/// The job's state after the change, for the caller who changed it.
async fn changed(
    services: &Services,
    principal: &Principal,
    answer: Answer,
    job: &JobId,
) -> Result<Reply, Refused> {
    match answer {
        Answer::Cancelled(job) | Answer::Started(job) | Answer::Arranged(job) => {
            jobs::job_status(services, principal, job.as_str()).await
        }
        Answer::Error { code: ErrorCode::JobNotFound, .. } => {
            let state = names::job(services, principal, job.as_str()).await?.state.as_str();
            Err(Refused::new(ErrorCode::JobFinished, format!("job {job} has already ended: {state}")))
        }
        other => Ok(plain(other)),
    }
}
