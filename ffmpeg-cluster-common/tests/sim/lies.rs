//! Clients that lie, and crowds of them: words about leases that are not theirs, numbers that can't
//! be, bytes under somebody else's name, the same identity many times over.

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::ids::{ClientId, LeaseId};
use ffmpeg_cluster_common::media::plan::piece::SentPiece;
use ffmpeg_cluster_common::protocol::to_server::{Spent, ToServer};
use ffmpeg_cluster_common::time::Millis;

use crate::disk::Arriving;
use crate::encode::last_words;
use crate::film;
use crate::machine::Role;
use crate::mishap::Mishap;
use crate::queue::Coming;
use crate::world::World;

/// What a liar says of a source that is as it was.
pub(crate) const GONE: &str = "the source is not what it was";

impl World {
    pub(crate) fn lies(&mut self, which: Mishap) -> bool {
        match which {
            Mishap::ForeignClaim | Mishap::OldClaim => self.claims(which),
            Mishap::Nonsense => self.talks_nonsense(),
            Mishap::ForeignUpload => self.uploads_for_others(),
            Mishap::Hoard => self.hoards(),
            Mishap::SameIdentity => self.same_identity(),
            Mishap::Crowd => self.crowd(),
            other => panic!("nothing is known of {other:?}"),
        }
    }

    fn liar(&self) -> Option<usize> {
        let connected = |number: &usize| self.machines[*number].session.is_some();
        self.machines.iter().position(|machine| machine.role == Role::Liar).filter(connected)
    }

    fn foreign_lease(&mut self, liar: usize) -> Option<LeaseId> {
        let name = &self.machines[liar].name;
        let others = self.server.leases.iter().filter(|(_, (_, client))| client != name);
        let others: Vec<LeaseId> = others.map(|(lease, _)| *lease).collect();
        if others.is_empty() {
            return None;
        }
        Some(others[self.chance.below(others.len() as u64) as usize])
    }

    /// It speaks of a lease of somebody else, or of one that was never given or is long over.
    fn claims(&mut self, which: Mishap) -> bool {
        let Some(liar) = self.liar() else { return false };
        let lease = if which == Mishap::ForeignClaim {
            self.foreign_lease(liar)
        } else {
            let (boot, seq) = (self.chance.below(u64::from(self.server.boot) + 2), self.chance.below(20));
            Some(LeaseId { boot: boot as u32, seq })
        };
        let Some(lease) = lease else { return false };
        let own = self.machines[liar].benches.values().find_map(|bench| bench.made.clone());
        let piece = own.map_or_else(SentPiece::default, |content| crate::client_body::announced(&content));
        let words = last_words(self.machines[liar].name.as_str(), lease);
        let fault = Fault::new(FaultCode::EncoderFailed, "it died").with_tail(vec![words]);
        let said = match self.chance.below(4) {
            0 => ToServer::PieceSent { lease, piece },
            1 => ToServer::Failed { lease, fault },
            2 => ToServer::Encoded { lease, frames: 1, encode_ms: 1, spent: None },
            _ => ToServer::Progress { lease, frames: 7, fps: 7.0 },
        };
        self.client_says(liar, said);
        true
    }

    fn talks_nonsense(&mut self) -> bool {
        let Some(liar) = self.liar() else { return false };
        let Some(lease) = self.machines[liar].benches.keys().next().copied() else { return false };
        let words = last_words(self.machines[liar].name.as_str(), lease);
        let gone = Fault::new(FaultCode::SourceChanged, GONE).with_tail(vec![words]);
        let said = match self.chance.below(6) {
            0 => ToServer::Progress { lease, frames: u64::MAX, fps: f32::NAN },
            1 => ToServer::Progress { lease, frames: 0, fps: -1.0 },
            2 => ToServer::Progress { lease, frames: 60, fps: f32::INFINITY },
            3 => ToServer::Encoded {
                lease,
                frames: u64::MAX,
                encode_ms: u64::MAX,
                spent: Some(Spent { cpu_ms: 1, ran_ms: u64::MAX, memory_bytes: 1 }),
            },
            4 => ToServer::Failed { lease, fault: gone },
            _ => ToServer::Encoded { lease, frames: 0, encode_ms: 1, spent: None },
        };
        self.client_says(liar, said);
        true
    }

    fn uploads_for_others(&mut self) -> bool {
        let Some(liar) = self.liar() else { return false };
        let Some(lease) = self.foreign_lease(liar) else { return false };
        let own = self.machines[liar].benches.values().find_map(|bench| bench.made.clone());
        self.disk
            .arriving
            .insert(lease, own.map_or(Arriving::Torn, |content| Arriving::Whole(Box::new(content))));
        true
    }

    /// It takes leases and does nothing about them; its mind goes on saying that it lives.
    fn hoards(&mut self) -> bool {
        let Some(liar) = self.liar() else { return false };
        !std::mem::replace(&mut self.machines[liar].hoards, true)
    }

    /// Somebody copied a client's folder.
    fn same_identity(&mut self) -> bool {
        let number = self.chance.below(self.machines.len() as u64) as usize;
        let name = self.machines[number].name.clone();
        let held: Vec<LeaseId> = self.machines[number].benches.keys().copied().collect();
        for _ in 0..=self.chance.below(6) {
            let after = Millis(self.chance.below(4_000));
            let holding = if self.chance.one_in(2) { held.clone() } else { Vec::new() };
            self.ghost(&name, after, (true, holding));
        }
        true
    }

    /// Many that nobody has seen before, few of which can do anything.
    fn crowd(&mut self) -> bool {
        for number in 0..(20 + self.chance.below(280)) {
            self.crowds += 1;
            let name = film::id(&format!("x{}", self.crowds));
            let after = Millis(self.chance.below(2_000));
            self.ghost(&name, after, (number < 4, Vec::new()));
        }
        true
    }

    /// A session that says hello, hears nothing of what it is told, and is gone after a while.
    fn ghost(&mut self, name: &ClientId, after: Millis, (able, holding): (bool, Vec<LeaseId>)) {
        if !self.server.is_up() {
            return;
        }
        let session = self.network.open(self.now, name.clone(), None);
        self.network.lines.get_mut(&session).expect("just opened").server_up = true;
        let mut hello = film::hello(name);
        hello.holding = holding;
        if !able {
            hello.encoders.clear();
        }
        self.send_to_server(session, ToServer::Hello(hello), after);
        let gone = self.now + after + Millis(2_000 + self.chance.below(10_000));
        self.queue.push(gone, Coming::ServerTold(session));
    }
}
