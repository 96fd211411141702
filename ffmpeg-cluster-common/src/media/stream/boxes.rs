//! Boxes of MP4 and the numbers in them; no length reaches beyond its bytes.

use std::io::{Error, ErrorKind, Result};

pub(super) fn wrong(what: &'static str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

/// A box of four letters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Boxed<'a> {
    pub(super) kind: [u8; 4],
    pub(super) body: &'a [u8],
}

/// The boxes that fill these bytes.
pub(super) fn boxes(bytes: &[u8]) -> Result<Vec<Boxed<'_>>> {
    let (mut rest, mut all) = (Fields(bytes), Vec::new());
    while !rest.0.is_empty() {
        let size = rest.number::<4>()?;
        let kind = rest.array()?;
        let body = size.checked_sub(8).ok_or(wrong("a box is smaller than its own head"))?;
        all.push(Boxed { kind, body: rest.take(body)? });
    }
    Ok(all)
}

/// The only box of this kind; an error if there are several, or none.
pub(super) fn only<'a>(all: &[Boxed<'a>], kind: [u8; 4]) -> Result<&'a [u8]> {
    at_most_one(all, kind)?.ok_or(wrong("a box is missing"))
}

pub(super) fn at_most_one<'a>(all: &[Boxed<'a>], kind: [u8; 4]) -> Result<Option<&'a [u8]>> {
    let mut of_kind = all.iter().filter(|boxed| boxed.kind == kind).map(|boxed| boxed.body);
    match (of_kind.next(), of_kind.next()) {
        (body, None) => Ok(body),
        (_, Some(_)) => Err(wrong("a box is there twice")),
    }
}

/// What follows a version and flags.
#[derive(Debug, Clone, Copy)]
pub(super) struct Full {
    pub(super) version: u8,
    pub(super) flags: u64,
}

/// The bytes of a body, read from the front.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn take(&mut self, length: u64) -> Result<&'a [u8]> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let (taken, rest) = self.0.split_at_checked(length).ok_or(wrong("a box is cut short"))?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let taken = self.take(N as u64)?;
        Ok(taken.try_into().expect("exactly so many bytes were taken"))
    }

    /// A number of `N` bytes, at most eight.
    pub(super) fn number<const N: usize>(&mut self) -> Result<u64> {
        Ok(self.array::<N>()?.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    pub(super) fn byte(&mut self) -> Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    pub(super) fn full(&mut self) -> Result<Full> {
        Ok(Full { version: self.byte()?, flags: self.number::<3>()? })
    }

    /// An error if something is left.
    pub(super) fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(wrong("a box is too long")) }
    }

    /// The version of a box without flags, which is at most this.
    pub(super) fn version(&mut self, most: u8) -> Result<u8> {
        let Full { version, flags } = self.full()?;
        if version <= most && flags == 0 { Ok(version) } else { Err(wrong("a box of an unknown form")) }
    }

    /// Four bytes, or eight from version 1 on.
    pub(super) fn sized(&mut self, version: u8) -> Result<u64> {
        if version == 0 { self.number::<4>() } else { self.number::<8>() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_fill_their_bytes_and_no_more() {
        let two = [0, 0, 0, 9, b'f', b'r', b'e', b'e', 7, 0, 0, 0, 8, b's', b'k', b'i', b'p'];
        let all = boxes(&two).unwrap();
        assert_eq!(
            all.iter().map(|b| (b.kind, b.body)).collect::<Vec<_>>(),
            [(*b"free", &[7][..]), (*b"skip", &[][..])]
        );
        assert_eq!(only(&all, *b"free").unwrap(), [7]);
        assert!(only(&all, *b"moov").is_err());
        for bad in [&two[..16], &[0, 0, 0, 7, b'f', b'r', b'e', b'e'], &[0; 8], &[255; 8], &[1]] {
            assert!(boxes(bad).is_err(), "{bad:?}");
        }
        assert!(at_most_one(&boxes(&[two, two].concat()).unwrap(), *b"free").is_err());
    }
}
