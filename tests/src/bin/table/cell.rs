//! One film through one cluster: what came of it, as the judge sees it, not as the server says.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use harness::cluster::Cluster;
use harness::judge::{self, Frame};
use harness::set_back::laid_out;
use serde_json::Value;

/// All films are submitted at once; the last one waits for all the others.
const PATIENCE: Duration = Duration::from_secs(3600);
/// Times are told in microseconds on the way.
const ROUNDING_MS: f64 = 0.1;
/// A constant rate that Matroska rounded to milliseconds is laid on that rate again.
const SOURCE_ROUNDED_MS: f64 = 0.5;

/// ffmpeg itself does not decode these to the same pixels twice.
const DAMAGED: &[&str] = &["corrupt", "lost", "missing"];

pub enum Cell {
    Exact(Facts),
    Refused(String),
    /// This build of ffmpeg has no decoder for the result's codec.
    NotJudged(String),
    Wrong(String),
}

pub struct Facts {
    frames: usize,
    off_ms: f64,
    pixels: Option<&'static str>,
    kept: usize,
    dropped: usize,
}

impl fmt::Display for Cell {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(facts) => {
                write!(to, "exact: {} frames, {:.2} ms", facts.frames, facts.off_ms)?;
                if let Some(pixels) = facts.pixels {
                    write!(to, ", pixels {pixels}")?;
                }
                write!(to, ", {} kept, {} dropped", facts.kept, facts.dropped)
            }
            Self::Refused(why) => write!(to, "refused: {}", line(why)),
            Self::NotJudged(codec) => write!(to, "not judged: no decoder for {codec}"),
            Self::Wrong(why) => write!(to, "**WRONG**: {}", line(why)),
        }
    }
}

fn line(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() > 200 { text.chars().take(199).chain(['…']).collect() } else { text }
}

/// Decodes each source once.
#[derive(Default)]
pub struct Judge {
    sources: HashMap<PathBuf, Vec<Frame>>,
}

impl Judge {
    pub async fn cell(&mut self, cluster: &Cluster, film: &Path, job: &str, lossless: bool) -> Cell {
        let Some(status) = cluster.ask.ended_within(job, PATIENCE).await else {
            return Cell::Wrong("it does not end".to_owned());
        };
        let error = status["error"].as_str().unwrap_or_default().to_owned();
        if status["status"] != "Completed" {
            // What can't be done is said before the film has a list of frames; after that there is nothing to refuse.
            return if status["frames_total"].is_null() { Cell::Refused(error) } else { Cell::Wrong(error) };
        }
        let result = cluster.scratch.path().join(format!("table-{job}"));
        cluster.ask.fetch(status["output_url"].as_str().expect("a url"), &result).await;
        let cell = match judge::without_decoder(&result) {
            Some(codec) => Cell::NotJudged(codec),
            None => match self.facts(film, &result, &status["report"], lossless) {
                Ok(facts) => Cell::Exact(facts),
                Err(why) => Cell::Wrong(why),
            },
        };
        let _ = std::fs::remove_file(&result);
        cell
    }

    fn facts(&mut self, film: &Path, result: &Path, report: &Value, lossless: bool) -> Result<Facts, String> {
        let (wanted, got) = if lossless {
            judge::frames_alike(film, result)
        } else {
            let wanted = self.sources.entry(film.to_owned()).or_insert_with_key(|film| judge::frames(film));
            (wanted.clone(), judge::frames(result))
        };
        let [one, other] = times(film, report, &wanted);
        let off_ms = apart(&one, &got)?.min(apart(&other, &got)?);
        let rounded = if report["times_laid_on"].is_string() { SOURCE_ROUNDED_MS } else { 0.0 };
        let allowed = report["time_error_allowed_ms"].as_f64().unwrap_or(0.0) + ROUNDING_MS + rounded;
        if off_ms > allowed {
            return Err(format!("a frame is {off_ms:.3} ms off, {allowed:.3} are allowed"));
        }
        let pixels = lossless.then(|| pixels(film, &wanted, &got)).transpose()?;
        let (kept, dropped) = streams(film, result, report)?;
        let frames = usize::try_from(report["frames_result"].as_u64().unwrap_or(0)).unwrap_or(0);
        Ok(Facts { frames, off_ms, pixels, kept, dropped })
    }
}

/// In seconds.
fn tick(film: &Path) -> f64 {
    let base = judge::time_base(film);
    let fraction = base.split_once(':').and_then(|(num, den)| Some((num.parse().ok()?, den.parse().ok()?)));
    fraction.map_or(0.0, |(num, den): (f64, f64)| num / den)
}

/// When the frames should come, in seconds from the first. Frames that share a time in the source share it in the result, or
/// follow each other by a tick.
fn times(film: &Path, report: &Value, wanted: &[Frame]) -> [Vec<f64>; 2] {
    if report["clock_set_back"].as_array().is_some_and(|places| !places.is_empty()) {
        let laid_out = laid_out(film).0;
        return [laid_out.clone(), laid_out];
    }
    let (tick, mut before) = (tick(film), f64::NEG_INFINITY);
    let after = |frame: &Frame| {
        before = if frame.seconds > before { frame.seconds } else { before + tick };
        before
    };
    [wanted.iter().map(|frame| frame.seconds).collect(), wanted.iter().map(after).collect()]
}

/// The largest difference between the times of both.
fn apart(wanted: &[f64], got: &[Frame]) -> Result<f64, String> {
    if wanted.is_empty() {
        return Err("the judge saw no frames in the source".to_owned());
    }
    if wanted.len() != got.len() {
        return Err(format!("{} frames came back of {}", got.len(), wanted.len()));
    }
    let off = wanted.iter().zip(got).map(|(time, frame)| (time - frame.seconds).abs() * 1000.0);
    Ok(off.fold(0.0, f64::max))
}

fn pixels(film: &Path, wanted: &[Frame], got: &[Frame]) -> Result<&'static str, String> {
    let name = film.file_name().unwrap_or_default().to_string_lossy();
    let Some(number) = wanted.iter().zip(got).position(|(a, b)| a.hash != b.hash) else { return Ok("same") };
    if DAMAGED.iter().any(|kind| name.starts_with(kind)) {
        return Ok("differ (damaged source)");
    }
    Err(format!("the pixels of frame {number} differ"))
}

/// How many were kept and dropped; all of the source's must be in either list, and those kept in the file.
fn streams(film: &Path, result: &Path, report: &Value) -> Result<(usize, usize), String> {
    let said = |name: &str| report[name].as_array().map_or(0, Vec::len);
    let (kept, dropped) = (said("streams_kept"), said("streams_dropped"));
    let count = |film: &Path, with_data: bool| {
        let streams = judge::probe(film)["streams"].as_array().cloned().unwrap_or_default();
        // Chapters of MP4 are a stream of data.
        streams.iter().filter(|one| with_data || one["codec_type"] != "data").count()
    };
    let (there, all) = (count(result, false), count(film, true));
    if there != kept {
        return Err(format!("{kept} streams were said to be kept, {there} are there"));
    }
    if kept + dropped < all {
        return Err(format!("of {all} streams {kept} were kept and {dropped} dropped"));
    }
    Ok((kept, dropped))
}
