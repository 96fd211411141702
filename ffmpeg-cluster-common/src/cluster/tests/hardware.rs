//! Who encodes by which device, and what becomes of devices that are busy or break.

use super::world::{AT, World, client, film_where, hello, job, pictures, piece, sent};
use crate::cluster::change::{Change, Memory, RememberedJob, RememberedLease};
use crate::cluster::effect::{Effect, Effects, Notice};
use crate::cluster::event::Event;
use crate::cluster::{Cluster, Settings};
use crate::fault::{Fault, FaultCode};
use crate::frames::FrameRange;
use crate::ids::{LeaseId, SessionNo};
use crate::media::plan::film::Film;
use crate::media::words::device::{Device, Hw, Method, Seat};
use crate::protocol::command::JobState;
use crate::time::Millis;

pub(super) fn card(slots: u32) -> Device {
    let mut card = Device::new(Method::Nvenc, Some("0"), slots);
    card.encoders.push("h264_nvenc".into());
    card
}

fn hard(frames: u64, hw: Hw) -> Film {
    let hardware = vec![(Method::Nvenc, "h264_nvenc".to_owned())];
    let hardware = if hw.is_off() { Vec::new() } else { hardware };
    film_where(frames, |track| (track.hw, track.hardware) = (hw, hardware))
}

impl World {
    pub(super) fn up_with(&mut self, name: &str, devices: Vec<Device>) {
        let session = SessionNo(1_000 + u64::from(name.as_bytes()[0]));
        let hello = Box::new(crate::protocol::to_server::Hello { devices, ..hello(name, &[]) });
        self.step(Event::ClientUp { client: client(name), session, hello, at: AT });
    }

    pub(super) fn indexed_for(&mut self, frames: u64, hw: Hw) {
        self.submit("j", 1);
        self.step(Event::Indexed { job: job("j"), film: Box::new(hard(frames, hw)) });
    }

    /// Who was offered what by the last step, and by which device.
    fn seats(&self) -> Vec<(String, LeaseId, Option<String>)> {
        let seat = |effect: &Effect| match effect {
            Effect::Offer { client, promised, .. } => {
                let device = promised.seat.as_ref().map(|seat| seat.device.clone());
                Some((client.to_string(), promised.lease, device))
            }
            _ => None,
        };
        self.out.effects.iter().filter_map(seat).collect()
    }

    /// A heartbeat every five seconds; ends with the first offer.
    fn listen_for_an_offer(&mut self, name: &str, within: u64) -> u64 {
        let session = SessionNo(1_000 + u64::from(name.as_bytes()[0]));
        for second in (0..within).step_by(5) {
            self.step(Event::Heard { client: client(name), session, free_disk: None });
            self.pass(Millis::secs(5));
            if !self.offers().is_empty() {
                return second + 5;
            }
        }
        panic!("nothing was offered in {within} s");
    }

    /// The lease that the last step offered to the client's device, or its processors.
    fn lease_on(&self, name: &str, device: Option<&str>) -> LeaseId {
        let all = self.seats();
        let found = all.iter().find(|(who, _, on)| who == name && on.as_deref() == device);
        found.unwrap_or_else(|| panic!("nothing for {name} on {device:?}: {all:?}")).1
    }
}

fn devices(world: &World) -> Vec<Option<String>> {
    world.seats().into_iter().map(|(_, _, device)| device).collect()
}

const CARD: Option<&str> = Some("nvenc:0");

#[test]
fn off_leaves_the_card_alone() {
    let mut world = World::new();
    world.up_with("a", vec![card(2)]);
    world.indexed_for(10_000, Hw::Off);
    assert_eq!(devices(&world), [None]);
}

#[test]
fn prefer_uses_every_slot_and_software_beside_them() {
    let mut world = World::new();
    world.up_with("a", vec![card(2)]);
    world.up("b");
    world.indexed_for(10_000, Hw::Prefer);
    let offers = world.seats();
    let count = |name: &str, on: Option<&str>| {
        offers.iter().filter(|(who, _, device)| who == name && device.as_deref() == on).count()
    };
    assert_eq!((count("a", CARD), count("a", None), count("b", None)), (2, 1, 1), "{offers:?}");
}

#[test]
fn require_waits_for_hardware_and_says_who_lacks_what() {
    let mut world = World::new();
    world.up("soft");
    let mut other = Device::new(Method::Amf, None, 1);
    other.encoders.push("hevc_amf".into());
    world.up_with("other", vec![other]);
    world.indexed_for(10_000, Hw::Require);
    assert!(world.offers().is_empty() && world.view("j").state == JobState::WaitingForClients);
    let explain = world.view("j").explain().join("\n");
    assert!(explain.contains("box soft has proved none of h264_nvenc: no hardware at all"), "{explain}");
    assert!(explain.contains("box other has proved none of h264_nvenc: only amf (hevc_amf)"), "{explain}");

    world.up_with("card", vec![card(1)]);
    assert_eq!(devices(&world), [CARD.map(str::to_owned)]);
    assert_eq!(world.view("j").state, JobState::Benchmarking);
    let explain = world.view("j").explain().join("\n");
    assert!(explain.contains("on box card by h264_nvenc (nvenc:0)"), "{explain}");
}

#[test]
fn two_cards_work_side_by_side() {
    let mut world = World::new();
    let second = Device { name: "nvenc:1".into(), ..card(1) };
    world.up_with("a", vec![card(1), second]);
    world.indexed_for(10_000, Hw::Require);
    assert_eq!(devices(&world), [Some("nvenc:0".to_owned()), Some("nvenc:1".to_owned())]);
}

fn measured(world: &World) -> Vec<String> {
    let kind = |change: &Change| match change {
        Change::SpeedMeasured { kind, .. } => Some(kind.0.clone()),
        _ => None,
    };
    world.out.changes.iter().filter_map(kind).collect()
}

#[test]
fn each_encoder_has_a_speed_of_its_own_and_pieces_tell_who_made_them() {
    let mut world = World::new();
    world.up_with("a", vec![card(1)]);
    world.indexed_for(10_000, Hw::Prefer);
    let (fast, slow) = (world.lease_on("a", CARD), world.lease_on("a", None));
    let encoded = |lease, encode_ms| Event::Encoded { client: client("a"), lease, encode_ms, spent: None };
    world.step(encoded(fast, 500));
    assert_eq!(measured(&world), ["h264_nvenc on nvenc:0, for k"]);
    // The processor's own lease is still a measurement, and the card's next one is long.
    let next = world.offers().into_iter().find(|(_, id, _)| *id != slow).expect("the card is free");
    let range = next.2.units;
    assert!(range.len() > 500, "the card's speed says how much it gets: {range}");
    world.step(encoded(slow, 10_000));
    assert_eq!(measured(&world), ["k"]);

    for (lease, encoder) in [(fast, Some("h264_nvenc")), (slow, None)] {
        world.step(Event::PieceSent { client: client("a"), lease, piece: sent() });
        world.step(Event::PieceChecked { lease, result: Ok(piece(250)), chance: 0 });
        let kept = world.out.changes.iter().find_map(|change| match change {
            Change::PieceKept { piece, .. } => Some(piece.piece.facts.encoder.clone()),
            _ => None,
        });
        assert_eq!(kept.expect("it is kept").as_deref(), encoder);
    }
}

#[test]
fn a_busy_card_gets_less_for_a_while_and_nobody_is_blamed() {
    let mut world = World::new();
    world.up_with("a", vec![card(2)]);
    world.indexed_for(10_000, Hw::Require);
    let leases: Vec<LeaseId> = world.offers().iter().map(|(_, lease, _)| *lease).collect();
    assert_eq!(leases.len(), 2);
    world.fail("a", leases[1], FaultCode::DeviceBusy);
    assert!(world.offers().is_empty(), "half of two slots is one, and that is taken");
    let ended = world.out.changes.iter().find_map(|change| match change {
        Change::LeaseEnded { attempt, .. } => Some(attempt.clone()),
        _ => None,
    });
    assert_eq!(ended, Some(None), "no attempt was made");
    assert_eq!(world.listen_for_an_offer("a", 100), 60, "after a while it has both slots again");
    assert_eq!(world.offers().len(), 1);
}

#[test]
fn a_card_that_is_busy_again_and_again_rests_and_comes_back() {
    let mut world = World::new();
    world.up_with("a", vec![card(1)]);
    world.indexed_for(10_000, Hw::Require);
    for turn in 0..3 {
        let lease = world.lease_on("a", CARD);
        world.fail("a", lease, FaultCode::DeviceBusy);
        assert_eq!(world.offers().is_empty(), turn == 2, "never below one slot, until it rests");
    }
    let told = |effect: &Effect| matches!(effect, Effect::Notice(Notice::DeviceSpared { .. }));
    assert!(world.out.effects.iter().any(told));
    assert!(world.view("j").explain().join("\n").contains("nvenc:0 of box a rests"));
    assert!(world.cluster.view(world.now).clients[&client("a")].set_aside.is_none());
    assert_eq!(world.listen_for_an_offer("a", 100), 30);
    assert_eq!(devices(&world), [CARD.map(str::to_owned)], "it has rested");
}

#[test]
fn a_dead_card_leaves_its_frames_to_software_once_and_its_client_in_honour() {
    let mut world = World::new();
    world.up_with("a", vec![card(1)]);
    world.up("b");
    world.indexed_for(10_000, Hw::Prefer);
    let mut given = Vec::new();
    for _ in 0..3 {
        let lease = world.lease_on("a", CARD);
        let (_, _, segment) = world.offers().into_iter().find(|(_, id, _)| *id == lease).unwrap();
        given.push(segment);
        world.fail("a", lease, FaultCode::EncoderFailed);
        let attempt = world.out.changes.iter().find_map(|change| match change {
            Change::LeaseEnded { attempt, .. } => attempt.clone(),
            _ => None,
        });
        let attempt = attempt.expect("it is written down").past;
        assert!(attempt.on_device && attempt.count == 0 && attempt.failed_on.is_empty(), "{attempt:?}");
    }
    assert!(!devices(&world).contains(&CARD.map(str::to_owned)), "it rests");
    let view = world.cluster.view(world.now);
    assert_eq!(view.clients[&client("a")].set_aside, None);
    // The processors come to it: first what the card left, each once.
    let soft = world.cluster.view(world.now).jobs[&job("j")].leases.clone();
    for lease in soft {
        let (who, id) = (lease.client.to_string(), lease.lease);
        world.finish(&who, id, 250);
        for (_, again, segment) in world.offers() {
            assert!(world.seats().iter().all(|(_, id, on)| *id != again || on.is_none()));
            assert_eq!(given.remove(0), segment, "what a device failed at comes first");
            let _ = again;
        }
    }
    assert_eq!(given.len(), 1, "one is still waiting for a processor");
}

#[test]
fn a_lie_about_a_busy_device_is_an_ordinary_failure() {
    let mut world = World::new();
    world.up("a");
    world.indexed_for(10_000, Hw::Off);
    let (lease, _) = world.offer_to("a");
    world.fail("a", lease, FaultCode::DeviceBusy);
    let attempt = world.out.changes.iter().find_map(|change| match change {
        Change::LeaseEnded { attempt, .. } => attempt.clone(),
        _ => None,
    });
    assert_eq!(
        attempt.map(|attempt| (attempt.past.count, attempt.past.fault.code)),
        Some((1, FaultCode::EncoderFailed))
    );
}

#[test]
fn pictures_of_a_device_that_do_not_fit_are_its_own_fault() {
    let mut world = World::new();
    world.up_with("a", vec![card(1)]);
    world.submit("j", 1);
    let mut film = hard(10_000, Hw::Require);
    film.track_mut(Film::PICTURES).expected = Some(super::world::params());
    world.step(Event::Indexed { job: job("j"), film: Box::new(film) });
    let lease = world.lease_on("a", CARD);
    world.step(Event::Encoded { client: client("a"), lease, encode_ms: 1000, spent: None });
    world.step(Event::PieceSent { client: client("a"), lease, piece: sent() });
    let mut odd = piece(250);
    odd.facts.params[0].width += 16;
    world.step(Event::PieceChecked { lease, result: Ok(odd), chance: 0 });
    let indexed = world.out.effects.iter().any(|effect| matches!(effect, Effect::Index { .. }));
    assert!(!indexed && world.view("j").state != JobState::Queued, "the film is not to blame");
}

#[test]
fn other_colours_or_fields_are_not_joined_and_unsaid_ones_are() {
    for (said, good) in [("bt709", true), ("smpte170m", false), ("", true)] {
        let mut world = World::new();
        world.up_with("a", vec![card(1)]);
        world.submit("j", 1);
        let look = |value: &str| ("color_space".to_owned(), value.to_owned());
        let mut expected = super::world::params();
        expected.looks.extend([look("bt709")]);
        let mut film = hard(10_000, Hw::Require);
        film.track_mut(Film::PICTURES).expected = Some(expected);
        world.step(Event::Indexed { job: job("j"), film: Box::new(film) });
        let lease = world.lease_on("a", CARD);
        world.step(Event::Encoded { client: client("a"), lease, encode_ms: 1000, spent: None });
        world.step(Event::PieceSent { client: client("a"), lease, piece: sent() });
        let mut made = piece(250);
        made.facts.params[0].looks.extend((!said.is_empty()).then(|| look(said)));
        world.step(Event::PieceChecked { lease, result: Ok(made), chance: 0 });
        let kept = world.out.changes.iter().any(|change| matches!(change, Change::PieceKept { .. }));
        assert_eq!(kept, good, "{said:?}");
    }
}

#[test]
fn a_restart_knows_which_slots_are_taken() {
    let mut world = World::new();
    world.submit("j", 1);
    let Some(Change::JobAdded { spec, .. }) = world.out.changes.first().cloned() else { panic!("no job") };
    let lease = LeaseId { boot: 1, seq: 4 };
    let seat = Seat { device: "nvenc:0".into(), encoder: "h264_nvenc".into() };
    let range = FrameRange::new(0, 250);
    let held = RememberedLease { lease, segment: pictures(range), client: client("a"), seat: Some(seat) };
    let old = RememberedJob {
        job: job("j"),
        spec: *spec,
        state: JobState::Processing,
        film: Some(hard(10_000, Hw::Require)),
        created_at: AT,
        pieces: Vec::new(),
        leases: vec![held],
        attempts: Vec::new(),
        crashes: 0,
        place: Default::default(),
        paused: false,
    };
    let settings = Settings {
        max_retries: 3,
        retry_delay: Millis::secs(5),
        benchmark_secs: 10,
        audit_percent: 0,
        crashes_max: 2,
    };
    let memory = Memory { boot: 2, jobs: vec![old], ..Memory::default() };
    world.cluster = Cluster::restore(settings, memory, world.now, AT, &mut Effects::default());
    let hello = crate::protocol::to_server::Hello { devices: vec![card(1)], ..hello("a", &[lease]) };
    world.step(Event::ClientUp {
        client: client("a"),
        session: SessionNo(9),
        hello: Box::new(hello),
        at: AT,
    });
    assert!(world.offers().is_empty(), "its one slot is taken");
    let fault = Fault::new(FaultCode::DeviceBusy, "it broke");
    world.step(Event::LeaseFailed { client: client("a"), lease, fault });
    assert_eq!(devices(&world), [CARD.map(str::to_owned)]);
}
