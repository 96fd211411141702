//! The table of all addresses: who may call each, how much of a body it takes, and which handler answers. Roles, memory,
//! 404, 405, the table in docs/protocol.md and docs/openapi.json come from it. An address that is not in the table does not exist.

mod dispatch;
mod openapi;
mod table;
#[cfg(test)]
pub(super) mod tests;
mod told;

use futures_util::future::BoxFuture;
use warp::http::Method;
use warp::reply::Response;

pub(super) use self::dispatch::{Routed, filter};
use self::table::ROUTES;
use self::told::Told;
use super::answer::Failure;
use super::call::Call;
use super::query::Parameter;
use crate::access::Role;

/// One address and what it does there.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) method: Method,
    /// A part in braces matches any name.
    pub(crate) path: &'static str,
    pub(crate) who: Asker,
    pub(crate) takes: Takes,
    pub(crate) does: Does,
    /// What may stand behind the question mark. None: nobody looks there.
    pub(crate) query: Option<&'static [Parameter]>,
    /// Whether other parameters are refused.
    pub(crate) is_strict: bool,
    /// Whether pages of any origin may read it. Nothing there may depend on who the caller is.
    pub(crate) is_for_all_pages: bool,
    pub(crate) told: Told,
}

/// Who may call an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    Anybody,
    /// Every known caller, in any role.
    Known,
    Only(Role),
}

/// How much of a body an address takes, and the memory that answering holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    /// No body; the answer needs little memory.
    Nothing,
    /// No body; the answer is one chunk of a film.
    NothingForAChunk,
    /// A whole body of at most this many bytes.
    Whole(u64),
    /// A body that goes straight to the disk; held in memory only if the sender gave a checksum of it.
    Stream,
}

type Answering = BoxFuture<'static, Result<Response, Failure>>;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Does {
    Answer(fn(&Call) -> Result<Response, Failure>),
    /// An answer that takes some work.
    AnswerLater(fn(Call) -> Answering),
    /// Becomes the WebSocket of a client.
    Client,
    /// Becomes a WebSocket for commands.
    Commands,
    /// A stream of events, or a WebSocket of them.
    Watch,
}

impl Route {
    fn new(method: Method, path: &'static str, who: Asker) -> Self {
        // By default a row takes no body and answers like a missing address.
        Self {
            method,
            path,
            who,
            takes: Takes::Nothing,
            does: Does::Answer(|_| Ok(dispatch::nowhere())),
            query: None,
            is_strict: true,
            is_for_all_pages: false,
            told: Told::default(),
        }
    }

    fn now(self, answer: fn(&Call) -> Result<Response, Failure>) -> Self {
        Self { does: Does::Answer(answer), ..self }
    }

    fn then(self, answer: fn(Call) -> Answering) -> Self {
        Self { does: Does::AnswerLater(answer), ..self }
    }

    fn socket(self, does: Does) -> Self {
        Self { does, ..self }
    }

    fn takes(self, takes: Takes) -> Self {
        Self { takes, ..self }
    }

    fn asks(self, query: &'static [Parameter]) -> Self {
        Self { query: Some(query), ..self }
    }

    fn for_all_pages(self) -> Self {
        Self { is_for_all_pages: true, ..self }
    }

    /// Addresses that are older than their parameters go on to ignore others.
    fn may_ask(self, query: &'static [Parameter]) -> Self {
        Self { is_strict: false, ..self.asks(query) }
    }

    /// The names in place of the parts in braces, joined by slashes, if the path matches.
    fn name_in(&self, path: &str) -> Option<String> {
        let mut name = String::new();
        let (mut ours, mut theirs) = (parts(self.path), parts(path));
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return Some(name),
                (Some(pattern), Some(part)) if pattern.starts_with('{') && !part.is_empty() => {
                    name += if name.is_empty() { "" } else { "/" };
                    name += part;
                }
                (Some(pattern), Some(part)) if pattern == part => {}
                _ => return None,
            }
        }
    }

    /// A GET row also answers HEAD, without the body, unless HEAD has a row of its own.
    fn answers(&self, method: &Method) -> bool {
        self.method == *method || (self.method == Method::GET && method == Method::HEAD)
    }
}

/// Where a request leads.
#[derive(Debug, Clone)]
pub(crate) enum Found {
    Row {
        route: &'static Route,
        name: String,
    },
    /// The address exists, but only for these methods.
    OtherMethods {
        allowed: String,
        who: Asker,
    },
    Nowhere,
}

impl Found {
    pub(crate) fn of(method: &Method, path: &str) -> Self {
        let here: Vec<(&'static Route, String)> =
            ROUTES.iter().filter_map(|route| Some((route, route.name_in(path)?))).collect();
        let exact = here.iter().find(|(route, _)| route.method == *method);
        if let Some((route, name)) = exact.or_else(|| here.iter().find(|(route, _)| route.answers(method))) {
            return Self::Row { route, name: name.clone() };
        }
        let Some((first, _)) = here.first() else { return Self::Nowhere };
        let allowed = allowed(here.iter().map(|(route, _)| *route));
        Self::OtherMethods { allowed, who: first.who }
    }

    pub(crate) fn does(&self) -> Option<Does> {
        match self {
            Self::Row { route, .. } => Some(route.does),
            Self::OtherMethods { .. } | Self::Nowhere => None,
        }
    }

    pub(crate) fn is_page(&self) -> bool {
        matches!(self, Self::Row { route, .. } if route.path == "/")
    }

    /// Whether it opens the session of a client; no web page may.
    pub(crate) fn is_for_clients(&self) -> bool {
        matches!(self.does(), Some(Does::Client))
    }

    pub(crate) fn is_for_all_pages(&self) -> bool {
        matches!(self, Self::Row { route, .. } if route.is_for_all_pages)
    }

    pub(crate) fn who(&self) -> Asker {
        match self {
            Self::Row { route, .. } => route.who,
            Self::OtherMethods { who, .. } => *who,
            // Strangers do not learn which addresses exist.
            Self::Nowhere => Asker::Known,
        }
    }
}

/// A slash at the end changes nothing.
fn parts(path: &str) -> std::str::Split<'_, char> {
    path.strip_suffix('/').unwrap_or(path).split('/')
}

fn allowed(routes: impl Iterator<Item = &'static Route>) -> String {
    let mut all: Vec<&str> = Vec::new();
    for route in routes {
        all.push(route.method.as_str());
        if route.method == Method::GET {
            all.push("HEAD");
        }
    }
    all.sort_unstable();
    all.dedup();
    all.join(", ")
}
