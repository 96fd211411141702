use std::path::Path;

use super::*;
use crate::media::source::formats::{self, Formats};
use crate::tools::builds::Wish;

fn wish(dir: &Path) -> Wish {
    Wish { dir: Some(dir.to_owned()), ..Wish::default() }
}

#[tokio::test]
async fn a_missing_tool_says_where_we_looked() {
    let empty = std::env::temp_dir().join("no-such-folder-of-tools");
    let error = find(&wish(&empty), Path::new("work")).await.unwrap_err().to_string();
    assert!(error.contains("no-such-folder-of-tools") && error.contains("--ffmpeg-dir"), "{error}");
}

/// A newer ffmpeg may have more.
/// Whoever puts one on a list of `media/source/formats/lists.rs` has looked at what it opens.
#[tokio::test]
async fn somebody_has_looked_at_every_format_that_ffmpeg_lists() {
    let work = std::env::temp_dir().join(format!("ffmpeg-cluster-formats-{}", std::process::id()));
    let tools = find(&Wish::default(), &work).await.unwrap();
    let opened = Formats::default();
    // The other refusals say in brackets why.
    let is_judged = |name: &&String| opened.opens(name) || formats::refusal(name, "x").contains("open (");
    let new: Vec<&String> = tools.capabilities.demuxers.iter().filter(|name| !is_judged(name)).collect();
    std::fs::remove_dir_all(&work).unwrap();
    assert!(new.is_empty(), "ffmpeg {} also has {new:?}", tools.version);
}

#[test]
fn formats_that_this_ffmpeg_lacks_are_a_mistake() {
    let capabilities = Capabilities { demuxers: ["hls".to_owned()].into(), ..Capabilities::default() };
    let tools = Tools { capabilities, ..Tools::default() };
    let allow = |name: &str| tools.allow(&Formats::allowing(&[name.to_owned()]).unwrap());
    assert!(allow("hls").is_ok());
    assert!(allow("hsl").unwrap_err().to_string().contains("--allow-format hsl"));
}

#[cfg(unix)]
mod on_unix {
    use super::*;

    /// Programs in place of ffmpeg and ffprobe, that say they are of these versions and log their
    /// runs; for the rest they are the real ones.
    struct FakeTools(PathBuf);

    impl FakeTools {
        fn new(name: &str, ffmpeg: &str, ffprobe: &str) -> Self {
            let folder =
                std::env::temp_dir().join(format!("ffmpeg-cluster-fake-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&folder).unwrap();
            let this = Self(folder);
            for (program, version) in [("ffmpeg", ffmpeg), ("ffprobe", ffprobe)] {
                let real = which::which(program).unwrap();
                let script = format!(
                    "#!/bin/sh\n[ \"$1\" != -version ] || {{ echo '{program} version {version} Copyright'; exit; }}\n\
                     exec {} \"$@\"\n",
                    real.display()
                );
                let path = this.0.join(program);
                std::fs::write(&path, script).unwrap();
                std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
            }
            this
        }
        async fn found(&self) -> anyhow::Result<Tools> {
            find(&wish(&self.0), &self.0.join("work")).await
        }
    }

    impl Drop for FakeTools {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[tokio::test]
    async fn versions_below_the_floor_are_refused_with_the_reason() {
        let old = FakeTools::new("old", "5.0.3", "5.0.3").found().await.unwrap_err().to_string();
        assert!(old.contains("5.0.3") && old.contains("-fps_mode"), "{old}");
        for fine in ["5.1", "N-118000-gabc", "8.1.2"] {
            let tools = FakeTools::new(fine, fine, "6.0");
            assert_eq!(tools.found().await.unwrap().version, fine);
        }
    }

    #[tokio::test]
    async fn what_it_can_do_is_asked_once_and_again_when_it_was_changed_or_forgotten() {
        let tools = FakeTools::new("known", "7.0", "7.0");
        let first = tools.found().await.unwrap();
        assert!(first.capabilities.encoders.contains("libx264") && first.capabilities.muxers.contains("mp4"));
        let kept = tools.0.join(format!("work/tools/known/{}.json", first.key));
        let mut known = first.capabilities.clone();
        known.encoders.insert("a_mark".into());
        std::fs::write(&kept, serde_json::to_vec(&known).unwrap()).unwrap();
        assert!(
            tools.found().await.unwrap().capabilities.encoders.contains("a_mark"),
            "it was not asked again"
        );
        for broken in ["", "{", "{}", &serde_json::to_string(&Capabilities::default()).unwrap()] {
            std::fs::write(&kept, broken).unwrap();
            assert_eq!(tools.found().await.unwrap().capabilities, first.capabilities);
            assert_eq!(
                serde_json::from_slice::<Capabilities>(&std::fs::read(&kept).unwrap()).unwrap(),
                first.capabilities
            );
        }
        // The program is the same, its libraries are not.
        let ffmpeg = tools.0.join("ffmpeg");
        let script = std::fs::read_to_string(&ffmpeg).unwrap();
        std::fs::write(&ffmpeg, script.replace("Copyright", "libavcodec 61")).unwrap();
        assert_ne!(tools.found().await.unwrap().key, first.key);
    }
}
