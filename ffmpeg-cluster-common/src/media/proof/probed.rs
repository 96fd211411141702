//! What ffprobe finds in a piece: its streams and the times of its packets.

use std::collections::BTreeMap;
use std::path::Path;

use crate::fault::{Fault, FaultCode};
use crate::frames::Rational;
use crate::limits::{FRAMES_MAX, STREAMS_MAX};
use crate::media::command::{Command, Line, Side, text};
use crate::media::plan::piece::{Findings, PieceFacts, SoundBegins, StreamParams};
use crate::media::proof::packets::Packets;
use crate::media::source::guard::{Guard, InputProtocol};

/// Lists the streams of a piece and the times of all its packets.
pub fn probe_piece(side: Side, piece: &Path, guard: &Guard) -> Command {
    let mut line = Line::asking();
    line.say(
        "-show_data_hash sha256 -show_entries \
        stream=codec_name,width,height,pix_fmt,time_base,extradata_hash,color_range,color_space,color_transfer,color_primaries,field_order:packet=pts,stream_index,flags:format=start_time -of compact",
    );
    let arguments = line.all(guard.words(InputProtocol::File)).asked(&text(piece)).finish();
    Command::ffprobe(side, arguments).reads(piece)
}

/// Before the stream is described.
const UNKNOWN: Rational = Rational { num: 1, den: 1 };
const LOOKS: [&str; 5] = ["color_range", "color_space", "color_transfer", "color_primaries", "field_order"];
const SAYS_NOTHING: [&str; 4] = ["", "unknown", "unspecified", "N/A"];

/// Reads the output of [`probe_piece`].
#[derive(Debug, Default)]
pub struct PieceProbe {
    params: Vec<StreamParams>,
    /// By the numbers of their streams.
    packets: BTreeMap<usize, Packets>,
    count: u64,
    /// The number of packets beyond the bound for a film, whose times are not stored.
    beyond: u64,
    without_time: u64,
    start_us: Option<i64>,
}

/// What ffprobe found in a piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbedPiece {
    pub facts: PieceFacts,
    /// In their order.
    pub streams: Vec<Packets>,
    pub start_us: Option<i64>,
    /// The first time of each stream.
    pub begins_us: BTreeMap<usize, i64>,
}

/// The beginnings of a sound piece.
impl From<&ProbedPiece> for SoundBegins {
    fn from(probed: &ProbedPiece) -> Self {
        Self { piece_us: probed.start_us.unwrap_or(0), streams_us: probed.begins_us.clone() }
    }
}

impl PieceProbe {
    pub fn line(&mut self, line: &str) {
        let fields = Fields(line);
        match line.split('|').next().unwrap_or_default() {
            "packet" => self.packet(&fields),
            // One stream beyond the bound is enough to refuse the piece.
            "stream" if self.params.len() > STREAMS_MAX => {}
            "stream" => self.params.push(fields.params()),
            "format" => {
                let seconds = fields.parsed::<f64>("start_time");
                self.start_us = seconds.map(|seconds| (seconds * 1e6).round() as i64);
            }
            _ => {}
        }
    }

    fn packet(&mut self, fields: &Fields<'_>) {
        match fields.parsed("pts") {
            Some(_) if self.count >= FRAMES_MAX => self.beyond += 1,
            Some(pts) => {
                self.count += 1;
                let stream = self.packets.entry(fields.parsed("stream_index").unwrap_or(0));
                let is_key = fields.text("flags").is_some_and(|flags| flags.starts_with('K'));
                stream.or_insert_with(|| Packets::new(UNKNOWN)).add(pts, is_key);
            }
            None => self.without_time += 1,
        }
    }

    #[cfg(test)]
    pub(super) fn kept(&self) -> (u64, usize) {
        (self.count, self.params.len())
    }

    pub fn finish(mut self) -> Result<ProbedPiece, Fault> {
        if self.params.is_empty() || self.packets.is_empty() {
            return Err(refused("the piece holds no frames"));
        }
        if self.without_time > 0 {
            return Err(refused(format!("{} packets of the piece have no time", self.without_time)));
        }
        let streams: Vec<Packets> = self
            .params
            .iter()
            .enumerate()
            .map(|(number, params)| {
                let packets = self.packets.remove(&number).unwrap_or_else(|| Packets::new(UNKNOWN));
                Packets { base: params.time_base, ..packets.sorted() }
            })
            .collect();
        if !self.packets.is_empty() {
            return Err(refused("packets of the piece belong to no stream"));
        }
        let frames = streams.iter().map(|stream| stream.times.len() as u64).max().unwrap_or(0) + self.beyond;
        let begins =
            |(number, stream): (usize, &Packets)| Some((number, stream.base.micros(*stream.times.first()?)));
        let begins_us = streams.iter().enumerate().filter_map(begins).collect();
        let facts = PieceFacts {
            frames,
            params: self.params,
            findings: Findings::default(),
            encoder: None,
            begins: None,
        };
        Ok(ProbedPiece { facts, streams, start_us: self.start_us, begins_us })
    }
}

/// One line of ffprobe's compact format: `kind|name=value|…`.
struct Fields<'a>(&'a str);

impl<'a> Fields<'a> {
    fn text(&self, name: &str) -> Option<&'a str> {
        self.0.split('|').find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
    }

    fn parsed<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.text(name)?.parse().ok()
    }

    fn owned(&self, name: &str) -> String {
        self.text(name).unwrap_or_default().to_owned()
    }

    fn params(&self) -> StreamParams {
        let said = |name: &str| self.text(name).filter(|said| !SAYS_NOTHING.contains(said));
        let looks = LOOKS.into_iter().filter_map(|name| Some((name.to_owned(), said(name)?.to_owned())));
        StreamParams {
            codec: self.owned("codec_name"),
            width: self.parsed("width").unwrap_or(0),
            height: self.parsed("height").unwrap_or(0),
            pix_fmt: self.owned("pix_fmt"),
            time_base: self
                .text("time_base")
                .and_then(Rational::parse)
                .unwrap_or(Rational { num: 1, den: 1 }),
            extradata: self.owned("extradata_hash").trim_start_matches("SHA256:").to_owned(),
            looks: looks.collect(),
        }
    }
}

fn refused(message: impl Into<String>) -> Fault {
    Fault::new(FaultCode::FramesDiffer, message)
}
