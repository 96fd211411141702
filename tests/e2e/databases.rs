//! Databases that a program can't use: refused with a sentence, and left as they are, byte for byte.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use harness::cluster::{Running, Scratch};
use rusqlite::Connection;
use rustix::process::Signal;

const SERVER: &str = "ffmpeg-cluster-server";
const CLIENT: &str = "ffmpeg-cluster-client";

fn start(program: &str, folder: &Path) -> Running {
    let flags: &[&str] = if program == SERVER { &["--port", "0"] } else { &["--server-port", "9"] };
    Running::start(program, &flags.iter().map(|flag| (*flag).to_owned()).collect::<Vec<_>>(), folder)
}

fn mark(program: &str) -> &'static str {
    if program == SERVER { "listening on" } else { "this is" }
}

fn database(program: &str, folder: &Path) -> PathBuf {
    folder.join("work/db").join(if program == SERVER { "server.db" } else { "client.db" })
}

fn log_of(database: &Path) -> PathBuf {
    database.with_extension("db-wal")
}

/// A folder in which the program ran, and was killed or asked to end.
fn used(program: &str, killed: bool) -> Scratch {
    let folder = Scratch::new();
    let mut running = start(program, folder.path());
    running.log.wait(mark(program));
    if killed {
        running.kill();
        assert!(log_of(&database(program, folder.path())).is_file(), "a killed program leaves its log");
    } else {
        running.signal(Signal::TERM);
        assert!(running.end().success(), "{}", running.log.text());
        assert!(!log_of(&database(program, folder.path())).exists(), "all is in one file, to be copied");
    }
    folder
}

/// All files beside the database, and itself.
fn bytes(database: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = fs::read_dir(database.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| (path.clone(), fs::read(&path).unwrap())).collect()
}

fn assert_refused(program: &str, folder: &Path, what: &str, sentence: &str) {
    let database = database(program, folder);
    let before = bytes(&database);
    let mut running = start(program, folder);
    assert_eq!(running.end().code(), Some(1), "{program}, {what}: {}", running.log.text());
    let text = running.text_at_end();
    assert!(text.contains(sentence), "{program}, {what}: {text}");
    let after = bytes(&database);
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>(), "{program}, {what}");
    assert!(before == after, "{program}, {what}: a file was changed");
}

type Harm = fn(&Path);

fn overwrite(path: &Path, at: usize, with: &[u8]) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at..at + with.len()].copy_from_slice(with);
    fs::write(path, bytes).unwrap();
}

fn length(path: &Path) -> usize {
    usize::try_from(fs::metadata(path).unwrap().len()).unwrap()
}

const HARMS: &[(&str, Harm, &str)] = &[
    ("its header", |db| overwrite(db, 0, &[7; 100]), "is not a database"),
    ("the header after its name", |db| overwrite(db, 16, &[255; 84]), "is damaged"),
    ("a page in the middle", |db| overwrite(db, length(db) / 2 / 4096 * 4096, &[255; 4096]), "is damaged"),
    ("cut to a half", |db| fs::write(db, &fs::read(db).unwrap()[..length(db) / 2]).unwrap(), "is damaged"),
    ("zeros", |db| fs::write(db, vec![0; length(db)]).unwrap(), "is not a database"),
    ("a text", |db| fs::write(db, "somebody's notes").unwrap(), "is not a database"),
    (
        "from a newer version",
        |db| {
            Connection::open(db)
                .unwrap()
                .execute("INSERT INTO migrations VALUES ('9999_future')", [])
                .map(drop)
                .unwrap();
        },
        "newer version (it has 9999_future)",
    ),
    (
        "read-only",
        |db| {
            let mut allowed = fs::metadata(db).unwrap().permissions();
            allowed.set_readonly(true);
            fs::set_permissions(db, allowed).unwrap();
        },
        "this program may not write to",
    ),
];

#[test]
fn what_can_not_be_used_is_refused_and_left_as_it_is() {
    for program in [SERVER, CLIENT] {
        let good = used(program, false);
        for (what, harm, sentence) in HARMS {
            let folder = Scratch::new();
            let database = database(program, folder.path());
            fs::create_dir_all(database.parent().unwrap()).unwrap();
            fs::copy(self::database(program, good.path()), &database).unwrap();
            // The lock is no part of the database.
            fs::write(database.with_file_name("server.lock"), "").unwrap();
            harm(&database);
            assert_refused(program, folder.path(), what, sentence);
        }
    }
}

#[test]
fn a_log_that_a_killed_program_left_is_refused_where_it_is_damaged() {
    for program in [SERVER, CLIENT] {
        let folder = used(program, true);
        let database = database(program, folder.path());
        let log = log_of(&database);
        let whole = fs::read(&log).unwrap();
        overwrite(&log, 0, &[7; 4]);
        assert_refused(program, folder.path(), "its log", "is damaged");
        fs::write(&log, whole).unwrap();
        start(program, folder.path()).log.wait(mark(program));
    }
}

#[test]
fn a_start_that_was_cut_off_is_no_harm() {
    for program in [SERVER, CLIENT] {
        let folder = Scratch::new();
        let database = database(program, folder.path());
        fs::create_dir_all(database.parent().unwrap()).unwrap();
        fs::write(&database, "").unwrap();
        start(program, folder.path()).log.wait(mark(program));
    }
}

#[test]
fn a_database_that_another_program_holds_is_waited_for_half_a_minute() {
    let folder = used(SERVER, false);
    let holder = Connection::open(database(SERVER, folder.path())).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let began = Instant::now();
    let mut server = start(SERVER, folder.path());
    assert_eq!(server.end().code(), Some(1), "{}", server.log.text());
    assert!(began.elapsed() < Duration::from_secs(40), "it took {:?}", began.elapsed());
    assert!(server.text_at_end().contains("another program keeps"), "{}", server.log.text());
    // One that lets go in time is no trouble.
    let patient = start(SERVER, folder.path());
    patient.log.wait("ffmpeg found");
    holder.execute_batch("COMMIT").unwrap();
    patient.log.wait("listening on");
}
