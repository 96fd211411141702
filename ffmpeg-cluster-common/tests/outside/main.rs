//! Each reader of bytes from outside is fed good words gone bad, from fixed seeds; `fuzz/` feeds
//! the same readers for longer.

mod decoders;
mod mutate;
mod promises;

use decoders::{ALL, Decoder};
use mutate::Mutator;

/// Of each reader.
const CASES: u64 = 15_000;
const PIECES: u64 = 20_000;

fn feed(&(name, read, seeds): &Decoder) {
    let good: Vec<Vec<u8>> = seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect();
    good.iter().for_each(|seed| read(seed));
    let mut mutator = Mutator::new(name);
    for case in 0..CASES {
        let bad = mutator.from(&good);
        let lives = std::panic::catch_unwind(|| read(&bad)).is_ok();
        assert!(lives, "{name}, case {case}: {:?}", String::from_utf8_lossy(&bad));
    }
}

#[test]
fn no_words_from_outside_break_a_reader() {
    std::thread::scope(|scope| {
        let all: Vec<_> =
            ALL.chunks(ALL.len() / 2).map(|some| scope.spawn(|| some.iter().for_each(feed))).collect();
        all.into_iter().for_each(|some| some.join().expect("no reader breaks"));
    });
}

#[test]
fn no_piece_breaks_its_reader() {
    let (piece, sound) = (decoders::piece(), decoders::sound());
    assert!(ffmpeg_cluster_common::media::proof::unaided::read(&piece[..]).is_ok());
    assert!(ffmpeg_cluster_common::media::proof::unaided::read(&sound[..]).is_ok());
    break_piece("nut_times", decoders::nut_times, piece);
    break_piece("nut_times", decoders::nut_times, decoders::rungs());
    break_piece("matroska", decoders::matroska, sound);
}

#[test]
fn no_file_of_a_stream_breaks_its_reader() {
    for good in [decoders::fragmented_piece(), decoders::fragmented_sound()] {
        assert!(ffmpeg_cluster_common::media::stream::fragmented::read(&good[..], 30).is_ok());
        break_piece("fragments", decoders::fragments, good);
    }
}

fn break_piece(name: &'static str, read: fn(&[u8]), good: Vec<u8>) {
    let (good, mut mutator) = ([good], Mutator::new(name));
    for case in 0..PIECES {
        let bad = mutator.from(&good);
        let lives = std::panic::catch_unwind(|| read(&bad)).is_ok();
        assert!(lives, "{name}, case {case}: {bad:02x?}");
    }
}

/// docs/sandbox.md lists what strangers make long; each row names tests that are there.
#[test]
fn each_list_that_strangers_make_long_has_a_test() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let page = std::fs::read_to_string(format!("{root}/docs/sandbox.md")).expect("docs/sandbox.md");
    let (_, table) = page.split_once("### Lists that strangers make long").expect("the section");
    let (table, _) = table.split_once("\n###").expect("the next section");
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() > 10, "{} rows", rows.len());
    let code = ["ffmpeg-cluster-common", "ffmpeg-cluster-server", "ffmpeg-cluster-client", "tests/e2e"]
        .map(|folder| sources(format!("{root}/{folder}").as_ref()))
        .concat();
    for row in rows {
        let tests: Vec<&str> =
            row.rsplit('|').nth(1).unwrap_or_default().split('`').skip(1).step_by(2).collect();
        let there = |name: &&str| code.contains(&format!("fn {name}("));
        assert!(!tests.is_empty() && tests.iter().all(there), "no such test: {row}");
    }
}

fn sources(folder: &std::path::Path) -> String {
    let entries = std::fs::read_dir(folder).expect("a folder of ours").map(|entry| entry.expect("it").path());
    entries
        .map(|path| match path.extension() {
            _ if path.is_dir() && !path.ends_with("target") => sources(&path),
            Some(suffix) if suffix == "rs" => std::fs::read_to_string(path).expect("code"),
            _ => String::new(),
        })
        .collect()
}
