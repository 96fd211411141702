//! Stub until the doors arrive.
pub(crate) mod sources;
