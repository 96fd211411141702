//! The judge's own film: one plain run of ffmpeg with the same words, but for what the documentation says that we do otherwise.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ffmpeg_cluster_common::frames::Rational;
use ffmpeg_cluster_common::media::words::container::Container;

use super::Job;
use crate::judge;

/// What takes longer says nothing of us.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// How the plain run ended.
#[derive(Debug)]
pub enum Plain {
    Made(PathBuf),
    /// With what ffmpeg said last.
    Failed(String),
    TooSlow,
}

/// Into `to`, whose name has no suffix yet.
pub fn run(job: &Job, film: &Path, to: &Path) -> Plain {
    let result = to.with_extension(job.suffix.trim_start_matches('.'));
    // Some encoders and containers refuse the fine time bases in which films tell their times.
    let own = judge::time_base(film);
    let own = if hides_what_is_early(job) { own } else { fine(&own) };
    let bases = [Some(own), Some("1:90000".to_owned()), None];
    let mut last = Plain::TooSlow;
    for base in bases {
        last = once(&arguments(job, film, base.as_deref()), &result);
        if !matches!(last, Plain::Failed(_)) {
            break;
        }
    }
    match last {
        // It ends well where nothing is left of a film.
        Plain::Made(path) if judge::frames(&path).is_empty() => {
            Plain::Failed("its film has no frames".into())
        }
        other => other,
    }
}

/// A part begins at the tick that is nearest to what was asked for. Between ticks it would lie before the beginning, where MP4 hides
/// it; as people run ffmpeg it does not.
fn hides_what_is_early(job: &Job) -> bool {
    const BETWEEN: [&str; 4] = ["-vf", "-filter:v", "-r", "-fps_mode"];
    is_part_in_mp4(job) && !BETWEEN.iter().any(|name| job.says(name))
}

fn is_part_in_mp4(job: &Job) -> bool {
    [".mp4", ".m4v", ".mov"].contains(&job.suffix.as_str()) && job.says("-ss")
}

/// A film that counts its frames has no ticks for those between them.
fn fine(base: &str) -> String {
    const BETWEEN: i64 = 1200;
    match Rational::parse(base) {
        Some(base) if base.den < 1000 => format!("{}:{}", base.num, base.den * BETWEEN),
        Some(_) | None => base.to_owned(),
    }
}

fn once(words: &[String], result: &Path) -> Plain {
    let log = result.with_extension("log");
    let Ok(told) = std::fs::File::create(&log) else { return Plain::Failed("no log".into()) };
    let mut command = Command::new("ffmpeg");
    command.args(words).arg(result).stdin(Stdio::null()).stdout(Stdio::null()).stderr(told);
    let mut child = command.spawn().expect("ffmpeg is here");
    let deadline = Instant::now() + PATIENCE;
    loop {
        match child.try_wait().expect("our own child") {
            Some(status) if status.success() => return Plain::Made(result.to_owned()),
            Some(status) => {
                let text = std::fs::read(&log).unwrap_or_default();
                let text = String::from_utf8_lossy(&text).into_owned();
                return Plain::Failed(format!("{status}: {}", text.lines().last().unwrap_or_default()));
            }
            None if Instant::now() > deadline => {
                let _ = child.kill();
                let _ = child.wait();
                return Plain::TooSlow;
            }
            None => std::thread::park_timeout(Duration::from_millis(20)),
        }
    }
}

fn arguments(job: &Job, film: &Path, base: Option<&str>) -> Vec<String> {
    let mut all: Vec<String> = ["-nostdin", "-v", "error", "-y", "-i"].map(str::to_owned).into();
    all.push(film.display().to_string());
    all.extend(["-map", "0:V:0", "-map", "0:a?", "-dn", "-sn"].map(str::to_owned));
    all.extend(words(job, film));
    all.extend(["-fps_mode", "passthrough"].map(str::to_owned));
    if let Some(base) = base {
        all.extend(["-enc_time_base:v".to_owned(), base.to_owned()]);
    }
    // By an .m4v ffmpeg means a poorer MP4.
    // Our join takes what ffmpeg calls experimental, such as FLAC in MP4.
    if [".mp4", ".m4v", ".mov"].contains(&job.suffix.as_str()) && job.value(&["-c:a"]) == Some("flac") {
        all.extend(["-strict", "-2"].map(str::to_owned));
    }
    // Such a part needs the fine base, in which its first frame may lie before zero.
    if is_part_in_mp4(job) && !hides_what_is_early(job) {
        all.extend(["-use_editlist", "0"].map(str::to_owned));
    }
    let container = Container::of_name(&format!("a{}", job.suffix)).map(Container::muxer);
    all.extend(container.into_iter().flat_map(|muxer| ["-f".to_owned(), muxer.to_owned()]));
    all
}

/// `-r` is the filter `fps` behind all others; streams are mapped by us.
fn words(job: &Job, film: &Path) -> Vec<String> {
    const OURS: &[&str] =
        &["-r", "-fps_mode", "-vf", "-filter:v", "-sn", "-c:s", "-disposition:a:0", "-metadata:s:v:0"];
    let rate = job.value(&["-r"]).map(str::to_owned);
    let rate = rate.or_else(|| (job.value(&["-fps_mode"]) == Some("cfr")).then(|| guessed_rate(film)));
    let mut all = job
        .parts
        .iter()
        .filter(|part| !OURS.contains(&part[0].as_str()))
        .flatten()
        .cloned()
        .collect::<Vec<_>>();
    let chain = job.value(&["-vf", "-filter:v"]).map(str::to_owned);
    let chain: Vec<String> = chain.into_iter().chain(rate.map(|rate| format!("fps={rate}"))).collect();
    if !chain.is_empty() {
        all.extend(["-vf".to_owned(), chain.join(",")]);
    }
    all
}

/// As `av_guess_frame_rate` has it.
fn guessed_rate(film: &Path) -> String {
    let picture = judge::picture(film);
    let [mean, base] =
        ["avg_frame_rate", "r_frame_rate"].map(|name| picture[name].as_str().unwrap_or("25/1").to_owned());
    let number = |rate: &str| Rational::parse(rate).map_or(0.0, Rational::as_f64);
    if number(&mean) < 70.0 && number(&base) > 210.0 { mean } else { base }
}

/// The same pictures without loss, to tell how far a lossy encoder strays by itself.
pub fn lossless(job: &Job, film: &Path, to: &Path) -> Plain {
    const KEPT: &[&str] = &["-vf", "-filter:v", "-r", "-fps_mode", "-ss", "-t", "-to", "-frames:v", "-s"];
    let mut parts = vec![vec!["-c:v".to_owned(), "ffv1".to_owned()], vec!["-an".to_owned()]];
    parts.extend(job.parts.iter().filter(|part| KEPT.contains(&part[0].as_str())).cloned());
    run(&Job { film: job.film.clone(), parts, suffix: ".mkv".into() }, film, to)
}
