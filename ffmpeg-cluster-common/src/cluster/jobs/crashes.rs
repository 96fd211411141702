//! Crashes of the server during server tasks of one job.

use crate::cluster::settings::Settings;

/// Crashes since a server task of the job last succeeded.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::cluster) struct Crashes {
    seen: u32,
    /// The number in the durable record, which counts a running task as a crash.
    told: u32,
}

impl Crashes {
    pub(in crate::cluster) const fn seen(&self) -> u32 {
        self.seen
    }

    /// Whether the job has crashed the server as often as the settings allow.
    pub(in crate::cluster) fn are_deadly(&self, settings: &Settings) -> bool {
        self.seen >= settings.crashes_max.max(1)
    }

    /// Restores the number from the durable record.
    pub(in crate::cluster) const fn restore(&mut self, number: u32) {
        *self = Self { seen: number, told: number };
    }

    /// Forgets the crashes, because a server task succeeded.
    pub(in crate::cluster) const fn forget(&mut self) {
        self.seen = 0;
    }

    /// Notes the number for the durable record. Returns false if the record already has it.
    pub(in crate::cluster) const fn tell(&mut self, number: u32) -> bool {
        std::mem::replace(&mut self.told, number) != number
    }
}
