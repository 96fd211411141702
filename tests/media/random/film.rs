//! What a random film is, as plain data: what proptest prints of a failing case can be pasted into a test.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    H264,
    Hevc,
    Mpeg4,
    Mpeg2,
    Vp9,
    Ffv1,
    Mjpeg,
    /// Full range, as cameras write it.
    MjpegFull,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    Mp4,
    Mov,
    Mkv,
    WebM,
    Ts,
    Avi,
}

/// How pictures lean on each other at the border of two groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Groups {
    Closed,
    /// Frames before a key frame lean on the group before it.
    Open,
    /// No key frames but the first: each picture renews a part (H.264; others take it as `Open`).
    Refresh,
}

/// Variable times are told in ticks of one in so many of a second: MPEG-4 knows no finer ones.
pub const TICKS: u32 = 30_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Times {
    /// Frames a second, as a fraction.
    Rate(u32, u32),
    /// From each frame to the next, in turn, in [`TICKS`].
    Steps(Vec<u32>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Film {
    pub codec: Codec,
    pub container: Container,
    pub times: Times,
    pub frames: u32,
    pub group: u32,
    pub groups: Groups,
    pub b_frames: u32,
    /// Added to all times by the container.
    pub offset_ms: u32,
    /// How much later than the picture the sound begins; below zero: earlier.
    pub sound_ms: Option<i32>,
    /// Cut off from the beginning without encoding again: where that is no key frame, a part is hidden or broken.
    pub trimmed_ms: u32,
}

/// A film and the first frames of its second, third… piece. Numbers beyond the film's end stand for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    pub film: Film,
    pub cuts: Vec<u64>,
}
