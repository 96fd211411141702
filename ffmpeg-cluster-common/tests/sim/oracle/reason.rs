//! What a person reads of a job that failed.

use ffmpeg_cluster_common::cluster::change::{Change, FailureHistory};
use ffmpeg_cluster_common::fault::FaultCode;
use ffmpeg_cluster_common::ids::JobId;

use super::Oracle;
use super::commit::Commit;
use crate::film::UNREADABLE;
use crate::record::is_lie;

impl Oracle {
    /// A person reads which frames failed, on which client, how often, and the encoder's own words.
    pub(super) fn has_a_reason(&self, commit: &Commit<'_>, number: usize, job: &JobId, error: &str) {
        let last = commit.changes[..number].iter().rev().find_map(|change| match change {
            Change::LeaseEnded { job: of, lease, attempt: Some(attempt), .. }
                if of == job && !is_lie(attempt.past.fault.code) =>
            {
                Some((lease, attempt))
            }
            _ => None,
        });
        let Some((lease, attempt)) = last else {
            if error.contains("the server crashed") {
                assert_eq!(
                    commit.crashes(job),
                    commit.crashes_max,
                    "job {job} fails by crashes that there were not"
                );
                return;
            }
            assert!(error.contains(UNREADABLE), "job {job} fails without a good reason: {error}");
            return;
        };
        assert!(
            self.is_hopeless(commit, job, &attempt.past),
            "job {job} fails after {} attempts of {}",
            attempt.past.count,
            commit.max_retries
        );
        let client = commit.lease(*lease).map_or("", |(_, _, client)| client.as_str());
        let film = commit.film(number, job).expect("leases have films");
        let track = film.track(attempt.segment.track);
        assert!(track.required, "job {job} fails by a track that it does not need");
        let frames = film.name(attempt.segment);
        let words =
            attempt.past.fault.tail.iter().chain([&attempt.past.fault.message, &frames]).map(String::as_str);
        for word in words.chain([client]) {
            assert!(error.contains(word), "the reason why job {job} failed does not name {word:?}: {error}");
        }
    }

    /// Whether a segment is not tried again.
    /// The source is believed to have changed where no other client could contradict it; no other
    /// fault of the simulator's leases is hopeless at once.
    pub(super) fn is_hopeless(&self, commit: &Commit<'_>, job: &JobId, past: &FailureHistory) -> bool {
        let alone = || self.other_than(&past.failed_on, commit, job).is_none();
        let gone = past.fault.code == FaultCode::SourceChanged && alone();
        gone || past.count >= commit.max_retries.max(1)
    }
}
