//! Names of things, each a type of its own so that one can't be passed for another.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a text is not an identity of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an identity: 1 to 64 letters, digits or dashes are wanted")]
pub struct BadId(pub String);

fn checked(text: &str) -> Result<Arc<str>, BadId> {
    let fits = !text.is_empty() && text.len() <= 64;
    if fits && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        Ok(text.into())
    } else {
        Err(BadId(text.chars().take(80).collect()))
    }
}

/// An identity safe to stand in a path, a URL and a log line. A clone shares the text: books hold one identity in many places.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                checked(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(&self.0)
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
    /// One request, one product.
    JobId
);
text_id!(
    /// A machine that encodes; kept by the client between runs.
    ClientId
);
text_id!(
    /// A file on its way in, or arrived and waiting to become a job.
    UploadId
);

/// A promise of work, never reused: the boot number is bumped durably at each start of the server.
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

/// One WebSocket's life. A client that comes back has a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionNo(pub u64);

/// Somebody waits for the answer to a command; the body knows who.
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

    #[test]
    fn a_lease_reads_back_as_written() {
        let lease = LeaseId { boot: 3, seq: 900 };
        assert_eq!(lease.to_string().parse(), Ok(lease));
        assert!("3".parse::<LeaseId>().is_err());
        assert!("3-x".parse::<LeaseId>().is_err());
    }
}
