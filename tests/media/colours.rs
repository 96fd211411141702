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
    let all = NUMBERS.map(|number| come_back(number, scratch.path()));
    let (come, wrong): (Vec<_>, Vec<_>) = all.partition(Result::is_ok);
    let made = come.iter().filter(|one| matches!(one, Ok(true))).count();
    assert!(made > 15 || !wrong.is_empty(), "only {made} films could be made");
    let wrong: Vec<String> = wrong.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether there is such a film.
fn come_back(number: u32, folder: &Path) -> Result<bool, String> {
    let source = folder.join(format!("{number}.mkv"));
    if !made(number, &source) {
        return Ok(false);
    }
    let asked = Asked { line: "-c:v ffv1", suffix: "mkv", cuts: &[12] };
    let (joined, _) = transcode(&source, &asked, folder).map_err(|why| format!("{number}: {why}"))?;
    let (wanted, got) = (colours(&source), colours(&joined));
    if wanted == got { Ok(true) } else { Err(format!("{number}: {got:?} came back of {wanted:?}")) }
}

/// Some numbers this ffmpeg does not write. They are told of a film that is made already, for a newer ffmpeg would convert
/// its colours.
fn made(number: u32, to: &Path) -> bool {
    let plain = to.with_file_name("plain.mkv");
    let line = "-v error -y -f lavfi -i testsrc2=s=64x36:r=25:d=1 -pix_fmt yuv420p -c:v ffv1";
    ffmpeg(&format!("{line} file:{}", plain.display())).expect("a plain film");
    let (range, place) = (number % 3, number % 7);
    let told = format!(
        "-c copy -color_range:v {range} -color_primaries:v {number} -color_trc:v {number} -colorspace:v {number} \
         -chroma_sample_location:v {place}"
    );
    ffmpeg(&format!("-v error -y -i file:{} {told} file:{}", plain.display(), to.display())).is_ok()
}

fn ffmpeg(line: &str) -> Result<String, String> {
    run("ffmpeg", &line.split(' ').map(str::to_owned).collect::<Vec<_>>())
}

/// A name that no option takes says nothing.
fn colours(film: &Path) -> Vec<String> {
    let streams = judge::probe(film)["streams"].clone();
    let told = |name: &&str| streams[0][*name].as_str().filter(|told| *told != "reserved").map(str::to_owned);
    TOLD.iter().filter_map(told).collect()
}
