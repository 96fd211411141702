//! Tokens in a real database that two connections share, as the server and the verb do.

use std::net::Ipv4Addr;
use std::path::PathBuf;

use super::*;
use crate::store::catalog::{Catalog, Sqlite};

struct Scene {
    path: PathBuf,
    verb: Sqlite,
    tokens: Tokens,
    _background: Background,
}

impl Scene {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("ffmpeg-cluster-tokens-{}.db", uuid::Uuid::new_v4()));
        let verb = Sqlite::open(&path).unwrap();
        let reader = Reader::new(Sqlite::open(&path).unwrap().reads().unwrap());
        let background = Background::default();
        let tokens = Tokens::new(reader);
        tokens.watch(&background, Writer::start(Sqlite::open(&path).unwrap()).unwrap());
        Self { verb, path, tokens, _background: background }
    }

    fn add(&mut self, role: Role) -> Minted {
        let minted = Minted::new(role, "the attic".into()).unwrap();
        self.verb.add_token(&minted.row).unwrap();
        minted
    }

    async fn check(&self, text: &str) -> Option<Who> {
        self.tokens.check(text, Ipv4Addr::LOCALHOST.into()).await.map(|principal| principal.who)
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

#[tokio::test]
async fn a_token_that_was_just_made_works_at_once_and_says_what_it_is_for() {
    let mut scene = Scene::new();
    for role in Role::ALL {
        let Minted { row, text } = scene.add(role);
        assert_eq!(scene.check(text.reveal()).await, Some(Who::Token { id: row.id, role }));
    }
}

#[tokio::test]
async fn what_is_no_token_lets_nobody_in() {
    let mut scene = Scene::new();
    let (first, second) = (scene.add(Role::Worker), scene.add(Role::Admin));
    let (good, other) = (first.text.reveal(), second.text.reveal());
    let (id, secret) = good.split_once('-').unwrap();
    let another_secret = other.split_once('-').unwrap().1;
    let table = [
        String::new(),
        "-".into(),
        id.into(),
        format!("{id}-"),
        secret.into(),
        format!("{id}-{another_secret}"),
        format!("{id}-{}", first.row.hash),
        format!("{id}-{}", &secret[..63]),
        format!("{good}0"),
        good.to_uppercase().replace("0", "O"),
        format!(" {good}"),
        format!("{id}'--{secret}"),
        "x".repeat(10 << 20),
        format!("00000000-{secret}"),
    ];
    for text in &table {
        assert_eq!(scene.check(text).await, None, "{:?}", &text[..text.len().min(80)]);
    }
    assert!(scene.check(good).await.is_some());
}

#[tokio::test]
async fn the_database_holds_nothing_that_lets_anybody_in() {
    let mut scene = Scene::new();
    let minted = scene.add(Role::Admin);
    let secret = minted.text.reveal().split_once('-').unwrap().1;
    let all = ["", "-wal"].map(|end| {
        let mut name = scene.path.clone().into_os_string();
        name.push(end);
        std::fs::read(name).unwrap_or_default()
    });
    let holds =
        |text: &str| all.iter().any(|file| file.windows(text.len()).any(|part| part == text.as_bytes()));
    assert!(holds(&minted.row.hash) && !holds(secret));
    assert!(!format!("{minted:?}").contains(secret), "it shows when it is debugged");
}

#[tokio::test]
async fn a_revoked_token_ends_who_waits_for_that_and_lets_nobody_in_again() {
    let mut scene = Scene::new();
    let (gone, stays) = (scene.add(Role::Worker), scene.add(Role::Worker));
    let who = scene.check(gone.text.reveal()).await.unwrap();
    let other = scene.check(stays.text.reveal()).await.unwrap();
    assert!(scene.verb.revoke_token(&gone.row.id, clock::wall()).unwrap());
    assert!(!scene.verb.revoke_token(&gone.row.id, clock::wall()).unwrap(), "it was revoked before");
    let told = tokio::time::timeout(Duration::from_secs(20), scene.tokens.revoked(&who)).await;
    told.expect("the watch sees it");
    assert_eq!(scene.check(gone.text.reveal()).await, None);
    for who in [other, Who::Trusted] {
        let told = tokio::time::timeout(Duration::ZERO, scene.tokens.revoked(&who)).await;
        assert!(told.is_err(), "{who:?} was not revoked");
    }
}

#[tokio::test]
async fn a_new_token_works_at_once_also_while_others_try_numbers_at_random() {
    let mut scene = Scene::new();
    let guess = format!("00000000-{}", "0".repeat(64));
    assert_eq!(scene.check(&guess).await, None);
    let minted = scene.add(Role::Worker);
    let guesses = (0..500).map(|_| scene.check(&guess));
    let began = Instant::now();
    let (found, guessed) =
        tokio::join!(scene.check(minted.text.reveal()), futures_util::future::join_all(guesses));
    assert!(found.is_some(), "it was looked for before it was made, and not after");
    assert!(guessed.iter().all(Option::is_none));
    assert!(
        began.elapsed() < 20 * LOOK_AGAIN_AFTER,
        "each guess had a look of its own: {:?}",
        began.elapsed()
    );
}
