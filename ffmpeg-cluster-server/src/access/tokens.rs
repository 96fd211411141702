//! Tokens: random, shown once, stored as digests, looked up by number and compared in constant time.
//!
//! All valid tokens are in memory and reread twice a second, because another process, the verb, makes and revokes them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{self, Arc, PoisonError};
use std::time::Duration;

use ffmpeg_cluster_common::access::role::Role;
use ffmpeg_cluster_common::access::secret::Secret;
use ffmpeg_cluster_common::io::spawn::Background;
use ffmpeg_cluster_common::io::{clock, digest, random};
use ffmpeg_cluster_common::text::hex;
use ffmpeg_cluster_common::text::safe::is_treacherous;
use ffmpeg_cluster_common::time::WallMillis;
use subtle::ConstantTimeEq;
use tokio::sync::{Mutex, watch};
use tokio::time::Instant;

use super::{Principal, Who};
use crate::store::catalog::{Reader, TokenRow, Writer};

/// Bounds how long a revoked token still works.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How old the last use of a token may be in the database.
const WRITE_EVERY: Duration = Duration::from_secs(60);
/// Short, so that a new token works at once; not zero, so that guessing numbers does not keep the database busy.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(100);
const NOTE_CHARS_MAX: usize = 80;
const ID_BYTES: usize = 4;
const SECRET_BYTES: usize = 32;

/// A new token: the row to store, and the text to show once.
#[derive(Debug)]
pub(crate) struct Minted {
    pub row: TokenRow,
    pub text: Secret,
}

impl Minted {
    pub(crate) fn new(role: Role, name: String) -> anyhow::Result<Self> {
        let (id, secret) = (random::secret::<ID_BYTES>()?, random::secret::<SECRET_BYTES>()?);
        let (id, secret) = (id.reveal().to_owned(), secret.reveal());
        let (hash, text) = (digest::of_bytes(secret.as_bytes()), Secret::new(format!("{id}-{secret}")));
        let (created_at, revoked_at, expires_at, used_at) = (clock::wall(), None, None, None);
        let row = TokenRow { id, role, name, hash, created_at, revoked_at, expires_at, used_at };
        Ok(Self { row, text })
    }

    pub(crate) fn until(mut self, expires_at: Option<WallMillis>) -> Self {
        self.row.expires_at = expires_at;
        self
    }
}

/// Whether a text may be the note of a token.
pub(crate) fn check_note(text: &str) -> Result<(), String> {
    let is_good = text.chars().count() <= NOTE_CHARS_MAX && !text.contains(is_treacherous);
    let why =
        || format!("may have at most {NOTE_CHARS_MAX} characters, and no control or invisible characters");
    if is_good { Ok(()) } else { Err(why()) }
}

/// Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    reader: Reader,
    /// None until they are read for the first time.
    valid: Arc<watch::Sender<Option<Valid>>>,
    looked: Arc<Mutex<Option<Instant>>>,
    /// When tokens let somebody in, as far as it is not written yet.
    used: Arc<sync::Mutex<BTreeMap<String, WallMillis>>>,
}

type Valid = BTreeMap<String, (Role, String)>;

impl Tokens {
    /// No token is loaded yet; an unknown one triggers a read.
    pub(crate) fn new(reader: Reader) -> Self {
        Self {
            reader,
            valid: Arc::new(watch::Sender::default()),
            looked: Arc::default(),
            used: Arc::default(),
        }
    }

    /// Rereads the tokens until `background` stops, and writes when they were used.
    pub(crate) fn watch(&self, background: &Background, writer: Writer) {
        let (watching, stop) = (self.clone(), background.stop().clone());
        drop(background.spawn("tokens", async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = watching.look_for_ever() => {}
                () = watching.write_for_ever(&writer) => {}
            }
        }));
    }

    async fn look_for_ever(&self) {
        loop {
            self.look().await;
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    async fn write_for_ever(&self, writer: &Writer) {
        loop {
            tokio::time::sleep(WRITE_EVERY).await;
            let used = std::mem::take(&mut *self.used.lock().unwrap_or_else(PoisonError::into_inner));
            if used.is_empty() {
                continue;
            }
            if let Err(error) = writer.tokens_used(used).await {
                tracing::warn!("when tokens were used could not be written: {error:#}");
            }
        }
    }

    /// Notes that a token lets somebody in.
    fn note_use(&self, id: &str) {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), clock::wall());
    }

    /// All tokens, with their last use up to now.
    pub(crate) async fn all(&self) -> anyhow::Result<Vec<TokenRow>> {
        let rows = self.reader.tokens().await?;
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(rows
            .into_iter()
            .map(|row| TokenRow { used_at: used.get(&row.id).copied().or(row.used_at), ..row })
            .collect())
    }

    /// If reading fails, the known tokens stay valid until the next read.
    pub(crate) async fn look(&self) {
        match read(&self.reader).await {
            Ok(now) => {
                self.valid.send_if_modified(|valid| {
                    let before = valid.replace(now);
                    note(before.as_ref(), valid.as_ref());
                    before != *valid
                });
            }
            Err(error) => tracing::warn!("the tokens could not be read: {error:#}"),
        }
    }

    /// The principal whose token this is.
    pub(crate) async fn check(&self, text: &str, from: IpAddr) -> Option<Principal> {
        let (id, secret) = parts(text)?;
        if !self.valid.borrow().as_ref().is_some_and(|valid| valid.contains_key(id)) {
            self.look_again().await;
        }
        let valid = self.valid.borrow();
        let (role, hash) = valid.as_ref()?.get(id)?;
        let same = digest::of_bytes(secret.as_bytes()).as_bytes().ct_eq(hash.as_bytes());
        let who = Who::Token { id: id.to_owned(), role: *role };
        if !bool::from(same) {
            return None;
        }
        self.note_use(id);
        Some(Principal { who, from })
    }

    /// The principal of a valid token by its number, for a caller who has proved to hold the token earlier.
    pub(crate) async fn holder(&self, id: &str, from: IpAddr) -> Option<Principal> {
        let role = self.role(id).await?;
        self.note_use(id);
        Some(Principal { who: Who::Token { id: id.to_owned(), role }, from })
    }

    pub(crate) async fn is_valid(&self, id: &str) -> bool {
        self.role(id).await.is_some()
    }

    /// The role of a valid token.
    async fn role(&self, id: &str) -> Option<Role> {
        if !self.valid.borrow().as_ref().is_some_and(|valid| valid.contains_key(id)) {
            self.look_again().await;
        }
        Some(self.valid.borrow().as_ref()?.get(id)?.0)
    }

    /// Returns after a read that began after this call. Concurrent callers share one read.
    async fn look_again(&self) {
        let asked = Instant::now();
        let mut looked = self.looked.lock().await;
        if let Some(last) = *looked {
            if last >= asked {
                return;
            }
            tokio::time::sleep_until(last + LOOK_AGAIN_AFTER).await;
        }
        let now = Instant::now();
        self.look().await;
        *looked = Some(now);
    }

    /// Completes within two seconds of the token's revocation; never for a caller without a token.
    pub(crate) async fn revoked(&self, who: &Who) {
        let Who::Token { id, .. } = who else { return std::future::pending().await };
        let mut valid = self.valid.subscribe();
        let is_gone = |valid: &Option<Valid>| valid.as_ref().is_some_and(|valid| !valid.contains_key(id));
        if valid.wait_for(is_gone).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// The server logs what the verb did, because the verb has no log.
fn note(before: Option<&Valid>, now: Option<&Valid>) {
    let (Some(before), Some(now)) = (before, now) else { return };
    for (id, (role, _)) in now.iter().filter(|(id, _)| !before.contains_key(*id)) {
        tracing::info!(token = id, %role, "a token was made");
    }
    for (id, (role, _)) in before.iter().filter(|(id, _)| !now.contains_key(*id)) {
        tracing::info!(token = id, %role, "a token was revoked, or has expired");
    }
}

async fn read(reader: &Reader) -> anyhow::Result<Valid> {
    let rows = reader.valid_tokens(clock::wall()).await?;
    Ok(rows.into_iter().map(|row| (row.id, (row.role, row.hash))).collect())
}

/// The number and the secret, if the text has the form of a token.
fn parts(text: &str) -> Option<(&str, &str)> {
    let (id, secret) = text.split_once('-')?;
    (hex::is_of(ID_BYTES, id) && hex::is_of(SECRET_BYTES, secret)).then_some((id, secret))
}

#[cfg(test)]
mod tests;
