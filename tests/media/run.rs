//! One program from its beginning to its end.

use std::process::Command;

/// What it printed, or how it failed.
pub fn run(program: &str, arguments: &[String]) -> Result<String, String> {
    let done = Command::new(program).args(arguments).output().map_err(|e| format!("{program}: {e}"))?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    Err(format!("{program} {}\n{}: {said}", arguments.join(" "), done.status))
}
