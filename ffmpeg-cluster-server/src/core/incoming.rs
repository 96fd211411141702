//! The way to the driver: what it receives, and the handle that sends it.

use std::fmt;
use std::sync::Arc;

use ffmpeg_cluster_common::cluster::effect::Answer;
use ffmpeg_cluster_common::cluster::event::{Event, JobSpec};
use ffmpeg_cluster_common::cluster::place::Arrange;
use ffmpeg_cluster_common::cluster::view::View;
use ffmpeg_cluster_common::ids::{ClientId, JobId, SessionNo, Ticket};
use ffmpeg_cluster_common::io::clock;
use ffmpeg_cluster_common::protocol::command::ErrorCode;
use ffmpeg_cluster_common::protocol::to_client::{Offer, ToClient};
use tokio::sync::{mpsc, oneshot, watch};

use super::leases::Leases;
use super::metrics::counts::Counts;
use crate::store::catalog::Given;

/// Asks the driver, and holds the latest view and leases. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Core {
    /// Replaced a few times a second; building it is the one thing that grows with the cluster.
    pub(crate) view: watch::Receiver<Arc<View>>,
    /// Updated after the commit, before the offer is sent.
    pub(crate) leases: Leases,
    pub(crate) incoming: mpsc::Sender<Incoming>,
    pub(crate) counts: Counts,
}

impl Core {
    pub(crate) fn new(incoming: mpsc::Sender<Incoming>, view: watch::Receiver<Arc<View>>) -> Self {
        Self { view, leases: Leases::default(), incoming, counts: Counts::default() }
    }
}

pub(crate) type Question = Box<dyn FnOnce(Ticket) -> Event + Send>;

/// What the driver receives.
pub(crate) enum Incoming {
    Event(Event),
    /// An event that wants an answer, and where the answer goes.
    Ask(Question, oneshot::Sender<Answer>),
    /// The same for a new job, with what was given beside its spec and is stored with it.
    Submit {
        job: JobId,
        given: Box<Given>,
        question: Question,
        answer: oneshot::Sender<Answer>,
    },
    /// A client's new session, registered before its `ClientUp` is stepped.
    Session {
        session: SessionNo,
        outbox: mpsc::Sender<ToClient>,
        event: Event,
    },
    /// An offer prepared in the background. It passes through the driver so that the message that revokes the lease can't
    /// overtake it.
    Offer {
        session: SessionNo,
        offer: Box<Offer>,
    },
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(event) => event.fmt(f),
            Self::Ask(..) => f.write_str("Ask"),
            Self::Submit { job, .. } => write!(f, "Submit({job})"),
            Self::Session { session, .. } => write!(f, "Session({})", session.0),
            Self::Offer { session, offer } => write!(f, "Offer({}, {})", session.0, offer.lease),
        }
    }
}

impl Core {
    /// The job is durable when this returns.
    pub(crate) async fn submit(&self, job: JobId, spec: JobSpec, given: Given) -> Answer {
        let (spec, at, new) = (Box::new(spec), clock::wall(), job.clone());
        let question: Question = Box::new(move |ticket| Event::Submitted { ticket, job: new, spec, at });
        self.answered(|answer| Incoming::Submit { job, given: Box::new(given), question, answer }).await
    }

    pub(crate) async fn cancel(&self, job: JobId) -> Answer {
        let at = clock::wall();
        self.ask(move |ticket| Event::CancelAsked { ticket, job, at }).await
    }

    pub(crate) async fn start(&self, job: JobId) -> Answer {
        self.ask(move |ticket| Event::StartAsked { ticket, job }).await
    }

    pub(crate) async fn arrange(&self, job: JobId, how: Arrange) -> Answer {
        self.ask(move |ticket| Event::ArrangeAsked { ticket, job, how }).await
    }

    pub(crate) async fn disconnect(&self, client: ClientId) -> Answer {
        self.ask(move |ticket| Event::DisconnectAsked { ticket, client }).await
    }

    pub(crate) async fn forgive(&self, client: ClientId) -> Answer {
        self.ask(move |ticket| Event::ForgiveAsked { ticket, client }).await
    }

    async fn ask(&self, question: impl FnOnce(Ticket) -> Event + Send + 'static) -> Answer {
        self.answered(|answer| Incoming::Ask(Box::new(question), answer)).await
    }

    async fn answered(&self, item: impl FnOnce(oneshot::Sender<Answer>) -> Incoming) -> Answer {
        let (sender, answer) = oneshot::channel();
        let sent = self.incoming.send(item(sender)).await;
        let answer = if sent.is_ok() { answer.await.ok() } else { None };
        answer.unwrap_or_else(|| Answer::Error {
            code: ErrorCode::Busy,
            message: "the server is stopping; ask again when it is back".into(),
        })
    }

    /// Reports an event; there is no answer.
    pub(crate) async fn send(&self, event: Event) {
        let _ = self.incoming.send(Incoming::Event(event)).await;
    }
}
