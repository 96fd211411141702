//! Carries out the command line: encodes, uploads, or runs a verb.

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
use crate::server::api::{Api, FAILED, Trouble};
use crate::server::joining::{self, Servers};
use crate::submit::films;
use crate::terminal::{self, report};

/// Carries out the command line until it is done or `stop` is cancelled.
pub async fn command(asked: Asked, stop: CancellationToken) -> anyhow::Result<Ending> {
    let tells = asked.is_for_people() && !asked.log_json;
    obey(asked, stop).await.or_else(|error| {
        if tells {
            terminal::tell(&format!("{error:#}"));
        } else {
            tracing::error!("{error:#}");
        }
        let trouble = error.chain().find_map(|cause| cause.downcast_ref::<Trouble>());
        Ok(Ending::Failed { code: trouble.map_or(FAILED, Trouble::exit_code) })
    })
}

async fn obey(asked: Asked, stop: CancellationToken) -> anyhow::Result<Ending> {
    let Asked { server, settings, action, .. } = asked;
    if says_itself(&action)? {
        return answered();
    }
    sandbox::check_hidden("--work-dir", &settings.work_dir)?;
    let work = WorkFolder::new(&settings.work_dir).context("resolving --work-dir")?;
    let servers = async || {
        let servers = joining::servers(&work, &server)?;
        replace_join(&work, &servers).await.map(|()| servers)
    };
    match action {
        Action::ShowConfig { .. } | Action::Completions(_) | Action::Man(_) => {}
        Action::FetchFfmpeg { wish, platform, into } => tokio::select! {
            fetched = verbs::fetch_ffmpeg::run(&wish, platform, into, work.root()) => fetched?,
            () = stop.cancelled() => bail!("stopped; the next run resumes the download"),
        },
        Action::Verb { verb, json } => {
            let server = &servers().await?.people;
            verbs::run::run(verbs::run::Place { server, work: &work, json }, verb, stop).await?;
        }
        Action::Upload { wanted, participate: false } => {
            films::run(&servers().await?.people, wanted, stop).await?;
        }
        Action::Upload { wanted, participate: true } => {
            return upload_and_encode(wanted, settings, servers().await?, stop).await;
        }
        Action::Encode => {
            let Servers { encode, people, joined, .. } = servers().await?;
            if joined.is_none_or(|role| role == Role::Worker) {
                return client::run(settings, encode, stop).await;
            }
            greet(&people).await?;
        }
    }
    answered()
}

/// True if this program alone knew the answer.
fn says_itself(action: &Action) -> anyhow::Result<bool> {
    match action {
        Action::ShowConfig { settings, json } => verbs::show::settings(settings, *json),
        Action::Completions(shell) => verbs::manual::completions(*shell)?,
        Action::Man(folder) => verbs::manual::pages(folder.as_deref())?,
        Action::Encode | Action::Upload { .. } | Action::Verb { .. } | Action::FetchFfmpeg { .. } => {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A join string that does not work never replaces one that does.
async fn replace_join(work: &WorkFolder, servers: &Servers) -> anyhow::Result<()> {
    let Some(join) = &servers.unproved else { return Ok(()) };
    let server = joining::server(join);
    let stays = "the server that was joined before stays joined";
    let health = Api::new(&server)?.get("/healthz").await.with_context(|| format!("--join: {stays}"))?;
    // The server tells its version only to clients with a valid token.
    if health["version"].is_null() {
        bail!("--join: {server} does not know this token, or it was revoked; {stays}");
    }
    joining::keep(work, join)
}

/// Fails if an answer could not be written.
fn answered() -> anyhow::Result<Ending> {
    match report::lost() {
        Some(error) => bail!("writing the answer: {error}"),
        None => Ok(Ending::Done),
    }
}

/// Encodes until the result of the uploaded film is here.
async fn upload_and_encode(
    wanted: films::Wanted,
    settings: Settings,
    servers: Servers,
    stop: CancellationToken,
) -> anyhow::Result<Ending> {
    let Servers { encode, people, .. } = servers;
    joining::check_encodes(&encode)?;
    let encoding = stop.child_token();
    let upload = async {
        let result = films::run(&people, wanted, stop.clone()).await;
        encoding.cancel();
        result
    };
    let (uploaded, encoded) = tokio::join!(upload, client::run(settings, encode, encoding.clone()));
    uploaded?;
    encoded
}

/// Shows that a join string works. The command line has nothing else to do, and the string is not for encoding.
async fn greet(server: &Server) -> anyhow::Result<()> {
    Api::new(server)?.ask(&Command::ListJobs(None)).await?;
    let role = server.pass.as_ref().map_or(Role::Submitter, |pass| pass.role);
    report::line(&format!(
        "joined {server} as {role}; now, for instance: ffmpeg-cluster-client --upload-file FILM"
    ));
    Ok(())
}
