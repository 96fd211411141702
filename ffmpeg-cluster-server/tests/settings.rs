//! The program, its environment and its exit codes. No server gets as far as starting here: each line has a mistake, or
//! a folder that is taken.

use std::process::{Command, Output};

fn server(environment: &[(&str, &str)], flags: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ffmpeg-cluster-server"));
    command.args(flags).envs(environment.iter().copied()).output().expect("the program was built")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn every_flag_has_a_variable() {
    let wrong = [
        ("FFMPEG_CLUSTER_REQUIRED_CLIENTS", "0"),
        ("FFMPEG_CLUSTER_BENCHMARK_DURATION", "x"),
        ("FFMPEG_CLUSTER_FFMPEG_PARAMS", "-c:v libx264 -wibble 3"),
        ("FFMPEG_CLUSTER_PORT", "65536"),
        ("FFMPEG_CLUSTER_EXACTLY", "maybe"),
        ("FFMPEG_CLUSTER_CHUNK_SIZE", "1"),
        ("FFMPEG_CLUSTER_MAX_RETRIES", "-1"),
        ("FFMPEG_CLUSTER_RETRY_DELAY", "soon"),
        ("FFMPEG_CLUSTER_BIND", "here"),
        ("FFMPEG_CLUSTER_MEDIA_ROOT", "/no/such/folder"),
        ("FFMPEG_CLUSTER_ALLOW_FORMAT", "rawvideo"),
        ("FFMPEG_CLUSTER_CONFIG", "/no/such/file.toml"),
        ("FFMPEG_CLUSTER_LOG_FORMAT", "xml"),
        ("FFMPEG_CLUSTER_UPLOAD_MAX", "10X"),
        ("FFMPEG_CLUSTER_QUOTA", "-1"),
        ("FFMPEG_CLUSTER_QUOTA_TOTAL", "0"),
        ("FFMPEG_CLUSTER_JOBS_MAX", "0"),
        ("FFMPEG_CLUSTER_KEEP_RESULTS", "soon"),
        ("FFMPEG_CLUSTER_KEEP_RESULTS_BYTES", "1.5G"),
        ("FFMPEG_CLUSTER_KEEP_UPLOADS", "0"),
    ];
    let ended = server(&wrong, &[]);
    assert_eq!(ended.status.code(), Some(2));
    let said = said(&ended);
    for (variable, _) in wrong {
        let flag = variable
            .trim_start_matches("FFMPEG_CLUSTER")
            .replace('_', "-")
            .replacen('-', "--", 1)
            .to_lowercase();
        assert!(said.contains(&flag), "{flag} is not named in:\n{said}");
    }
    assert_eq!(said.lines().filter(|line| line.starts_with("error: ")).count(), wrong.len(), "{said}");
    let name = server(&[("FFMPEG_CLUSTER_FILE_NAME_OUTPUT", "a/b.mp4")], &[]);
    assert!(self::said(&name).contains("--file-name-output"), "{name:?}");
}

/// The other mistake keeps the server from starting where the value in question is right.
#[test]
fn flags_win_over_variables_and_variables_over_the_file() {
    let folder = std::env::temp_dir().join(format!("ffmpeg-cluster-settings-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("server.toml");
    std::fs::write(&file, "port = 99999\nmax-retries = 77777\n").unwrap();
    let config = ["--config", file.to_str().unwrap(), "--chunk-size", "1"];
    let said =
        |variables: &[(&str, &str)], flags: &[&str]| said(&server(variables, &[&config, flags].concat()));
    assert!(said(&[], &[]).contains("--port 99999"));
    assert!(said(&[("FFMPEG_CLUSTER_PORT", "88888")], &[]).contains("--port 88888"));
    let flag = said(&[("FFMPEG_CLUSTER_PORT", "88888")], &["--port", "5"]);
    assert!(!flag.contains("--port") && flag.contains("--max-retries 77777"), "{flag}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_flag_that_does_not_exist_is_wrong_usage() {
    assert_eq!(server(&[], &["--wibble"]).status.code(), Some(2));
    assert_eq!(server(&[], &["--help"]).status.code(), Some(0));
}

/// Also where both would have listened on the same port, as when somebody starts it twice.
#[test]
fn a_folder_in_use_is_told_before_a_port_in_use() {
    let folder = std::env::temp_dir().join(format!("ffmpeg-cluster-in-use-{}", std::process::id()));
    let _place = ffmpeg_cluster_server::store::housekeeping::WorkFolder::take(&folder).unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ended = server(&[], &["--work-dir", folder.to_str().unwrap(), "--port", &port]);
    assert_eq!(ended.status.code(), Some(3), "{}", said(&ended));
    assert!(said(&ended).contains("--work-dir"), "{}", said(&ended));
    let elsewhere = folder.join("other");
    let ended = server(&[], &["--work-dir", elsewhere.to_str().unwrap(), "--port", &port]);
    assert_eq!(ended.status.code(), Some(1), "{}", said(&ended));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_format_that_ffmpeg_does_not_know_is_told_at_the_start() {
    let work = std::env::temp_dir().join(format!("ffmpeg-cluster-no-format-{}", std::process::id()));
    let folder = work.to_str().unwrap();
    let ended = server(&[], &["--work-dir", folder, "--no-download", "--allow-format", "no_such_format"]);
    let told = said(&ended);
    std::fs::remove_dir_all(&work).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{told}");
    assert!(told.contains("--allow-format no_such_format: this ffmpeg knows no format"), "{told}");
}
