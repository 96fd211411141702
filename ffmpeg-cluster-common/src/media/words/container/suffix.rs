//! A file's name chooses its container.

use super::Container;

impl Container {
    /// Chooses by the suffix of a file name, as ffmpeg does; None if the suffix is unknown.
    pub fn of_name(name: &str) -> Option<Self> {
        let (stem, suffix) = name.rsplit_once('.')?;
        if stem.is_empty() {
            return None;
        }
        let suffix = suffix.to_ascii_lowercase();
        Self::ALL.into_iter().find(|container| container.suffixes().contains(&suffix.as_str()))
    }

    /// The suffixes that choose this container; the first is the common one.
    pub const fn suffixes(self) -> &'static [&'static str] {
        match self {
            Self::Mp4 => &["mp4", "m4v"],
            Self::Mov => &["mov"],
            Self::Matroska => &["mkv"],
            Self::WebM => &["webm"],
            Self::MpegTs => &["ts", "m2ts", "mts", "m2t"],
            Self::Avi => &["avi"],
            Self::Mxf => &["mxf"],
        }
    }

    /// A sentence with all suffixes, for a name whose suffix is unknown.
    pub fn unknown_suffix() -> String {
        let known: Vec<String> = Self::ALL
            .iter()
            .flat_map(|container| container.suffixes())
            .map(|suffix| format!(".{suffix}"))
            .collect();
        format!("the suffix chooses the container and must be one of {}", known.join(", "))
    }
}
