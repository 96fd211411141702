//! Lists as aligned columns, one line for each row.

use ffmpeg_cluster_common::protocol::command::JobState;
use ffmpeg_cluster_common::protocol::reply::{ClientLine, JobLine};
use ffmpeg_cluster_common::text::{aligned, safe};
use serde_json::Value;

use super::report::short;
use super::{colour, fit};

/// On a terminal of so many columns; None: as wide as it is.
pub(crate) fn jobs(jobs: &[JobLine], columns: Option<usize>) -> String {
    let rows = jobs.iter().map(|job| {
        let done = format!("{:.0} %", job.progress);
        let created = moment(&job.created_at);
        let error =
            job.error.as_deref().and_then(|error| error.lines().next()).unwrap_or_default().to_owned();
        let status = job.status.as_str().to_owned();
        vec![short(job.job_id.as_str()).to_owned(), status, done, created, job.file_name.clone(), error]
    });
    let text = fitted(&["JOB", "STATUS", "DONE", "CREATED (UTC)", "FILE", "ERROR"], rows.collect(), columns);
    let states = [None].into_iter().chain(jobs.iter().map(|job| Some(job.status)));
    let coloured = |(line, state): (&str, Option<JobState>)| match state {
        Some(state) => line.replacen(state.as_str(), &colour::of_state(state), 1),
        None => line.to_owned(),
    };
    text.lines().zip(states).map(coloured).collect::<Vec<_>>().join("\n")
}

pub(crate) fn clients(clients: &[ClientLine], columns: Option<usize>) -> String {
    let rows = clients.iter().map(|client| {
        let fps = client.performance.map_or_else(|| "–".to_owned(), |fps| format!("{fps:.1}"));
        let cores = client.machine.cores.to_string();
        let (id, status) = (short(client.client_id.as_str()).to_owned(), format!("{:?}", client.status));
        vec![id, client.name.clone(), status, cores, fps, client.doing.clone()]
    });
    fitted(&["CLIENT", "NAME", "STATUS", "CORES", "FPS", "DOING"], rows.collect(), columns)
}

/// Tokens as the REST API lists them.
pub(crate) fn tokens(tokens: &[Value], columns: Option<usize>) -> String {
    let rows = tokens.iter().map(|token| {
        let word = |key: &str| token[key].as_str().unwrap_or_default();
        let at = |key: &str| moment(word(key));
        let is_revoked = !token["revoked_at"].is_null();
        let until = match (is_revoked, word("expires_at")) {
            (true, _) => format!("revoked {}", at("revoked_at")),
            (false, "") => "–".to_owned(),
            (false, _) => at("expires_at"),
        };
        let used = if word("last_used_at").is_empty() { "never".to_owned() } else { at("last_used_at") };
        vec![
            word("id").to_owned(),
            word("role").to_owned(),
            at("created_at"),
            until,
            used,
            safe::escaped(word("note")),
        ]
    });
    fitted(&["TOKEN", "ROLE", "CREATED (UTC)", "UNTIL", "LAST USED", "NAME"], rows.collect(), columns)
}

pub(crate) fn links(links: &[Value], columns: Option<usize>) -> String {
    let rows = links.iter().map(|link| {
        let at = |key: &str| moment(link[key].as_str().unwrap_or_default());
        vec![link["id"].as_str().unwrap_or_default().to_owned(), at("created_at"), at("expires_at")]
    });
    fitted(&["LINK", "CREATED (UTC)", "UNTIL"], rows.collect(), columns)
}

/// `2026-11-27T14:02:11.204Z` as people write it, to the second.
pub(crate) fn moment(text: &str) -> String {
    text.split('.').next().unwrap_or_default().replace('T', " ")
}

fn fitted(heads: &[&str], rows: Vec<Vec<String>>, columns: Option<usize>) -> String {
    let all = aligned(heads, rows);
    all.lines().map(|line| fit::cut(line, columns)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// They wrapped on the UUID.
    #[test]
    fn a_job_is_one_line_on_eighty_columns() {
        let job = JobLine {
            job_id: "4f0c12ab-aaaa-bbbb-cccc-000000000000".parse().unwrap(),
            file_name: "a film with a long name of its own.mkv".into(),
            status: JobState::WaitingForClients,
            progress: 0.0,
            created_at: "2026-11-30T07:00:00.000Z".into(),
            completed_at: None,
            error: Some("a long reason, too".into()),
        };
        let text = jobs(std::slice::from_ref(&job), Some(80));
        assert_eq!(text.lines().count(), 2);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains("4f0c12ab  WaitingForClients") && text.contains("a film with"), "{text}");
        assert!(jobs(&[job], None).contains("a long reason, too"));
    }
}
