//! Every client that the server knows: which are connected, what each has proved, how fast each is,
//! and whether each is given work.
//! Nothing here knows of jobs.
//!
//! - [`standing`]: whether work is given, and why not: one mechanism for clients, devices, disks
//!   and liars
//! - [`client`]: what is known of one client
//! - [`news`]: what has changed since anyone looked
//! - [`pace`], [`crew`], [`crews`], [`able`]: clients that may be given work, by what they can do,
//!   with their speeds
//! - [`book`]: the list of clients: they connect, leave, prove encoders and hold leases
//! - [`clients`], [`liars`]: the standing of clients: on which everything fails, whose disk is
//!   full, which lied
//! - [`workers`]: which workers may encode a track, and how fast

mod able;
mod book;
pub(super) mod client;
mod clients;
pub(super) mod crew;
mod crews;
pub(super) mod liars;
mod news;
mod pace;
mod standing;
pub(super) mod workers;

pub(super) use self::book::{Greeted, Roster};
pub(super) use self::news::Changes;
