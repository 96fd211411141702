//! The explanation in parts, for scripts and for the page.

use super::world::*;
use crate::cluster::event::Event;
use crate::cluster::place::Arrange;
use crate::fault::FaultCode;
use crate::ids::Ticket;
use crate::protocol::reason::{Reason, ReasonCode, Remedy};

fn first(world: &World) -> (ReasonCode, Option<Remedy>) {
    let reason = &world.view("j").reasons[0];
    (reason.code, reason.remedy)
}

fn one(world: &World, code: ReasonCode) -> Reason {
    let all = world.view("j").reasons;
    all.iter().find(|reason| reason.code == code).unwrap_or_else(|| panic!("no {code:?} in {all:?}")).clone()
}

#[test]
fn each_reason_has_a_code_and_what_can_be_done() {
    let mut world = World::new();
    world.submit("j", 2);
    assert_eq!(first(&world), (ReasonCode::Indexing, None));
    world.indexed("j", 500);
    assert_eq!(first(&world), (ReasonCode::WaitingForClients, Some(Remedy::JoinClient)), "nobody is there");
    world.up("a");
    assert_eq!(first(&world), (ReasonCode::WaitingForClients, Some(Remedy::Start)), "one is");
    world.up("b");
    assert_eq!(first(&world), (ReasonCode::Encoding, None));
}

#[test]
fn what_a_lease_does_and_what_waits_for_another_client_names_them() {
    let mut world = World::new();
    world.up("a");
    world.submit("j", 1);
    world.indexed("j", 500);
    let (lease, _) = world.offer_to("a");
    let makes = one(&world, ReasonCode::Lease);
    assert_eq!((makes.client_id, makes.lease), (Some(client("a")), Some(lease)));
    world.fail("a", lease, FaultCode::EncoderFailed);
    let waits = one(&world, ReasonCode::RetryWait);
    assert!(waits.text.contains("failed 1 times (on box a)"), "{}", waits.text);
    assert!(waits.until.is_some_and(|at| at.ends_with('Z')));
}

#[test]
fn a_paused_job_says_so_first() {
    let mut world = World::new();
    world.submit("j", 1);
    let how = Arrange::Pause { now: false };
    world.step(Event::ArrangeAsked { ticket: Ticket(9), job: job("j"), how });
    assert_eq!(first(&world), (ReasonCode::PausedByUser, Some(Remedy::Resume)));
}
