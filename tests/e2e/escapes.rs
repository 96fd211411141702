//! A program in ffmpeg's place tries every way out that we know of. What works is what docs/sandbox.md says is not held.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use ffmpeg_cluster_common::io::process::{self, Run};
use ffmpeg_cluster_common::io::sandbox::{Opened, RunAccess};
use harness::cluster::Scratch;
use tokio_util::sync::CancellationToken;

use crate::sandbox::is_held;

/// Listed under "Not held" in docs/sandbox.md, each as it stands here.
const NOT_HELD: &[&str] = &[
    "learns that a file is there, and its size",
    "learns where a link leads",
    "learns how its parent is scheduled",
    "learns the system's name",
    "takes memory of pipes, beside its own",
    "becomes another program of the system",
];

/// Work for everybody where nothing holds them: that they are held shows that they were tried.
const FREE: &[&str] = &[
    "reads another's file",
    "lists /usr/local",
    "lists /opt",
    "truncates a file by its name",
    "changes the rights of a file",
    "sets the times of a file",
    "watches files",
    "changes the rights of the film it reads",
    "reads its parent's limits",
    "sets its parent's limits",
    "sets its parent's priority",
    "sets its parent's processors",
    "sets its parent's turn at the disk",
    "sets its own turn at the disk",
    "gets a descriptor of its parent",
    "asks how large the blocks of its film are",
    "gets two sockets, of which each could write to a daemon",
    "signals its parent",
    "makes shared memory that stays",
    "makes semaphores that stay",
    "makes a queue that stays",
    "makes a file without a name",
    "gets a socket of UDP",
    "gets a socket of a daemon",
    "makes a child",
    "makes a child that goes first",
    "makes a child in the newer way",
    "changes its user",
    "is not told that its parent died",
];

/// These, too, where the C library still makes such calls.
const FREE_OLDER: &[&str] = if cfg!(target_arch = "x86_64") {
    &[
        "changes the rights of a file in the older way",
        "gives a file away in the older way",
        "sets the times of a file in the older way",
        "makes a child in the older way",
    ]
} else {
    &[]
};

struct Prison {
    scratch: Scratch,
    words: Vec<String>,
}

impl Prison {
    fn new() -> Self {
        let scratch = Scratch::new();
        for name in ["secret", "old", "gone", "film"] {
            std::fs::write(scratch.path().join(name), name).unwrap();
        }
        let of = |path: &Path| path.to_str().unwrap().to_owned();
        let words =
            vec![std::process::id().to_string(), of(scratch.path()), of(&scratch.path().join("film"))];
        Self { scratch, words }
    }
}

fn table<'a>(lines: impl Iterator<Item = &'a str>) -> BTreeMap<String, bool> {
    let line = |line: &str| {
        let (how, what) = line.split_once(' ').unwrap_or_else(|| panic!("{line}"));
        assert!(matches!(how, "HELD" | "WORKED"), "{line}");
        (what.to_owned(), how == "WORKED")
    };
    lines.map(line).collect()
}

#[tokio::test]
async fn what_gets_out_is_what_the_documentation_says() {
    if !is_held() {
        return;
    }
    let prison = Prison::new();
    let film = prison.scratch.path().join("film");
    let film = Opened::new(std::fs::File::open(&film).unwrap(), film);
    let mut words = prison.words.clone();
    words[2] = film.address();
    let run = Run::new(Path::new(env!("CARGO_BIN_EXE_escape")), words, RunAccess::nothing().holds(&film));
    let (ended, said) = process::output(&run, &CancellationToken::new(), 1 << 20).await.unwrap();
    assert!(ended.is_good(), "{ended:?}");
    let all = table(said.lines());
    println!("{said}");
    assert!(all.len() >= 60, "only {} ways were tried: {all:?}", all.len());
    let worked: Vec<&String> = all.iter().filter(|(_, worked)| **worked).map(|(what, _)| what).collect();
    let mut expected = NOT_HELD.to_vec();
    expected.sort_unstable();
    assert_eq!(worked, expected);
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/sandbox.md");
    let docs = std::fs::read_to_string(docs).unwrap();
    let not_held = docs.split("**Not held**").nth(1).unwrap().split("\n## ").next().unwrap();
    for what in NOT_HELD {
        assert!(not_held.contains(what), "docs/sandbox.md does not say that a run {what}");
    }
}

#[test]
fn all_of_it_is_really_tried() {
    let prison = Prison::new();
    let said = Command::new(env!("CARGO_BIN_EXE_escape")).args(&prison.words).output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    let all = table(said.lines());
    for what in FREE.iter().chain(FREE_OLDER).chain(NOT_HELD) {
        assert_eq!(all.get(*what), Some(&true), "{what} does not work where nothing holds it:\n{said}");
    }
}
