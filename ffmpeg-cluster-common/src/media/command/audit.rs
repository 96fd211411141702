//! Frames that the server encodes itself, and a client's piece beside them.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::path::Path;

use super::line::file;
use super::{Command, Opening, Side, text};
use crate::limits::{memory_to_encode, piece_bytes_max};
use crate::media::audit::{self, Pair};
use crate::media::encode::Start;
use crate::media::work::PictureWork;

/// Frames to encode.
#[derive(Debug, Clone, Copy)]
pub struct Auditing<'a> {
    pub work: &'a PictureWork,
    pub source: &'a Opening,
    pub start: Start,
}

impl Auditing<'_> {
    /// As a client does, into `own`.
    pub fn encode(&self, own: &Path, frames: u64) -> Command {
        let Self { work, source, start } = self;
        let arguments = audit::own_arguments(work, &source.words, &file(&text(own)), *start, frames);
        self.run(arguments).writes(own, piece_bytes_max(work.pixels_max(), frames))
    }

    /// Compares the source, our own frames and those of the piece.
    pub fn compare(&self, pair: &Pair<'_>) -> Command {
        let arguments = audit::arguments(self.work, &self.source.words, pair, self.start);
        self.run(arguments).reads(pair.own).reads(pair.piece)
    }

    fn run(&self, arguments: Vec<String>) -> Command {
        let memory = memory_to_encode(self.work.pixels_max());
        Command::ffmpeg(Side::Server, arguments).opens(&self.source.input).memory(memory)
    }
}
