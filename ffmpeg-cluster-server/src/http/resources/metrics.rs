//! `/metrics`, for Prometheus. Everything but the counters is read when somebody asks.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::cluster::view::{ClientView, View};
use ffmpeg_cluster_common::io::clock;
use ffmpeg_cluster_common::protocol::command::{ClientState, ErrorCode, JobState};
use warp::Reply as _;
use warp::http::{HeaderValue, StatusCode, header};
use warp::reply::Response;

use crate::access::Role;
use crate::admission::failed;
use crate::core::metrics::counts::{Samples, Value, Word};
use crate::core::metrics::names::{self, Metric};
use crate::core::metrics::text::{self, CONTENT_TYPE};
use crate::http::Services;
use crate::http::answer::{Failure, refused};
use crate::http::call::Call;
use crate::http::refusal::Refusal;

/// Clients beyond so many names are one, so that nobody fills the collector's memory with names.
const CLIENTS_MAX: usize = 200;
const OTHER: &str = "other";

const OPEN: [JobState; 5] = [
    JobState::Queued,
    JobState::WaitingForClients,
    JobState::Benchmarking,
    JobState::Processing,
    JobState::Combining,
];
const PHASES: [&str; 4] = ["offered", "encoding", "sending", "checking"];
const STATES: [(ClientState, &str); 4] = [
    (ClientState::Connected, "connected"),
    (ClientState::Benchmarking, "benchmarking"),
    (ClientState::Processing, "processing"),
    (ClientState::Idle, "idle"),
];

pub(in crate::http) async fn show(call: Call) -> Result<Response, Failure> {
    // Submitters see only their own, and no number here says whose it is.
    if call.principal()?.sees_only().is_some() {
        return Err(refused(ErrorCode::NotAllowed, Refusal::Role(Role::Viewer).message()));
    }
    let services = &call.services;
    let mut all = services.core.counts.samples();
    of_view(&mut all, &services.core.view.borrow().clone());
    of_server(&mut all, services).await.map_err(|error| failed("reading the metrics failed", &error))?;
    let mut answer = warp::reply::with_status(text::text(&all), StatusCode::OK).into_response();
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    Ok(answer)
}

fn set(all: &mut Samples, metric: &Metric, labels: Vec<Word>, value: f64) {
    all.insert((metric.name, labels), Value::Number(value));
}

fn of_view(all: &mut Samples, view: &View) {
    let jobs = || view.jobs.values();
    for state in OPEN {
        let count = jobs().filter(|job| job.state == state).count();
        set(all, &names::JOBS, vec![state.as_str().into()], count as f64);
    }
    set(all, &names::JOBS_PAUSED, Vec::new(), jobs().filter(|job| job.paused).count() as f64);
    for phase in PHASES {
        let count = jobs().flat_map(|job| &job.leases).filter(|lease| lease.phase == phase).count();
        set(all, &names::LEASES, vec![phase.into()], count as f64);
    }
    let left = jobs().filter_map(|job| Some(job.frames_total?.saturating_sub(job.frames_kept)));
    set(all, &names::QUEUE_FRAMES, Vec::new(), left.sum::<u64>() as f64);
    for (state, word) in STATES {
        let count = view.clients.values().filter(|client| client.state == state).count();
        set(all, &names::CLIENTS, vec![word.into()], count as f64);
    }
    set(all, &names::STALE, Vec::new(), view.stale as f64);
    of_clients(all, view.clients.values());
}

/// Clients of the same name are one, too.
fn of_clients<'a>(all: &mut Samples, clients: impl Iterator<Item = &'a ClientView>) {
    let mut by_name: BTreeMap<&str, Vec<&ClientView>> = BTreeMap::new();
    for client in clients {
        let is_new = !by_name.contains_key(client.name.as_str());
        let name = if is_new && by_name.len() >= CLIENTS_MAX { OTHER } else { &client.name };
        by_name.entry(name).or_default().push(client);
    }
    for (name, these) in by_name {
        let name = || Word::from(name.to_owned());
        let speed = these.iter().filter_map(|client| client.fps).sum();
        set(all, &names::CLIENT_SPEED, vec![name()], speed);
        let known = these.iter().map(|client| client.machine.free_disk).filter(|bytes| *bytes > 0);
        if let Some(least) = known.min() {
            set(all, &names::CLIENT_DISK, vec![name()], least as f64);
        }
        let newest = these.iter().map(|client| client.connected_at.0).max().unwrap_or(0);
        set(all, &names::CLIENT_SINCE, vec![name()], (newest / 1000) as f64);
        for machine in these.iter().map(|client| &client.machine).take(1) {
            let labels = vec![name(), machine.platform.clone().into(), machine.version.clone().into()];
            set(all, &names::CLIENT_INFO, labels, 1.0);
        }
    }
}

async fn of_server(all: &mut Samples, services: &Services) -> anyhow::Result<()> {
    let runner = &services.runner;
    set(all, &names::QUEUE_OLDEST, Vec::new(), oldest(services));
    if let Some(free) = runner.store.free_disk().await {
        set(all, &names::DISK_FREE, Vec::new(), free as f64);
    }
    set(all, &names::WATCHERS, Vec::new(), services.watching() as f64);
    for (webhook, waiting) in runner.store.reader.deliveries_waiting().await? {
        set(all, &names::DELIVERIES_WAITING, vec![webhook.into()], waiting as f64);
    }
    let live = runner.store.writer.live();
    set(all, &names::EVENTS_SEQ, Vec::new(), live.last() as f64);
    set(all, &names::BOOTS, Vec::new(), f64::from(live.boot()));
    let version = Word::from(env!("CARGO_PKG_VERSION"));
    set(all, &names::BUILD_INFO, vec![version], 1.0);
    set(all, &names::FFMPEG_INFO, vec![runner.tools.version.clone().into()], 1.0);
    for (kind, count) in services.refusals.counts() {
        set(all, &names::REFUSALS, vec![kind.into()], count as f64);
    }
    Ok(())
}

/// Seconds since the oldest job was submitted that no client works on.
fn oldest(services: &Services) -> f64 {
    let (view, submitted) = (services.core.view.borrow().clone(), services.core.counts.submitted());
    let waits = |state| matches!(state, JobState::Queued | JobState::WaitingForClients);
    let waiting = view.jobs.iter().filter(|(_, job)| waits(job.state) && !job.paused);
    let oldest = waiting.filter_map(|(job, _)| submitted.get(job)).min();
    oldest.map_or(0.0, |oldest| clock::wall().0.saturating_sub(oldest.0) as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use ffmpeg_cluster_common::protocol::reply::Machine;
    use ffmpeg_cluster_common::time::WallMillis;

    use super::*;

    fn client(name: String, fps: f64) -> ClientView {
        let (version, platform) = ("1".to_owned(), "linux".to_owned());
        let machine = Machine {
            version,
            platform,
            cores: 1,
            memory_bytes: 0,
            free_disk: 7,
            encoders: Vec::new(),
            devices: Vec::new(),
        };
        ClientView {
            name,
            machine,
            connected_at: WallMillis(5_000),
            state: ClientState::Idle,
            current_job: None,
            fps: Some(fps),
            doing: String::new(),
            set_aside: None,
            strikes: 0,
        }
    }

    #[test]
    fn clients_of_one_name_are_one_and_beyond_two_hundred_other() {
        let names = (0..CLIENTS_MAX).map(|n| format!("c{n}")).chain(["c0", "x", "y"].map(str::to_owned));
        let clients: Vec<_> = names.map(|name| client(name, 2.0)).collect();
        let mut all = Samples::new();
        of_clients(&mut all, clients.iter());
        let of = |metric: &Metric, name: &'static str| all[&(metric.name, vec![Word::from(name)])].clone();
        assert_eq!(
            [
                of(&names::CLIENT_SPEED, "c0"),
                of(&names::CLIENT_SPEED, "other"),
                of(&names::CLIENT_SINCE, "c1")
            ],
            [Value::Number(4.0), Value::Number(4.0), Value::Number(5.0)]
        );
        let speeds = all.keys().filter(|(name, _)| *name == names::CLIENT_SPEED.name).count();
        assert_eq!(speeds, CLIENTS_MAX + 1);
        assert_eq!(all.len(), 4 * speeds, "four series for each client");
    }
}
