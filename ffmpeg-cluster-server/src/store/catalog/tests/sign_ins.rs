//! Browsers that signed in, and links.

use ffmpeg_cluster_common::access::role::Role;
use ffmpeg_cluster_common::time::WallMillis;

use super::Fresh;
use crate::store::catalog::{Catalog, LinkRow, SignInRow, TokenRow};

fn with_tokens(place: &dyn Fresh) -> Box<dyn Catalog> {
    let mut catalog = place.open();
    for id in ["a", "b"] {
        let (name, hash) = (String::new(), id.to_owned());
        let row = TokenRow {
            id: id.into(),
            role: Role::Admin,
            name,
            hash,
            created_at: WallMillis(1),
            revoked_at: None,
            expires_at: None,
            used_at: None,
        };
        catalog.add_token(&row).unwrap();
    }
    catalog
}

fn sign_in(hash: &str, token: &str, at: u64) -> SignInRow {
    SignInRow {
        hash: hash.into(),
        token: token.into(),
        created_at: WallMillis(at),
        seen_at: WallMillis(at),
        expires_at: WallMillis(at + 100),
        lasts_ms: 100,
        agent: "a browser'; --".into(),
        from: "192.0.2.7".into(),
    }
}

fn link(hash: &str, token: &str) -> LinkRow {
    LinkRow { hash: hash.into(), token: token.into(), expires_at: WallMillis(50) }
}

pub(crate) fn a_sign_in_slides_and_ends_once(place: &dyn Fresh) {
    let mut catalog = with_tokens(place);
    let reads = catalog.reads().unwrap();
    catalog.add_sign_in(&sign_in("x", "a", 10), 25).unwrap();
    assert_eq!(reads.sign_in("x").unwrap(), Some(sign_in("x", "a", 10)));
    assert_eq!(reads.sign_in("y").unwrap(), None);
    catalog.sign_in_seen("x", WallMillis(60)).unwrap();
    let slid = reads.sign_in("x").unwrap().unwrap();
    assert_eq!((slid.seen_at, slid.expires_at), (WallMillis(60), WallMillis(160)));
    assert!(catalog.end_sign_in("x").unwrap());
    assert!(!catalog.end_sign_in("x").unwrap(), "it was ended before");
    catalog.sign_in_seen("x", WallMillis(70)).unwrap();
    assert_eq!(reads.sign_in("x").unwrap(), None, "an ended one came back");
}

pub(crate) fn a_token_has_so_many_sign_ins_and_no_expired_one_stays(place: &dyn Fresh) {
    let mut catalog = with_tokens(place);
    let reads = catalog.reads().unwrap();
    catalog.add_sign_in(&sign_in("other", "b", 5), 2).unwrap();
    for (hash, at) in [("one", 10), ("two", 11)] {
        catalog.add_sign_in(&sign_in(hash, "a", at), 2).unwrap();
    }
    catalog.sign_in_seen("one", WallMillis(20)).unwrap();
    catalog.add_sign_in(&sign_in("three", "a", 30), 2).unwrap();
    let here = |hash: &str| reads.sign_in(hash).unwrap().is_some();
    assert_eq!(["one", "two", "three", "other"].map(here), [true, false, true, true]);
    let of_a: Vec<String> = reads.sign_ins("a").unwrap().into_iter().map(|row| row.hash).collect();
    assert_eq!(of_a, ["three", "one"], "the last seen first");
    catalog.add_sign_in(&sign_in("four", "b", 105), 2).unwrap();
    assert_eq!(["one", "three", "other", "four"].map(here), [true, true, false, true]);
}

pub(crate) fn a_revoked_token_takes_its_sign_ins_and_links_along(place: &dyn Fresh) {
    let mut catalog = with_tokens(place);
    let reads = catalog.reads().unwrap();
    for (hash, token) in [("x", "a"), ("y", "b")] {
        catalog.add_sign_in(&sign_in(hash, token, 10), 25).unwrap();
        catalog.add_link(&link(hash, token)).unwrap();
    }
    catalog.revoke_token("a", WallMillis(20)).unwrap();
    assert!(reads.sign_in("x").unwrap().is_none() && reads.sign_in("y").unwrap().is_some());
    assert_eq!(catalog.use_link("x", WallMillis(20)).unwrap(), None);
    assert_eq!(catalog.use_link("y", WallMillis(20)).unwrap().as_deref(), Some("b"));
}

pub(crate) fn a_link_is_used_once_and_not_after_its_time(place: &dyn Fresh) {
    let mut catalog = with_tokens(place);
    catalog.add_link(&link("x", "a")).unwrap();
    catalog.add_link(&link("late", "a")).unwrap();
    assert_eq!(catalog.use_link("other", WallMillis(1)).unwrap(), None);
    assert_eq!(catalog.use_link("x", WallMillis(49)).unwrap().as_deref(), Some("a"));
    assert_eq!(catalog.use_link("x", WallMillis(49)).unwrap(), None, "it was used before");
    assert_eq!(catalog.use_link("late", WallMillis(50)).unwrap(), None, "its time was over");
}
