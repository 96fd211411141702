//! Verbs that show what the server knows: to people as text, to programs as the bodies of the REST API.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use harness::cluster::{Cluster, Setup};
use harness::films::film;
use harness::log::PATIENCE;
use harness::person::Person;
use harness::poll::{OFTEN, comes};
use harness::schema::OpenApi;
use harness::scratch::binary;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::revoked::verb;

fn nobody() -> Setup {
    Cluster::new().with(&["--required-clients", "1"])
}

/// The lines that are for programs.
fn objects(text: &str) -> Vec<Value> {
    let lines = text.lines().filter(|line| line.starts_with('{'));
    lines.map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
}

/// The answers of a verb to a program.
fn told(person: &Person, words: &str) -> (bool, Vec<Value>) {
    let (well, text) = person.said(&format!("{words} --json"));
    (well, objects(&text))
}

/// The client with these words after those that name the server, to its end.
fn has_ended(cluster: &Cluster, words: &str, env: &[(&str, &str)]) -> Output {
    let words = format!("--server-ip 127.0.0.1 --server-port {} {words}", cluster.ask.port());
    ended(cluster, &words, env)
}

fn ended(cluster: &Cluster, words: &str, env: &[(&str, &str)]) -> Output {
    let mut command = Command::new(binary("ffmpeg-cluster-client"));
    command.args(["--work-dir", "person"]);
    for name in ["BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "NO_COLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    let words = words.split_whitespace();
    command.args(words).envs(env.iter().copied()).current_dir(cluster.scratch.path()).output().unwrap()
}

#[tokio::test]
async fn a_plan_says_what_would_become_of_films_and_makes_nothing() {
    let cluster = nobody().start();
    let person = Person::of(&cluster);
    let (one, two) = (film("half-second.mp4"), film("two-audio.mkv"));
    let (well, text) = person.said(&format!("plan {} {}", one.display(), two.display()));
    assert!(well && text.matches("would be accepted").count() == 2, "{text}");
    assert!(text.contains("half-second.mp4 → result.mkv") && text.contains("params   -c:v ffv1"), "{text}");
    let (well, text) = person.said(&format!("plan {} missing.mkv --ffmpeg-params=-b:v=1M", one.display()));
    assert!(!well && text.contains("would be refused") && text.contains("(INVALID_PARAMETERS)"), "{text}");
    assert!(text.contains("2 of 2 films would become no jobs"), "{text}");
    let (well, plans) = told(&person, &format!("plan {} {}", one.display(), two.display()));
    assert!(well && plans.len() == 2, "{plans:?}");
    plans.iter().for_each(|plan| OpenApi::read().check("Plan", plan));
    let jobs = cluster.ask.command(json!("ListJobs")).await;
    assert_eq!(jobs["JobsList"].as_array().unwrap().len(), 0, "{jobs}");
}

#[tokio::test]
async fn a_job_is_made_of_a_preset_with_a_title_and_labels_found_made_again_and_deleted() {
    let cluster = nobody().start();
    let person = Person::of(&cluster);
    let source = film("half-second.mp4");
    let words = format!("submit {} --preset web-720p --title Trailer --label show=alps", source.display());
    let (well, made) = told(&person, &words);
    let (job, preset) = (made[0]["job_id"].as_str().unwrap(), made[0]["preset"].as_str().unwrap());
    assert!(well && preset == "web-720p" && made[0]["name"] == "Trailer", "{made:?}");
    cluster.ask.submit(&source, Value::Null).await;
    for wanted in ["--label show=alps", "--search trail", "--state Queued,WaitingForClients --search Trail"] {
        let (_, found) = told(&person, &format!("jobs {wanted}"));
        let found: Vec<_> = found[0]["items"].as_array().unwrap().iter().map(|job| &job["job_id"]).collect();
        assert_eq!(found, [job], "{wanted}");
    }
    assert_eq!(told(&person, "jobs --limit 1").1[0]["items"].as_array().unwrap().len(), 1);
    let (well, refused) = told(&person, &format!("delete {job}"));
    assert!(!well && refused[0]["Error"]["code"] == "JOB_OPEN", "{refused:?}");
    assert!(told(&person, &format!("cancel {job}")).0);
    let (well, again) = told(&person, &format!("retry {job}"));
    let again = again[0]["JobCreated"]["job_id"].as_str().unwrap();
    let (_, now) = cluster.ask.get(&format!("/api/v1/jobs/{again}")).await;
    assert!(well && now["retry_of"] == job && now["preset"] == "web-720p", "{now}");
    let (_, text) = person.said(&format!("status {again}"));
    assert!(
        text.contains("name     Trailer") && text.contains("turn     normal priority, number 2 of"),
        "{text}"
    );
    let (well, text) = person.said(&format!("delete {job}"));
    assert!(well && text.contains("is deleted"), "{text}");
    assert_eq!(told(&person, &format!("status {job}")).1[0]["Error"]["code"], "JOB_NOT_FOUND");
}

#[tokio::test]
async fn an_admin_makes_lists_and_revokes_tokens_from_a_client() {
    let cluster = nobody().start();
    let person = Person::of(&cluster);
    let (well, made) = told(&person, "tokens add viewer --name wall --expires 90d");
    OpenApi::read().check("TokenMade", &made[0]);
    let (id, join) = (made[0]["id"].as_str().unwrap(), made[0]["join"].as_str().unwrap());
    assert!(
        well && made[0]["role"] == "viewer" && made[0]["command"].as_str().unwrap().contains(join),
        "{made:?}"
    );
    let (well, text) = person.said("tokens list");
    let line = text.lines().find(|line| line.starts_with(id)).unwrap_or_default();
    assert!(
        well && line.contains("viewer") && line.ends_with("never      wall") && !text.contains(join),
        "{text}"
    );
    let (well, text) = person.said("tokens add worker --expires never");
    assert!(!well && text.contains("expires: "), "{text}");
    assert!(person.said(&format!("tokens revoke {id}")).0);
    let (well, text) = person.said(&format!("tokens revoke {id}"));
    assert!(!well && text.contains(&format!("no token {id} is valid")), "{text}");
    assert!(person.said("tokens list").1.contains("revoked 20"), "{text}");
    let (well, text) = person.said("tokens revoke ../jobs");
    assert!(!well && text.contains("is no token's number"), "{text}");
}

#[tokio::test]
async fn what_verbs_tell_programs_is_what_the_api_tells() {
    let cluster = Cluster::new().clients(1).start();
    let (person, api) = (Person::of(&cluster), OpenApi::read());
    let job = cluster.ask.submit(&film("half-second.mp4"), json!({})).await;
    let (well, lines) = told(&person, &format!("watch {job}"));
    assert!(well && lines.last().unwrap()["status"] == "Completed", "{lines:?}");
    lines.iter().for_each(|line| api.check("Job", line));
    for (words, schema) in [("explain", "Explained"), ("report", "Report")] {
        let (well, lines) = told(&person, &format!("{words} {job}"));
        assert!(well && lines.len() == 1, "{words}: {lines:?}");
        api.check(schema, &lines[0]);
    }
    let (well, lines) = told(&person, &format!("timeline {job}"));
    assert!(well && lines[0]["job_id"] == job.as_str(), "{lines:?}");
    assert_eq!(lines[0]["spans"], cluster.ask.get(&format!("/api/v1/jobs/{job}/timeline")).await.1["spans"]);
    for words in ["watch nobody", "report nobody", "timeline nobody", "events --job nobody"] {
        let (well, text) = person.said(words);
        assert!(!well && text.contains("JOB_NOT_FOUND"), "{words}: {text}");
    }
}

#[tokio::test]
async fn people_see_who_made_a_film_how_it_was_proved_and_how_it_was_asked_for() {
    let cluster = Cluster::new().clients(1).start();
    let person = Person::of(&cluster);
    let job = cluster.ask.submit(&film("half-second.mp4"), json!({})).await;
    let (well, text) = person.said(&format!("watch {job}"));
    assert!(well && text.contains("proved   13 of 13 frames"), "{text}");
    let (well, text) = person.said(&format!("report {job}"));
    assert!(well && text.starts_with("proved   13 of 13 frames"), "{text}");
    let (well, text) = person.said(&format!("status {job}"));
    assert!(well && text.contains("params   -c:v ffv1") && text.contains("owner    local"), "{text}");
    let (well, text) = person.said(&format!("timeline {job}"));
    assert!(well && text.contains("frames 0–13") && text.contains("13 frames in 1 piece"), "{text}");
    for name in ["trace.json", "trace (1).json"] {
        let (well, text) = person.said(&format!("timeline {job} --trace trace.json"));
        assert!(well && text.trim() == name, "{text}");
        let trace: Value =
            serde_json::from_slice(&std::fs::read(cluster.scratch.path().join(name)).unwrap()).unwrap();
        assert!(trace.as_array().unwrap().iter().any(|event| event["name"] == "lease"), "{trace}");
    }
}

#[tokio::test]
async fn the_list_of_open_jobs_is_alive() {
    let mut cluster = nobody().start();
    let person = Person::of(&cluster);
    let mut people = person.types("watch");
    let mut programs = person.types("watch --json");
    programs.log.wait(r#""total":0"#);
    let job = cluster.ask.submit(&film("half-second.mp4"), json!({})).await;
    people.log.wait("WaitingForClients");
    cluster.add_client();
    people.log.wait("Completed");
    assert!(people.log.text().contains(&job[..8]), "{}", people.log.text());
    for running in [&mut people, &mut programs] {
        running.signal(Signal::INT);
        assert!(running.end().success(), "{}", running.log.text());
    }
    let text = programs.text_at_end();
    let pages = objects(&text);
    assert!(pages.iter().any(|page| page["items"][0]["job_id"] == job.as_str()), "{text}");
    pages.iter().for_each(|page| OpenApi::read().check("JobPage", page));
}

/// What happened while nobody could tell is told afterwards, once.
#[tokio::test]
async fn events_go_on_where_they_were_when_the_server_comes_back() {
    let mut cluster = nobody().start();
    let person = Person::of(&cluster);
    let mut programs = person.types("events --after 0 --types job.created,job.cancelled --json");
    let mut people = person.types("events --after 0 --types job.created");
    let mut jobs = Vec::new();
    for n in 1..=3 {
        let job = cluster.ask.submit(&film("half-second.mp4"), json!({})).await;
        cluster.ask.command(json!({"CancelJob": {"job_id": job}})).await;
        programs.log.wait_nth("job.cancelled", n);
        people.log.wait_nth("job.created", n);
        jobs.push(job);
        cluster.restart_server();
    }
    for running in [&mut programs, &mut people] {
        running.signal(Signal::INT);
        assert!(running.end().success(), "{}", running.log.text());
    }
    let (text, told) = (programs.text_at_end(), people.text_at_end());
    let events = objects(&text);
    let heard: Vec<[&str; 2]> =
        events.iter().map(|event| ["job_id", "type"].map(|key| event[key].as_str().unwrap())).collect();
    let wanted = jobs.iter().flat_map(|job| [[job.as_str(), "job.created"], [job.as_str(), "job.cancelled"]]);
    assert_eq!(heard, wanted.collect::<Vec<_>>());
    assert!(told.contains("file_name=half-second.mp4") && told.contains(&jobs[0][..8]), "{told}");
    let after = events[3]["id"].as_str().unwrap();
    let mut again = person.types(&format!("events --after {after} --types job.* --json"));
    again.log.wait("job.cancelled");
    again.signal(Signal::INT);
    again.end();
    assert!(objects(&again.text_at_end()).iter().all(|event| event["job_id"] == jobs[2].as_str()));
}

#[test]
fn several_films_are_submitted_at_once_and_followed() {
    let cluster = Cluster::new().clients(1).start();
    let (one, two) = (film("half-second.mp4"), film("two-audio.mkv"));
    let words = format!("submit {} missing.mkv {} --follow", one.display(), two.display());
    let (well, text) = Person::of(&cluster).said(&words);
    assert!(
        !well && text.contains("1 of 3 films have no result") && text.contains("missing.mkv: "),
        "{text}"
    );
    assert_eq!(text.matches("ffmpeg-cluster-client download ").count(), 2, "{text}");
    let (well, text) = Person::of(&cluster).said(&format!("submit {} {}", one.display(), two.display()));
    assert!(well && text.trim().lines().count() == 2, "{text}");
    let (_, text) = Person::of(&cluster).said(&format!("submit {0} {0} --output x.mkv", one.display()));
    assert!(text.contains("go into a folder"), "{text}");
    let lines = told(&Person::of(&cluster), &format!("submit {} {}", one.display(), two.display())).1;
    assert!(
        lines.iter().all(|line| line["JobCreated"]["job_id"].is_string()) && lines.len() == 2,
        "{lines:?}"
    );
}

/// A server as it was before there were events, or as it is: counts commands.
fn between(port: u16, has_events: bool) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (here, asked) = (listener.local_addr().unwrap().port(), Arc::<AtomicUsize>::default());
    let count = asked.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let count = count.clone();
            std::thread::spawn(move || pass(stream.unwrap(), port, has_events, &count));
        }
    });
    (here, asked)
}

fn pass(mut from: TcpStream, port: u16, has_events: bool, count: &AtomicUsize) {
    let mut to = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let (mut answers, mut back) = (to.try_clone().unwrap(), from.try_clone().unwrap());
    std::thread::spawn(move || std::io::copy(&mut answers, &mut back));
    let mut some = [0; 16 << 10];
    while let Ok(read @ 1..) = from.read(&mut some) {
        if some[..read].starts_with(b"GET /api/v1/events") && !has_events {
            let body = r#"{"Error":{"code":"INVALID_REQUEST","message":"there is nothing at this address"}}"#;
            let answer = format!("HTTP/1.1 404 Not Found\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            let _ = from.write_all(answer.as_bytes());
            return;
        }
        count.fetch_add(usize::from(some[..read].starts_with(b"POST /ws/command")), Ordering::Relaxed);
        if to.write_all(&some[..read]).is_err() {
            return;
        }
    }
}

/// It asked every 300 ms.
#[tokio::test]
async fn following_asks_when_something_happens_and_an_older_server_often() {
    let mut cluster = nobody().start();
    let (port, asked) = between(cluster.ask.port(), true);
    let (older, asked_often) = between(cluster.ask.port(), false);
    let words = format!("submit {} --follow", film("half-second.mp4").display());
    let mut one = Person::of(&cluster).via(port).types(&words);
    let mut two = Person::of(&cluster).named("other").via(older).types(&words);
    for person in [&one, &two] {
        person.log.wait("WaitingForClients");
    }
    let now = || [&asked, &asked_often].map(|asked| asked.load(Ordering::Relaxed));
    let before = now();
    assert!(comes(OFTEN, PATIENCE, || now()[1] > before[1] + 12), "an older server is asked again and again");
    let [few, many] = [0, 1].map(|n| now()[n] - before[n]);
    assert!(few * 2 <= many, "asked {few} times with events and {many} times without");
    cluster.add_client();
    for person in [&mut one, &mut two] {
        assert!(person.end().success(), "{}", person.log.text());
        assert!(person.text_at_end().contains("proved   13 of 13 frames"), "{}", person.log.text());
    }
}

#[tokio::test]
async fn the_page_is_opened_in_a_browser_or_its_address_is_printed() {
    let cluster = Cluster::new().with(&["--required-clients", "1", "--advertise", "127.0.0.1"]).start();
    let page = format!("http://127.0.0.1:{}/", cluster.ask.port());
    let printed = has_ended(&cluster, "open", &[]);
    assert!(printed.status.success() && printed.stdout == format!("{page}\n").into_bytes(), "{printed:?}");
    let join = verb(&cluster, &["token", "add", "submitter", "--advertise", "127.0.0.1"]);
    std::fs::write(cluster.scratch.path().join("join"), join.split(' ').nth(1).unwrap()).unwrap();
    let printed = has_ended(&cluster, "open --json --join join", &[]);
    let told: Value = serde_json::from_slice(&printed.stdout).unwrap_or_else(|_| panic!("{printed:?}"));
    let code = told["url"].as_str().unwrap().split_once("/#code=").unwrap().1.to_owned();
    let begin = json!({ "code": code });
    let [first, second] = [
        cluster.ask.post("/api/v1/session", &begin).await,
        cluster.ask.post("/api/v1/session", &begin).await,
    ];
    assert_eq!((first.0, &first.1["role"]), (200, &json!("submitter")), "{}", first.1);
    assert_eq!(second.0, 401, "a link works once: {}", second.1);

    let browser = cluster.scratch.path().join("browser");
    std::fs::write(&browser, "#!/bin/sh\necho \"$@\" > browsed\n").unwrap();
    std::fs::set_permissions(&browser, PermissionsExt::from_mode(0o755)).unwrap();
    let opened = ended(&cluster, "open", &[("BROWSER", browser.to_str().unwrap())]);
    let all = [opened.stdout, opened.stderr].concat();
    assert!(opened.status.success() && !String::from_utf8_lossy(&all).contains("code="), "{all:?}");
    let file = std::fs::read_to_string(cluster.scratch.path().join("browsed")).unwrap();
    let file = Path::new(file.trim());
    assert!(!file.display().to_string().contains("code="), "everybody reads argument lists");
    assert!(std::fs::read_to_string(file).unwrap().contains("/#code="), "the browser is led to a link");
    assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn who_needs_no_link_gets_none() {
    let cluster = nobody().start();
    assert_eq!(cluster.ask.post("/api/v1/session/link", &json!({})).await.0, 400);
}

#[test]
fn exit_codes_tell_scripts_what_went_wrong() {
    let cluster = nobody().start();
    let source = film("half-second.mp4").display().to_string();
    for (words, code) in [
        ("jobs".to_owned(), 0),
        (format!("submit {source} --ffmpeg-params=-b:v=1M"), 1),
        ("nonsense".to_owned(), 2),
        ("status nobody".to_owned(), 6),
        ("explain nobody --json".to_owned(), 6),
        ("cancel nobody --log-format json".to_owned(), 6),
        ("disconnect nobody".to_owned(), 6),
    ] {
        let ended = has_ended(&cluster, &words, &[]);
        assert_eq!(ended.status.code(), Some(code), "{words}: {ended:?}");
    }
    let apart = Cluster::new().with(&["--required-clients", "1", "--no-local-trust"]).start();
    assert_eq!(has_ended(&apart, "jobs", &[]).status.code(), Some(5));
}

#[test]
fn colours_are_shown_where_they_are_wanted() {
    let cluster = nobody().start();
    let always = &[("CLICOLOR_FORCE", "1")][..];
    let check = |words: &str, env: &[(&str, &str)], shown: bool| {
        let text = ended(&cluster, &format!("--server-port 1 {words}"), env).stderr;
        let said = String::from_utf8_lossy(&text);
        assert!(said.contains("no server answers at"), "{words} {env:?}: {said}");
        assert_eq!(said.contains('\u{1b}'), shown, "{words} {env:?}: {said}");
    };
    for (words, env, shown) in [
        ("", &[][..], false),
        ("--color always", &[], true),
        ("--color always", &[("NO_COLOR", "1")], true),
        ("", always, true),
        ("", &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        ("--color never", always, false),
    ] {
        check(&format!("status nobody {words}"), env, shown);
    }
    // A line of the log.
    check("--persistent false", &[], false);
    check("--persistent false", always, true);
}

/// What bash offers for the last of these words.
fn completed(program: &str, words: &str) -> String {
    let script = Command::new(binary(program)).args(["completions", "bash"]).output().unwrap();
    assert!(script.status.success(), "{script:?}");
    let script = String::from_utf8(script.stdout).unwrap();
    let ask = format!(
        "{script}\nCOMP_WORDS=({program} {words})\nCOMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n\
         compopt() {{ :; }}\nasked=$(complete -p {program})\nasked=${{asked#*-F }}\n\
         ${{asked%% *}} {program} \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD - 1]}}\"\n\
         printf '%s\\n' \"${{COMPREPLY[@]}}\"\n"
    );
    let mut bash = Command::new("bash")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    bash.stdin.take().unwrap().write_all(ask.as_bytes()).unwrap();
    let ended = bash.wait_with_output().unwrap();
    assert!(ended.status.success(), "{ended:?}");
    String::from_utf8(ended.stdout).unwrap()
}

#[test]
fn bash_completes_verbs_and_flags() {
    for (program, words, offered) in [
        ("ffmpeg-cluster-client", "time", "timeline\n"),
        ("ffmpeg-cluster-client", "timeline --tr", "--trace\n"),
        ("ffmpeg-cluster-client", "completions b", "bash\n"),
        ("ffmpeg-cluster-client", "fetch-ffmpeg --pl", "--platform\n"),
        ("ffmpeg-cluster-server", "sign", "sign-in\n"),
        ("ffmpeg-cluster-server", "token a", "add\n"),
    ] {
        assert_eq!(completed(program, words), offered, "{program} {words}");
    }
    for (shell, mark) in
        [("zsh", "#compdef"), ("fish", "complete -c"), ("powershell", "Register-ArgumentCompleter")]
    {
        let script =
            Command::new(binary("ffmpeg-cluster-client")).args(["completions", shell]).output().unwrap();
        assert!(String::from_utf8_lossy(&script.stdout).contains(mark), "{shell}");
    }
}

#[test]
fn groff_accepts_the_manual_pages() {
    let scratch = harness::cluster::Scratch::new();
    for program in ["ffmpeg-cluster-client", "ffmpeg-cluster-server"] {
        let made =
            Command::new(binary(program)).args(["man", "man"]).current_dir(scratch.path()).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        let shown = Command::new(binary(program)).arg("man").current_dir(scratch.path()).output().unwrap();
        let shown = String::from_utf8(shown.stdout).unwrap();
        assert!(shown.contains(&format!(".TH {program} 1")) && shown.contains(".SH OPTIONS"), "{shown}");
    }
    let pages: Vec<_> =
        std::fs::read_dir(scratch.path().join("man")).unwrap().map(|page| page.unwrap().path()).collect();
    let has = |name: &str| pages.iter().any(|page| page.ends_with(name));
    assert!(has("ffmpeg-cluster-client-timeline.1") && has("ffmpeg-cluster-server-token-add.1"), "{pages:?}");
    for page in pages {
        let Ok(ended) = Command::new("groff").args(["-man", "-Tutf8", "-ww"]).arg(&page).output() else {
            return;
        };
        assert!(ended.status.success() && ended.stderr.is_empty(), "{}: {ended:?}", page.display());
    }
}
