//! Sources, made by `scripts/films.sh` once for each checkout.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use crate::cluster::temporary;

/// The path of a generated film; made on first use.
pub fn film(name: &str) -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let folder = temporary("films");
    let path = folder.join(name);
    let guard = ONE_AT_A_TIME.lock();
    if !path.is_file() {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/films.sh");
        let made = Command::new(script).arg(&folder).arg(name).output().expect("running scripts/films.sh");
        assert!(made.status.success(), "making {name}: {}", String::from_utf8_lossy(&made.stderr));
    }
    drop(guard);
    assert!(path.is_file(), "scripts/films.sh knows no film {name}");
    path
}
