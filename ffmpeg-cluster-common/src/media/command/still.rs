//! One frame of a film as a picture, and a row of such pictures.

use std::path::Path;

use super::encode::{Start, reference};
use super::line::{Line, file};
use super::text;
use crate::media::plan::work::PictureWork;
use crate::media::source::guard::{Guard, InputProtocol};

/// The most bytes of one picture.
pub(super) const BYTES_MAX: u64 = 32 << 20;
/// People look while encoders work.
pub(super) const NICE: i32 = 10;

/// The first frame of the work as a PPM, found as clients find the beginning of a segment.
/// It has eight bits for each colour, and the source's own levels and tones.
/// `width` shrinks a wider frame.
pub(super) fn arguments(
    work: &PictureWork,
    input: &[String],
    start: Start,
    width: Option<u32>,
    to: &Path,
) -> Vec<String> {
    let (mut line, wanted) = reference(work, input, start);
    line.map(0, work.stream).say("-an -sn -dn -map_metadata -1 -map_chapters -1");
    let smaller = width.map(|width| format!(",scale=w='min(iw,{width})':h=-1")).unwrap_or_default();
    line.option("-vf", format!("{wanted}{smaller}")).say("-fps_mode passthrough -frames:v 1");
    // Not `image2`: to it, a percent sign in the path means a number.
    line.say("-c:v ppm -pix_fmt rgb24 -f image2pipe").word(file(&text(to))).finish()
}

/// PPMs of one size, one after the other in a file of ours, as one row in a JPEG.
pub(super) fn row_arguments(pictures: &str, guard: &Guard, count: u64, to: &Path) -> Vec<String> {
    let mut line = Line::writing();
    line.all(guard.words(InputProtocol::File)).say("-f ppm_pipe").option("-i", file(pictures));
    line.option("-vf", format!("tile={count}x1")).say("-frames:v 1");
    line.say("-c:v mjpeg -pix_fmt yuvj420p -q:v 4 -f image2pipe").word(file(&text(to))).finish()
}
