//! What clients lied about: three lies within a day pause a client for a day.

use std::collections::{BTreeMap, BTreeSet};

use super::standing::{OF_LIAR, Standing};
use crate::cluster::change::Strike;
use crate::ids::{ClientId, JobId};
use crate::time::{Millis, WallMillis};

/// What is longer ago does not count; and a client stays paused for as long after its last lie.
pub const STRIKES_WITHIN: Millis = OF_LIAR.first;

/// What is left of its time. A clock that was set back makes it no longer than a whole one.
pub(in crate::cluster) fn left(strikes: &[Strike], wall: WallMillis) -> Millis {
    let last = strikes.last().map_or(0, |strike| strike.at.0);
    Millis((last + STRIKES_WITHIN.0).saturating_sub(wall.0)).min(STRIKES_WITHIN)
}

/// A client that lied within the last day.
#[derive(Debug, Default)]
struct Liar {
    standing: Standing,
    /// The oldest first.
    strikes: Vec<Strike>,
}

impl Liar {
    /// Too many strikes, and it gets nothing until then.
    fn judge(&mut self, until: Millis) {
        if self.strikes.len() >= OF_LIAR.failures {
            self.standing.pause_until(until);
        }
    }

    /// Some strikes were taken back: too few are left to hold it to.
    fn pardon(&mut self) {
        if self.strikes.len() < OF_LIAR.failures {
            self.standing = Standing::default();
        }
    }
}

/// Clients that lied within the last day.
#[derive(Debug, Default)]
pub(in crate::cluster) struct Liars(BTreeMap<ClientId, Liar>);

impl Liars {
    /// Within the last day, the oldest first.
    pub(in crate::cluster) fn strikes(&self, id: &ClientId) -> &[Strike] {
        self.0.get(id).map_or(&[], |liar| &liar.strikes)
    }

    /// It lied so often that it gets nothing.
    pub(in crate::cluster) fn is_struck_out(&self, id: &ClientId) -> bool {
        self.0.get(id).is_some_and(|liar| liar.standing.is_paused())
    }

    /// For people.
    pub(in crate::cluster) fn explain(&self, id: &ClientId, wall: WallMillis) -> Option<String> {
        let Liar { strikes, .. } = self.0.get(id).filter(|liar| liar.standing.is_paused())?;
        let hours = left(strikes, wall).as_secs_f64() / 3_600.0;
        let (times, last) = (strikes.len(), strikes.last().map_or("", |strike| strike.why.as_str()));
        Some(format!(
            "set aside for {hours:.1} h, because it sent {times} false pieces within a day ({last}); ForgiveClient lets it in sooner"
        ))
    }

    /// It lied; gives how often within a day.
    pub(in crate::cluster) fn add(&mut self, id: &ClientId, strike: Strike, now: Millis) -> usize {
        let liar = self.0.entry(id.clone()).or_default();
        liar.strikes.retain(|older| older.at.0 + STRIKES_WITHIN.0 > strike.at.0);
        liar.strikes.push(strike);
        liar.judge(now + OF_LIAR.first);
        liar.strikes.len()
    }

    /// As they stand in the record. Too many of them pause the client until then.
    pub(in crate::cluster) fn remember(&mut self, id: ClientId, strikes: Vec<Strike>, until: Millis) {
        let mut liar = Liar { standing: Standing::default(), strikes };
        liar.judge(until);
        self.0.insert(id, liar);
    }

    /// Nothing is held against it any more; true where it was paused for it.
    pub(in crate::cluster) fn forgive(&mut self, id: &ClientId) -> bool {
        let was_out = self.is_struck_out(id);
        self.0.remove(id);
        was_out
    }

    /// Another client that failed an audit of the job, and how.
    pub(in crate::cluster) fn other_that_failed(
        &self,
        job: &JobId,
        id: &ClientId,
    ) -> Option<(&ClientId, &str)> {
        let of_job = |strike: &&Strike| strike.job.as_ref() == Some(job);
        let mut others = self.0.iter().filter(|(client, _)| *client != id);
        others.find_map(|(client, liar)| Some((client, liar.strikes.iter().find(of_job)?.why.as_str())))
    }

    pub(in crate::cluster) fn failed_audit_of(&self, id: &ClientId, job: &JobId) -> bool {
        self.strikes(id).iter().any(|strike| strike.job.as_ref() == Some(job))
    }

    /// Clients that failed an audit of this job, in the order of their names.
    pub(in crate::cluster) fn all_that_failed_audit_of(&self, job: &JobId) -> Vec<ClientId> {
        self.0.keys().filter(|client| self.failed_audit_of(client, job)).cloned().collect()
    }

    /// The audit of this job counts no longer; true where it was paused and is not any more.
    pub(in crate::cluster) fn take_back(&mut self, id: &ClientId, job: &JobId) -> bool {
        let was_out = self.is_struck_out(id);
        if let Some(liar) = self.0.get_mut(id) {
            liar.strikes.retain(|strike| strike.job.as_ref() != Some(job));
            liar.pardon();
        }
        self.0.retain(|_, liar| !liar.strikes.is_empty());
        was_out && !self.is_struck_out(id)
    }

    /// Jobs whose audits it failed.
    pub(in crate::cluster) fn caught_in(&self, id: &ClientId) -> BTreeSet<&JobId> {
        self.strikes(id).iter().filter_map(|strike| strike.job.as_ref()).collect()
    }
}
