//! Flags about a ladder: the film in several sizes, for players that change between them.

use clap::Args;
use ffmpeg_cluster_common::io::settings::parsers::{Checked, Mistakes, number};
use ffmpeg_cluster_common::media::params::ladder::config::{Format, LadderConfig, Products, RungConfig};

#[derive(Debug, Clone, Default, Args)]
pub(crate) struct LadderFlags {
    /// Make a stream in these sizes instead of a file, for instance 1080p,720p,480p (docs/streams.md).
    #[arg(long, value_name = "RUNGS", value_delimiter = ',')]
    pub(crate) ladder: Vec<String>,
    /// Encoding parameters of all rungs, as typed to ffmpeg [default: -c:v libx264, with the rung's own quality and bit rate].
    #[arg(long, value_name = "PARAMS", allow_hyphen_values = true)]
    pub(crate) ladder_params: Option<String>,
    /// About how long each media segment is [default: 6].
    #[arg(long, value_name = "S", value_parser = |text: &str| number(text, 1.0..=30.0))]
    pub(crate) segment_seconds: Option<Checked<f64>>,
    /// Encoding parameters of the sound; once for each way to offer it [default: -c:a aac -b:a 128k -ac 2].
    #[arg(long, value_name = "PARAMS", allow_hyphen_values = true)]
    pub(crate) sound: Vec<String>,
    /// Write playlists of HLS; without --dash, these alone [default: both].
    #[arg(long)]
    pub(crate) hls: bool,
    /// Write a manifest of DASH; without --hls, this alone [default: both].
    #[arg(long)]
    pub(crate) dash: bool,
}

impl LadderFlags {
    /// The server checks rungs and parameters.
    pub(super) fn products(&self, mistakes: &mut Mistakes) -> Option<Products> {
        let segment_seconds = mistakes.take_given("segment-seconds", self.segment_seconds.clone());
        if self.ladder.is_empty() {
            self.alone().for_each(|flag| mistakes.note(format!("{flag}: only goes with --ladder")));
            return None;
        }
        let formats = [(self.hls, Format::Hls), (self.dash, Format::Dash)];
        let formats: Vec<Format> =
            formats.into_iter().filter(|(asked, _)| *asked).map(|(_, format)| format).collect();
        Some(Products {
            ladder: LadderConfig {
                rungs: self.ladder.iter().map(|name| RungConfig::Name(name.trim().to_owned())).collect(),
                ffmpeg_params: self.ladder_params.clone(),
                sound: Some(self.sound.clone()).filter(|sound| !sound.is_empty()),
                segment_seconds,
                formats: Some(formats).filter(|formats| !formats.is_empty()),
            },
        })
    }

    fn alone(&self) -> impl Iterator<Item = &'static str> + use<> {
        let given = [
            ("--ladder-params", self.ladder_params.is_some()),
            ("--segment-seconds", self.segment_seconds.is_some()),
            ("--sound", !self.sound.is_empty()),
            ("--hls", self.hls),
            ("--dash", self.dash),
        ];
        given.into_iter().filter(|(_, given)| *given).map(|(flag, _)| flag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ladder_is_what_the_server_is_told() {
        let flags = LadderFlags {
            ladder: vec!["720p".into(), " 360p".into()],
            sound: vec!["-c:a aac -b:a 96k".into()],
            segment_seconds: number("4", 1.0..=30.0).ok(),
            dash: true,
            ..LadderFlags::default()
        };
        let mut mistakes = Mistakes::default();
        let products = flags.products(&mut mistakes).unwrap();
        let told = serde_json::to_string(&products).unwrap();
        assert_eq!(
            told,
            r#"{"ladder":{"rungs":["720p","360p"],"sound":["-c:a aac -b:a 96k"],"segment_seconds":4.0,"formats":["dash"]}}"#
        );
        assert!(mistakes.0.is_empty(), "{mistakes:?}");
    }

    #[test]
    fn words_about_a_ladder_need_one() {
        let flags = LadderFlags { hls: true, sound: vec!["-c:a aac".into()], ..LadderFlags::default() };
        let mut mistakes = Mistakes::default();
        assert_eq!(flags.products(&mut mistakes), None);
        assert_eq!(mistakes.0, ["--sound: only goes with --ladder", "--hls: only goes with --ladder"]);
    }
}
