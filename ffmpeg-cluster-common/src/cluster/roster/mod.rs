//! Every client that the server knows: which are connected, what each has proved, how fast each is,
//! and whether each gets work.
//!
//! - [`standing`]: whether somebody gets work, and why not: one mechanism for clients, devices,
//!   disks and liars
//! - [`news`]: changes that nobody has read yet
//! - [`pace`]: how fast clients are
//! - [`decodes`]: the codecs that a client decodes
//! - [`client`]: what the server knows about one client
//! - [`crew`]: connected clients with the same skills
//! - [`crews`]: all crews
//! - [`able`]: clients that can make a track
//! - [`liars`]: the strikes of clients
//! - [`book`]: the list of clients: they connect, leave, prove encoders and hold leases
//! - [`clients`]: the standing of clients on which everything fails or whose disk is full
//! - [`workers`]: which workers may encode a track, and how fast

mod able;
pub(super) mod beside;
mod book;
pub(super) mod client;
mod clients;
pub(super) mod crew;
mod crews;
mod decodes;
pub(super) mod liars;
mod news;
mod pace;
mod standing;
pub(super) mod workers;

pub(super) use self::book::{Greeted, Roster};
pub(super) use self::news::Changes;
