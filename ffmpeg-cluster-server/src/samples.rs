//! Sample values for the tests of several modules.

use std::sync::Arc;

use clap::Parser;
use ffmpeg_cluster_common::cluster::event::{JobSpec, LOCAL, SourceAt};
use ffmpeg_cluster_common::frames::{FrameRange, Rational};
use ffmpeg_cluster_common::io::spawn::Background;
use ffmpeg_cluster_common::io::tools;
use ffmpeg_cluster_common::media::params;
use ffmpeg_cluster_common::media::plan::film::{Film, IndexedBy};
use ffmpeg_cluster_common::media::plan::track::{Content, Cuts, Segment, Track, TrackNo, WorkKind};
use ffmpeg_cluster_common::media::words::container::Container;
use tokio::sync::{mpsc, watch};

use crate::access::audit_log::AuditLog;
use crate::access::certificate::Certificate;
use crate::core::incoming::{Core, Incoming};
use crate::http::Services;
use crate::http::gate::Gate;
use crate::settings::{Flags, Settings};
use crate::store::Store;
use crate::store::catalog::{Catalog, Reader, Sqlite, Writer};
use crate::store::folders::Folders;
use crate::work::Runner;

/// The files of a server in a folder of its own.
pub(crate) struct Scratch {
    pub(crate) store: Store,
    pub(crate) writer: Writer,
}

impl Scratch {
    pub(crate) fn new(writer: impl FnOnce(Sqlite) -> Writer) -> Self {
        let root = std::env::temp_dir().join(format!("ffmpeg-cluster-{}", uuid::Uuid::new_v4()));
        let folders = Folders::new(&root).expect("a path");
        std::fs::create_dir_all(folders.databases()).expect("a folder");
        let catalog = Sqlite::open(&folders.database()).expect("a database");
        let reader = Reader::new(catalog.reads().expect("the same database"));
        let writer = writer(catalog);
        Self { store: Store::new(folders, reader, writer.clone(), Background::default()), writer }
    }
}

/// A server's services without a driver: events go to `incoming`, and nothing is ever seen.
pub(crate) async fn services(store: Store, incoming: mpsc::Sender<Incoming>) -> Services {
    let root = store.folders.root().to_owned();
    let tools = tools::find(&Default::default(), &root).await.expect("an ffmpeg");
    let runner = Runner::new(Arc::new(settings()), tools, store, Background::default());
    let core = Core::new(incoming, watch::channel(Arc::default()).1);
    Services::new(core, runner, AuditLog::default())
}

/// A gate before these services.
pub(crate) fn gate(services: Services) -> Gate {
    let folders = services.runner.folders();
    let certificate = Certificate::load_or_make(folders, None, vec!["localhost".into()]);
    Gate::new(services, &certificate.expect("a certificate"), Background::default())
}

/// The settings of a server without flags.
pub(crate) fn settings() -> Settings {
    Settings::checked(Flags::parse_from(["server"]), Vec::new()).expect("good settings")
}

/// A film with pictures, and with sound if wanted.
pub(crate) fn film(frames: u64, sound: bool) -> Film {
    let pictures = Track {
        cuts: Cuts::Near(vec![0, frames / 2]),
        kind: Some(WorkKind("libx264/medium/640x360".into())),
        ..Track::new(Content::Picture, frames, vec!["libx264".into()])
    };
    Film {
        tracks: [pictures]
            .into_iter()
            .chain(sound.then(|| Track::sound("aac", vec!["aac".to_owned()])))
            .collect(),
        frame_rate: Rational { num: 25, den: 1 },
        indexed_by: IndexedBy::Packets,
        copied: None,
    }
}

/// A range of the film's frames.
pub(crate) const fn pictures(start: u64, end: u64) -> Segment {
    Segment::new(Film::PICTURES, FrameRange::new(start, end))
}

/// The film's sound.
pub(crate) const SOUND: Segment = Segment::new(TrackNo(1), FrameRange::new(0, 1));

/// A plain job. Each test changes only what matters to it.
pub(crate) fn spec() -> JobSpec {
    let words = params::words("-c:v libx264").expect("words");
    JobSpec {
        source: SourceAt::LocalFile("/no/such/film.mkv".into()),
        file_name: "film.mkv".into(),
        output_name: "o.mp4".into(),
        profile: params::parse(&words, Container::Mp4).expect("a good line"),
        params_text: "-c:v libx264".into(),
        required_clients: 1,
        exactly: true,
        care: Default::default(),
        hw: Default::default(),
        priority: Default::default(),
        ladder: None,
        owner: LOCAL.into(),
    }
}
