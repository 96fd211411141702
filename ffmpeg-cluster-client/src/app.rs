//! Does what was asked for: encodes, uploads, or carries out a verb.

use anyhow::{Context, bail};
use ffmpeg_cluster_common::access::role::Role;
use ffmpeg_cluster_common::io::sandbox;
use ffmpeg_cluster_common::protocol::command::Command;
use tokio_util::sync::CancellationToken;

use crate::cli::asked::{Action, Asked};
use crate::cli::verbs;
use crate::encode::client;
use crate::encode::ending::Ending;
use crate::encode::settings::Settings;
use crate::machine::folders::WorkFolder;
use crate::server::address::Server;
use crate::server::api::Api;
use crate::server::joining::{self, Servers};
use crate::submit::upload;
use crate::terminal::report;

/// Does what was asked for, until it is done or `stop` is cancelled.
pub async fn command(asked: Asked, stop: CancellationToken) -> anyhow::Result<Ending> {
    let Asked { server, settings, action, .. } = asked;
    if let Action::ShowConfig { settings, json } = action {
        verbs::show::settings(&settings, json);
        return Ok(Ending::Done);
    }
    sandbox::check_hidden("--work-dir", &settings.work_dir)?;
    let work = WorkFolder::new(&settings.work_dir).context("resolving --work-dir")?;
    let servers = || joining::servers(&work, &server);
    match action {
        Action::ShowConfig { .. } => {}
        Action::FetchFfmpeg { wish, platform, into } => tokio::select! {
            fetched = verbs::fetch_ffmpeg::run(&wish, platform, into, work.root()) => fetched?,
            () = stop.cancelled() => bail!("stopped; the next run resumes the download"),
        },
        Action::Verb { verb, json } => verbs::run::run(&servers()?.people, verb, json, stop).await?,
        Action::Upload { wanted, participate: false } => {
            upload::run(&servers()?.people, wanted, stop).await?;
        }
        Action::Upload { wanted, participate: true } => {
            return upload_and_encode(wanted, settings, servers()?, stop).await;
        }
        Action::Encode => {
            let Servers { encode, people, joined } = servers()?;
            if joined.is_none_or(|role| role == Role::Worker) {
                return client::run(settings, encode, stop).await;
            }
            greet(&people).await?;
        }
    }
    Ok(Ending::Done)
}

/// Encodes for as long as the upload, its job and its result take.
async fn upload_and_encode(
    wanted: upload::Wanted,
    settings: Settings,
    servers: Servers,
    stop: CancellationToken,
) -> anyhow::Result<Ending> {
    let Servers { encode, people, .. } = servers;
    joining::check_encodes(&encode)?;
    let encoding = stop.child_token();
    let upload = async {
        let result = upload::run(&people, wanted, stop.clone()).await;
        encoding.cancel();
        result
    };
    let (uploaded, encoded) = tokio::join!(upload, client::run(settings, encode, encoding.clone()));
    uploaded?;
    encoded
}

/// Shows that a join string works: it was given alone, and is not for encoding.
async fn greet(server: &Server) -> anyhow::Result<()> {
    Api::new(server)?.ask(&Command::ListJobs(None)).await?;
    let role = server.pass.as_ref().map_or(Role::Submitter, |pass| pass.role);
    report::line(&format!(
        "joined {server} as {role}; now, for instance: ffmpeg-cluster-client --upload-file FILM"
    ));
    Ok(())
}
