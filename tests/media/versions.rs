//! Clients whose ffmpegs decode one film to unlike pictures. Two versions are found in PATH, or nothing is checked.

use std::path::{Path, PathBuf};

use harness::cluster::Cluster;
use harness::films::zoo;
use harness::judge;
use serde_json::Value;

use crate::run::run;

/// Its picture is cut off at the left, which some versions do to the pixel and others only nearly.
const FILM: &str = "crop-h264.mp4";

/// All pixels of a film, as this ffmpeg decodes them.
fn pixels(ffmpeg: &Path, film: &Path) -> Option<String> {
    let film = film.display().to_string();
    let line = [
        "-v",
        "error",
        "-nostdin",
        "-i",
        &film,
        "-map",
        "0:V:0",
        "-fps_mode",
        "passthrough",
        "-f",
        "md5",
        "-",
    ];
    let program = ffmpeg.join("ffmpeg").display().to_string();
    run(&program, &line.map(str::to_owned)).ok()
}

/// Folders with ffmpegs that see other pictures in this film.
fn two_that_differ(film: &Path) -> Option<[PathBuf; 2]> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all: Vec<PathBuf> =
        std::env::split_paths(&path).filter(|folder| folder.join("ffmpeg").is_file()).collect();
    let first = all.first()?;
    let seen = pixels(first, film)?;
    let differs = |folder: &&PathBuf| pixels(folder, film).is_some_and(|other| other != seen);
    let other = all.iter().filter(|folder| folder.join("ffprobe").is_file()).find(differs)?;
    Some([first.clone(), other.clone()])
}

#[tokio::test]
async fn where_versions_decode_otherwise_the_film_is_of_one_of_them() {
    let source = zoo(FILM);
    let Some(two) = two_that_differ(&source) else {
        return judge::not_checked(
            "clients with unlike ffmpegs",
            "no two in PATH see other pictures in a film",
        );
    };
    // The first client takes the first of PATH, as the server does.
    let mut cluster = Cluster::new().clients(1).start();
    cluster.add_client_with(&["--ffmpeg-dir", two[1].to_str().expect("a plain path")]);
    let job = cluster.ask.submit(&source, Value::Null).await;
    let status = cluster.ask.completed(&job).await;
    let result = cluster.scratch.path().join("result.mkv");
    cluster.ask.fetch(status["output_url"].as_str().expect("a url"), &result).await;
    let made = pixels(&two[0], &result);
    let wanted = two.each_ref().map(|ffmpeg| pixels(ffmpeg, &source));
    let is_one = made.is_some() && wanted.contains(&made);
    assert!(is_one, "it is of neither: {made:?} of {wanted:?}, {:#}", status["report"]);
}
