//! What stands before the first frame: the table that says what each frame's first byte means, and
//! the stream.

use std::io::Result;

use super::bytes::{Bytes, wrong};
use super::sets::Sets;
use crate::frames::Rational;

/// A decoder can begin with the frame.
pub(super) const KEY: u64 = 1;
/// The frame has a time of its own.
pub(super) const TIMED: u64 = 1 << 3;
pub(super) const OF_STREAM: u64 = 1 << 4;
pub(super) const SIZED: u64 = 1 << 5;
pub(super) const CHECKED: u64 = 1 << 6;
pub(super) const RESERVED: u64 = 1 << 7;
pub(super) const OF_HEADER: u64 = 1 << 10;
pub(super) const MATCHED: u64 = 1 << 11;
/// The frame itself says which flags change.
pub(super) const FLAGGED: u64 = 1 << 12;
pub(super) const INVALID: u64 = 1 << 13;
/// The stream pauses here.
pub(super) const PAUSED: u64 = 1 << 1;

/// More than a ladder has rungs.
const STREAMS_MAX: u64 = 16;
/// Of sizes within the table.
const SIZE_END: u64 = 1 << 14;

/// What a frame's first byte means.
#[derive(Debug, Clone, Copy)]
pub(super) struct Code {
    pub(super) flags: u64,
    pub(super) stream: u64,
    /// A frame's size is what it says times this, and `rest`.
    pub(super) times: u64,
    pub(super) rest: u64,
    /// After the frame before, in ticks.
    pub(super) later: i64,
    pub(super) reserved: u64,
    pub(super) header: u64,
}

#[derive(Debug)]
pub(super) struct Main {
    pub(super) streams: u64,
    pub(super) codes: [Code; 256],
    /// The beginnings that frames leave out.
    pub(super) left_out: Vec<Vec<u8>>,
    pub(super) bases: Vec<Rational>,
}

impl Main {
    pub(super) fn read(body: &[u8]) -> Result<Self> {
        let mut body = Bytes::over(body);
        let version = body.number()?;
        if !(3..=4).contains(&version) {
            return Err(wrong("another version of NUT"));
        }
        if version > 3 {
            body.number()?;
        }
        let streams = body.number()?;
        if !(1..=STREAMS_MAX).contains(&streams) {
            return Err(wrong("no streams, or too many"));
        }
        // How far apart syncpoints are.
        body.number()?;
        let bases = bases(&mut body)?;
        let codes = codes(&mut body)?;
        Ok(Self { streams, codes, left_out: left_out(&mut body)?, bases })
    }
}

fn bases(body: &mut Bytes<&[u8]>) -> Result<Vec<Rational>> {
    let mut bases = Vec::new();
    for _ in 0..body.number()? {
        let base = Rational { num: of_base(body)?, den: of_base(body)? };
        bases.push(base);
    }
    Ok(bases)
}

fn of_base(body: &mut Bytes<&[u8]>) -> Result<i64> {
    let number = i64::from(i32::try_from(body.number()?).unwrap_or(0));
    if number > 0 { Ok(number) } else { Err(wrong("a time base out of range")) }
}

/// Rows that each say something of some codes in their order; `N` begins packets, and no frame.
fn codes(body: &mut Bytes<&[u8]>) -> Result<[Code; 256]> {
    let mut row = Code { flags: INVALID, stream: 0, times: 1, rest: 0, later: 0, reserved: 0, header: 0 };
    let mut codes = [row; 256];
    let mut left = (0..codes.len()).filter(|&code| code != usize::from(b'N')).peekable();
    while left.peek().is_some() {
        let many = next_row(body, &mut row)?;
        for (n, code) in (0..many).zip(&mut left) {
            codes[code] = Code { rest: row.rest + n, ..row };
        }
    }
    Ok(codes)
}

/// What a row does not say is as in the row before. Gives for how many codes it speaks.
fn next_row(body: &mut Bytes<&[u8]>, row: &mut Code) -> Result<u64> {
    row.flags = body.number()?;
    let fields = body.number()?;
    if fields > 0 {
        row.later = body.signed()?;
    }
    if fields > 1 {
        row.times = size(body)?;
    }
    if fields > 2 {
        row.stream = body.number()?;
    }
    row.rest = if fields > 3 { size(body)? } else { 0 };
    row.reserved = if fields > 4 { body.number()? } else { 0 };
    let many = if fields > 5 { Some(body.number()?) } else { row.times.checked_sub(row.rest) };
    if fields > 6 {
        body.signed()?;
    }
    if fields > 7 {
        row.header = body.number()?;
    }
    for _ in 8..fields {
        body.number()?;
    }
    many.ok_or(wrong("a row of the table of frames has a negative length"))
}

fn size(body: &mut Bytes<&[u8]>) -> Result<u64> {
    let size = body.number()?;
    if size < SIZE_END { Ok(size) } else { Err(wrong("a size in the table of frames is too large")) }
}

/// The first is that of frames that leave out nothing.
fn left_out(body: &mut Bytes<&[u8]>) -> Result<Vec<Vec<u8>>> {
    let mut all = vec![Vec::new()];
    for _ in 0..body.number()? {
        let length = body.number()?;
        all.push(body.take(length)?);
    }
    Ok(all)
}

#[derive(Debug)]
pub(super) struct Stream {
    /// Among those of the main header.
    pub(super) base: u64,
    /// Bits of a time that need not be written whole.
    pub(super) short_bits: u64,
    /// None where the codec has none that we know, or these are written in another way.
    pub(super) sets: Option<Sets>,
}

impl Stream {
    /// The one with this number.
    pub(super) fn read(body: &[u8], wanted: u64) -> Result<Self> {
        let mut body = Bytes::over(body);
        let (number, class) = (body.number()?, body.number()?);
        if (number, class) != (wanted, 0) {
            return Err(wrong("the stream is not video"));
        }
        let length = body.number()?;
        let name = body.take(length)?;
        let (base, short_bits) = (body.number()?, body.number()?);
        if short_bits >= 16 {
            return Err(wrong("short times have too many bits"));
        }
        // How far times may be apart, the decoder's delay, and flags.
        for _ in 0..3 {
            body.number()?;
        }
        let length = body.number()?;
        let private = body.take(length)?;
        Ok(Self { base, short_bits, sets: Sets::of(&name, &private) })
    }
}
