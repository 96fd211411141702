//! What the server measures of itself: one table of names, and the numbers that grow.
//!
//! - [`names`]: the table.
//! - [`counts`]: numbers that only grow, and how values spread.
//! - [`heard`]: counts what the driver commits.
//! - [`text`]: all of it as Prometheus reads it.

pub(crate) mod counts;
pub(crate) mod heard;
pub(crate) mod names;
pub(crate) mod text;
