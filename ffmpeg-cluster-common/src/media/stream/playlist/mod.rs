//! Playlists of HLS: written, and read by a strict reader that takes nothing that we do not write.

mod attributes;
pub mod master;
pub mod media;

/// The version that names a file of decoder settings in a list of media segments.
const VERSION: u32 = 7;
const BEGINS: &str = "#EXTM3U";
const INDEPENDENT: &str = "#EXT-X-INDEPENDENT-SEGMENTS";

/// Whether the text names a file in or below the playlist's own folder.
fn is_below(uri: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let step = |step: &str| !step.is_empty() && !step.starts_with('.') && step.chars().all(plain);
    uri.split('/').all(step)
}

/// The lines behind the two that every playlist begins with.
fn lines(text: &str) -> Result<impl Iterator<Item = &str>, String> {
    let mut lines = text.lines();
    let version = format!("#EXT-X-VERSION:{VERSION}");
    if lines.next() != Some(BEGINS) || lines.next() != Some(version.as_str()) {
        return Err("the playlist begins with other lines".into());
    }
    if !text.ends_with('\n') {
        return Err("the playlist's last line is cut short".into());
    }
    Ok(lines)
}

fn unexpected(line: &str) -> String {
    format!("an unexpected line in the playlist: {:?}", line.chars().take(80).collect::<String>())
}
