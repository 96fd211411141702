//! Builds the parts of the encoding client, wires them, and orders the shutdown.

use tokio_util::sync::CancellationToken;

use crate::config::{Errand, Settings, Told};
use crate::{upload, verbs};

/// How a client ended that did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Done, or stopped as asked.
    Done,
    /// `--persistent false`, and the server can't be reached.
    ServerGone,
    /// The server does not want this client; its own words.
    Refused(String),
}

/// Does what was asked for, until it is done or `stop` is cancelled.
pub async fn command(told: Told, stop: CancellationToken) -> anyhow::Result<Ending> {
    let settings = told.settings;
    match told.errand {
        Errand::Encode => run(settings, stop).await,
        Errand::Verb { verb, json } => {
            verbs::run(&settings.server, verb, json, stop).await.map(|()| Ending::Done)
        }
        Errand::Upload { file, config, output, participate: false } => {
            upload::run(&settings.server, &file, config, output, stop).await.map(|()| Ending::Done)
        }
        Errand::Upload { file, config, output, participate: true } => {
            let server = settings.server.clone();
            let encoding = stop.child_token();
            let upload = async {
                let result = upload::run(&server, &file, config, output, stop.clone()).await;
                encoding.cancel();
                result
            };
            let (uploaded, encoded) = tokio::join!(upload, run(settings, encoding.clone()));
            uploaded?;
            encoded
        }
    }
}

/// The encoding client: works for the server until stopped.
pub async fn run(settings: Settings, stop: CancellationToken) -> anyhow::Result<Ending> {
    let _ = settings;
    stop.cancelled().await;
    Ok(Ending::Done)
}
