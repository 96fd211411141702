//! Who is at the other end of a connection.

use std::net::SocketAddr;

use tokio::sync::{OnceCell, watch};

use super::Gate;
use super::places::Place;
use crate::access::Who;
use crate::access::tokens::Tokens;

/// What is known of the peer before it sends anything.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) theirs: SocketAddr,
    pub(super) ours: SocketAddr,
    pub(super) is_secure: bool,
    pub(super) same_user: OnceCell<bool>,
    /// The caller of the last request. Requests of one connection come one after another.
    pub(super) asker: watch::Sender<Option<Who>>,
    /// Freed when the last user of this connection is gone, including a WebSocket.
    pub(super) place: Place,
}

impl Side {
    /// Whether the peer is on this machine.
    pub(super) fn is_here(&self) -> bool {
        self.theirs.ip().is_loopback() || self.theirs.ip() == self.ours.ip()
    }

    /// Looked up on demand, so that a connection without a request costs nothing.
    pub(super) async fn is_same_user(&self, gate: &Gate) -> bool {
        let look =
            || async { gate.owners.of_caller(self.theirs, self.ours, &gate.connections).await.is_trusted() };
        *self.same_user.get_or_init(look).await
    }

    /// Assigns the connection to this caller, or to nobody for `None`.
    pub(super) fn is_of(&self, who: Option<&Who>) {
        self.asker.send_replace(who.cloned());
    }
}

/// Completes when the caller's token is revoked, whatever the connection waits for and whether bytes move or not.
pub(super) async fn revoked(mut asker: watch::Receiver<Option<Who>>, tokens: &Tokens) {
    loop {
        let who = asker.borrow_and_update().clone();
        let gone = async {
            match &who {
                Some(who) => tokens.revoked(who).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = gone => return,
            changed = asker.changed() => if changed.is_err() { return std::future::pending().await },
        }
    }
}
