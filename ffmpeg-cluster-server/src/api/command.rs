//! `/ws/command`: one command in, one reply out, over HTTP or as frames of a WebSocket.

use bytes::Bytes;
use ffmpeg_cluster_common::cluster::effect::Answer;
use ffmpeg_cluster_common::ids::{ClientId, JobId};
use ffmpeg_cluster_common::limits::COMMAND_BYTES_MAX;
use ffmpeg_cluster_common::protocol::command::{Command, ErrorCode, Reply};
use futures_util::{SinkExt, StreamExt};
use warp::Reply as _;
use warp::filters::ws::{Message, WebSocket, Ws};
use warp::http::{HeaderMap, StatusCode, header};
use warp::reply::Response;

use super::answer::{answer, error};
use super::status;
use crate::door;
use crate::handle::Handle;

pub(super) async fn post(headers: HeaderMap, body: Bytes, handle: Handle) -> Response {
    if let Some(refusal) = refuse_foreign(&headers) {
        return refusal;
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    // A page of another origin can't set this type without asking first, and is not answered when it asks.
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        let message = "Content-Type: application/json is wanted";
        return error(StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::InvalidRequest, message);
    }
    let reply = match std::str::from_utf8(&body) {
        Ok(text) => obey(&handle, text).await,
        Err(_) => door::error(ErrorCode::InvalidRequest, "the request is not UTF-8"),
    };
    answer(&reply)
}

/// A web page of somebody else has no business here.
fn refuse_foreign(headers: &HeaderMap) -> Option<Response> {
    let origin = headers.get(header::ORIGIN)?.to_str().unwrap_or_default();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let own = origin.split_once("://").is_some_and(|(_, from)| from.eq_ignore_ascii_case(host));
    let message = "pages of other origins are not served";
    (!own).then(|| error(StatusCode::FORBIDDEN, ErrorCode::NotAllowed, message))
}

pub(super) fn socket(headers: HeaderMap, ws: Ws, handle: Handle) -> Response {
    if let Some(refusal) = refuse_foreign(&headers) {
        return refusal;
    }
    let most = usize::try_from(COMMAND_BYTES_MAX).unwrap_or(usize::MAX);
    ws.max_message_size(most)
        .max_frame_size(most)
        .on_upgrade(move |socket| talk(socket, handle))
        .into_response()
}

async fn talk(socket: WebSocket, handle: Handle) {
    let (mut sink, mut stream) = socket.split();
    let stop = handle.background.stop().clone();
    loop {
        let message = tokio::select! {
            () = stop.cancelled() => return,
            message = stream.next() => message,
        };
        let Some(Ok(message)) = message else { return };
        if message.is_close() {
            return;
        }
        let reply = match message.to_str() {
            Ok(text) => obey(&handle, text).await,
            Err(()) if message.is_binary() => {
                door::error(ErrorCode::InvalidRequest, "commands are text frames")
            }
            Err(()) => continue,
        };
        let text = serde_json::to_string(&reply).unwrap_or_default();
        if sink.send(Message::text(text)).await.is_err() {
            return;
        }
    }
}

async fn obey(handle: &Handle, text: &str) -> Reply {
    let done = match door::read(text) {
        Ok(command) => execute(handle, command).await,
        Err(refusal) => Err(refusal),
    };
    done.unwrap_or_else(|refusal| refusal)
}

async fn execute(handle: &Handle, command: Command) -> Result<Reply, Reply> {
    match command {
        Command::ProcessLocalFile { file_path, config } => {
            let spec = door::spec_for_file(handle, &file_path, config).await?;
            Ok(plain(handle.submit(spec).await))
        }
        Command::ProcessUpload { upload_id, config } => {
            let spec = door::spec_for_upload(handle, upload_id, config).await?;
            Ok(plain(handle.submit(spec).await))
        }
        Command::ListJobs(_) => status::jobs_list(handle).await,
        Command::GetJobStatus { job_id } => status::job_status(handle, &job_id).await,
        Command::CancelJob { job_id } => cancel(handle, &job_id).await,
        Command::ListClients(_) => Ok(status::clients_list(handle)),
        Command::DisconnectClient { client_id } => Ok(plain(handle.disconnect(client(&client_id)?).await)),
        Command::ForgiveClient { client_id } => Ok(plain(handle.forgive(client(&client_id)?).await)),
    }
}

fn plain(answer: Answer) -> Reply {
    match answer {
        Answer::JobCreated(job_id) | Answer::Cancelled(job_id) => Reply::JobCreated { job_id },
        Answer::Disconnected(client_id) => Reply::ClientDisconnected { client_id },
        Answer::Forgiven(client_id) => Reply::ClientForgiven { client_id },
        Answer::Error { code, message } => Reply::Error { code, message },
    }
}

async fn cancel(handle: &Handle, id: &str) -> Result<Reply, Reply> {
    let row = status::row(handle, id).await?;
    match handle.cancel(row.job.clone()).await {
        Answer::Cancelled(job) => status::job_status(handle, job.as_str()).await,
        Answer::Error { code: ErrorCode::JobNotFound, .. } => {
            let state = status::row(handle, id).await?.state.as_str();
            Err(door::error(ErrorCode::JobFinished, format!("job {id} has ended already: {state}")))
        }
        other => Ok(plain(other)),
    }
}

fn client(id: &str) -> Result<ClientId, Reply> {
    let none = || door::error(ErrorCode::ClientNotFound, "there is no client with such an identity");
    id.parse().map_err(|_| none())
}

/// An identity that can't be one is of no job.
pub(super) fn job_id(text: &str) -> Result<JobId, Reply> {
    text.parse().map_err(|_| door::error(ErrorCode::JobNotFound, "there is no job with such an identity"))
}
