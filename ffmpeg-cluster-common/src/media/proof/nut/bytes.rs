//! Bytes in their order, the numbers that they spell, and a checksum of all since the last mark.

use std::io::{BufRead, Error, ErrorKind, Result};

/// Of a number; seven bits of each are its own.
const NUMBER_BYTES_MAX: usize = 10;
const CHECKSUM_POLYNOMIAL: u32 = 0x04c1_1db7;
/// Larger headers are left to ffprobe.
const BODY_BYTES_MAX: u64 = 1 << 20;

pub(in crate::media::proof) fn wrong(what: &'static str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

fn cut_short() -> Error {
    Error::new(ErrorKind::UnexpectedEof, "the end is missing")
}

#[derive(Debug)]
pub(in crate::media::proof) struct Bytes<R> {
    from: R,
    checksum: u32,
}

impl<R: BufRead> Bytes<R> {
    pub(in crate::media::proof) fn over(from: R) -> Self {
        Self { from, checksum: 0 }
    }

    /// The checksum begins here.
    pub(in crate::media::proof) fn mark(&mut self) {
        self.checksum = 0;
    }

    /// Whether the bytes since the mark end with their own checksum.
    pub(in crate::media::proof) fn intact(&self) -> Result<()> {
        if self.checksum == 0 { Ok(()) } else { Err(wrong("a checksum is wrong")) }
    }

    pub(in crate::media::proof) fn byte(&mut self) -> Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    pub(in crate::media::proof) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.from.read_exact(&mut bytes).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => cut_short(),
            _ => error,
        })?;
        self.checksum = bytes.iter().fold(self.checksum, |sum, &byte| with(sum, byte));
        Ok(bytes)
    }

    /// Seven bits a byte, the highest first; the last byte lacks its top bit.
    pub(in crate::media::proof) fn number(&mut self) -> Result<u64> {
        let mut number = 0_u64;
        for _ in 0..NUMBER_BYTES_MAX {
            let byte = self.byte()?;
            if number >> 57 != 0 {
                break;
            }
            number = number << 7 | u64::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(wrong("a number is too large"))
    }

    /// 0, 1, -1, 2, -2 and so on.
    pub(in crate::media::proof) fn signed(&mut self) -> Result<i64> {
        let number = self.number()?;
        let half = number.div_ceil(2).cast_signed();
        Ok(if number % 2 == 1 { half } else { -half })
    }

    /// What a packet holds, without its checksum.
    pub(in crate::media::proof) fn body(&mut self, length: u64) -> Result<Vec<u8>> {
        let mut body = self.take(length)?;
        if body.iter().fold(0, |sum, &byte| with(sum, byte)) != 0 {
            return Err(wrong("a header's checksum is wrong"));
        }
        body.truncate(body.len().saturating_sub(size_of::<u32>()));
        Ok(body)
    }

    pub(in crate::media::proof) fn skip(&mut self, length: u64) -> Result<()> {
        self.pass(length, |_| {})
    }

    /// Shows these bytes, one part after the other, and goes on behind them.
    pub(in crate::media::proof) fn pass(
        &mut self,
        mut length: u64,
        mut show: impl FnMut(&[u8]),
    ) -> Result<()> {
        while length > 0 {
            let there = self.from.fill_buf()?;
            let some = (there.len() as u64).min(length) as usize;
            if some == 0 {
                return Err(cut_short());
            }
            show(&there[..some]);
            self.from.consume(some);
            length -= some as u64;
        }
        Ok(())
    }

    pub(in crate::media::proof) fn take(&mut self, length: u64) -> Result<Vec<u8>> {
        if length > BODY_BYTES_MAX {
            return Err(wrong("a header is too large"));
        }
        let mut taken = Vec::new();
        self.pass(length, |some| taken.extend_from_slice(some))?;
        Ok(taken)
    }

    pub(in crate::media::proof) fn is_at_end(&mut self) -> Result<bool> {
        Ok(self.from.fill_buf()?.is_empty())
    }
}

fn with(checksum: u32, byte: u8) -> u32 {
    (0..8).fold(checksum ^ u32::from(byte) << 24, |sum, _| {
        if sum >> 31 == 1 { sum << 1 ^ CHECKSUM_POLYNOMIAL } else { sum << 1 }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_and_fit() {
        let number = |bytes: &[u8]| Bytes::over(bytes).number();
        assert_eq!(number(&[0x83, 0x90, 0]).unwrap(), 51_200);
        let mut most = [0xff; 10];
        (most[0], most[9]) = (0x81, 0x7f);
        assert_eq!(number(&most).unwrap(), u64::MAX);
        most[0] = 0x82;
        for bad in [&most[..], &[0x80; 11], &[0x80; 3], &[]] {
            assert!(number(bad).is_err(), "{bad:?}");
        }
        let signed = |bytes: &[u8]| Bytes::over(bytes).signed().unwrap();
        assert_eq!([0, 1, 2, 3, 4].map(|n| signed(&[n])), [0, 1, -1, 2, -2]);
        most[0] = 0x81;
        assert_eq!(signed(&most), i64::MIN);
    }

    #[test]
    fn a_body_is_whole_and_bounded() {
        assert_eq!(Bytes::over(&[0; 9][..]).body(9).unwrap(), [0; 5]);
        assert_eq!(Bytes::over(&[0; 9][..]).body(2).unwrap(), [0; 0]);
        assert!(Bytes::over(&[0; 9][..]).body(10).is_err());
        assert!(Bytes::over(&[0, 0, 0, 0, 1][..]).body(5).is_err());
        assert!(Bytes::over(&[0; 9][..]).body(u64::MAX).is_err());
        assert!(Bytes::over(&[0; 9][..]).skip(u64::MAX).is_err());
    }
}
