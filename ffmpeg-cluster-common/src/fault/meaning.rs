//! What each fault means. The handlers of leases and jobs read the row of its code.

use super::FaultCode;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Meaning {
    pub blame: Blame,
    /// Whether it counts as an attempt at the frames of the lease, of which a job allows so many.
    pub attempt: bool,
    pub then: Then,
}

/// Whose standing a fault of a lease counts against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blame {
    /// The film, a line, a disk or the server is to blame.
    Nobody,
    Client,
    /// The device that encoded. Where processors did, their client.
    Worker,
    /// The device that encoded. Where processors did, nobody: it may be the film.
    Device,
    /// The client, and it must have known: this is a strike.
    Liar,
}

impl Blame {
    /// A device that encoded answers for it, and its client does not.
    pub(crate) fn is_on_device(self) -> bool {
        matches!(self, Self::Worker | Self::Device)
    }
    /// The client answers for what its processors did.
    pub(crate) fn is_on_client(self) -> bool {
        matches!(self, Self::Client | Self::Worker)
    }
}

/// What follows for the frames, their film or their job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// Another client tries the frames, if there is one.
    Elsewhere,
    /// The client sends its piece again, a few times.
    SendAgain,
    /// The same is done again when the disk has space.
    AwaitSpace,
    /// The device gets less for a while.
    SpareDevice,
    /// Where enough clients say so, the film is indexed again in a safer way.
    DoubtIndex,
    /// The film is made again in one piece.
    OnePiece,
    /// What the client made is doubted, and the next piece of these frames is audited at the same place.
    DoubtClient,
    /// No other attempt can help: the job fails.
    GiveUp,
}

impl FaultCode {
    /// One row for each code.
    pub(crate) fn meaning(self) -> Meaning {
        let row = |blame, attempt, then| Meaning { blame, attempt, then };
        match self {
            Self::EncoderFailed => row(Blame::Worker, true, Then::Elsewhere),
            Self::EncoderStalled => row(Blame::Worker, true, Then::Elsewhere),
            Self::FramesDiffer => row(Blame::Worker, true, Then::DoubtIndex),
            Self::StreamDiffers => row(Blame::Worker, true, Then::Elsewhere),
            Self::PictureDiffers => row(Blame::Device, true, Then::OnePiece),
            Self::NotAsLeased => row(Blame::Liar, false, Then::Elsewhere),
            Self::AuditFailed => row(Blame::Liar, false, Then::DoubtClient),
            Self::BytesDiffer => row(Blame::Client, true, Then::SendAgain),
            Self::SourceUnreachable => row(Blame::Client, true, Then::Elsewhere),
            Self::SourceChanged => row(Blame::Nobody, true, Then::GiveUp),
            Self::SourceUnreadable => row(Blame::Nobody, true, Then::GiveUp),
            Self::OverBound => row(Blame::Nobody, true, Then::Elsewhere),
            Self::DiskFull => row(Blame::Nobody, false, Then::AwaitSpace),
            Self::ClientLost => row(Blame::Nobody, true, Then::Elsewhere),
            Self::ProofFailed => row(Blame::Nobody, true, Then::GiveUp),
            Self::JoinFailed => row(Blame::Nobody, true, Then::GiveUp),
            Self::DeviceBusy => row(Blame::Device, false, Then::SpareDevice),
            Self::Unsupported => row(Blame::Worker, true, Then::Elsewhere),
            Self::OfferRefused => row(Blame::Client, true, Then::Elsewhere),
            Self::Internal => row(Blame::Client, true, Then::Elsewhere),
        }
    }
}
