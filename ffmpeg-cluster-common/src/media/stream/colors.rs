//! The colours that a sample entry states.

use std::io::Result;

use super::boxes::Fields;

/// Colours by their numbers in ISO 23091-2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colors {
    pub primaries: u16,
    pub transfer: u16,
    pub matrix: u16,
    pub full: bool,
}

impl Colors {
    /// None for colours that are told in another way.
    pub(super) fn read(body: &[u8]) -> Result<Option<Self>> {
        let mut fields = Fields(body);
        if fields.array()? != *b"nclx" {
            return Ok(None);
        }
        let mut number = || fields.number::<2>().map(|number| number as u16);
        let (primaries, transfer, matrix) = (number()?, number()?, number()?);
        Ok(Some(Self { primaries, transfer, matrix, full: fields.byte()? & 0x80 != 0 }))
    }

    /// Standard or high dynamic range, as HLS names it.
    pub(super) const fn range(self) -> &'static str {
        match self.transfer {
            16 => "PQ",
            18 => "HLG",
            _ => "SDR",
        }
    }
}
