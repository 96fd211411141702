//! What people type to submit, watch and fetch, over connections that break.

use std::process::{Command, Stdio};

use harness::cluster::{Cluster, Setup};
use harness::films::film;
use harness::judge;
use harness::person::Person;
use harness::proxy::{Harm, Proxy, Way};
use harness::scratch::binary;
use rustix::process::Signal;
use serde_json::{Value, json};

fn nobody() -> Setup {
    Cluster::new().with(&["--required-clients", "1"])
}

#[test]
fn an_upload_goes_on_wherever_it_is_cut() {
    let cluster = nobody().start();
    // In a header, in each chunk, and after the server has a chunk but before its sender knows.
    let up =
        [100, 5_000, 700_000, 1_700_000, 1_700_001, 4_000_000, 9_000_000].map(|at| Harm::cut(Way::Up, at));
    let down = [400, 1_200].map(|at| Harm::cut(Way::Down, at));
    let proxy = Proxy::with_plan(cluster.ask.port(), &[&up[..], &down[..]].concat());
    let source = film("medium.mkv");
    let mut uploader = Person::of(&cluster).via(proxy.port()).submit(&source);
    cluster.server.log.wait("job accepted");
    proxy.assert_all_done();
    let uploads = std::fs::read_dir(cluster.work().join("server/uploads")).unwrap();
    let arrived: Vec<_> = uploads.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(arrived.len(), 1, "{arrived:?}");
    assert!(std::fs::read(&arrived[0]).unwrap() == std::fs::read(source).unwrap(), "other bytes arrived");
    uploader.signal(Signal::INT);
    uploader.end();
    assert!(uploader.text_at_end().contains("goes on"), "{}", uploader.log.text());
}

#[test]
fn a_killed_uploader_goes_on_in_its_next_life() {
    let cluster = Cluster::new().clients(2).start();
    let source = film("interlaced.mpg");
    let proxy = Proxy::with_plan(cluster.ask.port(), &[Harm::close(Way::Up, 1_500_000)]);
    let words = format!("--upload-file {} --output back.mkv", source.display());
    let mut first = Person::of(&cluster).via(proxy.port()).types(&words);
    proxy.log.wait("done");
    first.kill();
    // The memory belongs to the server's address, so the second one goes by the same door.
    proxy.refuse(false);
    let (well, text) = Person::of(&cluster).via(proxy.port()).said(&words);
    assert!(well, "{text}");
    assert!(text.contains("going on with an earlier upload, at byte 1048576"), "{text}");
    judge::same_film(&source, &cluster.scratch.path().join("back.mkv"), true, 1.1);
}

#[tokio::test]
async fn a_refused_job_does_not_cost_the_upload() {
    let cluster = nobody().start();
    let file = film("half-second.mp4");
    let words = format!("--upload-file {} --ffmpeg-params", file.display());
    let (well, text) = Person::of(&cluster).said(&format!("{words} -c:v=nosuch"));
    assert!(!well && text.contains("error: "), "{text}");
    let mut second = Person::of(&cluster).submit(&file);
    second.log.wait("going on with an earlier upload");
    cluster.server.log.wait("job accepted");
    second.signal(Signal::INT);
    assert!(!second.end().success());
}

#[tokio::test]
async fn ctrl_c_while_following_leaves_the_job_to_the_server() {
    let cluster = nobody().start();
    let words = format!("submit {} --follow", film("half-second.mp4").display());
    let mut person = Person::of(&cluster).types(&words);
    person.log.wait("WaitingForClients");
    person.signal(Signal::INT);
    assert_eq!(person.end().code(), Some(1));
    assert!(person.text_at_end().contains("goes on"), "{}", person.log.text());
    let jobs = cluster.ask.command(json!("ListJobs")).await;
    assert_eq!(jobs["JobsList"][0]["status"], "WaitingForClients", "{jobs}");
}

/// As of `jobs | head -1`, and of a full disk.
#[tokio::test]
async fn a_reader_who_leaves_is_no_trouble_and_a_full_disk_is() {
    let cluster = nobody().start();
    cluster.ask.submit(&film("half-second.mp4"), json!({})).await;
    let jobs = |output: Stdio| {
        let mut command = Command::new(binary("ffmpeg-cluster-client"));
        command.args(["jobs", "--server-port", &cluster.ask.port().to_string()]);
        command.current_dir(cluster.scratch.path()).stdout(output).output().unwrap()
    };
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let left = jobs(writer.into());
    assert!(left.status.success() && left.stderr.is_empty(), "{left:?}");
    let full = jobs(std::fs::File::options().write(true).open("/dev/full").unwrap().into());
    let told = String::from_utf8_lossy(&full.stderr);
    assert!(full.status.code() == Some(1) && told.contains("writing the answer"), "{told}");
}

#[tokio::test]
async fn a_download_goes_on_where_it_broke_and_never_overwrites() {
    let cluster = Cluster::new().clients(1).start();
    let job = cluster.ask.submit(&film("two-audio.mkv"), json!({})).await;
    let bytes = cluster.ask.completed(&job).await["report"]["result_bytes"].as_u64().unwrap();
    let harms = [10, 5_000, bytes / 2, bytes / 2 + 70_000, bytes].map(|at| Harm::cut(Way::Down, at));
    let proxy = Proxy::with_plan(cluster.ask.port(), &harms);
    let (well, text) = Person::of(&cluster).via(proxy.port()).said(&format!("status {job}"));
    assert!(!well && text.contains("the connection to 127.0.0.1:"), "{text}");
    for name in ["result.mkv", "result (1).mkv"] {
        let (well, text) = Person::of(&cluster).via(proxy.port()).said(&format!("download {job}"));
        assert!(well && text.lines().any(|line| line == name), "{text}");
        judge::same_film(&film("two-audio.mkv"), &cluster.scratch.path().join(name), true, 1.1);
    }
    proxy.assert_all_done();
    let hidden = std::fs::read_dir(cluster.scratch.path()).unwrap();
    let hidden: Vec<_> = hidden.map(|entry| entry.unwrap().file_name()).collect();
    assert!(!hidden.iter().any(|name| name.to_string_lossy().ends_with(".part")), "{hidden:?}");
}

#[tokio::test]
async fn a_spoiled_download_is_noticed_and_fetched_again() {
    let cluster = Cluster::new().clients(1).start();
    let job = cluster.ask.submit(&film("half-second.mp4"), json!({})).await;
    let bytes = cluster.ask.completed(&job).await["report"]["result_bytes"].as_u64().unwrap();
    let flip = |at: u64| Harm::flip(Way::Down, at);
    let once = Proxy::with_plan(cluster.ask.port(), &[flip(bytes / 2)]);
    let (well, text) =
        Person::of(&cluster).via(once.port()).said(&format!("download {job} --output once.mkv"));
    once.assert_all_done();
    assert!(well, "{text}");
    judge::same_film(&film("half-second.mp4"), &cluster.scratch.path().join("once.mkv"), true, 1.1);
    let always: Vec<Harm> = (1..40).map(|half| flip(half * bytes / 2)).collect();
    let always = Proxy::with_plan(cluster.ask.port(), &always);
    let (well, text) =
        Person::of(&cluster).via(always.port()).said(&format!("download {job} --output never.mkv"));
    assert!(!well && text.contains("is not the file that the server proved"), "{text}");
    assert!(!cluster.scratch.path().join("never.mkv").exists());
}

#[test]
fn following_outlives_a_server_that_is_killed() {
    let mut cluster = Cluster::new().clients(1).start();
    let words = format!("submit {} --output back.mkv", film("medium.mkv").display());
    let mut person = Person::of(&cluster).types(&words);
    person.log.wait("Processing");
    cluster.restart_server();
    assert!(person.end().success(), "{}", person.log.text());
    judge::same_film(&film("medium.mkv"), &cluster.scratch.path().join("back.mkv"), true, 1.1);
}

#[tokio::test]
async fn every_verb_answers_people_and_programs() {
    let cluster = Cluster::new().clients(1).start();
    let port = cluster.ask.port();
    let folder = cluster.scratch.path().join("results");
    std::fs::create_dir(&folder).unwrap();
    let words = format!("submit {} --json --output {}", film("half-second.mp4").display(), folder.display());
    let (well, text) = Person::of(&cluster).via(port).said(&words);
    assert!(well, "{text}");
    let done: Value = serde_json::from_str(text.lines().find(|line| line.starts_with('{')).unwrap()).unwrap();
    assert_eq!(done["JobStatus"]["status"], "Completed", "{done}");
    assert_eq!(done["output_path"], folder.join("half-second.mkv").to_str().unwrap());
    let job = done["JobStatus"]["job_id"].as_str().unwrap().to_owned();
    for (words, mark, key) in [
        ("jobs".to_owned(), "half-second.mp4", "JobsList"),
        ("clients".to_owned(), "CORES", "ClientsList"),
        (format!("status {job}"), "proved   13 of 13 frames", "JobStatus"),
        (format!("explain {job}"), "complete and proved", "explain"),
    ] {
        let (well, text) = Person::of(&cluster).via(port).said(&words);
        assert!(well && text.contains(mark), "{words}: {text}");
        let (well, text) = Person::of(&cluster).via(port).said(&format!("{words} --json"));
        let value: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{words}: {text}"));
        assert!(well && value.get(key).is_some(), "{words}: {value}");
    }
    let (well, text) = Person::of(&cluster).via(port).said(&format!("cancel {job}"));
    assert!(!well && text.contains("error: ") && text.contains("JOB_FINISHED"), "{text}");
    let (well, text) = Person::of(&cluster).via(port).said("status no-such-job --json");
    assert!(!well && text.contains("\"JOB_NOT_FOUND\""), "{text}");
}

#[test]
fn mistakes_are_told_before_anything_is_sent() {
    let cluster = nobody().start();
    let port = cluster.ask.port();
    let source = film("half-second.mp4").display().to_string();
    for (words, code, mark) in [
        (format!("submit {source} --required-clients many"), 2, "--required-clients"),
        (format!("submit {source} --output no/such/folder/x.mkv"), 1, "no/such/folder"),
        (format!("--upload-file {source} --output no/such/folder/x.mkv"), 1, "no/such/folder"),
        (format!("--upload-file {source} --output clip.gif"), 1, "must be one of .mp4"),
        ("--upload-file nothing.mkv".to_owned(), 1, "nothing.mkv"),
        ("--upload-file .".to_owned(), 1, "is not a file"),
        ("status".to_owned(), 2, "JOB"),
        (source.clone(), 2, "is a file; to have it encoded: --upload-file"),
        (format!("--upload-file {source} {source} --output x.mkv"), 1, "go into a folder"),
        ("--persistent false --server-port 1".to_owned(), 4, "no server answers at"),
        ("jobs --server-port 1".to_owned(), 4, "no server answers at 127.0.0.1:1"),
    ] {
        let words = words.as_str();
        let mut person = match words.strip_suffix(" --server-port 1") {
            Some(words) => Person::of(&cluster).via(1).types(words),
            None => Person::of(&cluster).via(port).types(words),
        };
        assert_eq!(person.end().code(), Some(code), "{words}: {}", person.log.text());
        assert!(person.text_at_end().contains(mark), "{words}: {}", person.log.text());
    }
    assert_eq!(cluster.server.log.count("upload announced"), 0);
    assert_eq!(cluster.server.log.count("job accepted"), 0);
}

/// One film went at a time, and five results were output.mp4, output (1).mp4 and so on.
#[test]
fn several_films_go_in_one_command_and_results_are_named_after_them() {
    let cluster = Cluster::new().clients(2).start();
    let films = ["half-second.mp4", "two-audio.mkv"].map(film);
    let [one, two] = films.each_ref().map(|film| film.display());
    let (well, text) = Person::of(&cluster).said(&format!("--upload-file {one} missing.mkv {two}"));
    assert!(!well && text.contains("1 of 3 films") && text.contains("missing.mkv: reading"), "{text}");
    for film in &films {
        let name = film.with_extension("mkv").file_name().unwrap().to_owned();
        judge::same_film(film, &cluster.scratch.path().join(name), true, 1.1);
    }
    let (well, text) = Person::of(&cluster).said(&format!("submit {one} --follow"));
    assert!(well && text.contains("ffmpeg-cluster-client download "), "{text}");
}

#[tokio::test]
async fn the_beginning_of_an_identity_is_enough_where_it_is_one() {
    let cluster = Cluster::new().clients(1).start();
    let job = cluster.ask.submit(&film("half-second.mp4"), json!({})).await;
    cluster.ask.completed(&job).await;
    let other = cluster.ask.submit(&film("half-second.mp4"), json!({})).await;
    let short = &job[..8];
    let person = Person::of(&cluster);
    for words in [format!("status {short}"), format!("explain {short}"), format!("download {short}")] {
        let (well, text) = person.said(&words);
        assert!(well, "{words}: {text}");
    }
    let (well, text) = person.said("jobs");
    assert!(well && text.contains(short) && !text.contains(&job), "{text}");
    assert_eq!(cluster.ask.get(&format!("/api/v1/jobs/{short}/result")).await.0, 200);
    for nobody in [&job[..3], "none"] {
        assert_eq!(cluster.ask.get(&format!("/api/v1/jobs/{nobody}")).await.0, 404);
    }
    let (_, newest) = cluster.ask.get("/api/v1/jobs?limit=1").await;
    assert_eq!(newest["items"].as_array().unwrap().len(), 1, "{newest}");
    assert_eq!(newest["items"][0]["job_id"], other.as_str(), "{newest}");
    assert_eq!(cluster.ask.get("/api/v1/jobs?limit=many").await.0, 400);
    assert_eq!(cluster.ask.get("/api/v1/jobs?status=Failed").await.0, 400);
    let (well, text) = person.said("disconnect client-of-nobody");
    assert!(!well && text.contains("CLIENT_NOT_FOUND"), "{text}");
}

/// It printed nothing at all.
#[test]
fn a_refused_upload_is_told_to_programs_too() {
    let cluster = nobody().start();
    let file = film("half-second.mp4");
    let words = format!("--upload-file {} --json --ffmpeg-params -c:v=nosuch", file.display());
    let (well, text) = Person::of(&cluster).said(&words);
    let line = text.lines().find(|line| line.starts_with('{')).unwrap_or_else(|| panic!("{text}"));
    let told: Value = serde_json::from_str(line).unwrap();
    assert!(!well && told["Error"]["code"] == "INVALID_PARAMETERS", "{told}");
    assert_eq!(told["file"], file.to_str().unwrap());
}
