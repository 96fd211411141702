//! What stands before the first fragment: the track, its clock, and its edit.

use std::io::Result;

use super::boxes::{Boxed, Fields, at_most_one, boxes, only, wrong};
use super::entry::Entry;
use crate::limits::TICKS_MAX;

/// The number 1 with sixteen bits of fraction.
const NORMAL_SPEED: u64 = 1 << 16;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackHead {
    pub entry: Entry,
    /// Ticks in a second.
    pub timescale: u32,
    /// By how many ticks everything is shown earlier than its own time.
    pub edit: i64,
    pub(super) number: u64,
    pub(super) defaults: Defaults,
}

/// What samples are unless their fragment says something else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Defaults {
    pub(super) length: u64,
    pub(super) bytes: u64,
    pub(super) flags: u64,
}

/// Reads the body of a `moov` box with one track.
pub(super) fn read(moov: &[u8]) -> Result<TrackHead> {
    let all = boxes(moov)?;
    let track = boxes(only(&all, *b"trak")?)?;
    let media = boxes(only(&track, *b"mdia")?)?;
    let inner = boxes(only(&media, *b"minf")?)?;
    let table = boxes(only(&inner, *b"stbl")?)?;
    let number = number(only(&track, *b"tkhd")?)?;
    let extends = boxes(only(&all, *b"mvex")?)?;
    Ok(TrackHead {
        entry: Entry::read(only(&table, *b"stsd")?)?,
        timescale: timescale(only(&media, *b"mdhd")?)?,
        edit: at_most_one(&track, *b"edts")?.map_or(Ok(0), edit)?,
        number,
        defaults: defaults(only(&extends, *b"trex")?, number)?,
    })
}

fn number(tkhd: &[u8]) -> Result<u64> {
    let mut fields = Fields(tkhd);
    let version = fields.full()?.version;
    // When the track was made, and changed.
    fields.sized(version)?;
    fields.sized(version)?;
    fields.number::<4>()
}

fn timescale(mdhd: &[u8]) -> Result<u32> {
    let mut fields = Fields(mdhd);
    let version = fields.full()?.version;
    // When the media were made, and changed.
    fields.sized(version)?;
    fields.sized(version)?;
    let timescale = fields.number::<4>()? as u32;
    if timescale > 0 { Ok(timescale) } else { Err(wrong("a clock without ticks")) }
}

/// One edit that leaves out the beginning of the track.
fn edit(edts: &[u8]) -> Result<i64> {
    let [Boxed { kind: [b'e', b'l', b's', b't'], body }] = boxes(edts)?[..] else {
        return Err(wrong("edits without a list"));
    };
    let mut fields = Fields(body);
    let version = fields.full()?.version;
    if fields.number::<4>()? != 1 {
        return Err(wrong("not exactly one edit"));
    }
    let (length, time) = (fields.sized(version)?, fields.sized(version)?);
    let bounded = i64::try_from(time).ok().filter(|time| *time < TICKS_MAX);
    match (bounded, length, fields.number::<4>()?) {
        (Some(time), 0, NORMAL_SPEED) => Ok(time),
        _ => Err(wrong("an edit that does more than to begin later")),
    }
}

fn defaults(trex: &[u8], track: u64) -> Result<Defaults> {
    let mut fields = Fields(trex);
    fields.full()?;
    if fields.number::<4>()? != track {
        return Err(wrong("defaults of another track"));
    }
    // The sample entry, of which there is one.
    fields.number::<4>()?;
    let mut number = || fields.number::<4>();
    Ok(Defaults { length: number()?, bytes: number()?, flags: number()? })
}

/// The same head with this edit and no other.
pub fn with_edit(head: &[u8], edit: u32) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    for boxed in boxes(head)? {
        write(&mut out, boxed.kind, |out| match &boxed.kind {
            b"moov" => in_movie(out, boxed.body, edit),
            _ => plain(out, boxed.body),
        })?;
    }
    Ok(out)
}

fn in_movie(out: &mut Vec<u8>, moov: &[u8], edit: u32) -> Result<()> {
    for boxed in boxes(moov)? {
        write(out, boxed.kind, |out| match &boxed.kind {
            b"trak" => in_track(out, boxed.body, edit),
            _ => plain(out, boxed.body),
        })?;
    }
    Ok(())
}

fn in_track(out: &mut Vec<u8>, trak: &[u8], edit: u32) -> Result<()> {
    for boxed in boxes(trak)?.iter().filter(|boxed| boxed.kind != *b"edts") {
        write(out, boxed.kind, |out| plain(out, boxed.body))?;
        if boxed.kind == *b"tkhd" {
            write(out, *b"edts", |out| write(out, *b"elst", |out| plain(out, &list_of_one(edit))))?;
        }
    }
    Ok(())
}

/// Version 0; one edit of the whole track, whose length is not known beforehand.
fn list_of_one(edit: u32) -> Vec<u8> {
    let numbers = [0, 1, 0, edit, NORMAL_SPEED as u32];
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

fn plain(out: &mut Vec<u8>, body: &[u8]) -> Result<()> {
    out.extend_from_slice(body);
    Ok(())
}

/// Writes a box around what `body` writes.
fn write(out: &mut Vec<u8>, kind: [u8; 4], body: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
    let at = out.len();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&kind);
    body(out)?;
    let size = u32::try_from(out.len() - at).map_err(|_| wrong("a box is too large"))?;
    out[at..at + 4].copy_from_slice(&size.to_be_bytes());
    Ok(())
}
