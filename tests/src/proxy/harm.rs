//! Harms planned beforehand: at which byte of which direction what happens.

use std::ops::Range;
use std::time::Duration;

use crate::chance::Chance;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To the server.
    Up,
    /// To the client.
    Down,
}

impl Way {
    pub const BOTH: [Self; 2] = [Self::Up, Self::Down];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The connection breaks before this byte passes.
    Cut,
    /// As `Cut`, and nobody gets through any more.
    Close,
    /// This byte passes changed.
    Flip,
    /// This byte and all behind it wait so long.
    Stall(Duration),
}

/// Places are counted from the first byte that passes in that direction, over all connections or in one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Harm {
    way: Way,
    at: u64,
    what: What,
    connection: Option<u64>,
}

impl Harm {
    pub const fn new(way: Way, at: u64, what: What) -> Self {
        Self { way, at, what, connection: None }
    }
    pub const fn cut(way: Way, at: u64) -> Self {
        Self::new(way, at, What::Cut)
    }
    pub const fn close(way: Way, at: u64) -> Self {
        Self::new(way, at, What::Close)
    }
    pub const fn flip(way: Way, at: u64) -> Self {
        Self::new(way, at, What::Flip)
    }
    /// Counted within the nth connection (from 0) alone.
    pub const fn of_connection(mut self, nth: u64) -> Self {
        self.connection = Some(nth);
        self
    }
    /// As many harms as wanted, at places that the seed chooses.
    pub fn seeded(seed: u64, count: usize, what: What, way: Way, places: Range<u64>) -> Vec<Self> {
        let mut chance = Chance::new(seed);
        let mut all: Vec<Self> =
            (0..count).map(|_| Self::new(way, chance.within(places.clone()), what)).collect();
        all.sort_by_key(|harm| harm.at);
        all
    }
}

/// What becomes of bytes that want to pass.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fate {
    /// So many of them pass, and the rest must ask again.
    pub(super) pass: usize,
    pub(super) harm: Option<What>,
}

/// What passed so far, and what is to come.
#[derive(Debug)]
pub(super) struct Plan {
    passed: [u64; 2],
    to_come: Vec<Harm>,
}

impl Plan {
    pub(super) fn new(harms: &[Harm]) -> Self {
        Self { passed: [0, 0], to_come: harms.to_vec() }
    }

    pub(super) fn to_come(&self) -> &[Harm] {
        &self.to_come
    }

    /// `before`: bytes that passed on this connection in this direction.
    pub(super) fn fate(&mut self, way: Way, (connection, before): (u64, u64), bytes: &mut [u8]) -> Fate {
        let over_all = self.passed[way as usize];
        let place = |harm: &Harm| {
            let from = if harm.connection.is_some() { before } else { over_all };
            let here = harm.way == way && harm.connection.is_none_or(|nth| nth == connection);
            let inside = here && (from..from + bytes.len() as u64).contains(&harm.at);
            inside.then(|| usize::try_from(harm.at - from).expect("inside the buffer"))
        };
        let places = self.to_come.iter().enumerate().filter_map(|(n, harm)| Some((place(harm)?, n)));
        let Some((at, number)) = places.min() else {
            self.passed[way as usize] += bytes.len() as u64;
            return Fate { pass: bytes.len(), harm: None };
        };
        let what = self.to_come.remove(number).what;
        // A changed byte passes with those before it; every other harm is done in front of it.
        let pass = if what == What::Flip { at + 1 } else { at };
        if what == What::Flip {
            bytes[at] ^= 0xff;
        }
        self.passed[way as usize] += pass as u64;
        Fate { pass, harm: Some(what) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harms_come_in_order_of_place_within_one_buffer() {
        let mut plan = Plan::new(&[Harm::cut(Way::Up, 7), Harm::flip(Way::Up, 3), Harm::flip(Way::Down, 0)]);
        let mut bytes = *b"0123456789";
        assert_eq!(plan.fate(Way::Up, (0, 0), &mut bytes), Fate { pass: 4, harm: Some(What::Flip) });
        assert_eq!(bytes[3], b'3' ^ 0xff);
        assert_eq!(plan.fate(Way::Up, (0, 4), &mut bytes[4..]), Fate { pass: 3, harm: Some(What::Cut) });
        // What was cut off never passed: the next connection goes on from there.
        assert_eq!(plan.fate(Way::Up, (1, 0), &mut bytes), Fate { pass: 10, harm: None });
        assert_eq!(plan.to_come(), [Harm::flip(Way::Down, 0)]);
    }

    #[test]
    fn a_connection_has_places_of_its_own() {
        let mut plan = Plan::new(&[Harm::cut(Way::Down, 2).of_connection(1)]);
        assert_eq!(plan.fate(Way::Down, (0, 0), &mut [0; 9]).harm, None);
        assert_eq!(plan.fate(Way::Down, (1, 0), &mut [0; 9]), Fate { pass: 2, harm: Some(What::Cut) });
    }

    #[test]
    fn a_seed_chooses_the_same_places_again() {
        let seeded = |seed| Harm::seeded(seed, 20, What::Cut, Way::Up, 100..1_000_000);
        assert_eq!(seeded(3), seeded(3));
        assert_ne!(seeded(3), seeded(4));
    }
}
