//! docs/parameters.md lists all that is taken; its list is printed from the tables.
//! `WRITE_DOCS=1` writes it again.

use std::fmt::Write;

use super::super::filters::{BOUNDS, TAKEN};
use super::super::rows::{self, encoders, lists};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/parameters.md");
const BEGIN: &str = "<!-- The lists below are printed from the tables by a test. -->\n";

fn quoted<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" ")
}

fn listed_options(out: &mut String) {
    out.push_str("\n### Options\n\n| Option | Value | Encoders |\n|---|---|---|\n");
    for known in rows::printed() {
        let value = known.value.check("\u{1}").err().unwrap_or_else(|| "a list, see below".into());
        let families = if known.families.is_empty() { "all".into() } else { known.families.join(", ") };
        let _ = writeln!(out, "| `-{}` | {} | {families} |", known.name, value.replace('|', "\\|"));
    }
}

fn listed_encoders(out: &mut String) {
    out.push_str("\n### Encoders\n\n");
    let _ = writeln!(out, "* pictures: {}", quoted(encoders::video_names()));
    let _ = writeln!(out, "* sound: {}", quoted(encoders::sound_names()));
    let _ = writeln!(out, "* subtitles: {}", quoted(encoders::subtitle_names()));
}

fn listed_keys(out: &mut String) {
    out.push_str("\n### Keys of parameter lists\n\n");
    for list in lists::LISTS {
        let _ = writeln!(out, "* {}: {}", list.name, quoted(list.keys.split_whitespace()));
    }
    out.push_str("\nAt most:");
    for (list, row) in lists::LISTS.iter().flat_map(|list| list.most.iter().map(move |row| (list, row))) {
        let _ = write!(out, " {} {} {};", list.name, quoted(row.keys.split_whitespace()), row.most);
    }
    out.push('\n');
}

fn listed_filters(out: &mut String) {
    for (title, filters) in TAKEN {
        let _ = write!(out, "\n### Filters of {title}\n\n| Filter | Arguments |\n|---|---|\n");
        for (name, places, others) in filters {
            let arguments = places.split_whitespace().chain(others.split_whitespace());
            let _ = writeln!(out, "| {name} | {} |", quoted(arguments));
        }
    }
    out.push_str("\nAt most:");
    for (filter, names, most) in BOUNDS {
        let _ = write!(out, " {filter} {} {most};", quoted(names.split_whitespace()));
    }
    out.push('\n');
}

// A test may write what it judges.
#[allow(clippy::disallowed_methods)]
#[test]
fn the_documentation_lists_all_that_is_taken() {
    let text = std::fs::read_to_string(PATH).expect("docs/parameters.md");
    let (written, _) = text.split_once(BEGIN).expect("the place of the lists");
    let mut wanted = format!("{written}{BEGIN}");
    listed_options(&mut wanted);
    listed_encoders(&mut wanted);
    listed_keys(&mut wanted);
    listed_filters(&mut wanted);
    if std::env::var_os("WRITE_DOCS").is_some() {
        std::fs::write(PATH, &wanted).expect("docs/parameters.md");
    } else {
        assert!(text == wanted, "docs/parameters.md is not as the tables are; WRITE_DOCS=1 writes it again");
    }
}
