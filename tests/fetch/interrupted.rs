//! Two at once, and deaths in the middle.

use std::path::PathBuf;

use harness::cluster::Scratch;
use harness::log::PATIENCE;
use harness::mirror::Manner;
use harness::poll::{SOON, poll};
use rustix::process::Signal;

use crate::builds::{left_over, own, plain};
use crate::found::{NO_PATH, client, fetch_ffmpeg};

fn part(scratch: &Scratch, least: u64) -> PathBuf {
    let long_enough = |path: &PathBuf| path.metadata().is_ok_and(|about| about.len() >= least);
    let part = poll(SOON, PATIENCE, || {
        let entries = std::fs::read_dir(scratch.path().join("work/tools")).into_iter().flatten().flatten();
        let mut parts =
            entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|s| s == "part"));
        parts.find(long_enough)
    });
    part.unwrap_or_else(|| panic!("no part of {least} bytes came"))
}

#[test]
fn after_a_kill_it_goes_on_and_no_byte_comes_twice() {
    let (mirror, flags) = plain();
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let scratch = Scratch::new();
    let all = own()[0].1.len();
    mirror.will("ffmpeg", Manner::Stall(100_000));
    let mut run = fetch_ffmpeg(&scratch, &flags, &NO_PATH);
    let part = part(&scratch, 100_000);
    run.kill();
    // What a death leaves while it unpacks, and a part of a build that nobody wants any more.
    std::fs::create_dir_all(scratch.path().join("work/tools/unpacking")).unwrap();
    std::fs::write(scratch.path().join("work/tools/unpacking/ffmpeg"), "half").unwrap();
    std::fs::write(scratch.path().join("work/tools/0123456789abcdef.part"), "old").unwrap();
    assert!(part.is_file());
    let mut run = fetch_ffmpeg(&scratch, &flags, &NO_PATH);
    assert_eq!(run.end().code(), Some(0), "{}", run.log.text());
    assert_eq!(mirror.asked_for("ffmpeg"), [(0, 100_000), (100_000, all - 100_000)]);
    let left = left_over(&scratch, "work");
    assert!(left.len() == 1 && left[0].starts_with("fetched-"), "{left:?}");
    // And a third start finds it.
    let mut run = fetch_ffmpeg(&scratch, &flags, &NO_PATH);
    assert_eq!(run.end().code(), Some(0));
    assert_eq!(mirror.asked().len(), 3);
}

#[test]
fn a_half_installed_pair_is_never_taken() {
    let (mirror, flags) = plain();
    let texts: Vec<&str> = flags.iter().map(String::as_str).chain(["--work-dir", "client"]).collect();
    let scratch = Scratch::new();
    let mut run = fetch_ffmpeg(&scratch, &texts, &NO_PATH);
    assert_eq!(run.end().code(), Some(0), "{}", run.log.text());
    let folder = scratch.path().join("client/tools").join(&left_over(&scratch, "client")[0]);
    std::fs::remove_file(folder.join("ffprobe")).unwrap();
    let alone = [flags, vec!["--persistent=false".into()]].concat();
    let mut run = client(&scratch, &alone, 9, &NO_PATH);
    assert_eq!(run.end().code(), Some(4), "{}", run.log.text());
    assert!(folder.join("ffprobe").is_file());
    assert_eq!(mirror.asked_for("ffprobe").len(), 2);
}

#[test]
fn of_two_at_once_the_second_waits_and_finds_it() {
    let (mirror, flags) = plain();
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let scratch = Scratch::new();
    mirror.will("ffmpeg", Manner::Stall(1_000));
    let first = fetch_ffmpeg(&scratch, &flags, &NO_PATH);
    mirror.wait_for("ffmpeg");
    let mut second = fetch_ffmpeg(&scratch, &flags, &NO_PATH);
    second.log.wait("another program is fetching ffmpeg into");
    assert!(!second.has_ended());
    // Asked to stop, the first one leaves at once, and the second goes on where it was.
    first.signal(Signal::TERM);
    assert_eq!(second.end().code(), Some(0), "{}", second.log.text());
    assert_eq!(mirror.asked_for("ffmpeg").len(), 2);
    assert_eq!(mirror.asked_for("ffmpeg")[1].0, 1_000);
    let mut runs: Vec<_> = (0..3).map(|_| fetch_ffmpeg(&scratch, &flags, &NO_PATH)).collect();
    assert!(runs.iter_mut().all(|run| run.end().code() == Some(0)));
    assert_eq!(mirror.asked_for("ffprobe").len(), 1, "one download for all");
}
