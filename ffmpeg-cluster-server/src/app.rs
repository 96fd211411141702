//! Builds the parts, wires them, and orders the shutdown: stop accepting, tell the clients, wait with a limit,
//! commit, close.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use ffmpeg_cluster_common::cluster::effect::Effects;
use ffmpeg_cluster_common::cluster::{self, Cluster};
use ffmpeg_cluster_common::io::clock::{self, Clock};
use ffmpeg_cluster_common::io::spawn::Background;
use ffmpeg_cluster_common::io::tools;
use ffmpeg_cluster_common::time::Millis;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use warp::Filter;

use crate::catalog::{Catalog, Reader, Sqlite, Writer};
use crate::config::Settings;
use crate::driver::Driver;
use crate::folders::Folders;
use crate::handle::Handle;
use crate::perform::Performer;
use crate::{api, housekeeping, link};

/// Events that may wait for the driver; who sends more waits with them.
const INBOX_MAX: usize = 1024;
/// What still runs after the drain (a join, a check) is cut off then; it begins again at the next start.
const FINISH_WITHIN: Duration = Duration::from_secs(6);

/// Serves on `listener` until `stop`.
pub async fn run(settings: Settings, listener: TcpListener, stop: CancellationToken) -> anyhow::Result<()> {
    let folders = Folders::new(&settings.work_dir).context("resolving the work folder")?;
    let _lock = housekeeping::take_folder(&folders)?;
    let tools = tools::find(settings.ffmpeg_dir.as_deref(), folders.root()).await?;
    tracing::info!(version = tools.version, path = %tools.ffmpeg.display(), "ffmpeg found");

    let mut catalog = Sqlite::open(&folders.database())?;
    let memory = catalog.load(clock::wall()).context("loading what was remembered")?;
    housekeeping::sweep(&folders, &memory).context("sweeping the work folder")?;
    let writer = Writer::start(catalog)?;
    let reader = Reader::open(&folders.database(), writer.clone())?;

    let (clock, background) = (Clock::start(), Background::new(CancellationToken::new()));
    let (inbox, inbox_end) = mpsc::channel(INBOX_MAX);
    let (view, view_end) = watch::channel(Arc::default());
    let (leases, leases_end) = watch::channel(Arc::default());
    let address = listener.local_addr().context("asking for our own address")?;
    let handle = Handle {
        settings: Arc::new(settings),
        tools: Arc::new(tools),
        folders: Arc::new(folders),
        background: background.clone(),
        view: view_end,
        leases: leases_end,
        reader,
        shelf: Arc::default(),
        inbox,
    };
    let performer = Performer::new(handle.clone(), &memory, leases);
    let mut resume = Effects::default();
    let cluster =
        Cluster::restore(core_settings(&handle.settings), memory, clock.now(), clock::wall(), &mut resume);
    let driver = Driver {
        cluster,
        clock,
        inbox: inbox_end,
        writer,
        performer,
        view,
        viewed_at: Millis(0),
        unseen: true,
    };

    // The doors open after the driver, so that no question finds nobody.
    let drive = tokio::spawn(driver.run(resume, stop.clone()));
    let closing = CancellationToken::new();
    let serving = serve(handle.clone(), listener, closing.clone());
    greet(&handle.settings, address);
    let driven = drive.await.context("the driver ended badly")?;
    closing.cancel();
    if !background.finish(FINISH_WITHIN).await {
        tracing::warn!("some work did not stop in time and was cut off");
    }
    let _ = tokio::time::timeout(Duration::from_secs(1), serving).await;
    driven
}

fn core_settings(settings: &Settings) -> cluster::Settings {
    cluster::Settings {
        max_retries: settings.max_retries,
        retry_delay: Millis::secs(settings.retry_delay_secs.into()),
        benchmark_secs: settings.benchmark_secs,
    }
}

fn serve(handle: Handle, listener: TcpListener, closing: CancellationToken) -> tokio::task::JoinHandle<()> {
    let doors = link::route(handle.clone()).or(api::routes(handle));
    let server =
        warp::serve(doors).incoming(listener).graceful(async move { closing.cancelled().await }).run();
    tokio::spawn(server)
}

fn greet(settings: &Settings, address: SocketAddr) {
    tracing::info!("listening on http://{address}");
    let port =
        if address.port() == 5001 { String::new() } else { format!(" --server-port {}", address.port()) };
    if settings.bind.is_loopback() {
        tracing::info!("to encode on this machine: ffmpeg-cluster-client{port}");
    } else {
        tracing::warn!(
            "open to the network, and there are no tokens and no TLS yet: trust everybody who can reach it"
        );
        tracing::info!("to encode on another machine: ffmpeg-cluster-client --server-ip THIS_MACHINE{port}");
    }
}
