//! The server's disk: the record with its commits, and the files of pieces.
//! A process that dies loses nothing of it; a power cut loses the last commits that were not
//! synced, and what was written into files and not synced.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::cluster::change::{Change, Memory};
use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId};
use ffmpeg_cluster_common::media::plan::piece::Findings;
use ffmpeg_cluster_common::media::plan::witness::DecodeComparison;

use crate::chance::Chance;
use crate::film::Part;
use crate::record::Record;

/// What is in a file. Two of them are the same bytes where their numbers are the same.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Content {
    pub(crate) number: u64,
    pub(crate) job: JobId,
    pub(crate) part: Part,
    pub(crate) by: ClientId,
    /// It holds its frames, and can be joined with others.
    pub(crate) good: bool,
    /// Well-formed, and the second half of its pictures is of another film.
    pub(crate) forged: bool,
    /// Its decoder saw other pictures than the film's.
    pub(crate) blind: bool,
    pub(crate) findings: Findings,
}

impl Content {
    /// Someone's decoder saw other pictures than another's.
    pub(crate) fn tells_of_blindness(&self) -> bool {
        self.blind || matches!(self.findings.second, Some(DecodeComparison::Differs { .. }))
    }
}

#[derive(Debug)]
pub(crate) enum Arriving {
    Whole(Box<Content>),
    /// Its length is right, its bytes are not.
    Torn,
}

#[derive(Debug, Default)]
pub(crate) struct Disk {
    /// With all commits.
    pub(crate) record: Record,
    /// As of the last commit that was synced.
    pub(crate) synced: Record,
    tail: Vec<Vec<Change>>,
    pub(crate) arriving: BTreeMap<LeaseId, Arriving>,
    pub(crate) pieces: BTreeMap<LeaseId, Content>,
}

/// The same rule as the real catalog's: somebody is told of these, or files are removed because of
/// them.
fn is_promised(change: &Change) -> bool {
    matches!(
        change,
        Change::PieceKept { .. }
            | Change::JobAdded { .. }
            | Change::JobEnded { .. }
            | Change::ClientsWanted { .. }
            | Change::Placed { .. }
            | Change::Paused { .. }
            | Change::FilmKnown { .. }
            | Change::KeptToOneKind { .. }
            | Change::TrackGivenUp { .. }
            | Change::CrashesTold { .. }
            | Change::PieceDoubted { .. }
            | Change::Struck { .. }
            | Change::Forgiven { .. }
            | Change::StrikesTakenBack { .. }
    )
}

impl Disk {
    pub(crate) fn commit(&mut self, changes: Vec<Change>) {
        changes.iter().for_each(|change| self.record.apply(change));
        let promised = changes.iter().any(is_promised);
        self.tail.push(changes);
        if promised {
            self.sync(usize::MAX);
        }
    }

    fn sync(&mut self, most: usize) {
        let most = most.min(self.tail.len());
        for changes in self.tail.drain(..most) {
            changes.iter().for_each(|change| self.synced.apply(change));
        }
    }

    /// A start of the server: the boot's number is synced, and with it all that was before.
    pub(crate) fn load(&mut self) -> Memory {
        self.sync(usize::MAX);
        self.synced.load();
        let memory = self.record.load();
        self.sweep(&memory);
        memory
    }

    /// Files that no lease and no row stands for are removed at a start.
    fn sweep(&mut self, memory: &Memory) {
        let leases: Vec<LeaseId> =
            memory.jobs.iter().flat_map(|job| job.leases.iter().map(|one| one.lease)).collect();
        let kept: Vec<LeaseId> =
            memory.jobs.iter().flat_map(|job| job.pieces.iter().map(|piece| piece.lease)).collect();
        self.arriving.retain(|lease, _| leases.contains(lease));
        self.pieces.retain(|lease, _| kept.contains(lease));
    }

    /// How many commits were lost, and how many files torn.
    pub(crate) fn power_cut(&mut self, chance: &mut Chance) -> (usize, usize) {
        let survive = chance.below(self.tail.len() as u64 + 1) as usize;
        self.sync(survive);
        let lost = std::mem::take(&mut self.tail).len();
        if lost > 0 {
            self.record = self.synced.clone();
        }
        let mut torn = 0;
        let leases: Vec<LeaseId> = self.arriving.keys().copied().collect();
        for lease in leases {
            match chance.below(3) {
                0 => drop(self.arriving.insert(lease, Arriving::Torn)),
                1 => drop(self.arriving.remove(&lease)),
                _ => continue,
            }
            torn += 1;
        }
        (lost, torn)
    }

    pub(crate) fn discard(&mut self, lease: LeaseId) {
        self.arriving.remove(&lease);
        self.pieces.remove(&lease);
    }

    /// Nothing of an ended job stays but its result.
    pub(crate) fn clean(&mut self, job: &JobId) {
        self.pieces.retain(|_, content| content.job != *job);
        self.arriving.retain(|_, file| !matches!(file, Arriving::Whole(content) if content.job == *job));
    }
}
