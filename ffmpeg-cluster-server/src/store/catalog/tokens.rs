//! Tokens, and the keys of clients, by their digests.

use ffmpeg_cluster_common::access::role::Role;
use ffmpeg_cluster_common::ids::ClientId;
use ffmpeg_cluster_common::time::WallMillis;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::sqlite::{self, Sqlite};
use super::{Reader, rows};

/// A token as it is remembered: its secret is known to whoever was shown it, and to nobody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// No secret; it stands in logs.
    pub id: String,
    pub role: Role,
    /// For people.
    pub name: String,
    /// SHA-256 of the secret.
    pub hash: String,
    pub created_at: WallMillis,
    pub revoked_at: Option<WallMillis>,
}

const COLUMNS: &str = "id, role, name, hash, created_at_ms, revoked_at_ms";

fn token(row: &Row<'_>) -> anyhow::Result<TokenRow> {
    Ok(TokenRow {
        id: row.get(0)?,
        role: row.get::<_, String>(1)?.parse().map_err(anyhow::Error::msg)?,
        name: row.get(2)?,
        hash: row.get(3)?,
        created_at: WallMillis(rows::number(row, 4)?),
        revoked_at: row.get::<_, Option<i64>>(5)?.map(|ms| WallMillis(ms.unsigned_abs())),
    })
}

impl Sqlite {
    pub fn add_token(&mut self, token: &TokenRow) -> anyhow::Result<()> {
        self.db.execute(
            "INSERT INTO tokens (id, role, name, hash, created_at_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![token.id, token.role.as_str(), token.name, token.hash, token.created_at.0 as i64],
        )?;
        Ok(())
    }

    /// The revoked ones too, the oldest first.
    pub fn tokens(&self) -> anyhow::Result<Vec<TokenRow>> {
        let sql = format!("SELECT {COLUMNS} FROM tokens WHERE ?1 = '' ORDER BY created_at_ms, rowid");
        sqlite::collect(&self.db, &sql, "", token)
    }

    /// False where no valid token has this number.
    pub fn revoke_token(&mut self, id: &str, at: WallMillis) -> anyhow::Result<bool> {
        let sql = "UPDATE tokens SET revoked_at_ms = ?2 WHERE id = ?1 AND revoked_at_ms IS NULL";
        Ok(self.db.execute(sql, params![id, at.0 as i64])? == 1)
    }
}

impl Reader {
    pub async fn valid_tokens(&self) -> anyhow::Result<Vec<TokenRow>> {
        self.read(|db| {
            let sql = format!("SELECT {COLUMNS} FROM tokens WHERE revoked_at_ms IS NULL AND ?1 = ''");
            sqlite::collect(db, &sql, "", token)
        })
        .await
    }

    /// The digest of a client's key; none of a client that never said hello.
    pub async fn client_key(&self, client: &ClientId) -> anyhow::Result<Option<String>> {
        let client = client.clone();
        self.read(move |db| key_of(db, &client)).await
    }

    /// The first key of an identity is its key. False where it has another one.
    pub async fn claim_key(&self, client: &ClientId, hash: String, at: WallMillis) -> anyhow::Result<bool> {
        let client = client.clone();
        self.writer.ask(move |catalog| catalog.claim_key(&client, &hash, at)).await
    }
}

pub(super) fn claim_key(
    db: &Connection,
    client: &ClientId,
    hash: &str,
    at: WallMillis,
) -> anyhow::Result<bool> {
    if let Some(known) = key_of(db, client)? {
        return Ok(known == hash);
    }
    let sql = "INSERT INTO client_keys (client_id, hash, first_seen_ms) VALUES (?1, ?2, ?3)";
    db.execute(sql, params![client.as_str(), hash, at.0 as i64])?;
    Ok(true)
}

fn key_of(db: &Connection, client: &ClientId) -> anyhow::Result<Option<String>> {
    let sql = "SELECT hash FROM client_keys WHERE client_id = ?1";
    Ok(db.query_row(sql, [client.as_str()], |row| row.get(0)).optional()?)
}
