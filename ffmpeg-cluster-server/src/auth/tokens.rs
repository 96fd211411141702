//! Tokens.

use std::net::IpAddr;

use super::Principal;

#[derive(Debug, Clone, Default)]
pub(crate) struct Tokens(());

impl Tokens {
    #[expect(clippy::unused_async, reason = "a token that was just made is looked up")]
    pub(crate) async fn check(&self, _token: &str, _from: IpAddr) -> Option<Principal> {
        None
    }
}
