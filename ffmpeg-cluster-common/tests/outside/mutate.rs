//! Good bytes gone bad, the same in every run.

/// Bits, and what breaks readers: signs, ends, numbers that are too large.
const TOKENS: [&str; 24] = [
    "\0",
    "\n",
    "'",
    "\"",
    "\\",
    ":",
    "=",
    ",",
    ";",
    "[",
    "/",
    "-",
    "|",
    "%",
    "null",
    "-1",
    "1e400",
    "NaN",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "\u{fffd}",
    "file:/x",
    "{}",
];

pub struct Mutator(u64);

impl Mutator {
    pub fn new(name: &str) -> Self {
        Self(
            name.bytes()
                .fold(0x9e37_79b9_7f4a_7c15, |seed, b| (seed ^ u64::from(b)).wrapping_mul(0x100_0000_01b3)),
        )
    }

    /// xorshift64*.
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % end.max(1)
    }

    pub fn from(&mut self, good: &[Vec<u8>]) -> Vec<u8> {
        let mut out = good[self.below(good.len())].clone();
        for _ in 0..=self.below(5) {
            self.spoil(&mut out, good);
        }
        out
    }

    fn spoil(&mut self, out: &mut Vec<u8>, good: &[Vec<u8>]) {
        let at = self.below(out.len() + 1);
        match self.below(6) {
            0 => out.truncate(at),
            1 if at < out.len() => out[at] ^= 1 << self.below(8),
            2 => drop(out.splice(at..at, TOKENS[self.below(TOKENS.len())].bytes())),
            3 => {
                let end = at + self.below(out.len() - at + 1).min(8);
                out.drain(at..end);
            }
            4 => {
                let other = &good[self.below(good.len())];
                let from = self.below(other.len());
                let until = from + self.below(other.len() - from + 1);
                let part = other[from..until].to_vec();
                drop(out.splice(at..at, part));
            }
            _ => {
                // A number in it becomes another.
                let end = out[at..].iter().position(|b| !b.is_ascii_digit()).map_or(out.len(), |n| at + n);
                drop(out.splice(at..end, TOKENS[13 + self.below(8)].bytes()));
            }
        }
    }
}
