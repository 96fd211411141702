//! The ETag of a job. It has two parts: what people may change of the job, and all of it. `If-Match` is about the first part alone:
//! otherwise a running job would refuse every change, because its progress moves between reading it and changing it.

use ffmpeg_cluster_common::io::digest;
use ffmpeg_cluster_common::protocol::command::Priority;
use serde::{Deserialize, Serialize};
use warp::http::{HeaderMap, header};

use crate::store::catalog::Named;

const DIGITS: usize = 16;

/// What people may change of a job.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Settings {
    #[serde(flatten)]
    named: Named,
    #[serde(default)]
    priority: Priority,
}

/// `text` is the whole job as JSON.
pub(super) fn of(text: &str) -> String {
    let settings: Settings = serde_json::from_str(text).unwrap_or_default();
    let settings = serde_json::to_vec(&settings).unwrap_or_default();
    let [settings, whole] = [settings.as_slice(), text.as_bytes()].map(digest::of_bytes);
    format!("\"{}-{}\"", &settings[..DIGITS], &whole[..DIGITS * 2])
}

/// Whether a caller who knows what `If-Match` says may change the job that has this tag now.
pub(super) fn allows(headers: &HeaderMap, now: &str) -> bool {
    let mut said = headers.get_all(header::IF_MATCH).iter().peekable();
    // Strong comparison: a weak tag, or half a tag, promises nothing.
    let fits = |one: &str| one == "*" || (one.len() == now.len() && settings(one) == settings(now));
    said.peek().is_none()
        || said.filter_map(|all| all.to_str().ok()).flat_map(|all| all.split(',')).any(|one| fits(one.trim()))
}

fn settings(tag: &str) -> Option<&str> {
    tag.strip_prefix('"')?.split('-').next()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    fn tag(name: &str, priority: &str, progress: u8) -> String {
        of(&json!({ "name": name, "labels": {}, "priority": priority, "progress": progress }).to_string())
    }

    #[test]
    fn progress_refuses_no_change_and_another_name_or_priority_does() {
        let (read, moved) = (tag("a", "low", 1), tag("a", "low", 2));
        let (renamed, raised) = (tag("b", "low", 1), tag("a", "high", 1));
        assert_eq!(
            BTreeSet::from([&read, &moved, &renamed, &raised]).len(),
            4,
            "each answer has its own tag"
        );
        let allowed = |said: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_MATCH, said.parse().unwrap());
            allows(&headers, &moved)
        };
        let half = read.split('-').next().unwrap();
        let both = format!("\"x\", {read}");
        assert_eq!([read.as_str(), &moved, "*", &both].map(allowed), [true; 4]);
        let weak = format!("W/{read}");
        assert_eq!([renamed.as_str(), &raised, &weak, half, "", "\"x\""].map(allowed), [false; 6]);
        assert!(allows(&HeaderMap::new(), &moved), "without a condition");
    }
}
