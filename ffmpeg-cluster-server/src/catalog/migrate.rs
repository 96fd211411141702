//! Numbered SQL files, applied each in a transaction of its own, recorded by name, never edited.

use anyhow::{Context, bail};
use rusqlite::{Connection, TransactionBehavior};

const MIGRATIONS: &[(&str, &str)] = &[("0001_first", include_str!("migrations/0001_first.sql"))];

/// Brings a database up to date; refuses, untouched, what a newer version wrote.
pub(super) fn migrate(db: &mut Connection) -> anyhow::Result<()> {
    let applied = applied(db)?;
    if let Some(unknown) = applied.iter().find(|name| !MIGRATIONS.iter().any(|(known, _)| known == name)) {
        bail!(
            "the database was written by a newer version (it has {unknown}); use that version, or another --work-dir"
        );
    }
    for (name, sql) in MIGRATIONS.iter().filter(|(name, _)| !applied.iter().any(|done| done == name)) {
        let step = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        step.execute_batch("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY) STRICT")?;
        step.execute_batch(sql).with_context(|| format!("migration {name}"))?;
        step.execute("INSERT INTO migrations (name) VALUES (?1)", [name])?;
        step.commit()?;
    }
    Ok(())
}

fn applied(db: &Connection) -> anyhow::Result<Vec<String>> {
    let exists = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'";
    if db.query_row(exists, [], |row| row.get::<_, i64>(0))? == 0 {
        return Ok(Vec::new());
    }
    let mut all = db.prepare("SELECT name FROM migrations ORDER BY name")?;
    let names = all.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_applied_once_and_a_newer_database_is_refused() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate(&mut db).unwrap();
        migrate(&mut db).unwrap();
        db.execute("INSERT INTO migrations (name) VALUES ('9999_future')", []).unwrap();
        let error = migrate(&mut db).unwrap_err().to_string();
        assert!(error.contains("newer version") && error.contains("9999_future"), "{error}");
    }
}
