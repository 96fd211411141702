//! What may happen to a cluster, and a schedule of it that a seed repeats.

use std::fmt;
use std::time::Duration;

use harness::chance::Chance;
use harness::proxy::Way;

/// Each with the client that it befalls, where it befalls one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    KillServer,
    StopServer,
    KillClient,
    StopClient,
    CutAll,
    CutControl,
    CutBytes,
    FlipSource,
    FlipPiece,
    HalfOpen,
    DeadWay(Direction),
    Throttle,
    Delay,
    Refuse,
    Replay,
    ClientJoins,
    ClientLeaves,
    FullDisk,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    Up,
    Down,
}

impl From<Direction> for Way {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Up => Self::Up,
            Direction::Down => Self::Down,
        }
    }
}

pub const KINDS: &[Kind] = &[
    Kind::KillServer,
    Kind::StopServer,
    Kind::KillClient,
    Kind::StopClient,
    Kind::CutAll,
    Kind::CutControl,
    Kind::CutBytes,
    Kind::FlipSource,
    Kind::FlipPiece,
    Kind::HalfOpen,
    Kind::DeadWay(Direction::Up),
    Kind::DeadWay(Direction::Down),
    Kind::Throttle,
    Kind::Delay,
    Kind::Refuse,
    Kind::Replay,
    Kind::ClientJoins,
    Kind::ClientLeaves,
    Kind::FullDisk,
];

impl Kind {
    pub fn words(self) -> &'static str {
        match self {
            Self::KillServer => "server killed",
            Self::StopServer => "server stopped and continued",
            Self::KillClient => "client killed",
            Self::StopClient => "client stopped and continued",
            Self::CutAll => "all connections of a client cut",
            Self::CutControl => "a client's session cut",
            Self::CutBytes => "transfers of a client cut",
            Self::FlipSource => "bits of a source flipped",
            Self::FlipPiece => "bits of a piece flipped",
            Self::HalfOpen => "connections half open",
            Self::DeadWay(Direction::Up) => "nothing reaches the server",
            Self::DeadWay(Direction::Down) => "nothing reaches a client",
            Self::Throttle => "a slow line",
            Self::Delay => "a long line",
            Self::Refuse => "a client can't connect",
            Self::Replay => "requests sent once more",
            Self::ClientJoins => "a client joins",
            Self::ClientLeaves => "a client leaves",
            Self::FullDisk => "the server's disk is full",
        }
    }
}

/// One fault of a run. `client` is taken modulo those that are there.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    pub kind: Kind,
    pub at: Duration,
    pub lasts: Duration,
    pub client: usize,
}

impl fmt::Display for Fault {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, lasts) = (self.at.as_secs_f64(), self.lasts.as_secs_f64());
        write!(to, "{at:6.2} s: {} (client {}) for {lasts:.2} s", self.kind.words(), self.client)
    }
}

/// All of a run, in the order in which they begin. `length` is what a run takes without faults: the same seed, the same
/// faults at the same share of it, on any machine. A kind that was named is the only one.
pub fn schedule(seed: u64, only: Option<Kind>, length: Duration) -> Vec<Fault> {
    let mut chance = Chance::new(seed.wrapping_mul(0x9e37_79b9) ^ 0x00ca_0500);
    let kinds: Vec<Kind> = match only {
        Some(kind) => vec![kind],
        None => KINDS.to_vec(),
    };
    let count = chance.within(5..11);
    let mut all: Vec<Fault> = (0..count)
        .map(|_| Fault {
            kind: *chance.one_of(&kinds),
            at: length * u32::try_from(chance.within(10..1_200)).expect("a small number") / 1_000,
            lasts: Duration::from_millis(chance.within(100..3_500)),
            client: chance.index(16),
        })
        .collect();
    all.sort_by_key(|fault| fault.at);
    all
}
