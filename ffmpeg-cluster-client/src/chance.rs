//! The one place that supplies chance; decisions take it as an argument.

use ffmpeg_cluster_common::protocol::transfer::KEY_CHARS;
use ffmpeg_cluster_common::secret::Secret;

pub(crate) fn chance() -> u32 {
    uuid::Uuid::new_v4().as_fields().0
}

/// A key that nobody guesses.
pub(crate) fn key() -> anyhow::Result<Secret> {
    let mut bytes = [0; KEY_CHARS / 2];
    getrandom::fill(&mut bytes)
        .map_err(|error| anyhow::anyhow!("the system gives no random bytes: {error}"))?;
    Ok(Secret::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
}
