//! Films that are another by the time they are joined: by a link that is swapped in, and by bytes that are changed in place.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use harness::cluster::{Cluster, Scratch};
use harness::films::film;
use harness::log::PATIENCE;
use harness::poll::{OFTEN, SOON, comes};
use harness::processes::running_in;
use serde_json::{Value, json};

use crate::fake_tools::fake_ffmpeg;

/// All are alike but for their sound.
fn with_sound(path: &Path, hertz: u32) {
    let sound = format!("sine=f={hertz}:d=2");
    let made = Command::new("ffmpeg")
        .args("-v error -f lavfi -i testsrc=s=64x48:d=2 -f lavfi -i".split(' '))
        .arg(sound)
        .args("-c:v ffv1 -c:a pcm_s16le -f matroska -y".split(' '))
        .arg(path)
        .status();
    assert!(made.unwrap().success());
}

fn sound_of(path: &Path) -> String {
    let digest = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(path)
        .args("-map 0:a -f md5 -".split(' '))
        .output()
        .unwrap();
    String::from_utf8(digest.stdout).unwrap()
}

/// A fake ffmpeg that stops before and after a join (not the dry run of one) until it finds a file; otherwise it is the real one.
struct Held {
    cluster: Cluster,
    folder: PathBuf,
}

impl Held {
    fn start() -> Self {
        let scratch = Scratch::new();
        let folder = scratch.path().to_owned();
        let wait = |name: &str| {
            format!("sh -c 'until [ -e \"$0\" ]; do sleep 0.1; done' {}", folder.join(name).display())
        };
        // A dry run reads the source from near its end.
        let dry = "case \"$*\" in *' -ss '*) exec ffmpeg \"$@\";; esac";
        let does = format!("{dry}; {}; ffmpeg \"$@\"; code=$?; {}; exit $code", wait("go-1"), wait("go-2"));
        let tools = fake_ffmpeg(&folder, "pieces.ffconcat", &does);
        let setup =
            Cluster::new().clients(1).encode("-c:v ffv1 -c:a copy", ".mkv").with(&["--ffmpeg-dir", &tools]);
        Self { cluster: setup.start_in(scratch), folder }
    }

    /// Once it waits for this file, `then` is done, and it goes on.
    fn at(&self, name: &str, then: impl FnOnce()) {
        let wanted = format!("{name} ");
        let waits = || running_in(&self.folder).iter().any(|process| process.command.ends_with(&wanted));
        let log = &self.cluster.server.log;
        assert!(comes(OFTEN, PATIENCE, waits), "nothing waits for {name}: {}", log.text());
        then();
        fs::write(self.folder.join(name), "").unwrap();
    }
}

/// Seen: Completed, with the sound and the title of a film that lies outside the media roots.
#[tokio::test]
async fn a_link_that_is_swapped_in_during_the_join_brings_no_other_film_in() {
    for among_pieces in [true, false] {
        let held = Held::start();
        let (film, aside) = (held.folder.join("film.mkv"), held.folder.join("aside.mkv"));
        with_sound(&film, 440);
        let job = held.cluster.ask.submit(&film, Value::Null).await;
        held.at("go-1", || {
            // What a join may read beside its source are its pieces.
            let segments = held.cluster.work().join("server").join(&job).join("segments");
            assert!(segments.is_dir(), "{}", segments.display());
            let victim = if among_pieces { segments } else { held.folder.clone() }.join("victim.mkv");
            with_sound(&victim, 1000);
            fs::rename(&film, &aside).unwrap();
            symlink(&victim, &film).unwrap();
            assert_ne!(sound_of(&film), sound_of(&aside));
        });
        held.at("go-2", || {
            fs::remove_file(&film).unwrap();
            fs::rename(&aside, &film).unwrap();
        });
        let status = held.cluster.ask.completed(&job).await;
        let result = held.folder.join("out.mkv");
        held.cluster.ask.fetch(status["output_url"].as_str().unwrap(), &result).await;
        assert_eq!(sound_of(&result), sound_of(&film), "another film's sound, among pieces: {among_pieces}");
        held.cluster.leaves_nothing().await;
    }
}

/// Until the server has this file open.
fn wait_until_opened(cluster: &Cluster, film: &Path) {
    let fds = format!("/proc/{}/fd", cluster.server.pid());
    let is_it = |fd: fs::DirEntry| fs::read_link(fd.path()).is_ok_and(|to| to == film);
    let is_open = || fs::read_dir(&fds).unwrap().filter_map(Result::ok).any(is_it);
    assert!(comes(SOON, PATIENCE, is_open), "nobody opened {}", film.display());
}

/// The most films that are looked at at a time, before their jobs exist.
const LOOKS: usize = 4;

/// It was looked at by its path: what a stranger's link leads to was told by what the refusal said.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_swapped_in_before_the_first_look_is_not_followed() {
    let scratch = Scratch::new();
    let go = scratch.path().join("go");
    let wait = format!("until [ -e {} ]; do sleep 0.1; done", go.display());
    let tools = fake_ffmpeg(scratch.path(), "veryslow", &wait);
    let cluster = Cluster::new().with(&["--required-clients", "1", "--ffmpeg-dir", &tools]).start_in(scratch);
    let folder = cluster.scratch.path();
    let [other, film, aside, victim] = ["other", "film", "aside", "victim"].map(|name| folder.join(name));
    with_sound(&other, 440);
    with_sound(&film, 440);
    fs::write(&victim, "root:x:0:0").unwrap();
    let submit = |film: &Path, config: Value| {
        let (ask, wish) = (cluster.ask.clone(), json!({"file_path": film, "config": config}));
        tokio::spawn(async move { ask.command(json!({"ProcessLocalFile": wish})).await })
    };
    // While all turns are taken the last one waits with its film open. Of films that are asked the same, one would ask.
    let slow =
        |crf| submit(&other, json!({"ffmpeg_params": format!("-c:v libx264 -preset veryslow -crf {crf}")}));
    let taken: Vec<_> = (20..20 + LOOKS).map(slow).collect();
    let trials =
        || running_in(folder).into_iter().filter(|process| process.command.contains("veryslow")).count();
    let deadline = Instant::now() + PATIENCE;
    while trials() < LOOKS {
        assert!(Instant::now() < deadline, "{}", cluster.server.log.text());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let reply = submit(&film, Value::Null);
    wait_until_opened(&cluster, &film);
    fs::rename(&film, &aside).unwrap();
    symlink(&victim, &film).unwrap();
    fs::write(go, "").unwrap();
    let reply = reply.await.unwrap();
    assert!(reply["JobCreated"]["job_id"].is_string(), "it looked at what the link leads to: {reply}");
    for slow in taken {
        assert!(slow.await.unwrap()["JobCreated"].is_object());
    }
    cluster.leaves_nothing().await;
}

/// How a job ends whose film is changed after the last piece and before the join.
async fn changed_before_the_join(change: impl FnOnce(&Path)) -> Value {
    let mut cluster = Cluster::new().clients(1).encode("-c:v libx264", ".mkv").start();
    cluster.restart_server_with(&[("FFMPEG_CLUSTER_CRASH", "server.join.begun")]);
    cluster.server.log.wait("listening on");
    let source = cluster.scratch.path().join("source.mp4");
    fs::copy(film("half-second.mp4"), &source).unwrap();
    cluster.ask.try_command(json!({"ProcessLocalFile": {"file_path": source, "config": null}})).await;
    cluster.server.end();
    change(&source);
    cluster.restart_server();
    cluster.server.log.wait("listening on");
    let jobs = cluster.ask.command(json!("ListJobs")).await["JobsList"].clone();
    let status = cluster.ask.ended(jobs[0]["job_id"].as_str().unwrap()).await;
    cluster.leaves_nothing().await;
    status
}

/// Seen: 540 of 750 frames, Completed.
#[tokio::test]
async fn bytes_that_are_changed_in_place_end_the_job_whatever_the_films_time_says() {
    let status = changed_before_the_join(|source| {
        let then = fs::metadata(source).unwrap().modified().unwrap();
        let mut bytes = fs::read(source).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        let file = fs::File::options().write(true).open(source).unwrap();
        std::io::Write::write_all(&mut &file, &bytes).unwrap();
        file.set_modified(then).unwrap();
        assert_eq!(fs::metadata(source).unwrap().modified().unwrap(), then);
    })
    .await;
    assert_eq!(status["status"], "Failed", "{status:#}");
    let error = status["error"].as_str().unwrap();
    assert!(error.contains("changed after its frames were listed"), "{error}");
}

#[tokio::test]
async fn a_link_that_is_made_to_a_film_and_another_name_for_it_do_not_end_its_job() {
    let status = changed_before_the_join(|source| {
        fs::hard_link(source, source.with_extension("link")).unwrap();
        fs::rename(source, source.with_extension("aside")).unwrap();
        fs::rename(source.with_extension("aside"), source).unwrap();
    })
    .await;
    assert_eq!(status["status"], "Completed", "{status:#}");
}
