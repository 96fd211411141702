//! The client's body: does what its mind decided, as the real one does.

use ffmpeg_cluster_common::client::{Effect, Event as Felt, MadePiece};
use ffmpeg_cluster_common::ids::{LeaseId, SessionNo};
use ffmpeg_cluster_common::media::plan::piece::SentPiece;
use ffmpeg_cluster_common::protocol::to_client::{Offer, ToClient};
use ffmpeg_cluster_common::protocol::to_server::ToServer;
use ffmpeg_cluster_common::time::Millis;

use crate::disk::{Arriving, Content};
use crate::encode::Fate;
use crate::film;
use crate::machine::Bench;
use crate::mishap::Mishap;
use crate::queue::Coming;
use crate::trace;
use crate::world::World;

/// Which leases the client may forget after what it felt.
enum Forgettable {
    Nothing,
    All,
    One(LeaseId),
    AllBut(Vec<LeaseId>),
}

impl Forgettable {
    fn after(felt: &Felt) -> Self {
        match felt {
            Felt::Heard(ToClient::Kept { lease } | ToClient::Revoke { lease, .. })
            | Felt::Failed { lease, .. }
            | Felt::Made { lease, .. } => Self::One(*lease),
            Felt::Heard(ToClient::Welcome(welcome)) => Self::AllBut(welcome.holding.clone()),
            Felt::Heard(ToClient::Refused { .. }) | Felt::Stop { .. } | Felt::Finish => Self::All,
            _ => Self::Nothing,
        }
    }

    fn holds(&self, lease: LeaseId) -> bool {
        match self {
            Self::Nothing => false,
            Self::All => true,
            Self::One(one) => *one == lease,
            Self::AllBut(wanted) => !wanted.contains(&lease),
        }
    }
}

impl World {
    pub(crate) fn feel(&mut self, number: usize, felt: Felt) {
        let machine = &mut self.machines[number];
        let now = machine.local(self.now);
        let Some(mind) = &mut machine.mind else { return };
        let forgettable = Forgettable::after(&felt);
        trace::line(self.now, || format!("{} feels {}", machine.name, brief(&felt)));
        let (chance, mut out) = (self.chance.next() as u32, Vec::new());
        let let_have = if let Felt::Heard(ToClient::Welcome(welcome)) = &felt {
            welcome.holding.clone()
        } else {
            Vec::new()
        };
        mind.step(now, felt, chance, &mut out);
        let told = out.iter().filter_map(|done| match done {
            Effect::Say(ToServer::Failed { lease, .. } | ToServer::PieceSent { lease, .. }) => Some(*lease),
            _ => None,
        });
        let told: Vec<LeaseId> = told.collect();
        let to_say = |lease: &LeaseId| machine.benches.get(lease).is_none_or(|bench| bench.sent);
        let unsaid = let_have.into_iter().find(|lease| to_say(lease) && !told.contains(lease));
        assert!(unsaid.is_none(), "{} does not say what became of {unsaid:?} of old", machine.name);
        for done in out {
            if self.machines[number].mind.is_none() {
                return;
            }
            self.act(number, done, &forgettable);
        }
        let machine = &self.machines[number];
        let waits = machine.waiting_picture().filter(|_| machine.mind.is_some());
        assert!(waits.is_none(), "{} leaves {waits:?} lying while its encoder is free", machine.name);
    }

    fn act(&mut self, number: usize, done: Effect, forgettable: &Forgettable) {
        match done {
            Effect::Connect => self.connect(number),
            Effect::Say(said) => self.client_says(number, said),
            Effect::HangUp => self.hang_up(number),
            Effect::Prefetch(offer) => drop(self.bench(number, &offer)),
            Effect::Start(offer) => self.start_encode(number, &offer),
            Effect::SendPiece(lease) => self.start_upload(number, lease),
            Effect::Forget(lease) => {
                let machine = &mut self.machines[number];
                assert!(
                    forgettable.holds(lease),
                    "{} forgets lease {lease} that nobody took from it",
                    machine.name
                );
                machine.benches.remove(&lease);
            }
            Effect::Exit(_) => self.machine_ends(number),
            Effect::Prove(_) | Effect::Notice(_) => {}
        }
    }

    fn connect(&mut self, number: usize) {
        let machine = &self.machines[number];
        let session = self.network.open(self.now, machine.name.clone(), Some(number));
        let at = self.now.max(machine.cut_off_until) + self.network.delay(&mut self.chance);
        self.machines[number].session = Some(session);
        self.queue.push(at, Coming::Connected(session));
    }

    /// What the attempt to connect comes to depends on whether anybody listens when it gets there.
    pub(crate) fn connected(&mut self, number: usize, session: SessionNo) {
        if self.machines[number].session != Some(session) {
            return;
        }
        let Some(line) = self.network.lines.get_mut(&session) else { return };
        if self.server.is_up() {
            (line.client_up, line.server_up) = (true, true);
            self.feel(number, Felt::LinkUp);
        } else {
            self.feel(number, Felt::LinkDown { reason: "nobody listens".into() });
        }
    }

    pub(crate) fn client_says(&mut self, number: usize, said: ToServer) {
        let Some(session) = self.machines[number].session else { return };
        if !self.network.lines.get(&session).is_some_and(|line| line.client_up) {
            return;
        }
        let doubles = self.mix.doubled > 0 && !matches!(said, ToServer::Hello(_));
        self.send_to_server(session, said.clone(), Millis(0));
        if doubles && self.chance.one_in(self.mix.doubled) {
            let late = self.chance.one_in(2);
            self.tally.count(if late { Mishap::DoubledLate } else { Mishap::Doubled });
            let after = if late { Millis(self.chance.below(30_000)) } else { Millis(0) };
            self.send_again(session, said, after);
        }
    }

    pub(crate) fn send_to_server(&mut self, session: SessionNo, said: ToServer, after: Millis) {
        let at = self.now + after + self.network.delay(&mut self.chance);
        if let Some(at) = self.network.arrival_at_server(session, at) {
            self.queue.push(at, Coming::AtServer(session, Box::new(said)));
        }
    }

    /// Somebody on the way says it once more; this copy holds up nothing.
    fn send_again(&mut self, session: SessionNo, said: ToServer, after: Millis) {
        let at = self.now + after + self.network.delay(&mut self.chance);
        self.queue.push(at, Coming::AtServer(session, Box::new(said)));
    }

    /// What was said before still gets through.
    fn hang_up(&mut self, number: usize) {
        let Some(session) = self.machines[number].session.take() else { return };
        if let Some(line) = self.network.lines.get_mut(&session) {
            line.client_up = false;
        }
        let at = self.now + self.network.delay(&mut self.chance);
        if let Some(at) = self.network.arrival_at_server(session, at) {
            self.queue.push(at, Coming::ServerTold(session));
        }
    }

    fn bench(&mut self, number: usize, offer: &Offer) -> &mut Bench {
        self.benches += 1;
        let fresh = Bench {
            number: self.benches,
            job: offer.job.clone(),
            part: film::part_of(offer),
            told: film::told_by(offer),
            beside: offer.beside.unwrap_or(1) as usize,
            started: false,
            done: 0,
            began: self.now,
            made: None,
            sent: false,
            unwanted: 0,
        };
        self.machines[number].benches.entry(offer.lease).or_insert(fresh)
    }

    fn start_encode(&mut self, number: usize, offer: &Offer) {
        let (now, lease) = (self.now, offer.lease);
        let bench = self.bench(number, offer);
        assert!(!bench.started, "the encode of lease {lease} is begun a second time");
        (bench.started, bench.began) = (true, now);
        let most = if bench.part.is_sound() { usize::MAX } else { bench.beside };
        let bench = bench.number;
        let busy = self.machines[number].benches.values().filter(|bench| bench.is_encoding_picture()).count();
        assert!(busy <= most, "c{number} encodes {busy} pictures at once, and may encode {most}");
        self.oracle.encode_begins(lease, &offer.job, film::part_of(offer));
        if !self.machines[number].hoards {
            self.queue.push(now + Millis(200), Coming::Encodes(number, bench, lease));
        }
    }

    /// The encoder got as far as was told last; it goes on, or it ends.
    pub(crate) fn encodes(&mut self, number: usize, bench: u64, lease: LeaseId) {
        let machine = &mut self.machines[number];
        let Some(on) = machine.benches.get_mut(&lease).filter(|on| on.number == bench) else { return };
        let (done, frames) = (on.done, on.frames());
        if done < frames && machine.role != crate::machine::Role::Poisoned {
            let fps = (machine.fps / machine.slow) as f32;
            let stride = machine.stride(frames).min(frames - done);
            machine.benches.get_mut(&lease).expect("looked up above").done += stride;
            let at = self.now + Millis(self.machines[number].takes(stride));
            self.queue.push(at, Coming::Encodes(number, bench, lease));
            if done > 0 {
                self.feel(number, Felt::Progress { lease, frames: done, fps });
            }
            return;
        }
        match self.fate(number, lease) {
            Fate::Fails(fault) => self.feel(number, Felt::Failed { lease, fault }),
            Fate::KillsMachine => {
                let after = 200 + self.chance.below(5_000);
                self.crash_machine(number, true, Some(Millis(after)));
            }
            Fate::Makes(content) => self.made(number, lease, content),
        }
    }

    fn made(&mut self, number: usize, lease: LeaseId, content: Content) {
        let machine = &mut self.machines[number];
        let began = machine.benches[&lease].began;
        let encode_ms = (self.now - began).0.max(1);
        let spent = Some(machine.spent(encode_ms));
        let bench = machine.benches.get_mut(&lease).expect("it encodes");
        let (frames, job) = (bench.frames(), bench.job.clone());
        let piece = MadePiece { frames, encode_ms, spent, sent: announced(&content) };
        bench.made = Some(content);
        self.oracle.encode_ends(self.now, &job, self.sound_since(number));
        self.feel(number, Felt::Made { lease, piece });
    }

    fn start_upload(&mut self, number: usize, lease: LeaseId) {
        let Some(bench) = self.machines[number].benches.get_mut(&lease) else { return };
        bench.sent = false;
        assert!(bench.unwanted < 10, "an unwanted piece of lease {lease} is sent again and again");
        let number_of = bench.number;
        let takes = 30 + self.chance.below(3_000);
        self.queue.push(self.now + Millis(takes), Coming::Uploads(number, number_of, lease));
    }

    /// The bytes have had their time; they are there, or they have to try on.
    pub(crate) fn uploads(&mut self, number: usize, bench: u64, lease: LeaseId) {
        let machine = &self.machines[number];
        let Some(on) = machine.benches.get(&lease).filter(|on| on.number == bench) else { return };
        let Some(content) = on.made.clone() else { return };
        let full = self.now < self.disk_full_until;
        if self.now < machine.cut_off_until || !self.server.is_up() || full {
            let again = self.now + Millis(200 + self.chance.below(5_000));
            return self.queue.push(again, Coming::Uploads(number, bench, lease));
        }
        if !self.server.leases.contains_key(&lease) {
            self.machines[number].benches.get_mut(&lease).expect("looked up above").unwanted += 1;
            self.machines[number].benches.get_mut(&lease).expect("looked up above").sent = true;
            return self.feel(number, Felt::Unwanted { lease });
        }
        let flipped = self.mix.flipped > 0 && self.chance.one_in(self.mix.flipped);
        // Where all bytes seem to be there already, none is sent.
        if !matches!(self.disk.arriving.get(&lease), Some(Arriving::Torn)) {
            let arrives = if flipped { Arriving::Torn } else { Arriving::Whole(Box::new(content)) };
            self.disk.arriving.insert(lease, arrives);
            if flipped {
                self.tally.count(Mishap::BytesFlipped);
            }
        }
        self.machines[number].benches.get_mut(&lease).expect("looked up above").sent = true;
        self.feel(number, Felt::Sent { lease });
    }
}

pub(crate) fn announced(content: &Content) -> SentPiece {
    SentPiece { bytes: 1 + content.number, sha256: content.number.to_string(), ..SentPiece::default() }
}

fn brief(felt: &Felt) -> String {
    match felt {
        Felt::Heard(ToClient::Offer(offer)) => format!("offer {} {:?}", offer.lease, film::part_of(offer)),
        Felt::Heard(said) => format!("{said:?}"),
        other => format!("{other:?}"),
    }
}
