//! Builds to fetch: this machine's own ffmpeg, packed in every way; and the pinned ones, where they can be got.

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use ffmpeg_cluster_common::io::digest;
use harness::judge;
use harness::mirror::Mirror;
use harness::scratch::{Scratch, temporary};
use lzma_rust2::{XzOptions, XzWriter};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The programs that tests are judged with, as bytes.
pub fn own() -> [(&'static str, Vec<u8>); 2] {
    ["ffmpeg", "ffprobe"].map(|name| {
        let path = Command::new("sh").args(["-c", &format!("command -v {name}")]).output().unwrap().stdout;
        (name, std::fs::read(String::from_utf8(path).unwrap().trim()).unwrap())
    })
}

pub fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

pub fn tarred(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(XzWriter::new(Vec::new(), XzOptions::with_preset(0)).unwrap());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, name, *bytes).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

/// A mirror that has this machine's own ffmpeg as two plain programs, and the flags by which it is fetched.
pub fn plain() -> (Mirror, Vec<String>) {
    let mirror = Mirror::new();
    let mut flags = vec!["--ffmpeg-url".to_owned(), format!("{}/", mirror.url())];
    for (name, bytes) in own() {
        flags.extend(["--ffmpeg-sha256".to_owned(), format!("{name}={}", digest::of_bytes(&bytes))]);
        mirror.has(name, bytes);
    }
    (mirror, flags)
}

/// The same for one file of any kind.
pub fn packed(name: &str, bytes: Vec<u8>) -> (Mirror, Vec<String>) {
    let mirror = Mirror::new();
    let url = format!("{}/{name}", mirror.url());
    let flags =
        ["--ffmpeg-url", &url, "--ffmpeg-sha256", &digest::of_bytes(&bytes)].map(str::to_owned).to_vec();
    mirror.has(name, bytes);
    (mirror, flags)
}

/// A folder of the pinned programs of some platforms; nothing where they can't be got.
pub fn pinned(test: &str, platforms: &[&str]) -> Option<PathBuf> {
    let folder = temporary("mirror");
    std::fs::create_dir_all(&folder).unwrap();
    let lock = std::fs::File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/newer-ffmpeg.sh");
    let made = Command::new(script).arg("--mirror").arg(&folder).args(platforms).output().unwrap();
    match made.status.code() {
        Some(0) => Some(folder),
        Some(3) => {
            judge::not_checked(test, "the pinned ffmpeg can't be got here");
            None
        }
        _ => panic!("{}", String::from_utf8_lossy(&made.stderr)),
    }
}

/// Files and folders below `work/tools` that are not meant to stay.
pub fn left_over(scratch: &Scratch, work: &str) -> Vec<String> {
    let entries = std::fs::read_dir(scratch.path().join(work).join("tools")).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name != "lock" && name != "known").collect()
}
