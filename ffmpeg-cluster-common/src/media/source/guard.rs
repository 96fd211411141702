//! Options that come before every input of ffmpeg and ffprobe.
//!
//! Without them both programs open whatever the bytes name.
//! A playlist disguised as a film makes them read other files and connect to other machines.
//! So each input states its protocols, its demuxer, its decoders, and bounds on what is decoded.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::limits::{ALLOCATION_BYTES_MAX, PIXELS_MAX, STREAMS_MAX};

/// The protocols that read an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InputProtocol {
    File,
    /// The client's own gateway, over HTTP.
    Gateway,
}

/// How one file may be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guard {
    /// The file's demuxer, by ffprobe's name.
    formats: String,
    /// Decoders, separated by commas; empty for any.
    decoders: String,
}

impl Guard {
    pub fn new(formats: &str, decoders: String) -> Self {
        Self { formats: formats.to_owned(), decoders }
    }

    /// The arguments before `-i`.
    pub(crate) fn words(&self, via: InputProtocol) -> Vec<String> {
        let (protocols, demuxer) = match via {
            InputProtocol::File => ("file", ""),
            // Only a file's name identifies some formats, and a gateway address has no such name.
            InputProtocol::Gateway => ("http,tcp", self.formats.split(',').next().unwrap_or_default()),
        };
        let (streams, pixels, block) =
            (STREAMS_MAX.to_string(), PIXELS_MAX.to_string(), ALLOCATION_BYTES_MAX.to_string());
        let all = [
            ("-max_alloc", block.as_str()),
            ("-max_pixels", &pixels),
            ("-max_streams", &streams),
            ("-protocol_whitelist", protocols),
            ("-format_whitelist", &self.formats),
            ("-codec_whitelist", &self.decoders),
            ("-f", demuxer),
        ];
        let said = all.into_iter().filter(|(_, value)| !value.is_empty());
        said.flat_map(|(name, value)| [name.to_owned(), value.to_owned()]).collect()
    }
}

/// The bound that a run exceeded, from the last lines of its output; None if it exceeded none.
/// Some demuxers skip the streams above the bound, and the run still succeeds;
/// if a run succeeds without a picture that is too large, that picture is not the film's.
pub fn bound_met(last_words: &[String], ended_well: bool) -> Option<String> {
    last_words.iter().find_map(|line| {
        if line.contains("exceeds max_streams") {
            return Some(format!("it has more than {STREAMS_MAX} streams"));
        }
        if ended_well {
            return None;
        }
        let size = line.split_once("Picture size ")?.1.strip_suffix(" is invalid")?;
        let is_size = size.bytes().all(|b| b.is_ascii_digit() || b == b'x');
        is_size.then(|| format!("its picture has {size} pixels; at most {PIXELS_MAX} are allowed"))
    })
}

/// Codecs that may turn into each other, because parsers
/// and decoders examine the bytes and change the codec.
const FAMILIES: &[&[&str]] = &[
    // One parser reads both; AVI and MPEG files name whichever is in their header.
    &["mpeg1video", "mpeg2video"],
    // Each frame's header states its layer.
    &["mp1", "mp2", "mp3"],
    // Old AVI files name one of Microsoft's codecs and hold another, or plain MPEG-4.
    // ffmpeg reads H.263 and its relatives with one decoder, and files mix up their names.
    &["mpeg4", "msmpeg4v1", "msmpeg4v2", "msmpeg4v3", "h263", "h263i", "h263p", "flv1", "wmv1", "wmv2"],
    // Flash films change between them midway.
    &["vp6", "vp6a", "vp6f"],
    &["rv10", "rv20"],
    // A transport stream uses the same name for both.
    &["aac", "aac_latm"],
    &["ac3", "eac3"],
    &["mlp", "truehd"],
    &["vc1", "wmv3"],
    &["vp3", "theora"],
    &["mjpeg", "mjpegb"],
];

/// The codec and all codecs that it may turn into.
fn family(codec: &str) -> impl Iterator<Item = &str> {
    let others = FAMILIES.iter().find(|family| family.contains(&codec)).copied().unwrap_or_default();
    others.iter().copied().filter(move |other| *other != codec).chain([codec])
}

/// The decoders of an ffmpeg, by codec; their names may differ from it, as in `libdav1d` for AV1.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decoders(BTreeMap<String, Vec<String>>);

impl Decoders {
    /// Reads the output of `ffmpeg -decoders`.
    /// After a line of dashes, its lines look like this:
    /// ` V....D libdav1d  dav1d AV1 decoder (codec av1)`.
    pub fn read(listing: &str) -> Self {
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in listing.lines().skip_while(|line| !line.trim().starts_with("---")).skip(1) {
            let Some(name) = line.split_whitespace().nth(1) else { continue };
            let codec = line.rsplit_once("(codec ").and_then(|(_, end)| end.trim_end().strip_suffix(')'));
            all.entry(codec.unwrap_or(name).to_owned()).or_default().push(name.to_owned());
        }
        Self(all)
    }

    /// The codecs that this ffmpeg decodes without hardware.
    pub fn codecs(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str).filter(|codec| self.can(codec))
    }

    /// Whether this ffmpeg decodes the codec without hardware.
    pub(crate) fn can(&self, codec: &str) -> bool {
        self.0.get(codec).is_some_and(|all| all.iter().any(|name| !is_of_hardware(name)))
    }

    /// The decoders of these codecs, in the notation of `-codec_whitelist`;
    /// empty if none of the codecs is known.
    pub fn of<'a>(&self, codecs: impl IntoIterator<Item = &'a str>) -> String {
        let codecs: BTreeSet<&str> = codecs.into_iter().flat_map(family).collect();
        let known = codecs.into_iter().filter_map(|codec| self.0.get(codec));
        known.flatten().map(String::as_str).collect::<Vec<_>>().join(",")
    }
}

/// Whether a decoder of this name decodes only with hardware.
fn is_of_hardware(name: &str) -> bool {
    const ENDS: &[&str] =
        &["_cuvid", "_qsv", "_v4l2m2m", "_mediacodec", "_amf", "_rkmpp", "_mmal", "_oh", "_videotoolbox"];
    // The decoder with AV1's own name only parses the film, and leaves the pictures to hardware.
    name == "av1" || ENDS.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTING: &str = "Decoders:\n V..... = Video\n ------\n V..... libdav1d   dav1d AV1 decoder by VideoLAN (codec av1)\n \
        V....D av1     Alliance for Open Media AV1\n A....D mp3float   MP3 (MPEG audio layer 3) (codec mp3)\n \
        A....D mp3     MP3 (MPEG audio layer 3)\n";

    #[test]
    fn decoders_go_by_their_own_names() {
        let decoders = Decoders::read(LISTING);
        assert_eq!(decoders.of(["av1"]), "libdav1d,av1");
        assert_eq!(decoders.of(["mp3", "av1", "mp3", "ttf"]), "libdav1d,av1,mp3float,mp3");
        assert_eq!(decoders.of(["", "V....."]), "");
    }

    /// A film in AV1 failed three times at each client whose ffmpeg has only the decoder that needs
    /// a graphics card.
    #[test]
    fn a_decoder_that_needs_hardware_does_not_count() {
        let of = |names: &str| Decoders::read(&format!("------\n{names}"));
        let hardware = " V....D av1  Alliance for Open Media AV1\n V....D av1_cuvid  x (codec av1)\n";
        assert!(!of(hardware).can("av1"));
        assert!(of(&format!("{hardware} V..... libdav1d  x (codec av1)\n")).can("av1"));
        assert_eq!(of(LISTING_OF_TWO).codecs().collect::<Vec<_>>(), ["h264", "mp3"]);
        assert!(!of(LISTING_OF_TWO).can("png"));
    }

    const LISTING_OF_TWO: &str =
        " V....D av1 x\n V....D h264 x\n V....D h264_qsv x (codec h264)\n A....D mp3float x (codec mp3)\n";

    /// An AVI film whose stream was labelled MPEG-2 held MPEG-1, and failed with "mpeg1video not on
    /// whitelist".
    #[test]
    fn a_codec_brings_those_that_it_may_turn_out_to_be() {
        let listing = "------\n V....D mpeg1video x\n V....D mpeg2video x\n V....D h264 x\n";
        let decoders = Decoders::read(listing);
        assert_eq!(decoders.of(["mpeg2video"]), "mpeg1video,mpeg2video");
        assert_eq!(decoders.of(["mpeg1video", "mpeg2video"]), "mpeg1video,mpeg2video");
        assert_eq!(decoders.of(["h264"]), "h264");
    }

    #[test]
    fn a_codec_has_one_family() {
        let mut seen = BTreeSet::new();
        assert_eq!(FAMILIES.concat().into_iter().find(|codec| !seen.insert(*codec)), None);
        let decoders = Decoders::read(
            "------\n V....D flv  x (codec flv1)\n V....D h263 x\n V....D vp6f x\n V....D vp6 x\n",
        );
        assert_eq!((decoders.of(["h263"]), decoders.of(["vp6"])), ("flv,h263".into(), "vp6,vp6f".into()));
    }

    #[test]
    fn last_words_tell_the_bound() {
        let told = |line: &str| ["[x @ 0x1] other".to_owned(), line.to_owned()];
        let met = |line: &str| bound_met(&told(line), false);
        let large = "[ffv1 @ 0x5] [IMGUTILS @ 0x7] Picture size 30000x30000 is invalid";
        let size = met(large);
        assert_eq!(size.unwrap(), "its picture has 30000x30000 pixels; at most 134217728 are allowed");
        let many = "[matroska,webm @ 0x1] Number of streams exceeds max_streams parameter (200), see the documentation";
        assert!(met(many).unwrap().contains("200 streams"));
        assert!(
            bound_met(&told(many), true).unwrap().contains("200 streams"),
            "ffmpeg 8 leaves the others out"
        );
        assert_eq!(bound_met(&told(large), true), None);
        assert_eq!(met("film.mkv: End of file"), None);
        assert_eq!(met("Picture size of a name is invalid"), None);
    }

    #[test]
    fn an_input_says_how_it_may_be_read() {
        let guard = Guard::new("mov,mp4", Decoders::read(LISTING).of(["av1"]));
        assert_eq!(
            guard.words(InputProtocol::Gateway).join(" "),
            "-max_alloc 1200000000 -max_pixels 134217728 -max_streams 200 -protocol_whitelist http,tcp \
             -format_whitelist mov,mp4 -codec_whitelist libdav1d,av1 -f mov"
        );
        assert!(
            !Guard::new("nut", String::new())
                .words(InputProtocol::File)
                .contains(&"-codec_whitelist".to_owned())
        );
    }
}
