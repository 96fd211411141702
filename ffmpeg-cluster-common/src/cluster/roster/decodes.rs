//! The codecs that a client decodes.

use std::sync::Arc;

/// The codecs that a client decodes, in ascending order. Empty if the client did not report them.
/// All clients with the same ffmpeg share one list, which has some 500 names.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::cluster) struct Decodes(Arc<[String]>);

impl Decodes {
    pub(super) fn new(mut codecs: Vec<String>) -> Self {
        codecs.sort_unstable();
        Self(codecs.into())
    }

    pub(super) fn has_all_of(&self, codecs: &[String]) -> bool {
        self.0.is_empty() || codecs.iter().all(|codec| self.0.binary_search(codec).is_ok())
    }
}
