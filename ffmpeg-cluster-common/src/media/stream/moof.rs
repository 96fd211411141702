//! The samples of a fragment.

use std::io::Result;

use super::boxes::{Boxed, Fields, Full, boxes, only, wrong};
use super::head::{Defaults, TrackHead};
use crate::limits::TICKS_MAX;

/// A `moof` box and the `mdat` box behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment {
    /// Where it begins in the file.
    pub at: u64,
    pub bytes: u64,
    pub sequence: u64,
    /// In the order in which they are decoded.
    pub samples: Vec<Sample>,
}

/// One frame, or one packet of sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Where it begins in the file.
    pub at: u64,
    pub bytes: u64,
    /// When it is decoded, and how long until the next is.
    pub decoded: i64,
    pub length: u64,
    /// When it is shown, in ticks from the beginning of the film.
    pub shown: i64,
    /// Whether a decoder can begin with it.
    pub key: bool,
}

/// What a `tfhd` box states.
mod of_track {
    pub(super) const ENTRY: u64 = 0x02;
    pub(super) const LENGTH: u64 = 0x08;
    pub(super) const BYTES: u64 = 0x10;
    pub(super) const FLAGS: u64 = 0x20;
    /// Places count from the beginning of the fragment.
    pub(super) const FROM_FRAGMENT: u64 = 0x02_0000;
    pub(super) const KNOWN: u64 = ENTRY | LENGTH | BYTES | FLAGS | FROM_FRAGMENT;
}

/// What a `trun` box states, of all its samples and of each.
mod of_run {
    pub(super) const PLACE: u64 = 0x001;
    pub(super) const FIRST_FLAGS: u64 = 0x004;
    pub(super) const LENGTH: u64 = 0x100;
    pub(super) const BYTES: u64 = 0x200;
    pub(super) const FLAGS: u64 = 0x400;
    pub(super) const OFFSET: u64 = 0x800;
    pub(super) const KNOWN: u64 = PLACE | FIRST_FLAGS | LENGTH | BYTES | FLAGS | OFFSET;
}

/// Of a sample that needs no other; of a picture that does.
const KEY: u64 = 0x0200_0000;
const NO_KEY: u64 = 0x0101_0000;

/// Where a fragment stands in the file, and how many samples it may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) at: u64,
    pub(super) left: u64,
}

/// Reads the body of a `moof` box with one track.
pub(super) fn read(moof: &[u8], place: Place, track: &TrackHead) -> Result<Fragment> {
    let all = boxes(moof)?;
    let mut sequence = Fields(only(&all, *b"mfhd")?);
    sequence.version(0)?;
    let of_track = boxes(only(&all, *b"traf")?)?;
    let defaults = defaults(only(&of_track, *b"tfhd")?, track)?;
    let decoded = begins(only(&of_track, *b"tfdt")?)?;
    let mut runs = Runs { place, defaults, edit: track.edit, decoded, next: place.at, samples: Vec::new() };
    for run in of_track.iter().filter(|boxed| boxed.kind == *b"trun") {
        runs.run(*run)?;
    }
    if runs.samples.is_empty() {
        return Err(wrong("a fragment without samples"));
    }
    let number = sequence.number::<4>()?;
    sequence.finish()?;
    Ok(Fragment { at: place.at, bytes: 0, sequence: number, samples: runs.samples })
}

fn defaults(tfhd: &[u8], track: &TrackHead) -> Result<Defaults> {
    let mut fields = Fields(tfhd);
    let Full { version, flags } = fields.full()?;
    if version != 0 || flags & !of_track::KNOWN != 0 || flags & of_track::FROM_FRAGMENT == 0 {
        return Err(wrong("a fragment of an unknown form"));
    }
    if fields.number::<4>()? != track.number {
        return Err(wrong("a fragment of another track"));
    }
    let mut told = |flag, usual| if flags & flag == 0 { Ok(usual) } else { fields.number::<4>() };
    if told(of_track::ENTRY, 1)? != 1 {
        return Err(wrong("a fragment of another sample entry"));
    }
    let defaults = Defaults {
        length: told(of_track::LENGTH, track.defaults.length)?,
        bytes: told(of_track::BYTES, track.defaults.bytes)?,
        flags: told(of_track::FLAGS, track.defaults.flags)?,
    };
    fields.finish().map(|()| defaults)
}

fn begins(tfdt: &[u8]) -> Result<i64> {
    let mut fields = Fields(tfdt);
    let version = fields.version(1)?;
    let decoded = bounded(fields.sized(version)?.cast_signed())?;
    fields.finish().map(|()| decoded)
}

fn bounded(time: i64) -> Result<i64> {
    if (-TICKS_MAX..TICKS_MAX).contains(&time) { Ok(time) } else { Err(wrong("a time out of range")) }
}

/// Run after run; each begins where the one before it ended unless it says otherwise.
struct Runs {
    place: Place,
    defaults: Defaults,
    edit: i64,
    decoded: i64,
    next: u64,
    samples: Vec<Sample>,
}

impl Runs {
    fn run(&mut self, run: Boxed<'_>) -> Result<()> {
        let mut fields = Fields(run.body);
        let full = fields.full()?;
        if full.flags & !of_run::KNOWN != 0 || full.version > 1 {
            return Err(wrong("samples of an unknown form"));
        }
        let count = fields.number::<4>()?;
        if count > self.place.left.saturating_sub(self.samples.len() as u64) {
            return Err(wrong("more samples than expected"));
        }
        if full.flags & of_run::PLACE != 0 {
            let later = (fields.number::<4>()? as u32).cast_signed();
            let at = self.place.at.checked_add_signed(later.into());
            self.next = at.ok_or(wrong("samples before the file"))?;
        } else if self.samples.is_empty() {
            return Err(wrong("samples without a place"));
        }
        let first = if full.flags & of_run::FIRST_FLAGS == 0 { None } else { Some(fields.number::<4>()?) };
        for number in 0..count {
            self.sample(&mut fields, full.flags, first.filter(|_| number == 0))?;
        }
        fields.finish()
    }

    fn sample(&mut self, fields: &mut Fields<'_>, told: u64, flags: Option<u64>) -> Result<()> {
        let Defaults { length, bytes, flags: usual } = self.defaults;
        let mut number = |flag, usual| if told & flag == 0 { Ok(usual) } else { fields.number::<4>() };
        let length = number(of_run::LENGTH, length)?;
        let bytes = number(of_run::BYTES, bytes)?;
        let flags = number(of_run::FLAGS, flags.unwrap_or(usual))?;
        // Only version 1 has a sign, but no offset of version 0 is so large that one would matter.
        let offset = i64::from((number(of_run::OFFSET, 0)? as u32).cast_signed());
        let key = match flags {
            KEY => true,
            NO_KEY => false,
            _ => return Err(wrong("a sample of an unknown kind")),
        };
        let shown = bounded(self.decoded + offset - self.edit)?;
        let sample = Sample { at: self.next, bytes, decoded: self.decoded, length, shown, key };
        self.samples.push(sample);
        self.decoded = bounded(self.decoded + length.cast_signed())?;
        self.next = self.next.checked_add(bytes).ok_or(wrong("a sample has an impossible size"))?;
        Ok(())
    }
}
