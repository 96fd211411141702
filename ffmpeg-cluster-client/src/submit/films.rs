//! Uploads films one after the other, follows their jobs and fetches their results. What goes wrong with one stops no other.

use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail, ensure};
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::protocol::command::JobConfig;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{fetch, upload};
use crate::server::address::Server;
use crate::server::api::{Api, Trouble};
use crate::terminal::progress::say;
use crate::terminal::report;

/// Films, and what is to become of each.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) files: Vec<PathBuf>,
    pub(crate) config: JobConfig,
    pub(crate) output: Option<PathBuf>,
    /// Where uploads are remembered between runs.
    pub(crate) work_dir: PathBuf,
    /// Print the final status of each as JSON.
    pub(crate) json: bool,
}

pub(crate) async fn run(server: &Server, mut wanted: Wanted, stop: CancellationToken) -> anyhow::Result<()> {
    let mut place = fetch::Place::new(wanted.output.clone())?;
    let is_alone = wanted.files.len() == 1;
    ensure!(is_alone || place.takes_several(), "--output: the results of several films go into a folder");
    wanted.config = place.name_job(wanted.config)?;
    let films = Films { api: Api::new(server)?, place, wanted, stop };
    let mut troubles = Vec::new();
    let mut begun = Vec::new();
    for file in &films.wanted.files {
        match films.begin(file).await {
            Ok(job) => begun.push((file, job)),
            Err(trouble) => troubles.push((file, trouble)),
        }
    }
    for (file, job) in begun {
        troubles.extend(films.end(&job).await.err().map(|trouble| (file, trouble)));
    }
    outcome(troubles, films.wanted.files.len(), "have no result here")
}

/// The trouble itself of one film; of several, each under its film's name.
pub(crate) fn outcome(
    mut troubles: Vec<(&PathBuf, anyhow::Error)>,
    films: usize,
    what: &str,
) -> anyhow::Result<()> {
    if films == 1 {
        return troubles.pop().map_or(Ok(()), |(_, trouble)| Err(trouble));
    }
    for (file, trouble) in &troubles {
        say(&format!("{}: {trouble:#}", file.display()));
    }
    match troubles.len() {
        0 => Ok(()),
        some => bail!("{some} of {films} films {what}"),
    }
}

struct Films {
    api: Api,
    place: fetch::Place,
    wanted: Wanted,
    stop: CancellationToken,
}

impl Films {
    async fn begin(&self, file: &Path) -> anyhow::Result<JobId> {
        if self.stop.is_cancelled() {
            return Err(anyhow!("stopped before it was sent"));
        }
        let job = upload::film(&self.api, file, &self.wanted.config, &self.wanted.work_dir, &self.stop).await;
        match &job {
            Ok(job) => say(&format!("{}: job {job}", file.display())),
            Err(trouble) if self.wanted.json => report::line(&as_json(file, trouble)),
            Err(_) => {}
        }
        job
    }

    async fn end(&self, job: &JobId) -> anyhow::Result<()> {
        fetch::follow_and_fetch(&self.api, job.as_str(), &self.place, self.wanted.json, &self.stop).await
    }
}

/// What a program reads where there is no job: the server's refusal as it came, or our own words.
fn as_json(file: &Path, trouble: &anyhow::Error) -> String {
    let refused = trouble.chain().find_map(|cause| cause.downcast_ref());
    let error = match refused {
        Some(Trouble::Refused { code, message }) => json!({"code": code, "message": message}),
        _ => json!({"code": "FAILED", "message": format!("{trouble:#}")}),
    };
    json!({"Error": error, "file": file.display().to_string()}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_to_programs_as_the_server_said_it() {
        let refused = Trouble::Refused { code: "NOT_A_FILM".into(), message: "no film".into() };
        let told = as_json(Path::new("a.mkv"), &anyhow!(refused).context("uploading"));
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        assert_eq!(told, json!({"Error": {"code": "NOT_A_FILM", "message": "no film"}, "file": "a.mkv"}));
        let told = as_json(Path::new("a.mkv"), &anyhow!("it is empty"));
        assert!(told.contains("FAILED") && told.contains("it is empty"), "{told}");
    }
}
