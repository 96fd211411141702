//! This machine, and what the client keeps on it.
//!
//! - [`facts`]: cores, memory, free disk, the machine's name
//! - [`folders`]: the names below the work folder
//! - [`catalog`]: identities and proved encoders, in SQLite
//! - [`identity`]: who this client is, kept between runs

pub(crate) mod catalog;
pub(crate) mod facts;
pub(crate) mod folders;
pub(crate) mod identity;
#[cfg(test)]
pub(crate) mod scratch;
