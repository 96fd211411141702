//! Limits on the cost of unpacking an archive.

/// Bounds for one archive; an archive reaches them before the disk is full.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Entries of any kind.
    pub entries_max: usize,
    /// Bytes of one wanted file.
    pub file_bytes_max: u64,
    /// Bytes of everything that is unpacked on the way, wanted or not.
    pub all_bytes_max: u64,
    /// How many times larger a file may be than its packed form.
    /// Programs reach 4, text 20, zeros 1,000.
    pub ratio_max: u64,
}

impl Bounds {
    /// For programs: the largest builds of ffmpeg have about 200 MB each,
    /// plus documents.
    pub const PROGRAMS: Self =
        Self { entries_max: 2_000, file_bytes_max: 1 << 30, all_bytes_max: 4 << 30, ratio_max: 100 };
}
