//! What handlers work with.

use std::time::Instant;

use super::refusal::Refusals;
use crate::access::audit_log::AuditLog;
use crate::access::tokens::Tokens;
use crate::admission::Admission;
use crate::core::incoming::Core;
use crate::store::releases::Releases;
use crate::work::Runner;

/// All that handlers work with. Cheap to clone; deeper functions take only the parts they need.
#[derive(Debug, Clone)]
pub(crate) struct Services {
    pub(crate) core: Core,
    pub(crate) runner: Runner,
    pub(crate) admission: Admission,
    pub(crate) tokens: Tokens,
    pub(crate) audit_log: AuditLog,
    pub(crate) refusals: Refusals,
    pub(crate) releases: Releases,
    pub(crate) started: Instant,
}

impl Services {
    pub(crate) fn new(core: Core, runner: Runner, audit_log: AuditLog) -> Self {
        Self {
            tokens: Tokens::new(runner.store.reader.clone()),
            releases: Releases::new(runner.folders().releases()),
            admission: Admission::new(runner.clone()),
            refusals: Refusals::told_to(audit_log.clone()),
            started: Instant::now(),
            core,
            runner,
            audit_log,
        }
    }
}
