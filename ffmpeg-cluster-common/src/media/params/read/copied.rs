//! The checks of a picture that is copied: it can't be changed, nor cut where no key frame is.

use super::draft::Draft;
use crate::media::params::{Refusal, Span};

/// Harmless beside a copy, and part of many pasted lines.
const USELESS: &[&str] = &["threads"];

impl Draft {
    pub(super) fn finish_copy(&mut self, span: Span) {
        let refuse = |option: &str, why: &str| {
            Refusal::new(option, format!("{why}; name an encoder (-c:v libx264), or leave this option out"))
        };
        let options = std::mem::take(&mut self.video).into_iter().map(|option| option.word);
        let allowed = std::mem::take(&mut self.allowed_video).into_iter().map(|(name, _)| format!("-{name}"));
        let changing = options.chain(allowed).filter(|word| !USELESS.iter().any(|name| word[1..] == **name));
        let changing: Vec<Refusal> = changing
            .map(|word| refuse(&word, "a picture that is copied (-c:v copy) can't be changed"))
            .collect();
        self.refusals.extend(changing);
        if self.filters.take().is_some() {
            self.refusals.push(refuse("-vf", "a picture that is copied (-c:v copy) can't be filtered"));
        }
        if self.pace.take().is_some() {
            self.refusals
                .push(refuse("-r", "frames of a picture that is copied (-c:v copy) keep their times"));
        }
        let part = "a picture that is copied (-c:v copy) can begin and end only at key frames, so no part of it is exact";
        if span.cuts_time() {
            self.refusals.push(refuse(if span.start_us > 0 { "-ss" } else { "-t" }, part));
        }
        if span.frames.is_some() {
            self.refusals.push(refuse("-frames:v", part));
        }
        if self.container.wants_constant_rate() {
            let why = format!(
                "{} has no times, so the frames of a copied picture could not keep theirs; take .mkv, .mp4 or .ts, or name an encoder",
                self.container.title()
            );
            self.refusals.push(Refusal::new("-c:v copy", why));
        }
    }
}
