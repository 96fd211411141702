//! The network as a value: sessions that keep the order of what is said in each direction, and that
//! break, stall, fall silent at one end or at both.
//! It decides when a message arrives, or that it never does.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::ids::{ClientId, SessionNo};
use ffmpeg_cluster_common::time::Millis;

use crate::chance::Chance;

/// One direction of a session.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way {
    /// Nothing overtakes what was said before.
    latest: Millis,
    /// What would arrive after this moment never does.
    lost_after: Millis,
}

impl Way {
    const fn new(now: Millis) -> Self {
        Self { latest: now, lost_after: Millis(u64::MAX) }
    }
}

#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) client: ClientId,
    /// The client's place among the machines; ghosts have none.
    pub(crate) machine: Option<usize>,
    /// Each end's own belief.
    pub(crate) client_up: bool,
    pub(crate) server_up: bool,
    pub(crate) to_server: Way,
    pub(crate) to_client: Way,
    pub(crate) opened: Millis,
    /// Something happened to it.
    pub(crate) hurt: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Network {
    last: u64,
    pub(crate) lines: BTreeMap<SessionNo, Line>,
    delay_ms: u64,
}

impl Network {
    pub(crate) fn new(delay_ms: u64) -> Self {
        Self { delay_ms, ..Self::default() }
    }

    pub(crate) fn open(&mut self, now: Millis, client: ClientId, machine: Option<usize>) -> SessionNo {
        self.last += 1;
        let session = SessionNo(self.last);
        let line = Line {
            client,
            machine,
            client_up: false,
            server_up: false,
            to_server: Way::new(now),
            to_client: Way::new(now),
            opened: now,
            hurt: false,
        };
        self.lines.insert(session, line);
        session
    }

    pub(crate) fn delay(&self, chance: &mut Chance) -> Millis {
        // Most are quick, some take their time.
        let most = if chance.one_in(8) { self.delay_ms * 4 } else { self.delay_ms };
        Millis(1 + chance.below(most))
    }

    /// When a message that is said now arrives, if it does.
    pub(crate) fn arrival_at_server(&mut self, session: SessionNo, at: Millis) -> Option<Millis> {
        arrival(&mut self.lines.get_mut(&session)?.to_server, at)
    }
    pub(crate) fn arrival_at_client(&mut self, session: SessionNo, at: Millis) -> Option<Millis> {
        arrival(&mut self.lines.get_mut(&session)?.to_client, at)
    }

    /// Looked at again when the message comes: the line may have broken behind it.
    pub(crate) fn comes_to_server(&self, session: SessionNo, now: Millis) -> bool {
        self.lines.get(&session).is_some_and(|line| line.server_up && now <= line.to_server.lost_after)
    }
    pub(crate) fn comes_to_client(&self, session: SessionNo, now: Millis) -> bool {
        self.lines.get(&session).is_some_and(|line| line.client_up && now <= line.to_client.lost_after)
    }

    /// What is under way may still arrive, up to a moment; nothing that comes after it.
    pub(crate) fn lose(&mut self, session: SessionNo, until: Millis, (up, down): (bool, bool)) {
        if let Some(line) = self.lines.get_mut(&session) {
            line.hurt = true;
            if up {
                line.to_server.lost_after = line.to_server.lost_after.min(until);
            }
            if down {
                line.to_client.lost_after = line.to_client.lost_after.min(until);
            }
        }
    }

    /// Nothing arrives before that moment; nothing is lost.
    pub(crate) fn stall(&mut self, session: SessionNo, until: Millis) {
        if let Some(line) = self.lines.get_mut(&session) {
            line.hurt = true;
            for way in [&mut line.to_server, &mut line.to_client] {
                way.latest = way.latest.max(until);
            }
        }
    }

    pub(crate) fn sessions_at_server(&self) -> Vec<SessionNo> {
        self.lines.iter().filter(|(_, line)| line.server_up).map(|(session, _)| *session).collect()
    }
}

fn arrival(way: &mut Way, at: Millis) -> Option<Millis> {
    way.latest = way.latest.max(at);
    (way.latest <= way.lost_after).then_some(way.latest)
}
