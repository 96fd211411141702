//! Where a page of a list ended. It holds the place itself, so that the server keeps nothing between two pages.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ffmpeg_cluster_common::protocol::command::ErrorCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use warp::http::StatusCode;

use super::problem::{Mistake, Problem};

const VERSION: u32 = 1;

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cursor<K> {
    v: u32,
    order: String,
    place: K,
}

/// The place as text, for the caller to bring along.
pub(crate) fn write(order: &str, place: &impl Serialize) -> String {
    let cursor = Cursor { v: VERSION, order: order.to_owned(), place };
    URL_SAFE_NO_PAD.encode(serde_json::to_string(&cursor).unwrap_or_default())
}

pub(crate) fn read<K: DeserializeOwned>(text: &str, order: &str) -> Result<K, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok();
    let cursor: Option<Cursor<K>> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let cursor = cursor.filter(|cursor| cursor.v == VERSION);
    let cursor = cursor.ok_or_else(|| bad("is none of this list; take the one from `next`".to_owned()))?;
    if cursor.order != order {
        let theirs: String = cursor.order.chars().take(40).collect();
        return Err(bad(format!("belongs to the order {theirs:?}, and the list is in the order {order:?}")));
    }
    Ok(cursor.place)
}

fn bad(why: String) -> Problem {
    let detail = format!("cursor: {why}");
    let errors =
        vec![Mistake { parameter: Some("cursor".to_owned()), pointer: None, detail: detail.clone() }];
    Problem { errors, ..Problem::new(StatusCode::BAD_REQUEST, ErrorCode::InvalidRequest, detail) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written_and_only_in_its_order() {
        let text = write("-created", &(7_u64, "job"));
        assert_eq!(read::<(u64, String)>(&text, "-created"), Ok((7, "job".to_owned())));
        let told = read::<(u64, String)>(&text, "name").unwrap_err().message;
        assert!(told.contains("\"-created\"") && told.contains("\"name\""), "{told}");
    }

    #[test]
    fn a_made_up_cursor_is_refused() {
        let newer = URL_SAFE_NO_PAD.encode(r#"{"v":2,"order":"name","place":7}"#);
        let more = URL_SAFE_NO_PAD.encode(r#"{"v":1,"order":"name","place":7,"x":1}"#);
        let other = write("name", &"text");
        for text in ["", "x", "%%%", "e30", "bnVsbA==", &newer, &more, &other] {
            assert!(
                read::<u64>(text, "name").unwrap_err().message.contains("is none of this list"),
                "{text}"
            );
        }
    }
}
