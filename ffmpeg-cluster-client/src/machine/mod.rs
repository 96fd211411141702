//! This machine, and what the client keeps on it.
//!
//! - [`chance`]: supplies chance and keys
//! - [`facts`]: cores, memory, free disk, the machine's name
//! - [`folders`]: the names below the work folder
//! - [`catalog`]: identities and proved encoders, in SQLite
//! - [`identity`]: who this client is, kept between runs
//! - [`signals`]: Ctrl-C, SIGTERM and their like

pub(crate) mod catalog;
pub(crate) mod chance;
pub(crate) mod facts;
pub(crate) mod folders;
pub(crate) mod identity;
#[cfg(test)]
pub(crate) mod scratch;
pub mod signals;
