//! The catalog in SQLite: one writer, write-ahead log, strict tables.
//!
//! - [`query`], [`columns`]: what every statement needs.
//! - [`trust`], [`tokens`], [`sign_ins`], [`watch_links`], [`belongings`], [`memory`], [`events`], [`given`], [`days`],
//!   [`spans`], [`deliveries`], [`webhooks`]: statements by topic.
//! - [`changes`]: what a commit writes; [`moments`]: where it may crash.
//! - [`reads`]: the read-only connection; [`list`]: pages of jobs.
//! - [`migrate`]: brings a database up to date.

mod belongings;
mod changes;
mod columns;
mod days;
mod deliveries;
mod events;
mod given;
mod list;
mod memory;
mod migrate;
mod moments;
mod query;
mod reads;
mod sign_ins;
mod spans;
#[cfg(test)]
mod tests;
mod tokens;
mod trust;
mod watch_links;
mod webhooks;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use ffmpeg_cluster_common::cluster::change::{Change, Memory};
use ffmpeg_cluster_common::ids::{ClientId, JobId, UploadId};
use ffmpeg_cluster_common::io::database;
use ffmpeg_cluster_common::time::WallMillis;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use self::reads::ReadOnly;
use super::events::{EventRow, Told};
use super::given::Named;
use super::rows::{LinkRow, SignInRow, TokenRow, UploadRow, WatchLinkRow};
use super::webhooks::{Tried, WebhookRow};
use super::{Catalog, Full, Reads};

const READ_ONLY: OpenFlags = OpenFlags::SQLITE_OPEN_READ_ONLY.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

#[derive(Debug)]
pub struct Sqlite {
    db: Connection,
    path: PathBuf,
}

impl Sqlite {
    /// Opens or creates the database. A damaged, newer or read-only one is refused and left as it is.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        Ok(Self { db: database::open(path, migrate::MIGRATIONS)?, path: path.to_owned() })
    }

    fn write(&mut self, changes: &[Change], told: &Told) -> anyhow::Result<Vec<EventRow>> {
        let sync = if changes.iter().any(is_promised) { "FULL" } else { "NORMAL" };
        self.db.execute_batch(&format!("PRAGMA synchronous = {sync}"))?;
        let batch = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (job, span) in &told.server {
            // Before the job ends, because its end folds all spans into one text.
            spans::add_server(&batch, job, span)?;
        }
        for change in changes {
            let remembering = || format!("remembering {change:?}");
            changes::apply(&batch, change).with_context(remembering)?;
            spans::note(&batch, change, told).with_context(remembering)?;
        }
        for (job, given) in &told.given {
            given::add(&batch, job, given, told.at)?;
        }
        let events = told.events.iter().map(|event| events::add(&batch, told.at, event));
        let events = events.collect::<anyhow::Result<Vec<_>>>()?;
        moments::before(changes);
        batch.commit()?;
        moments::after(changes);
        Ok(events)
    }
}

/// Whether an acknowledgement or the removal of files depends on the change. A power loss may lose the others; the boot
/// number makes that safe.
const fn is_promised(change: &Change) -> bool {
    matches!(
        change,
        Change::PieceKept { .. }
            | Change::JobAdded { .. }
            | Change::JobEnded { .. }
            | Change::ClientsWanted { .. }
            | Change::Placed { .. }
            | Change::Paused { .. }
            | Change::FilmKnown { .. }
            | Change::KeptToOneKind { .. }
            | Change::TrackGivenUp { .. }
            | Change::CrashesTold { .. }
            | Change::PieceDoubted { .. }
            | Change::Struck { .. }
            | Change::Forgiven { .. }
            | Change::StrikesTakenBack { .. }
    )
}

impl Catalog for Sqlite {
    fn load(&mut self, at: WallMillis) -> anyhow::Result<Memory> {
        memory::load(&self.db, at)
    }

    fn commit_told(&mut self, changes: &[Change], told: &Told) -> anyhow::Result<Vec<EventRow>> {
        let full = |error| if query::is_full(&error) { error.context(Full) } else { error };
        self.write(changes, told).map_err(full)
    }

    fn answered(&mut self, job: &JobId, answer: Option<&str>) -> anyhow::Result<()> {
        given::answered(&self.db, job, answer)
    }

    fn rename(
        &mut self,
        job: &JobId,
        before_after: [&Named; 2],
        at: WallMillis,
    ) -> anyhow::Result<Option<EventRow>> {
        given::rename(&mut self.db, job, before_after, at)
    }

    fn add_upload(&mut self, row: &UploadRow) -> anyhow::Result<EventRow> {
        belongings::add_upload(&mut self.db, row)
    }

    fn upload_completed(&mut self, upload: &UploadId, at: WallMillis) -> anyhow::Result<Option<EventRow>> {
        belongings::upload_completed(&mut self.db, upload, at)
    }

    fn forget_events(&mut self, now: WallMillis) -> anyhow::Result<()> {
        events::forget(&self.db, now)?;
        days::forget(&self.db, now)
    }

    fn forget_upload(&mut self, upload: &UploadId) -> anyhow::Result<bool> {
        belongings::forget_upload(&self.db, upload)
    }

    fn forget_job(
        &mut self,
        job: &JobId,
        with_upload: bool,
        at: WallMillis,
    ) -> anyhow::Result<Option<EventRow>> {
        belongings::forget_job(&mut self.db, job, with_upload, at)
    }

    fn result_removed(&mut self, job: &JobId, at: WallMillis) -> anyhow::Result<()> {
        belongings::result_removed(&self.db, job, at)
    }

    fn claim_key(&mut self, client: &ClientId, hash: &str, at: WallMillis) -> anyhow::Result<bool> {
        tokens::claim_key(&self.db, client, hash, at)
    }

    fn add_token(&mut self, token: &TokenRow) -> anyhow::Result<()> {
        tokens::add(&self.db, token)
    }

    fn revoke_token(&mut self, id: &str, at: WallMillis) -> anyhow::Result<bool> {
        tokens::revoke(&self.db, id, at)
    }

    fn tokens_used(&mut self, all: &BTreeMap<String, WallMillis>) -> anyhow::Result<()> {
        tokens::used(&mut self.db, all)
    }

    fn add_sign_in(&mut self, row: &SignInRow, most: usize) -> anyhow::Result<()> {
        sign_ins::add(&mut self.db, row, most)
    }

    fn sign_in_seen(&mut self, hash: &str, at: WallMillis) -> anyhow::Result<()> {
        sign_ins::seen(&self.db, hash, at)
    }

    fn end_sign_in(&mut self, hash: &str) -> anyhow::Result<bool> {
        sign_ins::end(&self.db, hash)
    }

    fn add_link(&mut self, row: &LinkRow) -> anyhow::Result<()> {
        sign_ins::add_link(&self.db, row)
    }

    fn use_link(&mut self, hash: &str, at: WallMillis) -> anyhow::Result<Option<String>> {
        sign_ins::use_link(&self.db, hash, at)
    }

    fn add_watch_link(&mut self, row: &WatchLinkRow, most: usize) -> anyhow::Result<bool> {
        watch_links::add(&mut self.db, row, most)
    }

    fn end_watch_link(&mut self, hash: &str) -> anyhow::Result<bool> {
        watch_links::end(&self.db, hash)
    }

    fn put_webhook(&mut self, row: &WebhookRow) -> anyhow::Result<()> {
        webhooks::put(&self.db, row)
    }

    fn remove_webhook(&mut self, name: &str) -> anyhow::Result<bool> {
        webhooks::remove(&self.db, name)
    }

    fn delivery_tried(&mut self, tried: &Tried) -> anyhow::Result<Vec<EventRow>> {
        webhooks::tried(&mut self.db, tried)
    }

    fn repeat_delivery(&mut self, id: &str, at: WallMillis) -> anyhow::Result<bool> {
        deliveries::repeat(&self.db, id, at)
    }

    fn reads(&self) -> anyhow::Result<Box<dyn Reads>> {
        let db = database::connect(&self.path, READ_ONLY);
        Ok(Box::new(ReadOnly(db.with_context(|| format!("opening {}", self.path.display()))?)))
    }
}
