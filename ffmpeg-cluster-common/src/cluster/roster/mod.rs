//! Every client that the server knows: who is connected, what each has proved, how fast it is, and whether it is given work.
//! Nothing here knows of jobs.
//!
//! - [`standing`]: whether somebody is given work, and why not: the one mechanism for clients, their devices and disks, and liars
//! - [`client`]: what is known of one
//! - [`news`]: what has changed since work was last handed out
//! - [`pace`], [`crew`], [`crews`], [`able`]: those that may be given work, by what they can do, and how fast they are together
//! - [`book`]: the list of them: they come, go, prove encoders, hold leases
//! - [`clients`], [`liars`]: how clients stand: who fails everything, has no space, or lied
//! - [`workers`]: who may encode a film by what, and how fast

mod able;
mod book;
pub(super) mod client;
mod clients;
mod crew;
mod crews;
pub(super) mod liars;
mod news;
mod pace;
mod standing;
pub(super) mod workers;

pub(super) use self::book::{Greeted, Roster};
