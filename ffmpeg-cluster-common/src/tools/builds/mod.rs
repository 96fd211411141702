//! The build of ffmpeg that is fetched for each platform, its address, and its hash. Only data
//! and functions of it.
//!
//! - [`manifest`]: the pinned builds
//! - [`plan`]: the downloads for the operator's wish

mod manifest;
mod plan;

use std::fmt;
use std::str::FromStr;

pub use self::plan::{Hash, Plan, Planned, Wish};
use crate::tools::archive::{Pack, Wanted};

/// A kind of machine that builds exist for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    LinuxX86_64,
    LinuxAarch64,
    WindowsX86_64,
    MacosX86_64,
    MacosAarch64,
}

impl Platform {
    pub(crate) const ALL: [Self; 5] =
        [Self::LinuxX86_64, Self::LinuxAarch64, Self::WindowsX86_64, Self::MacosX86_64, Self::MacosAarch64];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::LinuxX86_64 => "linux-x86_64",
            Self::LinuxAarch64 => "linux-aarch64",
            Self::WindowsX86_64 => "windows-x86_64",
            Self::MacosX86_64 => "macos-x86_64",
            Self::MacosAarch64 => "macos-aarch64",
        }
    }

    /// The platform that this program was compiled for; None if there are no builds for it.
    pub fn this() -> Option<Self> {
        format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH).parse().ok()
    }

    /// The file name of a program on this platform.
    pub(crate) fn file(self, program: &str) -> String {
        let suffix = if self == Self::WindowsX86_64 { ".exe" } else { "" };
        format!("{program}{suffix}")
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Platform {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let named = Self::ALL.into_iter().find(|platform| platform.name() == text);
        named.ok_or_else(|| format!("expected one of {}", Self::ALL.map(Self::name).join(", ")))
    }
}

/// One of the pinned builds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Build {
    /// Runs on any machine of its platform, and encodes in software.
    #[default]
    Static,
    /// Also has hardware encoders.
    Full,
}

impl FromStr for Build {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "static" => Ok(Self::Static),
            "full" => Ok(Self::Full),
            _ => Err("expected static or full".into()),
        }
    }
}

/// One file to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Download {
    pub address: String,
    pub bytes: Option<u64>,
    /// None if unknown; without a hash from the operator the file is then not fetched.
    pub sha256: Option<String>,
    pub pack: Pack,
    pub takes: Vec<Wanted>,
}

impl Download {
    /// The last part of the address, which is also the file's name on a mirror.
    pub(crate) fn name(&self) -> &str {
        name_of(&self.address)
    }
}

fn name_of(address: &str) -> &str {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    path.rsplit(['/', '\\']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::archive::Find;

    #[test]
    fn every_platform_gets_both_programs_of_both_builds_from_known_files() {
        for platform in Platform::ALL {
            for build in [Build::Static, Build::Full] {
                let downloads = manifest::downloads(build, platform);
                let taken: Vec<&str> =
                    downloads.iter().flat_map(|d| &d.takes).map(|take| take.name.as_str()).collect();
                assert_eq!(
                    taken,
                    ["ffmpeg", "ffprobe"].map(|name| platform.file(name)),
                    "{platform} {build:?}"
                );
                for download in downloads {
                    let sha256 = download.sha256.as_deref().unwrap();
                    assert!(
                        crate::text::hex::is_sha256(sha256) && download.address.starts_with("https://"),
                        "{download:?}"
                    );
                    let packed = download.takes.iter().all(|take| take.find != Find::Path(String::new()));
                    assert_eq!(packed, download.pack != Pack::Plain, "{download:?}");
                }
            }
        }
    }

    #[test]
    fn no_two_files_are_the_same() {
        let mut hashes: Vec<_> = Platform::ALL
            .into_iter()
            .flat_map(|platform| {
                [Build::Static, Build::Full].map(|build| manifest::downloads(build, platform))
            })
            .flatten()
            .map(|download| download.sha256)
            .collect();
        let all = hashes.len();
        hashes.sort();
        hashes.dedup();
        assert_eq!((hashes.len(), all), (17, 17));
    }

    #[test]
    fn platforms_are_read_as_they_are_written() {
        for platform in Platform::ALL {
            assert_eq!(platform.to_string().parse(), Ok(platform));
        }
        assert!("solaris-sparc".parse::<Platform>().unwrap_err().contains("linux-x86_64"));
    }
}
