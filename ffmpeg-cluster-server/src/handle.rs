//! What every door holds: a way to ask the driver, the latest view, and the things that never change.

use std::fmt;
use std::sync::Arc;

use crate::media::index::Known;
use crate::media::seen::Seen;
use ffmpeg_cluster_common::cluster::effect::Answer;
use ffmpeg_cluster_common::cluster::event::{Event, JobSpec};
use ffmpeg_cluster_common::cluster::view::View;
use ffmpeg_cluster_common::ids::{ClientId, JobId, SessionNo, Ticket};
use ffmpeg_cluster_common::io::clock;
use ffmpeg_cluster_common::io::spawn::Background;
use ffmpeg_cluster_common::io::tools::Tools;
use ffmpeg_cluster_common::io::trace::{Purpose, Trace};
use ffmpeg_cluster_common::protocol::command::ErrorCode;
use ffmpeg_cluster_common::protocol::to_client::{Offer, ToClient};
use tokio::sync::{Mutex, Semaphore, mpsc, oneshot, watch};

use crate::audit_log::AuditLog;
use crate::auth::leases::Leases;
use crate::auth::tokens::Tokens;
use crate::catalog::Reader;
use crate::config::Settings;
use crate::folders::Folders;
use crate::gate::refusal::Refusals;
use crate::releases::Releases;
use crate::storage::Storage;

/// What was read last of what is known of a job's source.
pub type Shelf = Arc<Mutex<Option<(JobId, Arc<Known>)>>>;

/// Cheap to clone; the same for all doors.
#[derive(Debug, Clone)]
pub struct Handle {
    pub settings: Arc<Settings>,
    pub tools: Arc<Tools>,
    pub folders: Arc<Folders>,
    pub background: Background,
    /// A few times a second; building it is the one thing that grows with the cluster.
    pub view: watch::Receiver<Arc<View>>,
    /// Written after the commit, before the offer leaves.
    pub leases: Leases,
    /// Reads of what is durable; never blocks the writer.
    pub reader: Reader,
    /// The frame list in use, so that a long film's is in memory once.
    pub shelf: Shelf,
    /// Sources that were probed lately.
    pub(crate) seen: Seen,
    pub(crate) storage: Storage,
    pub(crate) audit_log: AuditLog,
    pub(crate) tokens: Tokens,
    pub(crate) refusals: Refusals,
    pub(crate) releases: Releases,
    /// Looks at films and parameters at the door, each of which is a program or two.
    pub(crate) looks: Arc<Semaphore>,
    /// Of the job that this is handed to; else of none.
    pub(crate) trace: Trace,
    pub(crate) inbox: mpsc::Sender<Inbox>,
}

/// What the driver is given.
pub(crate) enum Inbox {
    Event(Event),
    /// An event that asks; the answer goes back where the question came from.
    Ask(Box<dyn FnOnce(Ticket) -> Event + Send>, oneshot::Sender<Answer>),
    /// A client's session, before its `ClientUp`.
    Session {
        session: SessionNo,
        outbox: mpsc::Sender<ToClient>,
        event: Event,
    },
    /// An offer that was worked out in the background. It goes by the driver, so that the word that takes the lease
    /// back can't overtake it.
    Offer {
        session: SessionNo,
        offer: Box<Offer>,
    },
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(event) => event.fmt(f),
            Self::Ask(..) => f.write_str("Ask"),
            Self::Session { session, .. } => write!(f, "Session({})", session.0),
            Self::Offer { session, offer } => write!(f, "Offer({}, {})", session.0, offer.lease),
        }
    }
}

impl Handle {
    /// For work of one job whose programs have this purpose.
    pub(crate) fn tracing(&self, job: &JobId, purpose: Purpose) -> Self {
        Self { trace: self.trace.about("job", job).of(purpose), ..self.clone() }
    }

    /// The job is durable when this answers.
    pub async fn submit(&self, job: JobId, spec: JobSpec) -> Answer {
        let (spec, at) = (Box::new(spec), clock::wall());
        self.ask(move |ticket| Event::Submitted { ticket, job, spec, at }).await
    }

    pub async fn cancel(&self, job: JobId) -> Answer {
        let at = clock::wall();
        self.ask(move |ticket| Event::CancelAsked { ticket, job, at }).await
    }

    pub async fn disconnect(&self, client: ClientId) -> Answer {
        self.ask(move |ticket| Event::DisconnectAsked { ticket, client }).await
    }

    pub async fn forgive(&self, client: ClientId) -> Answer {
        self.ask(move |ticket| Event::ForgiveAsked { ticket, client }).await
    }

    async fn ask(&self, question: impl FnOnce(Ticket) -> Event + Send + 'static) -> Answer {
        let (sender, answer) = oneshot::channel();
        let sent = self.inbox.send(Inbox::Ask(Box::new(question), sender)).await;
        let answer = if sent.is_ok() { answer.await.ok() } else { None };
        answer.unwrap_or_else(|| Answer::Error {
            code: ErrorCode::Busy,
            message: "the server is stopping; ask again when it is back".into(),
        })
    }

    /// Reports to the driver; nobody waits for an answer.
    pub async fn send(&self, event: Event) {
        let _ = self.inbox.send(Inbox::Event(event)).await;
    }
}
