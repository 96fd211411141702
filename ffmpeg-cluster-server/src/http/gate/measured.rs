//! Counts the bytes of bodies that carry films and pieces.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Buf;
use hyper::body::{Body, Frame, SizeHint};
use warp::http::Method;

use crate::core::metrics::counts::Counts;
use crate::core::metrics::names;
use crate::http::routes::Found;

/// What a body carries, and where it goes.
#[derive(Debug, Clone)]
pub(super) struct Carries {
    counts: Counts,
    what: &'static str,
    way: &'static str,
}

impl Carries {
    /// None for a body that carries no film. A piece and an upload come in; a source and a result go out.
    pub(super) fn of(counts: &Counts, found: &Found, method: &Method) -> Option<Self> {
        let Found::Row { route, .. } = found else { return None };
        let (what, way) = match (route.path, method) {
            ("/api/v1/sources/{job}", &Method::GET) => ("source", "out"),
            ("/api/v1/jobs/{job}/result", &Method::GET) => ("result", "out"),
            ("/api/v1/pieces/{lease}", &Method::PATCH) => ("piece", "in"),
            ("/api/v1/uploads/{upload}", &Method::PATCH) => ("upload", "in"),
            _ => return None,
        };
        Some(Self { counts: counts.clone(), what, way })
    }

    pub(super) fn only(self, way: &str) -> Option<Self> {
        (self.way == way).then_some(self)
    }
}

/// A body that is counted as it passes.
#[derive(Debug)]
pub(super) struct Measured<B> {
    pub(super) body: B,
    pub(super) carries: Option<Carries>,
}

impl<B: Body + Unpin> Body for Measured<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if let (Poll::Ready(Some(Ok(frame))), Some(Carries { counts, what, way })) = (&frame, &self.carries) {
            let bytes = frame.data_ref().map_or(0, Buf::remaining);
            counts.add(&names::BYTES, vec![(*what).into(), (*way).into()], bytes as u64);
        }
        frame
    }
    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
