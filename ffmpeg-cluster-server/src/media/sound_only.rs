//! Files that are no films because they hold sound only.

/// Of a file that holds no picture by its kind, ffprobe says what that is while it refuses it.
pub(super) fn format(said: &[String]) -> Option<&'static str> {
    const ALL: &[&str] = &[
        "mp3", "wav", "flac", "aac", "ac3", "eac3", "dts", "truehd", "amr", "aiff", "ape", "au", "caf",
        "w64", "wv", "tta", "tak", "mpc", "mpc8", "dsf", "voc", "adts", "loas",
    ];
    let of = |name: &&&str| {
        let mut refused = said.iter().filter(|line| line.contains("Format not on whitelist"));
        refused.any(|line| line.starts_with(&format!("[{name} @ ")))
    };
    ALL.iter().find(of).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "It is no film that ffprobe can read", people were told.
    #[test]
    fn a_file_of_sound_is_told_from_one_that_can_not_be_read() {
        let said = |line: &str| format(&[line.to_owned(), "file:a: Invalid argument".to_owned()]);
        assert_eq!(said("[mp3 @ 0x55be22f70280] Format not on whitelist 'mov,mp4,matroska'"), Some("mp3"));
        assert_eq!(said("[wav @ 0x1] Format not on whitelist 'mov'"), Some("wav"));
        assert_eq!(said("[concat @ 0x1] Format not on whitelist 'mov'"), None);
        assert_eq!(said("[mp3 @ 0x1] Failed to read frame size"), None);
    }
}
