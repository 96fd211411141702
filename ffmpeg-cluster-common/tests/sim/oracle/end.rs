//! How a history may end.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::cluster::view::Sizes;
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::media::plan::track::Content;
use ffmpeg_cluster_common::protocol::command::JobState;

use super::Oracle;
use super::lies::IN_DOUBT;
use super::tracks::tiles;
use crate::film::Truth;
use crate::lies::GONE;
use crate::machine::{Machine, Role};
use crate::mix::{Mix, PATIENT};
use crate::record::{Kept, Record};

/// Clients that are gone and still shown, and some that are here.
const CLIENTS_MAX: usize = 110;

impl Oracle {
    pub(crate) fn end(&self, record: &Record, truths: &BTreeMap<JobId, Truth>, mix: &Mix) {
        self.power_cut(record);
        for (id, job) in &record.jobs {
            let truth = &truths[id];
            match job.known.state {
                JobState::Completed => self.completed(id, job, truth),
                JobState::Failed => {
                    let doomed = truth.unreadable || truth.poison.is_some() || truth.deadly.is_some();
                    let hurt = mix.max_retries < PATIENT && may_fail(mix, truths);
                    let error = job.error.as_deref().unwrap_or_default();
                    let crashed = mix.crashes_max < PATIENT && error.contains("the server crashed");
                    let measured = error.contains(IN_DOUBT) && (truth.wrong_measure || mix.liar);
                    let gone = mix.liar && error.contains(GONE);
                    assert!(
                        doomed || hurt || crashed || measured || gone,
                        "job {id} failed though nothing was wrong with it: {error}"
                    );
                }
                JobState::Cancelled => {}
                state => panic!("job {id} is left {state:?}"),
            }
            let wished = !self.cancelled.contains(id) || job.known.state == JobState::Cancelled;
            assert!(wished, "job {id} was cancelled and is {:?}", job.known.state);
        }
    }

    fn completed(&self, id: &JobId, job: &Kept, truth: &Truth) {
        tiles(job, id);
        let frames = job.known.film.as_ref().map(|film| film.first().units);
        assert_eq!(frames, Some(truth.frames), "job {id} is completed with another number of frames");
        for piece in &job.known.pieces {
            let content = &self.contents[&piece.lease];
            let share = content.part.content != Content::List && content.part.segment == piece.segment;
            let right = content.good && !content.blind && share && content.job == *id;
            assert!(right, "piece {} of job {id} holds {content:?}", piece.lease);
        }
    }
}

/// Something happened that even jobs without a fault of their own may suffer from.
fn may_fail(mix: &Mix, truths: &BTreeMap<JobId, Truth>) -> bool {
    let deadly = truths.values().any(|truth| truth.deadly.is_some() || truth.packets_lie > 0);
    deadly
        || !mix.troubles.is_empty()
        || mix.liar
        || mix.poisoned_client
        || (mix.bad_encode, mix.flipped) != (0, 0)
}

/// After all jobs have ended, and everybody had time to hear of it, nothing is left of them.
pub(crate) fn nothing_is_left(sizes: &Sizes, machines: &[Machine]) {
    assert_eq!(
        (sizes.jobs, sizes.leases, sizes.kept),
        (0, 0, 0),
        "the server remembers ended jobs: {sizes:?}"
    );
    assert!(sizes.clients <= CLIENTS_MAX, "the server remembers too many clients: {sizes:?}");
    assert!(sizes.timers <= 2 * CLIENTS_MAX, "deadlines are left over: {sizes:?}");
    // A liar may have given a lease back that its own mind goes on with.
    let honest = machines.iter().filter(|machine| machine.role != Role::Liar);
    for machine in honest.filter(|machine| !machine.gone && !machine.hoards) {
        let left: Vec<String> = machine.benches.keys().map(ToString::to_string).collect();
        assert!(left.is_empty(), "{} keeps its leases {left:?} when all jobs have ended", machine.name);
    }
}
