//! A film whose frames tell their numbers: sixteen blocks, each black or white.

use std::path::{Path, PathBuf};
use std::process::Command;

use harness::cluster::temporary;

pub const FRAMES: usize = 600;
const BLOCKS: usize = 16;

/// Made on first use.
pub fn painted() -> PathBuf {
    let folder = temporary("chaos");
    std::fs::create_dir_all(&folder).expect("making the film's folder");
    let lock = std::fs::File::create(folder.join("lock")).expect("opening the film's lock");
    lock.lock().expect("locking the film");
    let path = folder.join(format!("painted-{FRAMES}.mkv"));
    if !path.is_file() {
        let part = folder.join("part.mkv");
        make(&part);
        std::fs::rename(part, &path).expect("naming the film");
    }
    path
}

fn make(path: &Path) {
    let bits = "geq=lum='if(mod(floor(N/pow(2,X)),2),235,16)'";
    let picture = "testsrc2=size=320x152:rate=25";
    let blocks = format!(
        "color=size={BLOCKS}x1:rate=25,format=gray,{bits},format=yuv420p,scale=320:28:flags=neighbor"
    );
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", &blocks])
        .args([
            "-f",
            "lavfi",
            "-i",
            "sine=frequency=440:sample_rate=48000",
            "-filter_complex",
            "[0][1]vstack",
        ])
        .args(["-frames:v", &FRAMES.to_string(), "-t", &(FRAMES / 25).to_string()])
        .args("-c:v libx264 -preset ultrafast -pix_fmt yuv420p -threads 1 -g 50 -bf 2 -c:a flac".split(' '))
        .arg(path)
        .output()
        .expect("running ffmpeg");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// The numbers that the decoded frames show, in the order in which they are shown.
pub fn numbers(film: &Path) -> Vec<usize> {
    let look = format!("crop=320:28:0:152,scale={BLOCKS}:1:flags=area,format=gray");
    let seen = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(film)
        .args(["-map", "0:v:0", "-fps_mode", "passthrough", "-vf", &look, "-f", "rawvideo", "-"])
        .output()
        .expect("running ffmpeg");
    let number = |frame: &[u8]| (0..BLOCKS).filter(|bit| frame[*bit] > 128).map(|bit| 1 << bit).sum();
    seen.stdout.chunks_exact(BLOCKS).map(number).collect()
}
