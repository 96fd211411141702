//! A share of what a test could take, for checks that are short and yet see everything in time.

/// Of all, every Nth, where the variable tells N. `SHARE_FROM` tells which ones; `scripts/test.sh` tells another number after each commit.
pub fn share<T>(variable: &str, all: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
    let number = |name: &str, otherwise: usize| {
        let told = std::env::var(name);
        told.map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
    };
    let every = number(variable, 1).max(1);
    all.into_iter().skip(number("SHARE_FROM", 0) % every).step_by(every)
}
