//! One admitted request, as its handler gets it.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use bytes::{Buf, Bytes};
use ffmpeg_cluster_common::protocol::command::ErrorCode;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt};
use serde::de::DeserializeOwned;
use warp::http::{HeaderMap, Method, StatusCode, header};

use super::answer::{Failure, refused};
use super::cookie::Cookie;
use super::problem::{Mistake, Problem};
use super::query::Query;
use super::services::Services;
use crate::access::Principal;

pub(crate) struct Call {
    pub(crate) services: Services,
    /// None if the address is open to anybody and the caller is unknown.
    pub(crate) principal: Option<Principal>,
    pub(crate) caller: Caller,
    pub(crate) method: Method,
    /// Without the query.
    pub(crate) path: String,
    /// The variable part of the address.
    pub(crate) name: String,
    pub(crate) headers: HeaderMap,
    /// Empty for an address without a table of parameters.
    pub(crate) query: Query,
    pub(crate) body: Body,
}

/// What the connection tells of a caller, known or not.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) from: IpAddr,
    /// The cookie that this connection's browser would have.
    pub(crate) cookie: Cookie,
}

pub(crate) type Parts = BoxStream<'static, Result<Bytes, warp::Error>>;

/// The body, in the form that the address's row asks for.
pub(crate) enum Body {
    Whole(Bytes),
    /// The lock is never taken. It makes the stream `Sync`, so that a call can be lent across threads.
    Stream(Mutex<Parts>),
}

impl Call {
    pub(crate) fn principal(&self) -> Result<&Principal, Failure> {
        // The gate lets no unknown caller through to here; a row that forgets its role serves nobody.
        self.principal.as_ref().ok_or_else(|| refused(ErrorCode::Unauthorized, "this address needs a token"))
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        let text = self.text(name)?;
        text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
    }

    /// Takes the body out of the call.
    fn take_body(&mut self) -> Body {
        std::mem::replace(&mut self.body, Body::Whole(Bytes::new()))
    }

    /// Whether there is no body, at an address that takes it whole.
    pub(crate) const fn is_empty(&self) -> bool {
        matches!(&self.body, Body::Whole(bytes) if bytes.is_empty())
    }

    /// The body, for an address that takes it whole.
    pub(crate) fn bytes(&mut self) -> Bytes {
        match self.take_body() {
            Body::Whole(bytes) => bytes,
            Body::Stream(_) => Bytes::new(),
        }
    }

    /// The body as JSON. A page of another origin must send a preflight before it may set this type, and the server answers none.
    pub(crate) fn json<T: DeserializeOwned>(&mut self) -> Result<T, Failure> {
        self.check_json()?;
        Self::read(&self.bytes())
    }

    pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
        let wrong = |why: String| {
            let errors =
                vec![Mistake { parameter: None, pointer: Some("#".to_owned()), detail: why.clone() }];
            let problem = Problem::new(StatusCode::BAD_REQUEST, ErrorCode::InvalidRequest, why);
            Failure::from(Problem { errors, ..problem })
        };
        if body.trim_ascii_start().first() == Some(&b'[') {
            return Err(wrong("the body: an object is expected, not a list".to_owned()));
        }
        serde_json::from_slice(body).map_err(|why| wrong(format!("the body: {why}")))
    }

    pub(crate) fn check_json(&self) -> Result<(), Failure> {
        let kind = self.text(header::CONTENT_TYPE.as_str()).unwrap_or_default();
        if kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
            return Ok(());
        }
        let message = "Content-Type: application/json is required";
        Err(Failure::at(StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::InvalidRequest, message))
    }

    /// The body, for an address that takes it as a stream.
    pub(crate) fn stream(&mut self) -> Parts {
        match self.take_body() {
            Body::Whole(bytes) => Box::pin(futures_util::stream::iter([Ok(bytes)])),
            Body::Stream(parts) => parts.into_inner().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

/// Turns any stream of buffers into parts of a body.
pub(crate) fn parts(body: impl Stream<Item = Result<impl Buf, warp::Error>> + Send + 'static) -> Parts {
    Box::pin(body.map(|part| part.map(|mut part| part.copy_to_bytes(part.remaining()))))
}
