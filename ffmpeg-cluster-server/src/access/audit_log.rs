//! The audit log: who did what, from where, and how it ended, as one JSON line for each action. A thread of its own
//! appends the lines and nobody waits for it: a full disk loses lines, which are counted, but never stops the server.

mod file;

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use anyhow::Context;
use ffmpeg_cluster_common::io::{clock, permissions};
use ffmpeg_cluster_common::protocol::reply::Reply;
use ffmpeg_cluster_common::text::rfc3339::rfc3339;
use ffmpeg_cluster_common::text::safe;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use warp::http::StatusCode;

use self::file::Rotating;
use crate::access::{Principal, Who};

/// Lines that may wait for the disk.
const LINES_MAX: usize = 4096;
/// A hanging disk must not delay the shutdown.
const FLUSH_WITHIN: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AuditAction {
    SubmitJob,
    StartJob,
    PauseJob,
    ResumeJob,
    MoveJob,
    CancelJob,
    RetryJob,
    DeleteJob,
    RenameJob,
    CreateUpload,
    DeleteUpload,
    FetchResult,
    DisconnectClient,
    ForgiveClient,
    MakeToken,
    RevokeToken,
    MakeLink,
    MakeWatchLink,
    EndWatchLink,
    KeepPreset,
    DeletePreset,
    SignIn,
    SignOut,
    PutWebhook,
    RemoveWebhook,
    TestWebhook,
    RepeatDelivery,
}

impl AuditAction {
    const fn as_str(self) -> &'static str {
        match self {
            Self::SubmitJob => "submit_job",
            Self::StartJob => "start_job",
            Self::PauseJob => "pause_job",
            Self::ResumeJob => "resume_job",
            Self::MoveJob => "move_job",
            Self::CancelJob => "cancel_job",
            Self::RetryJob => "retry_job",
            Self::DeleteJob => "delete_job",
            Self::RenameJob => "rename_job",
            Self::CreateUpload => "create_upload",
            Self::DeleteUpload => "delete_upload",
            Self::FetchResult => "fetch_result",
            Self::DisconnectClient => "disconnect_client",
            Self::ForgiveClient => "forgive_client",
            Self::MakeToken => "make_token",
            Self::RevokeToken => "revoke_token",
            Self::KeepPreset => "keep_preset",
            Self::DeletePreset => "delete_preset",
            Self::MakeLink => "make_link",
            Self::MakeWatchLink => "make_watch_link",
            Self::EndWatchLink => "end_watch_link",
            Self::SignIn => "sign_in",
            Self::SignOut => "sign_out",
            Self::PutWebhook => "put_webhook",
            Self::RemoveWebhook => "remove_webhook",
            Self::TestWebhook => "test_webhook",
            Self::RepeatDelivery => "repeat_delivery",
        }
    }
}

enum Item {
    Line(String),
    /// Answered once all earlier lines are written.
    Flush(oneshot::Sender<()>),
}

/// Cheap to clone. The default writes nowhere.
#[derive(Debug, Clone, Default)]
pub(crate) struct AuditLog {
    lines: Option<SyncSender<Item>>,
    lost: Arc<AtomicU64>,
}

impl AuditLog {
    pub(crate) fn start(path: &Path) -> anyhow::Result<Self> {
        let file = Rotating::open(path).with_context(|| format!("opening {}", path.display()))?;
        let (lines, waiting) = sync_channel(LINES_MAX);
        let lost = Arc::<AtomicU64>::default();
        let counted = lost.clone();
        std::thread::Builder::new()
            .name("audit log".into())
            .spawn(move || write_all(file, &waiting, &counted))?;
        Ok(Self { lines: Some(lines), lost })
    }

    /// `outcome` is `ok`, or the code of the error that the caller got.
    pub(crate) fn note(&self, principal: &Principal, action: AuditAction, about: &str, outcome: &str) {
        self.add(line(principal, action, about, outcome));
    }

    /// Notes a refusal at the gate, where the caller is still unknown. Throttled like the log: a flood is one line.
    pub(crate) fn note_refusal(&self, from: IpAddr, kind: &str, more: u64) {
        let about =
            if more > 0 { format!("{kind}, and {more} more since the last such line") } else { kind.into() };
        self.note_stranger(from, "enter", &about, "refused");
    }

    /// Notes what somebody did who needed to be nobody in particular.
    pub(crate) fn note_stranger(&self, from: IpAddr, did: &str, about: &str, outcome: &str) {
        self.add(json!({
            "at": rfc3339(clock::wall()),
            "who": null,
            "role": null,
            "from": from.to_string(),
            "did": did,
            "about": about,
            "outcome": outcome,
        }));
    }

    /// JSON escapes everything that strangers wrote, so that nothing in it ends the line.
    fn add(&self, line: Value) {
        let Some(lines) = &self.lines else { return };
        if let Err(TrySendError::Full(_)) = lines.try_send(Item::Line(safe::escaped_json(&line.to_string())))
        {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until all earlier lines are in the file, or a second has passed.
    pub(crate) async fn flush(&self) {
        let (done, written) = oneshot::channel();
        if self.lines.as_ref().is_some_and(|lines| lines.try_send(Item::Flush(done)).is_ok()) {
            let _ = tokio::time::timeout(FLUSH_WITHIN, written).await;
        }
    }

    /// [`note`](Self::note) for an action that was answered over HTTP.
    pub(crate) fn note_answer(
        &self,
        principal: &Principal,
        action: AuditAction,
        about: &str,
        status: StatusCode,
    ) {
        self.note(principal, action, about, &of_status(status));
    }

    /// [`note`](Self::note) for an action that was answered with a reply.
    pub(crate) fn note_reply(&self, principal: &Principal, action: AuditAction, about: &str, reply: &Reply) {
        let about = match reply {
            Reply::JobCreated { job_id } => format!("{job_id} {about}"),
            _ => about.to_owned(),
        };
        self.note(principal, action, &about, &outcome(reply));
    }
}

fn line(principal: &Principal, action: AuditAction, about: &str, outcome: &str) -> Value {
    let role = match &principal.who {
        Who::Trusted => Value::Null,
        Who::Token { role, .. } => role.as_str().into(),
    };
    json!({
        "at": rfc3339(clock::wall()),
        "who": principal.owner(),
        "role": role,
        "from": principal.from.to_string(),
        "did": action.as_str(),
        "about": about.chars().take(300).collect::<String>(),
        "outcome": outcome,
    })
}

/// Writes the line at once, for a short-lived program beside a server or without one.
pub(crate) fn note_at_once(
    path: &Path,
    principal: &Principal,
    action: AuditAction,
    about: &str,
) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), permissions::folder)?;
    Rotating::open(path)?.add(&safe::escaped_json(&line(principal, action, about, "ok").to_string()))
}

pub(crate) fn of_status(status: StatusCode) -> String {
    if status.is_success() { "ok".to_owned() } else { status.as_u16().to_string() }
}

fn outcome(reply: &Reply) -> String {
    let Reply::Error { code, .. } = reply else { return "ok".into() };
    serde_json::to_value(code).ok().and_then(|code| code.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Runs until the last sender is dropped.
fn write_all(mut file: Rotating, lines: &Receiver<Item>, lost: &AtomicU64) {
    let mut is_broken = false;
    while let Ok(item) = lines.recv() {
        let line = match item {
            Item::Line(line) => line,
            Item::Flush(done) => {
                let _ = done.send(());
                continue;
            }
        };
        let missing = lost.swap(0, Ordering::Relaxed);
        let note =
            (missing > 0).then(|| json!({"at": rfc3339(clock::wall()), "lost_lines": missing}).to_string());
        let written = note.map_or(Ok(()), |note| file.add(&note)).and_then(|()| file.add(&line));
        if let Err(error) = &written {
            lost.fetch_add(missing + 1, Ordering::Relaxed);
            if !is_broken {
                tracing::error!("the audit log can't be written; lost lines are counted: {error}");
            }
        }
        is_broken = written.is_err();
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use ffmpeg_cluster_common::protocol::command::ErrorCode;

    use super::*;
    use crate::access::Role;

    #[tokio::test]
    async fn each_action_is_one_line_that_says_who_from_where_and_how_it_ended() {
        let path = std::env::temp_dir().join(format!("ffmpeg-cluster-audit-{}", uuid::Uuid::new_v4()));
        let log = AuditLog::start(&path).unwrap();
        let who = Who::Token { id: "a1".into(), role: Role::Submitter };
        let stranger = Principal { who, from: Ipv4Addr::new(192, 0, 2, 7).into() };
        log.note(&stranger, AuditAction::CreateUpload, "a\n{\"who\":\"local\"}\u{202e}\u{1b}[2J", "ok");
        let refusal = Reply::Error { code: ErrorCode::QuotaExceeded, message: "no".into() };
        log.note_reply(&stranger, AuditAction::SubmitJob, "film.mkv", &refusal);
        log.flush().await;
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()) && !text.contains('\u{202e}'), "{text:?}");
        assert_eq!((&lines[0]["who"], &lines[0]["from"]), (&json!("a1"), &json!("192.0.2.7")));
        assert_eq!(lines[0]["about"], "a\n{\"who\":\"local\"}\u{202e}\u{1b}[2J");
        assert_eq!(
            (&lines[1]["did"], &lines[1]["outcome"]),
            (&json!("submit_job"), &json!("QUOTA_EXCEEDED"))
        );
        std::fs::remove_file(path).unwrap();
    }
}
