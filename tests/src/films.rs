//! Sources, made by `scripts/films.sh` once for each checkout.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cluster::temporary;

/// The path of a generated film; made on first use.
pub fn film(name: &str) -> PathBuf {
    let folder = temporary("films");
    let path = folder.join(name);
    // Tests are processes of their own; a film that another one reads must not be made a second time.
    std::fs::create_dir_all(&folder).expect("making the films' folder");
    let lock = File::create(folder.join("lock")).expect("opening the films' lock");
    lock.lock().expect("locking the films");
    if !path.is_file() {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/films.sh");
        let made = Command::new(script).arg(&folder).arg(name).output().expect("running scripts/films.sh");
        assert!(made.status.success(), "making {name}: {}", String::from_utf8_lossy(&made.stderr));
    }
    drop(lock);
    assert!(path.is_file(), "scripts/films.sh knows no film {name}");
    path
}
