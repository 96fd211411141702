//! A dry run at the door: ffmpeg itself judges what our tables can't know, such as names of pixel formats.

use super::super::encode::piece_suffix;
use super::super::sound::sound_format;
use super::super::source::Picture;
use super::{Profile, SoundProfile, pixels_max, without_burning};

/// Bytes that one allocation of the trial may have; a filter that blows the picture up fails by it.
const ALLOCATION_MAX: &str = "536870912";

/// Some filters give their first frame after many; a few may give none of so many.
const FRAMES: u32 = 330;

/// Files that the trial makes, as pieces are, for a dry run of the join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub picture: String,
    pub sound: String,
    /// Tracks in the file of sound; none: no file.
    pub sounds: usize,
    /// The picture once more, where its colours are asked for.
    pub looks: Option<String>,
}

/// Arguments of a run that encodes a few frames (and a little sound, where that is encoded), to nothing where nothing is to be made.
/// Without a picture a usual one is taken. An encoder that needs a device is not run, only its filters.
pub fn trial_arguments(profile: &Profile, picture: Option<&Picture>, made: Option<&Made>) -> Vec<String> {
    let (mut width, mut height) = picture.map_or((320, 240), |picture| (picture.width, picture.height));
    if picture.is_some_and(|picture| picture.rotation % 180 != 0) {
        (width, height) = (height, width);
    }
    let rate =
        picture.map(|picture| picture.base_rate).filter(|rate| rate.is_positive() && rate.as_f64() < 1000.0);
    let rate = rate.map_or("25".to_owned(), |rate| rate.to_string());
    let format = picture.map_or("yuv420p", |picture| picture.pix_fmt.as_str());
    let mut out: Vec<String> =
        ["-nostdin", "-hide_banner", "-v", "error", "-y", "-max_alloc", ALLOCATION_MAX]
            .into_iter()
            .map(str::to_owned)
            .collect();
    let mut say = |words: &[&str]| out.extend(words.iter().map(|word| (*word).to_owned()));
    let frames = format!("color=gray:size={width}x{height}:rate={rate},trim=end_frame={FRAMES}");
    say(&["-f", "lavfi", "-i", &frames]);
    let sound = match &profile.sound {
        SoundProfile::Encode { options, filters, .. } => Some((options, filters)),
        SoundProfile::Drop | SoundProfile::Copy => None,
    };
    if sound.is_some() {
        say(&["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=2"]);
    }
    // There is no film here whose subtitles could be read.
    let chain = profile.video.filters.as_deref().and_then(without_burning);
    let chain = chain.map_or(String::new(), |filters| format!(",{filters}"));
    let colours = picture.map_or(String::new(), colours);
    let mut picture = vec!["-map".to_owned(), "0:v".to_owned(), "-vf".to_owned()];
    picture.push(format!("format={format}{colours}{chain}"));
    picture.extend(encoder(profile));
    let picture: Vec<&str> = picture.iter().map(String::as_str).collect();
    if let Some(looks) = made.and_then(|made| made.looks.as_deref()) {
        say(&picture);
        say(&["-frames:v", "1", "-f", "matroska", &format!("file:{looks}")]);
    }
    say(&picture);
    say(&["-frames:v", "3"]);
    if let Some(made) = made {
        say(&["-avoid_negative_ts", "disabled", "-f", piece_suffix(), &format!("file:{}", made.picture)]);
    }
    if let Some((options, filters)) = sound {
        let tracks = made.map_or(1, |made| made.sounds.max(1));
        (0..tracks).for_each(|_| say(&["-map", "1:a"]));
        say(&["-t", "0.2", "-c:a", profile.sound_encoder().unwrap_or_default()]);
        if let Some(filters) = filters {
            say(&["-af", filters]);
        }
        for (name, value) in options {
            say(&[&format!("-{name}"), value]);
        }
    }
    match made.filter(|made| made.sounds > 0) {
        Some(made) => {
            let muxer = sound_format(profile.container, profile.sound_encoder().unwrap_or_default()).muxer;
            say(&["-strict", "-2", "-f", muxer, &format!("file:{}", made.sound)]);
        }
        None if made.is_none() || sound.is_some() => say(&["-f", "null", "-"]),
        None => {}
    }
    out
}

fn encoder(profile: &Profile) -> Vec<String> {
    let mut all = vec!["-c:v".to_owned()];
    if profile.needs_hardware() {
        all.push("wrapped_avframe".to_owned());
    } else {
        all.push(profile.video.encoder.clone());
        all.extend(
            profile.video.options.iter().flat_map(|(name, value)| [format!("-{name}"), value.clone()]),
        );
    }
    all.extend(["-max_pixels:v".to_owned(), pixels_max(&profile.video).to_string()]);
    all
}

/// The frames say of their colours what the film's do: filters that turn colours into others refuse those that say nothing.
/// The filter's words are ffprobe's.
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
