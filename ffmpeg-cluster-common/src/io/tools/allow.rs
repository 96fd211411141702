//! Checks the formats that the operator allows against this ffmpeg.

use anyhow::bail;

use super::Tools;
use crate::media::source::formats::Formats;

impl Tools {
    /// Warns of each allowed format that is not on the list.
    /// Fails for a format that this ffmpeg does not know.
    pub fn allow(&self, formats: &Formats) -> anyhow::Result<()> {
        let missing = formats.missing(&self.capabilities.demuxers);
        if !missing.is_empty() {
            bail!("{}", missing.join("; "));
        }
        for warning in formats.warnings() {
            tracing::warn!("{warning}");
        }
        Ok(())
    }
}
