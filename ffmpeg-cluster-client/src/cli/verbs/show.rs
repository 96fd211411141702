//! A reply of the server, as JSON for a program or as text for a person.

use anyhow::bail;
use ffmpeg_cluster_common::io::settings::layers::{self, Setting};
use ffmpeg_cluster_common::protocol::reply::Reply;
use serde_json::Value;

use crate::server::api::{Api, refusal};
use crate::terminal::{fit, report, table};

pub(super) fn print_if(json: bool, value: &Value) {
    if json {
        report::line(&value.to_string());
    }
}

/// Prints a reply for a program or for a person. An `Error` is a failure either way.
pub(super) fn show(api: &Api, value: Value, json: bool) -> anyhow::Result<()> {
    print_if(json, &value);
    if let Some(trouble) = refusal(&value) {
        bail!(trouble);
    }
    if json {
        return Ok(());
    }
    match api.reply(value)? {
        Reply::JobCreated { job_id } => report::line(job_id.as_str()),
        Reply::JobStatus(status) => report::job(&status),
        Reply::JobDeleted { job_id } => report::line(&format!("{job_id} is deleted")),
        Reply::JobsList(jobs) => report::line(&table::jobs(&jobs, fit::of_answers())),
        Reply::ClientsList(clients) => report::line(&table::clients(&clients, fit::of_answers())),
        Reply::ClientForgiven { client_id } => report::line(&format!("{client_id} may work again")),
        Reply::ClientDisconnected { client_id } => report::line(&format!("{client_id} is disconnected")),
        Reply::Error { code, message } => bail!("{message} ({code:?})"),
    }
    Ok(())
}

/// Where each setting comes from; answers `config show`.
pub(crate) fn settings(settings: &[Setting], json: bool) {
    let text = if json { layers::as_json(settings).to_string() } else { layers::as_text(settings) };
    report::line(&text);
}
