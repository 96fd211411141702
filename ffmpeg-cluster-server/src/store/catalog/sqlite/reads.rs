//! The read-only connection.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::cluster::change::RememberedPiece;
use ffmpeg_cluster_common::ids::{ClientId, JobId, UploadId};
use ffmpeg_cluster_common::time::WallMillis;
use rusqlite::{Connection, params};

use super::query::collect;
use super::{
    belongings, columns, days, deliveries, events, given, list, memory, sign_ins, spans, tokens, watch_links,
    webhooks,
};
use crate::store::catalog::events::{EventRow, Spans};
use crate::store::catalog::rows::{
    JobPlace, JobRow, ListedJob, Page, SignInRow, TokenRow, UploadRow, WatchLinkRow,
};
use crate::store::catalog::webhooks::{DeliveryRow, WebhookRow};
use crate::store::catalog::{DayRow, JobsFound, JobsWanted, Reads, RequestKey, RequestRow};
use crate::store::limits::Used;
use crate::store::retention::Results;

#[derive(Debug)]
pub(super) struct ReadOnly(pub(super) Connection);

impl Reads for ReadOnly {
    fn job(&self, job: &JobId) -> anyhow::Result<Option<JobRow>> {
        let sql = format!("SELECT {} FROM jobs WHERE job_id = ?1", columns::JOB_COLUMNS);
        Ok(collect(&self.0, &sql, [job.as_str()], columns::job)?.pop())
    }

    fn request(&self, key: &RequestKey, now: WallMillis) -> anyhow::Result<Option<RequestRow>> {
        given::request(&self.0, key, now)
    }

    fn jobs_beginning(&self, text: &str, owner: Option<&str>) -> anyhow::Result<Vec<String>> {
        beginning(&self.0, "jobs", "job_id", &Beginning { text, owner })
    }

    fn uploads_beginning(&self, text: &str, owner: Option<&str>) -> anyhow::Result<Vec<String>> {
        beginning(&self.0, "uploads", "upload_id", &Beginning { text, owner })
    }

    fn jobs(&self, owner: Option<&str>, page: &Page<JobPlace>) -> anyhow::Result<Vec<ListedJob>> {
        jobs(&self.0, owner, page)
    }

    fn jobs_wanted(&self, wanted: &JobsWanted) -> anyhow::Result<JobsFound> {
        list::jobs(&self.0, wanted)
    }

    fn pieces(&self, job: &JobId) -> anyhow::Result<Vec<RememberedPiece>> {
        memory::pieces(&self.0, job)
    }

    fn upload(&self, upload: &UploadId) -> anyhow::Result<Option<UploadRow>> {
        belongings::upload(&self.0, upload)
    }

    fn uploads(&self, page: &Page<UploadId>) -> anyhow::Result<Vec<UploadRow>> {
        belongings::uploads(&self.0, page)
    }

    fn idle_uploads(&self, page: &Page<UploadId>) -> anyhow::Result<Vec<UploadRow>> {
        belongings::idle_uploads(&self.0, page)
    }

    fn used(&self, owner: &str) -> anyhow::Result<Used> {
        belongings::used(&self.0, owner)
    }

    fn results(&self, limit: usize) -> anyhow::Result<Results> {
        belongings::results(&self.0, limit)
    }

    fn tokens(&self) -> anyhow::Result<Vec<TokenRow>> {
        tokens::all(&self.0)
    }

    fn valid_tokens(&self, now: WallMillis) -> anyhow::Result<Vec<TokenRow>> {
        tokens::valid(&self.0, now)
    }

    fn sign_in(&self, hash: &str) -> anyhow::Result<Option<SignInRow>> {
        sign_ins::of(&self.0, hash)
    }

    fn sign_ins(&self, token: &str) -> anyhow::Result<Vec<SignInRow>> {
        sign_ins::of_token(&self.0, token)
    }

    fn watch_link(&self, hash: &str) -> anyhow::Result<Option<WatchLinkRow>> {
        watch_links::of(&self.0, hash)
    }

    fn watch_links(&self, job: &JobId) -> anyhow::Result<Vec<WatchLinkRow>> {
        watch_links::of_job(&self.0, job)
    }

    fn events(&self, after: u64, limit: usize) -> anyhow::Result<Vec<EventRow>> {
        events::after(&self.0, after, limit)
    }

    fn last_event(&self) -> anyhow::Result<u64> {
        events::last(&self.0)
    }

    fn events_left_by(&self, boot: u32) -> anyhow::Result<Option<u64>> {
        events::left_by(&self.0, boot)
    }

    fn days(&self, owner: Option<&str>, first: u64) -> anyhow::Result<Vec<DayRow>> {
        days::all(&self.0, owner, first)
    }

    fn spans(&self, job: &JobId) -> anyhow::Result<Spans> {
        spans::of_job(&self.0, job)
    }

    fn webhooks(&self) -> anyhow::Result<Vec<WebhookRow>> {
        webhooks::all(&self.0)
    }

    fn deliveries(&self, webhook: &str, page: &Page<u64>) -> anyhow::Result<Vec<DeliveryRow>> {
        deliveries::of(&self.0, webhook, page)
    }

    fn delivery(&self, id: &str) -> anyhow::Result<Option<DeliveryRow>> {
        deliveries::one(&self.0, id)
    }

    fn next_deliveries(&self) -> anyhow::Result<Vec<DeliveryRow>> {
        deliveries::next(&self.0)
    }

    fn deliveries_waiting(&self) -> anyhow::Result<BTreeMap<String, u64>> {
        deliveries::waiting(&self.0)
    }

    fn client_key(&self, client: &ClientId) -> anyhow::Result<Option<String>> {
        tokens::key_of(&self.0, client)
    }
}

/// Of an identity, and whose it may be.
struct Beginning<'a> {
    text: &'a str,
    owner: Option<&'a str>,
}

fn beginning(db: &Connection, table: &str, column: &str, of: &Beginning<'_>) -> anyhow::Result<Vec<String>> {
    let whose = of.owner.map_or("?2 IS NULL", |_| "owner = ?2");
    // No letter of an identity stands behind a tilde.
    let sql = format!(
        "SELECT {column} FROM {table} WHERE {column} >= ?1 AND {column} < ?1 || '~' AND {whose} LIMIT 2"
    );
    collect(db, &sql, params![of.text, of.owner], |row| Ok(row.get(0)?))
}

fn jobs(db: &Connection, owner: Option<&str>, page: &Page<JobPlace>) -> anyhow::Result<Vec<ListedJob>> {
    let at = page.after.as_ref().map(|after| after.created_at.0 as i64);
    let job = page.after.as_ref().map(|after| after.job.as_str());
    let parameters = params![owner, at, job, i64::try_from(page.limit)?];
    collect(db, &jobs_sql(owner, page), parameters, columns::listed)
}

/// Contains only the conditions in use, so that each form finds its index.
pub(super) fn jobs_sql(owner: Option<&str>, page: &Page<JobPlace>) -> String {
    let columns = columns::LISTED_COLUMNS;
    let whose = owner.map_or("true", |_| "owner = ?1");
    let behind =
        page.after.as_ref().map_or("true", |_| "created_at_ms <= ?2 AND (created_at_ms < ?2 OR job_id > ?3)");
    format!(
        "SELECT {columns} FROM jobs WHERE {whose} AND {behind} ORDER BY created_at_ms DESC, job_id LIMIT ?4"
    )
}
