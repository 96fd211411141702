//! Deliveries to webhooks: made with their events, read in their order.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::time::WallMillis;
use rusqlite::{Connection, Row, params};

use super::columns::{self, json, moment};
use super::query::{collect, number};
use crate::store::catalog::events::EventRow;
use crate::store::catalog::rows::Page;
use crate::store::catalog::webhooks::DeliveryRow;

const DELIVERY_COLUMNS: &str = "id, webhook, seq, type, body, created_at_ms, state, tries, next_at_ms, last_at_ms, \
     last_status, last_error";

/// Called in the event's transaction.
pub(super) fn enqueue(db: &Connection, event: &EventRow) -> anyhow::Result<()> {
    let sql = "SELECT name, types FROM webhooks WHERE disabled_at_ms IS NULL";
    let all = collect(db, sql, (), |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    for (webhook, types) in all {
        let types: Vec<String> = json(&types)?;
        if types.iter().any(|wanted| fits(wanted, &event.kind)) {
            add(db, &webhook, event)?;
        }
    }
    Ok(())
}

fn fits(wanted: &str, kind: &str) -> bool {
    wanted.strip_suffix('*').map_or(wanted == kind, |beginning| kind.starts_with(beginning))
}

fn add(db: &Connection, webhook: &str, event: &EventRow) -> anyhow::Result<()> {
    let boot = u32::try_from(number(db, "SELECT ifnull(max(boot), 0) FROM boots", ())?)?;
    let (id, at) = (format!("msg_{boot}_{}_{webhook}", event.seq), event.at.0 as i64);
    let sql = "INSERT INTO deliveries (id, webhook, seq, type, body, created_at_ms, next_at_ms) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)";
    let statement = &mut db.prepare_cached(sql)?;
    statement.execute(params![id, webhook, event.seq as i64, event.kind, event.message(boot), at])?;
    Ok(())
}

pub(super) fn of(db: &Connection, webhook: &str, page: &Page<u64>) -> anyhow::Result<Vec<DeliveryRow>> {
    let sql = format!(
        "SELECT {DELIVERY_COLUMNS} FROM deliveries WHERE webhook = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3"
    );
    let before = page.after.map_or(i64::MAX, |seq| seq as i64);
    collect(db, &sql, params![webhook, before, i64::try_from(page.limit)?], delivery)
}

pub(super) fn one(db: &Connection, id: &str) -> anyhow::Result<Option<DeliveryRow>> {
    let sql = format!("SELECT {DELIVERY_COLUMNS} FROM deliveries WHERE id = ?1");
    Ok(collect(db, &sql, [id], delivery)?.pop())
}

pub(super) fn next(db: &Connection) -> anyhow::Result<Vec<DeliveryRow>> {
    let sql = format!(
        "SELECT {DELIVERY_COLUMNS} FROM webhooks JOIN deliveries ON deliveries.webhook = webhooks.name \
         AND deliveries.state = 'waiting' AND deliveries.seq = (SELECT min(seq) FROM deliveries \
         WHERE webhook = webhooks.name AND state = 'waiting') \
         WHERE disabled_at_ms IS NULL ORDER BY next_at_ms, name"
    );
    // Both tables have a moment of creation.
    collect(db, &sql.replacen("created_at_ms", "deliveries.created_at_ms", 1), (), delivery)
}

pub(super) fn waiting(db: &Connection) -> anyhow::Result<BTreeMap<String, u64>> {
    let sql = "SELECT name, (SELECT count(*) FROM deliveries WHERE webhook = name AND state = 'waiting') FROM webhooks";
    let all = collect(db, sql, (), |row| Ok((row.get(0)?, columns::number(row, 1)?)))?;
    Ok(all.into_iter().collect())
}

fn delivery(row: &Row<'_>) -> anyhow::Result<DeliveryRow> {
    Ok(DeliveryRow {
        id: row.get(0)?,
        webhook: row.get(1)?,
        seq: columns::number(row, 2)?,
        kind: row.get(3)?,
        body: row.get(4)?,
        created_at: WallMillis(columns::number(row, 5)?),
        state: row.get(6)?,
        tries: row.get(7)?,
        next_at: WallMillis(columns::number(row, 8)?),
        last_at: moment(row, 9)?,
        last_status: row.get(10)?,
        last_error: row.get(11)?,
    })
}

/// Waits again, from its first try on.
pub(super) fn repeat(db: &Connection, id: &str, at: WallMillis) -> anyhow::Result<bool> {
    let sql = "UPDATE deliveries SET state = 'waiting', tries = 0, next_at_ms = ?2 WHERE id = ?1";
    Ok(db.execute(sql, params![id, at.0 as i64])? == 1)
}
