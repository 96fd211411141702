//! docs/faults.md lists the codes; its table is printed from their rows.
//! `WRITE_DOCS=1` writes it again.

use std::fmt::Write;

use super::{Blame, Consequence, FaultCode};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/faults.md");
const BEGIN: &str = "<!-- The table below is printed from the code by a test. -->\n";
const END: &str = "<!-- It ends here. -->\n";

/// Each code with its own comment, as they stand in the source: no list of them can lack one.
pub(crate) fn all() -> Vec<(FaultCode, String)> {
    let (_, lines) = include_str!("mod.rs").split_once("pub enum FaultCode {\n").expect("the codes");
    let (lines, _) = lines.split_once("\n}\n").expect("their end");
    let (mut codes, mut comment) = (Vec::new(), Vec::new());
    for line in lines.lines().map(str::trim) {
        match line.strip_prefix("/// ") {
            Some(words) => comment.push(words),
            None => codes.push((code(line.trim_end_matches(',')), std::mem::take(&mut comment).join(" "))),
        }
    }
    codes
}

/// The code of a variant's name, by way of the name that the wire gives it.
fn code(variant: &str) -> FaultCode {
    let mut name = String::new();
    for letter in variant.chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    serde_json::from_value(name.into()).expect("a code")
}

const fn blame(blame: Blame) -> &'static str {
    match blame {
        Blame::Nobody => "nobody",
        Blame::Client => "the client",
        Blame::Worker => "the device that encoded, or the client",
        Blame::Device => "the device that encoded",
        Blame::Liar => "the client: a strike",
    }
}

const fn then(then: Consequence) -> &'static str {
    match then {
        Consequence::Elsewhere => "another client tries the frames, if there is one",
        Consequence::SendAgain => {
            "the client sends the piece again, twice at most; then another client tries the frames"
        }
        Consequence::AwaitSpace => "the same is done when the disk has space",
        Consequence::SpareDevice => "the device gets less for a while, and others the frames",
        Consequence::DoubtIndex => {
            "another client tries the frames; if it says the same, the film is listed by decoding, or made in one piece"
        }
        Consequence::OnePiece => "the film is made in one piece, unless a device encoded",
        Consequence::DoubtClient => {
            "what the client made of this job is made again, and the next piece of the frames audited"
        }
        Consequence::GiveUp => {
            "the job fails; where a client says so, once another able client says the same"
        }
    }
}

fn table() -> String {
    let mut out = String::from(
        "\n| Code | What it says | Whose fault | An attempt | What follows |\n|---|---|---|---|---|\n",
    );
    for (code, comment) in all() {
        let name = serde_json::to_value(code).expect("a name");
        let (row, name) = (code.meaning(), name.as_str().unwrap_or_default().to_owned());
        let attempt = if row.attempt { "yes" } else { "no" };
        let comment = comment.trim_end_matches('.');
        let (blame, then) = (blame(row.blame), then(row.then));
        let _ = writeln!(out, "| `{name}` | {comment} | {blame} | {attempt} | {then} |");
    }
    out.push('\n');
    out
}

// A test may write what it judges.
#[allow(clippy::disallowed_methods)]
#[test]
fn the_documentation_lists_the_codes_as_they_are() {
    let text = std::fs::read_to_string(PATH).expect("docs/faults.md");
    let (before, rest) = text.split_once(BEGIN).expect("the place of the table");
    let (_, after) = rest.split_once(END).expect("its end");
    let wanted = format!("{before}{BEGIN}{}{END}{after}", table());
    if std::env::var_os("WRITE_DOCS").is_some() {
        std::fs::write(PATH, &wanted).expect("docs/faults.md");
    } else {
        assert!(text == wanted, "docs/faults.md is not as the rows are; WRITE_DOCS=1 writes it again");
    }
}
