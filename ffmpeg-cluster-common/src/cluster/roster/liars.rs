//! Strikes of clients that lied: three within a day pause a client for a day.

use std::collections::{BTreeMap, BTreeSet};

use super::standing::{OF_LIAR, Standing};
use crate::cluster::change::Strike;
use crate::ids::{ClientId, JobId};
use crate::time::{Millis, WallMillis};

/// How long a strike counts, and how long a client stays paused after its last lie.
pub const STRIKES_WITHIN: Millis = OF_LIAR.first;

/// How long the last strike still counts.
/// If the wall clock was set back, it is never longer than one whole period.
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
    /// Pauses the client until then, if it has too many strikes.
    fn judge(&mut self, until: Millis) {
        if self.strikes.len() >= OF_LIAR.failures {
            self.standing.pause_until(until);
        }
    }

    /// Ends the pause, if too few strikes are left after some were taken back.
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
    /// Strikes within the last day, the oldest first.
    pub(in crate::cluster) fn strikes(&self, id: &ClientId) -> &[Strike] {
        self.0.get(id).map_or(&[], |liar| &liar.strikes)
    }

    /// Whether the client is paused for its lies.
    pub(in crate::cluster) fn is_struck_out(&self, id: &ClientId) -> bool {
        self.0.get(id).is_some_and(|liar| liar.standing.is_paused())
    }

    /// Why the client is paused, for people. Returns None if it is not paused for lies.
    pub(in crate::cluster) fn explain(&self, id: &ClientId, wall: WallMillis) -> Option<String> {
        let Liar { strikes, .. } = self.0.get(id).filter(|liar| liar.standing.is_paused())?;
        let hours = left(strikes, wall).as_secs_f64() / 3_600.0;
        let (times, last) = (strikes.len(), strikes.last().map_or("", |strike| strike.why.as_str()));
        Some(format!(
            "set aside for {hours:.1} h, because it sent {times} false pieces within a day ({last}); ForgiveClient lets it in sooner"
        ))
    }

    /// Adds a strike. Returns the number of strikes within the last day.
    pub(super) fn add(&mut self, id: &ClientId, strike: Strike, now: Millis) -> usize {
        let liar = self.0.entry(id.clone()).or_default();
        liar.strikes.retain(|older| older.at.0 + STRIKES_WITHIN.0 > strike.at.0);
        liar.strikes.push(strike);
        liar.judge(now + OF_LIAR.first);
        liar.strikes.len()
    }

    /// Takes strikes over from the durable record. Too many of them pause the client until then.
    pub(in crate::cluster) fn remember(&mut self, id: ClientId, strikes: Vec<Strike>, until: Millis) {
        let mut liar = Liar { standing: Standing::default(), strikes };
        liar.judge(until);
        self.0.insert(id, liar);
    }

    /// Deletes all strikes of the client. Returns true if it was paused for them.
    pub(super) fn forgive(&mut self, id: &ClientId) -> bool {
        let was_out = self.is_struck_out(id);
        self.0.remove(id);
        was_out
    }

    /// Another client that failed an audit of the job, and why. Returns None if there is none.
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

    /// Clients that failed an audit of this job, in the order of their identities.
    pub(in crate::cluster) fn all_that_failed_audit_of(&self, job: &JobId) -> Vec<ClientId> {
        self.0.keys().filter(|client| self.failed_audit_of(client, job)).cloned().collect()
    }

    /// Deletes the client's strikes for audits of this job. Returns true if that ended a pause.
    pub(super) fn take_back(&mut self, id: &ClientId, job: &JobId) -> bool {
        let was_out = self.is_struck_out(id);
        if let Some(liar) = self.0.get_mut(id) {
            liar.strikes.retain(|strike| strike.job.as_ref() != Some(job));
            liar.pardon();
        }
        self.0.retain(|_, liar| !liar.strikes.is_empty());
        was_out && !self.is_struck_out(id)
    }

    /// Jobs whose audits any client failed within the last day.
    pub(in crate::cluster) fn jobs(&self) -> impl Iterator<Item = &JobId> {
        self.0.values().flat_map(|liar| &liar.strikes).filter_map(|strike| strike.job.as_ref())
    }

    /// Jobs whose audits the client failed.
    pub(in crate::cluster) fn caught_in(&self, id: &ClientId) -> BTreeSet<&JobId> {
        self.strikes(id).iter().filter_map(|strike| strike.job.as_ref()).collect()
    }
}
