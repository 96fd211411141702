//! Builds the parts, wires them, and orders the shutdown: stop accepting, tell the clients, wait with a limit,
//! commit, close.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use ffmpeg_cluster_common::access::invite::Join;
use ffmpeg_cluster_common::cluster::change::Memory;
use ffmpeg_cluster_common::cluster::effect::Effects;
use ffmpeg_cluster_common::cluster::{self, Cluster};
use ffmpeg_cluster_common::ids::UploadId;
use ffmpeg_cluster_common::io::clock::{self, Clock};
use ffmpeg_cluster_common::io::database;
use ffmpeg_cluster_common::io::sandbox;
use ffmpeg_cluster_common::io::spawn::Background;
use ffmpeg_cluster_common::io::tools::{self, Tools};
use ffmpeg_cluster_common::io::trace::Trace;
use ffmpeg_cluster_common::limits::CRASHES_MAX;
use ffmpeg_cluster_common::time::Millis;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::access::audit_log::AuditLog;
use crate::access::certificate::Certificate;
use crate::access::invite::{self, Whereabouts};
use crate::cli::greeting;
use crate::core::driver::Driver;
use crate::core::free_disk::FreeDisk;
use crate::core::incoming::Core;
use crate::core::perform::Performer;
use crate::http::Services;
use crate::http::gate::{self, Gate};
use crate::settings::Settings;
use crate::store::Store;
use crate::store::catalog::{Catalog, Page, Reader, Reads, Sqlite, UploadRow, Writer};
use crate::store::folders::Folders;
use crate::store::housekeeping::{self, WorkFolder};
use crate::store::sweep::{self, Sweep};
use crate::work::Runner;

/// Events that may wait for the driver; further senders wait too.
const INCOMING_MAX: usize = 1024;
/// Work that still runs after the drain (a join, a check) is cut off after this, and starts over at the next start.
const FINISH_WITHIN: Duration = Duration::from_secs(6);
/// Answers that clients are still reading after the work has ended are cut off after this.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// Serves on the address in the settings until `stop`. Takes the folder before the port: if the same server is started twice,
/// the error is about the folder.
pub async fn start(settings: Settings, stop: CancellationToken) -> anyhow::Result<()> {
    let place = WorkFolder::take(&settings.work_dir)?;
    let address = SocketAddr::from((settings.bind, settings.port));
    let listener = gate::listen(address).with_context(|| format!("listening on {address}"))?;
    serve_from(place, settings, listener, stop).await
}

/// Serves on `listener` until `stop`.
pub async fn run(settings: Settings, listener: TcpListener, stop: CancellationToken) -> anyhow::Result<()> {
    let place = WorkFolder::take(&settings.work_dir)?;
    serve_from(place, settings, listener, stop).await
}

async fn serve_from(
    place: WorkFolder,
    settings: Settings,
    listener: TcpListener,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let WorkFolder { folders, lock: _lock } = place;
    let trace =
        settings.trace.as_deref().map(|file| Trace::start(file, "server")).transpose()?.unwrap_or_default();
    let settings = Arc::new(settings.apart(folders.root())?);
    let Some(tools) = stop.run_until_cancelled(tools_of(&settings, &folders)).await else { return Ok(()) };
    let tools = tools?;

    let (mut catalog, memory) = remembered(&folders)?;
    let front = Front::of(&settings, &folders, listener)?;
    let invited = invited(&mut catalog, &folders, front.address.port(), front.whereabouts(&settings))?;
    let audit_log = AuditLog::start(&folders.audit_log())?;
    let reader = Reader::new(catalog.reads()?);
    let last_event = catalog.reads()?.last_event()?;
    let writer = Writer::start(catalog)?;
    writer.live().begin(memory.boot, last_event);
    let background = Background::new(CancellationToken::new());
    let store = Store::new(folders, reader, writer.clone(), background.clone());
    let runner = Runner::new(settings, tools, store, background);
    let parts = wire(runner.traced(trace.clone()), Remembered { writer, memory }, audit_log).await;
    let ended = parts.serve(front, invited, stop).await;
    trace.finish().await;
    ended
}

/// Where clients reach the server.
struct Front {
    listener: TcpListener,
    address: SocketAddr,
    certificate: Certificate,
}

impl Front {
    fn of(settings: &Settings, folders: &Folders, listener: TcpListener) -> anyhow::Result<Self> {
        let certificate = Certificate::of(settings, folders)?;
        let address = listener.local_addr().context("reading the listening address")?;
        Ok(Self { listener, address, certificate })
    }

    /// Where other machines find it. None if they can't reach it at all.
    fn whereabouts(&self, settings: &Settings) -> Option<Whereabouts> {
        let is_alone = settings.insecure_lan || (self.address.ip().is_loopback() && !settings.no_local_trust);
        (!is_alone).then(|| Whereabouts::new(settings, &self.certificate, self.address.port()))
    }
}

/// What an earlier start left, and the writer of what comes.
struct Remembered {
    writer: Writer,
    memory: Memory,
}

/// The driver, the effects it starts with, and the services that ask it.
struct Parts {
    driver: Driver,
    resume: Effects,
    services: Services,
}

async fn wire(runner: Runner, Remembered { writer, memory }: Remembered, audit_log: AuditLog) -> Parts {
    let Runner { settings, store, background, .. } = runner.clone();
    let clock = Clock::start();
    let (sender, incoming) = mpsc::channel(INCOMING_MAX);
    let (view, view_end) = watch::channel(Arc::default());
    let core = Core::new(sender, view_end);
    let services = Services::new(core.clone(), runner.clone(), audit_log);
    services.tokens.watch(&background, writer.clone());
    drop(background.spawn("webhooks", services.webhooks.clone().watch()));
    // Before any client connects: the first lease already takes the free disk into account.
    let free_disk = FreeDisk { core: core.clone(), store: store.clone(), background: background.clone() };
    let told = free_disk.tell().await;
    drop(background.spawn("free disk", free_disk.watch(told)));
    let sweep = Sweep { store, keep: settings.keep, background: background.clone() };
    drop(background.spawn("retention", sweep::watch(sweep)));
    let performer = Performer::new(core, runner, &memory);
    let mut resume = Effects::default();
    let cluster = Cluster::restore(core_settings(&settings), memory, clock.now(), clock::wall(), &mut resume);
    let driver =
        Driver { cluster, clock, incoming, writer, performer, view, viewed_at: Millis(0), unseen: true };
    Parts { driver, resume, services }
}

impl Parts {
    /// Runs until `stop`, then ends in order: accept nobody, end the work, let clients read the answers, close the database.
    async fn serve(self, front: Front, invited: Option<Join>, stop: CancellationToken) -> anyhow::Result<()> {
        let Self { driver, resume, services } = self;
        let Runner { settings, store, background, .. } = services.runner.clone();
        // The gate opens after the driver has started, so that every request finds it.
        let drive = background.spawn("driver", driver.run(resume, stop));
        let connections = Background::default();
        let gate = Gate::new(services.clone(), &front.certificate, connections.clone());
        drop(connections.spawn("gate", gate.serve(front.listener)));
        greeting::greet(&settings, front.address, &front.certificate);
        if let Some(Err(error)) = invited.as_ref().map(|join| invite::tell_first(join, &store.folders)) {
            tracing::warn!("the join string could not be printed: {error:#}");
        }
        let driven = drive.await.context("the driver ended badly")?;
        connections.stop().cancel();
        if !background.finish(FINISH_WITHIN).await {
            tracing::warn!("some work did not stop in time and was cut off");
        }
        connections.finish(CLOSE_WITHIN).await;
        services.audit_log.flush().await;
        store.close().await;
        driven
    }
}

/// Finds ffmpeg, or downloads it, which may take minutes.
async fn tools_of(settings: &Settings, folders: &Folders) -> anyhow::Result<Tools> {
    let tools = tools::find(&settings.ffmpeg, folders.root()).await?;
    tracing::info!(version = tools.version, path = %tools.ffmpeg.display(), "ffmpeg found");
    sandbox::tell(&tools.ffmpeg);
    if !settings.allowed.is_empty() {
        tracing::warn!(
            "--allow-option: nobody has reviewed what these encoder options do; only the sandbox confines the encoder"
        );
    }
    tools.allow(&settings.formats)?;
    Ok(tools)
}

/// Loads the catalog's memory, and sweeps away what a killed process left behind.
fn remembered(folders: &Folders) -> anyhow::Result<(Sqlite, Memory)> {
    let mut catalog = Sqlite::open(&folders.database())?;
    let memory = catalog.load(clock::wall()).context("loading what was remembered");
    let memory = memory.map_err(|error| database::told(&folders.database(), error))?;
    let uploads = uploads(&*catalog.reads()?).context("loading the uploads")?;
    housekeeping::sweep(folders, &memory, &uploads).context("sweeping the work folder")?;
    Ok((catalog, memory))
}

fn uploads(reads: &dyn Reads) -> anyhow::Result<BTreeSet<UploadId>> {
    let (mut all, mut page) = (BTreeSet::new(), Some(Page::first()));
    while let Some(this) = page {
        let rows = reads.uploads(&this)?;
        page = this.next(&rows, UploadRow::place);
        all.extend(rows.into_iter().map(|row| row.upload));
    }
    Ok(all)
}

/// Makes the first token, if other machines can connect at all.
fn invited(
    catalog: &mut dyn Catalog,
    folders: &Folders,
    port: u16,
    place: Option<Whereabouts>,
) -> anyhow::Result<Option<Join>> {
    invite::remember_port(folders, port).context("remembering the port")?;
    let Some(place) = place else { return Ok(None) };
    invite::first(catalog, folders, &place).context("making the first token")
}

pub(crate) fn core_settings(settings: &Settings) -> cluster::Settings {
    cluster::Settings {
        max_retries: settings.max_retries,
        retry_delay: Millis::secs(settings.retry_delay_secs.into()),
        benchmark_secs: settings.benchmark_secs,
        audit_percent: settings.audit_percent,
        crashes_max: CRASHES_MAX,
    }
}
