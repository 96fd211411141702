//! Why a dry run of the join failed, and what the user can do.

use crate::media::params::Profile;

/// ffmpeg's errors about a stream's tag, with and without the tag's name.
const NO_TAG: [&str; 2] = ["incompatible with output codec id", "Could not find tag for codec"];

/// The reason, from what ffmpeg printed.
pub fn why(profile: &Profile, said: &[String]) -> String {
    let title = profile.container.title();
    let lines = said.iter().map(|line| line.trim());
    if let Some(codec) = lines.clone().find(|line| NO_TAG.iter().any(|words| line.contains(words))) {
        return incompatible(profile, codec);
    }
    if lines.clone().any(|line| line.contains("Too long service or provider name")) {
        return format!(
            "the film's title, or service_name or service_provider, is longer than the 255 bytes that {title} has for it; give a shorter one with -metadata service_name=NAME (or service_provider), or leave the film's tags behind with -map_metadata -1"
        );
    }
    let is_wrong = |line: &&str| {
        let line = line.to_ascii_lowercase();
        ["error", "could not", "invalid", "too ", "unable", "fail", "not supported", "has no "]
            .iter()
            .any(|word| line.contains(word))
    };
    let cause =
        lines.clone().find(is_wrong).or_else(|| lines.clone().next_back()).unwrap_or("it says nothing");
    let options: Vec<String> = profile.muxer.iter().map(|(name, value)| format!("-{name} {value}")).collect();
    let options = (!options.is_empty()).then(|| options.join(" "));
    let tags = profile.source_tags.then(|| "the film's tags (-map_metadata -1)".to_owned());
    let left_out: String =
        options.into_iter().chain(tags).map(|what| format!("leave out {what}, or ")).collect();
    format!("ffmpeg can't write such a film as {title}: {cause}; {left_out}take another container")
}

/// ffmpeg names the tag that it was given, and in parentheses the tag that it would accept.
fn incompatible(profile: &Profile, line: &str) -> String {
    let tag = line.split_once("] Tag ").and_then(|(_, rest)| rest.split(' ').next()).unwrap_or_default();
    let usual = line.rsplit_once('(').map_or("", |(_, rest)| rest.trim_end_matches(')'));
    let is_plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric());
    let usual = if is_plain(usual) { format!("; its own is {usual}") } else { String::new() };
    // ffmpeg spells out a tag that was given as a number.
    let is_it = |value: &str| value.starts_with(tag) || tag.starts_with('[') && value.starts_with("0x");
    let of_tag = profile.muxer.iter().filter(|(name, value)| name.starts_with("tag:") && is_it(value));
    let option: Vec<String> = of_tag.map(|(name, value)| format!("-{name} {value}")).collect();
    let option = if option.is_empty() { "the film's own tag".to_owned() } else { option.join(" ") };
    let title = profile.container.title();
    format!(
        "{option}: {title} does not know this tag for what the encoder makes{usual}; leave the option out"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::params::{parse, words};
    use crate::media::words::container::Container;

    fn told(name: &str, line: &str, said: &str) -> String {
        let profile = parse(&words(line).unwrap(), Container::of_name(name).unwrap()).unwrap();
        why(&profile, &["a warning before".to_owned(), said.to_owned(), "Conversion failed!".to_owned()])
    }

    #[test]
    fn the_option_is_named_and_what_to_do() {
        let said = "[mp4 @ 0x55] Tag hvc1 incompatible with output codec id '27' (avc1)";
        assert_eq!(
            told("a.mp4", "-c:v libx264 -tag:v hvc1", said),
            "-tag:v hvc1: MP4 does not know this tag for what the encoder makes; its own is avc1; leave the option out"
        );
        let said = "[matroska @ 0x55] Tag zzzz incompatible with output codec id '86018' ([255][0][0][0])";
        let line = told("a.mkv", "-tag:a zzzz", said);
        assert!(line.starts_with("-tag:a zzzz: Matroska") && !line.contains("its own"), "{line}");
        let line = told("a.ts", "-c:v libx264", "[mpegts @ 0x55] Too long service or provider name");
        assert!(line.contains("255 bytes") && line.contains("-metadata service_name="), "{line}");
        let said = "[mp4 @ 0x55] Could not find tag for codec aac in stream #1, codec not currently supported in container";
        let line = told("a.mp4", "-c:v libx264 -tag:a zzzz", said);
        assert!(line.starts_with("-tag:a zzzz: MP4") && line.ends_with("leave the option out"), "{line}");
        let line = told("a.mp4", "-c:v libx264 -brand x", "[mp4 @ 0x55] Could not write header");
        assert!(
            line.contains("Could not write header")
                && line.contains("leave out -brand x, or leave out the film's"),
            "{line}"
        );
        let said = "[matroska @ 0x55] Attachment stream 2 has no filename tag.";
        let line = told("a.mkv", "-map_metadata -1", said);
        assert!(line.ends_with("has no filename tag.; take another container"), "{line}");
    }
}
