//! Tokens: random, shown once, stored as digests, looked up by number and compared in constant time.
//!
//! All valid tokens are in memory and reread twice a second, because another process, the verb, makes and revokes them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ffmpeg_cluster_common::access::role::Role;
use ffmpeg_cluster_common::access::secret::Secret;
use ffmpeg_cluster_common::io::spawn::Background;
use ffmpeg_cluster_common::io::{clock, digest, random};
use ffmpeg_cluster_common::text::hex;
use subtle::ConstantTimeEq;
use tokio::sync::{Mutex, watch};
use tokio::time::Instant;

use super::{Principal, Who};
use crate::store::catalog::{Reader, TokenRow};

/// Bounds how long a revoked token still works.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Short, so that a new token works at once; not zero, so that guessing numbers does not keep the database busy.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(100);
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
        let row = TokenRow { id, role, name, hash, created_at: clock::wall(), revoked_at: None };
        Ok(Self { row, text })
    }
}

/// Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    reader: Reader,
    /// None until they are read for the first time.
    valid: Arc<watch::Sender<Option<Valid>>>,
    looked: Arc<Mutex<Option<Instant>>>,
}

type Valid = BTreeMap<String, (Role, String)>;

impl Tokens {
    /// No token is loaded yet; an unknown one triggers a read.
    pub(crate) fn new(reader: Reader) -> Self {
        Self { reader, valid: Arc::new(watch::Sender::default()), looked: Arc::default() }
    }

    /// Rereads the tokens until `background` stops.
    pub(crate) fn watch(&self, background: &Background) {
        let (watching, stop) = (self.clone(), background.stop().clone());
        drop(background.spawn("tokens", async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = watching.look_for_ever() => {}
            }
        }));
    }

    async fn look_for_ever(&self) {
        loop {
            self.look().await;
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// If reading fails, the known tokens stay valid until the next read.
    async fn look(&self) {
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
        bool::from(same).then_some(Principal { who, from })
    }

    /// The principal of a valid token by its number, for a caller who has proved to hold the token earlier.
    pub(crate) async fn holder(&self, id: &str, from: IpAddr) -> Option<Principal> {
        if !self.valid.borrow().as_ref().is_some_and(|valid| valid.contains_key(id)) {
            self.look_again().await;
        }
        let role = self.valid.borrow().as_ref()?.get(id)?.0;
        Some(Principal { who: Who::Token { id: id.to_owned(), role }, from })
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
        tracing::info!(token = id, %role, "a token was revoked");
    }
}

async fn read(reader: &Reader) -> anyhow::Result<Valid> {
    let rows = reader.valid_tokens().await?;
    Ok(rows.into_iter().map(|row| (row.id, (row.role, row.hash))).collect())
}

/// The number and the secret, if the text has the form of a token.
fn parts(text: &str) -> Option<(&str, &str)> {
    let (id, secret) = text.split_once('-')?;
    (hex::is_of(ID_BYTES, id) && hex::is_of(SECRET_BYTES, secret)).then_some((id, secret))
}

#[cfg(test)]
mod tests;
