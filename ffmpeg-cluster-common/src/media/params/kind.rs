//! The name under which speeds are measured.

use serde::{Deserialize, Serialize};

/// Speeds are measured for each kind of work, for instance `libx264/medium/1280x720`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WorkKind(pub String);
