//! Identities. Each kind has its own type, so the compiler rejects one in place of another.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The text is not an identity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an identity; an identity has 1 to 64 letters, digits or dashes")]
pub struct BadId(pub String);

fn checked(text: &str) -> Result<Arc<str>, BadId> {
    let fits = !text.is_empty() && text.len() <= 64;
    if fits && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        Ok(text.into())
    } else {
        Err(BadId(text.chars().take(80).collect()))
    }
}

/// How many bytes of an identity are compared without reading its text.
const HEAD: usize = 16;

/// The first bytes of a text. They sort as the text does, because no identity holds a zero byte.
fn head(text: &str) -> [u64; 2] {
    let mut bytes = [0; HEAD];
    let most = text.len().min(HEAD);
    bytes[..most].copy_from_slice(&text.as_bytes()[..most]);
    let (first, second) = (u128::from_be_bytes(bytes) >> 64, u128::from_be_bytes(bytes));
    [first as u64, second as u64]
}

/// An identity that is safe in a path, a URL and a log line.
/// Clones share the text, because many collections hold the same identity.
/// The first bytes stand beside the pointer. Without them, a search among ten thousand identities
/// would wait for the memory of each text that it compares.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name {
            head: [u64; 2],
            text: Arc<str>,
        }

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.text
            }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                checked(text).map(|text| Self { head: head(&text), text })
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                let rest = || if self.text.len().max(other.text.len()) <= HEAD {
                    Ordering::Equal
                } else {
                    self.text.cmp(&other.text)
                };
                self.head.cmp(&other.head).then_with(rest)
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.cmp(other) == Ordering::Equal
            }
        }

        impl Eq for $name {}

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.text.hash(state);
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.text).finish()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.text)
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({"type": "string", "pattern": "^[A-Za-z0-9-]{1,64}$"})
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(&self.text)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

text_id!(
    /// A job: one request and its result.
    JobId
);
text_id!(
    /// A client: a machine that encodes. It keeps its identity between runs.
    ClientId
);
text_id!(
    /// An upload that is arriving, or complete and not yet part of a job.
    UploadId
);

/// The number of a lease, which is never reused:
/// each start of the server durably increments `boot`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseId {
    pub boot: u32,
    pub seq: u64,
}

impl fmt::Display for LeaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.boot, self.seq)
    }
}

impl FromStr for LeaseId {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = || BadId(text.chars().take(80).collect());
        let (boot, seq) = text.split_once('-').ok_or_else(bad)?;
        Ok(Self { boot: boot.parse().map_err(|_| bad())?, seq: seq.parse().map_err(|_| bad())? })
    }
}

impl Serialize for LeaseId {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LeaseId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

/// One connection of a client. A client that reconnects gets a new session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionNo(pub u64);

/// Identifies a caller that waits for the answer to a command.
/// Only the server program knows the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_can_not_leave_its_folder() {
        for bad in ["", "..", "a/b", "a b", "é", "a\0", &"x".repeat(65)] {
            assert!(bad.parse::<JobId>().is_err(), "{bad:?}");
        }
        assert_eq!("7f-A".parse::<JobId>().map(|id| id.to_string()), Ok("7f-A".into()));
    }

    /// The first bytes are compared separately, which must not change the order.
    #[test]
    fn identities_sort_as_their_texts_do() {
        let long = "sixteen-letters0";
        let (longer, longest) = (format!("{long}-"), format!("{long}z"));
        let texts = ["-", "0", "0-", "00", "A", "a", "a-long-name", "aZ", "ab", long, &longer, &longest, "z"];
        for one in texts {
            for other in texts {
                let [a, b]: [ClientId; 2] = [one, other].map(|text| text.parse().unwrap());
                assert_eq!((a.cmp(&b), a == b), (one.cmp(other), one == other), "{one} {other}");
            }
        }
    }

    #[test]
    fn a_lease_reads_back_as_written() {
        let lease = LeaseId { boot: 3, seq: 900 };
        assert_eq!(lease.to_string().parse(), Ok(lease));
        assert!("3".parse::<LeaseId>().is_err());
        assert!("3-x".parse::<LeaseId>().is_err());
    }
}
