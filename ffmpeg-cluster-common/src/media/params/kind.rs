//! The name under which speed is measured.

use serde::{Deserialize, Serialize};

/// A kind of work, for instance `libx264/medium/1280x720`; speed is measured for each kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WorkKind(pub String);
