//! What would be refused is not sent first.

use std::fs::File;
use std::path::{Path, PathBuf};

use harness::cluster::{Cluster, Running};
use harness::films::film;
use harness::proxy::{Harm, Proxy, Way};

const LONG: u64 = 200 << 20;
/// More than a film's beginning and all that is said beside it.
const BEGINNING: u64 = 20_000_000;

/// As long as a film that takes a while, and as short on the disk as before.
fn prolonged(cluster: &Cluster, from: &Path, name: &str) -> PathBuf {
    let path = cluster.scratch.path().join(name);
    std::fs::copy(from, &path).unwrap();
    File::options().write(true).open(&path).unwrap().set_len(LONG).unwrap();
    path
}

fn upload(cluster: &Cluster, port: u16, file: &Path, params: &str) -> Running {
    let (port, file) = (port.to_string(), file.display().to_string());
    let words = ["--server-ip", "127.0.0.1", "--server-port", &port, "--upload-file", &file];
    let words = [&words[..], &["--ffmpeg-params", params]].concat().into_iter().map(str::to_owned);
    Running::start("ffmpeg-cluster-client", &words.collect::<Vec<_>>(), cluster.scratch.path())
}

/// 381 MiB of no film went over before it was refused.
#[test]
fn what_would_be_refused_is_refused_before_it_is_sent() {
    let cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let film = film("medium.mkv");
    let text = prolonged(&cluster, &std::env::current_exe().unwrap(), "program.mkv");
    let film = prolonged(&cluster, &film, "long.mkv");
    for (file, params, mark, most) in [
        (&text, "-crf 30", "NOT_A_FILM", BEGINNING),
        (&film, "-c:v nosuch", "nosuch", 100_000),
        (&film, "-c:v libx264 -pix_fmt nosuch", "ffmpeg refuses the parameters", BEGINNING),
    ] {
        let proxy = Proxy::with_plan(cluster.ask.port(), &[Harm::cut(Way::Up, most)]);
        let mut person = upload(&cluster, proxy.port(), file, params);
        assert_eq!(person.end().code(), Some(1), "{}", person.log.text());
        let said = person.text_at_end();
        assert!(said.contains(mark) && said.contains("the client sends no more of the film"), "{said}");
        assert_eq!(proxy.log.count("done"), 0, "{params}: more than {most} bytes went over");
    }
    assert_eq!(cluster.server.log.count("job accepted"), 0);
}
