//! Who made which frames of a job, when, and how often it took.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::io::clock;
use ffmpeg_cluster_common::media::plan::film::Film;
use ffmpeg_cluster_common::media::plan::track::{Cuts, Segment};
use serde_json::{Value, json};
use warp::http::StatusCode;
use warp::reply::Response;

use super::{lanes, names};
use crate::admission::internal;
use crate::http::answer::{self, Failure};
use crate::http::call::Call;
use crate::store::catalog::{JobRow, SpanRow, Spans};

pub(in crate::http) async fn timeline(call: Call) -> Result<Response, Failure> {
    let (row, spans) = spans(&call).await?;
    Ok(answer::json(StatusCode::OK, &of(&row, &spans, clock::wall().0)))
}

/// The same as trace events, which Chrome and Perfetto show.
pub(in crate::http) async fn trace(call: Call) -> Result<Response, Failure> {
    let (row, spans) = spans(&call).await?;
    Ok(answer::json(StatusCode::OK, &lanes::events(&row, &spans, clock::wall().0)))
}

async fn spans(call: &Call) -> Result<(JobRow, Spans), Failure> {
    let row = names::job(&call.services, call.principal()?, &call.name).await?;
    let spans = call.services.runner.store.reader.spans(&row.job).await;
    Ok((row, spans.map_err(|error| internal(&error))?))
}

fn of(row: &JobRow, spans: &Spans, now: u64) -> Value {
    let film = row.film.as_ref().filter(|film| !film.is_to_list());
    json!({
        "job_id": row.job,
        "frames": film.map(|film| film.first().units),
        "frame_rate": film.map(|film| film.frame_rate.as_f64()),
        "cuts": film.map_or(&[][..], cuts),
        "seams": seams(spans),
        "now": now,
        "spans": lines(&spans.leases),
        "server": spans.server,
    })
}

/// Where segments may end.
fn cuts(film: &Film) -> &[u64] {
    match &film.first().cuts {
        Cuts::Near(cuts) | Cuts::Only(cuts) => cuts,
        Cuts::Never(_) => &[],
    }
}

/// Where kept pieces of the pictures meet.
fn seams(spans: &Spans) -> Vec<u64> {
    let kept = |span: &&SpanRow| span.outcome.as_deref() == Some("kept") && !span.earlier;
    let pictures = spans.leases.iter().filter(kept).filter(|span| span.segment.track == Film::PICTURES);
    let mut starts: Vec<u64> =
        pictures.map(|span| span.segment.units.start).filter(|start| *start > 0).collect();
    starts.sort_unstable();
    starts
}

fn lines<'a>(spans: &'a [SpanRow]) -> Vec<Value> {
    let mut before: BTreeMap<(bool, u8, u64), Vec<&'a SpanRow>> = BTreeMap::new();
    let counted = |span: &'a SpanRow| {
        let SpanRow { segment: Segment { track, units }, earlier, .. } = span;
        let same = before.entry((*earlier, track.0, units.start)).or_default();
        let line = line(span, same);
        same.push(span);
        line
    };
    spans.iter().map(counted).collect()
}

/// `same`: earlier leases that began at the same frame.
fn line(span: &SpanRow, same: &[&SpanRow]) -> Value {
    let is_under_way = |other: &&&SpanRow| other.ended_ms.is_none_or(|ended| ended > span.leased_ms);
    let twin = same.iter().rev().find(is_under_way).map(|other| other.lease);
    let SpanRow { segment: Segment { track, units }, seat, .. } = span;
    json!({
        "lease": span.lease,
        "track": track,
        "start": units.start,
        "end": units.end,
        "client_id": span.client,
        "client": span.name,
        "device": seat.as_ref().map(|seat| &seat.device),
        "encoder": seat.as_ref().map(|seat| &seat.encoder),
        "attempt": same.len() + 1,
        "twin_of": twin,
        "leased_ms": span.leased_ms,
        "began_ms": span.began_ms,
        "encoded_ms": span.encoded_ms,
        "sent_ms": span.sent_ms,
        "ended_ms": span.ended_ms,
        "outcome": span.outcome,
        "code": span.code,
        "bytes": span.bytes,
        "encode_ms": span.encode_ms,
        "earlier": span.earlier,
    })
}

#[cfg(test)]
mod tests {
    use ffmpeg_cluster_common::ids::LeaseId;

    use super::*;
    use crate::samples::pictures;

    fn span(seq: u64, segment: Segment, outcome: &str) -> SpanRow {
        SpanRow {
            lease: LeaseId { boot: 1, seq },
            segment,
            client: "c1".parse().unwrap(),
            name: "box".into(),
            seat: None,
            leased_ms: seq * 10,
            began_ms: None,
            encoded_ms: None,
            sent_ms: None,
            ended_ms: Some(seq * 10 + 5),
            outcome: Some(outcome.to_owned()),
            code: None,
            bytes: None,
            encode_ms: None,
            earlier: false,
        }
    }

    #[test]
    fn attempts_are_counted_and_twins_name_each_other() {
        let late = SpanRow { ended_ms: Some(99), ..span(3, pictures(50, 90), "returned") };
        let all = [
            span(1, pictures(0, 50), "lost"),
            span(2, pictures(0, 50), "kept"),
            late,
            span(4, pictures(50, 90), "kept"),
        ];
        let lines = lines(&all);
        let told = |name: &str| lines.iter().map(|line| line[name].clone()).collect::<Vec<_>>();
        assert_eq!(told("attempt"), [1, 2, 1, 2]);
        assert_eq!(told("twin_of"), [Value::Null, Value::Null, Value::Null, json!("1-3")]);
        let spans = Spans { leases: all.to_vec(), server: Vec::new() };
        assert_eq!(seams(&spans), [50]);
    }

    #[test]
    fn spans_of_an_earlier_list_are_not_mixed_with_todays() {
        let earlier = SpanRow { earlier: true, ..span(1, pictures(50, 90), "kept") };
        let all = [earlier, span(2, pictures(50, 90), "kept")];
        assert_eq!(lines(&all).iter().map(|line| line["attempt"].clone()).collect::<Vec<_>>(), [1, 1]);
        assert_eq!(seams(&Spans { leases: all[..1].to_vec(), server: Vec::new() }), [0_u64; 0]);
    }
}
