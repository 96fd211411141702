//! Any frame of a job's film is exactly that frame: the same pixels as one plain run of ffmpeg gives.

use std::path::{Path, PathBuf};
use std::process::Command;

use harness::cluster::Cluster;
use harness::films::film;
use harness::judge;
use serde_json::{Value, json};

const FILMS: &[&str] = &[
    "vfr.mkv",
    "vfr.mp4",
    "h264-open-gop.mp4",
    "h264-open-gop.ts",
    "hevc-open-gop.mkv",
    "h264-one-key.mp4",
    "edit-list.mp4",
    "ts-offset.ts",
    "interlaced.mpg",
    "mpeg4-b.avi",
    "plain.avi",
    "vp9.webm",
    "rotated.mp4",
    "hdr10.mp4",
    "rate-2997.mp4",
];
/// Frames of each film.
const FRAMES: u64 = 12;
/// Films of which results are made.
const MADE: &[&str] = &["vfr.mkv", "h264-open-gop.ts", "mpeg4-b.avi", "one-frame.mp4"];

/// A hash of the pixels of each frame.
fn hashes(before: &[&str], film: &Path) -> Vec<String> {
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-nostdin", "-v", "error"]).args(before).arg("-i").arg(film);
    ffmpeg.args(["-map", "0:V:0", "-fps_mode", "passthrough", "-pix_fmt", "rgb24", "-f", "framemd5", "-"]);
    let told = ffmpeg.output().expect("ffmpeg");
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| line.rsplit(',').next().expect("a hash").trim().to_owned()).collect()
}

struct Asker<'a> {
    cluster: &'a Cluster,
    http: reqwest::Client,
}

impl<'a> Asker<'a> {
    fn new(cluster: &'a Cluster) -> Self {
        Self { cluster, http: reqwest::Client::builder().no_proxy().build().expect("a plain client") }
    }

    async fn picture(&self, path: &str) -> (u16, Vec<u8>) {
        let answer = self.http.get(self.cluster.ask.url(path)).send().await.expect("the server answers");
        (answer.status().as_u16(), answer.bytes().await.expect("a whole body").to_vec())
    }

    /// Hashes of these frames, as the server shows them.
    async fn shown(&self, job: &str, of: &str, frames: &[u64]) -> Vec<String> {
        let mut all = Vec::new();
        for n in frames {
            let (status, png) = self.picture(&format!("/api/v1/jobs/{job}/frames/{n}?of={of}")).await;
            assert_eq!(status, 200, "frame {n} of {job}: {}", String::from_utf8_lossy(&png));
            all.extend(png);
        }
        let file = self.cluster.scratch.path().join(format!("{job}-{of}.png"));
        std::fs::write(&file, all).expect("writing pictures");
        hashes(&["-f", "png_pipe"], &file)
    }

    async fn is_right(&self, job: &str, of: &str, film: &Path, every: u64) {
        let wanted = hashes(&[], film);
        let frames = some(wanted.len() as u64, every);
        let shown = self.shown(job, of, &frames).await;
        assert_eq!(shown.len(), frames.len(), "{of} of {}", film.display());
        for (n, shown) in frames.iter().zip(shown) {
            let index = usize::try_from(*n).expect("a number of a frame");
            let told = wanted.iter().position(|one| *one == shown);
            assert_eq!(shown, wanted[index], "frame {n} of the {of} of {} is {told:?}", film.display());
        }
    }

    async fn fetched(&self, job: &str) -> PathBuf {
        let status = self.cluster.ask.ended(job).await;
        assert_eq!(status["status"], "Completed", "{}", status["error"]);
        let result = self.cluster.scratch.path().join(format!("{job}.mkv"));
        self.cluster.ask.fetch(status["output_url"].as_str().expect("a url"), &result).await;
        result
    }
}

/// Both ends, and others evenly between them.
fn some(all: u64, count: u64) -> Vec<u64> {
    let mut some: Vec<u64> = (0..count).map(|n| n * (all - 1) / (count - 1).max(1)).collect();
    some.extend([1, all.saturating_sub(2)].map(|n| n.min(all - 1)));
    some.sort_unstable();
    some.dedup();
    some
}

#[tokio::test]
async fn every_frame_is_the_one_of_a_plain_run_of_ffmpeg() {
    let cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let mut jobs = Vec::new();
    for name in FILMS {
        jobs.push((film(name), cluster.ask.submit(&film(name), Value::Null).await));
    }
    for (film, job) in &jobs {
        cluster.ask.until(job, "was listed", |status| status["status"] == "WaitingForClients").await;
        Asker::new(&cluster).is_right(job, "source", film, FRAMES).await;
    }
}

/// The results have frames that are shown in another order than they are coded. The sources were listed anew.
#[tokio::test]
async fn a_finished_job_shows_its_result_and_still_its_source() {
    let cluster = Cluster::new().clients(1).encode("-c:v libx264 -preset veryfast", ".mp4").start();
    let mut jobs = Vec::new();
    for name in MADE {
        jobs.push((film(name), cluster.ask.submit(&film(name), Value::Null).await));
    }
    for (film, job) in &jobs {
        let asker = Asker::new(&cluster);
        let result = asker.fetched(job).await;
        asker.is_right(job, "result", &result, FRAMES).await;
        asker.is_right(job, "source", film, FRAMES / 3).await;
    }
}

#[tokio::test]
async fn frames_are_counted_in_the_part_that_the_job_encodes() {
    let cluster = Cluster::new().clients(1).start();
    let (asker, film) = (Asker::new(&cluster), film("h264-open-gop.mp4"));
    let (all, seconds) = (hashes(&[], &film), judge::frames(&film));
    let of = |params: &str| json!({"ffmpeg_params": params, "required_clients": 1});
    let job = cluster.ask.submit(&film, of("-c:v ffv1 -ss 0.5 -t 1")).await;
    let result = asker.fetched(&job).await;
    let first = seconds.iter().position(|frame| frame.seconds > 0.4999).unwrap();
    let part = hashes(&[], &result);
    assert_eq!(asker.shown(&job, "source", &[0, 7]).await, [all[first].clone(), all[first + 7].clone()]);
    assert_eq!(asker.shown(&job, "result", &[0, 7]).await, [part[0].clone(), part[7].clone()]);
    let last = part.len();
    let (status, told) = asker.picture(&format!("/api/v1/jobs/{job}/frames/{last}")).await;
    let told = String::from_utf8(told).unwrap();
    assert!(status == 404 && told.contains(&format!("{last} frames")), "{status} {told}");
    // Fewer frames than the source has: the source's frame that is on the screen then, before any filter.
    let job = cluster.ask.submit(&film, of("-c:v ffv1 -r 10 -vf negate,scale=160:-2")).await;
    asker.fetched(&job).await;
    let then = seconds.iter().rposition(|frame| frame.seconds < 0.5001).unwrap();
    assert_eq!(asker.shown(&job, "source", &[5]).await, [all[then].clone()]);
    let strip = asker.picture(&format!("/api/v1/jobs/{job}/strip?count=5")).await;
    let file = cluster.scratch.path().join("strip.jpg");
    std::fs::write(&file, strip.1).unwrap();
    let picture = judge::picture(&file);
    assert_eq!((strip.0, &picture["width"], &picture["codec_name"]), (200, &json!(800), &json!("mjpeg")));
}
