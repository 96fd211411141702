//! Does what was asked for: encodes, uploads, or asks the server what a verb asks.

use anyhow::{Context, bail};
use ffmpeg_cluster_common::access::role::Role;
use ffmpeg_cluster_common::io::sandbox;
use ffmpeg_cluster_common::protocol::command::Command;
use tokio_util::sync::CancellationToken;

use crate::cli::asked::{Errand, Told};
use crate::cli::verbs;
use crate::encode::client;
use crate::encode::ending::Ending;
use crate::machine::folders::WorkFolder;
use crate::server::address::Server;
use crate::server::api::Api;
use crate::server::joining::{self, Servers};
use crate::submit::upload;
use crate::terminal::report;

/// Does what was asked for, until it is done or `stop` is cancelled.
pub async fn command(told: Told, stop: CancellationToken) -> anyhow::Result<Ending> {
    let settings = told.settings;
    sandbox::check_hidden("--work-dir", &settings.work_dir)?;
    let work = WorkFolder::new(&settings.work_dir).context("resolving --work-dir")?;
    if let Errand::FetchFfmpeg { wish, platform, into } = told.errand {
        return tokio::select! {
            fetched = verbs::fetch_ffmpeg::run(&wish, platform, into, work.root()) => fetched.map(|()| Ending::Done),
            () = stop.cancelled() => bail!("stopped; what came is kept, and gone on with next time"),
        };
    }
    let Servers { encode, people, joined } = joining::servers(&work, &told.asked)?;
    match told.errand {
        Errand::FetchFfmpeg { .. } => bail!("fetch-ffmpeg asks no server"),
        Errand::Encode if joined.is_some_and(|role| role != Role::Worker) => greet(&people).await,
        Errand::Encode => client::run(settings, encode, stop).await,
        Errand::Verb { verb, json } => {
            verbs::run::run(&people, verb, json, stop).await.map(|()| Ending::Done)
        }
        Errand::Upload { file, config, output, participate, json } => {
            let work_dir = settings.work_dir.clone();
            let wanted = upload::Wanted { file, config, output, work_dir, json };
            if !participate {
                return upload::run(&people, wanted, stop).await.map(|()| Ending::Done);
            }
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
    }
}

/// A join string of somebody who does not encode was given, and nothing to do with it: shown that it works.
async fn greet(server: &Server) -> anyhow::Result<Ending> {
    Api::new(server)?.ask(&Command::ListJobs(None)).await?;
    let role = server.pass.as_ref().map_or(Role::Submitter, |pass| pass.role);
    report::line(&format!(
        "joined {server} as {role}; now, for instance: ffmpeg-cluster-client --upload-file FILM"
    ));
    Ok(Ending::Done)
}
