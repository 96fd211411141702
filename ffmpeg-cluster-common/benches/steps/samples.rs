//! Jobs, films, clients and pieces as a farm has them.

use ffmpeg_cluster_common::cluster::Settings;
use ffmpeg_cluster_common::cluster::event::{CheckedPiece, JobSpec, SourceAt};
use ffmpeg_cluster_common::frames::Rational;
use ffmpeg_cluster_common::ids::ClientId;
use ffmpeg_cluster_common::limits::PROTOCOL;
use ffmpeg_cluster_common::media::params;
use ffmpeg_cluster_common::media::plan::film::{Film, IndexedBy};
use ffmpeg_cluster_common::media::plan::piece::{PieceFacts, StreamParams};
use ffmpeg_cluster_common::media::plan::track::{Content, Cuts, Track, WorkKind};
use ffmpeg_cluster_common::media::proof::report::Care;
use ffmpeg_cluster_common::media::words::container::Container;
use ffmpeg_cluster_common::protocol::to_server::Hello;
use ffmpeg_cluster_common::time::Millis;

pub(crate) fn settings() -> Settings {
    Settings {
        max_retries: 3,
        retry_delay: Millis::secs(5),
        benchmark_secs: 10,
        audit_percent: 0,
        crashes_max: 2,
    }
}

pub(crate) fn spec() -> JobSpec {
    JobSpec {
        source: SourceAt::LocalFile("/a.mkv".into()),
        file_name: "a.mkv".into(),
        output_name: "b.mp4".into(),
        profile: params::parse(&params::words("-c:v libx264").unwrap(), Container::Mp4).unwrap(),
        params_text: String::new(),
        required_clients: 1,
        exactly: true,
        care: Care::default(),
        hw: Default::default(),
        priority: Default::default(),
        ladder: None,
        owner: "local".into(),
    }
}

pub(crate) fn film(number: usize, frames: u64) -> Film {
    let pictures = Track {
        cuts: Cuts::Near((0..frames.min(2_500_000)).step_by(250).collect()),
        kind: Some(WorkKind(format!("libx264/medium/{}x720", 1280 + number % 10))),
        ..Track::new(Content::Picture, frames, vec!["libx264".into()])
    };
    Film {
        tracks: vec![pictures],
        frame_rate: Rational { num: 25, den: 1 },
        indexed_by: IndexedBy::Packets,
        copied: None,
    }
}

pub(crate) fn hello(client: &ClientId) -> Hello {
    Hello {
        protocol: PROTOCOL,
        client_id: client.clone(),
        client_key: Default::default(),
        name: client.to_string(),
        version: "1".into(),
        ffmpeg_version: "5.1".into(),
        platform: "linux-x86_64".into(),
        cores: 8,
        memory_bytes: 1 << 34,
        free_disk: 1 << 40,
        encoders: ["libx264", "libx265", "aac", "libopus", "ffv1"].map(str::to_owned).to_vec(),
        devices: Vec::new(),
        decodes: Vec::new(),
        benchmark_secs: 10,
        holding: Vec::new(),
    }
}

pub(crate) fn piece(frames: u64) -> CheckedPiece {
    let facts = PieceFacts {
        frames,
        params: vec![params()],
        findings: Default::default(),
        encoder: None,
        begins: None,
    };
    CheckedPiece { bytes: frames * 1_000, sha256: "0".repeat(64), facts }
}

/// As ffprobe tells of a stream of x264's.
pub(crate) fn params() -> StreamParams {
    let looks = [("color_space", "bt709"), ("color_range", "tv"), ("field_order", "progressive")];
    StreamParams {
        codec: "h264".into(),
        width: 1280,
        height: 720,
        pix_fmt: "yuv420p".into(),
        time_base: Rational { num: 1, den: 25 },
        extradata: "0".repeat(64),
        looks: looks.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
    }
}
