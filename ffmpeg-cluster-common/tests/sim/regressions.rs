//! Bugs that a seed found, each with a name; and the plainest history of all.

use crate::chance::Chance;
use crate::history::must_end_well;
use crate::mix::Mix;
use crate::world::World;

#[test]
fn nothing_goes_wrong_where_nothing_is_wrong() {
    for seed in 0..20 {
        must_end_well("calm", || World::with(Chance::new(seed), Mix::calm()));
    }
}
