//! Answers for people, on standard output.

use ffmpeg_cluster_common::protocol::command::JobStatus;
use ffmpeg_cluster_common::shown::shown;

#[expect(clippy::print_stdout, reason = "standard output is for answers")]
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// A job and, when it is done, its proof.
pub(crate) fn job(status: &JobStatus) {
    text(status).lines().for_each(|all| line(&shown(all)));
}

fn text(status: &JobStatus) -> String {
    // A job that ended does nothing any more.
    let doing = if status.status.is_final() { String::new() } else { format!(", {}", status.doing) };
    let mut all = vec![
        format!("job      {}", status.job_id),
        format!("status   {}, {:.1} %{doing}", status.status.as_str(), status.progress),
        format!("film     {} → {}", status.file_name, status.output_name),
    ];
    if let Some(total) = status.frames_total {
        let speed = status.speed.map(|speed| format!(" ({speed:.2}×)")).unwrap_or_default();
        all.push(format!("frames   {} of {total}, {:.1} fps{speed}", status.frames_done, status.fps));
    }
    if let Some(error) = &status.error {
        all.push(format!("error    {}", error.replace('\n', "\n         ")));
    }
    let Some(report) = &status.report else { return all.join("\n") };
    let (error, allowed) = (report.time_error_max_ms, report.time_error_allowed_ms);
    all.push(format!(
        "proved   {} of {} frames, largest time error {error:.3} ms ({allowed} ms allowed), indexed by {}",
        report.frames_result, report.frames_source, report.indexed_by
    ));
    all.extend(report.streams_kept.iter().map(|stream| format!("kept     {stream}")));
    all.extend(report.streams_dropped.iter().map(|stream| format!("dropped  {stream}")));
    all.extend(report.warnings.iter().map(|warning| format!("warning  {warning}")));
    for by in &report.encoded_by {
        let sound = if by.sound { ", the sound" } else { "" };
        all.push(format!(
            "encoded  {}: {} frames in {} pieces at {:.1} fps{sound}",
            by.name, by.frames, by.pieces, by.fps
        ));
    }
    let seconds = report.wall_ms as f64 / 1000.0;
    all.push(format!("took     {seconds:.1} s, {:.1} fps, {} bytes", report.fps, report.result_bytes));
    all.join("\n")
}
