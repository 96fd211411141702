use ffmpeg_cluster_common::access::secret::Secret;

use super::*;
use crate::machine::scratch::Scratch;

fn join(role: Role, host: &str) -> Join {
    let (token, fingerprint) = (Secret::new("0a-ff"), "ab".repeat(32).parse().unwrap());
    Join { host: host.to_owned(), port: 7000, role, token, fingerprint }
}

struct Scene {
    scratch: Scratch,
    work: WorkFolder,
}

impl Scene {
    fn new() -> Self {
        let scratch = Scratch::new();
        let work = WorkFolder::new(scratch.path()).unwrap();
        Self { scratch, work }
    }

    /// With a join string in a file, and an address.
    fn start(&self, given: Option<&Join>, ip: Option<&str>, port: Option<u16>) -> Servers {
        let from = given.map(|join| {
            let path = self.scratch.path().join("given");
            std::fs::write(&path, format!("{}\r\n", join.print())).unwrap();
            JoinFrom::File(path)
        });
        servers(&self.work, &ServerChoice { from, ip: ip.map(str::to_owned), port }).unwrap()
    }
}

fn shown(server: &Server) -> String {
    let role = server.pass.as_ref().map_or("nobody", |pass| pass.role.as_str());
    format!("{server} {role}")
}

#[test]
fn nothing_said_is_a_server_on_this_machine() {
    let servers = Scene::new().start(None, None, None);
    assert_eq!((shown(&servers.encode), servers.joined), ("localhost:5001 nobody".into(), None));
    assert_eq!(shown(&servers.people), "localhost:5001 nobody");
}

#[test]
fn what_was_joined_is_kept_for_starts_that_name_no_server() {
    let scene = Scene::new();
    let farm = join(Role::Worker, "farm.example");
    assert_eq!(scene.start(Some(&farm), None, None).joined, Some(Role::Worker));
    let later = scene.start(None, None, None);
    assert_eq!(later.encode, server(&farm));
    assert_eq!(later.joined, None);
    assert_eq!(shown(&scene.start(None, Some("127.0.0.1"), None).encode), "127.0.0.1:5001 nobody");
    assert_eq!(shown(&scene.start(None, None, Some(9)).encode), "localhost:9 nobody");
    assert_eq!(scene.start(None, None, None).encode, server(&farm), "naming another one forgets nothing");
}

#[test]
fn another_address_changes_nothing_but_the_address() {
    let scene = Scene::new();
    let farm = join(Role::Worker, "farm.example");
    let servers = scene.start(Some(&farm), Some("10.0.0.9"), Some(8));
    assert_eq!(shown(&servers.encode), "10.0.0.9:8 worker");
    assert_eq!(servers.encode.pass, server(&farm).pass);
    assert_eq!(scene.start(None, None, None).encode, servers.encode, "it is kept by the way that works");
}

/// Only the address was said, and the join was forgotten: "the server there wants TLS and a token".
#[test]
fn the_server_that_was_joined_is_found_at_its_new_address() {
    let scene = Scene::new();
    let farm = join(Role::Worker, "192.0.2.7");
    scene.start(Some(&farm), None, None);
    let moved = scene.start(None, Some("192.0.2.8"), None).encode;
    assert_eq!((shown(&moved), &moved.pass), ("192.0.2.8:7000 worker".into(), &server(&farm).pass));
    assert_eq!(shown(&scene.start(None, Some("192.0.2.8"), Some(9)).encode), "192.0.2.8:9 worker");
    assert_eq!(shown(&scene.start(None, Some("localhost"), None).encode), "localhost:5001 nobody");
}

#[test]
fn a_machine_may_encode_and_bring_films_each_with_its_token() {
    let scene = Scene::new();
    scene.start(Some(&join(Role::Worker, "farm")), None, None);
    let people = scene.start(Some(&join(Role::Submitter, "farm")), None, None);
    assert_eq!(
        (shown(&people.encode), shown(&people.people)),
        ("farm:7000 worker".into(), "farm:7000 submitter".into())
    );
    assert!(check_encodes(&people.encode).is_ok());
    let admin = join(Role::Admin, "farm");
    let later = scene.start(Some(&admin), None, None);
    assert_eq!(shown(&later.people), "farm:7000 admin");
    assert_eq!(shown(&scene.start(None, None, None).people), "farm:7000 submitter", "it may not work");
    keep(&scene.work, &later.unproved.unwrap()).unwrap();
    assert_eq!(shown(&scene.start(None, None, None).people), "farm:7000 admin");
    assert_eq!(shown(&scene.start(None, None, None).people), "farm:7000 admin");
}

#[test]
fn a_token_for_something_else_is_told_as_such_and_never_goes_to_this_machine() {
    let scene = Scene::new();
    let servers = scene.start(Some(&join(Role::Submitter, "farm")), None, None);
    let refused = check_encodes(&servers.encode).unwrap_err().to_string();
    assert!(refused.contains("token add worker"), "{refused}");
    let servers = Scene::new().start(Some(&join(Role::Worker, "farm")), None, None);
    assert_eq!(shown(&servers.people), "farm:7000 worker", "the server says what it lacks");
}

#[cfg(unix)]
#[test]
fn what_is_kept_is_for_nobody_else() {
    use std::os::unix::fs::PermissionsExt;
    let scene = Scene::new();
    scene.start(Some(&join(Role::Worker, "farm")), None, None);
    let about = std::fs::metadata(Kind::Encode.kept(&scene.work)).unwrap();
    assert_eq!(about.permissions().mode() & 0o777, 0o600);
}

#[test]
fn what_can_not_be_used_is_told_with_where_it_lies() {
    let scene = Scene::new();
    let asked = |from| ServerChoice { from: Some(from), ip: None, port: None };
    let tell = |from| format!("{:#}", servers(&scene.work, &asked(from)).unwrap_err());
    let path = scene.scratch.path().join("x");
    assert!(tell(JoinFrom::File(path.clone())).contains("x"), "no such file");
    std::fs::write(&path, b"\xff\xfe not text").unwrap();
    assert!(
        tell(JoinFrom::File(path.clone())).contains("one word"),
        "{}",
        tell(JoinFrom::File(path.clone()))
    );
    std::fs::write(&path, vec![b'x'; 10 << 20]).unwrap();
    assert!(tell(JoinFrom::File(path)).contains("longer than any"));
    let damaged = join(Role::Worker, "farm").print().replace("farm", "fram");
    assert!(
        tell(JoinFrom::Given(Secret::new(damaged)))
            .starts_with("FFMPEG_CLUSTER_JOIN: this join string was cut")
    );
    std::fs::create_dir_all(scene.work.join("worker").parent().unwrap()).unwrap();
    std::fs::write(scene.work.join("worker"), "fc1.half").unwrap();
    let kept = servers(&scene.work, &ServerChoice::default()).unwrap_err();
    assert!(format!("{kept:#}").contains("which an earlier --join left"), "{kept:#}");
}
