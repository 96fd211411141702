//! Submits a film that is on the server's machine.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use ffmpeg_cluster_common::protocol::command::{Command, JobConfig};
use ffmpeg_cluster_common::protocol::reply::Reply;
use tokio_util::sync::CancellationToken;

use super::show::{print_if, show};
use crate::server::address::{Server, is_here};
use crate::server::api::{Api, Trouble, refusal};
use crate::submit::fetch;
use crate::submit::follow::{self, outcome};
use crate::terminal::progress::say;
use crate::terminal::report;

pub(super) struct Submission {
    pub(super) file: PathBuf,
    pub(super) config: JobConfig,
    pub(super) follow: bool,
    pub(super) output: Option<PathBuf>,
    pub(super) json: bool,
}

pub(super) async fn run(api: &Api, asked: Submission, stop: &CancellationToken) -> anyhow::Result<()> {
    let mut place = match &asked.output {
        Some(output) => Some(fetch::Place::new(Some(output.clone()))?),
        None => None,
    };
    let file_path = path_there(&api.server, &asked.file)?;
    let config = match &mut place {
        Some(place) => place.name_job(asked.config)?,
        None => asked.config,
    };
    // Never drop this future half-way: this process must know a job that was created, to be able to cancel it.
    let value = api
        .raw(&Command::ProcessLocalFile { file_path, source: None, framerate: None, config: Some(config) })
        .await?;
    if let Some(trouble) = refusal(&value) {
        print_if(asked.json, &value);
        bail!(with_advice(trouble, &api.server));
    }
    if !asked.follow {
        return show(api, value, asked.json);
    }
    let Reply::JobCreated { job_id } = api.reply(value)? else {
        bail!("the server did not answer with a job")
    };
    say(&format!("job {job_id}"));
    if let Some(place) = &place {
        return fetch::follow_and_fetch(api, job_id.as_str(), place, asked.json, stop).await;
    }
    let status = follow::follow(api, job_id.as_str(), stop).await?;
    if asked.json {
        fetch::tell(api, job_id.as_str(), None).await?;
    } else {
        report::job(&status);
    }
    outcome(&status)?;
    if !asked.json {
        report::line(&format!("result   ffmpeg-cluster-client download {}", report::short(job_id.as_str())));
    }
    Ok(())
}

/// A relative name means a file here, which makes sense only where the server is here, too.
fn path_there(server: &Server, file: &Path) -> anyhow::Result<String> {
    let shown = file.display();
    if file.is_relative() && !is_here(&server.ip) {
        bail!(
            "{shown} is a file on this machine, and {} may be another machine; `--upload-file {shown}` sends it there \
             (an absolute path names a file on the server's machine)",
            server.ip
        );
    }
    let path = std::path::absolute(file).with_context(|| format!("resolving {shown}"))?;
    Ok(path.to_str().context("the path is not valid UTF-8")?.to_owned())
}

fn with_advice(trouble: Trouble, server: &Server) -> anyhow::Error {
    let advice = match &trouble {
        Trouble::Refused { code, .. } if code == "FILE_NOT_FOUND" && !is_here(&server.ip) => {
            "`submit` names a file on the server's machine; --upload-file sends one from here"
        }
        Trouble::Refused { code, .. } if code == "NOT_ALLOWED" => "--upload-file sends a file from anywhere",
        Trouble::Refused { .. }
        | Trouble::Stranger { .. }
        | Trouble::Unreachable { .. }
        | Trouble::Broken { .. }
        | Trouble::Strange { .. } => return trouble.into(),
    };
    anyhow!("{trouble}; {advice}")
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;

    fn server(ip: &str) -> Server {
        Server::plain(ip, 1)
    }

    #[test]
    fn a_file_here_is_not_looked_for_there() {
        for here in ["localhost", "127.0.0.1", "::1", "127.8.8.8"] {
            let path = path_there(&server(here), Path::new("film.mkv")).unwrap();
            assert!(Path::new(&path).is_absolute() && path.ends_with("film.mkv"), "{path}");
        }
        let refused = path_there(&server("farm.example"), Path::new("film.mkv")).unwrap_err().to_string();
        assert!(refused.contains("--upload-file film.mkv"), "{refused}");
        // Its own address may be this machine's: nothing is claimed that is not known.
        assert!(refused.contains("farm.example may be another machine"), "{refused}");
    }

    /// It was said to be another machine.
    #[test]
    fn a_server_at_an_address_of_this_machine_is_here() {
        let told = UdpSocket::bind("0.0.0.0:0").unwrap();
        // Nothing is sent: this only asks which address of ours such a packet would have.
        let Ok(()) = told.connect("192.0.2.1:9") else { return };
        let own = told.local_addr().unwrap().ip().to_string();
        assert!(path_there(&server(&own), Path::new("film.mkv")).is_ok(), "{own}");
        assert!(path_there(&server("192.0.2.1"), Path::new("film.mkv")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn an_absolute_path_is_the_servers() {
        assert_eq!(path_there(&server("farm.example"), Path::new("/films/a.mkv")).unwrap(), "/films/a.mkv");
    }
}
