//! Lists as aligned columns.

use ffmpeg_cluster_common::protocol::reply::{ClientLine, JobLine};
use ffmpeg_cluster_common::text::aligned;

pub(crate) fn jobs(jobs: &[JobLine]) -> String {
    let rows = jobs.iter().map(|job| {
        let done = format!("{:.0} %", job.progress);
        let created = job.created_at.split('.').next().unwrap_or_default().replace('T', " ");
        let error =
            job.error.as_deref().and_then(|error| error.lines().next()).unwrap_or_default().to_owned();
        vec![
            job.job_id.to_string(),
            job.status.as_str().to_owned(),
            done,
            created,
            job.file_name.clone(),
            error,
        ]
    });
    aligned(&["JOB", "STATUS", "DONE", "CREATED (UTC)", "FILE", "ERROR"], rows.collect())
}

pub(crate) fn clients(clients: &[ClientLine]) -> String {
    let rows = clients.iter().map(|client| {
        let fps = client.performance.map_or_else(|| "–".to_owned(), |fps| format!("{fps:.1}"));
        let cores = client.machine.cores.to_string();
        let status = format!("{:?}", client.status);
        vec![client.client_id.to_string(), client.name.clone(), status, cores, fps, client.doing.clone()]
    });
    aligned(&["CLIENT", "NAME", "STATUS", "CORES", "FPS", "DOING"], rows.collect())
}
