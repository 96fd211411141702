//! Samples in the text format of Prometheus.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt::Write;

use super::counts::{Samples, Value, Word};
use super::names::{ALL, Kind, Metric, PREFIX};

pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// All metrics in the order of their table. One that has no sample yet is named all the same.
pub(crate) fn text(samples: &Samples) -> String {
    let mut all = String::new();
    for metric in ALL {
        let Metric { name, kind, labels, about } = metric;
        let _ = writeln!(all, "# HELP {PREFIX}{name} {about}\n# TYPE {PREFIX}{name} {}", kind.as_str());
        let of_metric = samples.range((*name, Vec::new())..).take_while(|((of, _), _)| of == name);
        for ((_, words), value) in of_metric {
            let named: Vec<(&str, &Word)> = labels.iter().copied().zip(words).collect();
            write_sample(&mut all, metric, &named, value);
        }
    }
    all
}

fn write_sample(all: &mut String, metric: &Metric, labels: &[(&str, &Word)], value: &Value) {
    let name = metric.name;
    match (value, metric.kind) {
        (Value::Number(number), _) => {
            let _ = writeln!(all, "{PREFIX}{name}{} {number}", braced(labels));
        }
        (Value::Spread(spread), Kind::Histogram(bounds)) => {
            let bounds = bounds.iter().map(f64::to_string).chain(["+Inf".to_owned()]);
            for (bound, within) in bounds.zip(spread.within.iter().chain([&spread.count])) {
                let bound = Word::from(bound);
                let labels: Vec<_> = labels.iter().copied().chain([("le", &bound)]).collect();
                let _ = writeln!(all, "{PREFIX}{name}_bucket{} {within}", braced(&labels));
            }
            let labels = braced(labels);
            let _ = writeln!(all, "{PREFIX}{name}_sum{labels} {}", spread.sum);
            let _ = writeln!(all, "{PREFIX}{name}_count{labels} {}", spread.count);
        }
        (Value::Spread(_), Kind::Gauge | Kind::Counter) => {}
    }
}

fn braced(labels: &[(&str, &Word)]) -> String {
    let escaped = |word: &Word| word.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n");
    let all: Vec<String> =
        labels.iter().map(|(name, word)| format!("{name}=\"{}\"", escaped(word))).collect();
    if all.is_empty() { String::new() } else { format!("{{{}}}", all.join(",")) }
}

#[cfg(test)]
mod tests {
    use super::super::counts::Spread;
    use super::*;

    #[test]
    fn samples_stand_below_their_name_and_no_label_breaks_out() {
        let spread = Spread { within: vec![1, 2, 2], count: 3, sum: 7.5 };
        let samples: Samples = [
            (("clients", vec!["Idle".into()]), Value::Number(2.0)),
            (("client_frames_per_second", vec!["a\"} 1\n\\b".into()]), Value::Number(0.25)),
            (("http_request_seconds", vec!["/ws".into()]), Value::Spread(spread)),
        ]
        .into();
        let text = text(&samples);
        let place = |line: &str| text.find(&format!("{line}\n")).unwrap_or_else(|| panic!("{line}: {text}"));
        let gauge = place("# TYPE ffcluster_clients gauge");
        assert!(gauge < place("ffcluster_clients{state=\"Idle\"} 2"));
        place(r#"ffcluster_client_frames_per_second{client="a\"} 1\n\\b"} 0.25"#);
        for line in ["_bucket{endpoint=\"/ws\",le=\"0.01\"} 1", "_bucket{endpoint=\"/ws\",le=\"+Inf\"} 3"] {
            place(&format!("ffcluster_http_request_seconds{line}"));
        }
        for line in ["_sum{endpoint=\"/ws\"} 7.5", "_count{endpoint=\"/ws\"} 3"] {
            place(&format!("ffcluster_http_request_seconds{line}"));
        }
        place("# TYPE ffcluster_segment_failures_total counter");
    }
}
