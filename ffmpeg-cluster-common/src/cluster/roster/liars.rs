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
    /// Pauses the client until `until` if it has too many strikes.
    fn judge(&mut self, until: Millis) {
        if self.strikes.len() >= OF_LIAR.failures {
            self.standing.pause_until(until);
        }
    }

    /// Ends the pause if too few strikes are left after some were taken back.
    fn pardon(&mut self) {
        if self.strikes.len() < OF_LIAR.failures {
            self.standing = Standing::default();
        }
    }
}

/// Clients that lied within the last day.
#[derive(Debug, Default)]
pub(in crate::cluster) struct Liars {
    by_client: BTreeMap<ClientId, Liar>,
    /// Clients that failed audits of a job.
    by_job: BTreeMap<JobId, BTreeSet<ClientId>>,
}

impl Liars {
    /// Strikes within the last day, the oldest first.
    pub(in crate::cluster) fn strikes(&self, id: &ClientId) -> &[Strike] {
        self.by_client.get(id).map_or(&[], |liar| &liar.strikes)
    }

    /// Whether the client is paused for its lies.
    pub(in crate::cluster) fn is_struck_out(&self, id: &ClientId) -> bool {
        self.by_client.get(id).is_some_and(|liar| liar.standing.is_paused())
    }

    /// Why the client is paused, for people. Returns None if it is not paused for lies.
    pub(in crate::cluster) fn explain(&self, id: &ClientId, wall: WallMillis) -> Option<String> {
        let Liar { strikes, .. } = self.by_client.get(id).filter(|liar| liar.standing.is_paused())?;
        let hours = left(strikes, wall).as_secs_f64() / 3_600.0;
        let (times, last) = (strikes.len(), strikes.last().map_or("", |strike| strike.why.as_str()));
        Some(format!(
            "set aside for {hours:.1} h, because it sent {times} false pieces within a day ({last}); ForgiveClient lets it in sooner"
        ))
    }

    /// Adds a strike. Returns the number of strikes within the last day.
    pub(super) fn add(&mut self, id: &ClientId, strike: Strike, now: Millis) -> usize {
        self.change(id, |liar| {
            liar.strikes.retain(|older| older.at.0 + STRIKES_WITHIN.0 > strike.at.0);
            liar.strikes.push(strike);
            liar.judge(now + OF_LIAR.first);
            liar.strikes.len()
        })
    }

    /// Restores strikes from the durable record. Too many of them pause the client until `until`.
    pub(in crate::cluster) fn remember(&mut self, id: ClientId, strikes: Vec<Strike>, until: Millis) {
        let mut remembered = Liar { standing: Standing::default(), strikes };
        remembered.judge(until);
        self.change(&id, |liar| *liar = remembered);
    }

    /// Deletes all strikes of the client. Returns true if it was paused for them.
    pub(super) fn forgive(&mut self, id: &ClientId) -> bool {
        let was_out = self.is_struck_out(id);
        self.change(id, |liar| *liar = Liar::default());
        was_out
    }

    /// Another client that failed an audit of the job, and why. Returns None if there is none.
    pub(in crate::cluster) fn other_that_failed(
        &self,
        job: &JobId,
        id: &ClientId,
    ) -> Option<(&ClientId, &str)> {
        let of_job = |strike: &&Strike| strike.job.as_ref() == Some(job);
        let mut others = self.by_job.get(job)?.iter().filter(|client| *client != id);
        others.find_map(|client| Some((client, self.strikes(client).iter().find(of_job)?.why.as_str())))
    }

    pub(in crate::cluster) fn failed_audit_of(&self, id: &ClientId, job: &JobId) -> bool {
        self.strikes(id).iter().any(|strike| strike.job.as_ref() == Some(job))
    }

    /// Clients that failed an audit of this job, in the order of their identities.
    pub(in crate::cluster) fn all_that_failed_audit_of(&self, job: &JobId) -> BTreeSet<ClientId> {
        self.by_job.get(job).cloned().unwrap_or_default()
    }

    /// Deletes the client's strikes for audits of this job. Returns true if that ended a pause.
    pub(super) fn take_back(&mut self, id: &ClientId, job: &JobId) -> bool {
        let was_out = self.is_struck_out(id);
        self.change(id, |liar| {
            liar.strikes.retain(|strike| strike.job.as_ref() != Some(job));
            liar.pardon();
        });
        was_out && !self.is_struck_out(id)
    }

    /// Jobs whose audits any client failed within the last day.
    pub(in crate::cluster) fn jobs(&self) -> impl Iterator<Item = &JobId> {
        self.by_job.keys()
    }

    /// Changes the strikes of a client. Forgets a client that has none.
    fn change<T>(&mut self, id: &ClientId, change: impl FnOnce(&mut Liar) -> T) -> T {
        let mut liar = self.by_client.remove(id).unwrap_or_default();
        for job in liar.strikes.iter().filter_map(|strike| strike.job.as_ref()) {
            let Some(clients) = self.by_job.get_mut(job) else { continue };
            clients.remove(id);
            if clients.is_empty() {
                self.by_job.remove(job);
            }
        }
        let result = change(&mut liar);
        for job in liar.strikes.iter().filter_map(|strike| strike.job.clone()) {
            self.by_job.entry(job).or_default().insert(id.clone());
        }
        if !liar.strikes.is_empty() {
            self.by_client.insert(id.clone(), liar);
        }
        result
    }

    /// Panics and names the broken invariant.
    pub(super) fn check(&self) {
        let mut by_job: BTreeMap<JobId, BTreeSet<ClientId>> = BTreeMap::new();
        for (client, liar) in &self.by_client {
            for job in liar.strikes.iter().filter_map(|strike| strike.job.clone()) {
                by_job.entry(job).or_default().insert(client.clone());
            }
        }
        assert_eq!(by_job, self.by_job, "who failed audits of a job is miscounted");
    }

    /// Jobs whose audits the client failed.
    pub(in crate::cluster) fn caught_in(&self, id: &ClientId) -> BTreeSet<&JobId> {
        self.strikes(id).iter().filter_map(|strike| strike.job.as_ref()).collect()
    }
}
