//! Browsers: strangers get the sign-in page and nothing else; a cookie may do what its token may, from our own page alone, for
//! as long as the token is valid.

use std::io::{Read, Write};
use std::process::Command;
use std::time::Duration;

use ffmpeg_cluster_common::access::invite::Join;
use harness::cluster::{Cluster, binary};
use harness::poll::{SOON, comes};
use harness::raw;

/// Two seconds are promised, from the verb's end on.
const OUT_WITHIN: Duration = Duration::from_secs(2);
const JSON: &str = "Content-Type: application/json\r\n";
const OURS: &str = "Origin: http://localhost\r\n";

/// A server that trusts nobody for being on its machine.
struct Door(Cluster);

impl Door {
    fn open() -> Self {
        Self(Cluster::new().with(&["--no-local-trust", "--required-clients", "1"]).start())
    }

    fn verb(&self, words: &[&str]) -> String {
        let mut command = Command::new(binary("ffmpeg-cluster-server"));
        let all = words.iter().chain(&["--work-dir", "server", "--advertise", "127.0.0.1"]);
        let ended = command.args(all).current_dir(self.0.scratch.path()).output().unwrap();
        assert!(ended.status.success(), "{words:?}: {}", String::from_utf8_lossy(&ended.stderr));
        String::from_utf8(ended.stdout).unwrap()
    }

    /// A new token's join string, and its number.
    fn token(&self, role: &str) -> (String, String) {
        let line = self.verb(&["token", "add", role]);
        let join = line.split(' ').nth(1).unwrap().to_owned();
        let id = Join::parse(&join).unwrap().token.reveal().split('-').next().unwrap().to_owned();
        (join, id)
    }

    fn code(&self) -> String {
        let link = self.verb(&["sign-in", "submitter"]);
        link.trim().split_once("/#code=").unwrap_or_else(|| panic!("{link}")).1.to_owned()
    }

    fn ask(&self, line: &str, more: &str, body: &str) -> String {
        let length = body.len();
        let head = format!(
            "{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n"
        );
        raw::say(self.0.ask.port(), format!("{head}{more}\r\n{body}").as_bytes())
    }

    fn status(&self, line: &str, more: &str, body: &str) -> u16 {
        raw::status(&self.ask(line, more, body))
    }

    fn sign_in(&self, body: &str) -> String {
        self.ask("POST /api/v1/session", &format!("{JSON}{OURS}"), body)
    }

    /// The header that a signed-in browser sends.
    fn cookie(&self, body: &str) -> String {
        cookie_in(&self.sign_in(body))
    }

    fn jobs(&self, cookie: &str) -> u16 {
        self.status("GET /api/v1/jobs", cookie, "")
    }
}

fn cookie_in(answer: &str) -> String {
    let line = answer.lines().find_map(|line| line.strip_prefix("set-cookie: "));
    let line = line.unwrap_or_else(|| panic!("no cookie: {answer}"));
    assert!(line.contains("; HttpOnly; SameSite=Strict"), "{line}");
    format!("Cookie: other=1; {}\r\n", line.split(';').next().unwrap())
}

fn by_token(join: &str) -> String {
    format!(r#"{{"token":"{join}"}}"#)
}

#[test]
fn a_stranger_gets_the_page_and_nothing_else() {
    let door = Door::open();
    let page = door.ask("GET /", "Accept: text/html,*/*\r\n", "");
    assert_eq!(raw::status(&page), 200, "{page}");
    let policy = page.lines().find(|line| line.starts_with("content-security-policy: ")).unwrap_or_default();
    assert!(policy.contains("default-src 'none'; script-src 'self'") && !policy.contains("unsafe"), "{page}");
    let script = page.split('"').find(|part| part.ends_with("/app.js")).unwrap_or_else(|| panic!("{page}"));
    let kept = door.ask(&format!("GET {script}"), "", "");
    assert!(raw::status(&kept) == 200 && kept.contains("immutable"), "{kept}");
    let tag = page.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    let again = format!("Accept: text/html\r\nIf-None-Match: {tag}\r\n");
    assert_eq!(door.status("GET /", &again, ""), 304);

    let who = door.ask("GET /api/v1/session", "", "");
    assert!(who.ends_with(r#"{"signed_in":false}"#), "{who}");
    for line in ["GET /", "GET /ui/0000/app.js", "GET /ui/app.js", "GET /index.html", "GET /api/v1/jobs"] {
        assert_eq!(door.status(line, "", ""), 401, "{line}");
    }
    for bad in ["{}", "[]", "", r#"{"token":"a","code":"b"}"#, r#"{"token":1}"#, r#"{"token":"a","x":1}"#] {
        assert_eq!(raw::status(&door.sign_in(bad)), 400, "{bad}");
    }
}

#[test]
fn a_cookie_is_for_our_own_page_alone() {
    let door = Door::open();
    let (join, _) = door.token("submitter");
    let body = by_token(&join);
    for (more, status) in [
        (format!("{JSON}Origin: http://evil.example\r\n"), 403),
        (format!("{JSON}Sec-Fetch-Site: cross-site\r\n"), 403),
        (format!("Content-Type: text/plain\r\n{OURS}"), 415),
    ] {
        let answer = door.ask("POST /api/v1/session", &more, &body);
        assert!(raw::status(&answer) == status && !answer.contains("set-cookie"), "{more}: {answer}");
    }
    let cookie = door.cookie(&body);
    assert_eq!(door.jobs(&cookie), 200);
    let list = |more: &str| door.status("POST /ws/command", &format!("{JSON}{cookie}{more}"), "\"ListJobs\"");
    assert_eq!(list(OURS), 200);
    assert_eq!(list("Sec-Fetch-Site: same-origin\r\n"), 200);
    for foreign in
        ["", "Origin: http://evil.example\r\n", "Origin: null\r\n", "Sec-Fetch-Site: same-site\r\n"]
    {
        assert_eq!(list(foreign), 403, "{foreign:?}");
    }
    let admins = door.status("GET /api/v1/refusals", &cookie, "");
    assert_eq!(admins, 403, "it may do no more than its token");
    let (worker, _) = door.token("worker");
    assert_eq!(raw::status(&door.sign_in(&by_token(&worker))), 403, "a client has no page");
}

#[test]
fn a_sign_in_ends_when_it_is_said_and_with_its_time_and_with_its_token() {
    let door = Door::open();
    let (join, id) = door.token("admin");
    let [out, late, revoked] = [(); 3].map(|()| door.cookie(&by_token(&join)));
    assert_eq!([&out, &late, &revoked].map(|cookie| door.jobs(cookie)), [200; 3]);

    let who = door.ask("GET /api/v1/session", &out, "");
    let who: serde_json::Value = serde_json::from_str(who.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    let browsers = who["browsers"].as_array().unwrap();
    assert_eq!((browsers.len(), browsers.iter().filter(|one| one["this"] == true).count()), (3, 1), "{who}");
    let (other, _) = door.token("admin");
    let (other, theirs) = (door.cookie(&by_token(&other)), &browsers[0]["id"].as_str().unwrap());
    let foreign = format!("DELETE /api/v1/session?id={theirs}");
    assert_eq!(door.status(&foreign, &format!("{OURS}{other}"), ""), 404, "another token's browser");

    let ended = door.ask("DELETE /api/v1/session", &format!("{JSON}{OURS}{out}"), "{}");
    assert!(raw::status(&ended) == 200 && ended.contains("Max-Age=0"), "{ended}");
    assert_eq!([&out, &late].map(|cookie| door.jobs(cookie)), [401, 200]);

    let database = rusqlite::Connection::open(door.0.scratch.path().join("server/db/server.db")).unwrap();
    let secret = late.split('=').next_back().unwrap().trim();
    let held = format!("SELECT count(*) FROM sign_ins WHERE hash LIKE '%{secret}%'");
    let held: i64 = database.query_row(&held, [], |row| row.get(0)).unwrap();
    assert_eq!(held, 0, "the cookie itself is stored");
    let first = "(SELECT hash FROM sign_ins ORDER BY rowid LIMIT 1)";
    database.execute(&format!("UPDATE sign_ins SET expires_at_ms = 1 WHERE hash = {first}"), []).unwrap();
    assert_eq!([&late, &revoked].map(|cookie| door.jobs(cookie)), [401, 200]);

    let foreign = format!("Cookie: fc-00000000={}\r\n", "0".repeat(64));
    assert_eq!(door.jobs(&foreign), 401);
    let name = revoked.split("fc-").nth(1).unwrap().split('=').next().unwrap();
    assert_eq!(door.jobs(&format!("Cookie: fc-{name}={}\r\n", "0".repeat(64))), 401);

    door.verb(&["token", "revoke", &id]);
    assert!(comes(SOON, OUT_WITHIN, || door.jobs(&revoked) == 401), "the token is revoked");
    let stays_out = || raw::status(&door.sign_in(&by_token(&join))) == 401;
    assert!(comes(SOON, OUT_WITHIN, stays_out), "the token is revoked");
}

#[test]
fn a_browser_that_is_signed_out_hears_nothing_more() {
    const SOCKET: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                          Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let door = Door::open();
    let (join, _) = door.token("submitter");
    let [out, stays] = [(); 2].map(|()| door.cookie(&by_token(&join)));
    let listen = |path: &str, cookie: &str| {
        let mut socket = raw::connect(door.0.ask.port());
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{SOCKET}{OURS}{cookie}\r\n");
        socket.write_all(head.as_bytes()).unwrap();
        let mut told = [0; 12];
        socket.read_exact(&mut told).unwrap();
        assert_eq!(&told, b"HTTP/1.1 101", "{path}");
        socket
    };
    let mut theirs = ["/api/v1/events", "/ws/command"].map(|path| listen(path, &out));
    let mut others = listen("/api/v1/events", &stays);
    let ended = door.ask("DELETE /api/v1/session", &format!("{JSON}{OURS}{out}"), "{}");
    assert_eq!(raw::status(&ended), 200);
    assert!(theirs.iter_mut().all(|socket| raw::is_closed_within(socket, OUT_WITHIN)), "they go on");
    assert!(
        !raw::is_closed_within(&mut others, Duration::from_millis(300)),
        "another browser of the same token"
    );
}

#[test]
fn a_link_signs_in_once_and_guesses_are_few() {
    let door = Door::open();
    let body = format!(r#"{{"code":"{}","stay":true}}"#, door.code());
    let answer = door.sign_in(&body);
    assert!(answer.contains("Max-Age=2592000") && answer.contains(r#""role":"submitter""#), "{answer}");
    assert_eq!(door.jobs(&cookie_in(&answer)), 200);
    let again = door.sign_in(&body);
    assert!(raw::status(&again) == 401 && !again.contains("set-cookie"), "{again}");
    let guesses: Vec<u16> = (0..9)
        .map(|_| raw::status(&door.sign_in(r#"{"code":"00112233445566778899aabbccddeeff"}"#)))
        .collect();
    assert_eq!(guesses, [[401; 8].as_slice(), &[429]].concat());
}

#[tokio::test]
async fn over_tls_the_cookie_is_for_this_host_alone() {
    let door = Door::open();
    let (join, _) = door.token("admin");
    let http = reqwest::Client::builder().no_proxy().danger_accept_invalid_certs(true).build().unwrap();
    let at = |path: &str| format!("https://127.0.0.1:{}{path}", door.0.ask.port());
    let ours = format!("https://127.0.0.1:{}", door.0.ask.port());
    let asked =
        http.post(at("/api/v1/session")).header("origin", &ours).header("content-type", "application/json");
    let answer = asked.body(by_token(&join)).send().await.unwrap();
    let set = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(set.starts_with("__Host-fc-") && set.contains("; Secure"), "{set}");
    let pair = set.split(';').next().unwrap();
    let jobs = http.get(at("/api/v1/jobs")).header("cookie", pair).send().await.unwrap();
    assert_eq!(jobs.status(), 200);
    let plain = door.jobs(&format!("Cookie: {pair}\r\n"));
    assert_eq!(plain, 401, "without TLS it is another's");
}
