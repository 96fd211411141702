//! What an event means for jobs, leases, pieces and clients.
//! Functions of one file call those of files above it in this list, never below:
//!
//! - [`settle`], [`server_task`], [`revoke`]: the state of a job, server tasks, leases that end
//!   without blame
//! - [`index`], [`end`]: how the frames of a job are listed; how a job ends
//! - [`remake`], [`starts`], [`seams`], [`join`]: pieces that are not trusted, made again, joined
//! - [`blame`], [`attempt`], [`safer`], [`lose`]: what a failed lease means for its client, its
//!   frames and its film
//! - [`doubt`], [`trust`]: work that is no longer trusted; clients that lied
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
