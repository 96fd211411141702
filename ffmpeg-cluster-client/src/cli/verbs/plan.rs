//! Asks what would become of films that are on the server's machine. Nothing is made.

use std::path::{Path, PathBuf};

use anyhow::bail;
use ffmpeg_cluster_common::protocol::command::JobConfig;
use ffmpeg_cluster_common::text::counted;
use serde_json::Value;

use super::show::print_if;
use super::there::{path_there, with_advice};
use crate::cli::job::GivenFlags;
use crate::server::api::{Api, refusal};
use crate::submit::films;
use crate::terminal::report;

/// What each of the jobs would be.
pub(super) struct Wanted {
    pub(super) config: JobConfig,
    pub(super) given: GivenFlags,
}

pub(super) async fn run(api: &Api, files: &[PathBuf], wanted: Wanted, json: bool) -> anyhow::Result<()> {
    let mut troubles = Vec::new();
    for (n, file) in files.iter().enumerate() {
        if n > 0 && !json {
            report::line("");
        }
        troubles.extend(plan(api, file, &wanted, json).await.err().map(|trouble| (file, trouble)));
    }
    films::outcome(troubles, files.len(), "would become no jobs")
}

async fn plan(api: &Api, file: &Path, wanted: &Wanted, json: bool) -> anyhow::Result<()> {
    let request = wanted.given.request(&path_there(&api.server, file)?, &wanted.config);
    let value = api.post("/api/v1/plan", &request).await?;
    print_if(json, &value);
    if let Some(trouble) = refusal(&value) {
        bail!(with_advice(trouble, &api.server));
    }
    if !json {
        report::labelled(&text(file, &value));
    }
    if value["accepted"] != true {
        bail!("{} would be refused", file.display());
    }
    Ok(())
}

fn text(file: &Path, plan: &Value) -> Vec<String> {
    let word = |key: &str| plan[key].as_str().unwrap_or_default();
    if plan["accepted"] != true {
        let problems = plan["problems"].as_array().into_iter().flatten();
        let problem = |it: &Value| {
            let word = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
            format!("problem  {} ({})", word("message"), word("code"))
        };
        let film = [format!("film     {}", file.display()), "plan     would be refused".to_owned()];
        return film.into_iter().chain(problems.map(problem)).collect();
    }
    let clients = counted(plan["required_clients"].as_u64().unwrap_or_default(), "client");
    let mut all = vec![
        format!("film     {} → {}", word("file_name"), word("output_name")),
        "plan     would be accepted".to_owned(),
        format!("params   {}", word("ffmpeg_params")),
        format!("clients  waits for {clients}"),
    ];
    if plan["exactly"] == false {
        all.push("frames   need not be exactly those of the source".to_owned());
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_plan_is_read_by_people() {
        let plan = json!({"accepted": true, "problems": [], "file_name": "a.mkv", "output_name": "output.mp4",
            "ffmpeg_params": "-c:v libx264", "required_clients": 1, "exactly": true});
        let told = text(Path::new("films/a.mkv"), &plan);
        assert_eq!(told[0], "film     a.mkv → output.mp4");
        assert_eq!(told[3], "clients  waits for 1 client");
        let plan = json!({"accepted": false, "problems": [{"code": "NOT_A_FILM", "message": "no film"}]});
        let told = text(Path::new("b.txt"), &plan);
        assert_eq!(told, ["film     b.txt", "plan     would be refused", "problem  no film (NOT_A_FILM)"]);
    }
}
