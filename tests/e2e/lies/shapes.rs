//! Files that are announced as pieces and are none, or other ones than were leased.

use std::path::Path;
use std::process::Command;

use ffmpeg_cluster_common::media::proof::nut::{INDEX_BEGINS, TAIL_BYTES};
use ffmpeg_cluster_common::protocol::to_client::Offer;

use super::made;
use crate::corrupt::picture;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A script that names another file, with the end of a piece behind it.
    Playlist,
    /// The same behind the beginning of a piece.
    DressedPlaylist,
    MoreStreams,
    /// Frames that take gigabytes when they are decoded.
    Huge,
    OtherCodec,
    FrameLess,
}

pub const SHAPES: &[Shape] = &[
    Shape::Playlist,
    Shape::DressedPlaylist,
    Shape::MoreStreams,
    Shape::Huge,
    Shape::OtherCodec,
    Shape::FrameLess,
];

impl Shape {
    pub fn refusal(self) -> &'static str {
        match self {
            Self::Playlist => "the received file is not a piece",
            Self::DressedPlaylist | Self::Huge | Self::OtherCodec => "probing a piece",
            Self::MoreStreams => "the piece has 2 streams",
            Self::FrameLess => "came",
        }
    }
}

pub fn bytes(shape: Shape, offer: &Offer, source: &Path, folder: &Path) -> Vec<u8> {
    let good = made(offer, source, 0, folder);
    let script = b"ffconcat version 1.0\nfile canary.mkv\n";
    match shape {
        Shape::Playlist => with_end(script),
        Shape::DressedPlaylist => {
            with_end(&[ffmpeg_cluster_common::media::proof::nut::BEGINS, script].concat())
        }
        Shape::MoreStreams => remade(&good, folder, "-map 0:v -map 0:v -c copy"),
        Shape::Huge => huge(picture(offer).range.len(), folder),
        Shape::OtherCodec => remade(&good, folder, "-c:v mpeg4 -fps_mode passthrough -enc_time_base -1"),
        Shape::FrameLess => {
            let frames = picture(offer).range.len() - 1;
            remade(&good, folder, &format!("-c copy -frames:v {frames}"))
        }
    }
}

/// An index where one should be, with nothing in it.
fn with_end(bytes: &[u8]) -> Vec<u8> {
    let length = (INDEX_BEGINS.len() + TAIL_BYTES) as u64;
    [bytes, &INDEX_BEGINS, &length.to_be_bytes(), &[0; 4]].concat()
}

fn remade(piece: &[u8], folder: &Path, words: &str) -> Vec<u8> {
    let from = folder.join("honest.nut");
    std::fs::write(&from, piece).unwrap();
    ffmpeg(&format!("-i {} {words}", from.display()), folder)
}

fn ffmpeg(words: &str, folder: &Path) -> Vec<u8> {
    let to = folder.join("shape.nut");
    let mut run = Command::new("ffmpeg");
    run.args("-v error -nostdin -y".split(' ')).args(words.split(' ')).arg(&to);
    let made = run.output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    std::fs::read(to).unwrap()
}

/// Frames that say of themselves that they are of 30000×30000.
fn huge(frames: u64, folder: &Path) -> Vec<u8> {
    /// Before the height and the width, of two bytes each.
    const BEFORE: [u8; 5] = [0xff, 0xc0, 0, 17, 8];
    let words = format!("-f lavfi -i color=black:size=64x48:rate=25 -frames:v {frames} -c:v mjpeg");
    let mut piece = ffmpeg(&words, folder);
    let ends: Vec<usize> = (BEFORE.len()..piece.len()).filter(|&at| piece[..at].ends_with(&BEFORE)).collect();
    assert_eq!(ends.len() as u64, frames);
    for at in ends {
        piece[at..at + 4].copy_from_slice(&[30_000_u16.to_be_bytes(); 2].concat());
    }
    piece
}
