//! Bad pieces of every kind, and the good one that they are made from.

use std::path::{Path, PathBuf};
use std::process::Command;

use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::media::command::encode::{Start, picture_arguments};
use ffmpeg_cluster_common::media::plan::work::PictureWork;
use harness::chance::Chance;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bad {
    /// On the way: announced as it was before.
    Flipped,
    Truncated(u64),
    WrongDigest,
    /// Announced truthfully as what they are.
    TruncatedAndSaidSo(u64),
    FrameLess,
    FrameMore,
    OtherFrames,
    Garbage,
    Nothing,
    /// A good piece, under a number that is not this worker's any more, or never was anybody's.
    StaleLease,
    NobodysLease,
}

pub const KINDS: &[Bad] = &[
    Bad::Flipped,
    Bad::Flipped,
    Bad::Truncated(99),
    Bad::Truncated(90),
    Bad::Truncated(60),
    Bad::Truncated(30),
    Bad::WrongDigest,
    Bad::TruncatedAndSaidSo(99),
    Bad::TruncatedAndSaidSo(90),
    Bad::TruncatedAndSaidSo(60),
    Bad::TruncatedAndSaidSo(30),
    Bad::FrameLess,
    Bad::FrameMore,
    Bad::OtherFrames,
    Bad::Garbage,
    Bad::Nothing,
    Bad::StaleLease,
    Bad::NobodysLease,
];

/// Pieces that differ from the wanted one in a way of their own, made once.
pub struct Pieces {
    pub good: Vec<u8>,
    less: Vec<u8>,
    more: Vec<u8>,
    other_frames: Vec<u8>,
    pub other_film: Vec<u8>,
}

pub fn film(folder: &Path, name: &str, size: &str, frames: u32) -> PathBuf {
    let picture = format!("testsrc2=size={size}:rate=25,noise=alls=20:allf=t:all_seed={}", size.len());
    film_of(&picture, folder, name, frames)
}

pub fn film_of(picture: &str, folder: &Path, name: &str, frames: u32) -> PathBuf {
    let film = folder.join(name);
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", picture, "-frames:v"])
        .arg(frames.to_string())
        .args("-c:v libx264 -preset ultrafast -pix_fmt yuv420p -threads 1".split(' '))
        .arg(&film)
        .status();
    assert!(made.unwrap().success());
    film
}

/// As an honest client would make it of this film.
pub fn piece(work: &PictureWork, film: &Path, frames: &str, folder: &Path) -> Vec<u8> {
    let to = folder.join("piece.nut");
    let input = ["-i".to_owned(), film.display().to_string()];
    let mut words = picture_arguments(work, &input, &to.display().to_string(), Start::Beginning);
    let graph = words.iter().position(|word| word == "-vf").unwrap() + 1;
    // The window's own cut is replaced: these frames, beginning at zero.
    words[graph] = format!("trim={frames},setpts=PTS-STARTPTS");
    let done = Command::new("ffmpeg").args(["-v", "error", "-nostdin", "-y"]).args(words).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    std::fs::read(to).unwrap()
}

impl Pieces {
    pub fn of(work: &PictureWork, source: &Path, folder: &Path) -> Self {
        let FrameRange { start, end } = work.range;
        let make = |film: &Path, start: u64, end: u64| {
            piece(work, film, &format!("start_frame={start}:end_frame={end}"), folder)
        };
        Self {
            good: make(source, start, end),
            less: make(source, start, end - 1),
            more: make(&film(folder, "longer.mkv", "64x48", 200), start, end + 1),
            other_frames: make(source, start, end / 2),
            other_film: make(&film(folder, "other.mkv", "80x48", 200), start, end),
        }
    }

    /// The bytes that are sent, and those that are announced.
    pub fn spoiled(&self, bad: Bad, chance: &mut Chance) -> (Vec<u8>, Vec<u8>) {
        let mut sent = self.good.clone();
        let cut = |percent: u64| self.good[..self.good.len() * percent as usize / 100].to_vec();
        match bad {
            Bad::Flipped => {
                let at = chance.index(sent.len());
                sent[at] ^= 1 << chance.index(8);
                (sent, self.good.clone())
            }
            Bad::Truncated(percent) => (cut(percent), self.good.clone()),
            Bad::WrongDigest => (sent, cut(50)),
            Bad::TruncatedAndSaidSo(percent) => (cut(percent), cut(percent)),
            Bad::FrameLess => (self.less.clone(), self.less.clone()),
            Bad::FrameMore => (self.more.clone(), self.more.clone()),
            Bad::OtherFrames => (self.other_frames.clone(), self.other_frames.clone()),
            Bad::Garbage => {
                sent.iter_mut().for_each(|byte| *byte = chance.number() as u8);
                (sent.clone(), sent)
            }
            Bad::Nothing => (Vec::new(), Vec::new()),
            Bad::StaleLease | Bad::NobodysLease => (sent.clone(), sent),
        }
    }
}
