//! A job's place in the queue, and what people ask of it.

use std::cmp::Reverse;

use crate::ids::JobId;
use crate::protocol::command::Priority;

/// The distance between the ranks of jobs that arrive one after the other.
pub(super) const GAP: u64 = 1 << 32;

/// Jobs of a higher priority are served first; of the same priority, those of a lower rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    priority: Reverse<Priority>,
    rank: u64,
}

impl Place {
    pub const fn new(priority: Priority, rank: u64) -> Self {
        Self { priority: Reverse(priority), rank }
    }

    pub const fn priority(self) -> Priority {
        self.priority.0
    }

    /// 0 stands for a place that is not known: behind all others of the priority.
    pub const fn rank(self) -> u64 {
        self.rank
    }
}

impl Default for Place {
    fn default() -> Self {
        Self::new(Priority::default(), 0)
    }
}

/// What somebody asks of a job that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrange {
    /// Nothing more of the job starts. `now` also takes its leases back; otherwise they run to their end.
    Pause {
        now: bool,
    },
    Resume,
    /// Behind all jobs of this priority.
    Priority(Priority),
    /// Directly before this job, with its priority.
    Before(JobId),
    /// Directly after this job, with its priority.
    After(JobId),
}
