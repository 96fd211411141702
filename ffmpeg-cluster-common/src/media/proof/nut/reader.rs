//! Frame after frame: when each is shown. What it looks like is passed over.

use std::io::{BufRead, Result};

use super::bytes::{Bytes, wrong};
use super::headers::{
    CHECKED, Code, FLAGGED, INVALID, KEY, MATCHED, Main, OF_HEADER, OF_STREAM, PAUSED, RESERVED, SIZED,
    Stream, TIMED,
};
use super::sets::Sets;
use super::{BEGINS, INDEX_BEGINS, Piece, SYNCPOINT_BEGINS};
use crate::limits::FRAMES_MAX;
use crate::media::proof::packets::Packets;

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
    streams: Vec<Timed>,
    /// As they stand in the file.
    head: Vec<u8>,
    /// The number of the base in which all streams count.
    base: u64,
    frames: u64,
}

/// A stream, and what was read of it.
#[derive(Debug)]
struct Timed {
    stream: Stream,
    last: i64,
    packets: Packets,
}

impl<R: BufRead> Reader<R> {
    pub(super) fn begin(from: R) -> Result<Self> {
        let mut bytes = Bytes::over(from);
        if bytes.array::<{ BEGINS.len() }>()? != *BEGINS {
            return Err(wrong("no NUT file"));
        }
        let mut head = header(&mut bytes, MAIN)?;
        let main = Main::read(&head)?;
        let mut streams = Vec::new();
        for number in 0..main.streams {
            let body = header(&mut bytes, STREAM)?;
            let stream = Stream::read(&body, number)?;
            let base = usize::try_from(stream.base).ok().and_then(|base| main.bases.get(base).copied());
            let packets = Packets::new(base.ok_or(wrong("the stream has no time base"))?);
            streams.push(Timed { stream, last: 0, packets });
            head.extend(body);
        }
        let base = streams.first().map_or(0, |first| first.stream.base);
        if streams.iter().any(|timed| timed.stream.base != base) {
            return Err(wrong("streams that count in different bases"));
        }
        Ok(Self { bytes, main, streams, head, base, frames: 0 })
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
        let has_own = |timed: &Timed| timed.stream.sets.as_ref().is_none_or(Sets::were_met);
        let tells_all = !self.streams.iter().any(has_own);
        let streams = self.streams.into_iter().map(|timed| timed.packets.sorted()).collect();
        Ok(Piece { streams, head: tells_all.then_some(self.head) })
    }

    /// The next frame's time is counted from the one that a syncpoint tells.
    fn syncpoint(&mut self, body: &[u8]) -> Result<()> {
        let (told, bases) = (Bytes::over(body).number()?, self.main.bases.len() as u64);
        if told % bases != self.base {
            return Err(wrong("a syncpoint of another time base"));
        }
        let last = bounded((told / bases).cast_signed())?;
        self.streams.iter_mut().for_each(|timed| timed.last = last);
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
        let stream = usize::try_from(stream).ok().filter(|stream| *stream < self.streams.len());
        let Some(stream) = stream.filter(|_| flags & (INVALID | PAUSED) == 0) else {
            return Err(wrong("a frame of an unknown kind"));
        };
        self.frames += 1;
        if self.frames > FRAMES_MAX {
            return Err(wrong("too many frames"));
        }
        let size = size.checked_mul(code.times).and_then(|size| size.checked_add(code.rest));
        self.picture(stream, size, header)?;
        let timed = &mut self.streams[stream];
        let shown = if flags & TIMED != 0 {
            timed.whole(time)?
        } else {
            bounded(timed.last.saturating_add(code.later))?
        };
        timed.last = shown;
        timed.packets.add(shown, flags & KEY != 0);
        Ok(())
    }

    /// Goes on behind a frame's bytes, which lack the beginning that it leaves out.
    fn picture(&mut self, stream: usize, size: Option<u64>, header: u64) -> Result<()> {
        let left_out = usize::try_from(header).ok().and_then(|header| self.main.left_out.get(header));
        let (Some(size), Some(left_out)) = (size, left_out) else {
            return Err(wrong("a frame's size is out of range"));
        };
        let left_out = if size > LEAVES_OUT_BYTES_MAX { &[][..] } else { left_out };
        let stored = size.checked_sub(left_out.len() as u64);
        let stored = stored.ok_or(wrong("a frame is smaller than its elided header"))?;
        let Some(sets) = &mut self.streams[stream].stream.sets else { return self.bytes.skip(stored) };
        sets.begin_frame();
        sets.watch(left_out);
        self.bytes.pass(stored, |some| sets.watch(some))
    }
}

impl Timed {
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
