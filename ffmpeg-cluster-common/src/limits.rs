//! Every bound in the system, each with its reason.

use crate::time::Millis;

/// The wire's version; both sides say theirs in the first message.
pub const PROTOCOL: u32 = 3;

/// A control message is small; anything larger is a mistake or an attack.
pub const MESSAGE_BYTES_MAX: usize = 256 * 1024;
/// A command names a file and some parameters.
pub const COMMAND_BYTES_MAX: u64 = 64 * 1024;
/// Control messages that may wait for one slow client before it is let go.
pub const OUTBOX_MESSAGES_MAX: usize = 64;

/// Own pings, because TCP alone takes a quarter of an hour to notice a pulled cable.
pub const HEARTBEAT_EVERY: Millis = Millis::secs(5);
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
pub const LEASE_QUIET_MAX: Millis = Millis::secs(120);

/// A client works on one segment and has the next one at hand, so that it never waits for us.
pub const LEASES_PER_CLIENT: usize = 2;
/// Below this a segment costs more in seams than it gains in balance; only the last ones are shorter.
pub const SEGMENT_FRAMES_MIN: u64 = 60;
/// The length from which a seam's cost in bits is small, for all but the last segments.
pub const SEGMENT_FRAMES_GOOD: u64 = 240;
/// A segment should take at most about this long to encode, so that little is lost with a client.
pub const SEGMENT_TARGET_MAX: Millis = Millis::secs(60);

/// Lines of a failed program's error output that are kept.
pub const TAIL_LINES_MAX: usize = 40;
/// Bytes of one such line.
pub const TAIL_LINE_BYTES_MAX: usize = 500;
/// A name that a person gave, in bytes; what common file systems hold.
pub const NAME_BYTES_MAX: usize = 255;
/// Required clients beyond this are a typing error.
pub const REQUIRED_CLIENTS_MAX: u32 = 10_000;

/// Encoding parameters longer than this were not typed by a person.
pub const PARAMETER_BYTES_MAX: usize = 16 * 1024;
pub const PARAMETER_WORDS_MAX: usize = 512;
