//! What follows from what handlers were told. Functions of one file call those of files above it in this list, never below:
//!
//! - [`settle`], [`server_task`], [`revoke`]: the state of a job, what the server does for it itself, leases taken back without blame
//! - [`index`], [`end`]: how the frames of a job are listed; how it ends
//! - [`remake`], [`starts`], [`seams`], [`join`]: pieces that are doubted, made again, joined
//! - [`blame`], [`attempt`], [`safer`], [`lose`]: what a failed lease costs its client, its frames, its film
//! - [`doubt`], [`trust`]: what is believed no more; who lied
//! - [`keep`]: a piece is kept

pub(super) mod attempt;
pub(super) mod blame;
pub(super) mod doubt;
pub(super) mod end;
pub(super) mod index;
pub(super) mod join;
pub(super) mod keep;
pub(super) mod lose;
pub(super) mod remake;
pub(super) mod revoke;
pub(super) mod safer;
pub(super) mod seams;
pub(super) mod server_task;
pub(super) mod settle;
pub(super) mod starts;
pub(super) mod trust;
