//! What every door holds: a way to ask the driver, the latest view, and the things that never change.

use std::collections::BTreeMap;
use std::sync::Arc;

use ffmpeg_cluster_common::cluster::effect::Answer;
use ffmpeg_cluster_common::cluster::event::Event;
use ffmpeg_cluster_common::cluster::view::View;
use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId, Ticket};
use ffmpeg_cluster_common::io::clock::Clock;
use ffmpeg_cluster_common::io::spawn::Background;
use ffmpeg_cluster_common::io::tools::Tools;
use tokio::sync::{mpsc, oneshot, watch};

use crate::catalog::Reader;
use crate::config::Settings;
use crate::folders::Folders;

/// Cheap to clone; the same for all doors.
#[derive(Debug, Clone)]
pub struct Handle {
    pub settings: Arc<Settings>,
    pub tools: Arc<Tools>,
    pub folders: Arc<Folders>,
    pub clock: Clock,
    pub background: Background,
    /// A few times a second; building it is the one thing that grows with the cluster.
    pub view: watch::Receiver<Arc<View>>,
    /// Which job a current lease belongs to, so that bytes of a piece find their folder. Written by the driver
    /// right after the commit, before the offer leaves.
    pub leases: watch::Receiver<Arc<BTreeMap<LeaseId, (JobId, ClientId)>>>,
    /// Reads of what is durable; never blocks the writer.
    pub reader: Reader,
    pub(crate) inbox: mpsc::Sender<Inbox>,
}

/// What the driver is given.
#[derive(Debug)]
pub(crate) enum Inbox {
    Event(Event),
    /// An event that asks; the answer goes back where the question came from.
    Ask(Box<dyn FnOnce(Ticket) -> Event + Send>, oneshot::Sender<Answer>),
}
