//! A job's timeline for people: who worked on which frames, when, how long, and what became of it.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::text::{aligned, counted};
use serde_json::Value;

use super::fit;

/// `timeline` as the server answers it.
pub(crate) fn text(timeline: &Value, columns: Option<usize>) -> String {
    let list = |key: &str| timeline[key].as_array().cloned().unwrap_or_default();
    let (leases, server) = (list("spans"), list("server"));
    let began = leases.iter().map(|span| moment(span, "leased_ms"));
    let began = began.chain(server.iter().map(|span| moment(span, "began_ms"))).flatten().min();
    let clock = Clock { from: began.unwrap_or_default(), now: moment(timeline, "now").unwrap_or_default() };
    let mut rows: Vec<Row> = leases.iter().map(|span| clock.lease(span)).collect();
    rows.extend(server.iter().map(|span| clock.own_work(span)));
    rows.sort_by_key(|row| row.began);
    let heads = ["BEGAN", "TOOK", "WHAT", "BY", "TRY", "OUTCOME"];
    let table = aligned(&heads, rows.into_iter().map(|row| row.cells).collect());
    let table = table.lines().map(|line| fit::cut(line, columns)).collect::<Vec<_>>();
    [table, shares(&leases)].concat().join("\n")
}

struct Row {
    began: u64,
    cells: Vec<String>,
}

struct Clock {
    from: u64,
    now: u64,
}

impl Clock {
    fn lease(&self, span: &Value) -> Row {
        let word = |key: &str| span[key].as_str().unwrap_or_default();
        let (start, end) = (span["start"].as_u64().unwrap_or(0), span["end"].as_u64().unwrap_or(0));
        let what = match span["track"].as_u64() {
            Some(0) | None => format!("frames {start}–{end}"),
            Some(_) => "sound".to_owned(),
        };
        let by = format!("{} {}", word("client"), word("encoder"));
        let outcome = match (word("outcome"), word("code")) {
            ("", _) => "under way".to_owned(),
            (outcome, "") => outcome.to_owned(),
            (outcome, code) => format!("{outcome}: {code}"),
        };
        let began = moment(span, "leased_ms").unwrap_or(self.from);
        let took = self.took(began, moment(span, "ended_ms"));
        let cells =
            vec![took.0, took.1, what, by.trim_end().to_owned(), span["attempt"].to_string(), outcome];
        Row { began, cells }
    }

    fn own_work(&self, span: &Value) -> Row {
        let began = moment(span, "began_ms").unwrap_or(self.from);
        let took = self.took(began, moment(span, "ended_ms"));
        let what = span["what"].as_str().unwrap_or_default().to_owned();
        Row { began, cells: vec![took.0, took.1, what, "server".into(), "–".into(), "done".into()] }
    }

    /// When it began, and how long it took so far.
    fn took(&self, began: u64, ended: Option<u64>) -> (String, String) {
        let seconds = |ms: u64| format!("{:.1} s", ms as f64 / 1000.0);
        let ended = ended.unwrap_or(self.now);
        (seconds(began.saturating_sub(self.from)), seconds(ended.saturating_sub(began)))
    }
}

fn moment(value: &Value, key: &str) -> Option<u64> {
    value[key].as_u64()
}

/// Who encoded how much of what was kept.
fn shares(leases: &[Value]) -> Vec<String> {
    let mut of: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    let kept = |span: &&Value| span["outcome"] == "kept" && span["track"].as_u64().unwrap_or(0) == 0;
    for span in leases.iter().filter(kept) {
        let share = of.entry(span["client"].as_str().unwrap_or_default()).or_default();
        share.0 += span["end"].as_u64().unwrap_or(0).saturating_sub(span["start"].as_u64().unwrap_or(0));
        share.1 += 1;
    }
    let line = |(client, (frames, pieces)): (&str, (u64, u64))| {
        format!("{client}: {} in {}", counted(frames, "frame"), counted(pieces, "piece"))
    };
    of.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn who_encoded_what_and_what_became_of_it() {
        let timeline = json!({"now": 9000, "server": [{"what": "index", "began_ms": 1000, "ended_ms": 1500}], "spans": [
            {"track": 0, "start": 0, "end": 50, "client": "nas", "encoder": null, "attempt": 1,
             "leased_ms": 2000, "ended_ms": 4000, "outcome": "lost", "code": "CLIENT_GONE"},
            {"track": 0, "start": 0, "end": 50, "client": "attic", "encoder": "nvenc", "attempt": 2,
             "leased_ms": 4000, "ended_ms": 5000, "outcome": "kept", "code": null},
            {"track": 1, "start": 0, "end": 1, "client": "attic", "encoder": null, "attempt": 1,
             "leased_ms": 5000, "ended_ms": null, "outcome": null, "code": null}]});
        let told = text(&timeline, None);
        let lines: Vec<&str> = told.lines().collect();
        assert!(lines[1].starts_with("0.0 s  0.5 s  index") && lines[1].contains("server"), "{told}");
        assert!(lines[2].contains("frames 0–50  nas") && lines[2].ends_with("lost: CLIENT_GONE"), "{told}");
        assert!(lines[3].starts_with("3.0 s  1.0 s") && lines[3].contains("attic nvenc  2"), "{told}");
        assert!(lines[4].contains("4.0 s  sound") && lines[4].ends_with("under way"), "{told}");
        assert_eq!(lines[5], "attic: 50 frames in 1 piece");
    }
}
