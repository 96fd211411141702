//! A picture as a PNG. Not every build of ffmpeg writes one, and each writes PPM.

use std::io::Write;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
const BYTES_OF_PIXEL: usize = 3;
/// Eight bits for each of red, green and blue, no other compression or filter, no interlacing.
const KIND: [u8; 5] = [8, 2, 0, 0, 0];
/// Each byte is told as its difference from the same colour of the pixel before.
const FROM_THE_LEFT: u8 = 1;

/// None if this is no PPM as ffmpeg writes them.
pub(super) fn of_ppm(ppm: &[u8]) -> Option<Vec<u8>> {
    let mut parts = ppm.splitn(4, |&byte| byte == b'\n');
    let (magic, size, depth, pixels) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let (width, height) = std::str::from_utf8(size).ok()?.split_once(' ')?;
    let (width, height): (u32, u32) = (width.parse().ok()?, height.parse().ok()?);
    let row = usize::try_from(width).ok()?.checked_mul(BYTES_OF_PIXEL)?;
    let is_whole = row > 0 && pixels.len() == row.checked_mul(usize::try_from(height).ok()?)?;
    if magic != b"P6" || depth != b"255" || !is_whole {
        return None;
    }
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &KIND].concat();
    let mut png = SIGNATURE.to_vec();
    chunk(&mut png, b"IHDR", &head);
    chunk(&mut png, b"IDAT", &packed(pixels, row)?);
    chunk(&mut png, b"IEND", &[]);
    Some(png)
}

fn packed(pixels: &[u8], row: usize) -> Option<Vec<u8>> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::fast());
    let mut told = vec![FROM_THE_LEFT; row + 1];
    for row in pixels.chunks_exact(row) {
        for (at, byte) in row.iter().enumerate() {
            let before = at.checked_sub(BYTES_OF_PIXEL).map_or(0, |before| row[before]);
            told[at + 1] = byte.wrapping_sub(before);
        }
        packer.write_all(&told).ok()?;
    }
    packer.finish().ok()
}

fn chunk(png: &mut Vec<u8>, name: &[u8; 4], bytes: &[u8]) {
    let mut sum = Crc::new();
    sum.update(name);
    sum.update(bytes);
    png.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    png.extend(name);
    png.extend(bytes);
    png.extend(sum.sum().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_told_as_png_or_not_at_all() {
        let png = of_ppm(b"P6\n2 1\n255\n\x0a\n\x0c\x0b\n\x0c").expect("a picture of two pixels");
        assert_eq!(png[..8], *SIGNATURE);
        assert_eq!(png[8..33], *b"\0\0\0\x0dIHDR\0\0\0\x02\0\0\0\x01\x08\x02\0\0\0\x7b\x40\xe8\xdd");
        assert_eq!(png[png.len() - 12..], *b"\0\0\0\0IEND\xae\x42\x60\x82");
        let told = &png[41..png.len() - 16];
        let mut rows = Vec::new();
        std::io::copy(&mut flate2::read::ZlibDecoder::new(told), &mut rows).expect("what was packed");
        assert_eq!(rows, [1, 10, 10, 12, 1, 0, 0]);
        for bad in [
            "",
            "P6\n2 1\n255\nabcde",
            "P6\n0 1\n255\n",
            "P5\n1 1\n255\nabc",
            "P6\n4294967295 4294967295\n255\n",
        ] {
            assert!(of_ppm(bad.as_bytes()).is_none(), "{bad:?}");
        }
    }
}
