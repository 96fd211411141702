use proptest::prelude::*;

use super::*;

fn join(host: &str) -> Join {
    Join {
        host: host.to_owned(),
        port: 5001,
        role: Role::Worker,
        token: Secret::new("1f2e3d4c-00ff"),
        fingerprint: "ab".repeat(32).parse().unwrap(),
    }
}

/// With the checksum that fits, so that the part itself is judged.
fn signed(body: &str) -> String {
    format!("{body}.{:08x}", checksum(body))
}

#[test]
fn the_checksum_is_the_usual_one() {
    assert_eq!(checksum("123456789"), 0xcbf4_3926);
}

#[test]
fn it_is_one_word_that_every_shell_leaves_alone() {
    for host in ["192.0.2.7", "farm.example", "2001:db8::1", "my_box-3"] {
        let text = join(host).print();
        assert!(text.starts_with("fc1.worker.5001."), "{text}");
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b)), "{text}");
        assert_eq!(Join::parse(&text), Ok(join(host)));
        assert_eq!(Join::parse(&format!("\u{feff} {text} \r\n")), Ok(join(host)), "as cmd.exe echoes it");
    }
}

#[test]
fn what_is_no_join_string_is_told_as_what_it_is() {
    let good = join("farm.example").print();
    let (fingerprint, huge) = ("ab".repeat(32), "x".repeat(10 << 20));
    let part = |role: &str, port: &str, token: &str, fingerprint: &str, host: &str| {
        signed(&format!("fc1.{role}.{port}.{token}.{fingerprint}.{host}"))
    };
    let table = [
        (String::new(), BadJoin::Empty),
        (" \r\n\t".into(), BadJoin::Empty),
        (huge, BadJoin::TooLong(10 << 20)),
        (good.replace(".farm", ". farm"), BadJoin::Blank),
        (good.replace(".farm", "\nfarm"), BadJoin::Blank),
        (good.replace("farm", "f\u{0}rm"), BadJoin::Strange('\0')),
        (good.replace("farm", "f\u{1b}[31mrm"), BadJoin::Strange('\u{1b}')),
        (good.replace("farm", "färm"), BadJoin::Strange('ä')),
        (good.replace("farm", "$(farm)"), BadJoin::Strange('$')),
        (good.replace("farm", "'); DROP TABLE tokens;--").replace(' ', ""), BadJoin::Strange('\'')),
        ("http://farm.example:5001".into(), BadJoin::Strange('/')),
        ("192.0.2.7:5001".into(), BadJoin::Other),
        ("fc".into(), BadJoin::Other),
        (good.replace("fc1.", "fcx."), BadJoin::Other),
        (good.replace("fc1.", "fc2."), BadJoin::Version("2".into())),
        ("fc1".into(), BadJoin::Damaged),
        ("fc1.".into(), BadJoin::Damaged),
        (signed("fc1"), BadJoin::Damaged),
        (signed("fc1.worker.5001"), BadJoin::Damaged),
        (good[..good.len() - 1].into(), BadJoin::Damaged),
        (good[..40].into(), BadJoin::Damaged),
        (good.replace("worker", "admin"), BadJoin::Damaged),
        (good.replace("farm.example", "evil.example"), BadJoin::Damaged),
        (part("root", "1", "t", &fingerprint, "h"), BadJoin::Part("an unknown role")),
        (part("Worker", "1", "t", &fingerprint, "h"), BadJoin::Part("an unknown role")),
        (part("admin", "0", "t", &fingerprint, "h"), BadJoin::Part("an invalid port")),
        (part("admin", "65536", "t", &fingerprint, "h"), BadJoin::Part("an invalid port")),
        (part("admin", "-1", "t", &fingerprint, "h"), BadJoin::Part("an invalid port")),
        (part("admin", "1", "", &fingerprint, "h"), BadJoin::Part("a malformed token")),
        (part("admin", "1", "a_b", &fingerprint, "h"), BadJoin::Part("a malformed token")),
        (part("admin", "1", &"t".repeat(201), &fingerprint, "h"), BadJoin::Part("a malformed token")),
        (part("admin", "1", "t", "ab", "h"), BadJoin::Part("a malformed certificate")),
        (part("admin", "1", "t", &"AB".repeat(32), "h"), BadJoin::Part("a malformed certificate")),
        (part("admin", "1", "t", &"zz".repeat(32), "h"), BadJoin::Part("a malformed certificate")),
    ];
    for (text, wanted) in &table {
        let shown: String = text.chars().take(60).collect();
        assert_eq!(Join::parse(text).as_ref(), Err(wanted), "{shown:?}");
    }
    for host in ["", "::", "a:b", "[::1]", "h:5001", &"h".repeat(254)] {
        let bad = Join::parse(&part("admin", "1", "t", &fingerprint, host));
        assert_eq!(bad.is_err(), host != "::", "{host:?}: {bad:?}");
    }
}

#[test]
fn no_error_says_what_the_token_is() {
    let good = join("farm.example").print();
    for at in 0..good.len() {
        if let Err(error) = Join::parse(&good[..at]) {
            assert!(!error.to_string().contains("1f2e3d4c"), "{error}");
        }
    }
    assert!(!format!("{:?}", join("h")).contains("1f2e3d4c"));
}

prop_compose! {
    fn any_join()(
        host in prop_oneof!["[a-zA-Z0-9._-]{1,253}", any::<Ipv6Addr>().prop_map(|ip| ip.to_string())],
        port in 1_u16..,
        role in prop::sample::select(&Role::ALL[..]),
        token in "[0-9a-zA-Z-]{1,200}",
        fingerprint in "[0-9a-f]{64}",
    ) -> Join {
        Join { host, port, role, token: Secret::new(token), fingerprint: fingerprint.parse().unwrap() }
    }
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back(join in any_join()) {
        prop_assert_eq!(Join::parse(&join.print()), Ok(join));
    }

    #[test]
    fn one_wrong_character_never_passes(join in any_join(), at in any::<prop::sample::Index>(), with in "[0-9a-z]") {
        let mut text = join.print();
        let at = at.index(text.len());
        prop_assume!(text[at..=at] != with);
        text.replace_range(at..=at, &with);
        prop_assert!(Join::parse(&text).is_err());
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        prop_assert!(Join::parse(&text).is_err());
    }
}
