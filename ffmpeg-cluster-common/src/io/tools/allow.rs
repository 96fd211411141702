//! What an operator allows beyond the tables, against what this ffmpeg has.

use anyhow::bail;

use super::Tools;
use crate::media::source::formats::Formats;

impl Tools {
    /// Warns of each format that was allowed beyond the list. One that this ffmpeg does not know is a mistake.
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
