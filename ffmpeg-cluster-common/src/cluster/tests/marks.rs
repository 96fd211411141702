//! The owners mark what changes, so that no handler has to remember to.

use super::world::{AT, World, client, film, hello, job, pictures, spec};
use crate::cluster::change::{FailureHistory, Strike};
use crate::cluster::disk::Disk;
use crate::cluster::event::Event;
use crate::cluster::jobs::lease::{Lease, Next, Returned};
use crate::cluster::jobs::making::Mode;
use crate::cluster::jobs::transitions::Report;
use crate::cluster::jobs::{JobNews, Jobs};
use crate::cluster::place::Place;
use crate::cluster::roster::Roster;
use crate::cluster::worker::Worker;
use crate::fault::{Fault, FaultCode};
use crate::frames::FrameRange;
use crate::ids::{LeaseId, SessionNo};
use crate::media::plan::track::Load;
use crate::time::Millis;

const NOW: Millis = Millis(1_000);

/// A job of a hundred frames and a lease of "a" for half of them, of which all is settled.
fn jobs() -> (Jobs, LeaseId) {
    let mut jobs = Jobs::new(1);
    jobs.add(job("j"), spec(), Place::default());
    jobs.begin(&job("j"), film(100, false));
    let segment = pictures(FrameRange::new(0, 50));
    let worker = Worker { client: client("a"), seat: None };
    let lease = jobs.promise(&job("j"), Lease::new(Next { segment, past: None }, worker, NOW));
    settle(&mut jobs);
    (jobs, lease)
}

fn settle(jobs: &mut Jobs) {
    while jobs.next_touched().is_some() {}
    jobs.marks().take_news();
}

fn moved(jobs: &mut Jobs) -> bool {
    let JobNews { moved, .. } = jobs.marks().take_news();
    moved.contains(&client("a"))
}

#[test]
fn a_lease_that_moves_on_marks_its_client_and_an_encoded_one_its_job() {
    let (mut jobs, lease) = jobs();
    jobs.lease_mut(lease).unwrap().move_on(NOW + Millis(1));
    assert!(!jobs.marks().has_news(), "bytes that came free no slot");
    let report = |frames, fps| Report { frames, fps };
    jobs.lease_mut(lease).unwrap().report(NOW, report(0, 0.0)).unwrap();
    assert!(moved(&mut jobs), "it has begun: the next segment may be handed out ahead");
    jobs.lease_mut(lease).unwrap().report(NOW, report(10, 5.0)).unwrap();
    assert!(moved(&mut jobs) && jobs.next_touched().is_none());
    assert!(jobs.lease_mut(lease).unwrap().end_encode(10, NOW, NOW));
    assert!(moved(&mut jobs));
    assert_eq!(jobs.next_touched(), Some(job("j")), "its speed may be the first");
    assert!(jobs.lease_mut(lease).unwrap().begin_check());
    assert!(!jobs.marks().has_news(), "sent or checked, it takes no encoder");
}

#[test]
fn a_lease_with_a_new_deadline_is_not_late() {
    let (mut jobs, lease) = jobs();
    assert!(jobs.mark_late(lease) && jobs.deadlines().of(Load::Full).next().is_some());
    assert!(jobs.lease_mut(lease).unwrap().end_encode(10, NOW, NOW + Millis::secs(60)));
    assert!(jobs.deadlines().of(Load::Full).next().is_none() && !jobs.deadlines().has_new());
}

/// Units of the job that failed on "a", and wait.
fn failed(jobs: &mut Jobs) {
    jobs.get_mut(&job("j")).unwrap().set_mode(Mode::Working);
    let past = FailureHistory::of(&Fault::new(FaultCode::EncoderFailed, "it broke"));
    let taken = jobs.take(LeaseId { boot: 1, seq: 1 }).unwrap();
    let segment = taken.lease.segment;
    jobs.give_back(&job("j"), segment, Some(Returned { units: segment.units, past, not_before: NOW }));
}

#[test]
fn the_end_of_a_delay_is_news_only_for_units_that_still_wait() {
    let (mut jobs, _) = jobs();
    let segment = pictures(FrameRange::new(0, 50));
    jobs.end_delay(&job("j"), segment);
    assert!(!jobs.marks().has_news());
    failed(&mut jobs);
    assert!(jobs.marks().has_news(), "what failed is offered at once");
    settle(&mut jobs);
    jobs.end_delay(&job("j"), segment);
    assert!(jobs.marks().has_news());
}

#[test]
fn other_clients_are_news_only_for_what_does_not_suit_every_client() {
    let (mut jobs, _) = jobs();
    jobs.get_mut(&job("j")).unwrap().set_mode(Mode::Working);
    settle(&mut jobs);
    jobs.mark_clients_changed();
    assert!(!jobs.marks().has_news(), "fresh frames are given to whoever can make them");
    failed(&mut jobs);
    settle(&mut jobs);
    jobs.mark_clients_changed();
    assert!(jobs.marks().has_news());
}

#[test]
fn a_job_that_the_disk_holds_back_is_tried_once_there_is_more_space() {
    let ((jobs, _), mut disk) = (jobs(), Disk::default());
    disk.set_free(100 << 20);
    assert!(disk.take_held_back(&jobs).is_empty(), "nothing was held back");
    disk.hold_back(&jobs, jobs[&job("j")].place());
    disk.set_free(90 << 20);
    assert!(disk.take_held_back(&jobs).is_empty(), "there is less");
    disk.set_free(101 << 20);
    assert_eq!(disk.take_held_back(&jobs).len(), 1);
    assert!(disk.take_held_back(&jobs).is_empty(), "once");
}

fn connected() -> Roster {
    let mut roster = Roster::default();
    roster.greet(&client("a"), SessionNo(1), hello("a", &[]), NOW, AT);
    roster.prove(&client("a"));
    unmark(&mut roster);
    roster
}

fn unmark(roster: &mut Roster) -> bool {
    !roster.news().take_free().is_empty() | roster.news().take_changes().clients
}

#[test]
fn whatever_changes_who_is_given_work_says_so_itself() {
    let (mut roster, a) = (connected(), client("a"));
    let strike = Strike { at: AT, why: "a lie".into(), job: Some(job("j")) };
    for strikes in 1..=3 {
        assert_eq!(roster.strike(&a, strike.clone(), NOW), strikes);
        assert!(unmark(&mut roster));
    }
    assert!(!roster.crews.is_able_for(&a, film(9, false).first()), "three lies take its work away");
    assert_eq!(roster.take_strikes_back(&job("j")), std::slice::from_ref(&a));
    assert!(unmark(&mut roster) && roster.crews.is_able_for(&a, film(9, false).first()));
    roster.strike(&a, strike, NOW);
    unmark(&mut roster);
    assert!(!roster.forgive(&a) && unmark(&mut roster));
    roster.pause(&a, NOW);
    assert!(unmark(&mut roster));
    roster.come_back(&a, NOW + Millis::secs(60));
    assert!(unmark(&mut roster));
    assert!(roster.clear_failures(&a) && unmark(&mut roster), "it was on probation");
    assert!(!roster.clear_failures(&a) && !unmark(&mut roster), "and is not any more");
    roster.check();
}

/// Work is handed out once in a step; what that leaves is for the next step, at once.
#[test]
fn a_step_that_leaves_work_is_followed_by_another_at_once() {
    let mut world = World::new();
    for number in 0..70 {
        world.up(&format!("a{number}"));
    }
    world.submit("j", 1);
    world.indexed("j", 1_000_000);
    assert_eq!((world.offers().len(), world.cluster.deadline()), (64, Some(world.now)));
    world.step(Event::Tick);
    assert_eq!(world.offers().len(), 6);
    assert!(world.cluster.deadline() > Some(world.now), "now all have something");
}
