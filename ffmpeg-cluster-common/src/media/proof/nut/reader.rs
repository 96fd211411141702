//! Frame after frame: when each is shown. What it looks like is passed over.

use std::io::{BufRead, Result};

use super::bytes::{Bytes, wrong};
use super::headers::{
    CHECKED, Code, FLAGGED, INVALID, MATCHED, Main, OF_HEADER, OF_STREAM, PAUSED, RESERVED, SIZED, Stream,
    TIMED,
};
use super::{BEGINS, INDEX_BEGINS, Piece, SYNCPOINT_BEGINS};
use crate::frames::{FrameTimes, Rational};
use crate::limits::FRAMES_MAX;

const MAIN: [u8; 8] = [b'N', b'M', 0x7a, 0x56, 0x1f, 0x5f, 0x04, 0xad];
const STREAM: [u8; 8] = [b'N', b'S', 0x11, 0x40, 0x5b, 0xf2, 0xf9, 0xdb];
const INFO: [u8; 8] = [b'N', b'I', 0xab, 0x68, 0xb5, 0x96, 0xba, 0x78];

/// Packets that are longer have a checksum of their first bytes.
const UNCHECKED_BYTES_MAX: u64 = 4096;
/// Larger frames leave out nothing.
const LEAVES_OUT_BYTES_MAX: u64 = 4096;
/// Sums of two such times fit.
const TIME_END: i64 = 1 << 62;

#[derive(Debug)]
pub(super) struct Reader<R> {
    bytes: Bytes<R>,
    main: Main,
    stream: Stream,
    /// As they stand in the file.
    head: Vec<u8>,
    base: Rational,
    last: i64,
    times: Vec<i64>,
}

impl<R: BufRead> Reader<R> {
    pub(super) fn begin(from: R) -> Result<Self> {
        let mut bytes = Bytes::over(from);
        if bytes.array::<{ BEGINS.len() }>()? != *BEGINS {
            return Err(wrong("no NUT file"));
        }
        let (main, stream) = (header(&mut bytes, MAIN)?, header(&mut bytes, STREAM)?);
        let head = [main.as_slice(), &stream].concat();
        let (main, stream) = (Main::read(&main)?, Stream::read(&stream)?);
        let base = usize::try_from(stream.base).ok().and_then(|base| main.bases.get(base).copied());
        let base = base.ok_or(wrong("the stream has no time base"))?;
        Ok(Self { bytes, main, stream, head, base, last: 0, times: Vec::new() })
    }

    /// To the index, which must be the last.
    pub(super) fn finish(mut self) -> Result<Piece> {
        loop {
            self.bytes.mark();
            let first = self.bytes.byte()?;
            if first != b'N' {
                self.frame(self.main.codes[usize::from(first)])?;
                continue;
            }
            let packet = packet(&mut self.bytes, first)?;
            match packet.kind {
                SYNCPOINT_BEGINS => {
                    let body = self.bytes.body(packet.length)?;
                    self.syncpoint(&body)?;
                }
                // Headers are repeated.
                MAIN | STREAM | INFO => self.bytes.skip(packet.length)?,
                INDEX_BEGINS => {
                    self.bytes.skip(packet.length)?;
                    break;
                }
                _ => return Err(wrong("an unknown packet")),
            }
        }
        if !self.bytes.is_at_end()? {
            return Err(wrong("something follows the index"));
        }
        self.times.sort_unstable();
        let tells_all = self.stream.sets.is_some_and(|sets| !sets.were_met());
        let times = FrameTimes { base: self.base, ticks: self.times };
        Ok(Piece { times, head: tells_all.then_some(self.head) })
    }

    /// The next frame's time is counted from the one that a syncpoint tells.
    fn syncpoint(&mut self, body: &[u8]) -> Result<()> {
        let (told, bases) = (Bytes::over(body).number()?, self.main.bases.len() as u64);
        if told % bases != self.stream.base {
            return Err(wrong("a syncpoint of another time base"));
        }
        self.last = bounded((told / bases).cast_signed())?;
        Ok(())
    }

    fn frame(&mut self, code: Code) -> Result<()> {
        let bytes = &mut self.bytes;
        let flags = code.flags ^ if code.flags & FLAGGED != 0 { bytes.number()? } else { 0 };
        let mut told = |flag, usual| if flags & flag != 0 { bytes.number() } else { Ok(usual) };
        let stream = told(OF_STREAM, code.stream)?;
        let time = told(TIMED, 0)?;
        let size = told(SIZED, 0)?;
        told(MATCHED, 0)?;
        let header = told(OF_HEADER, code.header)?;
        for _ in 0..told(RESERVED, code.reserved)? {
            bytes.number()?;
        }
        if flags & CHECKED != 0 {
            bytes.array::<4>()?;
            bytes.intact()?;
        }
        if flags & (INVALID | PAUSED) != 0 || stream != 0 {
            return Err(wrong("a frame of an unknown kind"));
        }
        if self.times.len() as u64 >= FRAMES_MAX {
            return Err(wrong("too many frames"));
        }
        let size = size.checked_mul(code.times).and_then(|size| size.checked_add(code.rest));
        self.picture(size, header)?;
        self.last = if flags & TIMED != 0 {
            self.whole(time)?
        } else {
            bounded(self.last.saturating_add(code.later))?
        };
        self.times.push(self.last);
        Ok(())
    }

    /// Goes on behind a frame's bytes, which lack the beginning that it leaves out.
    fn picture(&mut self, size: Option<u64>, header: u64) -> Result<()> {
        let left_out = usize::try_from(header).ok().and_then(|header| self.main.left_out.get(header));
        let (Some(size), Some(left_out)) = (size, left_out) else {
            return Err(wrong("a frame's size is out of range"));
        };
        let left_out = if size > LEAVES_OUT_BYTES_MAX { &[][..] } else { left_out };
        let stored = size.checked_sub(left_out.len() as u64);
        let stored = stored.ok_or(wrong("a frame is smaller than its elided header"))?;
        let Some(sets) = &mut self.stream.sets else { return self.bytes.skip(stored) };
        sets.begin_frame();
        sets.watch(left_out);
        self.bytes.pass(stored, |some| sets.watch(some))
    }

    /// A short time is the nearest to the last one that ends with its bits.
    fn whole(&self, told: u64) -> Result<i64> {
        let shorts = 1_i64 << self.stream.short_bits;
        let told = told.cast_signed();
        if !(0..shorts).contains(&told) {
            return bounded(told.wrapping_sub(shorts));
        }
        let least = self.last - (shorts - 1) / 2;
        bounded(least + ((told - least) & (shorts - 1)))
    }
}

fn bounded(time: i64) -> Result<i64> {
    if (-TIME_END..TIME_END).contains(&time) { Ok(time) } else { Err(wrong("a time out of range")) }
}

/// The first bytes of everything that is no frame.
struct Packet {
    kind: [u8; 8],
    length: u64,
}

fn packet<R: BufRead>(bytes: &mut Bytes<R>, first: u8) -> Result<Packet> {
    let [b, c, d, e, f, g, h] = bytes.array()?;
    let length = bytes.number()?;
    if length > UNCHECKED_BYTES_MAX {
        bytes.array::<4>()?;
        bytes.intact()?;
    }
    Ok(Packet { kind: [first, b, c, d, e, f, g, h], length })
}

fn header<R: BufRead>(bytes: &mut Bytes<R>, kind: [u8; 8]) -> Result<Vec<u8>> {
    bytes.mark();
    let first = bytes.byte()?;
    let packet = packet(bytes, first)?;
    if packet.kind == kind { bytes.body(packet.length) } else { Err(wrong("a header is missing")) }
}
