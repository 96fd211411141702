//! Lists as aligned columns.

use ffmpeg_cluster_common::protocol::reply::{ClientLine, JobLine};
use ffmpeg_cluster_common::text::safe;

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

pub(crate) fn aligned(heads: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut all = vec![heads.iter().map(|head| (*head).to_owned()).collect::<Vec<_>>()];
    all.extend(rows.into_iter().map(|row| row.iter().map(|cell| safe::escaped(cell)).collect()));
    let width = |column: usize| all.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    all.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_stand_under_each_other() {
        let rows = vec![vec!["a".to_owned(), "xyz".to_owned()], vec!["long".to_owned(), "z".to_owned()]];
        assert_eq!(super::aligned(&["ONE", "TWO"], rows), "ONE   TWO\na     xyz\nlong  z");
    }

    #[test]
    fn a_name_can_not_steer_the_terminal() {
        let rows = vec![vec!["a\u{1b}[2Jb\r\u{202e}.mkv".to_owned()]];
        assert_eq!(super::aligned(&["FILE"], rows), "FILE\na\\u{1b}[2Jb\\r\\u{202e}.mkv");
    }
}
