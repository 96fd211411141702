//! A file that nobody may open, and that tells when somebody did.

use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::inotify::{self, CreateFlags, Reader, WatchFlags};

#[derive(Debug)]
pub struct Canary(OwnedFd);

impl Canary {
    /// Looking that it is there, and how long it is, is no opening.
    pub fn watch(path: &Path) -> Self {
        let events = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).expect("inotify is there");
        let opened = WatchFlags::OPEN | WatchFlags::ACCESS;
        inotify::add_watch(&events, path, opened).expect("the canary is there");
        Self(events)
    }

    /// Since it was asked last, by whatever process.
    pub fn was_opened(&self) -> bool {
        let mut room = [MaybeUninit::uninit(); 4096];
        let mut events = Reader::new(&self.0, &mut room);
        let mut any = false;
        while events.next().is_ok() {
            any = true;
        }
        any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn it_tells_who_opens_from_who_looks() {
        let scratch = Scratch::new();
        let path = scratch.path().join("canary");
        std::fs::write(&path, "x").expect("writing");
        let canary = Canary::watch(&path);
        let _ = (std::fs::metadata(&path), path.canonicalize());
        assert!(!canary.was_opened());
        std::fs::read(&path).expect("reading");
        assert!(canary.was_opened());
        assert!(!canary.was_opened());
    }
}
