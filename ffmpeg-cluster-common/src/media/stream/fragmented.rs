//! Reads a fragmented MP4 file of one track: ours, or the one that ffmpeg copies a piece into.
//! Whatever neither of them has in it is refused.

use std::io::{BufRead, BufReader, ErrorKind, Read, Result};

use super::boxes::wrong;
use super::head::{self, TrackHead};
use super::moof::{self, Fragment, Sample};
use crate::limits::FRAMES_MAX;

const READ_BYTES: usize = 64 * 1024;
/// Of a box that is held in memory; a fragment of 40,000 frames has less.
const HELD_BYTES_MAX: u64 = 1 << 20;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragmented {
    /// The bytes before the first fragment that every decoder needs: `ftyp` and `moov`.
    pub head: Vec<u8>,
    pub track: TrackHead,
    pub fragments: Vec<Fragment>,
    /// Of the whole file.
    pub bytes: u64,
}

impl Fragmented {
    pub fn samples(&self) -> impl Iterator<Item = &Sample> {
        self.fragments.iter().flat_map(|fragment| &fragment.samples)
    }
}

/// Reads the file from its first byte to its last; an error if it has more samples than `most`.
pub fn read(file: impl Read, most: u64) -> Result<Fragmented> {
    let mut reader = Reader {
        from: BufReader::with_capacity(READ_BYTES, file),
        at: 0,
        head: Vec::new(),
        track: None,
        fragments: Vec::new(),
        open: None,
        left: most.min(FRAMES_MAX),
    };
    while let Some(begun) = reader.next_box()? {
        reader.pass(&begun)?;
    }
    let Reader { head, track, fragments, open: None, at: bytes, .. } = reader else {
        return Err(wrong("the last fragment has no data"));
    };
    let track = track.ok_or(wrong("nothing says what is in the file"))?;
    Ok(Fragmented { head, track, fragments, bytes })
}

struct Reader<R> {
    from: BufReader<R>,
    at: u64,
    head: Vec<u8>,
    track: Option<TrackHead>,
    fragments: Vec<Fragment>,
    /// The fragment whose data comes next.
    open: Option<Fragment>,
    /// How many samples there may be yet.
    left: u64,
}

/// A box of the file, up to its body.
struct Begun {
    kind: [u8; 4],
    at: u64,
    /// The bytes of its own head.
    head: Vec<u8>,
    body: u64,
}

impl<R: Read> Reader<R> {
    /// None at the end of the file.
    fn next_box(&mut self) -> Result<Option<Begun>> {
        const LONG: u64 = 1;
        let at = self.at;
        if self.from.fill_buf()?.is_empty() {
            return Ok(None);
        }
        let mut head = self.take(8)?;
        let number = |bytes: &[u8]| bytes.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte));
        let (mut size, kind) = (number(&head[..4]), [head[4], head[5], head[6], head[7]]);
        if size == LONG {
            head.extend(self.take(8)?);
            size = number(&head[8..]);
        }
        let body = size.checked_sub(head.len() as u64).ok_or(wrong("a box has an impossible size"))?;
        Ok(Some(Begun { kind, at, head, body }))
    }

    fn pass(&mut self, begun: &Begun) -> Result<()> {
        match &begun.kind {
            b"ftyp" if self.head.is_empty() => self.hold(begun).map(drop),
            b"moov" if self.track.is_none() => {
                let body = self.hold(begun)?;
                self.track = Some(head::read(&body)?);
                Ok(())
            }
            b"moof" if self.open.is_none() => self.fragment(begun),
            b"mdat" => self.data(begun),
            b"styp" | b"free" | b"mfra" => self.skip(begun.body),
            _ => Err(wrong("a box that is not expected here")),
        }
    }

    /// Reads a box that belongs to the head.
    fn hold(&mut self, begun: &Begun) -> Result<Vec<u8>> {
        let body = self.take(begun.body)?;
        self.head.extend_from_slice(&begun.head);
        self.head.extend_from_slice(&body);
        Ok(body)
    }

    fn fragment(&mut self, begun: &Begun) -> Result<()> {
        let body = self.take(begun.body)?;
        let track = self.track.as_ref().ok_or(wrong("a fragment stands before the head"))?;
        let fragment = moof::read(&body, moof::Place { at: begun.at, left: self.left }, track)?;
        self.left -= fragment.samples.len() as u64;
        self.open = Some(fragment);
        Ok(())
    }

    /// The fragment's samples lie in the data side by side, and fill it.
    fn data(&mut self, begun: &Begun) -> Result<()> {
        let mut fragment = self.open.take().ok_or(wrong("data without a fragment"))?;
        let end = self.at.checked_add(begun.body).ok_or(wrong("a box has an impossible size"))?;
        let next = fragment.samples.iter().skip(1).map(|sample| sample.at).chain([end]);
        let mut pairs = fragment.samples.iter().zip(next);
        let begins = fragment.samples.first().is_some_and(|first| first.at == self.at);
        if !begins || !pairs.all(|(sample, next)| sample.at + sample.bytes == next) {
            return Err(wrong("the samples do not fill their data"));
        }
        self.skip(begun.body)?;
        fragment.bytes = self.at - fragment.at;
        self.fragments.push(fragment);
        Ok(())
    }

    fn take(&mut self, length: u64) -> Result<Vec<u8>> {
        if length > HELD_BYTES_MAX {
            return Err(wrong("a box is too large"));
        }
        let mut taken = vec![0; length as usize];
        self.from.read_exact(&mut taken).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => wrong("the end is missing"),
            _ => error,
        })?;
        self.at += length;
        Ok(taken)
    }

    fn skip(&mut self, mut length: u64) -> Result<()> {
        while length > 0 {
            let there = (self.from.fill_buf()?.len() as u64).min(length);
            if there == 0 {
                return Err(wrong("the end is missing"));
            }
            self.from.consume(there as usize);
            self.at += there;
            length -= there;
        }
        Ok(())
    }
}
