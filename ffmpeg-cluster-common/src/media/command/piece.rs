//! The runs that make a leased piece on a client.

use std::path::Path;

use super::line::file;
use super::list::piece_arguments;
use super::{Command, Opening, Side, ends, text};
use crate::limits::{
    DURATION_US_MAX, list_bytes_max, memory_to_decode, memory_to_encode, piece_bytes_max, sound_bytes_max,
};
use crate::media::command::encode::{Start, device_arguments};
use crate::media::command::sound::sound_arguments;
use crate::media::params;
use crate::media::plan::witness;
use crate::media::plan::work::{ListWork, PictureWork, SoundWork};
use crate::media::words::device::Device;

/// The assumed length of a film that states none: the longest that a film may be.
const SECONDS_UNTOLD: u64 = (DURATION_US_MAX / 1_000_000).cast_unsigned();

/// A picture piece to make.
#[derive(Debug, Clone, Copy)]
pub struct PieceCommands<'a> {
    pub work: &'a PictureWork,
    pub source: &'a Opening,
    pub start: Start,
}

impl PieceCommands<'_> {
    /// Encodes the frames into `piece`,
    /// and hashes the source's frames around its ends into `ends_file`.
    pub fn encode(&self, device: Option<&Device>, piece: &Path, ends_file: &Path) -> Command {
        let Self { work, source, start } = self;
        let mut arguments = device_arguments(work, &source.words, &file(&text(piece)), *start, device);
        arguments.extend(ends::arguments(work, ends_file));
        let run = self.run(arguments).writes(piece, piece_bytes_max(work.pixels_max(), work.frames_max()));
        let cards = params::is_hardware(&work.profile.encoder);
        Command { cards, ..run.writes(ends_file, witness::bytes_max(work.range.len())) }
    }

    /// Decodes the source once more from another key frame, and hashes its frames into `file`.
    /// Returns None if the work asks for no second decode.
    pub fn decode_again(&self, file: &Path) -> Option<Command> {
        let arguments = ends::second_decode(self.work, &self.source.words, file)?;
        Some(self.run(arguments).writes(file, witness::bytes_max(self.work.range.len())))
    }

    pub(in crate::media) fn run(&self, arguments: Vec<String>) -> Command {
        let memory = memory_to_encode(self.work.pixels_max());
        Command::ffmpeg(Side::Client, arguments).opens(&self.source.input).memory(memory)
    }
}

/// Lists the times of a stretch of frames into `to`.
pub fn list(work: &ListWork, source: &Opening, to: &Path) -> Command {
    let arguments = piece_arguments(work, &source.words, &file(&text(to)));
    let run = Command::ffmpeg(Side::Client, arguments).opens(&source.input);
    run.writes(to, list_bytes_max(work.range.len())).memory(memory_to_decode(work.pixels))
}

/// Encodes all sound into `to`.
pub fn sound(work: &SoundWork, source: &Opening, to: &Path) -> Command {
    let arguments = sound_arguments(work, &source.words, &file(&text(to)));
    let seconds = work.duration_us.and_then(|us| u64::try_from(us / 1_000_000).ok());
    let most = sound_bytes_max(seconds.unwrap_or(SECONDS_UNTOLD), work.streams.len() as u64);
    Command::ffmpeg(Side::Client, arguments).opens(&source.input).writes(to, most)
}
