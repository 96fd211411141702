//! Flags over variables over the file over defaults. Variables themselves are tried by whole programs.

use std::path::PathBuf;

use ffmpeg_cluster_common::io::settings::truths;

use super::*;
use crate::cli::asked::Asked;
use crate::encode::settings::HwAccel;
use crate::machine::scratch::Scratch;

/// A file with this text.
struct Written(Scratch);

impl Written {
    fn new(text: &str) -> Self {
        let scratch = Scratch::new();
        std::fs::write(scratch.path().join("client.toml"), text).unwrap();
        Self(scratch)
    }
    fn path(&self) -> PathBuf {
        self.0.path().join("client.toml")
    }
    fn given(&self, line: &str) -> Given {
        let words = ["client".into(), "--config".into(), self.path().into_os_string()];
        Given::read(words.into_iter().chain(line.split_whitespace().map(OsString::from))).unwrap()
    }
    fn asked(&self, line: &str) -> Result<Asked, Vec<String>> {
        self.given(line).check()
    }
}

#[test]
fn flags_win_over_the_file_and_the_file_over_defaults() {
    let file = Written::new("benchmark-duration = 4\nhw-slots = 5\npersistent = false\ndrain = true\n");
    let settings = file.asked("--hw-slots 6 --drain false").unwrap().settings;
    assert_eq!((settings.benchmark_secs, settings.hw_slots), (4, 6));
    assert_eq!((settings.persistent, settings.drain, settings.self_update), (false, false, false));
    assert_eq!(settings.reconnect_delay.0, 3_000);
}

#[test]
fn a_file_may_hold_every_setting() {
    let file = Written::new(
        "server-ip = '192.0.2.7'\nserver-port = 7000\nwork-dir = 'w'\nlog-format = 'json'\nbenchmark-duration = 4\n\
         reconnect-delay = 5\npersistent = false\ndrain = true\nself-update = true\nhw-accel = 'none'\nhw-slots = 3\n\
         ffmpeg-dir = 'f'\nno-download = true\nallow-option = ['dia_size', 'wibble']\nallow-format = 'hls'\n\
         trace = 't'\nname = '-n'\n",
    );
    let all = file.asked("").unwrap();
    let settings = all.settings;
    assert_eq!(
        (all.server.ip.as_deref(), all.server.port, all.log_json),
        (Some("192.0.2.7"), Some(7000), true)
    );
    assert_eq!((settings.work_dir, settings.trace), ("w".into(), Some("t".into())));
    assert_eq!((settings.benchmark_secs, settings.reconnect_delay.0), (4, 5_000));
    assert_eq!((settings.persistent, settings.drain, settings.self_update), (false, true, true));
    assert_eq!((settings.hw_accel, settings.hw_slots), (HwAccel::None, 3));
    assert_eq!((settings.ffmpeg.dir, settings.ffmpeg.no_download), (Some("f".into()), true));
    assert_eq!((settings.name.as_deref(), settings.formats.opens("hls")), (Some("-n"), true));
    let other = Written::new("ffmpeg-mirror = '/m'\n").asked("fetch-ffmpeg").unwrap().settings;
    assert_eq!(other.ffmpeg.mirror.as_deref(), Some("/m"));
}

#[test]
fn a_list_on_the_command_line_replaces_that_of_the_file() {
    let file = Written::new("allow-format = ['hls', 'tga9']\n");
    assert!(file.asked("").unwrap().settings.formats.opens("hls"));
    assert!(!file.asked("--allow-format concat").unwrap().settings.formats.opens("hls"));
}

#[test]
fn all_mistakes_of_the_file_and_of_the_flags_are_named_at_once() {
    let file = Written::new(
        "hw-slot = 2\nwibble = 3\nserver-port = [1]\nname = ''\nupload-file = 'f'\nparticipate = true\nhw-slots = 0\n",
    );
    let mistakes = file.asked("--benchmark-duration ten jobs").unwrap_err();
    let of = |key: &str| format!("--config {}: {key}: ", file.path().display());
    for wanted in [
        of("hw-slot") + "unknown key; did you mean hw-slots?",
        of("participate") + "it applies to one start of the program and can't stand in a file",
        of("wibble") + "unknown key; `config show` lists all keys",
        of("server-port") + "expected one value: a text, a number, or true or false",
        of("name") + "the value is empty; leave the key out for its default",
        "--hw-slots 0: expected a whole number from 1 to 64".to_owned(),
        "--benchmark-duration ten: expected a whole number from 1 to 86400".to_owned(),
    ] {
        assert!(mistakes.contains(&wanted), "{wanted} is missing in {mistakes:#?}");
    }
    assert_eq!(mistakes.len(), 8, "{mistakes:#?}");
    let broken = Written::new("drain = = 3\n").asked("--hw-slots 0").unwrap_err();
    assert_eq!(broken.len(), 2, "{broken:#?}");
    let words = ["client", "--config", "/no/such/file.toml", "--hw-slots", "0"].map(OsString::from);
    assert_eq!(Given::read(words).unwrap().check().unwrap_err().len(), 2);
}

#[test]
fn each_setting_says_where_it_comes_from() {
    let file = Written::new("drain = true\nallow-format = ['hls', 'tga9']\nhw-slots = 3\n");
    let given =
        file.given("--hw-slots 4 --ffmpeg-mirror https://me:secret@a.example/m?key=secret config show");
    let of = |name: &str| {
        let found = given.settings.iter().find(|setting| setting.name == name).unwrap();
        (found.value.clone().unwrap_or_default(), found.from.clone())
    };
    let from_file = format!("file {}", file.path().display());
    assert_eq!(of("hw-slots"), ("4".into(), "flag".into()));
    assert_eq!(of("drain"), ("true".into(), from_file.clone()));
    assert_eq!(of("allow-format"), ("hls,tga9".into(), from_file));
    assert_eq!(of("benchmark-duration"), ("10".into(), "default".into()));
    assert_eq!(of("server-ip"), (String::new(), "default".into()));
    assert_eq!(of("config"), (file.path().display().to_string(), "flag".into()));
    assert_eq!(of("ffmpeg-mirror"), ("https://…@a.example/m?…".into(), "flag".into()));
}

#[test]
fn a_flag_after_the_verb_counts_too() {
    let file = Written::new("server-port = 7000\n");
    let words = ["client", "jobs", "--server-ip", "::1", "--config"].map(OsString::from);
    let given = Given::read(words.into_iter().chain([file.path().into_os_string()])).unwrap();
    assert_eq!(given.check().unwrap().server.port, Some(7000));
}

#[test]
fn clap_takes_the_flags_as_they_are_declared() {
    truths::stand_alone(Cli::command()).debug_assert();
}
