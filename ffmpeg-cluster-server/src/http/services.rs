//! What handlers work with.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::Semaphore;

use super::at_work::AtWork;
use super::refusal::Refusals;
use super::webhooks::Webhooks;
use crate::access::audit_log::AuditLog;
use crate::access::sign_ins::SignIns;
use crate::access::tokens::Tokens;
use crate::access::watch_links::WatchLinks;
use crate::admission::Admission;
use crate::core::incoming::Core;
use crate::store::releases::Releases;
use crate::work::Runner;
use crate::work::stills::Stills;

const WATCHERS_MAX: usize = 1024;
/// Pictures on their way to callers, in KiB.
const PICTURES_KIB_MAX: usize = 128 << 10;

/// All that handlers work with. Cheap to clone; deeper functions take only the parts they need.
#[derive(Debug, Clone)]
pub(crate) struct Services {
    pub(crate) core: Core,
    pub(crate) runner: Runner,
    pub(crate) admission: Admission,
    pub(crate) tokens: Tokens,
    pub(crate) sign_ins: SignIns,
    pub(crate) watch_links: WatchLinks,
    pub(crate) audit_log: AuditLog,
    pub(crate) refusals: Refusals,
    pub(crate) releases: Releases,
    pub(crate) at_work: AtWork,
    pub(crate) webhooks: Webhooks,
    /// Places for watchers of events.
    pub(crate) watchers: Arc<Semaphore>,
    pub(crate) stills: Stills,
    /// Room for pictures on their way, in KiB.
    pub(crate) sent: Arc<Semaphore>,
    pub(crate) started: Instant,
}

impl Services {
    /// Connections that watch events.
    pub(crate) fn watching(&self) -> usize {
        WATCHERS_MAX - self.watchers.available_permits()
    }

    pub(crate) fn new(core: Core, runner: Runner, audit_log: AuditLog) -> Self {
        let (reader, writer) = (runner.store.reader.clone(), runner.store.writer.clone());
        let tokens = Tokens::new(reader.clone());
        Self {
            sign_ins: SignIns::new(tokens.clone(), reader.clone(), writer.clone()),
            watch_links: WatchLinks::new(tokens.clone(), reader, writer),
            tokens,
            webhooks: Webhooks::new(runner.store.clone(), core.counts.clone(), runner.background.clone()),
            releases: Releases::new(runner.folders().releases()),
            admission: Admission::new(runner.clone()),
            refusals: Refusals::told_to(audit_log.clone()),
            at_work: AtWork::default(),
            watchers: Arc::new(Semaphore::new(WATCHERS_MAX)),
            stills: Stills::default(),
            sent: Arc::new(Semaphore::new(PICTURES_KIB_MAX)),
            started: Instant::now(),
            core,
            runner,
            audit_log,
        }
    }
}
