//! What came of each day.

use ffmpeg_cluster_common::ids::ClientId;

/// A day of UTC on which something was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayRow {
    /// Since 1970.
    pub day: u64,
    /// Jobs that were completed.
    pub films: u64,
    /// Of their results.
    pub frames: u64,
    /// Of their sources, as far as they were known.
    pub bytes_in: u64,
    /// Of their results.
    pub bytes_out: u64,
    /// Who encoded, the busiest first. For one owner it is empty: nobody learns what clients do for others.
    pub clients: Vec<ClientDay>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientDay {
    pub client: ClientId,
    pub name: String,
    /// In pieces that were kept.
    pub frames: u64,
    pub busy_ms: u64,
}
