//! The server as a person named it; [`super::joining`] finds the server by it.

use std::path::PathBuf;

use ffmpeg_cluster_common::access::secret::Secret;

/// All checked settings about the server.
#[derive(Debug, Clone, Default)]
pub(crate) struct ServerChoice {
    pub(crate) from: Option<JoinFrom>,
    pub(crate) ip: Option<String>,
    pub(crate) port: Option<u16>,
}

/// Where a join string comes from.
#[derive(Debug, Clone)]
pub(crate) enum JoinFrom {
    /// Standard input.
    Input,
    File(PathBuf),
    Given(Secret),
}
