//! Device tests: what a client tries before it offers an encoder or a device.

use std::path::Path;

use super::line::file;
use super::{Command, Line, Opening, Side, text};
use crate::limits::{memory_to_encode, piece_bytes_max};
use crate::media::command::encode::{Start, device_arguments};
use crate::media::command::test_picture;
use crate::media::params;
use crate::media::plan::work::PictureWork;
use crate::media::source::StreamKind;
use crate::media::words::device::Device;

/// Encodes a tenth of a second of test picture or sound, and discards it.
pub fn encoder(encoder: &str, of: StreamKind) -> Command {
    let (input, choice) = match of {
        StreamKind::Audio => ("anullsrc=r=48000:cl=stereo,atrim=duration=0.2", "-c:a"),
        StreamKind::Video | StreamKind::Subtitle | StreamKind::Attachment | StreamKind::Data => {
            ("testsrc2=size=640x480:rate=25:duration=0.12", "-c:v")
        }
    };
    let extra = params::video_or_plain(encoder).tried_with;
    let mut line = Line::listing();
    line.say("-f lavfi").option("-i", input).option(choice, encoder).say(extra).say("-f null -");
    Command::ffmpeg(Side::Client, line.finish())
}

/// The memory limit for encoding the test picture.
const MEMORY_MAX: u64 = memory_to_encode(1280 * 720);

/// Encodes the test picture on the device into `piece`.
pub fn make(work: &PictureWork, device: &Device, piece: &Path) -> Command {
    let (words, to) = (test_picture::input(), file(&text(piece)));
    let arguments = device_arguments(work, &words, &to, Start::Beginning, Some(device));
    let run = Command::ffmpeg(Side::Client, arguments).memory(MEMORY_MAX);
    let most = piece_bytes_max(work.pixels_max(), work.frames_max());
    Command { cards: true, ..run.writes(piece, most) }
}

/// The test picture, to compare the piece with.
pub fn opening() -> Opening {
    Opening::drawn(test_picture::input())
}
