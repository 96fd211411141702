//! The pinned builds. Everything here is data: to pin other builds, change only these tables.
//!
//! The hashes of `static` are those of the files themselves.
//! Several independent projects publish the hashes of `full` for the same addresses.

use super::Platform::{self, LinuxAarch64, LinuxX86_64, MacosAarch64, MacosX86_64, WindowsX86_64};
use super::{Build, Download};
use crate::tools::archive::{Find, Pack, Wanted};

/// The build's name for people.
pub(super) fn label(build: Build) -> &'static str {
    match build {
        Build::Static => "FFmpeg 8.1.2 (static)",
        Build::Full => "FFmpeg 8.1.2 (with hardware encoders)",
    }
}

struct Row {
    platform: Platform,
    address: &'static str,
    bytes: Option<u64>,
    sha256: &'static str,
    takes: &'static [(&'static str, &'static str)],
}

const fn row(
    platform: Platform,
    address: &'static str,
    bytes: Option<u64>,
    sha256: &'static str,
    takes: &'static [(&'static str, &'static str)],
) -> Row {
    Row { platform, address, bytes, sha256, takes }
}

/// Fully static GPL programs, not packed into archives.
#[rustfmt::skip]
const STATIC: [Row; 10] = [
    row(LinuxX86_64, "https://github.com/shaka-project/static-ffmpeg-binaries/releases/download/n8.1.2-1/ffmpeg-linux-x64",
        Some(48_299_480), "9eac5b2b5076db5ff853a6fa0dcd6b8de7d0cac8481eadda6c47cd935825f1ee", &[("", "ffmpeg")]),
    row(LinuxX86_64, "https://github.com/shaka-project/static-ffmpeg-binaries/releases/download/n8.1.2-1/ffprobe-linux-x64",
        Some(48_090_488), "065d3c56926052a76e884c4e4b51b7d95248da9391ab7effdcca6b94ceab98cf", &[("", "ffprobe")]),
    row(LinuxAarch64, "https://github.com/shaka-project/static-ffmpeg-binaries/releases/download/n8.1.2-1/ffmpeg-linux-arm64",
        Some(36_523_320), "6e7b1d7d1aa8c35e3fedd78a140aa0968717aeb7386ecfb0ee00773d9f0a4503", &[("", "ffmpeg")]),
    row(LinuxAarch64, "https://github.com/shaka-project/static-ffmpeg-binaries/releases/download/n8.1.2-1/ffprobe-linux-arm64",
        Some(36_326_648), "fd2aca1456f0261cabef4514b6d97a70fa342003347f51b39c473dd364328089", &[("", "ffprobe")]),
    row(WindowsX86_64, "https://github.com/shaka-project/static-ffmpeg-binaries/releases/download/n8.1.2-1/ffmpeg-win-x64.exe",
        Some(53_763_072), "4044b3924c977ad31229d504c5d5b8685f9553124fbaff6e9c99048b42830341", &[("", "ffmpeg.exe")]),
    row(WindowsX86_64, "https://github.com/shaka-project/static-ffmpeg-binaries/releases/download/n8.1.2-1/ffprobe-win-x64.exe",
        Some(53_558_272), "fc37ca23d31ee08bb8f7e108edf3822f6ef3efc1a8d306bbe0b779190230710b", &[("", "ffprobe.exe")]),
    row(MacosX86_64, "https://github.com/shaka-project/static-ffmpeg-binaries/releases/download/n8.1.2-1/ffmpeg-osx-x64",
        Some(42_745_472), "62c87854d851f202fc4a29bdda0fe7b6ebcddd37b863482ce1bdc81151b03fe4", &[("", "ffmpeg")]),
    row(MacosX86_64, "https://github.com/shaka-project/static-ffmpeg-binaries/releases/download/n8.1.2-1/ffprobe-osx-x64",
        Some(42_555_344), "d530823f480a3c7eb6334f18a00197d1e9f1070e86172b9aa89c4bf4022bd879", &[("", "ffprobe")]),
    row(MacosAarch64, "https://github.com/shaka-project/static-ffmpeg-binaries/releases/download/n8.1.2-1/ffmpeg-osx-arm64",
        Some(34_074_040), "e7b9fcd97f95f333512d6e8b8ac24d9dbc08f189f36047695499bd7b57214b22", &[("", "ffmpeg")]),
    row(MacosAarch64, "https://github.com/shaka-project/static-ffmpeg-binaries/releases/download/n8.1.2-1/ffprobe-osx-arm64",
        Some(33_882_408), "ded4c698b8ff38d0bc1fd30fcc5e768dc46f58bc15a8dfd61f98615ba49cde5c", &[("", "ffprobe")]),
];

/// Builds with NVENC, QuickSync, AMF, VAAPI and VideoToolbox.
/// The tag is that of the end of a month, which its makers keep for two years.
#[rustfmt::skip]
const FULL: [Row; 7] = [
    row(LinuxX86_64, "https://github.com/BtbN/FFmpeg-Builds/releases/download/autobuild-2026-07-31-14-10/ffmpeg-n8.1.2-34-g9b6c8969e0-linux64-gpl-8.1.tar.xz",
        Some(124_917_816), "09fc77be269c7053e438b7e96548e4af97604faf96a42c4a3c56a1ad74c22c0a",
        &[("ffmpeg-n8.1.2-34-g9b6c8969e0-linux64-gpl-8.1/bin/ffmpeg", "ffmpeg"), ("ffmpeg-n8.1.2-34-g9b6c8969e0-linux64-gpl-8.1/bin/ffprobe", "ffprobe")]),
    row(LinuxAarch64, "https://github.com/BtbN/FFmpeg-Builds/releases/download/autobuild-2026-07-31-14-10/ffmpeg-n8.1.2-34-g9b6c8969e0-linuxarm64-gpl-8.1.tar.xz",
        None, "177e40c91564dec3840096f3bf1ffe696b94330585972462cfc739fa29fe0e1a",
        &[("ffmpeg-n8.1.2-34-g9b6c8969e0-linuxarm64-gpl-8.1/bin/ffmpeg", "ffmpeg"), ("ffmpeg-n8.1.2-34-g9b6c8969e0-linuxarm64-gpl-8.1/bin/ffprobe", "ffprobe")]),
    row(WindowsX86_64, "https://github.com/BtbN/FFmpeg-Builds/releases/download/autobuild-2026-07-31-14-10/ffmpeg-n8.1.2-34-g9b6c8969e0-win64-gpl-8.1.zip",
        Some(167_405_723), "cc4156d51387566ea8ba653fc3a04897bdf812fddf652428d9030bbf7ae24835",
        &[("ffmpeg-n8.1.2-34-g9b6c8969e0-win64-gpl-8.1/bin/ffmpeg.exe", "ffmpeg.exe"), ("ffmpeg-n8.1.2-34-g9b6c8969e0-win64-gpl-8.1/bin/ffprobe.exe", "ffprobe.exe")]),
    row(MacosX86_64, "https://ffmpeg.martin-riedl.de/download/macos/amd64/1783018342_8.1.2/ffmpeg.zip",
        None, "a52ef43883f44c219766d4b3bdde4e635b35465d0b704c01c3a0566b59775df9", &[("ffmpeg", "ffmpeg")]),
    row(MacosX86_64, "https://ffmpeg.martin-riedl.de/download/macos/amd64/1783018342_8.1.2/ffprobe.zip",
        None, "5408ca588c8c72b0dde3afe676d0a7acf25ef97e55ae6eba5c7bede1cda42695", &[("ffprobe", "ffprobe")]),
    row(MacosAarch64, "https://ffmpeg.martin-riedl.de/download/macos/arm64/1783011502_8.1.2/ffmpeg.zip",
        None, "ef1aa60006c7b77ce170c1608c08d8e4ba1c30c5746f2ac986ded932d0ac2c3c", &[("ffmpeg", "ffmpeg")]),
    row(MacosAarch64, "https://ffmpeg.martin-riedl.de/download/macos/arm64/1783011502_8.1.2/ffprobe.zip",
        None, "c39787f4af7a3932502d2d48db6f6feaaa836b48a73ef78c32cc3285df61dfaf", &[("ffprobe", "ffprobe")]),
];

pub(super) fn downloads(build: Build, platform: Platform) -> Vec<Download> {
    let rows: &[Row] = match build {
        Build::Static => &STATIC,
        Build::Full => &FULL,
    };
    rows.iter().filter(|row| row.platform == platform).map(Row::download).collect()
}

impl Row {
    fn download(&self) -> Download {
        let take =
            |(path, name): &(&str, &str)| Wanted { find: Find::Path((*path).into()), name: (*name).into() };
        Download {
            address: self.address.to_owned(),
            bytes: self.bytes,
            sha256: Some(self.sha256.to_owned()),
            pack: Pack::of_name(self.address),
            takes: self.takes.iter().map(take).collect(),
        }
    }
}
