//! Every bound in the system, each with its reason.

use crate::time::Millis;

/// The wire's version; both sides say theirs in the first message.
pub const PROTOCOL: u32 = 7;

/// A control message is small; anything larger is a mistake or an attack.
pub const MESSAGE_BYTES_MAX: usize = 256 * 1024;
/// One chunk of the byte plane is held in memory, by the server; `--chunk-size` can't be larger.
pub const CHUNK_BYTES_MAX: u64 = 64 << 20;
/// A client asks for and sends smaller ones: a range of at most a chunk is always allowed.
pub const CLIENT_CHUNK_BYTES_MAX: u64 = 4 << 20;
/// A command names a file and some parameters.
pub const COMMAND_BYTES_MAX: u64 = 64 * 1024;
/// Control messages that may wait for one slow client before it is let go.
pub const OUTBOX_MESSAGES_MAX: usize = 64;

/// Own pings, because TCP alone takes a quarter of an hour to notice a pulled cable.
pub(crate) const HEARTBEAT_EVERY: Millis = Millis::secs(5);
/// Nearly three heartbeats missed: the other side is gone, and its frames are somebody else's within 15 s.
pub const SILENCE_MAX: Millis = Millis::secs(14);
/// A client must say hello in this time.
pub const HELLO_WITHIN: Millis = Millis::secs(5);
/// After a closed connection its leases are kept this long; a dead client's work is handed out again within 3 s.
pub const GRACE_AFTER_CLOSE: Millis = Millis(2_500);
/// After a restart of the server all leases are kept this long, for clients on their way back.
pub const GRACE_AFTER_BOOT: Millis = Millis::secs(15);
/// An encoder that makes no frame for this long is killed, by the client.
pub const STALL_MAX: Millis = Millis::secs(60);
/// A piece that is encoded but not here after this long without a word is given to somebody else.
pub(crate) const LEASE_QUIET_MAX: Millis = Millis::secs(120);

/// Crashes of the server while it lists the frames of a film, or joins or proves its result: one may be the power's, and is
/// forgiven; two, one after the other, are the film's.
pub const CRASHES_MAX: u32 = 2;

/// Beside the segments that it works on, a client has the next one at hand, so that it never waits for us.
pub(crate) const NEXT_AT_HAND: usize = 1;
/// Below this a segment costs more in seams than it gains in balance; only the last ones are shorter.
pub(crate) const SEGMENT_FRAMES_MIN: u64 = 60;
/// The length from which a seam's cost in bits is small, for all but the last segments.
pub(crate) const SEGMENT_FRAMES_GOOD: u64 = 240;
/// A segment should take at most about this long to encode, so that little is lost with a client.
pub(crate) const SEGMENT_TARGET_MAX: Millis = Millis::secs(60);

/// Lines of a failed program's error output that are kept.
pub const TAIL_LINES_MAX: usize = 40;
/// Bytes of one such line.
pub(crate) const TAIL_LINE_BYTES_MAX: usize = 500;
/// A name that a person gave, in bytes; what common file systems hold.
pub(crate) const NAME_BYTES_MAX: usize = 255;
/// Required clients beyond this are a typing error.
pub const REQUIRED_CLIENTS_MAX: u32 = 10_000;

/// Encoding parameters longer than this were not typed by a person.
pub const PARAMETER_BYTES_MAX: usize = 16 * 1024;
pub(crate) const PARAMETER_WORDS_MAX: usize = 512;

/// Pixels of a picture, of a film or made by a filter: twice 8K on each side. A decoder asks for some bytes for each.
pub(crate) const PIXELS_MAX: u64 = 16_384 * 8_192;
/// The largest block that ffmpeg may ask for at once: a picture of so many pixels, at eight bytes each, and some more.
pub(crate) const ALLOCATION_BYTES_MAX: u64 = 1_200_000_000;
/// A film with more streams than that is an attack or a mistake; each costs a decoder.
pub(crate) const STREAMS_MAX: usize = 200;
/// Nearly forty hours at 60 frames a second. The list of frames is kept in memory, eight bytes for each; and beyond this the
/// times that a decoding run prints would not be exact (`media::index`).
pub const FRAMES_MAX: u64 = 1 << 23;
/// How often one chain of filters may make two frames of each, as deinterlacers do that give a frame for each field: sixteen of one.
/// Nobody means more by it; who wants a high rate says its number, with `-r` or `fps`, and is bounded by [`FRAMES_MAX`] alone.
pub(crate) const DOUBLINGS_MAX: usize = 4;
/// Ticks of a clock beyond this overflow somewhere; no film has them.
pub(crate) const TICKS_MAX: i64 = 1 << 56;
/// A longer film is a claim of its header, not a film.
pub(crate) const DURATION_US_MAX: i64 = 31 * 24 * 3600 * 1_000_000;

/// What a run of ffmpeg or ffprobe may use whatever it looks at: lists of packets, queues between streams.
pub(crate) const MEMORY_BYTES_FEW: u64 = 2 << 30;
/// Bytes of one pixel in memory: half of what the fattest format has, twice what the usual one has.
const PIXEL_BYTES: u64 = 4;
/// Pictures that a decoder with a thread for each of many cores holds.
const PICTURES_DECODED: u64 = 64;
/// And an encoder that looks far ahead, with its reference pictures.
const PICTURES_ENCODED: u64 = 400;

/// Memory that a run may use which decodes pictures of so many pixels.
pub(crate) const fn memory_to_decode(pixels: u64) -> u64 {
    MEMORY_BYTES_FEW + bounded(pixels) * PIXEL_BYTES * PICTURES_DECODED
}

/// Memory that a run may use which encodes them, too.
pub(crate) const fn memory_to_encode(pixels: u64) -> u64 {
    MEMORY_BYTES_FEW + bounded(pixels) * PIXEL_BYTES * PICTURES_ENCODED
}

const fn bounded(pixels: u64) -> u64 {
    if pixels < PIXELS_MAX { pixels } else { PIXELS_MAX }
}

/// What no encoder needs for a picture of so many pixels, and what a file has besides.
const PIXEL_BYTES_WRITTEN: u64 = 16;
const FILE_BYTES_BESIDES: u64 = 64 << 20;
/// Of one second of all sound: sixteen channels of eight bytes at 192 kHz, twice.
const SOUND_BYTES_PER_SECOND: u64 = 16 * 8 * 192_000 * 2;

/// The most bytes that a piece of so many frames may have.
pub(crate) const fn piece_bytes_max(pixels: u64, frames: u64) -> u64 {
    let of_frame = bounded(pixels) * PIXEL_BYTES_WRITTEN + (64 << 10);
    of_frame.saturating_mul(frames).saturating_add(FILE_BYTES_BESIDES)
}

/// The most bytes that sound of so many tracks may have.
pub(crate) const fn sound_bytes_max(seconds: u64, tracks: u64) -> u64 {
    SOUND_BYTES_PER_SECOND
        .saturating_mul(seconds + 60)
        .saturating_mul(tracks)
        .saturating_add(FILE_BYTES_BESIDES)
}

/// The most bytes that a file may have that is put together from so many: as much again for what a container adds.
pub(crate) const fn joined_bytes_max(parts: u64) -> u64 {
    parts.saturating_mul(2).saturating_add(FILE_BYTES_BESIDES)
}
