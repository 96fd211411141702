//! The one owner of the cluster's core: events in, one commit for each batch, effects out after it.
//!
//! If a commit fails nothing is performed and the process ends; the next start restores. Bytes of films never
//! come through here.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use ffmpeg_cluster_common::cluster::change::Change;
use ffmpeg_cluster_common::cluster::effect::{Effect, Effects, Notice};
use ffmpeg_cluster_common::cluster::event::Event;
use ffmpeg_cluster_common::cluster::view::View;
use ffmpeg_cluster_common::cluster::{Cluster, Published, published};
use ffmpeg_cluster_common::io::clock::Clock;
use ffmpeg_cluster_common::io::crash;
use ffmpeg_cluster_common::time::Millis;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::core::incoming::Incoming;
use crate::core::metrics::names;
use crate::core::perform::Performer;
use crate::store::catalog::{Full, Writer};

/// Events that one commit may cover.
const BATCH_MAX: usize = 256;
/// The shortest time between two published views.
const VIEW_EVERY: Millis = Millis(250);
/// How long the driver runs on after the last message to the clients, so that it is sent and pieces under check can still be kept.
const DRAIN_FOR: Millis = Millis(500);

#[derive(Debug)]
pub(crate) struct Driver {
    pub(crate) cluster: Cluster,
    pub(crate) clock: Clock,
    pub(crate) incoming: mpsc::Receiver<Incoming>,
    pub(crate) writer: Writer,
    pub(crate) performer: Performer,
    pub(crate) view: watch::Sender<Arc<View>>,
    pub(crate) viewed_at: Millis,
    /// The view is older than the cluster.
    pub(crate) unseen: bool,
}

/// What a batch of events caused.
#[derive(Debug, Default)]
struct Turn {
    out: Effects,
    published: Vec<Published>,
}

impl Driver {
    /// `resume` holds the effects of restoring.
    pub(crate) async fn run(self, resume: Effects, stop: CancellationToken) -> anyhow::Result<()> {
        match self.drive(resume, &stop).await {
            Err(error) if stop.is_cancelled() && error.is::<Full>() => {
                tracing::warn!("what the full disk did not take was promised to nobody, and is forgotten");
                Ok(())
            }
            ended => ended,
        }
    }

    async fn drive(mut self, resume: Effects, stop: &CancellationToken) -> anyhow::Result<()> {
        let published = published(&resume);
        self.carry_out(Turn { out: resume, published }, stop).await?;
        while let Some(batch) = self.gather(stop).await {
            self.turn(batch, stop).await?;
        }
        crash::point("server.drain.begun");
        self.turn(vec![Incoming::Event(Event::Drain)], stop).await?;
        let until = self.clock.now() + DRAIN_FOR;
        while self.clock.now() < until {
            let left = Duration::from_millis((until - self.clock.now()).0);
            if let Ok(Some(last)) = tokio::time::timeout(left, self.incoming.recv()).await {
                self.turn(vec![last], stop).await?;
            }
        }
        crash::point("server.drain.ended");
        Ok(())
    }

    /// Waits for events, which it returns, or for a deadline, when it returns none; `None` when it is time to stop.
    async fn gather(&mut self, stop: &CancellationToken) -> Option<Vec<Incoming>> {
        let view_due = self.unseen.then_some(self.viewed_at + VIEW_EVERY);
        let due = [self.cluster.deadline(), view_due].into_iter().flatten().min();
        let sleep = async {
            match due {
                Some(at) => tokio::time::sleep_until(self.clock.instant(at).into()).await,
                None => std::future::pending().await,
            }
        };
        let mut batch = Vec::new();
        tokio::select! {
            // The stop comes first: a steady stream of events must not delay it.
            biased;
            () = stop.cancelled() => return None,
            _ = self.incoming.recv_many(&mut batch, BATCH_MAX) => {}
            () = sleep => {}
        }
        Some(batch)
    }

    async fn turn(&mut self, batch: Vec<Incoming>, stop: &CancellationToken) -> anyhow::Result<()> {
        let (now, mut all) = (self.clock.now(), Turn::default());
        for item in batch {
            if let Some(event) = self.performer.admit(item) {
                self.step(now, event, &mut all);
                self.unseen = true;
            }
        }
        self.step(now, Event::Tick, &mut all);
        self.carry_out(all, stop).await
    }

    /// Each step by itself tells what happened, because changes and notices of one step belong together.
    fn step(&mut self, now: Millis, event: Event, all: &mut Turn) {
        let mut out = Effects::default();
        self.cluster.step(now, event, &mut out);
        all.published.extend(published(&out));
        all.out.changes.append(&mut out.changes);
        all.out.effects.append(&mut out.effects);
    }

    async fn carry_out(&mut self, turn: Turn, stop: &CancellationToken) -> anyhow::Result<()> {
        let Turn { out, published } = turn;
        let seen_at_once = is_seen_at_once(&out);
        if !out.changes.is_empty() || !published.is_empty() {
            self.performer.remember(&out.changes);
            let told = self.performer.told(&out.changes, published);
            let _span = self.performer.traced.commit(&out.changes);
            let began = Instant::now();
            let done = self.writer.commit(out.changes, told, stop).await;
            self.performer.counts.took(&names::COMMIT_TIME, Vec::new(), began.elapsed());
            done.context("committing; no effect was performed")?;
        }
        let now = self.clock.now();
        if seen_at_once || (self.unseen && now >= self.viewed_at + VIEW_EVERY) {
            self.view.send_replace(Arc::new(self.cluster.view(now)));
            (self.viewed_at, self.unseen) = (now, false);
        }
        self.performer.perform(out.effects);
        Ok(())
    }
}

/// A caller who changed something, or waits for a state, must not see an older view afterwards. Everything else waits for the
/// next view: there are many leases, and building a view is the one thing that grows with the cluster.
fn is_seen_at_once(out: &Effects) -> bool {
    let moved = |change: &Change| match change {
        Change::JobAdded { .. }
        | Change::JobMoved { .. }
        | Change::JobEnded { .. }
        | Change::ClientsWanted { .. }
        | Change::Placed { .. }
        | Change::Paused { .. }
        | Change::FilmKnown { .. }
        | Change::TrackGivenUp { .. }
        | Change::Struck { .. }
        | Change::Forgiven { .. }
        | Change::StrikesTakenBack { .. }
        | Change::ClientSeen { .. } => true,
        Change::Leased { .. }
        | Change::KeptToOneKind { .. }
        | Change::CrashesTold { .. }
        | Change::LeaseEnded { .. }
        | Change::PieceKept { .. }
        | Change::PieceDoubted { .. }
        | Change::SpeedMeasured { .. } => false,
    };
    let told = |effect: &Effect| match effect {
        Effect::Reply { .. } => true,
        // A person who reads the log and then asks for the client finds what the log said.
        Effect::Notice(notice) => {
            matches!(notice, Notice::SetAside { .. } | Notice::DeviceSpared { .. } | Notice::TakenBack { .. })
        }
        _ => false,
    };
    out.changes.iter().any(moved) || out.effects.iter().any(told)
}
