//! Why a request was refused before a handler saw it: typed for the caller, counted, and logged once a minute for each kind.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ffmpeg_cluster_common::protocol::command::ErrorCode;
use warp::http::{HeaderValue, StatusCode, header};
use warp::reply::Response;

use crate::access::Role;
use crate::access::audit_log::AuditLog;
use crate::http::answer::Failure;

/// A flood is one line, not a flood of lines.
const SAY_EVERY: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The `Host` is no name of ours.
    Host(String),
    /// A page of another origin.
    Page,
    TlsWanted,
    /// The same, for a browser that asked for the page: where it is.
    TlsWantedAt(String),
    TokenWanted,
    TokenUnknown,
    /// A cookie that is no longer valid.
    SignInWanted,
    /// Neither a valid token nor a valid link.
    NotShown,
    /// Too many tries to sign in.
    Tries,
    Role(Role),
    /// The limit of connections is reached.
    Crowded,
    /// The limit of bytes in memory is reached.
    Full,
    /// No WebSocket handshake at an address that needs one.
    NoWebSocket,
    TooManyClients,
    /// More messages than any honest caller sends.
    Flood,
    /// The client holds no lease for these bytes.
    NotLeased,
}

impl Refusal {
    /// One word for counters and logs.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Host(_) => "host",
            Self::Page => "page",
            Self::TlsWanted | Self::TlsWantedAt(_) => "tls_wanted",
            Self::TokenWanted => "token_wanted",
            Self::TokenUnknown => "token_unknown",
            Self::SignInWanted => "sign_in_wanted",
            Self::NotShown => "not_shown",
            Self::Tries => "tries",
            Self::Role(_) => "role",
            Self::Crowded => "crowded",
            Self::Full => "full",
            Self::NoWebSocket => "no_websocket",
            Self::TooManyClients => "too_many_clients",
            Self::Flood => "flood",
            Self::NotLeased => "not_leased",
        }
    }

    const fn code(&self) -> (StatusCode, ErrorCode) {
        match self {
            Self::Host(_) | Self::Page | Self::Role(_) | Self::NotLeased => {
                (StatusCode::FORBIDDEN, ErrorCode::NotAllowed)
            }
            Self::TlsWanted => (StatusCode::FORBIDDEN, ErrorCode::TlsRequired),
            Self::TlsWantedAt(_) => (StatusCode::TEMPORARY_REDIRECT, ErrorCode::TlsRequired),
            Self::TokenWanted | Self::TokenUnknown | Self::SignInWanted | Self::NotShown => {
                (StatusCode::UNAUTHORIZED, ErrorCode::Unauthorized)
            }
            Self::Crowded | Self::Full | Self::TooManyClients => {
                (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Busy)
            }
            Self::NoWebSocket => (StatusCode::UPGRADE_REQUIRED, ErrorCode::InvalidRequest),
            Self::Flood | Self::Tries => (StatusCode::TOO_MANY_REQUESTS, ErrorCode::Busy),
        }
    }

    pub(crate) fn message(&self) -> String {
        match self {
            Self::Host(host) => format!(
                "{host:?} is not a name of this server; use its address, or start it with --host-name for that name"
            ),
            Self::Page => "web pages of other origins are not served".into(),
            Self::TlsWanted | Self::TlsWantedAt(_) => "other machines must use TLS (https, wss); join with the line that \
                `ffmpeg-cluster-server token add` prints"
                .into(),
            Self::TokenWanted => "this address needs a token: Authorization: Bearer TOKEN; \
                `ffmpeg-cluster-server token add` on the server makes one"
                .into(),
            Self::TokenUnknown => "unknown or revoked token; \
                `ffmpeg-cluster-server token add` on the server makes another"
                .into(),
            Self::SignInWanted => "this browser is no longer signed in; open / and sign in again".into(),
            Self::NotShown => "this token is unknown or revoked, or this link was used or is too old; \
                `ffmpeg-cluster-server sign-in` on the server makes a link, `ffmpeg-cluster-server token add` a token"
                .into(),
            Self::Tries => "too many tries to sign in; try again in a minute".into(),
            Self::Role(role) => format!("this needs a token for the role {role}"),
            Self::Crowded => "the server has reached its limit of connections; try again later".into(),
            Self::Full => "the server has too many bytes in flight; try again later".into(),
            Self::NoWebSocket => "this address speaks WebSocket, version 13".into(),
            Self::TooManyClients => "this server has as many clients as it can hold".into(),
            Self::Flood => "too many messages in a short time".into(),
            Self::NotLeased => "this client holds no lease for these bytes".into(),
        }
    }

    pub(crate) fn answer(&self) -> Response {
        let (status, code) = self.code();
        let mut answer = Failure::at(status, code, self.message()).answer();
        let mut say = |name, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                answer.headers_mut().insert(name, value);
            }
        };
        match self {
            Self::TokenWanted | Self::TokenUnknown | Self::SignInWanted | Self::NotShown => {
                say(header::WWW_AUTHENTICATE, "Bearer")
            }
            Self::NoWebSocket => say(header::SEC_WEBSOCKET_VERSION, "13"),
            Self::Crowded | Self::Full | Self::TooManyClients | Self::Flood => say(header::RETRY_AFTER, "5"),
            Self::Tries => say(header::RETRY_AFTER, "60"),
            Self::TlsWantedAt(page) => say(header::LOCATION, page),
            Self::Host(_) | Self::Page | Self::TlsWanted | Self::Role(_) | Self::NotLeased => {}
        }
        answer
    }
}

#[derive(Debug, Default)]
struct Tally {
    count: u64,
    unsaid: u64,
    said: Option<Instant>,
}

/// Counts refusals by kind since the start.
#[derive(Debug, Clone, Default)]
pub(crate) struct Refusals {
    all: Arc<Mutex<BTreeMap<&'static str, Tally>>>,
    audit_log: AuditLog,
}

impl Refusals {
    pub(crate) fn told_to(audit_log: AuditLog) -> Self {
        Self { all: Arc::default(), audit_log }
    }

    pub(crate) fn note(&self, refusal: &Refusal, from: IpAddr) {
        if let Some(unsaid) = self.count(refusal.kind(), Instant::now()) {
            let more =
                if unsaid > 0 { format!(" ({unsaid} more since the last such line)") } else { String::new() };
            self.audit_log.note_refusal(from, refusal.kind(), unsaid);
            tracing::warn!(%from, kind = refusal.kind(), "refused{more}: {}", refusal.message());
        }
    }

    /// The number of refusals without a line since the last one, if a line is due.
    fn count(&self, kind: &'static str, now: Instant) -> Option<u64> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let tally = all.entry(kind).or_default();
        tally.count += 1;
        if tally.said.is_some_and(|said| now.duration_since(said) < SAY_EVERY) {
            tally.unsaid += 1;
            return None;
        }
        tally.said = Some(now);
        Some(std::mem::take(&mut tally.unsaid))
    }

    pub(crate) fn counts(&self) -> BTreeMap<&'static str, u64> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|(kind, tally)| (*kind, tally.count)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_one_line_a_minute_and_all_of_it_is_counted() {
        let (refusals, start) = (Refusals::default(), Instant::now());
        assert_eq!(refusals.count("page", start), Some(0));
        for _ in 0..999 {
            assert_eq!(refusals.count("page", start + SAY_EVERY / 2), None);
        }
        assert_eq!(refusals.count("host", start), Some(0), "another kind has a line of its own");
        assert_eq!(refusals.count("page", start + SAY_EVERY), Some(999));
        assert_eq!(refusals.counts(), BTreeMap::from([("host", 1), ("page", 1001)]));
    }
}
