//! A short run of the chaos runner; `cargo run -p ffmpeg-cluster-tests --bin chaos -- --runs 100` is the long one.

use std::process::Command;

#[test]
fn two_seeds_of_chaos_change_nothing_in_the_film() {
    let run =
        Command::new(env!("CARGO_BIN_EXE_chaos")).args(["--runs", "2", "--seed", "9"]).output().unwrap();
    let (report, told) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{told}\n{report}");
    assert!(report.contains("| runs | 2 |"), "{report}");
}
