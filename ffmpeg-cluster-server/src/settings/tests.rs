//! Every way to say a setting, and every way to get it wrong.

use std::ffi::OsString;

use clap::{CommandFactory as _, FromArgMatches as _};
use ffmpeg_cluster_common::io::settings::layers::Layers;

use super::*;

fn read(line: &str) -> Result<Settings, Vec<String>> {
    let words = std::iter::once("server".to_owned()).chain(params::words(line).unwrap());
    let Layers { matches, mistakes, .. } =
        Layers::read(Flags::command(), words.map(OsString::from), &[]).unwrap();
    Settings::checked(Flags::from_arg_matches(&matches).unwrap(), mistakes)
}

#[test]
fn no_arguments_are_needed() {
    let settings = read("").unwrap();
    assert_eq!((settings.required_clients, settings.port, settings.exactly), (3, 5001, true));
    assert_eq!(settings.bind.to_string(), "::");
    assert_eq!(settings.ffmpeg_params.join(" "), "-c:v libx264 -preset medium");
}

#[test]
fn booleans_in_all_their_forms() {
    let exactly = |line: &str| read(line).unwrap().exactly;
    assert!(exactly("--exactly") && exactly("--exactly true") && exactly("--exactly=true"));
    assert!(!exactly("--exactly false") && !exactly("--exactly=false"));
    assert_eq!(read("--exactly --port 7").unwrap().port, 7);
}

#[test]
fn all_mistakes_at_once() {
    let wrong = "--required-clients 0 --chunk-size 1 --media-root /no/such --file-name-output a/b.mp4 --port abc \
                 --max-retries -1 --retry-delay 1e3 --exactly=maybe --bind localhost --log-format xml";
    let mistakes = read(wrong).unwrap_err();
    for flag in wrong.split([' ', '=']).filter(|word| word.starts_with("--")) {
        let named = mistakes.iter().filter(|mistake| mistake.starts_with(flag)).count();
        assert_eq!(named, 1, "{flag} in {mistakes:#?}");
    }
    assert_eq!(mistakes.len(), 10, "{mistakes:#?}");
    let mistakes = read("--ffmpeg-params '-c:v libx264 -ss x -wibble 4'").unwrap_err();
    assert_eq!(mistakes.len(), 2, "{mistakes:?}");
}

#[test]
fn numbers_up_to_their_bounds() {
    for good in ["--port 0", "--port 65535", "--max-retries 1", "--retry-delay 0", "--required-clients 10000"]
    {
        assert!(read(good).is_ok(), "{good}");
    }
    for bad in
        ["--port 65536", "--max-retries 0", "--required-clients 10001", "--chunk-size 99999999999999999999"]
    {
        assert_eq!(read(bad).unwrap_err().len(), 1, "{bad}");
    }
}

#[test]
fn parameters_are_judged_for_the_container_of_the_name() {
    assert!(read("--ffmpeg-params '-c:v libvpx-vp9' --file-name-output a.webm").is_ok());
    let mistakes = read("--ffmpeg-params '-c:v libx264' --file-name-output a.webm").unwrap_err();
    assert!(mistakes[0].contains("--ffmpeg-params"), "{mistakes:?}");
    let mistakes = read("--file-name-output film.xyz").unwrap_err();
    assert!(mistakes[0].contains(".mkv"), "the known ones are not named: {mistakes:?}");
}

/// A file with this text, gone when the test is over.
struct Written(PathBuf);

impl Written {
    fn new(text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ffmpeg-cluster-{}.toml", uuid::Uuid::new_v4()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }
    fn with(&self, line: &str) -> Result<Settings, Vec<String>> {
        read(&format!("--config {} {line}", self.0.display()))
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn flags_win_over_the_file_and_the_file_over_defaults() {
    let file = Written::new("required-clients = 2\nmax-retries = 9\nexactly = false\n");
    let settings = file.with("--max-retries 4").unwrap();
    assert_eq!((settings.required_clients, settings.max_retries, settings.exactly), (2, 4, false));
    assert_eq!(settings.retry_delay_secs, 5);
}

#[test]
fn a_file_may_hold_every_setting() {
    let file = Written::new(
        "required-clients = 2\nbenchmark-duration = 4\nffmpeg-params = '-c:v libx265 -crf 30'\n\
         file-name-output = 'a.mkv'\nport = 7\nexactly = false\nhw = 'prefer'\nchunk-size = 65536\nmax-retries = 5\n\
         retry-delay = 6\nbind = '::1'\nwork-dir = 'w'\nmedia-root = ['/', '/tmp']\nffmpeg-dir = 'f'\n\
         log-format = 'json'\nno-download = true\nffmpeg-mirror = '/m'\n",
    );
    let all = file.with("").unwrap();
    assert_eq!((all.required_clients, all.benchmark_secs, all.port, all.exactly), (2, 4, 7, false));
    assert_eq!((all.chunk_bytes, all.max_retries, all.retry_delay_secs), (65536, 5, 6));
    assert_eq!(
        (all.ffmpeg_params.join(" "), all.file_name_output.as_str()),
        ("-c:v libx265 -crf 30".into(), "a.mkv")
    );
    assert_eq!((all.bind.to_string().as_str(), all.log_json), ("::1", true));
    assert_eq!((all.work_dir, all.ffmpeg.dir), ("w".into(), Some("f".into())));
    assert_eq!((all.ffmpeg.no_download, all.ffmpeg.mirror.as_deref()), (true, Some("/m")));
    assert_eq!((all.media_roots.media().len(), all.hw), (2, Hw::Prefer));
    let file = Written::new("allow-format = ['hls', 'tga9']\nallow-option = 'dia_size'\n");
    assert!(file.with("").unwrap().formats.opens("hls"));
    assert!(!file.with("--allow-format concat").unwrap().formats.opens("hls"));
    assert!(read("--hw sometimes").unwrap_err()[0].contains("prefer"));
}

#[test]
fn a_file_may_name_an_own_build_and_flags_win_over_it() {
    let hex = "9eac5b2b5076db5ff853a6fa0dcd6b8de7d0cac8481eadda6c47cd935825f1ee";
    let file = Written::new(&format!(
        "ffmpeg-url = 'http://a/'\nffmpeg-sha256 = ['ffmpeg={hex}', 'ffprobe={hex}']\n"
    ));
    let told = file.with("--ffmpeg-url http://b/").unwrap().ffmpeg;
    assert_eq!((told.url.as_deref(), told.hashes.len()), (Some("http://b/"), 2));
    let mistakes = file.with("--ffmpeg-build full").unwrap_err();
    assert!(mistakes[0].starts_with("--ffmpeg-build"), "{mistakes:?}");
}

#[test]
fn all_mistakes_of_a_file_and_of_the_flags_at_once() {
    let file = Written::new("reqired-clients = 2\nchunksize = 3\nport = [1]\nbenchmark-duration = 2.5\n");
    let mistakes = file.with("--max-retries 0").unwrap_err();
    for named in ["reqired-clients", "chunksize", "port", "benchmark-duration", "max-retries"] {
        assert!(mistakes.iter().any(|mistake| mistake.contains(named)), "{named} in {mistakes:#?}");
    }
    assert_eq!(mistakes.len(), 5, "{mistakes:#?}");
    let broken = Written::new("port = = 3\n").with("--max-retries 0").unwrap_err();
    assert_eq!(broken.len(), 2, "{broken:#?}");
    let missing = read("--config /no/such/file.toml --max-retries 0").unwrap_err();
    assert_eq!(missing.len(), 2, "{missing:#?}");
}
