//! Performs the effects of the client's core in the background, and reports the results to the driver.
//! It decides nothing, and no call blocks.

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
use crate::encode::work::{self, Made, PieceRun};
use crate::machine::folders::Folders;
use crate::server::address::Server;
use crate::server::link::{self, Outbox};

/// The parts that never change while the client runs.
#[derive(Debug, Clone)]
pub(crate) struct Encoding {
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
pub(crate) struct Performer {
    encoding: Encoding,
    seats: Seats,
    session: u64,
    link: Option<Outbox>,
    chunk_bytes: u64,
    leases: Leases,
    /// Whether this process has begun to try all encoders, which it does once.
    proving: bool,
}

impl Performer {
    pub(crate) fn new(encoding: Encoding, chunk_bytes: u64) -> Self {
        let seats = Seats::new(&encoding.trace);
        Self {
            encoding,
            seats,
            session: 0,
            link: None,
            chunk_bytes,
            leases: Leases::default(),
            proving: false,
        }
    }

    /// Sets the chunk size from the welcome.
    pub(crate) fn set_chunk_bytes(&mut self, chunk_bytes: u64) {
        self.chunk_bytes = chunk_bytes;
    }

    /// Opens a new session, and closes the earlier one.
    pub(crate) fn connect(&mut self) {
        self.session += 1;
        let (session, inbox) = (self.session, self.encoding.inbox.clone());
        self.link = Some(link::open(&self.encoding.server, &self.encoding.background, move |what| {
            let inbox = inbox.clone();
            async move { drop(inbox.send(Incoming::Link { session, what }).await) }
        }));
    }

    /// Whether `session` is the current one.
    pub(crate) fn is_current(&self, session: u64) -> bool {
        session == self.session
    }

    pub(crate) fn say(&mut self, message: ToServer) {
        if let Some(link) = &self.link
            && !link.put(message)
        {
            // The link reports its own end; until then send nothing more on it.
            self.link = None;
        }
    }

    /// Ends the session once the queued messages are sent.
    pub(crate) fn hang_up(&mut self) {
        self.link = None;
    }

    /// Tries the encoders that the server wants and, the first time, all others after them. Reports each proof at once.
    pub(crate) fn prove(&mut self, wanted: Vec<String>) {
        let everything = !std::mem::replace(&mut self.proving, true);
        let (prover, inbox) = (self.encoding.prover.clone(), self.encoding.inbox.clone());
        let stop = self.encoding.background.stop().clone();
        drop(self.encoding.background.spawn("abilities", async move {
            if let Err(error) = prover.prove_for(wanted, everything, &inbox, &stop).await {
                tracing::warn!("not all device tests could run: {error:#}");
            }
        }));
    }

    /// Fetches what a queued lease will probably read first.
    pub(crate) fn prefetch(&mut self, offer: &Offer) {
        let likely = self.leases.likely_byte(offer);
        self.hold(offer).opened.prefetch(likely);
    }

    fn hold(&mut self, offer: &Offer) -> &mut Held {
        let Self { encoding, seats, chunk_bytes, leases, .. } = self;
        leases.0.entry(offer.lease).or_insert_with(|| Held {
            offer: Arc::new(offer.clone()),
            opened: Arc::new(encoding.gateway.open(&offer.source, *chunk_bytes, &seats.trace(offer))),
            folder: encoding.folders.lease(offer.lease, offer.measure),
            stop: CancellationToken::new(),
            frames_done: Arc::default(),
            made: None,
        })
    }

    /// Starts work on a lease.
    pub(crate) fn start(&mut self, offer: &Offer) {
        crash::point("client.offer.taken");
        let encoding = self.encoding.clone();
        let (trace, busy) = (self.seats.trace(offer), self.seats.begin(offer));
        let held = self.hold(offer);
        held.stop = encoding.background.stop().child_token();
        held.made = None;
        let (offer, opened, folder) = (held.offer.clone(), held.opened.clone(), held.folder.clone());
        let (stop, frames_done) = (held.stop.clone(), held.frames_done.clone());
        let device = offer.device.as_deref().and_then(|name| encoding.prover.device(name));
        drop(self.encoding.background.spawn("encode", async move {
            let lease = offer.lease;
            let progress = |frames, fps| {
                frames_done.store(frames, Ordering::Relaxed);
                // If the driver is too busy for this report, the next one replaces it.
                let _ = encoding.inbox.try_send(Incoming::Progress { lease, frames, fps });
            };
            let device = device.as_ref();
            let (tools, opened, folder_of) = (&encoding.tools, &opened, &folder);
            let piece_run =
                PieceRun { tools, opened, folder: folder_of, cancel: &stop, device, trace: &trace };
            let made = work::make(piece_run, &offer, progress).await;
            drop(busy);
            let report = match made {
                Ok(made) => Incoming::Made { lease, made },
                Err(stop) => {
                    sweep(&encoding.background, folder);
                    match stop {
                        Stop::Cancelled => return,
                        Stop::Fault(fault) => Incoming::Failed { lease, fault },
                    }
                }
            };
            let _ = encoding.inbox.send(report).await;
        }));
    }

    /// Keeps a finished piece in the lease's folder until it is discarded.
    pub(crate) fn keep(&mut self, lease: LeaseId, made: Made) {
        match self.leases.0.get_mut(&lease) {
            Some(held) => held.made = Some(made),
            // The core discarded the lease just as the piece was finished.
            None => {
                made.piece.file.parent().into_iter().for_each(|f| sweep(&self.encoding.background, f.into()))
            }
        }
    }

    /// Sends the lease's piece, from where an earlier attempt stopped.
    pub(crate) fn send_piece(&mut self, lease: LeaseId) {
        let Some(held) = self.leases.0.get_mut(&lease) else { return };
        let Some(made) = held.made.clone() else { return };
        held.stop.cancel();
        held.stop = self.encoding.background.stop().child_token();
        let (encoding, stop, chunk_bytes) = (self.encoding.clone(), held.stop.clone(), self.chunk_bytes);
        let trace = self.seats.trace(&held.offer);
        drop(self.encoding.background.spawn("send", async move {
            let sender = PieceSender::new(encoding.http.clone(), encoding.server.clone(), chunk_bytes);
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
            let _ = encoding.inbox.send(report).await;
        }));
    }

    /// Ends all work on a lease, and forgets the lease.
    pub(crate) fn forget(&mut self, lease: LeaseId) {
        if let Some(held) = self.leases.0.remove(&lease) {
            held.stop.cancel();
            if held.made.is_some() {
                // The work of a running encoder removes its folder after the encoder ends.
                sweep(&self.encoding.background, held.folder);
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
