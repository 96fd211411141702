//! Those who watch are told of every change, in the order of the changes.

use serde_json::json;

use super::world::*;
use crate::cluster::event::Event;
use crate::cluster::{Published, published};
use crate::fault::FaultCode;
use crate::frames::FrameRange;
use crate::ids::Ticket;
use crate::time::Millis;

fn told(world: &World) -> Vec<Published> {
    published(&world.out)
}

fn kinds(world: &World) -> Vec<&'static str> {
    told(world).iter().map(|entry| entry.kind).collect()
}

fn entry(world: &World, kind: &str) -> Published {
    let all = told(world);
    let found = all.iter().find(|entry| entry.kind == kind);
    found.unwrap_or_else(|| panic!("no {kind} among {all:?}")).clone()
}

#[test]
fn a_job_is_told_from_its_beginning_to_its_end() {
    let mut world = World::new();
    world.submit("j", 1);
    assert_eq!(kinds(&world), ["job.created"]);
    let created = entry(&world, "job.created");
    assert_eq!((created.job, created.client), (Some(job("j")), None));
    assert_eq!(created.data["file_name"], "a.mkv");

    world.indexed("j", 250);
    assert_eq!(kinds(&world), ["job.indexed", "job.state"]);
    assert_eq!(entry(&world, "job.indexed").data["frames"], 250);
    let moved = entry(&world, "job.state").data;
    assert_eq!((&moved["from"], &moved["state"]), (&json!("Queued"), &json!("WaitingForClients")));
    assert!(moved["why"].as_str().is_some_and(|why| why.contains("0 of 1 client")), "{moved}");

    world.up("a");
    let all = kinds(&world);
    assert_eq!(all.first(), Some(&"client.connected"), "{all:?}");
    let leased = entry(&world, "segment.leased");
    assert_eq!((leased.job, leased.client), (Some(job("j")), Some(client("a"))));
    assert_eq!(leased.data["benchmark"], true);
    let (lease, FrameRange { start, end }) = world.offer_to("a");
    assert_eq!(leased.data["segment"], json!({ "track": 0, "start": start, "end": end }));

    world.finish("a", lease, end - start);
    let kept = entry(&world, "segment.kept").data;
    assert_eq!((&kept["lease"], &kept["bytes"]), (&json!(lease), &json!(9)));

    world.step(Event::CancelAsked { ticket: Ticket(8), job: job("j"), at: AT });
    let all = kinds(&world);
    assert_eq!(all.last(), Some(&"job.cancelled"), "{all:?}");
    assert!(
        told(&world).iter().all(|entry| entry.kind == "job.cancelled" || entry.kind == "segment.returned")
    );
}

#[test]
fn a_completed_job_tells_its_result_and_a_failed_one_its_reason() {
    let mut world = World::new();
    world.up("a");
    world.submit("j", 1);
    world.indexed("j", 50);
    let (lease, _) = world.offer_to("a");
    world.finish("a", lease, 50);
    world.step(Event::Joined { job: job("j"), report: report(), at: AT });
    assert_eq!(kinds(&world), ["job.completed"]);
    assert_eq!(entry(&world, "job.completed").data["result_bytes"], 0);

    world.submit("k", 1);
    let fault = crate::fault::Fault::new(FaultCode::SourceUnreadable, "it is no film");
    world.step(Event::IndexFailed { job: job("k"), fault, at: AT });
    assert_eq!(kinds(&world), ["job.failed"]);
    assert_eq!(entry(&world, "job.failed").data["error"], "it is no film");
}

#[test]
fn a_failure_is_lost_and_a_leave_is_returned() {
    let mut world = World::new();
    let (_, b) = (world.up("a"), world.up("b"));
    world.submit("j", 2);
    world.indexed("j", 10_000);
    let (of_a, range) = world.offer_to("a");
    let (of_b, _) = world.offer_to("b");
    world.fail("a", of_a, FaultCode::EncoderFailed);
    let lost = entry(&world, "segment.lost");
    assert_eq!(lost.client, Some(client("a")));
    let segment = json!({ "track": 0, "start": range.start, "end": range.end });
    let wanted = json!({
        "lease": of_a, "segment": segment, "attempt": 1, "code": "encoder_failed", "message": "it broke",
        "tail": ["last words"],
    });
    assert_eq!(lost.data, wanted);

    world.step(Event::Leaving { client: client("b"), session: b });
    let all = kinds(&world);
    assert_eq!(all[0], "client.gone", "{all:?}");
    let returned: Vec<_> =
        told(&world).into_iter().filter(|entry| entry.kind == "segment.returned").collect();
    assert!(returned.iter().any(|entry| entry.data["lease"] == json!(of_b)), "{returned:?}");
    assert!(
        returned.iter().all(|entry| entry.client == Some(client("b")) && entry.data.get("code").is_none())
    );
}

#[test]
fn a_fault_that_is_nobodys_attempt_is_lost_all_the_same() {
    let mut world = World::new();
    world.up("a");
    world.submit("j", 1);
    world.indexed("j", 500);
    let (lease, _) = world.offer_to("a");
    world.fail("a", lease, FaultCode::DiskFull);
    let lost = entry(&world, "segment.lost").data;
    assert_eq!((&lost["attempt"], &lost["code"]), (&json!(0), &json!("disk_full")));
    assert!(!kinds(&world).contains(&"segment.returned"));
}

#[test]
fn a_second_lease_of_the_same_frames_names_the_first() {
    let mut world = World::new();
    world.up("a");
    world.submit("j", 1);
    world.indexed("j", 250);
    let (first, _) = world.offer_to("a");
    world.up("b");
    world.step(Event::Progress { client: client("a"), lease: first, frames: 1, fps: 0.01 });
    let mut twins = Vec::new();
    for _ in 0..60 {
        world.step(Event::Heard { client: client("a"), session: crate::ids::SessionNo(1), free_disk: None });
        world.step(Event::Heard { client: client("b"), session: crate::ids::SessionNo(2), free_disk: None });
        world.pass(Millis::secs(5));
        twins.extend(told(&world).into_iter().filter(|entry| entry.data.get("twin_of").is_some()));
    }
    assert_eq!(twins[0].data["twin_of"], json!(first));
    assert_eq!((twins[0].kind, &twins[0].client), ("segment.leased", &Some(client("b"))));
}

#[test]
fn what_concerns_nobody_is_not_told() {
    let mut world = World::new();
    world.up("a");
    world.submit("j", 1);
    world.indexed("j", 500);
    let (lease, _) = world.offer_to("a");
    world.step(Event::Progress { client: client("a"), lease, frames: 100, fps: 30.0 });
    assert!(kinds(&world).iter().all(|kind| kind.starts_with("segment.")), "{:?}", kinds(&world));
    world.step(Event::Progress { client: client("a"), lease, frames: 101, fps: 30.0 });
    assert!(told(&world).is_empty());
}
