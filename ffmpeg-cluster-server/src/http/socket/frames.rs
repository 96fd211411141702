//! Counts the frames of a WebSocket as its bytes arrive. The reader of messages does not see fragments that add nothing to a message,
//! and a peer could send them for ever. The last frame of a message is not counted here: it counts as the message.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use crate::http::rate::Rate;

/// The position of the next byte in a frame. Clients mask their frames: four bytes of mask follow the length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    First,
    Length,
    /// The bytes of the length that are still missing, and its value so far.
    Long {
        left: u32,
        length: u64,
    },
    Payload {
        left: u64,
    },
}

const MASK_BYTES: u64 = 4;
/// Set in the first byte of a message's last frame.
const LAST: u8 = 0x80;

#[derive(Debug)]
struct Frames(At);

impl Frames {
    /// How many frames that do not end a message begin in `bytes`.
    fn begun(&mut self, mut bytes: &[u8]) -> usize {
        let mut count = 0;
        while let Some((&byte, rest)) = bytes.split_first() {
            count += usize::from(self.0 == At::First && byte & LAST == 0);
            let mut next = rest;
            self.0 = match self.0 {
                At::First => At::Length,
                At::Length => match byte & 0x7F {
                    126 => At::Long { left: 2, length: 0 },
                    127 => At::Long { left: 8, length: 0 },
                    short => At::Payload { left: u64::from(short) + MASK_BYTES },
                },
                At::Long { left: 1, length } => {
                    At::Payload { left: (length << 8 | u64::from(byte)).saturating_add(MASK_BYTES) }
                }
                At::Long { left, length } => {
                    At::Long { left: left - 1, length: length << 8 | u64::from(byte) }
                }
                At::Payload { left } => {
                    let skipped = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                    next = &bytes[skipped..];
                    let left = left - skipped as u64;
                    if left == 0 { At::First } else { At::Payload { left } }
                }
            };
            bytes = next;
        }
        count
    }
}

/// A connection that fails when fragments come faster than messages may.
#[derive(Debug)]
pub(crate) struct Framed<S> {
    inner: S,
    frames: Frames,
    rate: Rate,
}

impl<S> Framed<S> {
    pub(super) fn new(inner: S) -> Self {
        Self { inner, frames: Frames(At::First), rate: Rate::new(Instant::now()) }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Framed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, into))?;
        let (count, now) = (self.frames.begun(&into.filled()[before..]), Instant::now());
        if (0..count).all(|_| self.rate.take(now)) {
            return Poll::Ready(Ok(()));
        }
        Poll::Ready(Err(io::Error::other("too many message fragments in a short time")))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Framed<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(length: usize) -> Vec<u8> {
        let head = match length {
            0..126 => vec![0, 0x80 | length as u8],
            126..65_536 => [vec![0, 0xFE], (length as u16).to_be_bytes().to_vec()].concat(),
            _ => [vec![0, 0xFF], (length as u64).to_be_bytes().to_vec()].concat(),
        };
        [head, vec![1; 4 + length]].concat()
    }

    #[test]
    fn each_frame_counts_once_however_its_bytes_are_cut() {
        let lengths = [0, 0, 5, 125, 126, 300, 65_535, 65_536, 0, 70_000];
        let bytes: Vec<u8> = lengths.iter().flat_map(|length| frame(*length)).collect();
        for cut in [1, 2, 3, 7, 1000, bytes.len()] {
            let mut frames = Frames(At::First);
            let count: usize = bytes.chunks(cut).map(|part| frames.begun(part)).sum();
            assert_eq!((count, frames.0), (lengths.len(), At::First), "in parts of {cut}");
        }
    }

    #[test]
    fn a_length_beyond_everything_is_no_trouble() {
        let mut frames = Frames(At::First);
        assert_eq!(
            frames.begun(&[0x81, 0xFF, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0]),
            0,
            "a last part"
        );
    }
}
