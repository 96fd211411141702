//! What ffmpeg and ffprobe tell of a film, asked once: as long as neither the film nor the program changes, the answer stays
//! the same. Answers about sources, which many tests judge against, lie beside the sources and outlive the test.

use std::collections::HashMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex};

use crate::scratch::temporary;

/// Asks `program` with `arguments` about `film`, which is one of the arguments.
pub fn told(program: &str, arguments: &[&str], film: &Path) -> String {
    static ASKED: LazyLock<Mutex<HashMap<u64, String>>> = LazyLock::new(Mutex::default);
    let Some(key) = key(program, arguments, film) else { return said(program, arguments).0 };
    let before = ASKED.lock().expect("nobody panics with it").get(&key).cloned();
    before.unwrap_or_else(|| {
        let answer = if is_source(film) { kept(key, program, arguments) } else { said(program, arguments).0 };
        ASKED.lock().expect("nobody panics with it").insert(key, answer.clone());
        answer
    })
}

/// What it says, and whether it ended well.
fn said(program: &str, arguments: &[&str]) -> (String, bool) {
    let done = Command::new(program).args(arguments).output().unwrap_or_else(|e| panic!("{program}: {e}"));
    (String::from_utf8_lossy(&done.stdout).into_owned(), done.status.success())
}

/// Of the question, of the program and of the film; none where there is no such film.
fn key(program: &str, arguments: &[&str], film: &Path) -> Option<u64> {
    let mut all = DefaultHasher::new();
    arguments.hash(&mut all);
    for file in [in_path(program)?, film.to_owned()] {
        let about = file.metadata().ok()?;
        (&file, about.len(), about.modified().ok()?).hash(&mut all);
    }
    Some(all.finish())
}

/// Where a program is found.
pub fn in_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Sources never change once they are made.
fn is_source(film: &Path) -> bool {
    ["films", "zoo"].iter().any(|which| film.parent() == Some(&temporary(which)))
}

/// The answer of an earlier test, or this one's for later ones, but for that of a program that failed. Tests run side by
/// side, so it comes into its place whole.
fn kept(key: u64, program: &str, arguments: &[&str]) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let folder = temporary("told");
    let place = folder.join(format!("{key:016x}"));
    fs::read_to_string(&place).unwrap_or_else(|_| {
        let (answer, is_good) = said(program, arguments);
        let half = format!("half-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let half = folder.join(half);
        fs::create_dir_all(&folder).expect("making the folder of answers");
        if is_good {
            fs::write(&half, &answer).and_then(|()| fs::rename(&half, &place)).expect("keeping an answer");
        }
        answer
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn a_film_that_changed_is_asked_about_again() {
        let scratch = Scratch::new();
        let film = scratch.path().join("film");
        let path = film.to_str().expect("our paths are text");
        for text in ["one", "another"] {
            fs::write(&film, text).expect("our own folder");
            for _ in 0..2 {
                assert_eq!(told("cat", &[path], &film), text);
            }
        }
        fs::remove_file(&film).expect("our own file");
        assert_eq!(told("cat", &[path], &film), "");
    }
}
