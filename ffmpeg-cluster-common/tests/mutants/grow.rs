//! A copy of this crate with all mutants in it, each asleep until its name stands in `SIM_MUTANT`.
//! The crate itself knows nothing of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::table::{MUTANTS, Mutant, SEAM_MUTANTS};

const MANIFEST: &str = r#"[package]
name = "ffmpeg-cluster-common"
version = "0.0.0"
edition = "2024"

[features]
io = []

[dependencies]
serde = { version = "1", features = ["derive"] }
serde_json = "1"
thiserror = "2"

[[test]]
name = "sim"
path = "tests/sim/main.rs"

[[test]]
name = "seam"
path = "tests/seam/main.rs"

[profile.dev]
opt-level = 1
debug = false
incremental = false

[workspace]
"#;

const SWITCH: &str = r#"
pub mod mutant {
    pub fn on(name: &str) -> bool {
        static CHOSEN: std::sync::OnceLock<String> = std::sync::OnceLock::new();
        CHOSEN.get_or_init(|| std::env::var("SIM_MUTANT").unwrap_or_default()) == name
    }
}
"#;

fn home() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("mutants")
}

/// The programs that hunt.
pub(crate) struct Grown {
    pub(crate) sim: PathBuf,
    pub(crate) seam: PathBuf,
}

/// Writes the copy and builds it.
pub(crate) fn grow() -> Grown {
    let (own, copy) = (Path::new(env!("CARGO_MANIFEST_DIR")), home());
    let _ = fs::remove_dir_all(copy.join("src"));
    let _ = fs::remove_dir_all(copy.join("tests"));
    copy_folder(&own.join("src"), &copy.join("src"));
    ["tests/sim", "tests/seam"].iter().for_each(|tests| copy_folder(&own.join(tests), &copy.join(tests)));
    fs::write(copy.join("Cargo.toml"), MANIFEST).expect("writing the copy's manifest");
    fs::copy(own.join("../Cargo.lock"), copy.join("Cargo.lock")).expect("copying the lock file");
    plant(&copy.join("src"));
    build(&copy)
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("making a folder of the copy");
    for entry in fs::read_dir(from).expect("reading the crate").map(|entry| entry.expect("reading the crate"))
    {
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() {
            copy_folder(&path, &to.join(name));
        } else {
            fs::copy(&path, to.join(name)).expect("copying a file of the crate");
        }
    }
}

fn plant(src: &Path) {
    let mut files: BTreeMap<&str, Vec<&Mutant>> = BTreeMap::new();
    MUTANTS.iter().chain(SEAM_MUTANTS).for_each(|mutant| files.entry(mutant.file).or_default().push(mutant));
    for (file, mutants) in files {
        let path = src.join(file);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
        fs::write(&path, mutated(file, &text, &mutants)).expect("writing a mutated file");
    }
    let lib = src.join("lib.rs");
    let text = fs::read_to_string(&lib).expect("the crate has a lib.rs");
    fs::write(&lib, text + SWITCH).expect("writing the copy's lib.rs");
}

/// All places are looked up in the text as it is, so no mutant sees another one's work.
pub(crate) fn mutated(file: &str, text: &str, mutants: &[&Mutant]) -> String {
    let mut places: Vec<(usize, &Mutant)> = Vec::new();
    for mutant in mutants {
        let found: Vec<usize> = text.match_indices(mutant.original).map(|(at, _)| at).collect();
        let name = mutant.name;
        assert_eq!(found.len(), 1, "mutant {name}: its original stands {} times in {file}", found.len());
        places.push((found[0], mutant));
    }
    places.sort_by_key(|(at, _)| *at);
    let (mut out, mut done) = (String::new(), 0);
    for (at, mutant) in places {
        assert!(at >= done, "mutant {} overlaps another one in {file}", mutant.name);
        out.push_str(&text[done..at]);
        out.push_str(&mutant.mutated.replace("ON", &format!("crate::mutant::on({:?})", mutant.name)));
        done = at + mutant.original.len();
    }
    out + &text[done..]
}

fn build(copy: &Path) -> Grown {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args([
            "test",
            "--offline",
            "--no-run",
            "--test",
            "sim",
            "--test",
            "seam",
            "--message-format",
            "json",
        ])
        .current_dir(copy)
        .env("CARGO_TARGET_DIR", copy.join("target"))
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&built.stdout);
    assert!(built.status.success(), "the mutants do not build: {}", last_lines(&said));
    let program = |name: &str| {
        let of_it = said.lines().filter(|line| line.contains(&format!(r#""name":"{name}""#)));
        let path = of_it.rev().find_map(|line| line.split_once(r#""executable":""#)?.1.split('"').next());
        PathBuf::from(path.expect("cargo names what it built"))
    };
    Grown { sim: program("sim"), seam: program("seam") }
}

fn last_lines(said: &str) -> String {
    let rendered = said.lines().filter(|line| line.contains(r#""level":"error""#));
    rendered.collect::<Vec<_>>().join("\n")
}
