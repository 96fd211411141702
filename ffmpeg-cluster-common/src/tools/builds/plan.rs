//! Turns the operator's wish into a plan of downloads, or says what the operator must add.

use std::path::PathBuf;

use super::{Build, Download, Platform, manifest, name_of};
use crate::text::hex;
use crate::tools::archive::{Find, Pack, Wanted};

/// The operator's wish: how to find or fetch ffmpeg.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// Use only the ffmpeg in this folder.
    pub dir: Option<PathBuf>,
    pub no_download: bool,
    /// Use this build, whatever else is installed.
    pub build: Option<Build>,
    /// Take the manifest's files from here instead, from an address or a folder.
    pub mirror: Option<String>,
    /// The operator's own build: the address of an archive, or of a folder with both programs,
    /// ending with a slash.
    pub url: Option<String>,
    pub hashes: Vec<Hash>,
}

/// A hash that the operator gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hash {
    /// The last part of the file's address; required if there are several files.
    pub name: Option<String>,
    pub sha256: String,
}

impl std::str::FromStr for Hash {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, sha256) = match text.rsplit_once('=') {
            Some((name, sha256)) => (Some(name.to_owned()), sha256),
            None => (None, text),
        };
        let sha256 = sha256.trim().to_ascii_lowercase();
        if !hex::is_sha256(&sha256) {
            return Err("expected the 64 hexadecimal digits of a SHA-256, or NAME= and these".into());
        }
        Ok(Self { name, sha256 })
    }
}

/// What to fetch for one platform, with the hash of every file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub platform: Platform,
    /// The name for people: `FFmpeg 8.1.2 (static)`.
    pub label: String,
    pub files: Vec<Planned>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// An address, or a file's path.
    pub from: String,
    pub name: String,
    pub bytes: Option<u64>,
    pub sha256: String,
    pub pack: Pack,
    pub takes: Vec<Wanted>,
}

impl Plan {
    /// The name of the folder for the fetched files; other files get another folder.
    pub fn key(&self) -> String {
        let starts: Vec<&str> = self.files.iter().map(|file| &file.sha256[..8]).collect();
        starts.join("-")
    }
}

impl Wish {
    /// Whether the operator wants a particular build.
    pub(crate) fn names_a_build(&self) -> bool {
        self.build.is_some() || self.url.is_some()
    }

    /// Contradictions in the wish, one sentence each.
    pub(crate) fn mistakes(&self) -> Vec<String> {
        let rules = [
            (
                self.url.is_some() && self.build.is_some(),
                "--ffmpeg-build: --ffmpeg-url already says which build",
            ),
            (
                self.url.is_some() && self.mirror.is_some(),
                "--ffmpeg-mirror: --ffmpeg-url already says where from",
            ),
            (
                self.dir.is_some() && self.names_a_build(),
                "--ffmpeg-dir: another flag names a build to be fetched",
            ),
            (
                self.url.is_none() && !self.hashes.is_empty() && self.plan(Platform::LinuxX86_64).is_ok(),
                "--ffmpeg-sha256: goes only with --ffmpeg-url; this program has the hashes of the listed builds",
            ),
        ];
        let mut wrong: Vec<String> =
            rules.into_iter().filter(|rule| rule.0).map(|rule| rule.1.to_owned()).collect();
        if self.url.as_deref().is_some_and(|url| name_of(url).is_empty() && !url.ends_with('/')) {
            wrong.push(
                "--ffmpeg-url: expected the address of a file, or of a folder with a slash at its end".into(),
            );
        }
        wrong
    }

    /// The downloads for `platform`; an error says what the operator must add.
    pub fn plan(&self, platform: Platform) -> Result<Plan, String> {
        let (label, downloads) = match &self.url {
            Some(url) => (format!("the ffmpeg of {}", name_or(url)), own(url, platform)),
            None => {
                let build = self.build.unwrap_or_default();
                (manifest::label(build).to_owned(), manifest::downloads(build, platform))
            }
        };
        let alone = downloads.len() == 1;
        let files =
            downloads.into_iter().map(|download| self.planned(download, alone)).collect::<Result<_, _>>()?;
        Ok(Plan { platform, label, files })
    }

    fn planned(&self, download: Download, alone: bool) -> Result<Planned, String> {
        let name = download.name().to_owned();
        let fits = |hash: &&Hash| hash.name.as_ref().map_or(alone, |of| *of == name);
        let given = self.hashes.iter().find(fits).map(|hash| hash.sha256.clone());
        let Some(sha256) = download.sha256.or(given) else {
            let flag = if alone { "HEX".to_owned() } else { format!("{name}=HEX") };
            return Err(format!(
                "this program does not know the SHA-256 of {name}, and runs nothing without one: get it from its makers and give --ffmpeg-sha256 {flag}"
            ));
        };
        let from = match &self.mirror {
            Some(mirror) => format!("{}/{name}", mirror.trim_end_matches('/')),
            None => download.address,
        };
        Ok(Planned { from, name, bytes: download.bytes, sha256, pack: download.pack, takes: download.takes })
    }
}

/// The name for messages. The part of an address before the host may contain secrets, so messages
/// do not show the address itself.
fn name_or(url: &str) -> &str {
    let name = name_of(url);
    if name.is_empty() { "--ffmpeg-url" } else { name }
}

fn own(url: &str, platform: Platform) -> Vec<Download> {
    let programs = ["ffmpeg", "ffprobe"].map(|program| platform.file(program));
    let wanted = |find: Find, name: &String| Wanted { find, name: name.clone() };
    let download = |address: String, takes| {
        let pack = Pack::of_name(name_of(&address));
        Download { address, bytes: None, sha256: None, pack, takes }
    };
    if url.ends_with('/') {
        let of =
            |name: &String| download(format!("{url}{name}"), vec![wanted(Find::Path(String::new()), name)]);
        return programs.iter().map(of).collect();
    }
    let takes = programs.iter().map(|name| wanted(Find::Named(name.clone()), name)).collect();
    vec![download(url.to_owned(), takes)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "9eac5b2b5076db5ff853a6fa0dcd6b8de7d0cac8481eadda6c47cd935825f1ee";

    fn own_build(url: &str, hashes: &[String]) -> Wish {
        let hashes = hashes.iter().map(|text| text.parse().unwrap()).collect();
        Wish { url: Some(url.into()), hashes, ..Wish::default() }
    }

    #[test]
    fn nothing_asked_for_is_the_static_build() {
        let plan = Wish::default().plan(Platform::LinuxX86_64).unwrap();
        assert_eq!(plan.key(), "9eac5b2b-065d3c56");
        assert_eq!(plan.label, "FFmpeg 8.1.2 (static)");
        let names: Vec<_> = plan.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["ffmpeg-linux-x64", "ffprobe-linux-x64"]);
    }

    #[test]
    fn a_mirror_changes_where_from_and_not_what() {
        let there = Wish::default().plan(Platform::MacosAarch64).unwrap();
        for (mirror, from) in [
            ("http://mirror.example/ffmpeg/", "http://mirror.example/ffmpeg/ffmpeg-osx-arm64"),
            ("/mnt/mirror", "/mnt/mirror/ffmpeg-osx-arm64"),
        ] {
            let here =
                Wish { mirror: Some(mirror.into()), ..Wish::default() }.plan(Platform::MacosAarch64).unwrap();
            assert_eq!((here.files[0].from.as_str(), here.key()), (from, there.key()));
        }
    }

    #[test]
    fn an_unknown_file_is_not_fetched_before_somebody_vouches_for_it() {
        let refused =
            own_build("https://a.example/x/ffmpeg.zip", &[]).plan(Platform::LinuxX86_64).unwrap_err();
        assert!(refused.ends_with("give --ffmpeg-sha256 HEX") && refused.contains("ffmpeg.zip"), "{refused}");
        let of_two = own_build("https://a.example/x/", &[format!("ffmpeg={HEX}")]);
        let refused = of_two.plan(Platform::LinuxX86_64).unwrap_err();
        assert!(refused.ends_with("give --ffmpeg-sha256 ffprobe=HEX"), "{refused}");
        // It is unclear which of the two files the hash is for.
        let unnamed = own_build("https://a.example/x/", &[HEX.to_owned()]);
        assert!(unnamed.plan(Platform::LinuxX86_64).is_err());
    }

    #[test]
    fn an_own_build_may_be_an_archive_or_a_folder() {
        let archive = own_build("https://a.example/x/my.tar.xz?token=1", &[HEX.to_owned()]);
        let plan = archive.plan(Platform::WindowsX86_64).unwrap();
        assert_eq!((plan.files[0].pack, plan.files[0].name.as_str()), (Pack::TarXz, "my.tar.xz"));
        assert_eq!(plan.files[0].takes[1].find, Find::Named("ffprobe.exe".into()));
        let both = [format!("ffmpeg={HEX}"), format!("ffprobe={HEX}")];
        let folder = own_build("http://a.example/x/", &both).plan(Platform::LinuxX86_64).unwrap();
        assert_eq!(folder.files[1].from, "http://a.example/x/ffprobe");
        assert_eq!(folder.files[1].pack, Pack::Plain);
    }

    #[test]
    fn what_does_not_go_together_is_named() {
        let (url, build) = (Some("https://a.example/f.zip".to_owned()), Some(Build::Full));
        let mirror = Some("/m".to_owned());
        let hashes = vec![HEX.parse().unwrap()];
        let all = [
            (Wish { url: url.clone(), build, ..Wish::default() }, "--ffmpeg-build"),
            (Wish { url: url.clone(), mirror, ..Wish::default() }, "--ffmpeg-mirror"),
            (Wish { dir: Some("/d".into()), build, ..Wish::default() }, "--ffmpeg-dir"),
            (Wish { hashes, ..Wish::default() }, "--ffmpeg-sha256"),
        ];
        for (wish, flag) in all {
            let mistakes = wish.mistakes();
            assert!(mistakes.len() == 1 && mistakes[0].starts_with(flag), "{mistakes:?}");
        }
        assert!(own_build("https://a.example/x/", &[]).mistakes().is_empty());
    }

    #[test]
    fn a_hash_is_64_digits() {
        assert_eq!(format!("a.zip={}", HEX.to_uppercase()).parse::<Hash>().unwrap().sha256, HEX);
        for wrong in ["", "abc", &HEX[1..], &format!("{HEX}0"), &HEX.replace('9', "g")] {
            assert!(wrong.parse::<Hash>().is_err(), "{wrong}");
        }
    }
}
