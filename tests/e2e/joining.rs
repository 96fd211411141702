//! Who may come in from other machines: join strings, tokens, certificates, roles.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use ffmpeg_cluster_common::access::invite::Join;
use ffmpeg_cluster_common::access::role::Role;
use harness::cluster::{Cluster, Running, Scratch, binary};
use harness::films::film;
use harness::{judge, proofs};
use serde_json::{Value, json};

const COMMAND: &str = "ffmpeg-cluster-client --join -";

/// A server that says in its join strings where it is found.
fn alone() -> Cluster {
    Cluster::new().with(&["--required-clients", "1", "--advertise", "127.0.0.1"]).start()
}

fn run(program: &str, folder: &std::path::Path, line: &str) -> Output {
    Command::new(binary(program)).args(line.split_whitespace()).current_dir(folder).output().unwrap()
}

/// What the verb of the server says on standard output; it must go well.
fn token(folder: &std::path::Path, line: &str) -> String {
    let ended = run("ffmpeg-cluster-server", folder, &format!("--work-dir server token {line}"));
    assert!(ended.status.success(), "token {line}: {}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8(ended.stdout).unwrap().trim_end().to_owned()
}

/// The join string in the line that a server prints.
fn join_in(line: &str) -> Join {
    let word = line.trim().strip_prefix("echo ").and_then(|rest| rest.strip_suffix(&format!(" | {COMMAND}")));
    Join::parse(word.unwrap_or_else(|| panic!("no command line: {line:?}"))).unwrap()
}

/// A token of the running server, and its number.
fn add(cluster: &Cluster, role: Role) -> (Join, String) {
    let join = join_in(&token(cluster.scratch.path(), &format!("add {role} --advertise 127.0.0.1")));
    let id = join.token.reveal().split('-').next().unwrap().to_owned();
    assert_eq!(
        (join.port, join.role),
        (cluster.ask.port(), role),
        "the verb finds the port of the running server"
    );
    (join, id)
}

fn in_file(cluster: &Cluster, join: &Join) -> String {
    let path = cluster.scratch.path().join("join");
    std::fs::write(&path, join.print()).unwrap();
    path.display().to_string()
}

/// A client of a folder of its own, on its way.
fn client(cluster: &Cluster, line: &str) -> Running {
    let words: Vec<String> = line.split_whitespace().map(String::from).collect();
    let folder = line.rsplit("--work-dir ").next().and_then(|rest| rest.split(' ').next());
    proofs::give(&cluster.scratch.path().join(folder.expect("each has a folder of its own")));
    Running::start("ffmpeg-cluster-client", &words, cluster.scratch.path())
}

/// The client with these words, to its end; its code and all it said.
fn said(cluster: &Cluster, line: &str) -> (Option<i32>, String) {
    let ended = run("ffmpeg-cluster-client", cluster.scratch.path(), line);
    let text = [ended.stdout, ended.stderr].concat();
    (ended.status.code(), String::from_utf8_lossy(&text).into_owned())
}

#[tokio::test]
async fn the_join_string_of_the_first_start_brings_another_machine_in_and_need_not_be_typed_again() {
    let cluster = alone();
    cluster.server.log.wait("keys/join");
    let kept = cluster.work().join("keys/join");
    let join = Join::parse(&std::fs::read_to_string(&kept).unwrap()).unwrap();
    assert_eq!((join.host.as_str(), join.role), ("127.0.0.1", Role::Worker));
    assert_eq!(std::fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);

    let file = in_file(&cluster, &join);
    let mut first = client(&cluster, &format!("--join {file} --work-dir attic"));
    first.log.wait(&format!("connected server=https://127.0.0.1:{}", join.port));
    std::fs::remove_file(file).unwrap();
    first.kill();
    let later = client(&cluster, "--work-dir attic");
    later.log.wait("connected server=https://");
    let source = film("half-second.mp4");
    let job = cluster.ask.submit(&source, Value::Null).await;
    cluster.judged(&job, &source).await;
    later.log.wait("kept by the server");

    let secret = join.token.reveal();
    assert_eq!(cluster.server.log.count(secret), 0, "it stands in a log");
    assert_eq!(first.log.count(secret) + later.log.count(secret), 0, "{}", later.log.text());
}

#[tokio::test]
async fn the_line_works_as_it_is_typed_into_a_shell() {
    let cluster = alone();
    let line = token(cluster.scratch.path(), "add submitter --name person --advertise 127.0.0.1");
    let line = line.replace("ffmpeg-cluster-client", binary("ffmpeg-cluster-client").to_str().unwrap());
    let shell = |line: &str| {
        let ended =
            Command::new("sh").args(["-c", line]).current_dir(cluster.scratch.path()).output().unwrap();
        let text = [ended.stdout, ended.stderr].concat();
        (ended.status.success(), String::from_utf8_lossy(&text).into_owned())
    };
    let (well, text) = shell(&format!("{line} --work-dir person"));
    assert!(well && text.contains("joined 127.0.0.1:") && text.contains("as submitter"), "{text}");
    let (well, text) = shell(&format!("{line} jobs --json"));
    assert!(well && text.contains("\"JobsList\":[]"), "{text}");
    let source = film("half-second.mp4").display().to_string();
    let mut uploader =
        client(&cluster, &format!("--work-dir person --upload-file {source} --output back.mkv"));
    cluster.server.log.wait("job accepted");
    let worker = add(&cluster, Role::Worker).0;
    let file = in_file(&cluster, &worker);
    let _encoding = client(&cluster, &format!("--join {file} --work-dir attic"));
    assert!(uploader.end().success(), "{}", uploader.log.text());
    harness::judge::same_film(
        film("half-second.mp4").as_path(),
        &cluster.scratch.path().join("back.mkv"),
        true,
        1.1,
    );
}

#[test]
fn a_revoked_token_ends_its_client_which_does_not_come_back() {
    let cluster = alone();
    let ((gone, id), (stays, _)) = (add(&cluster, Role::Worker), add(&cluster, Role::Worker));
    let mut expelled = client(&cluster, &format!("--join {} --work-dir gone", in_file(&cluster, &gone)));
    expelled.log.wait("connected server=");
    let mut other = client(&cluster, &format!("--join {} --work-dir stays", in_file(&cluster, &stays)));
    other.log.wait("connected server=");
    let began = Instant::now();
    token(cluster.scratch.path(), &format!("revoke {id}"));
    cluster.server.log.wait("its token was revoked");
    assert!(began.elapsed() < Duration::from_secs(10), "it took {:?}", began.elapsed());
    assert_eq!(expelled.end().code(), Some(5));
    assert!(expelled.text_at_end().contains("was revoked"), "{}", expelled.log.text());
    let mut again = client(&cluster, "--work-dir gone");
    assert_eq!(again.end().code(), Some(5));
    assert!(again.text_at_end().contains("unknown or revoked token"), "{}", again.log.text());
    assert!(!other.has_ended(), "another token was not revoked: {}", other.log.text());
}

#[test]
fn a_token_is_for_its_role() {
    let cluster = alone();
    let worker = in_file(&cluster, &add(&cluster, Role::Worker).0);
    let (code, text) = said(&cluster, &format!("jobs --join {worker} --work-dir worker"));
    assert!(code == Some(7) && text.contains("token for the role submitter"), "{text}");
    let submitter = in_file(&cluster, &add(&cluster, Role::Submitter).0);
    let (code, text) = said(&cluster, &format!("jobs --join {submitter} --work-dir person"));
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = said(&cluster, "--work-dir person");
    assert!(code == Some(1) && text.contains("token add worker"), "{text}");
    let admin = in_file(&cluster, &add(&cluster, Role::Admin).0);
    let (code, text) = said(&cluster, &format!("jobs --join {admin} --work-dir admin"));
    assert_eq!(code, Some(0), "{text}");
}

#[test]
fn another_server_is_told_as_such_and_hears_no_token() {
    let (ours, other) = (alone(), alone());
    let file = in_file(&ours, &add(&ours, Role::Submitter).0);
    let port = other.ask.port();
    let (code, text) = said(&ours, &format!("jobs --join {file} --server-port {port} --work-dir person"));
    assert!(code == Some(5) && text.contains("not the one of the join string"), "{text}");
    let worker = in_file(&ours, &add(&ours, Role::Worker).0);
    let line = format!("--join {worker} --server-port {port} --work-dir worker --persistent false");
    let (code, text) = said(&ours, &line);
    assert!(code == Some(4), "{text}");
    assert_eq!(other.server.log.count("refused"), 0, "{}", other.server.log.text());
}

/// The certificate that another server made for itself is as good as any.
#[test]
fn a_certificate_of_ones_own_is_the_one_of_join_strings() {
    let maker = alone();
    let made = |name: &str| maker.work().join("keys").join(name).display().to_string();
    let (certificate, key) = (made("certificate.pem"), made("private-key.pem"));
    let flags = ["--required-clients", "1", "--advertise", "127.0.0.1", "--tls-cert", &certificate];
    let cluster = Cluster::new().with(&flags).with(&["--tls-key", &key]).start();
    let kept = std::fs::read_to_string(cluster.work().join("keys/join")).unwrap();
    let join = Join::parse(kept.trim()).unwrap();
    assert_eq!(join.fingerprint, add(&maker, Role::Worker).0.fingerprint);
    let file = cluster.work().join("keys/join").display().to_string();
    client(&cluster, &format!("--join {file} --work-dir joined")).log.wait("connected server=");
}

#[test]
fn what_can_not_be_joined_with_is_told_before_anything_is_tried() {
    let cluster = alone();
    let join = add(&cluster, Role::Worker).0;
    let (code, text) = said(&cluster, &format!("--join {} --work-dir x", join.print()));
    assert!(code == Some(2) && text.contains("argument"), "{text}");
    assert!(!text.contains(join.token.reveal()), "{text}");
    let damaged = cluster.scratch.path().join("damaged");
    std::fs::write(&damaged, &join.print()[..100]).unwrap();
    let (code, text) = said(&cluster, &format!("--join {} --work-dir x", damaged.display()));
    assert!(code == Some(1) && text.contains("cut short"), "{text}");
    assert!(!text.contains(join.token.reveal()), "{text}");
}

#[test]
fn tokens_are_made_listed_and_revoked_before_a_server_ever_ran_and_beside_one() {
    let scratch = Scratch::new();
    assert_eq!(token(scratch.path(), "list --json"), "[]");
    let first =
        join_in(&token(scratch.path(), "add admin --name attic --port 7000 --advertise farm.example"));
    assert_eq!((first.host.as_str(), first.port, first.role), ("farm.example", 7000, Role::Admin));
    let id = first.token.reveal().split('-').next().unwrap();
    let flags = ["--required-clients", "1", "--advertise", "127.0.0.1"];
    let cluster = Cluster::new().with(&flags).start_in(scratch);
    assert_eq!(cluster.server.log.count("keys/join"), 0, "there is a token, so none is made");
    let folder = cluster.scratch.path();
    let (second, second_id) = add(&cluster, Role::Worker);
    assert_eq!(first.fingerprint, second.fingerprint, "one certificate, made by whoever came first");
    token(folder, &format!("revoke {id}"));
    let list: Value = serde_json::from_str(&token(folder, "list --json")).unwrap();
    let row = |n: usize| [&list[n]["id"], &list[n]["role"], &list[n]["name"]].map(Clone::clone);
    assert_eq!(row(0), [json!(id), json!("admin"), json!("attic")]);
    assert_eq!(row(1), [json!(second_id), json!("worker"), json!("")]);
    assert!(list[0]["revoked_at"].is_string() && list[1]["revoked_at"].is_null(), "{list}");
    let shown = token(folder, "list");
    assert!(shown.contains("attic") && shown.lines().count() == 3, "{shown}");
    assert!(![list.to_string(), shown].iter().any(|text| text.contains(second.token.reveal())));
    for (line, code, sentence) in [
        ("token revoke 00000000", 1, "there is no token"),
        (&*format!("token revoke {id}"), 1, "already revoked"),
        ("token add root", 2, "root"),
        ("token add worker --advertise a/b", 2, "--advertise"),
        (&*format!("token add worker --name {}", "x".repeat(81)), 1, "--name"),
    ] {
        let ended = run("ffmpeg-cluster-server", folder, &format!("--work-dir server {line}"));
        let text = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(ended.status.code() == Some(code) && text.contains(sentence), "{line}: {text}");
    }
}

/// It named a host that nobody could resolve.
#[test]
fn a_join_line_made_where_no_route_leads_out_names_an_address() {
    let cluster = alone();
    let script = "ip link set lo up && ip addr add 192.168.77.5/24 dev lo && echo ready >&2 && \
                  exec \"$0\" --work-dir server token add worker";
    let mut apart = Command::new("unshare");
    apart.args(["-rn", "sh", "-c", script]).arg(binary("ffmpeg-cluster-server"));
    let Ok(ended) = apart.current_dir(cluster.scratch.path()).output() else {
        return judge::not_checked("a network without a router", "no unshare here");
    };
    let (told, trouble) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    if !trouble.contains("ready") {
        return judge::not_checked("a network without a router", &trouble);
    }
    assert_eq!(join_in(&told).host, "192.168.77.5", "{trouble}");
}
