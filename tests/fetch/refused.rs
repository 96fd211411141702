//! Every way in which fetching fails: a clear word, an end with 1, and nothing half-installed.

use std::path::Path;

use harness::cluster::{Running, Scratch, binary};
use harness::judge;
use harness::mirror::{Manner, Mirror};
use harness::small_disk::SmallDisk;

use crate::builds::{left_over, own, packed, plain, zipped};
use crate::found::{NO_PATH, client, fetch_ffmpeg, server};

/// A client with no ffmpeg in sight; what it says before it leaves.
fn fails(flags: &[String], scratch: &Scratch) -> String {
    let mut run = client(scratch, flags, 9, &NO_PATH);
    assert_eq!(run.end().code(), Some(1), "{}", run.log.text());
    let left = left_over(scratch, "client");
    assert!(!left.iter().any(|name| name.starts_with("fetched-") || name == "unpacking"), "{left:?}");
    run.text_at_end()
}

fn refused(flags: &[String], says: &[&str]) {
    let text = fails(flags, &Scratch::new());
    for part in says {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
}

fn texts(flags: &[&str]) -> Vec<String> {
    flags.iter().map(|flag| (*flag).to_owned()).collect()
}

#[test]
fn wrong_bytes() {
    let (mirror, flags) = plain();
    let mut bytes = own()[1].1.clone();
    bytes[1000] ^= 1;
    mirror.has("ffprobe", bytes);
    refused(&flags, &["ffprobe is not the expected file", "it was deleted unopened"]);
}

#[test]
fn a_truncated_program() {
    let (mirror, flags) = plain();
    mirror.has("ffmpeg", own()[0].1[..9_000].to_vec());
    refused(&flags, &["ffmpeg is not the expected file: 9000 bytes"]);
}

#[test]
fn an_archive_that_leads_out_and_one_without_the_programs() {
    let both = own();
    let files = [("../../evil", b"x".as_slice()), ("ffmpeg", &both[0].1), ("ffprobe", &both[1].1)];
    let (_mirror, flags) = packed("own.zip", zipped(&files));
    refused(&flags, &["own.zip was refused: \"../../evil\" points outside the archive"]);
    let (_mirror, flags) = packed("own.zip", zipped(&files[1..2]));
    refused(&flags, &["own.zip was refused: \"ffprobe\" is not in it"]);
    let (_mirror, flags) = packed("own.tar.xz", b"<html>please log in</html>".to_vec());
    refused(&flags, &["own.tar.xz was refused: it is not a readable archive"]);
}

#[test]
fn programs_that_are_none() {
    let script = b"#!/bin/sh\necho hello\n".as_slice();
    let (_mirror, flags) = packed("own.zip", zipped(&[("ffmpeg", script), ("ffprobe", script)]));
    refused(&flags, &["the fetched ffmpeg does not run here", "is it ffmpeg?"]);
    let old = b"#!/bin/sh\necho ffmpeg version 4.0\n".as_slice();
    let probe = b"#!/bin/sh\necho ffprobe version 4.0\n".as_slice();
    let (_mirror, flags) = packed("own.zip", zipped(&[("ffmpeg", old), ("ffprobe", probe)]));
    refused(&flags, &["is version 4.0; 5.1 or newer is needed"]);
}

#[test]
fn a_hash_that_nobody_knows() {
    let url = "http://127.0.0.1:9/ffmpeg.zip";
    refused(
        &texts(&["--ffmpeg-url", url]),
        &["this program does not know the SHA-256 of ffmpeg.zip", "--ffmpeg-sha256 HEX"],
    );
}

#[test]
fn no_download() {
    refused(&texts(&["--no-download"]), &["ffmpeg was not found in", "or PATH", "leave out --no-download"]);
    let (_mirror, mut flags) = plain();
    flags.push("--no-download".into());
    refused(&flags, &["ffmpeg was not found in", "leave out --no-download"]);
}

#[test]
fn a_folder_without_ffmpeg_is_never_filled() {
    let mirror = Mirror::new();
    let flags = texts(&["--ffmpeg-dir", "no-such-folder", "--ffmpeg-mirror", &mirror.url()]);
    refused(&flags, &["no-such-folder", "--ffmpeg-dir"]);
    assert!(mirror.asked().is_empty());
}

#[test]
fn a_mirror_without_the_file() {
    let mirror = Mirror::new();
    refused(
        &texts(&["--ffmpeg-mirror", &mirror.url()]),
        &["127.0.0.1 answers 404", "--ffmpeg-mirror or --ffmpeg-dir"],
    );
}

#[test]
fn a_mirror_that_sends_elsewhere() {
    let (mirror, flags) = plain();
    mirror.will("ffmpeg", Manner::Redirect("ftp://127.0.0.1/ffmpeg".into()));
    refused(&flags, &["to ftp, which is not followed"]);
}

#[test]
fn no_network() {
    refused(
        &texts(&["--ffmpeg-mirror", "http://127.0.0.1:9"]),
        &["gave up after 5 attempts", "--ffmpeg-dir"],
    );
}

#[test]
fn flags_that_do_not_go_together() {
    let (_mirror, mut flags) = plain();
    flags.extend(texts(&["--ffmpeg-build", "full"]));
    let scratch = Scratch::new();
    for mut run in [client(&scratch, &flags, 9, &NO_PATH), server(&scratch, &flags, &NO_PATH)] {
        assert_eq!(run.end().code(), Some(2));
        assert!(run.text_at_end().contains("--ffmpeg-build"), "{}", run.log.text());
    }
}

#[test]
fn no_room() {
    let scratch = Scratch::new();
    let disk = match SmallDisk::mount(&scratch.path().join("client"), 2) {
        Ok(disk) => disk,
        Err(why) => return judge::not_checked("no room for ffmpeg", &why),
    };
    let mirror = Mirror::new();
    mirror.has("ffmpeg-linux-x64", vec![0; 48_299_480]);
    let (_other, of_unknown_length) = packed("own.zip", vec![7; 5 << 20]);
    let known = texts(&["--ffmpeg-mirror", &mirror.url()]);
    for (flags, says) in [(known, "49 MB are needed in"), (of_unknown_length, "6 MB are needed in")] {
        let mut command = disk.command(Path::new("/usr/bin/env"), scratch.path());
        command.arg("PATH=").arg(binary("ffmpeg-cluster-client"));
        let mut all = texts(&["--server-port", "9", "--work-dir", "client"]);
        all.extend(flags);
        let mut run = Running::run(command, &all);
        assert_eq!(run.end().code(), Some(1), "{}", run.log.text());
        let text = run.text_at_end();
        assert!(text.contains(says) && text.contains("MB are free"), "{text}");
    }
}

#[test]
fn an_unknown_platform() {
    let mut run = fetch_ffmpeg(&Scratch::new(), &["--platform", "amiga"], &[]);
    assert_eq!(run.end().code(), Some(2));
    assert!(run.text_at_end().contains("windows-x86_64"), "{}", run.log.text());
}
