//! Why parameters are refused.

use crate::text::safe::is_treacherous;

/// One thing in the parameters that can't be honoured; `option` is what the user typed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{option}: {reason}")]
pub struct Refusal {
    pub option: String,
    pub reason: String,
    /// Whether the encoder itself is unknown.
    pub unknown_encoder: bool,
}

impl Refusal {
    pub(crate) fn new(option: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { option: shown(&option.into()), reason: reason.into(), unknown_encoder: false }
    }
    pub(super) fn unknown_encoder(option: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { unknown_encoder: true, ..Self::new(option, reason) }
    }
}

/// Makes the user's text fit for one line of a log or an answer.
pub(super) fn shown(text: &str) -> String {
    const CHARS_MAX: usize = 80;
    let mut out: String = text
        .chars()
        .take(CHARS_MAX)
        .flat_map(|c| if is_treacherous(c) { '?'.into() } else { Some(c) })
        .collect();
    if text.chars().nth(CHARS_MAX).is_some() {
        out.push('…');
    }
    out
}
