//! The one source of chance; decisions take it as an argument.

use ffmpeg_cluster_common::access::secret::Secret;
use ffmpeg_cluster_common::io::random;
use ffmpeg_cluster_common::protocol::transfer::KEY_BYTES;

pub(crate) fn chance() -> u32 {
    uuid::Uuid::new_v4().as_fields().0
}

/// A key that nobody can guess.
pub(crate) fn key() -> anyhow::Result<Secret> {
    random::secret::<KEY_BYTES>()
}
