//! The table of filters: what each needs besides the frame at hand, proved. A film is cut into pieces, run through the
//! chain and joined, lossless; every frame and its time must be those of one plain run of ffmpeg with the same chain.

use std::path::{Path, PathBuf};

use ffmpeg_cluster_common::media::params::Chain;
use harness::cluster::Scratch;
use harness::films::film;
use harness::judge::{self, Frame};

use crate::product::{Asked, transcode};
use crate::run::run;

/// Cut where it hurts: pieces of one frame, beside a key frame and far from one.
const CUTS: &[u64] = &[1, 2, 30, 31, 77, 113];

/// One plain run, its frames at their own times. It drops the sound as ours does, because the clock of a transport stream counts
/// from the first of what is used.
fn plain(source: &Path, line: &str, folder: &Path) -> Result<PathBuf, String> {
    let result = folder.join("plain.mkv");
    let mut words: Vec<String> = ["-nostdin", "-v", "error", "-y", "-i"].map(str::to_owned).to_vec();
    words.push(source.display().to_string());
    words.extend(
        ["-map", "0:V:0", "-an", "-c:v", "ffv1", "-fps_mode", "passthrough", "-enc_time_base", "1:90000"]
            .map(str::to_owned),
    );
    words.extend(ffmpeg_cluster_common::media::params::words(line).map_err(|refusal| refusal.to_string())?);
    words.push(result.display().to_string());
    run("ffmpeg", &words).map(|_| result)
}

/// Filters that not every build of ffmpeg has.
const OPTIONAL: &[&str] = &["zscale", "drawtext"];

/// Filters that give other frames in each run of ffmpeg itself, from which version on, and why.
const UNDEFINED: &[(&str, u32)] = &[
    // It takes its place in the pattern from memory that nothing was written to.
    ("detelecine", 8),
];

/// Why a row can't be judged with this ffmpeg.
fn unjudged(line: &str) -> Option<String> {
    if let Some(name) = OPTIONAL.iter().find(|name| line.contains(*name) && !judge::has_filter(name)) {
        return Some(format!("this build of ffmpeg has no {name}"));
    }
    let major = judge::ffmpeg_major();
    let undefined = UNDEFINED.iter().find(|(name, from)| line.contains(name) && major >= *from);
    undefined.map(|(name, _)| format!("two runs of ffmpeg {major} with {name} differ"))
}

fn differ(wanted: &[Frame], got: &[Frame]) -> Option<String> {
    if wanted.is_empty() {
        return Some("the plain run gave no frames".to_owned());
    }
    if wanted.len() != got.len() {
        return Some(format!("{} frames came, {} should have", got.len(), wanted.len()));
    }
    let mut pairs = wanted.iter().zip(got).enumerate();
    pairs.find_map(|(n, (a, b))| {
        let off = (a.seconds - b.seconds).abs() * 1000.0;
        (off > 1.1 || a.hash != b.hash).then(|| format!("frame {n} differs ({off:.3} ms off)"))
    })
}

/// All rows at once: each failure with its chain.
fn same_as_one_run(name: &str, lines: &[&str]) {
    let source = film(name);
    let wrong: Vec<String> =
        lines.iter().filter_map(|line| Some(format!("{line}: {}", row(&source, line, CUTS)?))).collect();
    assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
}

/// A chain in pieces against one run: how they differ.
pub fn row(source: &Path, line: &str, cuts: &[u64]) -> Option<String> {
    if let Some(why) = unjudged(line) {
        judge::not_checked(line, &why);
        return None;
    }
    let scratch = Scratch::new();
    let ours = format!("-c:v ffv1 -an {line}");
    let both = transcode(source, &Asked { line: &ours, suffix: "mkv", cuts }, scratch.path()).and_then(
        |(joined, _)| Ok((judge::frames(&plain(source, line, scratch.path())?), judge::frames(&joined))),
    );
    match both {
        Ok((wanted, got)) => differ(&wanted, &got),
        Err(error) => Some(error),
    }
}

#[test]
fn filters_of_single_frames() {
    same_as_one_run(
        "rate-2997.mp4",
        &[
            "-vf scale=160:90",
            "-vf crop=200:100:8:8,pad=240:140:20:20:red",
            "-vf format=yuv444p",
            "-vf transpose=1,hflip",
            "-vf rotate=a=0.3",
            "-vf hue=h=90*t",
            "-vf eq=contrast=1.3:brightness=0.05",
            "-vf fade=t=in:st=0.5:d=2,fade=t=out:st=5:d=1",
            "-vf \"drawbox=x=10:y=10:w=50:h=50:enable='between(t,1,3)'\"",
            "-vf deband",
            "-vf unsharp,gblur=sigma=2",
            "-vf nlmeans=s=3:p=3:r=5",
            "-vf removegrain=4,chromanr,gradfun",
        ],
    );
}

#[test]
fn tones_are_mapped() {
    let chain = "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable,zscale=t=bt709:m=bt709:r=tv,format=yuv420p";
    same_as_one_run("hdr10.mp4", &[&format!("-vf {chain}")]);
}

#[test]
fn filters_that_look_around() {
    same_as_one_run(
        "rate-2997.mp4",
        &[
            "-vf tmix=frames=5",
            "-vf tmix",
            "-vf atadenoise=s=5",
            "-vf atadenoise",
            "-vf deflicker",
            "-vf deflicker=size=9",
            "-vf yadif,tmix=frames=3,scale=100:60",
        ],
    );
}

#[test]
fn fields_become_frames() {
    same_as_one_run(
        "interlaced.mpg",
        &[
            "-vf yadif",
            "-vf yadif=0:-1:0",
            "-vf bwdif=0",
            "-vf bwdif=mode=send_frame:parity=tff",
            "-vf yadif=1",
            "-vf yadif=mode=send_field:parity=tff:deint=all",
            "-vf bwdif",
            "-vf bwdif=1,scale=100:60",
            "-vf yadif=1,fps=25",
            "-vf yadif=1:deint=1",
        ],
    );
}

#[test]
fn rates_are_changed() {
    for name in ["rate-2997.mp4", "vfr.mkv", "ts-offset.ts"] {
        same_as_one_run(name, &["-vf fps=12", "-vf fps=50", "-vf fps=24000/1001", "-vf fps=5,scale=100:60"]);
    }
}

#[test]
fn filters_that_need_the_whole_film() {
    let lines = [
        "-vf hqdn3d",
        "-vf noise=alls=20:allf=t",
        "-vf lagfun",
        "-vf normalize=smoothing=20",
        "-vf \"select='not(mod(n,3))'\"",
        "-vf framestep=4",
        "-vf mpdecimate",
        "-vf fade=in:10:40",
        "-vf crop=200:100:n:0",
        "-vf tblend=all_mode=average",
        "-vf minterpolate=fps=60:mi_mode=blend",
        "-vf framerate=fps=50",
        "-vf thumbnail=n=10",
        "-vf drawtext=text=abc:x=t*10",
    ];
    for line in lines {
        let chain: Chain = line.trim_start_matches("-vf ").trim_matches('"').parse().unwrap();
        assert!(!chain.needs().whole.is_empty(), "{line}");
    }
    same_as_one_run("rate-2997.mp4", &lines);
}

#[test]
fn inverse_telecine() {
    same_as_one_run(
        "rate-2997.mp4",
        &[
            "-vf telecine",
            "-vf telecine,fieldmatch,decimate",
            "-vf telecine,pullup",
            "-vf telecine,detelecine",
        ],
    );
    same_as_one_run("interlaced.mpg", &["-vf separatefields", "-vf w3fdif", "-vf tinterlace=merge"]);
}

#[test]
fn parts_of_films() {
    for name in ["rate-2997.mp4", "vfr.mkv", "ts-offset.ts", "edit-list.mp4"] {
        same_as_one_run(
            name,
            &[
                "-ss 1.234",
                "-t 2.5",
                "-ss 2 -to 4.01",
                "-ss 1 -frames:v 50",
                "-ss 0.7 -t 3 -vf hqdn3d",
                "-ss 1 -t 2 -vf fps=10",
            ],
        );
    }
}
