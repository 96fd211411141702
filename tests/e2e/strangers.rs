//! Other machines and other users: with a token and TLS they work as on one machine, without they are told why not.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

use ffmpeg_cluster_common::access::invite::Join;
use harness::ask::is_final;
use harness::cluster::{Running, Scratch, binary};
use harness::films::film;
use harness::hosts::Hosts;
use harness::judge;
use harness::log::PATIENCE;
use harness::poll::{OFTEN, poll};
use harness::proofs;
use serde_json::Value;

const SERVER: &str = "ffmpeg-cluster-server";
const CLIENT: &str = "ffmpeg-cluster-client";
const FLAGS: [&str; 14] = [
    "--port",
    "5001",
    "--work-dir",
    "server",
    "--media-root",
    "/",
    "--required-clients",
    "1",
    "--benchmark-duration",
    "2",
    "--ffmpeg-params",
    "-c:v ffv1 -c:a flac",
    "--file-name-output",
    "result.mkv",
];

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A server on one of two machines, and what people type on either.
struct Far {
    server: Running,
    hosts: Hosts,
    folder: Scratch,
}

impl Far {
    /// None where this machine has no namespaces to give.
    fn start(more: &[&str]) -> Option<Self> {
        let hosts = Hosts::new().inspect_err(|why| judge::not_checked("two machines", why)).ok()?;
        let folder = Scratch::new();
        let mut command = hosts.server.command(&binary(SERVER));
        command.current_dir(folder.path());
        let words: Vec<String> = FLAGS.iter().chain(more).map(|word| (*word).to_owned()).collect();
        let server = Running::run(command, &words);
        server.log.wait("listening on");
        Some(Self { server, hosts, folder })
    }

    /// The join string of a new token, and the token's number.
    fn token(&self, role: &str) -> (String, String) {
        let words = ["token", "add", role, "--work-dir", "server", "--advertise", self.hosts.server.address];
        let made = self.hosts.server.output(&binary(SERVER), &words, self.folder.path());
        let line = String::from_utf8_lossy(&made.stdout).into_owned();
        let join = line.strip_prefix("echo ").and_then(|rest| rest.split(' ').next());
        let join = join.unwrap_or_else(|| panic!("{}", said(&made))).to_owned();
        let id = said(&made).split("Token ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
        (join, id)
    }

    /// A person's verb on the server's own machine.
    fn here(&self, words: &[&str]) -> Value {
        let words: Vec<&str> = words.iter().copied().chain(["--json", "--work-dir", "person"]).collect();
        let done = self.hosts.server.output(&binary(CLIENT), &words, self.folder.path());
        serde_json::from_slice(&done.stdout).unwrap_or_else(|_| panic!("{words:?}: {}", said(&done)))
    }

    /// The same on the other machine, perhaps with a join string.
    fn there(&self, join: Option<&str>, words: &[&str]) -> Output {
        let mut command = self.hosts.other.command(&binary(CLIENT));
        command.current_dir(self.folder.path()).args(words).args(["--work-dir", "stranger"]);
        command.envs(join.map(|join| ("FFMPEG_CLUSTER_JOIN", join)));
        command.output().unwrap()
    }

    fn worker(&self, join: &str, name: &str) -> Running {
        proofs::give(&self.folder.path().join(name));
        let mut command = self.hosts.other.command(&binary(CLIENT));
        command.current_dir(self.folder.path()).env("FFMPEG_CLUSTER_JOIN", join);
        Running::run(command, &["--work-dir", name, "--reconnect-delay", "1"].map(String::from))
    }

    fn encode(&self, source: &Path) -> String {
        let made = self.here(&["submit", source.to_str().unwrap()]);
        let job = made["JobCreated"]["job_id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
        let ended = poll(OFTEN, PATIENCE, || {
            let status = self.here(&["status", &job])["JobStatus"].clone();
            is_final(&status).then_some(status)
        });
        let status = ended.unwrap_or_else(|| panic!("{job} never ended"));
        assert_eq!(status["status"], "Completed", "{status}\n{}", self.server.log.text());
        job
    }
}

#[test]
fn another_machine_encodes_with_a_token_over_tls_and_not_without() {
    let Some(far) = Far::start(&[]) else { return };
    let address = far.hosts.server.address;

    let plain = far.there(None, &["jobs", "--server-ip", address]);
    assert!(!plain.status.success() && said(&plain).contains("TLS"), "{}", said(&plain));
    let mut nobody = far.hosts.other.command(&binary(CLIENT));
    nobody.current_dir(far.folder.path());
    let mut nobody =
        Running::run(nobody, &["--work-dir", "nobody", "--server-ip", address].map(String::from));
    assert_eq!(nobody.end().code(), Some(5), "{}", nobody.log.text());

    let (worker, id) = far.token("worker");
    let mut client = far.worker(&worker, "worker");
    let source = film("half-second.mp4");
    let job = far.encode(&source);
    let result = far.folder.path().join("server/server").join(job).join("result.mkv");
    judge::same_film(&source, &result, true, 1.1);
    let as_person = far.there(Some(&worker), &["jobs"]);
    assert!(!as_person.status.success() && said(&as_person).contains("role"), "{}", said(&as_person));

    let revoked = far.hosts.server.output(
        &binary(SERVER),
        &["token", "revoke", &id, "--work-dir", "server"],
        far.folder.path(),
    );
    assert!(revoked.status.success(), "{}", said(&revoked));
    assert_eq!(client.end().code(), Some(5), "{}", client.log.text());

    let everything = far.server.log.text() + &client.log.text();
    let token = worker.split('.').find(|part| part.contains('-')).unwrap_or(&worker);
    assert!(!everything.contains(&worker) && !everything.contains(token), "a token stands in a log");
}

#[test]
fn people_on_another_machine_do_what_their_token_is_for() {
    let Some(far) = Far::start(&[]) else { return };
    let (submitter, _) = far.token("submitter");
    let (admin, _) = far.token("admin");
    for join in [&submitter, &admin] {
        let jobs = far.there(Some(join), &["jobs", "--json"]);
        assert!(jobs.status.success(), "{}", said(&jobs));
    }
    // Another server under the same address: the certificate that was joined is not the one that it shows.
    let other = Join { fingerprint: "ab".repeat(32).parse().unwrap(), ..Join::parse(&submitter).unwrap() };
    let refused = far.there(Some(&other.print()), &["jobs"]);
    let text = said(&refused);
    assert!(refused.status.code() == Some(5) && text.contains("not the one of the join string"), "{text}");
}

#[test]
fn tls_as_openssl_sees_it() {
    let Some(far) = Far::start(&[]) else { return };
    let at = format!("{}:5001", far.hosts.server.address);
    let ask = |script: &str| {
        let words = ["-c", script, "sh", &at];
        said(&far.hosts.other.output(Path::new("/bin/sh"), &words, far.folder.path()))
    };
    if ask("openssl version").contains("not found") {
        return judge::not_checked("TLS as openssl sees it", "no openssl here");
    }
    let seen = ask(
        "openssl s_client -connect $1 < /dev/null 2> /dev/null | openssl x509 -noout -fingerprint -sha256",
    );
    let digits: String =
        seen.rsplit('=').next().unwrap_or_default().chars().filter(char::is_ascii_hexdigit).collect();
    let ours = far.server.log.text();
    assert!(digits.len() == 64 && ours.contains(&digits.to_lowercase()), "{seen}\n{ours}");
    for (version, good) in [("-tls1_3", true), ("-tls1_2", true), ("-tls1_1", false), ("-tls1", false)] {
        let seen = ask(&format!("openssl s_client -connect $1 {version} -brief < /dev/null"));
        assert_eq!(seen.contains("CONNECTION ESTABLISHED"), good, "{version}: {seen}");
    }
    let weak = ask(
        "openssl s_client -connect $1 -tls1_2 -cipher 'NULL:EXPORT:RC4:3DES:AES128-SHA:AES256-SHA' -brief < /dev/null",
    );
    assert!(!weak.contains("CONNECTION ESTABLISHED"), "{weak}");
    let nobody = ask(
        "printf 'GET /api/v1/jobs HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n' | openssl s_client -connect $1 -quiet -ign_eof 2> /dev/null",
    );
    assert!(nobody.contains("401") && nobody.contains("UNAUTHORIZED"), "{nobody}");
}

#[test]
fn an_insecure_lan_is_open_and_says_so() {
    let Some(far) = Far::start(&["--insecure-lan"]) else { return };
    far.server.log.wait("--insecure-lan");
    let jobs = far.there(None, &["jobs", "--json", "--server-ip", far.hosts.server.address]);
    assert!(jobs.status.success(), "{}", said(&jobs));
}

/// The machine's own loopback is trusted, but not for every user of the machine.
#[test]
fn another_user_of_the_machine_can_do_nothing() {
    const NOBODY: u32 = 65_534;
    if !rustix::process::geteuid().is_root() {
        return judge::not_checked("another user", "only root can be somebody else");
    }
    let folder = Scratch::new();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let words: Vec<String> =
        FLAGS.iter().map(|word| if *word == "5001" { "0" } else { word }.to_owned()).collect();
    let server = Running::start(SERVER, &words, folder.path());
    let port = server.port().to_string();
    let theirs = folder.path().join("theirs");
    std::fs::create_dir(&theirs).unwrap();
    std::os::unix::fs::chown(&theirs, Some(NOBODY), Some(NOBODY)).unwrap();
    let client = theirs.join("client");
    std::fs::copy(binary(CLIENT), &client).unwrap();
    let as_nobody = |program: &Path, words: &[&str]| {
        let mut command = Command::new(program);
        said(&command.args(words).current_dir(&theirs).uid(NOBODY).gid(NOBODY).output().unwrap())
    };
    let source = film("half-second.mp4");
    let film = source.to_str().unwrap();
    for verb in
        [vec!["jobs"], vec!["clients"], vec!["submit", film], vec!["cancel", "x"], vec!["status", "x"]]
    {
        let words: Vec<&str> = verb.iter().copied().chain(["--server-port", &port]).collect();
        let answer = as_nobody(&client, &words);
        assert!(answer.contains("UNAUTHORIZED") || answer.contains("token"), "{verb:?}: {answer}");
    }
    let answer = as_nobody(&client, &["--server-port", &port, "--persistent", "false"]);
    assert!(answer.contains("token"), "as a worker: {answer}");
    for secret in ["keys", "keys/private-key.pem", "keys/join", "db/server.db"] {
        let path = folder.path().join("server").join(secret);
        let answer = as_nobody(Path::new("/bin/cat"), &[path.to_str().unwrap()]);
        assert!(answer.contains("Permission denied"), "{secret}: {answer}");
    }
    // The server's own user still needs nothing.
    let mine = Command::new(binary(CLIENT))
        .args(["jobs", "--json", "--server-port", &port])
        .current_dir(folder.path())
        .output();
    assert!(mine.as_ref().unwrap().status.success(), "{}", said(&mine.unwrap()));
}
