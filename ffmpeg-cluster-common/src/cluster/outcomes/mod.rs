//! What an event means for jobs, leases, pieces and clients.
//! Each file calls functions of files above it in this list, never of files below:
//!
//! - [`settle`]: whether a job waits for clients or is worked on
//! - [`server_task`]: crashes of the server during its own tasks for a job
//! - [`revoke`]: leases that end without blame
//! - [`index`]: when and how the frames of a job are listed
//! - [`end`]: a job ends
//! - [`remake`]: pieces that are made again
//! - [`starts`]: whether it matters where the decoder of a piece begins
//! - [`seams`]: what the decoders of neighbouring pieces saw
//! - [`join`]: joins a job when all its pieces are kept
//! - [`blame`]: pauses a client on which everything fails
//! - [`attempt`]: how a failed attempt counts, and when its units are tried again
//! - [`safer`]: the safer way to make a film
//! - [`lose`]: a lease ends without a piece
//! - [`doubt`]: work that is no longer trusted
//! - [`trust`]: clients that lied
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
