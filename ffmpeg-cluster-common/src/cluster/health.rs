//! A client that fails everything is set aside, and comes back after a trial: one segment that is kept.

use std::collections::BTreeSet;

use super::Cluster;
use super::client::Client;
use super::effect::{Effect, Effects, Notice, Share};
use super::lease::{Past, Taken};
use super::timers::Timer;
use crate::backoff;
use crate::fault::{Fault, FaultCode};
use crate::ids::{ClientId, JobId};
use crate::time::Millis;

/// So many segments in a row, none of which failed elsewhere too.
const FAILURES_MAX: usize = 3;
/// Until the first trial; the pause doubles with each that fails.
const PAUSE_FIRST: Millis = Millis::secs(30);
const PAUSE_MAX: Millis = Millis::secs(600);

/// How a client does lately. A server that starts anew knows nothing of it, and finds out.
#[derive(Debug, Default)]
pub(super) struct Health {
    pub(super) standing: Standing,
    /// What it failed at since its last kept piece, and nobody else.
    failed: BTreeSet<(JobId, Share)>,
    /// How often it was set aside since its last kept piece.
    times: u32,
    last: Option<Fault>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    #[default]
    Good,
    /// It gets nothing until then.
    Aside { until: Millis },
    /// It gets one segment at a time.
    Trial,
}

impl Health {
    pub(super) fn is_aside(&self) -> bool {
        matches!(self.standing, Standing::Aside { .. })
    }

    /// For people, where there is something to say.
    pub(super) fn explain(&self, now: Millis) -> Option<String> {
        let last = self.last.as_ref().map_or("", |fault| fault.message.as_str());
        match self.standing {
            Standing::Good => None,
            Standing::Aside { until } => {
                let left = (until - now).as_secs_f64();
                Some(format!("set aside, because everything fails on it ({last}); on trial in {left:.0} s"))
            }
            Standing::Trial => Some(format!("on trial with one segment, because everything failed ({last})")),
        }
    }
}

impl Cluster {
    /// Frames that fail on two clients are to blame themselves. Neither is a client that went away: its line was.
    pub(super) fn blame(&mut self, now: Millis, taken: &Taken, past: &Past, out: &mut Effects) {
        let (client, what) = (&taken.lease.worker.client, (taken.job.clone(), taken.lease.share));
        if past.failed_on.len() > 1 {
            for one in &past.failed_on {
                if let Some(client) = self.clients.get_mut(one) {
                    client.health.failed.remove(&what);
                }
            }
            return;
        }
        let others =
            self.clients.iter().any(|(id, other)| id != client && is_well(other) && !self.is_struck_out(id));
        let Some(known) = self.clients.get_mut(client).filter(|_| is_blamed(past.fault.code)) else { return };
        known.health.failed.insert(what);
        known.health.last = Some(past.fault.clone());
        let failed = known.health.failed.len() >= FAILURES_MAX || known.health.standing == Standing::Trial;
        // Where there is nobody else, a film shall fail with its reason rather than wait.
        if failed && others && !known.health.is_aside() {
            self.set_aside(now, client, out);
        }
    }

    fn set_aside(&mut self, now: Millis, id: &ClientId, out: &mut Effects) {
        let known = self.clients.get_mut(id).expect("the caller has it");
        let pause = backoff::delay(PAUSE_FIRST, PAUSE_MAX, known.health.times, 0);
        known.health.times += 1;
        known.health.standing = Standing::Aside { until: now + pause };
        let why = known.health.explain(now).unwrap_or_default();
        self.timers.set(now + pause, Timer::Trial(id.clone()));
        let (client, name) = (id.clone(), self.name_of(id));
        out.effects.push(Effect::Notice(Notice::SetAside { client, name, why }));
        self.unprove(id);
        self.settle_all(out);
    }

    pub(super) fn on_trial(&mut self, now: Millis, id: &ClientId, out: &mut Effects) {
        let Some(known) = self.clients.get_mut(id) else { return };
        let Standing::Aside { until } = known.health.standing else { return };
        if until <= now {
            known.health.standing = Standing::Trial;
            self.prove(id);
            self.settle_all(out);
            self.look = true;
        }
    }

    /// One kept piece makes good for everything.
    pub(super) fn did_well(&mut self, id: &ClientId, out: &mut Effects) {
        let Some(known) = self.clients.get_mut(id) else { return };
        let before = std::mem::take(&mut known.health);
        if before.standing != Standing::Good {
            let (client, name) = (id.clone(), self.name_of(id));
            let why = "it did well".to_owned();
            out.effects.push(Effect::Notice(Notice::TakenBack { client, name, why }));
            self.prove(id);
            self.settle_all(out);
            self.look = true;
        }
    }
}

fn is_well(client: &Client) -> bool {
    client.session().is_some() && !client.finishing && client.health.standing == Standing::Good
}

/// Faults that say something of the client rather than of the film, the line or a disk.
fn is_blamed(code: FaultCode) -> bool {
    match code {
        FaultCode::EncoderFailed
        | FaultCode::EncoderStalled
        | FaultCode::FramesDiffer
        | FaultCode::StreamDiffers
        | FaultCode::BytesDiffer
        | FaultCode::SourceUnreachable
        | FaultCode::Unsupported
        | FaultCode::OfferRefused
        | FaultCode::Internal => true,
        // Lies are counted apart, and for longer.
        FaultCode::NotAsLeased
        | FaultCode::AuditFailed
        | FaultCode::PictureDiffers
        | FaultCode::SourceChanged
        | FaultCode::SourceUnreadable
        | FaultCode::OverBound
        | FaultCode::DiskFull
        | FaultCode::DeviceBusy
        | FaultCode::ClientLost
        | FaultCode::ProofFailed
        | FaultCode::JoinFailed => false,
    }
}
