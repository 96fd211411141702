//! A share of what a test could take, for checks that are short and yet see everything in time.

/// Of all, every Nth, where the variable tells N. `SHARE_FROM` tells which ones; `scripts/test.sh` tells another number after each commit.
pub fn share<T>(variable: &str, all: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
    let every = number(variable, 1).max(1);
    let fits = |number: u64| usize::try_from(number).expect("it fits");
    all.into_iter().skip(fits(number("SHARE_FROM", 0) % every)).step_by(fits(every))
}

/// The number in this variable of the environment.
pub fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name)
        .map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}
