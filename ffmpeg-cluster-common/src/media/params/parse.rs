//! Words → profile, or everything that is wrong with them.

use super::allowed::{Allowed, is_plain};
use super::encoders::{self, VideoEncoder};
use super::filters::{self, Chain, Of};
use super::nearest::{did_you_mean, nearest_encoder, suggestion};
use super::options::{self, Known, Name, Place};
use super::span::SpanDraft;
use super::values::Value;
use super::{Pace, Profile, Refusal, SubtitleProfile, keyed, reasons, shown};
use crate::limits::PARAMETER_WORDS_MAX;
use crate::media::source::StreamKind;
use crate::media::words::container::Container;

type Pairs = Vec<(String, String)>;

/// All refusals at once.
pub fn parse(words: &[String], container: Container) -> Result<Profile, Vec<Refusal>> {
    parse_allowing(words, container, &Allowed::default())
}

/// The same with what an operator allows beyond the tables.
pub fn parse_allowing(
    words: &[String],
    container: Container,
    allowed: &Allowed,
) -> Result<Profile, Vec<Refusal>> {
    let mut draft = Draft::new(container, allowed);
    if words.len() > PARAMETER_WORDS_MAX {
        return Err(vec![Refusal::new("ffmpeg_params", format!("more than {PARAMETER_WORDS_MAX} words"))]);
    }
    draft.family = named_family(words);
    let mut rest = words.iter().map(String::as_str).peekable();
    while let Some(word) = rest.next() {
        if let Err(refusals) = draft.read(word, &mut rest) {
            draft.refusals.extend(refusals);
        }
    }
    draft.finish()
}

fn named_family(words: &[String]) -> &'static str {
    let names_encoder = |word: &str| {
        let name = word.strip_prefix('-').and_then(options::name);
        name.is_some_and(|name| name.base == "c" && name.spec == Some(Place::Video))
    };
    let named = words.windows(2).rev().find(|pair| names_encoder(&pair[0]));
    named.and_then(|pair| encoders::video(&pair[1])).map_or("x264", |encoder| encoder.family)
}

/// What was understood so far.
pub(super) struct Draft<'a> {
    allowed: &'a Allowed,
    pub(super) container: Container,
    pub(super) encoder: Option<&'static VideoEncoder>,
    /// Family of the encoder that will be named, for options that stand before it.
    pub(super) family: &'static str,
    /// An encoder was named but is none of ours; its options can't be judged.
    pub(super) encoder_is_wrong: bool,
    /// Options with what the person typed, for the check against the encoder at the end.
    pub(super) video: Vec<(String, &'static Known, String)>,
    /// Of the encoder, and in no table.
    pub(super) allowed_video: Pairs,
    pub(super) filters: Option<Chain>,
    pub(super) sound: SoundDraft,
    pub(super) subtitles: SubtitleProfile,
    pub(super) tags: Pairs,
    pub(super) source_tags: bool,
    pub(super) chapters: bool,
    pub(super) muxer: Pairs,
    pub(super) span: SpanDraft,
    pub(super) pace: Option<Pace>,
    pub(super) refusals: Vec<Refusal>,
}

#[derive(Default)]
pub(super) struct SoundDraft {
    pub(super) drop: bool,
    pub(super) copy: bool,
    pub(super) encoder: Option<&'static str>,
    pub(super) options: Pairs,
    pub(super) filters: Option<Chain>,
    /// What was said about encoding; it contradicts a copy.
    pub(super) said: Option<String>,
}

/// The last one counts, as with ffmpeg.
fn put(pairs: &mut Pairs, name: String, value: String) {
    pairs.retain(|(known, _)| *known != name);
    pairs.push((name, value));
}

pub(super) fn refuse<T>(option: impl Into<String>, reason: impl Into<String>) -> Result<T, Vec<Refusal>> {
    Err(vec![Refusal::new(option, reason)])
}

impl<'d> Draft<'d> {
    fn new(container: Container, allowed: &'d Allowed) -> Self {
        Self {
            allowed,
            container,
            encoder: None,
            family: "",
            encoder_is_wrong: false,
            video: Vec::new(),
            allowed_video: Vec::new(),
            filters: None,
            sound: SoundDraft::default(),
            subtitles: SubtitleProfile::Keep,
            tags: Vec::new(),
            source_tags: true,
            chapters: true,
            muxer: Vec::new(),
            span: SpanDraft::default(),
            pace: None,
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
            && !harmless(typed, rest.peek().copied())
        {
            if refused.valued {
                rest.next();
            }
            return refuse(word, refused.reason);
        }
        if self.allowed.has(typed) {
            return self.allowed_option(word, typed, rest.next());
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

    fn allowed_option(&mut self, word: &str, typed: &str, value: Option<&str>) -> Result<(), Vec<Refusal>> {
        let Some(value) = value else { return refuse(word, "a value is missing") };
        if !is_plain(value) {
            return refuse(word, format!("{:?} is not a plain word or number", shown(value)));
        }
        let name = typed.strip_suffix(":v").unwrap_or(typed);
        put(&mut self.allowed_video, format!("{name}:v"), value.to_owned());
        Ok(())
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
            "map" => return Ok(()),
            "vsync" | "fps_mode" => return self.frame_mode(word, value),
            "ss" | "t" | "to" => return self.cut(word, base, value),
            "r" if is_of_picture(typed) => return self.rate(word, value),
            "frames" | "vframes" if base == "vframes" || typed == "frames:v" => {
                return self.frames(word, value);
            }
            "map_metadata" | "map_chapters" => return self.leave_behind(word, base, value),
            "f" => return self.format(word, value),
            _ => {}
        }
        let Some(name) = options::name(typed) else {
            return refuse(
                word,
                "this stream specifier is not supported; :v and :a are, for all tracks of a kind",
            );
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
                self.filters = Some(filters::read(Of::Video, word, value)?);
                Ok(())
            }
            ("filter", Some(_)) => {
                self.sound.filters = Some(filters::read(Of::Sound, word, value)?);
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
        let family = self.family;
        // One name may stand for options of several encoders, with other values.
        let Some(known) = options::find(name)
            .max_by_key(|known| (known.families.contains(&family), known.families.is_empty()))
        else {
            return refuse(word, format!("unknown option{}", suggestion(&name.base)));
        };
        if let Err(want) = known.value.check(value) {
            return refuse(word, format!("{:?} is not {want}", shown(value)));
        }
        let value = match known.value {
            Value::Keyed(list) => keyed::params(list, word, value).map_err(|refusal| vec![refusal])?,
            Value::Int(..)
            | Value::Float(..)
            | Value::Words(_)
            | Value::IntOr(..)
            | Value::Name
            | Value::Names
            | Value::Flags(_)
            | Value::Bool
            | Value::Ratio
            | Value::Size
            | Value::Rate
            | Value::Numbers => value.to_owned(),
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
            let unknown = || {
                format!(
                    "unknown encoder of sound{}",
                    did_you_mean(nearest_encoder(value, encoders::sound_names()))
                )
            };
            let why = encoders::sound_left_out(value).map_or_else(unknown, str::to_owned);
            return Err(vec![Refusal::unknown_encoder(format!("{word} {value}"), why)]);
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
                "the result's name chooses the container, here {}; only names choose, and {value} can't be made by -f",
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
            value.split_once('=').is_some_and(|(key, text)| is_tag(key) && !text.contains(unprintable))
        };
        if !fits || value.len() > VALUE_BYTES_MAX {
            return refuse(
                word,
                if is_disposition {
                    "flags such as default+forced, or 0"
                } else {
                    "key=value is needed, in printable text"
                },
            );
        }
        if is_disposition {
            self.tags.retain(|(known, _)| known != typed);
        }
        self.tags.push((typed.to_owned(), value.to_owned()));
        Ok(())
    }
}

/// The name of a tag.
fn is_tag(key: &str) -> bool {
    const CHARS_MAX: usize = 64;
    !key.is_empty()
        && key.len() <= CHARS_MAX
        && !key.contains(|c: char| c.is_control() || "/\\:=".contains(c))
}

/// A text of a tag may have lines; nothing else that a terminal would obey.
fn unprintable(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t' | '\r')
}

fn named(base: &str, place: Place) -> Name {
    Name { base: base.to_owned(), spec: Some(place), subtitle: false, track: None }
}

/// Refused options that ask for just what we do anyway, or that are refused only for other streams.
fn harmless(typed: &str, value: Option<&str>) -> bool {
    matches!((typed, value), ("map", Some("0")) | ("frames:v" | "vframes", _))
}

fn is_of_picture(typed: &str) -> bool {
    matches!(typed.split_once(':'), None | Some((_, "v" | "v:0" | "V" | "V:0")))
}

pub(super) fn is_known(typed: &str, base: &str) -> bool {
    if matches!(
        base,
        "metadata"
            | "disposition"
            | "map"
            | "map_metadata"
            | "map_chapters"
            | "f"
            | "vsync"
            | "fps_mode"
            | "ss"
            | "t"
            | "to"
            | "r"
            | "frames"
            | "vframes"
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

fn spec_is_known(spec: Option<&str>, is_disposition: bool) -> bool {
    let Some(spec) = spec else { return !is_disposition };
    let stream = if is_disposition { Some(spec) } else { spec.strip_prefix("s:") };
    match stream {
        None => spec == "g",
        Some(stream) => {
            let (letter, track) = stream.split_once(':').unwrap_or((stream, "0"));
            matches!(letter, "v" | "a" | "s" | "t") && options::track(track).is_some()
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
