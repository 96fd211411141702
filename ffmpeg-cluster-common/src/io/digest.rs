//! SHA-256 in hexadecimal, the form of digests on the wire.

use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::text::hex;

/// Computes a digest piece by piece.
#[derive(Debug, Default, Clone)]
pub struct Digester(Sha256);

impl Digester {
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
    pub fn finish(self) -> String {
        hex::of(&self.0.finalize())
    }
}

pub fn of_bytes(bytes: &[u8]) -> String {
    hex::of(&Sha256::digest(bytes))
}

/// Length and digest of a file; blocks the thread.
pub fn of_file(path: &Path) -> std::io::Result<(u64, String)> {
    let (mut file, mut digester, mut length) = (std::fs::File::open(path)?, Digester::default(), 0);
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok((length, digester.finish()));
        }
        digester.update(&buffer[..count]);
        length += count as u64;
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn known_digest() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(super::of_bytes(b"abc"), abc);
    }
}
