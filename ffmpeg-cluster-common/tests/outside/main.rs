//! Each reader of bytes from outside is fed good words gone bad, from fixed seeds; `fuzz/` feeds the same readers for longer.

mod decoders;
mod mutate;

use decoders::{ALL, Decoder};
use mutate::Mutator;

/// Of each reader.
const CASES: u64 = 15_000;

fn feed(&(name, read, seeds): &Decoder) {
    let good: Vec<Vec<u8>> = seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect();
    good.iter().for_each(|seed| read(seed));
    let mut mutator = Mutator::new(name);
    for case in 0..CASES {
        let bad = mutator.from(&good);
        let lives = std::panic::catch_unwind(|| read(&bad)).is_ok();
        assert!(lives, "{name}, case {case}: {:?}", String::from_utf8_lossy(&bad));
    }
}

#[test]
fn no_words_from_outside_break_a_reader() {
    std::thread::scope(|scope| {
        let all: Vec<_> =
            ALL.chunks(ALL.len() / 2).map(|some| scope.spawn(|| some.iter().for_each(feed))).collect();
        all.into_iter().for_each(|some| some.join().expect("no reader breaks"));
    });
}
