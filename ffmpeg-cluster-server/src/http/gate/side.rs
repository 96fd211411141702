//! Who is at the other end of a connection.

use std::net::SocketAddr;

use tokio::sync::{OnceCell, watch};

use super::Gate;
use super::places::Place;
use crate::access::Who;
use crate::access::tokens::Tokens;

/// What is known of a connection's other side before it says anything.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) theirs: SocketAddr,
    pub(super) ours: SocketAddr,
    pub(super) is_secure: bool,
    pub(super) same_user: OnceCell<bool>,
    /// Who asked last. Requests of one connection come one after another.
    pub(super) asker: watch::Sender<Option<Who>>,
    /// Given back when the last who needs this connection is gone, a WebSocket included.
    pub(super) place: Place,
}

impl Side {
    /// On this very machine.
    pub(super) fn is_here(&self) -> bool {
        self.theirs.ip().is_loopback() || self.theirs.ip() == self.ours.ip()
    }

    /// Looked up when it is asked for, so that connections which never ask anything cost nothing.
    pub(super) async fn is_same_user(&self, gate: &Gate) -> bool {
        let look =
            || async { gate.owners.of_caller(self.theirs, self.ours, &gate.connections).await.is_trusted() };
        *self.same_user.get_or_init(look).await
    }

    /// From now on this connection is that one's, and nobody's in particular for `None`.
    pub(super) fn is_of(&self, who: Option<&Who>) {
        self.asker.send_replace(who.cloned());
    }
}

/// Ready when the token that the connection is of was revoked: whatever it waits for, and whether bytes move or not.
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
