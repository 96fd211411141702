//! Webhooks, and what came of their deliveries.

use ffmpeg_cluster_common::access::secret::Secret;
use ffmpeg_cluster_common::time::WallMillis;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use serde_json::json;

use super::columns::{self, json, moment};
use super::events;
use super::query::{collect, number};
use crate::store::catalog::events::{EventRow, NewEvent};
use crate::store::catalog::webhooks::{Then, Tried, WebhookRow};

/// Finished deliveries that each webhook keeps.
const FINISHED_MAX: i64 = 1000;
/// A webhook that fails while more than this many wait is disabled.
const WAITING_MAX: u64 = 10_000;

const COLUMNS: &str = "name, url, types, allow, secret, former_secret, former_until_ms, created_at_ms, \
     disabled_at_ms, disabled_why";

pub(super) fn put(db: &Connection, row: &WebhookRow) -> anyhow::Result<()> {
    let sql = "INSERT INTO webhooks (name, url, types, allow, secret, former_secret, former_until_ms, created_at_ms) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
               ON CONFLICT DO UPDATE SET url = excluded.url, types = excluded.types, allow = excluded.allow, \
               secret = excluded.secret, former_secret = excluded.former_secret, \
               former_until_ms = excluded.former_until_ms, disabled_at_ms = NULL, disabled_why = NULL";
    let WebhookRow { name, url, types, allow, secret, former, created_at, .. } = row;
    let (types, created_at) = (serde_json::to_string(types)?, created_at.0 as i64);
    let former_until = former.as_ref().map(|(_, until)| until.0 as i64);
    let former = former.as_ref().map(|(secret, _)| secret.reveal());
    db.execute(sql, params![name, url, types, allow, secret.reveal(), former, former_until, created_at])?;
    Ok(())
}

pub(super) fn remove(db: &Connection, name: &str) -> anyhow::Result<bool> {
    db.execute("DELETE FROM deliveries WHERE webhook = ?1", [name])?;
    Ok(db.execute("DELETE FROM webhooks WHERE name = ?1", [name])? == 1)
}

pub(super) fn all(db: &Connection) -> anyhow::Result<Vec<WebhookRow>> {
    collect(db, &format!("SELECT {COLUMNS} FROM webhooks ORDER BY name"), (), read)
}

fn read(row: &Row<'_>) -> anyhow::Result<WebhookRow> {
    let former = row.get::<_, Option<String>>(5)?.map(Secret::new);
    let why: Option<String> = row.get(9)?;
    Ok(WebhookRow {
        name: row.get(0)?,
        url: row.get(1)?,
        types: json(&row.get::<_, String>(2)?)?,
        allow: row.get(3)?,
        secret: Secret::new(row.get::<_, String>(4)?),
        former: former.zip(moment(row, 6)?),
        created_at: WallMillis(columns::number(row, 7)?),
        disabled: moment(row, 8)?.zip(why),
    })
}

/// Returns the event that tells of a disabled webhook.
pub(super) fn tried(db: &mut Connection, tried: &Tried) -> anyhow::Result<Vec<EventRow>> {
    let all = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let Tried { id, at, status, error, then } = tried;
    let (state, next_at) = match then {
        Then::Delivered => ("delivered", *at),
        Then::Again(next_at) => ("waiting", *next_at),
        Then::GivenUp | Then::Disable(_) => ("given_up", *at),
    };
    let sql = "UPDATE deliveries SET state = ?2, tries = tries + 1, next_at_ms = ?3, last_at_ms = ?4, last_status = ?5, \
               last_error = ?6 WHERE id = ?1 RETURNING webhook";
    let parameters = params![id, state, next_at.0 as i64, at.0 as i64, status, error];
    let webhook: Option<String> = all.query_row(sql, parameters, |row| row.get(0)).optional()?;
    // It was deleted meanwhile.
    let Some(webhook) = webhook else { return Ok(Vec::new()) };
    let why = match then {
        Then::Disable(why) => Some(why.clone()),
        Then::Again(_) => crowd(&all, &webhook)?,
        Then::Delivered | Then::GivenUp => None,
    };
    let events = why.map(|why| disable(&all, &webhook, &why, *at)).transpose()?;
    forget(&all, &webhook)?;
    all.commit()?;
    Ok(events.into_iter().collect())
}

/// Why a failing webhook has too much before it.
fn crowd(db: &Connection, webhook: &str) -> anyhow::Result<Option<String>> {
    let sql = "SELECT count(*) FROM deliveries WHERE webhook = ?1 AND state = 'waiting'";
    let waiting = number(db, sql, [webhook])?;
    Ok((waiting > WAITING_MAX).then(|| format!("{waiting} deliveries wait, and the receiver takes none")))
}

fn disable(db: &Connection, webhook: &str, why: &str, at: WallMillis) -> anyhow::Result<EventRow> {
    let sql = "UPDATE webhooks SET disabled_at_ms = ?2, disabled_why = ?3 WHERE name = ?1";
    db.execute(sql, params![webhook, at.0 as i64, why])?;
    let data = json!({ "webhook": webhook, "why": why }).to_string();
    events::add(db, at, &NewEvent { kind: "webhook.disabled", job: None, client: None, owner: None, data })
}

fn forget(db: &Connection, webhook: &str) -> anyhow::Result<()> {
    let sql = "DELETE FROM deliveries WHERE webhook = ?1 AND state != 'waiting' AND seq <= \
               (SELECT seq FROM deliveries WHERE webhook = ?1 AND state != 'waiting' ORDER BY seq DESC LIMIT 1 OFFSET ?2)";
    db.execute(sql, params![webhook, FINISHED_MAX])?;
    Ok(())
}
