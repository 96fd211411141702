//! The dry run at admission:
//! ffmpeg judges what our tables can't know, such as names of pixel formats.

use super::Line;
use crate::media::command::encode::piece_suffix;
use crate::media::command::sound::sound_format;
use crate::media::params::{Chain, Profile, SoundProfile, pixels_max};
use crate::media::source::Picture;

/// The largest allocation in bytes; a filter that enlarges the picture too much fails.
const ALLOCATION_MAX: &str = "536870912";

/// How many frames the filters receive; some output their first frame only after many.
const FRAMES: u32 = 330;

/// Files in the form of pieces, which the dry run writes for a dry run of the join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DryRunFiles {
    pub picture: String,
    pub sound: String,
    /// The number of tracks in the sound file; 0 if there is no sound file.
    pub sounds: usize,
    /// A second picture file, if the job needs to know the resulting colours.
    pub looks: Option<String>,
}

impl DryRunFiles {
    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        let sound = Some(self.sound.as_str()).filter(|_| self.sounds > 0);
        [self.picture.as_str()].into_iter().chain(sound).chain(self.looks.as_deref())
    }
}

/// The arguments of a run that encodes a few frames,
/// and a little sound if the profile encodes sound.
/// Without `made` the output is discarded; without a picture a common one is used.
/// For a hardware encoder only the filters run.
pub fn arguments(profile: &Profile, picture: Option<&Picture>, made: Option<&DryRunFiles>) -> Vec<String> {
    let mut line = Line::writing();
    line.option("-max_alloc", ALLOCATION_MAX).say("-f lavfi").option("-i", frames(picture));
    let encodes_sound = matches!(profile.sound, SoundProfile::Encode { .. });
    if encodes_sound {
        line.say("-f lavfi -i sine=frequency=440:sample_rate=48000:duration=2");
    }
    let picture = encoded(profile, picture);
    if let Some(looks) = made.and_then(|made| made.looks.as_deref()) {
        line.all(&picture).say("-frames:v 1 -f matroska").output(looks);
    }
    line.all(picture).say("-frames:v 3");
    if let Some(made) = made {
        line.say("-avoid_negative_ts disabled").option("-f", piece_suffix()).output(&made.picture);
    }
    say_sound(&mut line, profile, made.map_or(1, |made| made.sounds.max(1)));
    match made.filter(|made| made.sounds > 0) {
        Some(made) => {
            let muxer = sound_format(profile.container, profile.sound_encoder().unwrap_or_default()).muxer;
            line.say("-strict -2").option("-f", muxer).output(&made.sound)
        }
        None if made.is_none() || encodes_sound => line.say("-f null -"),
        None => &mut line,
    };
    line.finish()
}

/// The synthetic picture, of the film's size and rate.
fn frames(picture: Option<&Picture>) -> String {
    let (mut width, mut height) = picture.map_or((320, 240), |picture| (picture.width, picture.height));
    if picture.is_some_and(|picture| picture.rotation % 180 != 0) {
        (width, height) = (height, width);
    }
    // Some encoders refuse high rates, and the ticks of the film's clock are no frame rate.
    let rate = picture.map(Picture::usual_rate).filter(|rate| rate.is_positive() && rate.as_f64() < 1000.0);
    let rate = rate.map_or("25".to_owned(), |rate| rate.to_string());
    // In its default format the `color` source would round odd sides to even ones,
    // and hide that some encoders refuse odd sides.
    format!("color=gray:size={width}x{height}:rate={rate},format=yuv444p,trim=end_frame={FRAMES}")
}

/// The options of an output of the picture.
fn encoded(profile: &Profile, picture: Option<&Picture>) -> Vec<String> {
    // The dry run has no film from which to read subtitles.
    let chain = profile.video.filters.as_ref().and_then(Chain::without_burning);
    let chain = chain.map_or(String::new(), |filters| format!(",{filters}"));
    let format = picture.map_or("yuv420p", |picture| picture.pix_fmt.as_str());
    let colours = picture.map_or(String::new(), colours);
    let mut line = Line::default();
    line.map(0, "v").option("-vf", format!("format={format}{colours}{chain}"));
    say_encoder(&mut line, profile);
    line.finish()
}

/// Adds a little sound, once for each of `streams`.
fn say_sound(line: &mut Line, profile: &Profile, streams: usize) {
    let SoundProfile::Encode { options, filters, .. } = &profile.sound else { return };
    for _ in 0..streams {
        line.map(1, "a");
    }
    line.say("-t 0.2").option("-c:a", profile.sound_encoder().unwrap_or_default());
    if let Some(filters) = filters {
        line.option("-af", filters);
    }
    for (name, value) in options {
        line.option(format!("-{name}"), value);
    }
}

fn say_encoder(line: &mut Line, profile: &Profile) {
    if profile.needs_hardware() {
        line.say("-c:v wrapped_avframe");
    } else {
        line.option("-c:v", &profile.video.encoder);
        for (name, value) in &profile.video.options {
            line.option(format!("-{name}"), value);
        }
    }
    line.option("-max_pixels:v", pixels_max(&profile.video));
}

/// A filter that gives the frames the film's colours,
/// because some filters refuse frames that state none.
/// Its values are ffprobe's words.
fn colours(picture: &Picture) -> String {
    let said = [
        ("range", &picture.color_range),
        ("color_primaries", &picture.color_primaries),
        ("color_trc", &picture.color_transfer),
        ("colorspace", &picture.color_space),
    ];
    let said = said.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
    let said = said.filter(|(_, value)| *value != "reserved").map(|(name, value)| format!("{name}={value}"));
    let said = said.collect::<Vec<_>>().join(":");
    if said.is_empty() { said } else { format!(",setparams={said}") }
}
