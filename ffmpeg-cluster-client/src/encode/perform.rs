//! The client's hands: does what the mind decided, each in the background, and reports back to the driver's inbox.
//! It decides nothing; a call never blocks.

mod leases;
mod seats;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use ffmpeg_cluster_common::ids::LeaseId;
use ffmpeg_cluster_common::io::crash;
use ffmpeg_cluster_common::io::spawn::Background;
use ffmpeg_cluster_common::io::tools::Tools;
use ffmpeg_cluster_common::io::trace::{Purpose, Trace};
use ffmpeg_cluster_common::protocol::to_client::Offer;
use ffmpeg_cluster_common::protocol::to_server::ToServer;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use self::leases::{Held, Leases};
use self::seats::Seats;
use super::incoming::Incoming;
use crate::encode::gateway::Gateway;
use crate::encode::proofs::Prover;
use crate::encode::work::piece::PieceSender;
use crate::encode::work::supervise::Stop;
use crate::encode::work::{self, Bench, Made};
use crate::machine::folders::Folders;
use crate::server::address::Server;
use crate::server::link::{self, Outbox};

/// The things that never change while the client runs.
#[derive(Debug, Clone)]
pub(crate) struct Workshop {
    pub(crate) server: Server,
    pub(crate) folders: Folders,
    pub(crate) tools: Arc<Tools>,
    pub(crate) gateway: Gateway,
    pub(crate) http: reqwest::Client,
    pub(crate) background: Background,
    pub(crate) prover: Prover,
    pub(crate) trace: Trace,
    pub(crate) inbox: mpsc::Sender<Incoming>,
}

#[derive(Debug)]
pub(crate) struct Hands {
    workshop: Workshop,
    seats: Seats,
    session: u64,
    link: Option<Outbox>,
    chunk_bytes: u64,
    leases: Leases,
    /// All encoders are tried once in a client's life.
    proving: bool,
}

impl Hands {
    pub(crate) fn new(workshop: Workshop, chunk_bytes: u64) -> Self {
        let seats = Seats::new(&workshop.trace);
        Self {
            workshop,
            seats,
            session: 0,
            link: None,
            chunk_bytes,
            leases: Leases::default(),
            proving: false,
        }
    }

    /// As the welcome says.
    pub(crate) fn set_chunk_bytes(&mut self, chunk_bytes: u64) {
        self.chunk_bytes = chunk_bytes;
    }

    /// A new session; an earlier one is closed by it.
    pub(crate) fn connect(&mut self) {
        self.session += 1;
        let (session, inbox) = (self.session, self.workshop.inbox.clone());
        self.link = Some(link::open(&self.workshop.server, &self.workshop.background, move |what| {
            let inbox = inbox.clone();
            async move { drop(inbox.send(Incoming::Link { session, what }).await) }
        }));
    }

    /// True where `session` is the one that counts.
    pub(crate) fn is_current(&self, session: u64) -> bool {
        session == self.session
    }

    pub(crate) fn say(&mut self, message: ToServer) {
        if let Some(link) = &self.link
            && !link.put(message)
        {
            // The link's own end is reported by the link; until then nothing more is put on it.
            self.link = None;
        }
    }

    /// What was said is still sent; then the session ends.
    pub(crate) fn hang_up(&mut self) {
        self.link = None;
    }

    /// Tries what the server wants, and the first time everything else after it; each proof is told at once.
    pub(crate) fn prove(&mut self, wanted: Vec<String>) {
        let everything = !std::mem::replace(&mut self.proving, true);
        let (prover, inbox) = (self.workshop.prover.clone(), self.workshop.inbox.clone());
        let stop = self.workshop.background.stop().clone();
        drop(self.workshop.background.spawn("abilities", async move {
            if let Err(error) = prover.prove_for(wanted, everything, &inbox, &stop).await {
                tracing::warn!("not all encoders could be tried: {error:#}");
            }
        }));
    }

    /// Fetches what a queued lease will likely read first.
    pub(crate) fn prefetch(&mut self, offer: &Offer) {
        let likely = self.leases.likely_byte(offer);
        self.hold(offer).opened.prefetch(likely);
    }

    fn hold(&mut self, offer: &Offer) -> &mut Held {
        let Self { workshop, seats, chunk_bytes, leases, .. } = self;
        leases.0.entry(offer.lease).or_insert_with(|| Held {
            offer: Arc::new(offer.clone()),
            opened: Arc::new(workshop.gateway.open(&offer.source, *chunk_bytes, &seats.trace(offer))),
            folder: workshop.folders.lease(offer.lease, offer.measure),
            stop: CancellationToken::new(),
            frames_done: Arc::default(),
            made: None,
        })
    }

    /// Starts work on a lease.
    pub(crate) fn start(&mut self, offer: &Offer) {
        crash::point("client.offer.taken");
        let workshop = self.workshop.clone();
        let (trace, busy) = (self.seats.trace(offer), self.seats.begin(offer));
        let held = self.hold(offer);
        held.stop = workshop.background.stop().child_token();
        held.made = None;
        let (offer, opened, folder) = (held.offer.clone(), held.opened.clone(), held.folder.clone());
        let (stop, frames_done) = (held.stop.clone(), held.frames_done.clone());
        let device = offer.device.as_deref().and_then(|name| workshop.prover.device(name));
        drop(self.workshop.background.spawn("encode", async move {
            let lease = offer.lease;
            let progress = |frames, fps| {
                frames_done.store(frames, Ordering::Relaxed);
                // A driver too busy for this one gets the next.
                let _ = workshop.inbox.try_send(Incoming::Progress { lease, frames, fps });
            };
            let device = device.as_ref();
            let (tools, opened, folder_of) = (&workshop.tools, &opened, &folder);
            let bench = Bench { tools, opened, folder: folder_of, cancel: &stop, device, trace: &trace };
            let made = work::make(bench, &offer, progress).await;
            drop(busy);
            let report = match made {
                Ok(made) => Incoming::Made { lease, made },
                Err(stop) => {
                    sweep(&workshop.background, folder);
                    match stop {
                        Stop::Cancelled => return,
                        Stop::Fault(fault) => Incoming::Failed { lease, fault },
                    }
                }
            };
            let _ = workshop.inbox.send(report).await;
        }));
    }

    /// The piece is there; it lies in the lease's folder until it is discarded.
    pub(crate) fn keep(&mut self, lease: LeaseId, made: Made) {
        match self.leases.0.get_mut(&lease) {
            Some(held) => held.made = Some(made),
            // Forgotten in the moment in which it was finished.
            None => {
                made.piece.file.parent().into_iter().for_each(|f| sweep(&self.workshop.background, f.into()))
            }
        }
    }

    /// Sends the lease's piece, going on where an earlier attempt stopped.
    pub(crate) fn send_piece(&mut self, lease: LeaseId) {
        let Some(held) = self.leases.0.get_mut(&lease) else { return };
        let Some(made) = held.made.clone() else { return };
        held.stop.cancel();
        held.stop = self.workshop.background.stop().child_token();
        let (workshop, stop, chunk_bytes) = (self.workshop.clone(), held.stop.clone(), self.chunk_bytes);
        let trace = self.seats.trace(&held.offer);
        drop(self.workshop.background.spawn("send", async move {
            let sender = PieceSender::new(workshop.http.clone(), workshop.server.clone(), chunk_bytes);
            let mut span = trace.span(Purpose::Send);
            span.note("bytes", &made.piece.bytes);
            let sent = tokio::select! {
                () = stop.cancelled() => return,
                sent = sender.send(lease, &made.piece) => sent,
            };
            drop(span);
            let report = match sent {
                Ok(sent) => Incoming::Sent { lease, sent },
                Err(fault) => Incoming::Failed { lease, fault },
            };
            let _ = workshop.inbox.send(report).await;
        }));
    }

    /// Ends whatever is done for a lease, and forgets all that there is of it.
    pub(crate) fn forget(&mut self, lease: LeaseId) {
        if let Some(held) = self.leases.0.remove(&lease) {
            held.stop.cancel();
            if held.made.is_some() {
                // A running encoder's folder is removed when the encoder is gone.
                sweep(&self.workshop.background, held.folder);
            }
        }
    }

    /// For log lines.
    pub(crate) fn describe(&self, lease: LeaseId) -> String {
        self.leases.describe(lease)
    }
}

fn sweep(background: &Background, folder: PathBuf) {
    drop(background.blocking(move || {
        if let Err(error) = std::fs::remove_dir_all(&folder)
            && folder.exists()
        {
            tracing::warn!("{} could not be removed: {error}", folder.display());
        }
        crash::point("client.folder.deleted");
    }));
}
