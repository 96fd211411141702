//! Answers for people, on standard output.

use std::io::{self, Write as _};
use std::sync::OnceLock;

use ffmpeg_cluster_common::media::proof::report::{EncodedBy, PieceLikeness, RenditionReport, Report};
use ffmpeg_cluster_common::protocol::reply::JobStatus;
use ffmpeg_cluster_common::text::{counted, safe};

use super::fit;

/// How many damaged places are listed for people.
const DAMAGE_SHOWN: usize = 8;

const LABEL_COLUMNS: usize = 9;
/// The first part of a UUID.
const SHORT_CHARS: usize = 8;

/// What kept an answer from being read.
static LOST: OnceLock<io::Error> = OnceLock::new();

/// An answer that nobody reads any more, as of `jobs | head -3`, is no error; an answer that can't be written is
/// reported at the end.
pub(crate) fn line(text: &str) {
    if let Err(error) = writeln!(io::stdout(), "{text}") {
        let _ = LOST.set(error);
    }
}

/// Why an answer was lost, unless nobody wanted it.
pub(crate) fn lost() -> Option<&'static io::Error> {
    LOST.get().filter(|error| error.kind() != io::ErrorKind::BrokenPipe)
}

/// Why answers can't be written, also if nobody wants them any more.
pub(crate) fn lost_any() -> Option<&'static io::Error> {
    LOST.get()
}

/// Enough of an identity to name it; the server knows by it what is meant.
pub(crate) fn short(id: &str) -> &str {
    id.get(..SHORT_CHARS).unwrap_or(id)
}

/// A job and, when it is done, its proof.
pub(crate) fn job(status: &JobStatus) {
    text(status).lines().for_each(|all| sentence(all, LABEL_COLUMNS));
}

/// The proof alone.
pub(crate) fn proof_alone(report: &Report) {
    labelled(&proof(report));
}

/// Lines that begin with a label.
pub(crate) fn labelled(lines: &[String]) {
    lines.iter().flat_map(|all| all.lines()).for_each(|line| sentence(line, LABEL_COLUMNS));
}

/// A line for people, whose further lines begin with so many spaces.
pub(crate) fn sentence(text: &str, indent: usize) {
    line(&fit::wrapped(&safe::escaped(text), fit::of_answers(), indent));
}

fn text(status: &JobStatus) -> String {
    // An ended job does nothing any more.
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
    all.extend(status.report.iter().flat_map(proof));
    all.extend(removed(status).map(|what| format!("removed  {what}")));
    all.join("\n")
}

/// Says that a result was removed, and what to do then.
pub(crate) fn removed(status: &JobStatus) -> Option<String> {
    let at = status.result_removed_at.as_ref()?;
    Some(format!(
        "the result was removed at {at}, as the server's settings say; submit the film again to encode it again"
    ))
}

fn proof(report: &Report) -> Vec<String> {
    let (error, allowed) = (report.time_error_max_ms, report.time_error_allowed_ms);
    let mut all = vec![format!(
        "proved   {}, largest time error {error:.3} ms ({allowed} ms allowed), indexed by {}",
        proved(report),
        report.indexed_by
    )];
    all.extend(report.times_laid_on.iter().map(|rate| {
        let rate = rate.strip_suffix("/1").unwrap_or(rate);
        format!("times    set to {rate} frames per second; the source rounds them to whole milliseconds")
    }));
    all.extend(report.clock_set_back.iter().map(|place| {
        let (by, at) = (place.by_ms / 1000.0, place.at_ms / 1000.0);
        let jumps = if by < 0.0 { "leaps ahead" } else { "set back" };
        let by = by.abs();
        format!("clock    {jumps} by {by:.3} s at {at:.3} s; the rest of the film was moved to follow what precedes it")
    }));
    all.extend(report.frames_counted.iter().map(|frames| {
        format!("counted  {} by the server's own run of the filters", counted(*frames, "frame"))
    }));
    all.extend(seams(report));
    all.extend(report.streams_kept.iter().map(|stream| format!("kept     {stream}")));
    all.extend(report.streams_dropped.iter().map(|stream| format!("dropped  {stream}")));
    all.extend(damage(&report.damage));
    all.extend(report.warnings.iter().map(|warning| format!("warning  {warning}")));
    all.extend(likeness(&report.likeness));
    all.extend(report.encoded_by.iter().map(encoded_by));
    let with = report.encoded_with.iter();
    all.extend(with.map(|(encoder, frames)| format!("encoder  {encoder}: {}", counted(*frames, "frame"))));
    all.extend(report.renditions.iter().map(rendition));
    let seconds = report.wall_ms as f64 / 1000.0;
    all.push(format!("took     {seconds:.1} s, {:.1} fps, {} bytes", report.fps, report.result_bytes));
    all
}

/// Compares with the frames that were wanted: a part of the film, or another rate, is no failure.
fn proved(report: &Report) -> String {
    // Reports of older servers lack this number.
    let wanted = if report.frames_wanted == 0 { report.frames_source } else { report.frames_wanted };
    let source = if wanted == report.frames_source {
        String::new()
    } else {
        let word = if wanted < report.frames_source { "of" } else { "from" };
        format!(" ({word} {} in the source)", report.frames_source)
    };
    format!("{} of {}{source}", report.frames_result, counted(wanted, report.noun()))
}

/// What is known about the seams; older servers do not report it.
fn seams(report: &Report) -> Option<String> {
    let seams = report.pieces.saturating_sub(1);
    (seams > 0 && report.seams_compared > 0).then(|| {
        let all = counted(seams, "place");
        let twice = match report.pieces_decoded_twice {
            0 => String::new(),
            pieces => {
                format!("; frames of {} decoded twice, with the same pictures", counted(pieces, "piece"))
            }
        };
        format!(
            "seams    at {} of {all} between pieces, both clients decoded the same pictures{twice}",
            report.seams_compared
        )
    })
}

/// Lists the first places, and counts the others.
fn damage(places: &[String]) -> Vec<String> {
    let mut all: Vec<String> =
        places.iter().take(DAMAGE_SHOWN).map(|place| format!("damaged  {place}")).collect();
    if places.len() > DAMAGE_SHOWN {
        let more = counted((places.len() - DAMAGE_SHOWN) as u64, "more place");
        all.push(format!("damaged  and {more}; --json has them all"));
    }
    all
}

/// Shows the piece that differs most from the source.
fn likeness(pieces: &[PieceLikeness]) -> Option<String> {
    let ssim = pieces.iter().map(|piece| piece.ssim).min_by(f64::total_cmp)?;
    let psnr = pieces.iter().filter_map(|piece| piece.psnr).min_by(f64::total_cmp);
    let psnr = psnr.map_or_else(|| "no pixel differs".to_owned(), |psnr| format!("PSNR {psnr:.1} dB"));
    let of = counted(pieces.len() as u64, "piece");
    Some(format!("likeness {psnr}, SSIM {ssim:.4} (the lowest of {of}, each compared with the source)"))
}

fn encoded_by(by: &EncodedBy) -> String {
    let (frames, pieces) = (counted(by.frames, "frame"), counted(by.pieces, "piece"));
    let sound = if by.sound { ", the sound" } else { "" };
    format!("encoded  {}: {frames} in {pieces} at {:.1} fps{sound}", by.name, by.fps)
}

fn rendition(of: &RenditionReport) -> String {
    let size =
        of.width.zip(of.height).map(|(width, height)| format!(", {width}x{height}")).unwrap_or_default();
    let (segments, mean, peak) = (counted(of.segments, "segment"), of.bits_mean / 1000, of.bits_peak / 1000);
    format!("stream   {}: {}{size}, {segments}, {mean} kb/s, at most {peak} kb/s", of.folder, of.codecs)
}

#[cfg(test)]
mod tests;
