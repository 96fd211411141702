//! Full disks of clients and devices that fail: faults that no client of the simulator has.

use ffmpeg_cluster_common::cluster::change::{Attempt, Change};
use ffmpeg_cluster_common::cluster::effect::{Effect, Effects};
use ffmpeg_cluster_common::cluster::event::{Event, JobSpec, SourceAt};
use ffmpeg_cluster_common::cluster::{Cluster, Settings};
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::frames::Rational;
use ffmpeg_cluster_common::ids::{LeaseId, SessionNo, Ticket};
use ffmpeg_cluster_common::media::params::{parse, words};
use ffmpeg_cluster_common::media::plan::film::{Film, IndexedBy};
use ffmpeg_cluster_common::media::plan::track::{Content, Track, WorkKind};
use ffmpeg_cluster_common::media::words::container::Container;
use ffmpeg_cluster_common::media::words::device::{Device, Hw, Method};
use ffmpeg_cluster_common::protocol::to_server::Hello;
use ffmpeg_cluster_common::time::{Millis, WallMillis};

fn spec() -> JobSpec {
    JobSpec {
        source: SourceAt::LocalFile("/film".into()),
        file_name: "film".into(),
        output_name: "out.mp4".into(),
        profile: parse(&words("-c:v libx264").expect("words"), Container::Mp4).expect("parameters"),
        params_text: String::new(),
        required_clients: 1,
        exactly: true,
        care: Default::default(),
        hw: Hw::Prefer,
        priority: Default::default(),
        ladder: None,
        owner: "local".into(),
    }
}

fn film() -> Film {
    let pictures = Track {
        kind: Some(WorkKind("k".into())),
        hw: Hw::Prefer,
        hardware: vec![(Method::Nvenc, "h264_nvenc".into())],
        ..Track::new(Content::Picture, 10_000, vec!["libx264".into()])
    };
    Film {
        tracks: vec![pictures],
        frame_rate: Rational { num: 25, den: 1 },
        indexed_by: IndexedBy::Packets,
        copied: None,
    }
}

/// With a card, if it has one.
fn hello(card: bool) -> Hello {
    let mut device = Device::new(Method::Nvenc, Some("0"), 1);
    device.encoders.push("h264_nvenc".into());
    Hello {
        protocol: 1,
        client_id: "a".parse().expect("a name"),
        client_key: Default::default(),
        name: "box a".into(),
        version: String::new(),
        ffmpeg_version: String::new(),
        platform: String::new(),
        cores: 2,
        memory_bytes: 0,
        free_disk: 1 << 40,
        encoders: vec!["libx264".into()],
        devices: card.then_some(device).into_iter().collect(),
        decodes: Vec::new(),
        benchmark_secs: 60,
        holding: Vec::new(),
    }
}

/// A film's first segment ends in this fault, on the card or on the processors.
/// Gives what is written down of it.
fn fails(code: FaultCode, on_card: bool) -> Option<Attempt> {
    let settings = Settings {
        max_retries: 3,
        retry_delay: Millis(1),
        benchmark_secs: 1,
        audit_percent: 0,
        crashes_max: 2,
    };
    let (now, at) = (Millis(0), WallMillis(1));
    let mut cluster = Cluster::new(settings, 1, now, at);
    let (client, job) = (hello(on_card).client_id, "j".parse().expect("a name"));
    let mut out = Effects::default();
    for event in [
        Event::ClientUp {
            client: client.clone(),
            session: SessionNo(1),
            hello: Box::new(hello(on_card)),
            at,
        },
        Event::Submitted { ticket: Ticket(1), job: Clone::clone(&job), spec: Box::new(spec()), at },
        Event::Indexed { job, film: Box::new(film()) },
    ] {
        cluster.step(now, event, &mut out);
    }
    let offered = out.effects.iter().find_map(|effect| match effect {
        Effect::Offer { promised, .. } if promised.seat.is_some() == on_card => Some(promised.lease),
        _ => None,
    });
    let lease: LeaseId = offered.expect("an offer");
    out = Effects::default();
    let fault = Fault::new(code, "it broke");
    cluster.step(now, Event::LeaseFailed { client, lease, fault }, &mut out);
    let ended = out.changes.into_iter().find_map(|change| match change {
        Change::LeaseEnded { attempt, .. } => Some(attempt),
        _ => None,
    });
    ended.expect("the lease ended")
}

#[test]
fn a_clients_full_disk_is_nobodys_attempt() {
    assert_eq!(fails(FaultCode::DiskFull, false), None);
    assert_eq!(fails(FaultCode::EncoderFailed, false).map(|attempt| attempt.past.count), Some(1));
}

#[test]
fn frames_at_which_a_device_failed_are_for_software_and_nobody_is_blamed() {
    let attempt = fails(FaultCode::EncoderFailed, true).expect("it is written down");
    assert!(
        attempt.past.on_device && attempt.past.count == 0 && attempt.past.failed_on.is_empty(),
        "{attempt:?}"
    );
}
