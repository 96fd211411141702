//! The table of all metrics. docs/metrics.md prints it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

/// A name that everything at `/metrics` begins with.
pub(crate) const PREFIX: &str = "ffcluster_";

#[derive(Debug)]
pub(crate) struct Metric {
    /// Without [`PREFIX`].
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) labels: &'static [&'static str],
    pub(crate) about: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// Read when somebody looks.
    Gauge,
    /// Grows from zero with the start of the server.
    Counter,
    /// How many values were at most as large as each of these bounds.
    Histogram(&'static [f64]),
}

impl Kind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Counter => "counter",
            Self::Histogram(_) => "histogram",
        }
    }
}

macro_rules! metrics {
    ($($id:ident = $kind:expr, $name:literal [$($label:literal),*] $about:literal;)+) => {
        $(pub(crate) static $id: Metric =
            Metric { name: $name, kind: $kind, labels: &[$($label),*], about: $about };)+
        pub(crate) static ALL: &[&Metric] = &[$(&$id),+];
    };
}

use Kind::{Counter, Gauge, Histogram};

metrics! {
    JOBS = Gauge, "jobs" ["state"] "open jobs";
    JOBS_PAUSED = Gauge, "jobs_paused" [] "open jobs of which nothing more starts";
    QUEUE_OLDEST = Gauge, "queue_oldest_seconds" [] "how long the oldest job waits that no client works on and nobody paused; 0 without one";
    QUEUE_FRAMES = Gauge, "queue_frames" [] "frames of open jobs that are not kept yet";
    CLIENTS = Gauge, "clients" ["state"] "connected clients";
    CLIENT_SPEED = Gauge, "client_frames_per_second" ["client"] "what a client encodes now";
    CLIENT_DISK = Gauge, "client_disk_free_bytes" ["client"] "free disk of a client, as it told when it connected";
    CLIENT_SINCE = Gauge, "client_connected_timestamp_seconds" ["client"] "when a client connected, in Unix time";
    CLIENT_INFO = Gauge, "client_info" ["client", "platform", "version"] "1 for each client";
    LEASES = Gauge, "leases" ["phase"] "segments that clients hold";
    DISK_FREE = Gauge, "disk_free_bytes" [] "free disk of the work folder";
    WATCHERS = Gauge, "watchers" [] "connections that watch events";
    EVENTS_SEQ = Gauge, "events_seq" [] "the number of the newest event";
    DELIVERIES_WAITING = Gauge, "webhook_deliveries_waiting" ["webhook"] "deliveries that a webhook has before it";
    BUILD_INFO = Gauge, "build_info" ["version"] "1, with the server's version";
    FFMPEG_INFO = Gauge, "ffmpeg_info" ["version"] "1, with the version of the server's ffmpeg";
    JOBS_ENDED = Counter, "jobs_ended_total" ["outcome"] "jobs that ended";
    FRAMES_KEPT = Counter, "frames_kept_total" ["encoder"] "frames in kept pieces";
    SEGMENTS = Counter, "segments_total" ["outcome"] "segments that clients gave back; `doubted` ones were kept before";
    SEGMENT_FAILURES = Counter, "segment_failures_total" ["code"] "lost segments, by the code of docs/faults.md";
    BYTES = Counter, "bytes_total" ["what", "way"] "bytes of films and pieces over the network";
    REFUSALS = Counter, "refusals_total" ["kind"] "requests that the gate refused";
    STALE = Counter, "stale_messages_total" [] "messages of clients that came too late or did not fit";
    DELIVERIES = Counter, "webhook_deliveries_total" ["outcome"] "tries to deliver, and what came of them";
    REQUESTS = Counter, "http_requests_total" ["endpoint", "method", "code"] "answered requests";
    BOOTS = Counter, "boots_total" [] "starts of this server since its work folder was made";
    SEGMENT_ENCODE = Histogram(&[1.0, 5.0, 15.0, 60.0, 300.0]), "segment_encode_seconds" [] "time that kept segments were encoded for";
    QUEUE_WAIT = Histogram(&[1.0, 10.0, 60.0, 600.0, 3600.0]), "queue_wait_seconds" [] "time from a job's submission to its first lease";
    JOB_TIME = Histogram(&[10.0, 60.0, 600.0, 3600.0, 21600.0]), "job_seconds" [] "time from a job's submission to its completion";
    JOB_RATIO = Histogram(&[0.5, 1.0, 2.0, 5.0, 10.0]), "job_realtime_ratio" [] "seconds of film made in a second of the job";
    REQUEST_TIME = Histogram(&[0.01, 0.1, 1.0]), "http_request_seconds" ["endpoint"] "time until the head of an answer";
    COMMIT_TIME = Histogram(&[0.001, 0.01, 0.1, 1.0]), "commit_seconds" [] "time of a transaction";
    JOIN_TIME = Histogram(&[1.0, 10.0, 60.0, 600.0]), "join_seconds" [] "time of a join with its proof";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// docs/metrics.md has the table; `WRITE_DOCS=1` writes it again.
    #[test]
    #[allow(clippy::disallowed_methods, reason = "the test writes a page")]
    fn the_documentation_has_every_metric() {
        const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/metrics.md");
        const BEGIN: &str = "<!-- The table below is printed from the code by a test. -->\n";
        const END: &str = "<!-- It ends here. -->\n";
        let line = |metric: &&Metric| {
            let Metric { name, kind, labels, about } = metric;
            format!("| `{PREFIX}{name}` | {} | {} | {about} |\n", kind.as_str(), labels.join(", "))
        };
        let table: String = ALL.iter().map(line).collect();
        let table = format!("{BEGIN}| name | kind | labels | what |\n|---|---|---|---|\n{table}{END}");
        let text = std::fs::read_to_string(PATH).unwrap();
        let (before, rest) = text.split_once(BEGIN).expect("the place where the table begins");
        let (_, after) = rest.split_once(END).expect("the place where it ends");
        let wanted = format!("{before}{table}{after}");
        if std::env::var_os("WRITE_DOCS").is_some() {
            return std::fs::write(PATH, &wanted).unwrap();
        }
        assert_eq!(
            text, wanted,
            "WRITE_DOCS=1 cargo test -p ffmpeg-cluster-server the_documentation writes it"
        );
    }

    #[test]
    fn a_name_says_what_it_is_and_is_given_once() {
        let mut names: Vec<_> = ALL.iter().map(|metric| metric.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
        for Metric { name, kind, labels, .. } in ALL {
            assert_eq!(*kind == Counter, name.ends_with("_total"), "{name}");
            let secret = ["job", "token", "file", "address"];
            assert!(
                labels.iter().all(|label| !secret.contains(label)),
                "{name}: there would be no end of series"
            );
        }
    }
}
