//! Every number by which a film can tell its colours: the names that ffprobe gives them are not always those that ffmpeg
//! takes, and each ffmpeg has its own. The film is joined, and tells the same.

use std::path::Path;

use harness::cluster::Scratch;
use harness::judge;

use crate::product::{Asked, transcode};
use crate::run::run;

/// One beyond the last that any version knows.
const NUMBERS: std::ops::Range<u32> = 0..24;
const TOLD: &[&str] = &["color_range", "color_space", "color_transfer", "color_primaries", "chroma_location"];

#[test]
fn a_films_colours_come_back_by_whatever_number_it_tells_them() {
    let scratch = Scratch::new();
    let wrong: Vec<String> = NUMBERS.filter_map(|number| come_back(number, scratch.path()).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn come_back(number: u32, folder: &Path) -> Result<(), String> {
    let source = folder.join(format!("{number}.mkv"));
    if !made(number, &source) {
        return Ok(());
    }
    let asked = Asked { line: "-c:v ffv1", suffix: "mkv", cuts: &[12] };
    let (joined, _) = transcode(&source, &asked, folder).map_err(|why| format!("{number}: {why}"))?;
    let (wanted, got) = (colours(&source), colours(&joined));
    if wanted == got { Ok(()) } else { Err(format!("{number}: {got:?} came back of {wanted:?}")) }
}

/// Some numbers this ffmpeg does not write.
fn made(number: u32, to: &Path) -> bool {
    let line = format!(
        "-v error -y -f lavfi -i testsrc2=s=64x36:r=25:d=1 -pix_fmt yuv420p -c:v ffv1 -color_range {} -color_primaries \
         {number} -color_trc {number} -colorspace {number} -chroma_sample_location {} file:{}",
        number % 3,
        number % 7,
        to.display()
    );
    run("ffmpeg", &line.split(' ').map(str::to_owned).collect::<Vec<_>>()).is_ok()
}

/// A name that no option takes says nothing.
fn colours(film: &Path) -> Vec<String> {
    let streams = judge::probe(film)["streams"].clone();
    let told = |name: &&str| streams[0][*name].as_str().filter(|told| *told != "reserved").map(str::to_owned);
    TOLD.iter().filter_map(told).collect()
}
