//! Named places where a test lets a process die, as a power cut or `kill -9` would.
//! They come before and after each step that must be durable.
//!
//! With `FFMPEG_CLUSTER_CRASH=NAME` the process dies when it first reaches the place, with `NAME:3` the third time.
//! This works only in builds with debug assertions: in a release build [`point`] is empty.
//! So no environment can end a server, and the program does not even contain the names.
//! [`POINTS`] lists all places; the whole-system tests use each of them.

/// All places, in the order in which a job reaches them.
pub const POINTS: &[&str] = &[
    "database.migration.applying",
    "database.migration.applied",
    "server.boot.counting",
    "server.boot.counted",
    "server.upload.made",
    "server.upload.announced",
    "server.upload.appended",
    "server.upload.whole",
    "server.job.adding",
    "server.job.added",
    "server.work.telling",
    "server.work.told",
    "server.index.written",
    "server.index.renamed",
    "server.film.knowing",
    "server.film.known",
    "server.lease.leasing",
    "server.lease.leased",
    "server.offer.said",
    "server.piece.appended",
    "server.piece.whole",
    "server.piece.synced",
    "server.piece.renamed",
    "server.piece.durable",
    "server.piece.keeping",
    "server.piece.kept",
    "server.piece.acknowledged",
    "server.sound.whole",
    "server.sound.keeping",
    "server.sound.kept",
    "server.join.begun",
    "server.stream.piece",
    "server.stream.listed",
    "server.join.made",
    "server.join.synced",
    "server.join.renamed",
    "server.join.durable",
    "server.job.ending",
    "server.job.ended",
    "server.cleaning.begun",
    "server.deleting.begun",
    "server.cleaning.ended",
    "server.drain.begun",
    "server.drain.ended",
    "client.identity.saving",
    "client.identity.saved",
    "client.offer.taken",
    "client.cache.written",
    "client.cache.renamed",
    "client.piece.encoded",
    "client.piece.digested",
    "client.piece.partly_sent",
    "client.piece.sent",
    "client.kept.heard",
    "client.folder.deleted",
];

/// Marks the place `name`. The process dies here if the environment says so.
#[inline]
pub fn point(name: &'static str) {
    #[cfg(debug_assertions)]
    armed::pass(name);
    #[cfg(not(debug_assertions))]
    let _ = name;
}

#[cfg(debug_assertions)]
mod armed {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    struct Armed {
        name: String,
        passings_left: AtomicU32,
    }

    static ARMED: LazyLock<Option<Armed>> = LazyLock::new(|| {
        let (name, nth) = super::read(&std::env::var("FFMPEG_CLUSTER_CRASH").ok()?);
        Some(Armed { name, passings_left: AtomicU32::new(nth) })
    });

    pub(super) fn pass(name: &'static str) {
        assert!(super::POINTS.contains(&name), "the crash point {name} is not in the table");
        let Some(armed) = ARMED.as_ref().filter(|armed| armed.name == name) else { return };
        if armed.passings_left.fetch_sub(1, Ordering::Relaxed) == 1 {
            die();
        }
    }

    /// Ends the process without flushing, dropping or printing anything.
    fn die() -> ! {
        #[cfg(unix)]
        {
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        }
        std::process::abort()
    }
}

/// Reads `NAME` or `NAME:n`.
#[cfg(any(debug_assertions, test))]
fn read(text: &str) -> (String, u32) {
    let (name, nth) = text.split_once(':').unwrap_or((text, "1"));
    assert!(POINTS.contains(&name), "FFMPEG_CLUSTER_CRASH names {name}, which is no crash point");
    (name.to_owned(), nth.parse().expect("FFMPEG_CLUSTER_CRASH is NAME or NAME:n"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_name_may_say_which_passing() {
        assert_eq!(read("server.piece.kept"), ("server.piece.kept".into(), 1));
        assert_eq!(read("server.piece.kept:3"), ("server.piece.kept".into(), 3));
    }

    #[test]
    fn each_point_is_in_the_table_once() {
        assert_eq!(POINTS.iter().collect::<BTreeSet<_>>().len(), POINTS.len());
    }
}
