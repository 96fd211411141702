//! What a reader of the file sees.

use std::path::PathBuf;

use super::*;

/// A folder of its own for each test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("ffmpeg-cluster-trace-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn events(path: &Path) -> Vec<Value> {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// As a reader does with the file of a program that was killed.
fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().skip(1).filter(|line| *line != "]");
    lines.map(|line| serde_json::from_str(line.trim_end_matches(',')).unwrap()).collect()
}

fn named<'a>(events: &'a [Value], name: &str) -> &'a Value {
    events.iter().find(|event| event["name"] == name).unwrap_or_else(|| panic!("no {name} in {events:?}"))
}

#[tokio::test]
async fn a_span_tells_what_it_was_about_and_how_long_it_took() {
    let folder = Folder::new("span");
    let file = folder.file("a.json");
    let trace = Trace::start(&file, "server").unwrap();
    let about = trace.about("job", "j-1").about("frames", &240);
    let mut outer = about.span(Purpose::Join);
    drop(trace.span(Purpose::Hash));
    outer.note("bytes", &12);
    drop(outer);
    trace.finish().await;
    let events = events(&file);
    let (join, hash) = (named(&events, "join"), named(&events, "hash"));
    assert_eq!(join["args"], json!({ "job": "j-1", "frames": 240, "bytes": 12 }));
    assert_eq!((&join["ph"], &join["cat"]), (&json!("X"), &json!("work")));
    assert_ne!(join["tid"], hash["tid"], "spans that overlap have lanes of their own");
    let end = |event: &Value| event["ts"].as_u64().unwrap() + event["dur"].as_u64().unwrap();
    assert!(join["ts"].as_u64() <= hash["ts"].as_u64() && end(join) >= end(hash));
    assert_eq!(named(&events, "process_name")["args"]["name"], "server");
    let zero = named(&events, "wall_time_of_zero")["args"]["unix_us"].as_u64().unwrap();
    assert!(zero > 1_600_000_000_000_000, "{zero} is no time of day");
    assert!(named(&events, "own cpu")["args"]["cpu_s"].as_f64().unwrap() > 0.0);
    assert_eq!(named(&events, "end")["args"]["dropped"], 0);
}

#[tokio::test]
async fn every_line_is_complete_before_the_end() {
    let folder = Folder::new("lines");
    let file = folder.file("a.json");
    let trace = Trace::start(&file, "client").unwrap();
    drop(trace.about("worker", "two\nlines \u{202e}").span(Purpose::Encode));
    let began = Instant::now();
    let found = loop {
        let found = lines(&file);
        if found.iter().any(|event| event["name"] == "encode") {
            break found;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "{found:?}");
        tokio::task::yield_now().await;
    };
    assert_eq!(named(&found, "encode")["args"]["worker"], "two\nlines \u{202e}");
    assert!(!std::fs::read_to_string(&file).unwrap().contains('\u{202e}'), "it is written as an escape");
}

#[tokio::test]
async fn what_finds_no_place_is_counted_and_said() {
    let folder = Folder::new("full");
    let (path, began) = (folder.file("a.json"), Instant::now());
    let (items, waiting) = sync_channel(2);
    let dropped = Arc::<AtomicU64>::default();
    let writer = file::Writer::begin(file::create(&path).unwrap(), "server", began, dropped.clone()).unwrap();
    let queue = Arc::new(Queue { items, dropped, lanes: Lanes::default(), began });
    let trace = Trace(Some(On { queue, about: Arc::default(), purpose: Purpose::Other }));
    (0..5).for_each(|_| drop(trace.span(Purpose::Hash)));
    drop(trace);
    writer.write_all(&waiting);
    let events = events(&path);
    assert_eq!(events.iter().filter(|event| event["name"] == "hash").count(), 2);
    assert_eq!(named(&events, "end")["args"]["dropped"], 3);
}

#[tokio::test]
async fn nothing_is_overwritten_and_what_cannot_be_written_is_refused() {
    let folder = Folder::new("names");
    let file = folder.file("a.json");
    std::fs::write(&file, "mine").unwrap();
    let trace = Trace::start(&file, "server").unwrap();
    trace.finish().await;
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    assert!(!events(&folder.file("a (1).json")).is_empty());
    let refused = |path: &Path| format!("{:#}", Trace::start(path, "server").unwrap_err());
    let (nowhere, missing) = (folder.file("none/a.json"), folder.file("none"));
    let why = format!("--trace {}: there is no folder {}", nowhere.display(), missing.display());
    assert_eq!(refused(&nowhere), why);
    assert!(refused(&folder.0).ends_with("it is a folder; give the name of a file"));
}

#[tokio::test]
async fn a_trace_that_is_off_costs_no_event() {
    let trace = Trace::default().about("job", "j").of(Purpose::Join);
    let mut span = trace.span(Purpose::Join);
    span.note("bytes", &1);
    assert!(span.0.is_none() && trace.0.is_none());
    trace.finish().await;
}
