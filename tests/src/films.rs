//! Sources, made by `scripts/films.sh` once for each checkout.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cluster::temporary;

/// The path of a generated film; made on first use.
pub fn film(name: &str) -> PathBuf {
    made(name, "films")
}

/// The path of a film of the zoo; made on first use.
pub fn zoo(name: &str) -> PathBuf {
    made(name, "zoo")
}

/// All films that are no part of the zoo.
pub fn film_names() -> Vec<String> {
    names("films")
}

/// All films of the zoo.
pub fn zoo_names() -> Vec<String> {
    names("zoo")
}

fn names(which: &str) -> Vec<String> {
    let told = Command::new(script(which)).arg("--list").output().expect("running a script");
    String::from_utf8_lossy(&told.stdout).split_whitespace().map(str::to_owned).collect()
}

fn script(which: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../scripts/{which}.sh"))
}

fn made(name: &str, which: &str) -> PathBuf {
    let folder = temporary(which);
    let path = folder.join(name);
    // Tests are processes of their own; a film that another one reads must not be made a second time.
    std::fs::create_dir_all(&folder).expect("making the films' folder");
    let lock = File::create(folder.join("lock")).expect("opening the films' lock");
    lock.lock().expect("locking the films");
    if !path.is_file() {
        let mut making = Command::new(script(which));
        // All tests see the same films, whichever ffmpeg they run.
        if let Some(path) = std::env::var_os("PATH_FOR_FILMS") {
            making.env("PATH", path);
        }
        let made = making.arg(&folder).arg(name).output().expect("running a script");
        assert!(made.status.success(), "making {name}: {}", String::from_utf8_lossy(&made.stderr));
    }
    drop(lock);
    assert!(path.is_file(), "scripts/{which}.sh knows no film {name}");
    path
}
