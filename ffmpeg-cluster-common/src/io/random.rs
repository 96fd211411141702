//! The system's random numbers. Decisions take them as an argument.

use crate::access::secret::Secret;
use crate::text::hex;

/// A secret of `BYTES` random bytes, in hexadecimal.
pub fn secret<const BYTES: usize>() -> anyhow::Result<Secret> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)
        .map_err(|error| anyhow::anyhow!("the system gives no random bytes: {error}"))?;
    Ok(Secret::new(hex::of(&bytes)))
}

/// For delays and samples, where any number will do.
pub fn number() -> u32 {
    getrandom::u32().unwrap_or(0)
}
