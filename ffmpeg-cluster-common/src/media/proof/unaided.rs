//! Reads a piece without any program.

use std::io::{BufRead, BufReader, Read, Result};

use super::matroska;
use super::nut::{self, Piece};

const READ_BYTES: usize = 64 * 1024;

/// Reads a piece of pictures in NUT, or of sound in Matroska, from its first byte to its last. An
/// error says that this reader can't read the file, not that nobody can.
pub fn read(file: impl Read) -> Result<Piece> {
    let mut bytes = BufReader::with_capacity(READ_BYTES, file);
    match bytes.fill_buf()?.first() {
        Some(&matroska::FIRST) => matroska::read(bytes),
        Some(_) | None => nut::read(bytes),
    }
}
