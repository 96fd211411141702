//! What an operator can configure.

use crate::time::Millis;

#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How many attempts at one segment may fail before its job fails.
    pub max_retries: u32,
    /// The delay before the same client tries a failed segment again; it doubles with each failure.
    pub retry_delay: Millis,
    /// Seconds of the source that the first segment of an unmeasured client covers.
    pub benchmark_secs: u32,
    /// Percentage of pieces that the server audits.
    /// Unless it is 0, the server also audits the first piece of each client in each job.
    pub audit_percent: u32,
    /// A job fails after this many crashes of the server in a row during server tasks of that job.
    pub crashes_max: u32,
}
