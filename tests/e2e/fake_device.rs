//! A fake graphics card, in place of hardware that test machines have not: a script around ffmpeg that takes `h264_nvenc` and
//! encodes with libx264, otherwise set up than any job's own, so that pieces really differ.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// What the fake card does when it is to encode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    Encode,
    /// The sessions of its driver are used up, for films. Trials pass.
    Busy,
    /// It breaks, for films. Trials pass.
    Break,
    /// It can't be opened at all.
    Fail,
    /// Pictures, but not those that it was given.
    Garbage,
}

/// A folder of programs with a fake card of number 0.
#[derive(Debug)]
pub struct FakeCard(PathBuf);

impl FakeCard {
    pub fn new(folder: &Path, name: &str, does: Does) -> Self {
        let card = Self(folder.join(format!("fake-card-{name}")));
        std::fs::create_dir_all(&card.0).unwrap();
        card.write("ffprobe", "#!/bin/sh\nexec ffprobe \"$@\"\n");
        card.will(does);
        card
    }

    pub fn tools(&self) -> String {
        self.0.display().to_string()
    }

    /// From the next run on.
    pub fn will(&self, does: Does) {
        let busy = "echo '[h264_nvenc @ 0x1] OpenEncodeSessionEx failed: out of memory (10): (no details)' >&2; exit 1";
        let does_first = match does {
            Does::Encode | Does::Garbage => String::new(),
            Does::Busy => format!("case \"$*\" in *http*) {busy};; esac"),
            Does::Break => "case \"$*\" in *http*) echo 'fake card: it broke' >&2; exit 1;; esac".to_owned(),
            Does::Fail => "echo 'fake card: no such device' >&2; exit 1".to_owned(),
        };
        let looks = if does == Does::Garbage { ",negate" } else { "" };
        self.write("ffmpeg", &SCRIPT.replace("DOES_FIRST", &does_first).replace("LOOKS", looks));
    }

    /// Put in its place whole: it may be running.
    fn write(&self, name: &str, text: &str) {
        let new = self.0.join(format!("{name}.new"));
        std::fs::write(&new, text).unwrap();
        std::fs::set_permissions(&new, Permissions::from_mode(0o755)).unwrap();
        std::fs::rename(new, self.0.join(name)).unwrap();
    }
}

const SCRIPT: &str = r#"#!/bin/sh
# A fake: it has no card.
case "$*" in
*-encoders*) ffmpeg "$@"; echo ' V....D h264_nvenc fake NVENC'; exit 0 ;;
*h264_nvenc*) ;;
*) exec ffmpeg "$@" ;;
esac
DOES_FIRST
n=$#
while [ $n -gt 0 ]; do
    word=$1; shift; n=$((n - 1))
    case $word in
    h264_nvenc) set -- "$@" libx264 -preset veryfast -bf 0 -coder 0 -refs 1 ;;
    -preset | -rc | -b:v) shift; n=$((n - 1)) ;;
    -cq) set -- "$@" -crf ;;
    -gpu)
        [ "$1" = 0 ] || { echo "[h264_nvenc @ 0x1] fake: no card $1" >&2; exit 1; }
        shift; n=$((n - 1)) ;;
    -vf) set -- "$@" -vf "$1LOOKS"; shift; n=$((n - 1)) ;;
    *) set -- "$@" "$word" ;;
    esac
done
exec ffmpeg "$@"
"#;
