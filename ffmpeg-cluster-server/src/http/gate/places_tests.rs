use super::*;

fn at(address: &str) -> Neighbour {
    Neighbour::at(address.parse().unwrap())
}

fn fill(places: &Places, from: &str) -> Vec<Place> {
    let known = || places.take(at(from)).inspect(Place::known);
    std::iter::from_fn(known).collect()
}

fn silent(places: &Places, from: Neighbour, count: usize) -> Vec<Place> {
    (0..count).map(|_| places.take(from).unwrap()).collect()
}

fn pushed(all: &[Place]) -> usize {
    all.iter().filter(|place| place.pushed().is_cancelled()).count()
}

#[test]
fn one_address_leaves_room_for_others_and_places_come_back() {
    let places = Places::new(2_000);
    let loud = fill(&places, "10.0.0.1");
    assert_eq!(loud.len(), 250);
    assert!(places.take(at("10.0.0.2")).is_some());
    assert_eq!(fill(&places, "127.0.0.1").len(), 750, "the machine itself");
    drop(loud);
    assert_eq!(fill(&places, "10.0.0.1").len(), 250);
    assert!(places.all().by.is_empty(), "something is still counted");
}

#[test]
fn silence_keeps_nobody_out_and_who_is_known_stays() {
    let (places, here) = (Places::new(2_000), at("127.0.0.1"));
    let known = places.take(here).unwrap();
    known.known();
    let silent = silent(&places, here, 749);
    let late = places.take(here).unwrap();
    assert!(silent[0].pushed().is_cancelled() && !silent[1].pushed().is_cancelled(), "the oldest goes");
    assert!(!known.pushed().is_cancelled() && !late.pushed().is_cancelled());
    late.known();
    drop(silent);
    assert_eq!(places.all().by[&here].count(), 2, "each place is given back once");
    drop((known, late));
    assert!(places.all().by.is_empty(), "something is still counted");
}

/// Found by an attack from 127.0.0.2 and 127.0.0.3, which kept the own user out six times of six.
#[test]
fn all_addresses_of_this_machine_are_one_neighbour() {
    for other in ["127.0.0.2", "127.9.9.9", "::1"] {
        assert_eq!(at(other), at("127.0.0.1"), "{other}");
    }
}

/// Found by an attack by connections in a loop, which pushed the own user out before anybody knew him.
#[test]
fn strangers_on_this_machine_push_out_strangers() {
    let places = Places::new(2_000);
    let ours = places.take(Neighbour::Ours).unwrap();
    let crowd = silent(&places, Neighbour::Here, 10_000);
    let late = places.take(Neighbour::Ours).unwrap();
    assert_eq!((pushed(&crowd), pushed(&[ours, late])), (10_000 - 750, 0));
}

#[test]
fn strangers_of_many_addresses_keep_nobody_out() {
    let places = Places::new(2_000);
    let first = places.take(at("10.9.9.9")).unwrap();
    let crowd: Vec<Place> = (0..8).flat_map(|n| silent(&places, at(&format!("10.0.0.{n}")), 250)).collect();
    let late = places.take(at("10.9.9.8")).unwrap();
    assert_eq!(pushed(&[first, late]), 0, "those of the loudest go");
    assert_eq!(crowd.len() - pushed(&crowd), 998);
}

#[test]
fn among_equals_who_has_waited_longest_goes() {
    let places = Places::new(64);
    let all: Vec<Place> = (0..33).map(|n| places.take(at(&format!("10.0.0.{n}"))).unwrap()).collect();
    assert!(all[0].pushed().is_cancelled() && pushed(&all) == 1);
}

#[test]
fn a_network_of_ipv6_is_one_neighbour() {
    let places = Places::new(2_000);
    let _loud = fill(&places, "2001:db8::1");
    assert!(places.take(at("2001:db8::ffff")).is_none());
    assert!(places.take(at("2001:db8:0:1::1")).is_some());
}
