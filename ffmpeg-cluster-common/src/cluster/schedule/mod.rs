//! Who gets which frames next. Functions of one file call those of files above it in this list, never below:
//!
//! - [`plan`]: how long the next segment is
//! - [`able`]: who may be given work of a job
//! - [`promise`]: a segment becomes a lease
//! - [`choice`]: what a client could be given
//! - [`hand_out`]: free clients and open jobs come together
//! - [`twins`]: a late segment goes to an idle client, too

pub(super) mod able;
pub(super) mod choice;
pub(super) mod hand_out;
pub mod plan;
pub(super) mod promise;
pub(super) mod twins;
