//! What each fault code means. The handlers of leases and jobs read its row.

use super::FaultCode;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Meaning {
    pub blame: Blame,
    /// Whether the fault counts as one of the attempts that a job allows for its units.
    pub attempt: bool,
    pub then: Consequence,
}

/// Whose standing the fault counts against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blame {
    /// The film, a connection, a disk or the server is to blame.
    Nobody,
    Client,
    /// The device that encoded, or the client if its processors did.
    Worker,
    /// The device that encoded. Nobody if processors did, because the film may be to blame.
    Device,
    /// The client, which must have known: this is a strike.
    Liar,
}

impl Blame {
    /// Whether the fault counts against the device that encoded, and not against its client.
    pub(crate) fn is_on_device(self) -> bool {
        matches!(self, Self::Worker | Self::Device)
    }
    /// Whether the fault counts against the client whose processors encoded.
    pub(crate) fn is_on_client(self) -> bool {
        matches!(self, Self::Client | Self::Worker)
    }
}

/// What happens to the units, their film or their job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consequence {
    /// Another client tries the units, if there is one.
    Elsewhere,
    /// The client sends its piece again, a few times at most.
    SendAgain,
    /// The same step runs again when the disk has space.
    AwaitSpace,
    /// The device gets less work for a while.
    SpareDevice,
    /// If enough clients say so, the film is indexed again in a safer way.
    DoubtIndex,
    /// The film is made again in one piece.
    OnePiece,
    /// The client's work is no longer trusted,
    /// and the next piece of these frames is audited at the same place.
    DoubtClient,
    /// No further attempt can help: the job fails.
    GiveUp,
}

impl FaultCode {
    /// The row of this code.
    pub(crate) fn meaning(self) -> Meaning {
        let row = |blame, attempt, then| Meaning { blame, attempt, then };
        match self {
            Self::EncoderFailed => row(Blame::Worker, true, Consequence::Elsewhere),
            Self::EncoderStalled => row(Blame::Worker, true, Consequence::Elsewhere),
            Self::FramesDiffer => row(Blame::Worker, true, Consequence::DoubtIndex),
            Self::StreamDiffers => row(Blame::Worker, true, Consequence::Elsewhere),
            Self::PictureDiffers => row(Blame::Device, true, Consequence::OnePiece),
            Self::NotAsLeased => row(Blame::Liar, false, Consequence::Elsewhere),
            Self::AuditFailed => row(Blame::Liar, false, Consequence::DoubtClient),
            Self::BytesDiffer => row(Blame::Client, true, Consequence::SendAgain),
            Self::SourceUnreachable => row(Blame::Client, true, Consequence::Elsewhere),
            Self::SourceChanged => row(Blame::Nobody, true, Consequence::GiveUp),
            Self::SourceUnreadable => row(Blame::Nobody, true, Consequence::GiveUp),
            Self::OverBound => row(Blame::Nobody, true, Consequence::Elsewhere),
            Self::DiskFull => row(Blame::Nobody, false, Consequence::AwaitSpace),
            Self::ClientLost => row(Blame::Nobody, true, Consequence::Elsewhere),
            Self::ProofFailed => row(Blame::Nobody, true, Consequence::GiveUp),
            Self::JoinFailed => row(Blame::Nobody, true, Consequence::GiveUp),
            Self::DeviceBusy => row(Blame::Device, false, Consequence::SpareDevice),
            Self::Unsupported => row(Blame::Worker, true, Consequence::Elsewhere),
            Self::OfferRefused => row(Blame::Client, true, Consequence::Elsewhere),
            Self::Internal => row(Blame::Client, true, Consequence::Elsewhere),
        }
    }
}
