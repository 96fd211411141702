//! Builds the parts of the encoding client, wires them, and orders the shutdown.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use ffmpeg_cluster_common::io::sandbox;
use ffmpeg_cluster_common::io::spawn::Background;
use ffmpeg_cluster_common::io::tools::{self, Tools};
use ffmpeg_cluster_common::io::trace::Trace;
use ffmpeg_cluster_common::limits::{PROTOCOL, SILENCE_MAX};
use ffmpeg_cluster_common::protocol::to_server::Hello;
use ffmpeg_cluster_common::protocol::transfer;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::devices::Wanted;
use super::driver::Driver;
use super::ending::Ending;
use super::gateway::{Cache, Gateway};
use super::perform::Encoding;
use super::proofs::{self, Prover};
use super::proved::Proved;
use super::settings::Settings;
use super::update;
use crate::machine::catalog::{Catalog, Program};
use crate::machine::facts;
use crate::machine::folders::WorkFolder;
use crate::machine::identity::{self, Identity};
use crate::server::address::Server;
use crate::server::{joining, wire};

/// Events that wait for the driver.
const INBOX_MAX: usize = 256;
/// Bytes of sources on this machine's disk: enough for a few films at a time.
const CACHE_BYTES_MAX: u64 = 2 << 30;
const CACHE_SHARE_OF_FREE: u64 = 10;
/// A killed encoder ends in less than a second.
const FINISH_WITHIN: Duration = Duration::from_secs(5);

/// Encodes for the server until stopped.
pub(crate) async fn run(
    settings: Settings,
    server: Server,
    stop: CancellationToken,
) -> anyhow::Result<Ending> {
    joining::check_encodes(&server)?;
    let home = Home::claim(&settings)?;
    let trace = traced(&settings, &home.identity)?;
    let background = Background::default();
    let parts =
        Parts { settings: &settings, server: &server, home: &home, background: &background, trace: &trace };
    let ended = tokio::select! {
        () = stop.cancelled() => Ok(Ending::Done),
        built = parts.build() => match built {
            Ok(driver) => driver.run(stop.clone()).await,
            Err(error) => Err(error),
        },
    };
    if !background.finish(FINISH_WITHIN).await {
        tracing::warn!("some background work did not end in time");
    }
    trace.finish().await;
    // The files of an earlier client are of no use to this one.
    let folders = &home.identity.folders;
    folders.sweep().with_context(|| format!("tidying {}", folders.root().display()))?;
    match ended? {
        Ending::Outdated { release, .. } if settings.self_update => {
            let program = update::install(&server, &release).await.context("--self-update")?;
            Ok(Ending::Updated { program, release })
        }
        Ending::Outdated { why, release } => {
            Ok(Ending::Refused(format!("{why}; {}", update::advice(&server, &release))))
        }
        ended => Ok(ended),
    }
}

/// The files of an encoding client on this machine.
struct Home {
    work: WorkFolder,
    catalog: Arc<Mutex<Catalog>>,
    identity: Identity,
}

impl Home {
    fn claim(settings: &Settings) -> anyhow::Result<Self> {
        let work = WorkFolder::new(&settings.work_dir).context("resolving --work-dir")?;
        let catalog = Arc::new(Mutex::new(Catalog::open(&work.database())?));
        let identity = identity::claim(&work, &catalog.lock().unwrap_or_else(PoisonError::into_inner))?;
        Ok(Self { work, catalog, identity })
    }
}

fn traced(settings: &Settings, identity: &Identity) -> anyhow::Result<Trace> {
    let Some(file) = &settings.trace else { return Ok(Trace::default()) };
    let name = settings.name.clone().unwrap_or_else(|| default_name(identity));
    Ok(Trace::start(file, &format!("client {name}"))?.about("client", &identity.id))
}

/// What the parts of a client are built from.
struct Parts<'a> {
    settings: &'a Settings,
    server: &'a Server,
    home: &'a Home,
    background: &'a Background,
    trace: &'a Trace,
}

impl Parts<'_> {
    async fn build(self) -> anyhow::Result<Driver> {
        let Self { settings, server, home, background, trace } = self;
        let identity = &home.identity;
        let tools = self.tools().await?;
        let key = transfer::client_key(&identity.id, &identity.key);
        let http = wire::http(server, Duration::from_millis(SILENCE_MAX.0), Some(&key))?;
        let gateway = self.gateway(&http)?;
        let prover = Prover::new(&tools, self.proved(&tools)).traced(trace);
        let (encoders, devices) = prover.first(background.stop()).await?;
        let hello = Hello { encoders, devices, ..hello(settings, identity, &tools) };
        let (version, can) = (&tools.version, proofs::summary(&hello.encoders));
        let (name, cores) = (&hello.name, hello.cores);
        tracing::info!(client = %identity.id, "this is {name}: {cores} cores, ffmpeg {version} with {can}");
        let (inbox, events) = mpsc::channel(INBOX_MAX);
        let encoding = Encoding {
            server: server.clone(),
            folders: identity.folders.clone(),
            tools: Arc::new(tools),
            gateway,
            http,
            background: background.clone(),
            prover,
            trace: trace.clone(),
            inbox,
        };
        Ok(Driver::new(settings, hello, encoding, events))
    }

    async fn tools(&self) -> anyhow::Result<Tools> {
        let tools = tools::find(&self.settings.ffmpeg, self.home.work.root()).await?;
        sandbox::tell(&tools.ffmpeg);
        if !self.settings.allowed.is_empty() {
            tracing::warn!(
                "--allow-option: nobody has reviewed what these options make an encoder do; the sandbox still confines it"
            );
        }
        tools.allow(&self.settings.formats)?;
        Ok(tools)
    }

    fn gateway(&self, http: &reqwest::Client) -> anyhow::Result<Gateway> {
        let folders = &self.home.identity.folders;
        let bytes = CACHE_BYTES_MAX.min(facts::free_disk(folders.root()) / CACHE_SHARE_OF_FREE);
        let cache = Cache::new(&folders.cache(), bytes)?;
        Gateway::start(self.server.clone(), http.clone(), cache, self.background)
    }

    fn proved(&self, tools: &Tools) -> Proved {
        let folder = self.home.identity.folders.trials();
        let wanted = Wanted { accel: self.settings.hw_accel, slots: self.settings.hw_slots, folder };
        Proved { catalog: self.home.catalog.clone(), program: Program { key: tools.key.clone() }, wanted }
    }
}

/// The client's hello, without the encoders that its ffmpeg has proved.
fn hello(settings: &Settings, identity: &Identity, tools: &Tools) -> Hello {
    Hello {
        protocol: PROTOCOL,
        client_id: identity.id.clone(),
        client_key: identity.key.clone(),
        name: settings.name.clone().unwrap_or_else(|| default_name(identity)),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ffmpeg_version: tools.version.clone(),
        platform: facts::platform(),
        cores: facts::cores(),
        memory_bytes: facts::memory_bytes(),
        free_disk: facts::free_disk(identity.folders.root()),
        encoders: Vec::new(),
        devices: Vec::new(),
        decodes: tools.capabilities.decoders.codecs().map(str::to_owned).collect(),
        benchmark_secs: settings.benchmark_secs,
        holding: Vec::new(),
    }
}

/// The host's name alone would be the same for all clients of one machine.
fn default_name(identity: &Identity) -> String {
    let start: String = identity.id.as_str().chars().take(4).collect();
    format!("{}-{start}", facts::host_name())
}
