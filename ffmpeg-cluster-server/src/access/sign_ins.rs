//! Browsers that signed in: each shows a random cookie, of which only the digest is stored. A sign-in may do what its token
//! may, slides with its use, and ends with its token.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use ffmpeg_cluster_common::access::invite::Join;
use ffmpeg_cluster_common::access::secret::Secret;
use ffmpeg_cluster_common::io::{clock, digest, random};
use ffmpeg_cluster_common::text::rfc3339::rfc3339;
use ffmpeg_cluster_common::text::{hex, safe};
use ffmpeg_cluster_common::time::WallMillis;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::links::Link;
use super::tokens::Tokens;
use super::tries::Tries;
use super::{Principal, Who};
use crate::store::catalog::{Reader, SignInRow, Writer};

const COOKIE_BYTES: usize = 32;
const HOUR_MS: u64 = 3_600_000;
/// A browser that nobody uses is signed out after this.
const LASTS_MS: u64 = 12 * HOUR_MS;
/// The same for one that was told to stay signed in.
const STAYS_MS: u64 = 30 * 24 * HOUR_MS;
const OF_A_TOKEN_MAX: usize = 25;
/// A use is written down only when so much of the time has passed: the disk need not hear of each request.
const SHARE_UNWRITTEN: u64 = 24;
/// What each try to sign in costs, so that guessing is slow.
const TRY_TAKES: Duration = Duration::from_millis(200);
/// How often a WebSocket looks whether its browser is still signed in.
const LOOK_EVERY: Duration = Duration::from_secs(60);
const AGENT_CHARS_MAX: usize = 200;
const NAME_DIGITS: usize = 16;

/// Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct SignIns {
    tokens: Tokens,
    reader: Reader,
    writer: Writer,
    tries: Arc<Mutex<Tries>>,
    /// Changes whenever a browser is signed out.
    ended: watch::Sender<()>,
}

/// What a person shows to sign in.
#[derive(Debug)]
pub(crate) enum Shown<'a> {
    /// A token, or the join string that carries one.
    Token(&'a str),
    /// The code of a link.
    Code(&'a str),
}

/// A new sign-in.
#[derive(Debug)]
pub(crate) struct SignedIn {
    pub(crate) cookie: Secret,
    /// The seconds that the browser keeps the cookie. None: until it is closed.
    pub(crate) kept: Option<u64>,
}

/// A browser that is signed in.
#[derive(Debug)]
pub(crate) struct Browser(SignInRow);

impl Browser {
    /// The beginning of its digest, which is no secret.
    fn name(&self) -> &str {
        self.0.hash.get(..NAME_DIGITS).unwrap_or(&self.0.hash)
    }

    pub(crate) fn about(&self, cookie: Option<&str>) -> Value {
        let row = &self.0;
        json!({
            "id": self.name(),
            "agent": row.agent,
            "from": row.from,
            "created_at": rfc3339(row.created_at),
            "seen_at": rfc3339(row.seen_at),
            "expires_at": rfc3339(row.expires_at),
            "this": cookie.is_some_and(|cookie| digest::of_bytes(cookie.as_bytes()) == row.hash),
        })
    }
}

impl SignIns {
    pub(crate) fn new(tokens: Tokens, reader: Reader, writer: Writer) -> Self {
        Self { tokens, reader, writer, tries: Arc::default(), ended: watch::Sender::new(()) }
    }

    /// Whose browser this is. None for a cookie that was never given, has expired, or whose token was revoked.
    pub(crate) async fn check(&self, cookie: &str, from: IpAddr) -> Option<Principal> {
        if !hex::is_of(COOKIE_BYTES, cookie) {
            return None;
        }
        let found = self.reader.sign_in(&digest::of_bytes(cookie.as_bytes())).await;
        let row = found.inspect_err(|error| tracing::warn!("a sign-in could not be read: {error:#}"));
        let (row, now) = (row.ok()??, clock::wall());
        if now >= row.expires_at {
            return None;
        }
        let principal = self.tokens.holder(&row.token, from).await?;
        if now.0.saturating_sub(row.seen_at.0) > row.lasts_ms / SHARE_UNWRITTEN {
            // A full disk shortens the stay, and keeps nobody out.
            let _ = self.writer.sign_in_seen(row.hash, now).await;
        }
        Some(principal)
    }

    /// False if this address tries too often.
    pub(crate) async fn may_try(&self, from: IpAddr) -> bool {
        let may = self.tries.lock().unwrap_or_else(PoisonError::into_inner).take(from, Instant::now());
        tokio::time::sleep(TRY_TAKES).await;
        may
    }

    pub(crate) async fn who_shows(
        &self,
        shown: &Shown<'_>,
        from: IpAddr,
    ) -> anyhow::Result<Option<Principal>> {
        match shown {
            Shown::Token(text) => {
                let join = Join::parse(text).map(|join| join.token);
                let token = join.as_ref().map_or(text.trim(), Secret::reveal);
                Ok(self.tokens.check(token, from).await)
            }
            Shown::Code(code) => {
                let hash = digest::of_bytes(code.trim().as_bytes());
                let Some(token) = self.writer.use_link(hash, clock::wall()).await? else { return Ok(None) };
                Ok(self.tokens.holder(&token, from).await)
            }
        }
    }

    /// A link that signs one more browser in for the holder of a token. None for who holds no token.
    pub(crate) async fn link(&self, of: &Principal) -> anyhow::Result<Option<Link>> {
        let Who::Token { id, .. } = &of.who else { return Ok(None) };
        let link = Link::new(id)?;
        self.writer.add_link(link.row.clone()).await.context("keeping a link")?;
        Ok(Some(link))
    }

    /// Signs a browser in for the holder of a token.
    pub(crate) async fn begin(&self, of: &Principal, agent: &str, stays: bool) -> anyhow::Result<SignedIn> {
        let Who::Token { id, .. } = &of.who else { anyhow::bail!("a sign-in belongs to a token") };
        let (cookie, now) = (random::secret::<COOKIE_BYTES>()?, clock::wall());
        let lasts_ms = if stays { STAYS_MS } else { LASTS_MS };
        let row = SignInRow {
            hash: digest::of_bytes(cookie.reveal().as_bytes()),
            token: id.clone(),
            created_at: now,
            seen_at: now,
            expires_at: WallMillis(now.0 + lasts_ms),
            lasts_ms,
            agent: safe::stripped(agent, AGENT_CHARS_MAX),
            from: of.from.to_string(),
        };
        self.writer.add_sign_in(row, OF_A_TOKEN_MAX).await.context("keeping a sign-in")?;
        Ok(SignedIn { cookie, kept: stays.then_some(STAYS_MS / 1000) })
    }

    pub(crate) async fn end(&self, cookie: &str) -> anyhow::Result<bool> {
        self.end_one(digest::of_bytes(cookie.as_bytes())).await
    }

    async fn end_one(&self, hash: String) -> anyhow::Result<bool> {
        let ended = self.writer.end_sign_in(hash).await;
        self.ended.send_replace(());
        ended
    }

    /// Completes soon after this browser is signed out, or its sign-in has expired.
    pub(crate) async fn signed_out(&self, cookie: &str) {
        let (hash, mut ended) = (digest::of_bytes(cookie.as_bytes()), self.ended.subscribe());
        loop {
            let now = clock::wall();
            match self.reader.sign_in(&hash).await {
                Ok(row) if row.as_ref().is_none_or(|row| now >= row.expires_at) => return,
                Ok(_) => {}
                Err(error) => tracing::warn!("a sign-in could not be read: {error:#}"),
            }
            let _ = tokio::time::timeout(LOOK_EVERY, ended.changed()).await;
        }
    }

    /// The browsers that are signed in with the same token, the last seen first.
    pub(crate) async fn others(&self, of: &Principal) -> anyhow::Result<Vec<Browser>> {
        let Who::Token { id, .. } = &of.who else { return Ok(Vec::new()) };
        let (rows, now) = (self.reader.sign_ins(id).await?, clock::wall());
        Ok(rows.into_iter().filter(|row| now < row.expires_at).map(Browser).collect())
    }

    /// Signs another browser of the same token out. False if there is none by this name.
    pub(crate) async fn end_other(&self, of: &Principal, name: &str) -> anyhow::Result<bool> {
        match self.others(of).await?.into_iter().find(|browser| browser.name() == name) {
            Some(browser) => self.end_one(browser.0.hash).await,
            None => Ok(false),
        }
    }
}
