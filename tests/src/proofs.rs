//! What ffmpeg has. A server and a client that start first ask it for its lists, and the client tries fifty encoders: some
//! seconds of processor time. Tests start a thousand of them, so one of each asks for all; one whose ffmpeg is another believes
//! none of it.

use std::fs::{self, DirBuilder, File, Permissions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use ffmpeg_cluster_common::io::digest;
use rusqlite::{Connection, OpenFlags};

use crate::cluster::{Cluster, Running, spawn_server};
use crate::poll::{OFTEN, comes};
use crate::scratch::{Scratch, binary, temporary};
use crate::told::in_path;

/// Within which a slow machine has tried all.
const PATIENCE: Duration = Duration::from_secs(120);
/// No trial takes so long.
const QUIET: Duration = Duration::from_secs(8);

/// Into the work folder of a client that was never started.
pub fn give(client: &Path) {
    if client.exists() {
        return;
    }
    give_lists(client);
    let folder = client.join("db");
    DirBuilder::new().mode(0o700).create(&folder).expect("a folder for the client");
    let copy = folder.join("client.db");
    fs::copy(proved().join("client.db"), &copy).expect("copying what is proved");
    fs::set_permissions(&copy, Permissions::from_mode(0o600)).expect("a file of the client's own");
}

/// The same to a client whose ffmpeg is a script around the usual one, which encodes whatever that does. Its lists and its
/// devices are its own: the client looks at them itself.
pub fn give_wrapped(client: &Path, tools: &Path) {
    if client.exists() {
        return;
    }
    give(client);
    let ffmpeg = tools.join("ffmpeg");
    let about = Command::new(&ffmpeg).arg("-version").output().expect("a script that starts");
    let (_, sha256) = digest::of_file(&ffmpeg).expect("a script that can be read");
    let key = digest::of_bytes(format!("{sha256}\n{}", String::from_utf8_lossy(&about.stdout)).as_bytes());
    let copy = "INSERT OR IGNORE INTO abilities SELECT ?1, encoder, proved_at FROM abilities";
    let connection = Connection::open(client.join("db/client.db")).expect("what was given");
    connection.execute(copy, [key]).expect("copying what is proved");
}

/// Into the work folder of a server, or of a client, that was never started.
pub fn give_lists(work: &Path) {
    if work.exists() {
        return;
    }
    let known = work.join("tools/known");
    DirBuilder::new().recursive(true).mode(0o700).create(&known).expect("a work folder");
    copy_all(&proved().join("known"), &known);
}

fn copy_all(from: &Path, to: &Path) {
    for file in fs::read_dir(from).expect("what is known of ffmpeg") {
        let file = file.expect("a file of what is known");
        fs::copy(file.path(), to.join(file.file_name())).expect("copying what is known");
    }
}

/// A folder, made on first use for each client program and ffmpeg.
fn proved() -> PathBuf {
    let folder = temporary("proofs");
    fs::create_dir_all(&folder).expect("making the folder of proofs");
    let path = folder.join(format!("{:016x}", programs()));
    let lock = File::create(folder.join("lock")).expect("opening the lock of proofs");
    lock.lock().expect("locking the proofs");
    if !path.is_dir() {
        prove(&path);
    }
    path
}

fn programs() -> u64 {
    let mut all = DefaultHasher::new();
    for program in in_path("ffmpeg").into_iter().chain([binary("ffmpeg-cluster-client")]) {
        let about = program.metadata().expect("looking at a program");
        (&program, about.len(), about.modified().ok()).hash(&mut all);
    }
    all.finish()
}

fn prove(into: &Path) {
    let scratch = Scratch::new();
    let mut server = spawn_server(&Cluster::new().clients(1), &scratch, None, 0, &[]);
    let port = server.port().to_string();
    let words =
        ["--server-ip", "127.0.0.1", "--server-port", &port, "--work-dir", "client"].map(str::to_owned);
    let mut client = Running::start("ffmpeg-cluster-client", &words, scratch.path());
    let database = scratch.path().join("client/db/client.db");
    wait_for_the_last(&database);
    client.kill();
    server.kill();
    let connection = Connection::open(&database).expect("the client's database");
    connection.execute("DELETE FROM identities", []).expect("each client is itself");
    let half_made = into.with_extension("half");
    let _ = fs::remove_dir_all(&half_made);
    fs::create_dir_all(half_made.join("known")).expect("a folder of proofs");
    copy_all(&scratch.path().join("client/tools/known"), &half_made.join("known"));
    let copy = half_made.join("client.db");
    connection.execute("VACUUM INTO ?1", [copy.to_str().expect("a path of text")]).expect("copying it");
    fs::rename(half_made, into).expect("naming it");
}

fn wait_for_the_last(database: &Path) {
    let (mut changed, mut last) = (Instant::now(), 0);
    let is_quiet = comes(OFTEN, PATIENCE, || {
        let now = count(database).unwrap_or(0);
        if now != last {
            (changed, last) = (Instant::now(), now);
        }
        last > 0 && changed.elapsed() >= QUIET
    });
    assert!(is_quiet, "the client proves no end of encoders");
}

fn count(database: &Path) -> Option<i64> {
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
    connection.query_row("SELECT count(*) FROM abilities", [], |row| row.get(0)).ok()
}
