//! Texts of flags → values. A mistake goes to the list of all mistakes, because people mend them together.

use std::path::Path;

use ffmpeg_cluster_common::access::invite::is_host;
use ffmpeg_cluster_common::tools::builds::Platform;

pub(super) fn number(
    problems: &mut Vec<String>,
    flag: &str,
    text: &str,
    least: u32,
    most: u32,
) -> Option<u32> {
    let number = text.trim().parse().ok().filter(|n| (least..=most).contains(n));
    if number.is_none() {
        let shown: String = text.chars().take(40).collect();
        problems.push(format!("{flag}: {shown:?} is not a whole number from {least} to {most}"));
    }
    number
}

pub(super) fn host(problems: &mut Vec<String>, text: &str) -> Option<String> {
    let bare = text.trim();
    let bare = bare.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(bare);
    if is_host(bare) {
        return Some(bare.to_owned());
    }
    let shown: String = text.chars().take(80).collect();
    problems.push(format!(
        "--server-ip: {shown:?} is not a host name or address; the port goes into --server-port, and no http:// is wanted"
    ));
    None
}

pub(super) fn platform_of(text: Option<String>, problems: &mut Vec<String>) -> Option<Platform> {
    let read = text?.parse().map_err(|wanted| problems.push(format!("--platform: {wanted}")));
    read.ok()
}

pub(super) fn is_join_string(path: &Path) -> bool {
    let text = path.to_string_lossy();
    text.len() > 40
        && text
            .trim_start()
            .strip_prefix("fc")
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}
