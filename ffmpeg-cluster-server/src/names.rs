//! Which names a result may have.

use ffmpeg_cluster_common::limits::NAME_BYTES_MAX;
use ffmpeg_cluster_common::media::container::Container;

/// Names that Windows keeps for devices, whatever their suffix.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul"];

/// One path component that is a plain file name on every platform; else the reason.
pub fn check(name: &str) -> Result<(), String> {
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let numbered =
        |prefix: &str| stem.strip_prefix(prefix).is_some_and(|rest| rest.len() == 1 && rest != "0");
    let reason = if name.is_empty() {
        "a name is wanted"
    } else if name.len() > NAME_BYTES_MAX {
        "the name is too long; 255 bytes are what file systems hold"
    } else if name.contains(['/', '\\']) {
        "one name is wanted, not a path"
    } else if name.chars().any(char::is_control) || name.contains([':', '*', '?', '"', '<', '>', '|']) {
        "the name holds a character that not every system can store"
    } else if name.starts_with(['-', '.']) || name.ends_with(['.', ' ']) || name.trim() != name {
        "the name may not begin with a dash, a dot or a space, nor end with a dot or a space"
    } else if DEVICES.contains(&stem.as_str()) || numbered("com") || numbered("lpt") {
        "the name belongs to a device on Windows"
    } else {
        return Ok(());
    };
    Err(reason.to_owned())
}

/// For a name whose suffix says nothing to us.
pub fn unknown_container() -> String {
    let known: Vec<String> = Container::ALL
        .iter()
        .flat_map(|container| container.suffixes())
        .map(|suffix| format!(".{suffix}"))
        .collect();
    format!("the suffix chooses the container and must be one of {}", known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_leave_their_folder_or_break_a_system_are_refused() {
        let long = "x".repeat(256);
        for bad in [
            "", "a/b.mp4", "..", "../x.mp4", "a\\b.mp4", "-y.mp4", ".mp4", "a\n.mp4", "con.mp4", "COM1.mkv",
            "a:b.mp4", &long,
        ] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
        for good in ["output.mp4", "Käse & Brot (2).mkv", "console.mp4", "com10.mp4", "a.b.c.mkv"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }
}
