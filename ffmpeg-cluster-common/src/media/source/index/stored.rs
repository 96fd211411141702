//! A frame list as a file of 64-bit integers, little-endian.

use std::io::{Error, ErrorKind, Read, Result, Write};

use super::Index;
use crate::frames::Rational;
use crate::limits::FRAMES_MAX;
use crate::media::source::clock::{SETBACKS_MAX, Setback};

const MAGIC: &[u8; 8] = b"FCINDEX6";
/// Formats of older servers: the first lacks resets, the second also leading frames, the third also setbacks.
const WITHOUT_RESETS: &[u8; 8] = b"FCINDEX5";
const WITHOUT_LEADING: &[u8; 8] = b"FCINDEX4";
const WITHOUT_SETBACKS: &[u8; 8] = b"FCINDEX3";

fn bad(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, format!("not a frame list: {what}"))
}

fn number(from: &mut impl Read) -> Result<i64> {
    let mut bytes = [0; 8];
    from.read_exact(&mut bytes)?;
    Ok(i64::from_le_bytes(bytes))
}

fn numbers(from: &mut impl Read, many: u64) -> Result<Vec<i64>> {
    (0..many).map(|_| number(from)).collect()
}

fn frame_numbers(from: &mut impl Read, many: u64) -> Result<Vec<u64>> {
    (0..many).map(|_| number(from).map(|n| n as u64)).collect()
}

fn setbacks(from: &mut impl Read, many: u64) -> Result<Vec<Setback>> {
    let one =
        |from: &mut _| Ok(Setback { first: number(from)? as u64, by: number(from)?, shift: number(from)? });
    (0..many).map(|_| one(from)).collect()
}

impl Index {
    pub fn write(&self, mut to: impl Write) -> Result<()> {
        to.write_all(MAGIC)?;
        let lengths = [self.times.len(), self.keys.len(), self.doubled.len(), self.setbacks.len()];
        let lengths = lengths.map(|length| length as i64);
        let head = [self.time_base.num, self.time_base.den, self.last_length];
        let head = [&head[..], &lengths, &[i64::from(self.leading), self.resets.len() as i64]].concat();
        for number in head.iter().chain(&self.times) {
            to.write_all(&number.to_le_bytes())?;
        }
        for frame in self.keys.iter().chain(&self.doubled).chain(&self.resets) {
            to.write_all(&frame.to_le_bytes())?;
        }
        for Setback { first, by, shift } in &self.setbacks {
            for number in [*first as i64, *by, *shift] {
                to.write_all(&number.to_le_bytes())?;
            }
        }
        to.flush()
    }

    /// Fails on a file that [`Index::write`] can't have written.
    pub fn read(mut from: impl Read) -> Result<Self> {
        let (from, mut magic) = (&mut from, [0; 8]);
        from.read_exact(&mut magic)?;
        let formats = [WITHOUT_SETBACKS, WITHOUT_LEADING, WITHOUT_RESETS, MAGIC];
        let Some(format) = formats.iter().position(|&known| *known == magic) else {
            return Err(bad("another beginning"));
        };
        let (num, den, last_length) = (number(from)?, number(from)?, number(from)?);
        let (frames, keys, doubled) = (number(from)? as u64, number(from)? as u64, number(from)? as u64);
        let backs = if format < 1 { 0 } else { number(from)? as u64 };
        let leading = format < 2 || number(from)? != 0;
        let resets = if format < 3 { 0 } else { number(from)? as u64 };
        let time_base = Rational::new(num, den).filter(|base| base.is_positive());
        let time_base = time_base.ok_or_else(|| bad("its time base"))?;
        let too_many =
            [keys, doubled, resets].iter().any(|&many| many > frames) || backs > SETBACKS_MAX as u64;
        if frames == 0 || frames > FRAMES_MAX || too_many {
            return Err(bad("its length"));
        }
        let (times, keys) = (numbers(from, frames)?, frame_numbers(from, keys)?);
        let (doubled, resets) = (frame_numbers(from, doubled)?, frame_numbers(from, resets)?);
        let setbacks = setbacks(from, backs)?;
        let index = Self { time_base, times, keys, doubled, leading, resets, setbacks, last_length };
        if index.is_in_order() { Ok(index) } else { Err(bad("its order")) }
    }

    fn is_in_order(&self) -> bool {
        let frames = self.frames();
        let ascending = |all: &[u64]| {
            all.windows(2).all(|pair| pair[0] < pair[1]) && all.last().is_none_or(|&n| n < frames)
        };
        let backs: Vec<u64> = self.setbacks.iter().map(|setback| setback.first).collect();
        let times = self.times.windows(2).all(|pair| pair[0] < pair[1]);
        times
            && ascending(&self.keys)
            && ascending(&self.doubled)
            && ascending(&self.resets)
            && ascending(&backs)
            && backs.first() != Some(&0)
    }
}
