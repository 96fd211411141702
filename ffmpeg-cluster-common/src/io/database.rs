//! Opens a SQLite database. It first inspects the files, because opening alone would change them.
//! It refuses a damaged, newer or read-only database, and leaves it unchanged, byte for byte.
//! It updates any other by numbered SQL files, which are never edited; the database remembers their names.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::crash;

/// 3.51.3, the first without a bug that could damage a write-ahead log.
const SQLITE_MIN: i32 = 3_051_003;
/// How long another program, such as a backup or a shell, may hold a database locked.
const LOCKED_MAX: Duration = Duration::from_secs(30);

const WAY_OUT: &str = "it is left as it is: put a copy back, or move it away to start with an empty one";

/// Opens or makes the database, and brings it up to date.
pub fn open(path: &Path, migrations: &[(&str, &str)]) -> anyhow::Result<Connection> {
    ensure!(rusqlite::version_number() >= SQLITE_MIN, "SQLite {} is too old", rusqlite::version());
    look(path, &migrations.iter().map(|(name, _)| *name).collect::<Vec<_>>())?;
    let opened = open_fit(path, migrations).with_context(|| format!("opening {}", path.display()));
    opened.map_err(|error| told(path, error))
}

fn open_fit(path: &Path, migrations: &[(&str, &str)]) -> anyhow::Result<Connection> {
    let mut db = connect(path, OpenFlags::default())?;
    db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON")?;
    migrate(&mut db, migrations)?;
    Ok(db)
}

/// A connection that waits for others.
pub fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(LOCKED_MAX)?;
    Ok(db)
}

/// Applies each migration that the database does not have, in a transaction of its own.
pub fn migrate(db: &mut Connection, migrations: &[(&str, &str)]) -> anyhow::Result<()> {
    let applied = applied(db)?;
    for (name, sql) in migrations.iter().filter(|(name, _)| !applied.iter().any(|done| done == name)) {
        let step = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        step.execute_batch("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY) STRICT")?;
        if step.execute("INSERT OR IGNORE INTO migrations (name) VALUES (?1)", [name])? == 0 {
            // Another program began at the same moment, and was first.
            continue;
        }
        step.execute_batch(sql).with_context(|| format!("migration {name}"))?;
        crash::point("database.migration.applying");
        step.commit()?;
        crash::point("database.migration.applied");
    }
    Ok(())
}

/// Fails if this program can't use the database. `known` are the migrations that this program has.
fn look(path: &Path, known: &[&str]) -> anyhow::Result<()> {
    let about = match fs::metadata(path) {
        // An empty file comes from a first start that was interrupted.
        Ok(about) if about.len() > 0 => about,
        Ok(_) | Err(_) => return Ok(()),
    };
    let name = path.display();
    if !about.is_file() {
        bail!("{name} is not a file");
    }
    if about.permissions().readonly() {
        bail!("this program may not write to {name}; allow it, or give another --work-dir");
    }
    if head::<16>(path)? != *b"SQLite format 3\0" {
        bail!("{name} is not a database; {WAY_OUT}");
    }
    let log = beside(path, "-wal");
    if !is_log(&head::<4>(&log).unwrap_or_default()) {
        bail!("{} is damaged; {WAY_OUT}, both files together", log.display());
    }
    look_inside(path, known)
}

fn head<const N: usize>(path: &Path) -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    let read = File::open(path).and_then(|mut file| file.read(&mut bytes));
    read.with_context(|| format!("reading {}", path.display()))?;
    Ok(bytes)
}

/// Zeros are what a power cut leaves of a new log; SQLite treats it as empty, correctly.
fn is_log(start: &[u8; 4]) -> bool {
    matches!(u32::from_be_bytes(*start), 0 | 0x377f_0682 | 0x377f_0683)
}

fn look_inside(path: &Path, known: &[&str]) -> anyhow::Result<()> {
    let index = beside(path, "-shm");
    let (had_index, was_open) = (index.exists(), is_open(path));
    let mut seen = examine(path, known);
    if seen.is_err() && !was_open && is_open(path) {
        // Another program began to write while we read without its log.
        seen = examine(path, known);
    }
    if seen.is_err() && !had_index {
        let _ = fs::remove_file(index);
    }
    seen
}

/// Whether a program has the database open, or did not close it.
/// Otherwise there is no log, and reading needs none.
fn is_open(path: &Path) -> bool {
    fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0) || beside(path, "-journal").exists()
}

fn examine(path: &Path, known: &[&str]) -> anyhow::Result<()> {
    let name = path.display();
    let damaged = || format!("{name} is damaged; {WAY_OUT}");
    let db = open_to_look(path).with_context(damaged)?;
    let said: String = db
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|error| told(path, error.into()))
        .with_context(damaged)?;
    if said != "ok" {
        bail!("{}: {said}", damaged());
    }
    let unknown =
        applied(&db).with_context(damaged)?.into_iter().find(|name| !known.contains(&name.as_str()));
    if let Some(unknown) = unknown {
        bail!(
            "{name} was written by a newer version (it has {unknown}); use that version, or another --work-dir"
        );
    }
    Ok(())
}

fn open_to_look(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    match path.to_str() {
        Some(text) if !is_open(path) => {
            let text = text.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
            connect(format!("file:{text}?immutable=1").as_ref(), flags | OpenFlags::SQLITE_OPEN_URI)
        }
        _ => connect(path, flags),
    }
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// The migrations that a database has, in order.
fn applied(db: &Connection) -> rusqlite::Result<Vec<String>> {
    let exists = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'";
    if db.query_row(exists, [], |row| row.get::<_, i64>(0))? == 0 {
        return Ok(Vec::new());
    }
    let mut all = db.prepare("SELECT name FROM migrations ORDER BY name")?;
    let names = all.query_map([], |row| row.get(0))?;
    names.collect()
}

/// The same error, with advice where a person can do something.
pub fn told(path: &Path, error: anyhow::Error) -> anyhow::Error {
    let is_locked = |error: &rusqlite::Error| {
        matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
    };
    if error.chain().filter_map(|cause| cause.downcast_ref()).any(is_locked) {
        return error
            .context(format!("another program keeps {} locked; end it, and start again", path.display()));
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_applied_once() {
        let mut db = Connection::open_in_memory().unwrap();
        let first = ("0001_first", "CREATE TABLE a (x INTEGER) STRICT");
        let next = ("0002_next", "ALTER TABLE a ADD COLUMN y INTEGER");
        for migrations in [&[first][..], &[first, next], &[first, next]] {
            migrate(&mut db, migrations).unwrap();
            assert_eq!(applied(&db).unwrap().len(), migrations.len());
        }
    }

    #[test]
    fn a_migration_that_fails_leaves_no_trace_and_those_before_it_stay() {
        let mut db = Connection::open_in_memory().unwrap();
        let broken = [
            ("0001_good", "CREATE TABLE a (x INTEGER) STRICT"),
            ("0002_broken", "CREATE TABLE b (x INTEGER) STRICT; INSERT INTO nowhere VALUES (1)"),
        ];
        let error = format!("{:#}", migrate(&mut db, &broken).unwrap_err());
        assert!(error.contains("0002_broken"), "{error}");
        assert_eq!(applied(&db).unwrap(), ["0001_good"]);
        let tables = "SELECT count(*) FROM sqlite_schema WHERE name IN ('a', 'b')";
        assert_eq!(db.query_row(tables, [], |row| row.get::<_, i64>(0)).unwrap(), 1);
    }

    #[test]
    fn a_damaged_database_is_refused_and_left_alone() {
        let path = std::env::temp_dir().join(format!("ffmpeg-cluster-no-{}.db", std::process::id()));
        let bytes =
            b"this is no database, whatever its name says, and it is long enough to be looked at".repeat(20);
        fs::write(&path, &bytes).unwrap();
        let error = format!("{:#}", open(&path, &[]).unwrap_err());
        assert!(error.contains(path.to_str().unwrap()) && error.contains("left as it is"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), bytes);
        fs::remove_file(path).unwrap();
    }
}
