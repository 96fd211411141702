//! What a seed is about: which faults may happen in its history, how often, and how the machines
//! are.

use ffmpeg_cluster_common::limits::CRASHES_MAX;
use ffmpeg_cluster_common::time::Millis;

use crate::chance::Chance;
use crate::mishap::Mishap;

#[derive(Debug, Clone)]
pub(crate) struct Mix {
    /// Faults that come one by one, drawn from here.
    pub(crate) troubles: Vec<Mishap>,
    /// A fault about every so often.
    pub(crate) every: Millis,
    /// No fault begins after this, so that every history can end.
    pub(crate) until: Millis,
    pub(crate) clients: usize,
    pub(crate) jobs: u64,
    pub(crate) max_retries: u32,
    /// Longest time on the wire, usually.
    pub(crate) delay_ms: u64,
    /// The server's driver takes what came in so many milliseconds as one batch.
    pub(crate) batch_ms: u64,
    /// One message in so many comes twice; 0 for none.
    pub(crate) doubled: u64,
    /// One encode in so many dies, or makes a bad piece; 0 for none.
    pub(crate) bad_encode: u64,
    pub(crate) flipped: u64,
    pub(crate) poison: bool,
    pub(crate) odd_films: bool,
    pub(crate) odd_clocks: bool,
    pub(crate) liar: bool,
    pub(crate) audit_percent: u32,
    pub(crate) poisoned_client: bool,
    /// Of the server, at one job; where jobs may fail at all.
    pub(crate) crashes_max: u32,
}

/// No range of frames fails so often by the usual faults, so every job has to complete.
pub(crate) const PATIENT: u32 = 1_000;

const LINES: &[Mishap] = &[Mishap::LineCut, Mishap::HalfOpen, Mishap::OneWay, Mishap::Stall];
const CLIENTS: &[Mishap] = &[
    Mishap::ClientCrash,
    Mishap::ClientLost,
    Mishap::ClientStopped,
    Mishap::ClientSlow,
    Mishap::ClientLeaves,
    Mishap::ClientFinishes,
];
const SERVER: &[Mishap] =
    &[Mishap::ServerCrashBefore, Mishap::ServerCrashAfter, Mishap::ServerCrashAmid, Mishap::Drain];
const DISK: &[Mishap] = &[Mishap::PowerCut, Mishap::DiskFull];
const PEOPLE: &[Mishap] =
    &[Mishap::Cancel, Mishap::StartEarly, Mishap::Disconnect, Mishap::Forgive, Mishap::Drain];
const QUEUE: &[Mishap] = &[Mishap::Pause, Mishap::Rearrange];
const LIES: &[Mishap] =
    &[Mishap::ForeignClaim, Mishap::OldClaim, Mishap::Nonsense, Mishap::ForeignUpload, Mishap::Hoard];
const FLOODS: &[Mishap] = &[Mishap::SameIdentity, Mishap::Crowd];
const CLOCKS: &[Mishap] = &[Mishap::WallJump];

impl Mix {
    pub(crate) fn of(chance: &mut Chance) -> Self {
        let mut some = |one_in: u64, kinds: &[Mishap]| {
            if chance.one_in(one_in) { kinds.to_vec() } else { Vec::new() }
        };
        let mut troubles = some(2, LINES);
        for (one_in, kinds) in [
            (2, CLIENTS),
            (2, SERVER),
            (3, DISK),
            (5, PEOPLE),
            (6, QUEUE),
            (4, LIES),
            (8, FLOODS),
            (4, CLOCKS),
        ] {
            troubles.extend(some(one_in, kinds));
        }
        // Now and then one kind alone, and much of it.
        if chance.one_in(4) && !troubles.is_empty() {
            let one = troubles[chance.below(troubles.len() as u64) as usize];
            troubles = vec![one];
        }
        let poisoned_client = chance.one_in(10);
        if poisoned_client {
            // It is set aside, so there is somebody to forgive.
            troubles.push(Mishap::Forgive);
        }
        let poison = chance.one_in(6);
        let rare = |chance: &mut Chance, often: u64| if chance.one_in(3) { often } else { 0 };
        let liar = troubles.iter().any(|kind| LIES.contains(kind));
        let every = Millis([500, 2_000, 8_000, 16_000][chance.below(4) as usize]);
        let until = Millis::secs(30 + chance.below(220));
        let clients = 2 + chance.below(5) as usize;
        let jobs = 1 + chance.below(4);
        let max_retries = if poison || chance.one_in(6) { 1 + chance.below(4) as u32 } else { PATIENT };
        Self {
            every,
            until,
            clients,
            jobs,
            max_retries,
            crashes_max: if max_retries < PATIENT { CRASHES_MAX } else { PATIENT },
            delay_ms: [5, 40, 400, 1_500][chance.below(4) as usize],
            batch_ms: [0, 5, 60][chance.below(3) as usize],
            doubled: rare(chance, 25),
            bad_encode: rare(chance, 3) + rare(chance, 3),
            flipped: rare(chance, 10),
            poison,
            odd_films: chance.one_in(4),
            odd_clocks: chance.one_in(4),
            poisoned_client,
            audit_percent: if liar { [0, 30, 100, 100][chance.below(4) as usize] } else { 5 },
            liar,
            troubles,
        }
    }

    /// Nothing at all goes wrong but what is asked for.
    pub(crate) fn calm() -> Self {
        Self {
            troubles: Vec::new(),
            every: Millis::secs(5),
            until: Millis::secs(60),
            clients: 3,
            jobs: 2,
            max_retries: 3,
            delay_ms: 5,
            batch_ms: 0,
            doubled: 0,
            bad_encode: 0,
            flipped: 0,
            poison: false,
            odd_films: false,
            odd_clocks: false,
            liar: false,
            audit_percent: 0,
            poisoned_client: false,
            crashes_max: PATIENT,
        }
    }
}
