//! Limits how often one address tries to sign in.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

const TRIES_MAX: u32 = 10;
const WITHIN: Duration = Duration::from_secs(60);
/// Addresses that are remembered at a time.
const ADDRESSES_MAX: usize = 4096;

#[derive(Debug, Default)]
pub(crate) struct Tries(BTreeMap<IpAddr, Tried>);

#[derive(Debug)]
struct Tried {
    since: Instant,
    count: u32,
}

impl Tries {
    /// False if this address has tried too often within the last minute.
    pub(crate) fn take(&mut self, from: IpAddr, now: Instant) -> bool {
        if self.0.len() >= ADDRESSES_MAX {
            self.0.retain(|_, tried| now.duration_since(tried.since) < WITHIN);
        }
        // A crowd of addresses must not lock others out: what guards the door is the length of the secrets.
        if self.0.len() >= ADDRESSES_MAX {
            self.0.clear();
        }
        let tried = self.0.entry(neighbourhood(from)).or_insert(Tried { since: now, count: 0 });
        if now.duration_since(tried.since) >= WITHIN {
            *tried = Tried { since: now, count: 0 };
        }
        tried.count = tried.count.saturating_add(1);
        tried.count <= TRIES_MAX
    }
}

/// One machine has all addresses of its IPv6 network.
fn neighbourhood(from: IpAddr) -> IpAddr {
    let IpAddr::V6(address) = from else { return from };
    Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_tries_a_minute_and_then_ten_more() {
        let (mut tries, start) = (Tries::default(), Instant::now());
        let [one, other]: [IpAddr; 2] = ["192.0.2.7", "192.0.2.8"].map(|text| text.parse().unwrap());
        assert_eq!((0..30).filter(|_| tries.take(one, start)).count(), 10);
        assert!(tries.take(other, start), "another address has tries of its own");
        assert!(!tries.take(one, start + WITHIN / 2));
        assert_eq!((0..30).filter(|_| tries.take(one, start + WITHIN)).count(), 10);
    }

    #[test]
    fn a_machine_has_no_more_tries_for_having_more_addresses() {
        let (mut tries, start) = (Tries::default(), Instant::now());
        let ours = |n: u16| IpAddr::from(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, n));
        assert_eq!((0..30).filter(|n| tries.take(ours(*n), start)).count(), 10);
        for n in 0..20_000_u32 {
            tries.take(IpAddr::from(n.to_be_bytes()), start);
        }
        assert!(tries.0.len() <= ADDRESSES_MAX, "{}", tries.0.len());
    }
}
