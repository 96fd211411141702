//! What the kernel's hold on ffmpeg costs: the processor time of one encode, free and held, as a table.
//!
//! ```text
//! cargo bench -p ffmpeg-cluster-tests --bench hold
//! ```

// What it prints is what it is for.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;

use ffmpeg_cluster_common::io::process::{self, Run};
use ffmpeg_cluster_common::io::sandbox::RunAccess;
use harness::cluster::Scratch;
use harness::films::film;
use tokio_util::sync::CancellationToken;

const ROUNDS: usize = 5;

fn ffmpeg() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    std::env::split_paths(&path).map(|folder| folder.join("ffmpeg")).find(|file| file.is_file()).unwrap()
}

fn arguments(source: &Path, out: &Path) -> Vec<String> {
    let words = ["-v", "error", "-nostdin", "-i", source.to_str().unwrap(), "-an", "-c:v", "libx264"];
    let more = ["-preset", "ultrafast", "-f", "nut", "-y", out.to_str().unwrap()];
    words.iter().chain(&more).map(|word| (*word).to_owned()).collect()
}

/// Of processor time, which no neighbour takes away.
fn ticks_of_children() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields = stat.rsplit(") ").next().unwrap().split(' ');
    fields.skip(13).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}

#[tokio::main]
async fn main() {
    let (scratch, source) = (Scratch::new(), film("medium.mkv"));
    let out = scratch.path().join("out.nut");
    let arguments = arguments(&source, &out);
    println!("hundredths of a second on a processor\n\n| free | held | ratio |\n|---|---|---|");
    for _ in 0..ROUNDS {
        let began = ticks_of_children();
        assert!(Command::new(ffmpeg()).args(&arguments).status().unwrap().success());
        let between = ticks_of_children();
        let reach = RunAccess::nothing().reads(&source).writes(&out, 1 << 30);
        let run = Run::new(&ffmpeg(), arguments.clone(), reach);
        let ended = process::run(&run, &CancellationToken::new(), |_| {}).await.unwrap();
        assert!(ended.is_good(), "{ended:?}");
        let (free, held) = (between - began, ticks_of_children() - between);
        println!("| {free} | {held} | {:.2} |", held as f64 / free as f64);
    }
}
