//! The loop that owns the client's core: it feeds events to the core, and [`Performer`] performs the effects.

use std::time::Duration;

use ffmpeg_cluster_common::client::{
    Client, Effect, Ending as Decided, Event, MadePiece, Notice, Settings as CoreSettings,
};
use ffmpeg_cluster_common::fault::Fault;
use ffmpeg_cluster_common::io::clock::Clock;
use ffmpeg_cluster_common::io::{crash, random};
use ffmpeg_cluster_common::media::plan::piece::SentPiece;
use ffmpeg_cluster_common::protocol::to_client::ToClient;
use ffmpeg_cluster_common::protocol::to_server::Hello;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::ending::Ending;
use super::incoming::Incoming;
use super::perform::{Encoding, Performer};
use crate::encode::settings::Settings;
use crate::encode::work::piece::Sent;
use crate::machine::facts;
use crate::server::address::Server;
use crate::server::link::LinkEvent;

/// The size of chunks until the welcome names one.
const CHUNK_BYTES: u64 = 1 << 20;
/// Time for the last messages to the server.
const FAREWELL: Duration = Duration::from_millis(300);

#[derive(Debug)]
pub(crate) struct Driver {
    core: Client,
    clock: Clock,
    performer: Performer,
    inbox: mpsc::Receiver<Incoming>,
    server: Server,
    folder: std::path::PathBuf,
    /// Whether the client finishes its segment when asked to stop.
    drain: bool,
    finishing: bool,
}

impl Driver {
    pub(crate) fn new(
        settings: &Settings,
        hello: Hello,
        encoding: Encoding,
        inbox: mpsc::Receiver<Incoming>,
    ) -> Self {
        let (folder, server) = (encoding.folders.root().to_owned(), encoding.server.clone());
        let clock = Clock::start();
        let settings_of_core = CoreSettings {
            reconnect_delay: settings.reconnect_delay,
            persistent: settings.persistent,
            allowed: settings.allowed.clone(),
            formats: settings.formats.clone(),
        };
        Self {
            core: Client::new(settings_of_core, hello, clock.now()),
            clock,
            performer: Performer::new(encoding, CHUNK_BYTES),
            inbox,
            server,
            folder,
            drain: settings.drain,
            finishing: false,
        }
    }

    pub(crate) async fn run(mut self, stop: CancellationToken) -> anyhow::Result<Ending> {
        loop {
            let event = self.next(&stop).await;
            self.step(Event::FreeDisk(facts::free_disk(&self.folder)));
            if let Some(ending) = event.and_then(|event| self.step(event)) {
                tokio::time::sleep(FAREWELL).await;
                return Ok(ending);
            }
        }
    }

    /// None if the event is outdated.
    async fn next(&mut self, stop: &CancellationToken) -> Option<Event> {
        let due = self.clock.instant(self.core.deadline());
        tokio::select! {
            biased;
            () = stop.cancelled(), if !self.finishing => Some(self.asked_to_stop()),
            item = self.inbox.recv() => self.admit(item?),
            () = tokio::time::sleep_until(due.into()) => Some(Event::Tick),
        }
    }

    fn asked_to_stop(&mut self) -> Event {
        if !self.drain {
            return Event::Stop { reason: "stopped as asked".into() };
        }
        self.finishing = true;
        tracing::info!("finishing the segments that are being encoded; a second signal stops at once");
        Event::Finish
    }

    fn admit(&mut self, item: Incoming) -> Option<Event> {
        Some(match item {
            Incoming::Link { session, .. } if !self.performer.is_current(session) => return None,
            Incoming::Link { what: LinkEvent::Up, .. } => Event::LinkUp,
            Incoming::Link { what: LinkEvent::Heard(said), .. } => {
                match &said {
                    ToClient::Welcome(welcome) => self.performer.set_chunk_bytes(welcome.chunk_bytes),
                    ToClient::Kept { .. } => crash::point("client.kept.heard"),
                    _ => {}
                }
                Event::Heard(said)
            }
            Incoming::Link { what: LinkEvent::Down(reason), .. } => Event::LinkDown { reason },
            Incoming::Progress { lease, frames, fps } => Event::Progress { lease, frames, fps },
            Incoming::Made { lease, made } => {
                let piece = MadePiece {
                    frames: made.frames,
                    encode_ms: made.encode_ms,
                    spent: made.spent,
                    sent: SentPiece {
                        bytes: made.piece.bytes,
                        sha256: made.piece.sha256.clone(),
                        findings: made.findings.clone(),
                    },
                };
                self.performer.keep(lease, made);
                Event::Made { lease, piece }
            }
            Incoming::Failed { lease, fault } => Event::Failed { lease, fault },
            Incoming::Sent { lease, sent: Sent::Whole } => Event::Sent { lease },
            Incoming::Sent { lease, sent: Sent::Unwanted } => Event::Unwanted { lease },
            Incoming::Abilities { encoders, devices } => Event::Abilities { encoders, devices },
        })
    }

    fn step(&mut self, event: Event) -> Option<Ending> {
        let (now, mut effects) = (self.clock.now(), Vec::new());
        self.core.step(now, event, random::number(), &mut effects);
        effects.into_iter().find_map(|effect| self.perform(effect))
    }

    fn perform(&mut self, effect: Effect) -> Option<Ending> {
        match effect {
            Effect::Connect => self.performer.connect(),
            Effect::Say(message) => self.performer.say(message),
            Effect::HangUp => self.performer.hang_up(),
            Effect::Prove(wanted) => self.performer.prove(wanted),
            Effect::Prefetch(offer) => self.performer.prefetch(&offer),
            Effect::Start(offer) => self.performer.start(&offer),
            Effect::SendPiece(lease) => self.performer.send_piece(lease),
            Effect::Forget(lease) => self.performer.forget(lease),
            Effect::Notice(notice) => self.tell(notice),
            Effect::Exit(ending) => {
                return Some(match ending {
                    Decided::Stopped => Ending::Done,
                    Decided::ServerGone => Ending::ServerGone { server: self.server.to_string() },
                    Decided::Refused(why) => Ending::Refused(why),
                    Decided::Outdated { why, release } => Ending::Outdated { why, release },
                });
            }
        }
        None
    }

    fn tell(&self, notice: Notice) {
        match notice {
            Notice::Welcomed { boot, kept } => {
                tracing::info!(server = %self.server.url(""), boot, leases_kept = kept, "connected");
            }
            Notice::Away { reason, again_in, attempt } => {
                let (server, seconds) = (self.server.url(""), again_in.as_secs_f64());
                let hint = if attempt == 0 { "; is it running there?" } else { "" };
                tracing::warn!(
                    "no connection to the server at {server} ({reason}); trying again in {seconds:.1} s{hint}"
                );
            }
            Notice::Taken { lease, measure } => {
                let why = if measure { ", which measures this machine" } else { "" };
                tracing::info!(%lease, "took {}{why}", self.performer.describe(lease));
            }
            Notice::Made { lease, piece } => {
                let fps = piece.frames as f64 * 1000.0 / piece.encode_ms.max(1) as f64;
                tracing::info!(%lease, frames = piece.frames, bytes = piece.sent.bytes, "encoded at {fps:.1} fps; sending");
            }
            Notice::Kept { lease } => tracing::info!(%lease, "kept by the server"),
            Notice::Dropped { lease, reason } => tracing::info!(%lease, "dropped: {reason}"),
            Notice::Failed { lease, fault } => log_fault(lease, &fault),
        }
    }
}

fn log_fault(lease: ffmpeg_cluster_common::ids::LeaseId, fault: &Fault) {
    tracing::warn!(%lease, code = ?fault.code, "failed: {}", fault.message);
    fault.tail.iter().for_each(|line| tracing::debug!(%lease, "ffmpeg: {line}"));
}
