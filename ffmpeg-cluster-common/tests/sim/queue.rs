//! Everything that is on its way, in the order in which it comes to pass.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::cluster::event::Event;
use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::ids::{JobId, LeaseId, SessionNo};
use ffmpeg_cluster_common::protocol::to_client::{Offer, ToClient};
use ffmpeg_cluster_common::protocol::to_server::ToServer;
use ffmpeg_cluster_common::time::Millis;

use crate::people::Person;

#[derive(Debug)]
pub(crate) enum Coming {
    /// A message arrives at the server's end of a session.
    AtServer(SessionNo, Box<ToServer>),
    AtClient(SessionNo, Box<ToClient>),
    /// The outcome of a client's attempt to connect.
    Connected(SessionNo),
    /// One end of a session learns that it is over.
    ClientTold(SessionNo),
    ServerTold(SessionNo),
    /// The server's driver takes what has come; the number is the server's life.
    Turn(u32),
    /// What the server does in the background for a job came to an end.
    Done(u32, JobId, Box<Background>),
    ServerStarts,
    ServerStops(u32),
    /// A client's encoder got further; the numbers are the client and its bench.
    Encodes(usize, u64, LeaseId),
    Uploads(usize, u64, LeaseId),
    MachineStarts(usize),
    Person(Person),
    Trouble,
}

/// Work of the server's body, by what it is about.
#[derive(Debug)]
pub(crate) enum Background {
    Event(Event),
    Audit(LeaseId, FrameRange, FrameRange),
    Check(LeaseId),
    Offer(SessionNo, Offer),
    Join,
}

#[derive(Debug, Default)]
pub(crate) struct Queue {
    order: u64,
    coming: BTreeMap<(Millis, u64), Coming>,
}

impl Queue {
    pub(crate) fn push(&mut self, at: Millis, what: Coming) {
        self.order += 1;
        self.coming.insert((at, self.order), what);
    }
    pub(crate) fn next(&self) -> Option<Millis> {
        self.coming.first_key_value().map(|((at, _), _)| *at)
    }
    pub(crate) fn pop(&mut self) -> Option<(u64, Coming)> {
        self.coming.pop_first().map(|((_, order), what)| (order, what))
    }
    /// Not yet: the same thing later, before whatever came after it.
    pub(crate) fn put_off(&mut self, at: Millis, order: u64, what: Coming) {
        self.coming.insert((at, order), what);
    }
}
