//! What the sample entry of a track says of it: its codec, its size, its colours.

use std::io::Result;

use super::boxes::{Boxed, Fields, at_most_one, boxes, wrong};
use super::codecs::{channels as channels_told, codecs};
use super::colors::Colors;

/// The bytes before the boxes of a picture's entry, and of a sound's.
const PICTURE_FIELDS: u64 = 78;
const SOUND_FIELDS: u64 = 28;

/// One track of a stream, as players are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// For instance `avc1.64001f`.
    pub codecs: String,
    pub media: Media,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    Picture { width: u32, height: u32, colors: Option<Colors> },
    Sound { channels: u32, rate: u32 },
}

impl Entry {
    /// Reads the body of a `stsd` box with one entry.
    pub(super) fn read(body: &[u8]) -> Result<Self> {
        let mut fields = Fields(body);
        fields.full()?;
        if fields.number::<4>()? != 1 {
            return Err(wrong("not exactly one sample entry"));
        }
        let [entry] = boxes(fields.0)?[..] else { return Err(wrong("not exactly one sample entry")) };
        match &entry.kind {
            b"avc1" | b"avc3" | b"hvc1" | b"hev1" | b"vp09" | b"av01" => Self::picture(entry),
            b"mp4a" | b"Opus" | b"fLaC" | b"ac-3" | b"ec-3" => Self::sound(entry),
            _ => Err(wrong("a codec that streams do not carry")),
        }
    }

    fn picture(entry: Boxed<'_>) -> Result<Self> {
        let mut fields = Fields(entry.body);
        let mut before = Fields(fields.take(PICTURE_FIELDS)?);
        before.take(24)?;
        let (width, height) = (before.number::<2>()? as u32, before.number::<2>()? as u32);
        let all = boxes(fields.0)?;
        let colors = at_most_one(&all, *b"colr")?.map(Colors::read).transpose()?.flatten();
        let media = Media::Picture { width, height, colors };
        Ok(Self { codecs: codecs(entry.kind, &all, colors)?, media })
    }

    fn sound(entry: Boxed<'_>) -> Result<Self> {
        let mut fields = Fields(entry.body);
        let mut before = Fields(fields.take(SOUND_FIELDS)?);
        before.take(16)?;
        let channels = before.number::<2>()? as u32;
        before.take(6)?;
        // The upper half of a number with a fraction.
        let rate = before.number::<2>()? as u32;
        let all = boxes(fields.0)?;
        let channels = channels_told(&all).unwrap_or(channels);
        Ok(Self { codecs: codecs(entry.kind, &all, None)?, media: Media::Sound { channels, rate } })
    }
}
