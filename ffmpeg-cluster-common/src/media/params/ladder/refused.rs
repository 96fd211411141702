//! Why a ladder is refused.

use std::fmt::{self, Display};

use crate::media::params::Refusal;

const LADDER: &str = "products.ladder";

/// One mistake, with its place in the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LadderRefusal {
    path: String,
    reason: String,
    /// Whether encoding parameters are at fault, rather than the request around them.
    pub is_of_parameters: bool,
}

impl LadderRefusal {
    /// `path` is the place within the ladder; empty for the whole of it.
    pub(super) fn request(path: &str, reason: impl Display) -> Self {
        Self { path: path.to_owned(), reason: reason.to_string(), is_of_parameters: false }
    }

    pub(super) fn parameters(path: &str, reason: impl Display) -> Self {
        Self { is_of_parameters: true, ..Self::request(path, reason) }
    }

    pub(super) fn of_parameters(path: &str, refusals: Vec<Refusal>) -> Vec<Self> {
        refusals.into_iter().map(|refusal| Self::parameters(path, refusal)).collect()
    }
}

impl Display for LadderRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dot = if self.path.is_empty() { "" } else { "." };
        write!(f, "{LADDER}{dot}{}: {}", self.path, self.reason)
    }
}

/// All values, or all refusals.
pub(super) fn all<T>(
    read: impl Iterator<Item = Result<T, Vec<LadderRefusal>>>,
) -> Result<Vec<T>, Vec<LadderRefusal>> {
    let (mut values, mut refusals) = (Vec::new(), Vec::new());
    for one in read {
        match one {
            Ok(value) => values.push(value),
            Err(why) => refusals.extend(why),
        }
    }
    if refusals.is_empty() { Ok(values) } else { Err(refusals) }
}
