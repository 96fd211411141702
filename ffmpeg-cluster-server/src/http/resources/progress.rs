//! What moves between events: progress of jobs and speeds of clients. It is computed only for those who watch, never stored.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::cluster::view::{ClientView, JobView, View};
use ffmpeg_cluster_common::ids::{ClientId, JobId};
use serde_json::{Value, json};

use super::jobs::eta_seconds;
use super::watch::Wanted;

/// What a watcher was told last.
#[derive(Debug)]
pub(super) struct Progress {
    job: Option<JobId>,
    /// None: everybody's, and the clients.
    owner: Option<String>,
    jobs: BTreeMap<JobId, Value>,
    clients: BTreeMap<ClientId, Value>,
}

impl Progress {
    pub(super) fn of(wanted: &Wanted) -> Self {
        let (job, owner) = (wanted.job.clone(), wanted.owner.clone());
        Self { job, owner, jobs: BTreeMap::new(), clients: BTreeMap::new() }
    }

    /// Only what differs from the last time. None if nothing does.
    pub(super) fn changed(&mut self, view: &View) -> Option<Value> {
        let is_seen = |(id, job): &(&JobId, &JobView)| {
            self.job.as_ref().is_none_or(|only| only == *id)
                && self.owner.as_ref().is_none_or(|owner| *owner == job.owner)
        };
        let jobs = view.jobs.iter().filter(is_seen).map(|(id, job)| (id.clone(), of_job(job))).collect();
        let sees_clients = self.owner.is_none() && self.job.is_none();
        let clients = view.clients.iter().filter(|_| sees_clients);
        let clients = clients.map(|(id, client)| (id.clone(), of_client(client))).collect();
        let jobs = news(&mut self.jobs, jobs);
        let clients = news(&mut self.clients, clients);
        (!jobs.is_empty() || !clients.is_empty())
            .then(|| json!({ "type": "progress", "jobs": jobs, "clients": clients }))
    }
}

fn news<K: Ord + Clone>(before: &mut BTreeMap<K, Value>, now: BTreeMap<K, Value>) -> BTreeMap<K, Value> {
    let mut changed = now.clone();
    changed.retain(|id, value| before.get(id) != Some(value));
    *before = now;
    changed
}

/// `[progress, frames_done, fps, eta_seconds, clients]`
fn of_job(job: &JobView) -> Value {
    let left = job.frames_total.map(|total| total.saturating_sub(job.frames_done) as f64);
    let eta = left.and_then(|left| eta_seconds(left, job.fps, job.clients));
    json!([rounded(job.progress), job.frames_done, rounded(job.fps), eta.map(f64::round), job.clients])
}

/// `[fps]`
fn of_client(client: &ClientView) -> Value {
    json!([client.fps.map(rounded)])
}

/// To a hundredth.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use ffmpeg_cluster_common::protocol::command::{JobState, Priority};

    use super::*;

    fn view(frames_done: u64) -> View {
        let job = |owner: &str, frames_done| JobView {
            state: JobState::Processing,
            owner: owner.into(),
            priority: Priority::Normal,
            position: 1,
            paused: false,
            frames_total: Some(1000),
            frames_kept: 0,
            frames_done,
            progress: frames_done as f64 / 10.0,
            fps: 50.0,
            clients: 2,
            doing: String::new(),
            leases: Vec::new(),
            reasons: Vec::new(),
        };
        let jobs = [("a", job("a1", frames_done)), ("b", job("b2", 7))];
        let jobs = jobs.into_iter().map(|(id, job)| (id.parse().unwrap(), job)).collect();
        View { jobs, ..View::default() }
    }

    #[test]
    fn only_what_moved_is_told() {
        let mut progress = Progress::of(&Wanted::default());
        let first = progress.changed(&view(100)).unwrap();
        assert_eq!(first["jobs"], json!({ "a": [10.0, 100, 50.0, 18.0, 2], "b": [0.7, 7, 50.0, 20.0, 2] }));
        assert_eq!(progress.changed(&view(100)), None);
        assert_eq!(progress.changed(&view(150)).unwrap()["jobs"], json!({ "a": [15.0, 150, 50.0, 17.0, 2] }));
    }

    #[test]
    fn nobody_is_told_how_the_jobs_of_others_go() {
        let mut progress = Progress::of(&Wanted { owner: Some("b2".into()), ..Wanted::default() });
        let told = progress.changed(&view(100)).unwrap();
        assert!(told["jobs"].get("a").is_none() && told["jobs"].get("b").is_some(), "{told}");
        assert_eq!(progress.changed(&view(200)), None);
    }
}
