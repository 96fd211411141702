//! How well a farm does.

use ffmpeg_cluster_common::cluster::Settings;

use super::samples::settings;

/// So many hours of film that no run comes to its end.
const FRAMES: u64 = 100_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    Well,
    /// On nine clients of ten most encodes fail, and in the end nothing is left but what failed.
    /// Many segments wait for another attempt; many clients are paused or on probation.
    Sick,
}

impl Health {
    /// So few for a sick farm that all are leased or returned soon.
    pub(crate) fn frames(self, clients: usize, jobs: usize) -> u64 {
        match self {
            Self::Well => FRAMES,
            Self::Sick => (clients * 500 / jobs) as u64,
        }
    }

    pub(crate) fn settings(self) -> Settings {
        match self {
            Self::Well => settings(),
            // No job of a sick farm may end with the first frames that fail often.
            Self::Sick => Settings { max_retries: 1_000, ..settings() },
        }
    }
}
