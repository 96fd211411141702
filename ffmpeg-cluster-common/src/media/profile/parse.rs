//! Words → profile, or everything that is wrong with them.

use super::super::container::Container;
use super::super::source::StreamKind;
use super::encoders::{self, VideoEncoder};
use super::filters::{self, Of};
use super::options::{self, Known, Name, Place};
use super::values::Value;
use super::{Profile, Refusal, SoundProfile, SubtitleProfile, VideoProfile, keyed, reasons};
use crate::limits::PARAMETER_WORDS_MAX;

type Pairs = Vec<(String, String)>;

/// All refusals at once.
pub fn parse(words: &[String], container: Container) -> Result<Profile, Vec<Refusal>> {
    let mut draft = Draft::new(container);
    if words.len() > PARAMETER_WORDS_MAX {
        return Err(vec![Refusal::new("ffmpeg_params", format!("more than {PARAMETER_WORDS_MAX} words"))]);
    }
    let mut rest = words.iter().map(String::as_str).peekable();
    while let Some(word) = rest.next() {
        if let Err(refusals) = draft.read(word, &mut rest) {
            draft.refusals.extend(refusals);
        }
    }
    draft.finish()
}

/// The table's word that is most like what was typed; none where nothing is.
pub(super) fn nearest<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.map(|word| (distance(typed, word), word)).min_by_key(|(far, _)| *far)?;
    (near.0 <= 1 + typed.len() / 4 && near.0 < typed.len()).then_some(near.1)
}

/// Letters to add, take away or change, to get from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut left_above = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (above + 1).min(row[j] + 1).min(left_above + usize::from(x != y));
            left_above = above;
        }
    }
    row[b.len()]
}

fn did_you_mean(near: Option<&str>) -> String {
    near.map_or(String::new(), |near| format!("; did you mean {near}?"))
}

/// What was understood so far.
struct Draft {
    container: Container,
    encoder: Option<&'static VideoEncoder>,
    /// An encoder was named but is none of ours; its options can't be judged.
    encoder_is_wrong: bool,
    /// Options with what the person typed, for the check against the encoder at the end.
    video: Vec<(String, &'static Known, String)>,
    filters: Option<String>,
    sound: SoundDraft,
    subtitles: SubtitleProfile,
    tags: Pairs,
    source_tags: bool,
    chapters: bool,
    muxer: Pairs,
    refusals: Vec<Refusal>,
}

#[derive(Default)]
struct SoundDraft {
    drop: bool,
    copy: bool,
    encoder: Option<&'static str>,
    options: Pairs,
    filters: Option<String>,
    /// What was said about encoding; it contradicts a copy.
    said: Option<String>,
}

/// The last one counts, as with ffmpeg.
fn put(pairs: &mut Pairs, name: String, value: String) {
    pairs.retain(|(known, _)| *known != name);
    pairs.push((name, value));
}

fn refuse<T>(option: impl Into<String>, reason: impl Into<String>) -> Result<T, Vec<Refusal>> {
    Err(vec![Refusal::new(option, reason)])
}

impl Draft {
    fn new(container: Container) -> Self {
        Self {
            container,
            encoder: None,
            encoder_is_wrong: false,
            video: Vec::new(),
            filters: None,
            sound: SoundDraft::default(),
            subtitles: SubtitleProfile::Keep,
            tags: Vec::new(),
            source_tags: true,
            chapters: true,
            muxer: Vec::new(),
            refusals: Vec::new(),
        }
    }

    fn read<'a>(
        &mut self,
        word: &'a str,
        rest: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>,
    ) -> Result<(), Vec<Refusal>> {
        let Some(typed) =
            word.strip_prefix('-').filter(|typed| !typed.is_empty() && typed.parse::<f64>().is_err())
        else {
            return refuse(
                word,
                "a word without an option before it would be another output; the result's name is --file-name-output",
            );
        };
        if self.flag(typed) {
            return Ok(());
        }
        let base = typed.split_once(':').map_or(typed, |(base, _)| base);
        if let Some(refused) = reasons::refused(base)
            && !harmless(base, rest.peek().copied())
        {
            if refused.valued {
                rest.next();
            }
            return refuse(word, refused.reason);
        }
        if !is_known(typed, base) {
            // An option that we don't know may have a value; what looks like an option is none.
            if rest.peek().is_some_and(|next| !next.starts_with('-') || next.parse::<f64>().is_ok()) {
                rest.next();
            }
            return refuse(word, format!("unknown option{}", suggestion(typed)));
        }
        let Some(value) = rest.next() else { return refuse(word, "a value is missing") };
        if value.contains('\0') {
            return refuse(word, "the value holds a zero byte");
        }
        self.option(word, typed, base, value)
    }

    /// Options without a value.
    fn flag(&mut self, typed: &str) -> bool {
        match typed {
            "an" => self.sound.drop = true,
            "sn" => self.subtitles = SubtitleProfile::Drop,
            // Said for ffmpeg's own sake; without meaning here.
            "dn" | "y" | "hide_banner" | "nostdin" | "stats" | "nostats" => {}
            _ => return false,
        }
        true
    }

    fn option(&mut self, word: &str, typed: &str, base: &str, value: &str) -> Result<(), Vec<Refusal>> {
        match base {
            "metadata" | "disposition" => return self.tag(word, typed, value),
            "map" | "vsync" | "fps_mode" => return Ok(()),
            "map_metadata" | "map_chapters" => return self.leave_behind(word, base, value),
            "f" => return self.format(word, value),
            _ => {}
        }
        let Some(name) = options::name(typed) else {
            return refuse(word, "this stream specifier is not supported; :v, :a and :a:N are");
        };
        if name.spec.is_none()
            && !name.subtitle
            && let Some(say) = options::needs_specifier(&name.base)
        {
            return refuse(word, format!("say which stream: {say}"));
        }
        if name.spec == Some(Place::Video) && name.track.is_some_and(|track| track > 0) {
            return refuse(word, "only the first picture is encoded; others are copied");
        }
        match (name.base.as_str(), name.spec) {
            ("c", Some(Place::Video)) => self.video_encoder(word, value),
            ("c", Some(_)) => self.sound_encoder(word, &name, value),
            ("c", None) => self.subtitle_encoder(word, value),
            ("filter", Some(Place::Video)) => {
                self.filters = Some(filters::chain(Of::Video, word, value)?);
                Ok(())
            }
            ("filter", Some(_)) => {
                self.sound.filters = Some(filters::chain(Of::Sound, word, value)?);
                self.sound.said.get_or_insert_with(|| word.to_owned());
                Ok(())
            }
            ("strict", None) => {
                let (video, sound) = (named("strict", Place::Video), named("strict", Place::Sound));
                self.known(word, &video, value).and_then(|()| self.known(word, &sound, value))
            }
            _ => self.known(word, &name, value),
        }
    }

    /// An option of the tables.
    fn known(&mut self, word: &str, name: &Name, value: &str) -> Result<(), Vec<Refusal>> {
        let family = self.encoder.map_or("x264", |encoder| encoder.family);
        // One name may stand for options of several encoders, with other values.
        let Some(known) = options::find(name)
            .max_by_key(|known| (known.families.contains(&family), known.families.is_empty()))
        else {
            return refuse(word, format!("unknown option{}", suggestion(&name.base)));
        };
        if let Err(want) = known.value.check(value) {
            return refuse(word, format!("{value:?} is not {want}"));
        }
        let value = match known.value {
            Value::Keyed(list) => keyed::params(list, word, value).map_err(|refusal| vec![refusal])?,
            _ => value.to_owned(),
        };
        match known.place {
            Place::Video => {
                self.video.retain(|(_, earlier, _)| earlier.name != known.name);
                self.video.push((word.to_owned(), known, value));
            }
            Place::Sound => {
                let track = name.track.map_or(String::new(), |track| format!(":{track}"));
                let letter = if track.is_empty() || known.name.contains(':') { "" } else { ":a" };
                put(&mut self.sound.options, format!("{}{letter}{track}", known.name), value);
                self.sound.said.get_or_insert_with(|| word.to_owned());
            }
            Place::Muxer => put(&mut self.muxer, known.name.to_owned(), value),
        }
        Ok(())
    }

    fn video_encoder(&mut self, word: &str, value: &str) -> Result<(), Vec<Refusal>> {
        if value == "copy" {
            return refuse(format!("{word} copy"), "a copy of the picture needs no cluster; name an encoder");
        }
        self.encoder = encoders::video(value);
        self.encoder_is_wrong = self.encoder.is_none();
        if self.encoder_is_wrong {
            let near = did_you_mean(nearest_encoder(value, encoders::video_names()));
            return Err(vec![Refusal::unknown_encoder(
                format!("{word} {value}"),
                format!("unknown encoder of pictures{near}"),
            )]);
        }
        Ok(())
    }

    fn sound_encoder(&mut self, word: &str, name: &Name, value: &str) -> Result<(), Vec<Refusal>> {
        if name.track.is_some() {
            return refuse(word, "all tracks of sound are encoded alike; say -c:a");
        }
        self.sound.copy = value == "copy";
        if self.sound.copy {
            return Ok(());
        }
        let Some((encoder, codec)) = encoders::sound(value) else {
            let near = did_you_mean(nearest_encoder(value, encoders::sound_names()));
            return Err(vec![Refusal::unknown_encoder(
                format!("{word} {value}"),
                format!("unknown encoder of sound{near}"),
            )]);
        };
        self.sound.encoder = Some(encoder);
        self.fits(StreamKind::Audio, &format!("{word} {value}"), codec)
    }

    fn subtitle_encoder(&mut self, word: &str, value: &str) -> Result<(), Vec<Refusal>> {
        if value == "copy" {
            self.subtitles = SubtitleProfile::Copy;
            return Ok(());
        }
        let Some((encoder, codec)) = encoders::subtitle(value) else {
            let near = did_you_mean(nearest_encoder(value, encoders::subtitle_names()));
            return Err(vec![Refusal::unknown_encoder(
                format!("{word} {value}"),
                format!("unknown encoder of subtitles{near}"),
            )]);
        };
        self.subtitles = SubtitleProfile::Encode { encoder: encoder.to_owned() };
        self.fits(StreamKind::Subtitle, &format!("{word} {value}"), codec)
    }

    /// Encoder and container must go together.
    fn fits(&self, kind: StreamKind, typed: &str, codec: &str) -> Result<(), Vec<Refusal>> {
        if self.container.holds(kind, codec) {
            return Ok(());
        }
        let others: Vec<&str> = Container::ALL
            .into_iter()
            .filter(|other| other.holds(kind, codec))
            .map(|other| other.suffixes()[0])
            .collect();
        let hint = if others.is_empty() {
            String::new()
        } else {
            format!("; a result named .{} can", others.join(" or ."))
        };
        refuse(typed, format!("{} can't hold {codec}{hint}", self.container.title()))
    }

    fn format(&mut self, word: &str, value: &str) -> Result<(), Vec<Refusal>> {
        let same = value == self.container.muxer()
            || self.container.suffixes().contains(&value)
            || (value == "ipod" && self.container == Container::Mp4);
        if same {
            return Ok(());
        }
        refuse(
            format!("{word} {value}"),
            format!(
                "the result's name asks for {}; the name alone chooses the container",
                self.container.muxer()
            ),
        )
    }

    fn leave_behind(&mut self, word: &str, base: &str, value: &str) -> Result<(), Vec<Refusal>> {
        match value {
            "-1" if base == "map_metadata" => self.source_tags = false,
            "-1" => self.chapters = false,
            "0" => {}
            _ => return refuse(word, "only 0 (keep) and -1 (leave behind) are supported"),
        }
        Ok(())
    }

    fn tag(&mut self, word: &str, typed: &str, value: &str) -> Result<(), Vec<Refusal>> {
        const VALUE_BYTES_MAX: usize = 1000;
        let spec = typed.split_once(':').map(|(_, spec)| spec);
        let is_disposition = typed.starts_with("disposition");
        if !spec_is_known(spec, is_disposition) {
            return refuse(word, "this stream specifier is not supported; :s:v:0, :s:a:1 and :s:s:0 are");
        }
        let fits = if is_disposition {
            disposition(value)
        } else {
            value.split_once('=').is_some_and(|(key, _)| !key.is_empty())
        };
        if !fits || value.len() > VALUE_BYTES_MAX {
            return refuse(
                word,
                if is_disposition { "flags such as default+forced, or 0" } else { "key=value is needed" },
            );
        }
        if is_disposition {
            self.tags.retain(|(known, _)| known != typed);
        }
        self.tags.push((typed.to_owned(), value.to_owned()));
        Ok(())
    }

    fn finish(mut self) -> Result<Profile, Vec<Refusal>> {
        let default =
            encoders::video(self.container.default_video_encoder()).expect("defaults are in the table");
        let encoder = self.encoder.unwrap_or(default);
        if !self.encoder_is_wrong {
            if let Err(refusals) =
                self.fits(StreamKind::Video, &format!("-c:v {}", encoder.name), encoder.codec)
            {
                self.refusals.extend(refusals);
            }
            let wrong: Vec<Refusal> = self.video.iter().filter_map(|option| judge(encoder, option)).collect();
            self.refusals.extend(wrong);
            self.quality(encoder);
        }
        let sound = self.finish_sound();
        if !self.refusals.is_empty() {
            return Err(self.refusals);
        }
        let options =
            self.video.into_iter().map(|(_, known, value)| (known.name.to_owned(), value)).collect();
        Ok(Profile {
            container: self.container,
            video: VideoProfile { encoder: encoder.name.to_owned(), options, filters: self.filters },
            sound,
            subtitles: self.subtitles,
            tags: self.tags,
            source_tags: self.source_tags,
            chapters: self.chapters,
            muxer: self.muxer,
        })
    }

    fn finish_sound(&mut self) -> SoundProfile {
        let sound = std::mem::take(&mut self.sound);
        if sound.drop {
            return SoundProfile::Drop;
        }
        if sound.copy {
            if let Some(said) = sound.said {
                self.refusals.push(Refusal::new(said, "sound that is copied (-c:a copy) can't be changed"));
            }
            return SoundProfile::Copy;
        }
        SoundProfile::Encode {
            encoder: sound.encoder.map(str::to_owned),
            options: sound.options,
            filters: sound.filters,
        }
    }

    /// Encoders that by themselves aim at a mean bit rate must be told a quality.
    fn quality(&mut self, encoder: &VideoEncoder) {
        let said = |name: &str| self.video.iter().any(|(_, known, _)| known.name == name);
        if encoder.quality.is_empty() || encoder.quality.iter().any(|name| said(name)) {
            return;
        }
        let wanted: Vec<String> = encoder.quality.iter().map(|name| format!("-{name}")).collect();
        self.refusals.push(Refusal::new(
            format!("-c:v {}", encoder.name),
            format!(
                "by itself it aims at a mean bit rate, which needs the whole film in one place; add {}",
                wanted.join(" or ")
            ),
        ));
    }
}

/// An option of the picture against the encoder that was chosen in the end.
fn judge(encoder: &VideoEncoder, (word, known, value): &(String, &'static Known, String)) -> Option<Refusal> {
    if !known.families.is_empty() && !known.families.contains(&encoder.family) {
        return Some(Refusal::new(word, format!("{} does not know this option", encoder.name)));
    }
    let listed = match known.name {
        "preset" => encoders::presets(encoder.family),
        "tune" => encoders::tunes(encoder.family),
        "b:v" if value != "0" && encoder.family != "dnxhd" => {
            let reason =
                "a mean bit rate needs the whole film in one place; use -crf (or -q:v) for constant quality";
            return Some(Refusal::new(word, reason));
        }
        _ => None,
    }?;
    if value.split(',').all(|part| listed.contains(&part)) {
        return None;
    }
    let near = did_you_mean(nearest(value, listed.iter().copied()));
    Some(Refusal::new(format!("{word} {value}"), format!("{} has none of that name{near}", encoder.name)))
}

fn named(base: &str, place: Place) -> Name {
    Name { base: base.to_owned(), spec: Some(place), subtitle: false, track: None }
}

/// Refused options that ask for just what we do anyway.
fn harmless(base: &str, value: Option<&str>) -> bool {
    matches!(
        (base, value),
        ("map", Some("0")) | ("vsync", Some("passthrough" | "0")) | ("fps_mode", Some("passthrough"))
    )
}

fn is_known(typed: &str, base: &str) -> bool {
    if matches!(
        base,
        "metadata" | "disposition" | "map" | "map_metadata" | "map_chapters" | "f" | "vsync" | "fps_mode"
    ) {
        return true;
    }
    let Some(name) = options::name(typed) else {
        let plain = typed.split(':').next().unwrap_or_default();
        return options::name(plain).is_some_and(|name| {
            options::needs_specifier(&name.base).is_some() || options::find(&name).next().is_some()
        });
    };
    options::needs_specifier(&name.base).is_some()
        || name.base == "strict"
        || options::find(&name).next().is_some()
}

fn suggestion(typed: &str) -> String {
    let near = nearest(typed.trim_start_matches('-'), options::all_names());
    near.map_or(String::new(), |near| format!("; did you mean -{near}?"))
}

/// People write `x264` for `libx264`.
fn nearest_encoder<'a>(typed: &str, known: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let typed = typed.to_ascii_lowercase();
    let inside = known.clone().find(|name| typed.len() >= 3 && name.contains(typed.as_str()));
    inside.or_else(|| nearest(&typed, known))
}

fn spec_is_known(spec: Option<&str>, is_disposition: bool) -> bool {
    let Some(spec) = spec else { return !is_disposition };
    let stream = if is_disposition { Some(spec) } else { spec.strip_prefix("s:") };
    match stream {
        None => spec == "g",
        Some(stream) => {
            let (letter, track) = stream.split_once(':').unwrap_or((stream, "0"));
            matches!(letter, "v" | "a" | "s" | "t") && track.len() <= 2 && track.parse::<u32>().is_ok()
        }
    }
}

fn disposition(value: &str) -> bool {
    const FLAGS: &[&str] = &[
        "default",
        "dub",
        "original",
        "comment",
        "lyrics",
        "karaoke",
        "forced",
        "hearing_impaired",
        "visual_impaired",
        "clean_effects",
        "captions",
        "descriptions",
        "dependent",
        "metadata",
    ];
    value == "0" || Value::Flags(FLAGS).check(value).is_ok()
}
