//! The table of filters, row by row: each that is taken, as it is by itself and at its edges, in three pieces against one run
//! of ffmpeg. A filter that is taken for memoryless and is not makes wrong pictures in mid-film. `FILTER=fade` walks those rows alone,
//! `FILTERS_EVERY=3` every third.

use std::path::{Path, PathBuf};
use std::process::Command;

use ffmpeg_cluster_common::media::params::of_pictures;
use harness::cluster::Scratch;
use harness::judge;
use harness::share::share;

use crate::filters::row;

/// Of 75 frames, a key frame every twelve.
const CUTS: &[u64] = &[25, 50];

/// What some filters need to do anything.
const BY_ITSELF: &[(&str, &str)] = &[
    ("format", "format=yuv444p"),
    ("noformat", "noformat=yuv444p"),
    ("colormatrix", "colormatrix=bt601:bt709"),
    ("colorspace", "colorspace=all=bt709:iall=bt601-6-625"),
    ("tonemap", "format=gbrpf32le,tonemap=hable"),
    ("drawtext", "drawtext=text=abc"),
    ("telecine", "telecine"),
    ("detelecine", "telecine,detelecine"),
    ("setsar", "setsar=1"),
    ("setdar", "setdar=4/3"),
];

/// Values at which a filter does something else, or more of it.
const EDGES: &[&str] = &[
    "fade=t=in:s=30:d=1",
    "fade=t=in:d=0",
    "fade=t=out:st=1:d=0",
    "fade=t=in:d=0.3",
    "fade=t=in:st=1.1:d=1.7",
    "fade=t=out:st=0.5:d=1:color=red",
    "fade=t=in:start_frame=20:duration=1",
    "fade=in:10:40",
    "fade=t=out:n=1",
    "fade=t=in:st=0:d=2:enable='gt(t,1)'",
    "crop=40:40:x='if(isnan(x),0,mod(x+1,47))'",
    "crop=40:40:y='if(isnan(y),0,mod(y+1,30))'",
    "crop=40:40:x='mod(t*20,47)':y='mod(t*10,30)'",
    "crop=40:40:n:0",
    "vignette=angle=PI/3",
    "vignette=mode=backward",
    "tmix=frames=1e1",
    "tmix=frames=1",
    "tmix=frames=2:weights='1 3'",
    "tmix=frames=40",
    "deflicker=size=1e1",
    "deflicker=size=2",
    "deflicker=s=20:mode=median",
    "deflicker=size=129",
    "atadenoise=s=5",
    "atadenoise=s=39",
    "atadenoise=s=129",
    "atadenoise=s=9:a=s:0a=0.3:0b=4",
    "hue=h=90*t:s=1+t",
    "hue=H=n/10",
    "hue=b=2*sin(t)",
    "rotate=t*PI/4",
    "rotate=n/10",
    "drawbox=x=10:y=10:w=30:h=20:t=fill:enable='between(t,1,2)'",
    "drawbox=x=10:y=10:w=30:h=20:enable='mod(n,3)'",
    "eq=contrast=1.3:brightness=0.1:gamma=1.4",
    "unsharp=13:13:1.5:13:13:1.5",
    "gblur=sigma=9:steps=6",
    "boxblur=10:2",
    "nlmeans=s=8:p=3:r=5",
    "removegrain=m0=17:m1=5",
    "dctdnoiz=sigma=9:overlap=7",
    "owdenoise=depth=8",
    "normalize=smoothing=0",
    "normalize=smoothing=10:independence=0",
    "deband=range=-20:direction=-2:blur=0",
    "gradfun=3:20",
    "edgedetect=mode=colormix",
    "convolution=0m='-2 -1 0 -1 1 1 0 1 2'",
    "noise=alls=20",
    "noise=alls=20:allf=t+u",
    "colorspace=all=bt709:iall=bt601-6-625:dither=none",
    "zscale=w=40:h=30:d=error_diffusion",
    "zscale=w=40:h=32:d=random,format=yuv410p",
    "format=rgb8",
    "format=monob,format=yuv420p",
    "scale=40:30:flags=area+accurate_rnd",
    "histeq=strength=0.5",
    "yadif=1",
    "yadif=0:0:1",
    "yadif=mode=3:parity=1:deint=0",
    "bwdif=1:1:0",
    "bwdif=0",
    "yadif=1:deint=interlaced",
    "yadif,tmix=frames=3,fps=12",
    "hqdn3d=enable='gt(t,1)'",
    "lagfun=decay=0.5",
    "photosensitivity=frames=5",
    "select='not(mod(n,3))'",
    "framestep=step=7",
    "thumbnail=n=9",
    "minterpolate=fps=40:mi_mode=blend",
    "framerate=fps=40",
    "tblend=all_mode=average",
    "tmedian=radius=3",
    "shuffleframes=1 0",
    "il=l=d:c=d",
    "median=radius=5",
    "fps=60",
    "fps=3",
];

fn small(folder: &Path) -> PathBuf {
    let path = folder.join("small.mkv");
    let picture = "testsrc2=s=96x80:r=25:d=3,noise=alls=6:allf=t";
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", picture])
        .args("-c:v libx264 -preset ultrafast -qp 18 -g 12 -bf 2 -pix_fmt yuv420p -threads 1".split(' '))
        .arg(&path)
        .status();
    assert!(made.expect("ffmpeg is here").success());
    path
}

/// Every so many rows, so that some walk side by side.
fn walk(which: usize, of: usize) {
    let scratch = Scratch::new();
    let film = small(scratch.path());
    let by_itself = |name: &'static str| {
        BY_ITSELF.iter().find(|(known, _)| *known == name).map_or(name, |(_, chain)| *chain)
    };
    let wanted = std::env::var("FILTER").unwrap_or_default();
    let all =
        of_pictures().map(by_itself).chain(EDGES.iter().copied()).filter(|chain| chain.contains(&wanted));
    let mine = share("FILTERS_EVERY", all).skip(which).step_by(of);
    let wrong: Vec<String> = mine.filter_map(|chain| told(&film, chain)).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn told(film: &Path, chain: &str) -> Option<String> {
    let names = chain.split(',').filter_map(|filter| filter.split('=').next());
    if let Some(name) =
        names.filter(|name| of_pictures().any(|known| known == *name)).find(|name| !judge::has_filter(name))
    {
        judge::not_checked(chain, &format!("this build of ffmpeg has no {name}"));
        return None;
    }
    row(film, &format!("-vf \"{chain}\""), CUTS).map(|why| format!("{chain}: {why}"))
}

#[test]
fn each_row_1_of_4() {
    walk(0, 4);
}

#[test]
fn each_row_2_of_4() {
    walk(1, 4);
}

#[test]
fn each_row_3_of_4() {
    walk(2, 4);
}

#[test]
fn each_row_4_of_4() {
    walk(3, 4);
}
