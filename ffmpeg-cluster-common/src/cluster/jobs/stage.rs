//! The stages of a job.
//! Each stage holds only the data that exists in it; the public state follows from it.

use crate::cluster::effect::Effect;
use crate::cluster::jobs::making::{Making, Mode};
use crate::ids::JobId;
use crate::media::plan::film::IndexedBy;
use crate::protocol::command::JobState;

#[derive(Debug, Default)]
pub(in crate::cluster) enum Stage {
    /// The job's frames are not being listed yet.
    #[default]
    Queued,
    Indexing(Indexing),
    Making(Making),
    Joining(Joining),
}

/// The server lists the job's frames.
#[derive(Debug)]
pub(in crate::cluster) struct Indexing {
    pub(in crate::cluster) way: IndexPlan,
    /// The list did not fit on the disk; the server lists again when there is space.
    pub(in crate::cluster) no_space: bool,
    /// The tracks of an earlier list, valid until the new list is in the durable record.
    pub(in crate::cluster) before: Option<Making>,
}

/// The server joins and proves its pieces.
#[derive(Debug)]
pub(in crate::cluster) struct Joining {
    pub(in crate::cluster) made: Making,
    /// The part of the join that is done, from 0 to 1.
    pub(in crate::cluster) done: f32,
    /// The result did not fit on the disk; the server joins again when there is space.
    pub(in crate::cluster) no_space: bool,
}

/// How a film is indexed, and the reason if it must not be cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cluster) struct IndexPlan {
    pub(in crate::cluster) by: IndexedBy,
    pub(in crate::cluster) one_piece: Option<String>,
}

impl IndexPlan {
    pub(in crate::cluster) fn effect(&self, job: &JobId) -> Effect {
        Effect::Index { job: job.clone(), by: self.by, one_piece: self.one_piece.clone() }
    }
}

impl Stage {
    pub(in crate::cluster) fn state(&self) -> JobState {
        match self {
            Self::Queued | Self::Indexing(_) => JobState::Queued,
            Self::Making(making) => match making.mode() {
                Mode::Waiting => JobState::WaitingForClients,
                Mode::Measuring => JobState::Benchmarking,
                Mode::Working => JobState::Processing,
            },
            Self::Joining(_) => JobState::Combining,
        }
    }

    /// The film and the state of its tracks. Returns None until the film is known.
    pub(in crate::cluster) fn making(&self) -> Option<&Making> {
        match self {
            Self::Queued => None,
            Self::Indexing(indexing) => indexing.before.as_ref(),
            Self::Making(making) => Some(making),
            Self::Joining(joining) => Some(&joining.made),
        }
    }

    pub(super) fn making_mut(&mut self) -> Option<&mut Making> {
        match self {
            Self::Queued => None,
            Self::Indexing(indexing) => indexing.before.as_mut(),
            Self::Making(making) => Some(making),
            Self::Joining(joining) => Some(&mut joining.made),
        }
    }

    pub(super) fn into_making(self) -> Option<Making> {
        match self {
            Self::Queued => None,
            Self::Indexing(indexing) => indexing.before,
            Self::Making(making) => Some(making),
            Self::Joining(joining) => Some(joining.made),
        }
    }

    /// Whether a server task of this job waits for disk space.
    pub(in crate::cluster) fn waits_for_space(&self) -> bool {
        match self {
            Self::Indexing(Indexing { no_space, .. }) | Self::Joining(Joining { no_space, .. }) => *no_space,
            Self::Queued | Self::Making(_) => false,
        }
    }

    /// Notes whether the job's server task lacks disk space.
    /// Does nothing in stages without a server task.
    pub(super) const fn note_no_space(&mut self, is_missing: bool) {
        match self {
            Self::Indexing(Indexing { no_space, .. }) | Self::Joining(Joining { no_space, .. }) => {
                *no_space = is_missing;
            }
            Self::Queued | Self::Making(_) => {}
        }
    }

    /// The effect that runs the job's server task. Returns None if there is none, or if it waits
    /// for disk space.
    pub(in crate::cluster) fn server_task(&self, job: &JobId) -> Option<Effect> {
        match self {
            Self::Indexing(Indexing { way, no_space: false, .. }) => Some(way.effect(job)),
            Self::Joining(Joining { no_space: false, .. }) => Some(Effect::Join { job: job.clone() }),
            Self::Queued | Self::Indexing(_) | Self::Making(_) | Self::Joining(_) => None,
        }
    }
}
