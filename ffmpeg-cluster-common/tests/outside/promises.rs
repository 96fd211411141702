//! docs/promises.md names the tests behind what our pages promise: every promise has a row, with
//! words of the page, and tests that are there.

use std::path::{Path, PathBuf};

/// Where each bullet, or numbered point, is a promise; the first words of the section's heading.
const LISTS: &[(&str, &str)] = &[
    ("SECURITY.md", "What is promised"),
    ("docs/operations.md", "Promised"),
    ("docs/joining.md", "What it is worth"),
    ("docs/trust.md", "What is checked of every piece"),
    ("docs/trust.md", "Strikes"),
    ("docs/sandbox.md", "Three walls"),
];
/// Points of those lists that promise nothing, by their first words.
const NO_PROMISES: &[&str] = &["A client that comes back under another identity", "A shell may remember"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A page, its lines put together.
fn page(name: &str) -> String {
    let text = std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    text.replace("**", "")
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

struct Row {
    page: String,
    promise: String,
    tests: Vec<String>,
}

fn rows() -> Vec<Row> {
    let (text, mut page_now, mut all) = (page("docs/promises.md"), String::new(), Vec::new());
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            name.clone_into(&mut page_now);
        }
        let Some((promise, tests)) = line.strip_prefix("| ").and_then(|line| line.split_once(" | ")) else {
            continue;
        };
        let tests: Vec<String> = tests.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        if promise != "promise" {
            all.push(Row { page: page_now.clone(), promise: flat(promise), tests });
        }
    }
    all
}

fn points(page: &str, section: &str) -> Vec<String> {
    let (_, text) = page.split_once(&format!("\n## {section}")).unwrap_or_else(|| panic!("no {section}"));
    let text = text.split("\n## ").next().unwrap_or_default();
    let mut all: Vec<String> = Vec::new();
    for line in text.lines().skip(1) {
        let is_numbered = line.split_once(". ").is_some_and(|(number, _)| number.parse::<u32>().is_ok());
        match all.last_mut() {
            _ if line.starts_with("* ") || is_numbered => all.push(line.to_owned()),
            Some(last) if line.starts_with("  ") => last.push_str(line),
            _ => {}
        }
    }
    all.iter().map(|point| flat(point)).collect()
}

/// Where each test is.
fn sources(folder: &Path, all: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder of ours").flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("target") {
            sources(&path, all);
        } else if path.extension().is_some_and(|suffix| suffix == "rs") {
            all.push((path.clone(), std::fs::read_to_string(&path).expect("code")));
        }
    }
}

#[test]
fn every_promise_names_the_tests_that_prove_it() {
    let (rows, mut code) = (rows(), Vec::new());
    ["ffmpeg-cluster-common", "ffmpeg-cluster-server", "ffmpeg-cluster-client", "tests"]
        .iter()
        .for_each(|folder| sources(&root().join(folder), &mut code));
    for Row { page: name, promise, tests } in &rows {
        assert!(flat(&page(name)).contains(promise), "{name} does not say {promise:?} any more");
        assert!(!tests.is_empty(), "{name}: no test for {promise:?}");
        println!("{name}: {promise}");
        for test in tests {
            let found = code.iter().find(|(_, text)| text.contains(&format!("fn {test}(")));
            let (path, _) =
                found.unwrap_or_else(|| panic!("{name}: {promise:?} names {test}, which is gone"));
            println!("    {test} ({})", path.strip_prefix(root()).unwrap_or(path).display());
        }
    }
    for &(name, section) in LISTS {
        let points = points(&page(name), section);
        assert!(points.len() > 2, "{name}, {section}: {points:?}");
        let promises = points.iter().filter(|point| !NO_PROMISES.iter().any(|none| point.contains(none)));
        for point in promises {
            let is_told = |row: &Row| row.page == name && point.contains(&row.promise);
            assert!(rows.iter().any(is_told), "{name}, {section}: no test is named for: {point}");
        }
    }
}
