//! What one ffmpeg can do, read from its own lists.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::media::source::guard::Decoders;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capabilities {
    /// As ffmpeg prints it, for instance `5.1.9-0+deb12u1`.
    pub version: String,
    pub encoders: BTreeSet<String>,
    pub decoders: Decoders,
    pub demuxers: BTreeSet<String>,
    pub muxers: BTreeSet<String>,
    pub filters: BTreeSet<String>,
    /// Hardware interfaces that it was built with, whether or not the machine has such hardware.
    pub hardware: BTreeSet<String>,
}

impl Capabilities {
    /// Reads ffmpeg's lists of encoders, decoders, demuxers, muxers, filters and hardware, in this order.
    pub(crate) fn read(version: &str, answers: &[String; 6]) -> Self {
        let [encoders, decoders, demuxers, muxers, filters, hardware] = answers;
        Self {
            version: version.to_owned(),
            encoders: after_dashes(encoders),
            decoders: Decoders::read(decoders),
            demuxers: after_dashes(demuxers),
            muxers: after_dashes(muxers),
            filters: after_legend(filters),
            hardware: hardware
                .lines()
                .skip(1)
                .map(|line| line.trim().to_owned())
                .filter(|name| !name.is_empty())
                .collect(),
        }
    }

    /// A message that this ffmpeg, the server's, can't decode `what`, if so.
    pub fn lacks_decoder(&self, what: &str, codec: &str) -> Option<String> {
        let version = &self.version;
        (!self.decoders.can(codec)).then(|| {
            format!("{what} in {codec}, and the server's ffmpeg ({version}) has no decoder for that")
        })
    }

    /// Whether these are the answers of an ffmpeg, not of a program that failed halfway.
    pub fn is_sound(&self) -> bool {
        let all = [&self.encoders, &self.demuxers, &self.muxers, &self.filters];
        !self.version.is_empty()
            && all.into_iter().all(|names| !names.is_empty())
            && self.decoders != Decoders::default()
    }
}

/// Names in lines such as ` V....D libx264  libx264 H.264 …`, after a line of dashes.
/// `mov,mp4,m4a` stands for several names of one entry.
/// Newer versions print one more flag for devices: ` D d x11grab`.
fn after_dashes(listing: &str) -> BTreeSet<String> {
    let lines = listing.lines().skip_while(|line| !line.trim().starts_with("--")).skip(1);
    names(lines)
}

/// Names in lines such as ` TSC acrossfade  AA->A  …`, after a legend whose lines contain `=`.
fn after_legend(listing: &str) -> BTreeSet<String> {
    names(listing.lines().filter(|line| line.contains("->")))
}

fn names<'a>(lines: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let words = lines.filter_map(|line| line.split_whitespace().skip(1).find(|word| *word != "d"));
    words.flat_map(|word| word.split(',')).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENCODERS: &str =
        "Encoders:\n V..... = Video\n ------\n V....D libx264  libx264 H.264\n A....D aac   AAC\n";
    const DECODERS: &str = "Decoders:\n V..... = Video\n ------\n V....D h264     H.264\n";
    const DEMUXERS: &str = "File formats:\n D. = Demuxing supported\n .E = Muxing supported\n --\n D  mov,mp4,m4a  QuickTime / MOV\n D  matroska,webm Matroska\n D d fbdev  Linux framebuffer\n";
    const MUXERS: &str = "Formats:\n D.. = Demuxing supported\n ---\n  E mp4  MP4 (MPEG-4 Part 14)\n";
    const FILTERS: &str = "Filters:\n  T.. = Timeline support\n  |->source\n ... scale   V->V  Scale the input\n TSC fade  V->V  Fade\n";
    const HARDWARE: &str = "Hardware acceleration methods:\nvdpau\ncuda\n\n";

    #[test]
    fn lists_of_several_versions() {
        let answers = [ENCODERS, DECODERS, DEMUXERS, MUXERS, FILTERS, HARDWARE].map(str::to_owned);
        let known = Capabilities::read("8.1", &answers);
        let text = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(" ");
        assert_eq!(text(&known.encoders), "aac libx264");
        assert_eq!(text(&known.demuxers), "fbdev m4a matroska mov mp4 webm");
        assert_eq!(text(&known.muxers), "mp4");
        assert!(known.filters.contains("scale") && known.filters.contains("fade"));
        assert_eq!(text(&known.hardware), "cuda vdpau");
        assert!(known.is_sound());
        let json = serde_json::to_string(&known).unwrap();
        assert_eq!(serde_json::from_str::<Capabilities>(&json).unwrap(), known);
    }

    #[test]
    fn silence_is_no_answer() {
        assert!(!Capabilities::read("8.1", &<[String; 6]>::default()).is_sound());
    }
}
