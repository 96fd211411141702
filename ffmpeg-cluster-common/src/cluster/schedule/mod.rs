//! Which client gets which units next.
//! Each file calls functions of files above it in this list, never of files below:
//!
//! - [`plan`]: how long the next segment is
//! - [`able`]: which clients may get work from a job
//! - [`slots`]: how many segments a worker encodes side by side
//! - [`rest`]: how long a running lease will still take
//! - [`promise`]: a segment becomes a lease
//! - [`second_try`]: which failed units suit a worker
//! - [`choice`]: what a worker could get
//! - [`stock`]: what a track offers to whole crews
//! - [`hand_out`]: brings free clients and open jobs together
//! - [`twins`]: also gives a late segment to an idle client

pub(super) mod able;
pub(super) mod choice;
pub(super) mod hand_out;
pub(crate) mod plan;
pub(super) mod promise;
mod rest;
mod second_try;
mod slots;
mod stock;
pub(super) mod twins;
