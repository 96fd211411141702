//! Tokens and keys.

use ffmpeg_cluster_common::access::role::Role;
use ffmpeg_cluster_common::time::WallMillis;

use super::Fresh;
use super::samples::client;
use crate::store::catalog::{Catalog, TokenRow};

fn token(id: &str, at: u64) -> TokenRow {
    let (role, name, hash) = (Role::Submitter, format!("of {id}"), format!("{id}{id}"));
    let (revoked_at, expires_at, used_at) = (None, None, None);
    TokenRow { id: id.into(), role, name, hash, created_at: WallMillis(at), revoked_at, expires_at, used_at }
}

fn with_three(place: &dyn Fresh) -> Box<dyn Catalog> {
    let mut catalog = place.open();
    for row in [token("b", 5), token("a", 7), token("c", 3)] {
        catalog.add_token(&row).unwrap();
    }
    catalog
}

pub(crate) fn the_first_key_of_a_client_is_its_key(place: &dyn Fresh) {
    let mut catalog = place.open();
    let reads = catalog.reads().unwrap();
    assert_eq!(reads.client_key(&client()).unwrap(), None);
    assert!(catalog.claim_key(&client(), "first", WallMillis(1)).unwrap());
    assert!(!catalog.claim_key(&client(), "second", WallMillis(2)).unwrap());
    assert!(catalog.claim_key(&client(), "first", WallMillis(3)).unwrap());
    assert_eq!(reads.client_key(&client()).unwrap().as_deref(), Some("first"));
}

pub(crate) fn tokens_are_listed_the_oldest_first_and_the_valid_ones_apart(place: &dyn Fresh) {
    let mut catalog = with_three(place);
    let reads = catalog.reads().unwrap();
    assert_eq!(reads.tokens().unwrap(), [token("c", 3), token("b", 5), token("a", 7)]);
    catalog.revoke_token("b", WallMillis(9)).unwrap();
    assert_eq!(reads.valid_tokens(WallMillis(9)).unwrap(), [token("c", 3), token("a", 7)]);
}

pub(crate) fn a_token_is_revoked_once_and_stays_listed(place: &dyn Fresh) {
    let mut catalog = with_three(place);
    assert!(catalog.revoke_token("b", WallMillis(9)).unwrap());
    assert!(!catalog.revoke_token("b", WallMillis(10)).unwrap(), "it was revoked before");
    assert!(!catalog.revoke_token("d", WallMillis(10)).unwrap(), "there is none");
    let revoked = TokenRow { revoked_at: Some(WallMillis(9)), ..token("b", 5) };
    assert_eq!(catalog.reads().unwrap().tokens().unwrap()[1], revoked);
}

pub(crate) fn a_token_expires_and_tells_when_it_was_used(place: &dyn Fresh) {
    let mut catalog = place.open();
    let expires_at = Some(WallMillis(20));
    catalog.add_token(&TokenRow { expires_at, ..token("a", 5) }).unwrap();
    catalog
        .tokens_used(&[("a".to_owned(), WallMillis(11)), ("b".to_owned(), WallMillis(11))].into())
        .unwrap();
    let reads = catalog.reads().unwrap();
    let used = TokenRow { expires_at, used_at: Some(WallMillis(11)), ..token("a", 5) };
    assert_eq!(reads.valid_tokens(WallMillis(19)).unwrap(), std::slice::from_ref(&used));
    assert!(reads.valid_tokens(WallMillis(20)).unwrap().is_empty());
    assert_eq!(reads.tokens().unwrap(), [used], "it stays listed");
}

pub(crate) fn a_token_has_its_number_alone(place: &dyn Fresh) {
    let mut catalog = with_three(place);
    catalog.revoke_token("b", WallMillis(9)).unwrap();
    for taken in ["a", "b"] {
        catalog.add_token(&token(taken, 11)).unwrap_err();
    }
    assert_eq!(catalog.reads().unwrap().tokens().unwrap().len(), 3);
}
