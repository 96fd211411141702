//! The release of this program that fits a server,
//! for clients whose version is too old or too new for that server.

use serde::{Deserialize, Serialize};

use crate::text::hex;

/// The platforms that `build.sh` packs for. The universal one runs on both kinds of Mac.
pub const PLATFORMS: [&str; 6] =
    ["linux-x86_64", "linux-aarch64", "windows-x86_64", "macos-x86_64", "macos-aarch64", "macos-universal2"];
/// More bytes than any release has.
const BYTES_MAX: u64 = 1 << 30;

/// The zip file of a release for one platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Release {
    pub platform: String,
    pub version: String,
    pub bytes: u64,
    /// Lower-case hexadecimal.
    pub sha256: String,
}

impl Release {
    /// The path of the file on the server.
    pub fn path(&self) -> String {
        release_path(&file_name(&self.platform))
    }

    /// Checks the values before a client believes any of them.
    /// An error completes a sentence about the release.
    pub fn check(&self) -> Result<(), &'static str> {
        if !PLATFORMS.contains(&self.platform.as_str()) {
            return Err("is for an unknown platform");
        }
        if self.bytes == 0 || self.bytes > BYTES_MAX {
            return Err("has a size out of range");
        }
        let plain = |b: u8| b.is_ascii_alphanumeric() || b".-+".contains(&b);
        if !hex::is_sha256(&self.sha256)
            || self.version.is_empty()
            || self.version.len() > 40
            || !self.version.bytes().all(plain)
        {
            return Err("has an invalid version or SHA-256");
        }
        Ok(())
    }
}

pub fn file_name(platform: &str) -> String {
    format!("ffmpeg-cluster-{platform}.zip")
}

pub(crate) fn release_path(file_name: &str) -> String {
    format!("/api/v1/releases/{file_name}")
}

/// The platforms whose programs run on `platform`, the best first. Empty if `platform` is unknown.
pub fn fitting(platform: &str) -> impl Iterator<Item = &'static str> {
    let known = PLATFORMS.into_iter().find(|known| *known == platform);
    let also = known.filter(|known| known.starts_with("macos-") && *known != "macos-universal2");
    known.into_iter().chain(also.map(|_| "macos-universal2"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macs_run_the_universal_one_too_and_strangers_get_nothing() {
        let of = |platform| fitting(platform).collect::<Vec<_>>();
        assert_eq!(of("linux-aarch64"), ["linux-aarch64"]);
        assert_eq!(of("macos-aarch64"), ["macos-aarch64", "macos-universal2"]);
        assert!(of("plan9-mips").is_empty() && of("../../etc").is_empty());
    }

    #[test]
    fn what_can_be_no_release_is_refused() {
        let good = Release {
            platform: "linux-x86_64".into(),
            version: "0.1.0".into(),
            bytes: 5,
            sha256: "0a".repeat(32),
        };
        assert_eq!(good.check(), Ok(()));
        assert_eq!(good.path(), "/api/v1/releases/ffmpeg-cluster-linux-x86_64.zip");
        let bad: [fn(&mut Release); 7] = [
            |r| r.platform = "../x".into(),
            |r| r.version = "1 --help".into(),
            |r| r.version = String::new(),
            |r| r.bytes = 0,
            |r| r.bytes = u64::MAX,
            |r| r.sha256 = "0A".repeat(32),
            |r| r.sha256.truncate(63),
        ];
        for spoil in bad {
            let mut release = good.clone();
            spoil(&mut release);
            assert!(release.check().is_err(), "{release:?}");
        }
    }
}
