//! How a child ended.

use std::process::ExitStatus;
use std::time::Duration;

use crate::fault::FaultCode;
use crate::io::disk;
use crate::io::system::Used;

#[derive(Debug)]
pub struct Ended {
    pub how: EndReason,
    /// The last lines of its error stream.
    pub tail: Vec<String>,
    pub took: Duration,
    /// What it used; None if unknown.
    pub used: Option<Used>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    Exited(ExitStatus),
    /// A caller asked to stop it.
    Cancelled,
    /// It printed nothing for too long.
    Stalled,
    /// It used more memory than this number of bytes.
    Grew(u64),
    /// It wrote more than this number of bytes into a file.
    Overfilled(u64),
    /// It printed more than this number of bytes.
    Overtold(u64),
}

impl Ended {
    pub fn is_good(&self) -> bool {
        matches!(self.how, EndReason::Exited(status) if status.success())
    }
    /// A part of a sentence, such as `ended with exit status: 1 after 2.0 s`.
    pub fn describe(&self) -> String {
        let after = self.took.as_secs_f64();
        match self.how {
            EndReason::Exited(status) => format!("ended with {status} after {after:.1} s"),
            EndReason::Cancelled => format!("was stopped after {after:.1} s"),
            EndReason::Stalled => format!("made no progress and was killed after {after:.1} s"),
            EndReason::Grew(most) => {
                format!(
                    "used more than {} MiB of memory, its limit, and was killed after {after:.1} s",
                    most >> 20
                )
            }
            EndReason::Overfilled(most) => {
                format!(
                    "wrote more than {} MiB into a file, its limit, and was killed after {after:.1} s",
                    most >> 20
                )
            }
            EndReason::Overtold(most) => {
                format!("printed more than {} KiB, its limit, and was killed after {after:.1} s", most >> 10)
            }
        }
    }
    /// Whether it ended because it exceeded a bound of ours.
    pub(super) fn is_over_a_bound(&self) -> bool {
        matches!(self.how, EndReason::Grew(_) | EndReason::Overfilled(_) | EndReason::Overtold(_))
    }
    /// The code of its fault if it failed; `usual` if no cause is known.
    pub fn code(&self, usual: FaultCode) -> FaultCode {
        if self.is_over_a_bound() {
            FaultCode::OverBound
        } else if self.tail.iter().any(|line| disk::says_full(line)) {
            FaultCode::DiskFull
        } else {
            usual
        }
    }
}
