//! Which file names a result may have.
//! The server checks a name before it accepts it,
//! and the client before it writes a file that a server named.

use crate::limits::NAME_BYTES_MAX;
use crate::text::safe::is_treacherous;

/// Names that Windows reserves for devices, with any suffix.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$"];
/// Windows treats superscript digits as digits, too.
const NUMBERS: &str = "123456789\u{b9}\u{b2}\u{b3}";

/// Returns an error with the reason unless the name is one plain path component on every platform.
/// Names that only look alike are allowed, because each result has a folder of its own.
pub fn check(name: &str) -> Result<(), String> {
    let reason = if name.is_empty() {
        "the name is empty"
    } else if name.len() > NAME_BYTES_MAX {
        "the name is too long; file systems allow 255 bytes"
    } else if name.contains(['/', '\\']) {
        "expected a name, not a path"
    } else if name.chars().any(is_treacherous) || name.contains([':', '*', '?', '"', '<', '>', '|']) {
        "the name holds a character that not every system can store, or that hides what the name is"
    } else if name.starts_with(['-', '.']) || name.ends_with(['.', ' ']) || name.trim() != name {
        "the name may not begin with a dash, a dot or a space, nor end with a dot or a space"
    } else if is_device(name) {
        "the name belongs to a device on Windows"
    } else {
        return Ok(());
    };
    Err(reason.to_owned())
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let numbered = |prefix: &str| {
        let mut rest = stem.strip_prefix(prefix).unwrap_or_default().chars();
        rest.next().is_some_and(|c| NUMBERS.contains(c)) && rest.next().is_none()
    };
    DEVICES.contains(&stem.as_str()) || numbered("com") || numbered("lpt")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_leave_their_folder_or_break_a_system_are_refused() {
        let long = "x".repeat(256);
        for bad in [
            "",
            "a/b.mp4",
            "..",
            "../x.mp4",
            "a\\b.mp4",
            "-y.mp4",
            ".mp4",
            "a\n.mp4",
            "con.mp4",
            "COM1.mkv",
            "a:b.mp4",
            "CON .mp4",
            "CONIN$.mp4",
            "lpt\u{b9}.mp4",
            "film\u{202e}4pm.mp4",
            "a\u{2028}b.mp4",
            "a\u{200b}.mp4",
            "a.mp4 ",
            "a.mp4.",
            "\u{1b}[2J.mp4",
            "a\0.mp4",
            &long,
        ] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
        for good in ["output.mp4", "Käse & Brot (2).mkv", "console.mp4", "com10.mp4", "com0.mp4", "a.b.c.mkv"]
        {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }
}
