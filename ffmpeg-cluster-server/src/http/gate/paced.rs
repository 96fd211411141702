//! Drops peers that are slow on purpose: a connection that moves fewer bytes than a minimum ends, which frees the memory
//! that it holds.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// At least this many bytes in this time: less than any line that carries films.
const LEAST_BYTES: usize = 4 * 1024;
const LEAST_WITHIN: Duration = Duration::from_secs(30);

/// The clock of one direction, running while bytes are waited for.
#[derive(Debug)]
struct Pace {
    moved: usize,
    due: Option<Pin<Box<Sleep>>>,
}

impl Pace {
    const fn new() -> Self {
        Self { moved: 0, due: None }
    }
    fn moved(&mut self, bytes: usize) {
        self.moved += bytes;
        if self.moved >= LEAST_BYTES {
            self.rest();
        }
    }
    /// Stops the clock.
    fn rest(&mut self) {
        self.moved = 0;
        self.due = None;
    }
    /// Called while nothing moves; true once the time is up.
    fn is_over(&mut self, cx: &mut Context<'_>) -> bool {
        let due =
            self.due.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(Instant::now() + LEAST_WITHIN)));
        due.as_mut().poll(cx).is_ready()
    }
}

fn too_slow() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the other side is too slow")
}

/// A connection whose peer must read what we write.
#[derive(Debug)]
pub(super) struct Paced<S> {
    inner: S,
    writing: Pace,
}

impl<S> Paced<S> {
    pub(super) const fn new(inner: S) -> Self {
        Self { inner, writing: Pace::new() }
    }

    fn written(&mut self, done: Poll<io::Result<usize>>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        match &done {
            Poll::Ready(Ok(bytes)) => self.writing.moved(*bytes),
            Poll::Ready(Err(_)) => {}
            Poll::Pending if self.writing.is_over(cx) => return Poll::Ready(Err(too_slow())),
            Poll::Pending => {}
        }
        done
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.written(done, cx)
    }
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.inner).poll_write_vectored(cx, parts);
        self.written(done, cx)
    }
    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.inner).poll_flush(cx);
        match &done {
            Poll::Ready(_) => self.writing.rest(),
            Poll::Pending if self.writing.is_over(cx) => return Poll::Ready(Err(too_slow())),
            Poll::Pending => {}
        }
        done
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.inner).poll_shutdown(cx);
        if done.is_pending() && self.writing.is_over(cx) {
            return Poll::Ready(Err(too_slow()));
        }
        done
    }
}

/// A request body whose sender must keep sending.
#[derive(Debug)]
pub(super) struct PacedBody {
    inner: Incoming,
    reading: Pace,
}

impl PacedBody {
    pub(super) const fn new(inner: Incoming) -> Self {
        Self { inner, reading: Pace::new() }
    }
}

impl Body for PacedBody {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let done = Pin::new(&mut self.inner).poll_frame(cx);
        match done {
            Poll::Ready(Some(Ok(frame))) => {
                self.reading.moved(frame.data_ref().map_or(0, Bytes::len));
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error.into()))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending if self.reading.is_over(cx) => Poll::Ready(Some(Err(too_slow().into()))),
            Poll::Pending => Poll::Pending,
        }
    }
    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }
    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_reads_nothing_is_let_go() {
        let (ours, _theirs) = tokio::io::duplex(16);
        let began = Instant::now();
        let error = Paced::new(ours).write_all(&[0; 64]).await.unwrap_err();
        assert_eq!(
            (error.kind(), began.elapsed().as_secs()),
            (io::ErrorKind::TimedOut, LEAST_WITHIN.as_secs())
        );
    }

    #[tokio::test(start_paused = true)]
    async fn who_reads_a_byte_now_and_then_is_let_go_too() {
        let (ours, mut theirs) = tokio::io::duplex(16);
        let drip = async {
            while theirs.read_u8().await.is_ok() {
                tokio::time::sleep(Duration::from_secs(9)).await;
            }
        };
        let mut ours = Paced::new(ours);
        tokio::select! {
            done = ours.write_all(&[0; 100_000]) => assert_eq!(done.unwrap_err().kind(), io::ErrorKind::TimedOut),
            () = drip => panic!("it was never let go"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn silence_between_answers_is_no_slowness() {
        let (ours, mut theirs) = tokio::io::duplex(16);
        let reader = tokio::spawn(async move { theirs.read_to_end(&mut Vec::new()).await.unwrap() });
        let mut ours = Paced::new(ours);
        for _ in 0..3 {
            ours.write_all(&[0; 64]).await.unwrap();
            ours.flush().await.unwrap();
            tokio::time::sleep(LEAST_WITHIN * 4).await;
        }
        drop(ours);
        assert_eq!(reader.await.unwrap(), 3 * 64);
    }
}
