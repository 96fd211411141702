//! Which client gets which units next.
//! Functions of one file call those of files above it in this list, never below:
//!
//! - [`plan`]: how long the next segment is
//! - [`able`]: which clients may be given work of a job
//! - [`promise`]: a segment becomes a lease
//! - [`second_try`]: which units that failed suit a worker
//! - [`choice`]: what a worker could be given
//! - [`stock`]: what a track has for whole crews
//! - [`hand_out`]: brings free clients and open jobs together
//! - [`twins`]: gives a late segment to an idle client, too

pub(super) mod able;
pub(super) mod choice;
pub(super) mod hand_out;
pub(crate) mod plan;
pub(super) mod promise;
mod second_try;
mod stock;
pub(super) mod twins;
