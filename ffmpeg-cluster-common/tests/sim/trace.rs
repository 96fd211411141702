//! The event log of one history.
//! It costs nothing unless somebody wants to read it: a history that went wrong is played again,
//! from the same seed, with the log switched on.

use std::cell::RefCell;
use std::collections::VecDeque;

use ffmpeg_cluster_common::time::Millis;

/// The last lines tell what went wrong; the first ones of a long history rarely do.
const LINES_MAX: usize = 400;

thread_local! {
    static LINES: RefCell<Option<VecDeque<String>>> = const { RefCell::new(None) };
}

pub(crate) fn begin() {
    LINES.with(|lines| *lines.borrow_mut() = Some(VecDeque::new()));
}

pub(crate) fn end() -> Vec<String> {
    LINES.with(|lines| lines.borrow_mut().take()).unwrap_or_default().into()
}

pub(crate) fn line(now: Millis, text: impl FnOnce() -> String) {
    LINES.with(|lines| {
        if let Some(lines) = lines.borrow_mut().as_mut() {
            if lines.len() == LINES_MAX {
                lines.pop_front();
            }
            lines.push_back(format!("{:>9.3} s  {}", now.as_secs_f64(), text()));
        }
    });
}
