//! `client.db`: the identities of this work folder, and the proved encoders. This module holds all of the client's SQL.
//! Several clients may share the file; each statement is short and waits for the others.

use std::path::Path;

use anyhow::Context;
use ffmpeg_cluster_common::access::secret::Secret;
use ffmpeg_cluster_common::ids::ClientId;
use ffmpeg_cluster_common::io::{database, permissions};
use ffmpeg_cluster_common::time::WallMillis;
use rusqlite::{Connection, params};

/// Applied in order and never edited; a database remembers their names.
const MIGRATIONS: [(&str, &str); 3] = [
    ("0001_first", include_str!("migrations/0001_first.sql")),
    ("0002_keys", include_str!("migrations/0002_keys.sql")),
    ("0003_program_key", include_str!("migrations/0003_program_key.sql")),
];

#[derive(Debug)]
pub(crate) struct Catalog(Connection);

/// Identifies one ffmpeg with its libraries; another version has another key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) key: String,
}

impl Catalog {
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        if let Some(folder) = path.parent() {
            permissions::folder(folder).with_context(|| format!("making {}", folder.display()))?;
        }
        permissions::file(path).with_context(|| format!("opening {}", path.display()))?;
        database::open(path, &MIGRATIONS).map(Self)
    }

    /// The oldest comes first, so that a single client always keeps its name.
    pub(crate) fn identities(&self) -> anyhow::Result<Vec<ClientId>> {
        let mut query = self.0.prepare("SELECT client_id FROM identities ORDER BY created_at, client_id")?;
        let rows = query.query_map([], |row| row.get::<_, String>(0))?;
        rows.map(|text| text?.parse().context("an identity in client.db")).collect()
    }

    /// The identity's key. If the identity has none yet, `fresh` becomes its key.
    pub(crate) fn key(&self, id: &ClientId, fresh: &Secret) -> anyhow::Result<Secret> {
        let sql = "UPDATE identities SET key = ?2 WHERE client_id = ?1 AND key = ''";
        self.0.execute(sql, params![id.as_str(), fresh.reveal()])?;
        let sql = "SELECT key FROM identities WHERE client_id = ?1";
        Ok(Secret::new(self.0.query_row(sql, [id.as_str()], |row| row.get::<_, String>(0))?))
    }

    pub(crate) fn add_identity(&self, id: &ClientId, at: WallMillis) -> anyhow::Result<()> {
        let at = i64::try_from(at.0).unwrap_or(i64::MAX);
        self.0.execute(
            "INSERT INTO identities (client_id, created_at) VALUES (?1, ?2)",
            params![id.as_str(), at],
        )?;
        Ok(())
    }

    pub(crate) fn proved(&self, program: &Program) -> anyhow::Result<Vec<String>> {
        let sql = "SELECT encoder FROM abilities WHERE program = ?1 ORDER BY encoder";
        let mut query = self.0.prepare(sql)?;
        let rows = query.query_map([&program.key], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub(crate) fn add_proved(&self, program: &Program, encoder: &str, at: WallMillis) -> anyhow::Result<()> {
        self.0.execute(
            "INSERT OR REPLACE INTO abilities (program, encoder, proved_at) VALUES (?1, ?2, ?3)",
            params![program.key, encoder, i64::try_from(at.0).unwrap_or(i64::MAX)],
        )?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ffmpeg_cluster_common::io::database::migrate;

    use super::*;
    use crate::machine::scratch::Scratch;

    fn program(key: &str) -> Program {
        Program { key: key.into() }
    }

    #[test]
    fn what_was_written_is_there_after_a_restart() {
        let scratch = Scratch::new();
        let path = scratch.path().join("db/client.db");
        let (first, second): (ClientId, ClientId) = ("z-1".parse().unwrap(), "a-2".parse().unwrap());
        let catalog = Catalog::open(&path).unwrap();
        catalog.add_identity(&first, WallMillis(5)).unwrap();
        catalog.add_identity(&second, WallMillis(6)).unwrap();
        catalog.add_proved(&program("5.1"), "libx264", WallMillis(6)).unwrap();
        catalog.add_proved(&program("5.1"), "libx264", WallMillis(7)).unwrap();
        drop(catalog);
        let catalog = Catalog::open(&path).unwrap();
        assert_eq!(catalog.identities().unwrap(), [first, second]);
        assert_eq!(catalog.proved(&program("5.1")).unwrap(), ["libx264"]);
        assert!(catalog.proved(&program("7.0")).unwrap().is_empty(), "another program proves nothing");
    }

    #[test]
    fn an_identity_of_before_there_were_keys_gets_one_and_keeps_it() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, &MIGRATIONS[..1]).unwrap();
        connection.execute_batch("INSERT INTO identities VALUES ('a', 1)").unwrap();
        migrate(&mut connection, &MIGRATIONS).unwrap();
        let (catalog, id) = (Catalog(connection), "a".parse().unwrap());
        for fresh in ["one", "two"] {
            assert_eq!(catalog.key(&id, &Secret::new(fresh)).unwrap(), Secret::new("one"));
        }
    }

    #[test]
    fn proofs_by_size_and_date_are_forgotten_and_all_else_stays() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, &MIGRATIONS[..2]).unwrap();
        let before = "INSERT INTO identities VALUES ('a', 1, 'key'); \
                      INSERT INTO abilities VALUES ('/usr/bin/ffmpeg', 9, 7, '5.1', 'libx264', 1)";
        connection.execute_batch(before).unwrap();
        migrate(&mut connection, &MIGRATIONS).unwrap();
        let catalog = Catalog(connection);
        assert_eq!(catalog.key(&"a".parse().unwrap(), &Secret::new("new")).unwrap(), Secret::new("key"));
        assert!(catalog.proved(&program("/usr/bin/ffmpeg")).unwrap().is_empty());
        catalog.add_proved(&program("k"), "libx264", WallMillis(6)).unwrap();
        assert_eq!(catalog.proved(&program("k")).unwrap(), ["libx264"]);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let scratch = Scratch::new();
        let path = scratch.path().join("client.db");
        std::fs::write(&path, "").unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o666)).unwrap();
        let catalog = Catalog::open(&path).unwrap();
        catalog.add_identity(&"a".parse().unwrap(), WallMillis(1)).unwrap();
        for name in ["client.db", "client.db-wal", "client.db-shm"] {
            let about = std::fs::metadata(scratch.path().join(name)).unwrap();
            assert_eq!(about.permissions().mode() & 0o777, 0o600, "{name}");
        }
    }
}
