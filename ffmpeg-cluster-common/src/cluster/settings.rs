//! What an operator may set.

use crate::time::Millis;

#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Attempts for one segment before its job fails.
    pub max_retries: u32,
    /// First delay before another attempt on the same client.
    pub retry_delay: Millis,
    /// Seconds of the input that measure a client.
    pub benchmark_secs: u32,
    /// Of a hundred pieces so many are audited; with any, the first of each client in each job, too.
    pub audit_percent: u32,
    /// A job is given up that so many crashes of the server interrupted, one after the other, while it worked on it itself.
    pub crashes_max: u32,
}
