//! Serde reads a list as an object whose keys stand in their order. Nobody means that.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// For a field that is an object, or none.
pub(crate) fn object<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<T, D::Error> {
    match Value::deserialize(from)? {
        Value::Array(_) => Err(D::Error::custom("invalid type: sequence, expected an object")),
        value => serde_json::from_value(value).map_err(D::Error::custom),
    }
}
