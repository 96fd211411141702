//! Everything that can go wrong here, and how often each did.

/// Kinds of faults; a run in which one of them never happened proves nothing about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mishap {
    LineCut,
    HalfOpen,
    OneWay,
    Stall,
    Doubled,
    DoubledLate,
    ClientCrash,
    ClientLost,
    ClientStopped,
    ClientSlow,
    ClientClock,
    ClientLeaves,
    ClientFinishes,
    EncoderCrash,
    BadPiece,
    ForgedPictures,
    WrongMeasure,
    BytesFlipped,
    ServerCrashBefore,
    ServerCrashAfter,
    ServerCrashAmid,
    PowerCut,
    TailLost,
    TornUpload,
    DiskFull,
    Drain,
    SubmitWhileDown,
    Cancel,
    StartEarly,
    Pause,
    Rearrange,
    Disconnect,
    Forgive,
    WallJump,
    ForeignClaim,
    OldClaim,
    Nonsense,
    ForeignUpload,
    Hoard,
    PoisonedSegment,
    DeadlySegment,
    PoisonedClient,
    UnreadableSource,
    LyingIndex,
    SameIdentity,
    Crowd,
}

impl Mishap {
    pub(crate) const ALL: [Self; 46] = [
        Self::LineCut,
        Self::HalfOpen,
        Self::OneWay,
        Self::Stall,
        Self::Doubled,
        Self::DoubledLate,
        Self::ClientCrash,
        Self::ClientLost,
        Self::ClientStopped,
        Self::ClientSlow,
        Self::ClientClock,
        Self::ClientLeaves,
        Self::ClientFinishes,
        Self::EncoderCrash,
        Self::BadPiece,
        Self::ForgedPictures,
        Self::WrongMeasure,
        Self::BytesFlipped,
        Self::ServerCrashBefore,
        Self::ServerCrashAfter,
        Self::ServerCrashAmid,
        Self::PowerCut,
        Self::TailLost,
        Self::TornUpload,
        Self::DiskFull,
        Self::Drain,
        Self::SubmitWhileDown,
        Self::Cancel,
        Self::StartEarly,
        Self::Pause,
        Self::Rearrange,
        Self::Disconnect,
        Self::Forgive,
        Self::WallJump,
        Self::ForeignClaim,
        Self::OldClaim,
        Self::Nonsense,
        Self::ForeignUpload,
        Self::Hoard,
        Self::PoisonedSegment,
        Self::DeadlySegment,
        Self::PoisonedClient,
        Self::UnreadableSource,
        Self::LyingIndex,
        Self::SameIdentity,
        Self::Crowd,
    ];
}

/// What a history, or many, went through.
#[derive(Debug, Clone)]
pub(crate) struct Tally {
    pub(crate) seeds: u64,
    pub(crate) events: u64,
    mishaps: [u64; Mishap::ALL.len()],
}

impl Default for Tally {
    fn default() -> Self {
        Self { seeds: 0, events: 0, mishaps: [0; Mishap::ALL.len()] }
    }
}

impl Tally {
    pub(crate) fn of_one() -> Self {
        Self { seeds: 1, ..Self::default() }
    }
    pub(crate) fn count(&mut self, mishap: Mishap) {
        self.mishaps[mishap as usize] += 1;
    }
    pub(crate) fn add(&mut self, other: &Self) {
        self.seeds += other.seeds;
        self.events += other.events;
        for (mine, theirs) in self.mishaps.iter_mut().zip(other.mishaps) {
            *mine += theirs;
        }
    }
    pub(crate) fn times(&self, mishap: Mishap) -> u64 {
        self.mishaps[mishap as usize]
    }
    pub(crate) fn never(&self) -> Vec<Mishap> {
        Mishap::ALL.into_iter().filter(|mishap| self.times(*mishap) == 0).collect()
    }
    pub(crate) fn crashes(&self) -> u64 {
        use Mishap::{ClientCrash, PowerCut, ServerCrashAfter, ServerCrashAmid, ServerCrashBefore};
        let kinds = [ClientCrash, PowerCut, ServerCrashAfter, ServerCrashAmid, ServerCrashBefore];
        kinds.into_iter().map(|kind| self.times(kind)).sum()
    }
}
