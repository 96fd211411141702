//! Stub.
use std::fs::Metadata;
pub(crate) fn etag(facts: &Metadata) -> String {
    format!("{}", facts.len())
}
