//! Options of both programs: which ffmpeg to fetch, and from where.

use std::path::PathBuf;

use clap::Args;

use crate::tools::builds::{Hash, Wish};

#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct FetchFlags {
    /// Use this build of ffmpeg and no other, fetched where it is missing; full has hardware
    /// encoders [default: static, where no ffmpeg is found]
    #[arg(long, value_name = "static|full", env = "FFMPEG_CLUSTER_FFMPEG_BUILD")]
    pub ffmpeg_build: Option<String>,
    /// Where builds of ffmpeg are fetched from instead of their makers: an address or a folder
    #[arg(long, value_name = "BASE", env = "FFMPEG_CLUSTER_FFMPEG_MIRROR")]
    pub ffmpeg_mirror: Option<String>,
    /// Use your own build of ffmpeg, fetched from here: a zip, a tar.xz, or a folder with a slash
    /// at its end; needs --ffmpeg-sha256
    #[arg(long, value_name = "ADDRESS", env = "FFMPEG_CLUSTER_FFMPEG_URL")]
    pub ffmpeg_url: Option<String>,
    /// The SHA-256 of the file at --ffmpeg-url; NAME=SHA256 for each of several files; repeatable
    #[arg(long, value_name = "[NAME=]HEX", env = "FFMPEG_CLUSTER_FFMPEG_SHA256", value_delimiter = ',')]
    pub ffmpeg_sha256: Vec<String>,
}

impl FetchFlags {
    /// Combines two sets of options; those of `self` win over those of `other`.
    pub fn over(self, other: Self) -> Self {
        Self {
            ffmpeg_build: self.ffmpeg_build.or(other.ffmpeg_build),
            ffmpeg_mirror: self.ffmpeg_mirror.or(other.ffmpeg_mirror),
            ffmpeg_url: self.ffmpeg_url.or(other.ffmpeg_url),
            ffmpeg_sha256: if self.ffmpeg_sha256.is_empty() {
                other.ffmpeg_sha256
            } else {
                self.ffmpeg_sha256
            },
        }
    }

    /// Checks the options, and adds all mistakes to the list.
    pub fn wish(self, dir: Option<PathBuf>, no_download: bool, mistakes: &mut Vec<String>) -> Wish {
        let build = self.ffmpeg_build.and_then(|text| {
            let read =
                text.trim().parse().map_err(|wanted: String| format!("--ffmpeg-build {text}: {wanted}"));
            read.map_err(|mistake| mistakes.push(mistake)).ok()
        });
        let mut hashes = Vec::new();
        for text in self.ffmpeg_sha256 {
            match text.trim().parse::<Hash>() {
                Ok(hash) => hashes.push(hash),
                Err(wanted) => mistakes.push(format!("--ffmpeg-sha256 {text}: {wanted}")),
            }
        }
        let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let (mirror, url) = (filled(self.ffmpeg_mirror), filled(self.ffmpeg_url));
        let wish = Wish { dir, no_download, build, mirror, url, hashes };
        mistakes.extend(wish.mistakes());
        wish
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::builds::Build;

    #[test]
    fn all_mistakes_at_once_and_none_in_what_is_right() {
        let text = |text: &str| Some(text.to_owned());
        let wrong = FetchFlags {
            ffmpeg_build: text("huge"),
            ffmpeg_mirror: text("/m"),
            ffmpeg_url: text("https://a.example/f.zip"),
            ffmpeg_sha256: vec!["12".into()],
        };
        let mut mistakes = Vec::new();
        wrong.wish(None, false, &mut mistakes);
        assert_eq!(mistakes.len(), 3, "{mistakes:?}");
        let right =
            FetchFlags { ffmpeg_build: text("full"), ffmpeg_mirror: text("/m"), ..FetchFlags::default() };
        mistakes.clear();
        assert_eq!(right.wish(None, true, &mut mistakes).build, Some(Build::Full));
        assert!(mistakes.is_empty(), "{mistakes:?}");
    }
}
