//! Bodies, of requests and of answers, that end when the token they came with is revoked: a transfer of hours is no way to stay.

use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Frame, SizeHint};

use crate::auth::tokens::Tokens;
use crate::auth::{Principal, Who};

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Revoked = Pin<Box<dyn Future<Output = ()> + Send + Sync>>;

pub(super) struct Revocable<B> {
    body: B,
    /// None for who needs no token.
    revoked: Option<Revoked>,
}

impl<B> Revocable<B> {
    pub(super) fn new(body: B, principal: Option<&Principal>, tokens: &Tokens) -> Self {
        let who = principal.map(|principal| &principal.who).filter(|who| matches!(who, Who::Token { .. }));
        let revoked = who.cloned().map(|who| -> Revoked {
            let tokens = tokens.clone();
            Box::pin(async move { tokens.revoked(&who).await })
        });
        Self { body, revoked }
    }
}

impl<B> std::fmt::Debug for Revocable<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Revocable").finish_non_exhaustive()
    }
}

impl<B: Body<Error: Into<BoxError>> + Unpin> Body for Revocable<B> {
    type Data = B::Data;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, BoxError>>> {
        if let Some(revoked) = &mut self.revoked
            && revoked.as_mut().poll(cx).is_ready()
        {
            // Not asked again: it has said its word.
            self.revoked = None;
            return Poll::Ready(Some(Err("the token was revoked".into())));
        }
        Pin::new(&mut self.body).poll_frame(cx).map_err(Into::into)
    }
    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use tokio::sync::oneshot;

    use super::*;

    /// Never comes to an end by itself.
    struct Endless;

    impl Body for Endless {
        type Data = Bytes;
        type Error = BoxError;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"film")))))
        }
    }

    async fn next<B: Body<Error = BoxError> + Unpin>(body: &mut B) -> Result<(), String> {
        let frame = std::future::poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await;
        frame.unwrap().map(|_| ()).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn bytes_flow_until_the_token_is_revoked() {
        let (revoke, revoked) = oneshot::channel::<()>();
        let revoked: Revoked = Box::pin(async move { drop(revoked.await) });
        let mut body = Revocable { body: Endless, revoked: Some(revoked) };
        for _ in 0..10 {
            assert_eq!(next(&mut body).await, Ok(()));
        }
        revoke.send(()).unwrap();
        assert_eq!(next(&mut body).await, Err("the token was revoked".into()));
    }
}
