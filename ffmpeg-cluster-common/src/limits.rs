//! Every bound in the system, with its reason.

use crate::time::Millis;

/// The version of the wire protocol. A client's hello states its version, and the server compares.
pub const PROTOCOL: u32 = 8;

/// A control message is small; anything larger is a mistake or an attack.
pub const MESSAGE_BYTES_MAX: usize = 256 * 1024;
/// The server holds one chunk of the byte plane in memory. `--chunk-size` can't be larger.
pub const CHUNK_BYTES_MAX: u64 = 64 << 20;
/// A client requests and sends smaller chunks, so the server always allows its ranges.
pub const CLIENT_CHUNK_BYTES_MAX: u64 = 4 << 20;
/// A command names a file and some parameters.
pub const COMMAND_BYTES_MAX: u64 = 64 * 1024;
/// How many control messages may wait for one slow client before the server disconnects it.
pub const OUTBOX_MESSAGES_MAX: usize = 64;

/// The protocol sends its own pings,
/// because TCP alone takes a quarter of an hour to notice a pulled cable.
pub(crate) const HEARTBEAT_EVERY: Millis = Millis::secs(5);
/// Nearly three missed heartbeats: the other side is gone, and its frames go to another client
/// within 15 s.
pub const SILENCE_MAX: Millis = Millis::secs(14);
/// A client must say hello within this time.
pub const HELLO_WITHIN: Millis = Millis::secs(5);
/// A client keeps its leases this long after its connection closes.
/// Other clients get the segments of a dead client within 3 s.
pub const GRACE_AFTER_CLOSE: Millis = Millis(2_500);
/// After a restart, the server keeps all leases this long for clients that reconnect.
pub const GRACE_AFTER_BOOT: Millis = Millis::secs(15);
/// A client kills an encoder that produces no frame for this long.
pub const STALL_MAX: Millis = Millis::secs(60);
/// The server revokes a lease and gives its segment to another client if, for this long,
/// the encoder reports no progress or no bytes of the piece arrive.
pub(crate) const LEASE_QUIET_MAX: Millis = Millis::secs(120);

/// A job fails after this many crashes of the server in a row while the server lists the film's
/// frames, or joins or proves the result.
/// One may be a power failure and is forgiven; two in a row are the film's fault.
pub const CRASHES_MAX: u32 = 2;

/// How many segments a worker holds beyond those that it encodes,
/// so that it never waits for the server.
pub(crate) const NEXT_AT_HAND: usize = 1;
/// A second of film. A shorter segment costs more in seams than it gains in balance.
pub(crate) const SEGMENT_FRAMES_MIN: u64 = 24;
/// At this length, the bits that a seam costs are negligible.
/// Only the last segments are shorter.
pub(crate) const SEGMENT_FRAMES_GOOD: u64 = 240;
/// A segment takes at most about this long to encode, so a lost client wastes little work.
pub(crate) const SEGMENT_TARGET_MAX: Millis = Millis::secs(60);
/// The most key frames that are forced in one piece. All of them are in one argument, which Linux bounds to 128 KiB.
pub(crate) const FORCED_KEYS_MAX: usize = 8_192;

/// The most lines that are kept of a failed program's error output.
pub(crate) const TAIL_LINES_MAX: usize = 40;
/// The most bytes that are kept of one such line.
pub(crate) const TAIL_LINE_BYTES_MAX: usize = 500;
/// The most bytes of a name from a person; common file systems allow no more.
pub(crate) const NAME_BYTES_MAX: usize = 255;
/// The most clients that a job may require; a larger number is a typing error.
pub const REQUIRED_CLIENTS_MAX: u32 = 10_000;

/// The most bytes of encoding parameters; nobody types more.
pub const PARAMETER_BYTES_MAX: usize = 16 * 1024;
pub(crate) const PARAMETER_WORDS_MAX: usize = 512;

/// The most pixels of a picture, whether from a film or from a filter: twice 8K on each side.
/// A decoder needs several bytes for each.
pub(crate) const PIXELS_MAX: u64 = 16_384 * 8_192;
/// The largest block that ffmpeg may allocate at once: a picture of `PIXELS_MAX` pixels with eight
/// bytes each, plus a margin.
pub(crate) const ALLOCATION_BYTES_MAX: u64 = 1_200_000_000;
/// A film with more streams is an attack or a mistake; each stream costs a decoder.
pub(crate) const STREAMS_MAX: usize = 200;
/// The most frames of a film: nearly forty hours at 60 frames per second.
/// The list of frames takes eight bytes of memory per frame.
/// Beyond this number, the times that a decoding run prints are inexact (`media::index`).
pub const FRAMES_MAX: u64 = 1 << 23;
/// The most filters of one chain that may double the frames, as a deinterlacer does that makes a
/// frame of each field. Four of them make sixteen frames of one.
/// Nobody needs more: `-r` and `fps` set a high rate as a number,
/// bounded only by [`FRAMES_MAX`].
pub(crate) const DOUBLINGS_MAX: usize = 4;
/// The largest time in ticks. A larger one would overflow somewhere, and no film has one.
pub(crate) const TICKS_MAX: i64 = 1 << 56;
/// The longest film, in microseconds. Only a false header claims more.
pub(crate) const DURATION_US_MAX: i64 = 31 * 24 * 3600 * 1_000_000;

/// Memory that every run of ffmpeg or ffprobe gets, for packet lists and queues between streams.
pub(crate) const MEMORY_BYTES_FEW: u64 = 2 << 30;
/// Bytes of one pixel in memory: half of the largest format, twice the usual one.
const PIXEL_BYTES: u64 = 4;
/// Pictures that a decoder holds if it runs one thread on each of many cores.
const PICTURES_DECODED: u64 = 64;
/// Pictures that an encoder with a long look-ahead holds, including reference pictures.
const PICTURES_ENCODED: u64 = 400;

/// Bytes of memory for a run that decodes pictures of this many pixels.
pub(crate) const fn memory_to_decode(pixels: u64) -> u64 {
    MEMORY_BYTES_FEW + bounded(pixels) * PIXEL_BYTES * PICTURES_DECODED
}

/// Bytes of memory for a run that decodes and encodes pictures of this many pixels.
pub(crate) const fn memory_to_encode(pixels: u64) -> u64 {
    MEMORY_BYTES_FEW + bounded(pixels) * PIXEL_BYTES * PICTURES_ENCODED
}

const fn bounded(pixels: u64) -> u64 {
    if pixels < PIXELS_MAX { pixels } else { PIXELS_MAX }
}

/// Bytes of a pixel in a piece, more than any encoder needs.
const PIXEL_BYTES_WRITTEN: u64 = 16;
const FILE_BYTES_BESIDES: u64 = 64 << 20;
/// Bytes of one second of a track of sound: sixteen channels of eight bytes at 192 kHz, twice.
const SOUND_BYTES_PER_SECOND: u64 = 16 * 8 * 192_000 * 2;

/// The most bytes that a piece of this many frames may have.
pub(crate) const fn piece_bytes_max(pixels: u64, frames: u64) -> u64 {
    let of_frame = bounded(pixels) * PIXEL_BYTES_WRITTEN + (64 << 10);
    of_frame.saturating_mul(frames).saturating_add(FILE_BYTES_BESIDES)
}

/// The most bytes that sound of this many tracks may have.
pub(crate) const fn sound_bytes_max(seconds: u64, tracks: u64) -> u64 {
    SOUND_BYTES_PER_SECOND
        .saturating_mul(seconds + 60)
        .saturating_mul(tracks)
        .saturating_add(FILE_BYTES_BESIDES)
}

/// The list of a segment also covers this many packets on either side of it,
/// more than any decoder delays.
pub(crate) const LIST_BESIDE: u64 = 32;
/// The most bytes of one line of ffmpeg's frame list.
pub(crate) const LIST_LINE_BYTES_MAX: u64 = 120;
/// The most header lines of that list.
const LIST_HEADER_LINES: u64 = 64;

/// The most bytes of a list of the frames in this many packets.
pub(crate) fn list_bytes_max(packets: u64) -> u64 {
    // Some packets hold two frames.
    let lines = LIST_HEADER_LINES + 2 * (packets + 2 * LIST_BESIDE);
    lines.min(2 * FRAMES_MAX) * LIST_LINE_BYTES_MAX
}

/// The most bytes of a file that is joined from `parts` bytes: the container may add as much again.
pub(crate) const fn joined_bytes_max(parts: u64) -> u64 {
    parts.saturating_mul(2).saturating_add(FILE_BYTES_BESIDES)
}
