//! Side data of a picture, and the part of it that a result has lost.
//! The report lists the loss, because a plain run of ffmpeg would be silent about it.

use serde::{Deserialize, Serialize};

use crate::media::source::Picture;

/// Side data of single frames, or of the stream as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SideData {
    Captions,
    DolbyVision,
    Hdr10Plus,
    Vivid,
    FilmGrain,
    Stereo,
    Spherical,
    ActiveFormat,
    /// A timecode within the pictures.
    Timecode,
}

impl SideData {
    /// The kind for ffprobe's name of a piece of side data; None for kinds that nobody misses.
    pub fn of_side_data(name: &str) -> Option<Self> {
        const NAMES: &[(&str, SideData)] = &[
            ("ATSC A53", SideData::Captions),
            ("DOVI ", SideData::DolbyVision),
            ("Dolby Vision", SideData::DolbyVision),
            ("HDR Dynamic Metadata SMPTE2094-40", SideData::Hdr10Plus),
            ("HDR10+", SideData::Hdr10Plus),
            ("HDR Dynamic Metadata CUVA", SideData::Vivid),
            ("Film grain", SideData::FilmGrain),
            ("Stereo 3D", SideData::Stereo),
            ("Spherical Mapping", SideData::Spherical),
            ("Active format", SideData::ActiveFormat),
            ("GOP timecode", SideData::Timecode),
            ("SMPTE 12-1 timecode", SideData::Timecode),
        ];
        NAMES.iter().find(|(start, _)| name.starts_with(start)).map(|(_, extra)| *extra)
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Captions => "closed captions in the picture (ATSC A53)",
            Self::DolbyVision => "Dolby Vision",
            Self::Hdr10Plus => "the dynamic light levels of HDR10+",
            Self::Vivid => "the dynamic light levels of HDR Vivid",
            Self::FilmGrain => "the description of film grain",
            Self::Stereo => "the mark of a stereo (3D) picture",
            Self::Spherical => "the mark of a spherical (360°) picture",
            Self::ActiveFormat => "the active format description",
            Self::Timecode => "the timecode in the pictures",
        }
    }
}

/// The properties of the source's picture that the result's lacks, one sentence each for people.
/// `encoder` is the encoder that made the result.
pub fn lost(source: &Picture, result: &Picture, encoder: &str) -> Vec<String> {
    let mut all: Vec<&str> = Vec::new();
    let gone = source.extras.iter().filter(|extra| !result.extras.contains(extra));
    all.extend(gone.map(|extra| extra.title()));
    let had = source.hdr.as_ref();
    let has = result.hdr.as_ref();
    if had.is_some_and(|hdr| hdr.mastering.is_some()) && has.is_none_or(|hdr| hdr.mastering.is_none()) {
        all.push("the mastering display (HDR10)");
    }
    if had.is_some_and(|hdr| hdr.max_content.is_some()) && has.is_none_or(|hdr| hdr.max_content.is_none()) {
        all.push("the content light level (HDR10)");
    }
    let said = |what: &Option<String>| what.is_some();
    if said(&source.color_transfer) && !said(&result.color_transfer) {
        all.push("the transfer of its colours");
    }
    if said(&source.color_primaries) && !said(&result.color_primaries) {
        all.push("the primaries of its colours");
    }
    if has_alpha(&source.pix_fmt) && !has_alpha(&result.pix_fmt) {
        all.push("transparency");
    }
    let sentence = |what: &str| {
        format!(
            "the source has {what}, and the result has none: the pieces that {encoder} made did not carry it"
        )
    };
    all.into_iter().map(sentence).collect()
}

fn has_alpha(pix_fmt: &str) -> bool {
    const START: &[&str] = &["yuva", "rgba", "bgra", "argb", "abgr", "gbrap", "ya8", "ya16", "ayuv"];
    START.iter().any(|start| pix_fmt.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::sample::film;

    #[test]
    fn side_data_as_ffprobe_calls_it() {
        for (name, want) in [
            ("ATSC A53 Part 4 Closed Captions", Some(SideData::Captions)),
            ("DOVI configuration record", Some(SideData::DolbyVision)),
            ("Dolby Vision Metadata", Some(SideData::DolbyVision)),
            ("Dolby Vision RPU Data", Some(SideData::DolbyVision)),
            ("HDR Dynamic Metadata SMPTE2094-40 (HDR10+)", Some(SideData::Hdr10Plus)),
            ("HDR10+ Dynamic Metadata (SMPTE 2094-40)", Some(SideData::Hdr10Plus)),
            ("Stereo 3D", Some(SideData::Stereo)),
            ("CPB properties", None),
            ("Display Matrix", None),
            ("Mastering display metadata", None),
        ] {
            assert_eq!(SideData::of_side_data(name), want, "{name}");
        }
    }

    #[test]
    fn what_the_result_has_not_is_said() {
        let film = film();
        let plain = film.film_stream().unwrap().1;
        let mut rich = plain.clone();
        rich.extras = vec![SideData::DolbyVision, SideData::Captions];
        rich.pix_fmt = "yuva420p".into();
        assert!(lost(&rich, &rich, "libx264").is_empty());
        assert!(lost(plain, &rich, "libx264").is_empty());
        let mut less = plain.clone();
        less.extras = vec![SideData::Captions];
        assert_eq!(
            lost(&rich, &less, "libx264"),
            [
                "the source has Dolby Vision, and the result has none: the pieces that libx264 made did not carry it",
                "the source has transparency, and the result has none: the pieces that libx264 made did not carry it",
            ]
        );
    }
}
