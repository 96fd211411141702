//! Films of this world, and the words about them that both minds want to see and hardly look into.

use ffmpeg_cluster_common::cluster::event::{JobSpec, SourceAt};
use ffmpeg_cluster_common::frames::{FrameNo, FrameRange, Rational};
use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId};
use ffmpeg_cluster_common::limits::PROTOCOL;
use ffmpeg_cluster_common::media::params::{self, Profile};
use ffmpeg_cluster_common::media::plan::film::{Film, IndexedBy};
use ffmpeg_cluster_common::media::plan::piece::StreamParams;
use ffmpeg_cluster_common::media::plan::track::{Content, Cuts, Segment, Track, TrackNo, WorkKind};
use ffmpeg_cluster_common::media::plan::witness::{Lead, SecondDecode, Witness};
use ffmpeg_cluster_common::media::plan::work::{
    Cut, ListWork, PictureWork, ResultWindow, SoundWork, SourceRef, Window, Work,
};
use ffmpeg_cluster_common::media::source::Picture;
use ffmpeg_cluster_common::media::words::container::Container;
use ffmpeg_cluster_common::protocol::to_client::Offer;
use ffmpeg_cluster_common::protocol::to_server::Hello;
use ffmpeg_cluster_common::protocol::transfer::source_path;

use crate::chance::Chance;
use crate::mix::{Mix, PATIENT};
use crate::sight::{Memory, Told};

/// What is true of a job's film, whatever anybody believes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Truth {
    pub(crate) frames: u64,
    /// Sound tracks.
    pub(crate) sounds: u8,
    pub(crate) one_piece: bool,
    /// Every encoder dies at this frame.
    pub(crate) poison: Option<FrameNo>,
    /// Every machine dies at this frame.
    pub(crate) deadly: Option<FrameNo>,
    pub(crate) unreadable: bool,
    /// The packets tell of so many frames more than there are.
    pub(crate) packets_lie: u64,
    /// Its packets tell no frames at all: clients list them.
    pub(crate) is_to_list: bool,
    pub(crate) memory: Option<Memory>,
    /// A second track of pictures, cut at few places.
    pub(crate) more: Option<More>,
    /// The server's own encode of it comes out otherwise than everybody's.
    pub(crate) wrong_measure: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct More {
    pub(crate) optional: bool,
    /// It comes after the first.
    pub(crate) after: bool,
    /// Every encoder dies at it.
    pub(crate) dies: bool,
}

impl More {
    fn of(chance: &mut Chance, mix: &Mix) -> Self {
        let optional = chance.one_in(2);
        let dies = optional && mix.max_retries < PATIENT && chance.one_in(2);
        Self { optional, after: chance.one_in(2), dies }
    }
}

/// What a lease is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) segment: Segment,
    pub(crate) content: Content,
}

impl Part {
    pub(crate) fn is_pictures(&self) -> bool {
        self.content == Content::Picture
    }

    /// It runs beside others.
    pub(crate) fn is_sound(&self) -> bool {
        self.content == Content::Sound
    }
}

pub(crate) const UNREADABLE: &str = "the source is no film";

impl Truth {
    pub(crate) fn of(chance: &mut Chance, mix: &Mix) -> Self {
        let longest = [40, 900, 5_000][chance.below(3) as usize];
        let frames = 1 + chance.below(longest);
        // A wrong measure shuts the first honest client out: somebody else has to be able to go on.
        let others = !mix.poisoned_client || mix.clients > 2;
        let wrong_measure = mix.audit_percent > 0 && others && frames.is_multiple_of(8);
        let sounds = [0, 0, 1, 2][chance.below(4) as usize];
        let mut truth = Self { frames, sounds, wrong_measure, ..Self::default() };
        if mix.poison && chance.one_in(2) {
            let frame = Some(chance.below(frames));
            if chance.one_in(2) { truth.poison = frame } else { truth.deadly = frame }
        } else if mix.odd_films {
            truth.unreadable = chance.one_in(6);
            truth.one_piece = chance.one_in(3);
            truth.packets_lie = if chance.one_in(2) { 1 + chance.below(30) } else { 0 };
            truth.is_to_list = chance.one_in(3);
            truth.memory = chance.one_in(2).then(|| Memory::of(chance, frames));
        }
        truth.more = chance.one_in(4).then(|| More::of(chance, mix));
        truth
    }

    pub(crate) fn film(&self, by: IndexedBy, one_piece: Option<String>) -> Film {
        let frames = match by {
            IndexedBy::Packets => self.frames + self.packets_lie,
            IndexedBy::Clients | IndexedBy::Decoding => self.frames,
        };
        let frame_rate = Rational { num: 25, den: 1 };
        let track = |content| Track {
            cuts: Cuts::Near((0..frames).step_by(50).collect()),
            kind: Some(WorkKind("k".into())),
            expected: Some(params()),
            ..Track::new(content, frames, vec!["libx264".into()])
        };
        if self.is_to_list && by == IndexedBy::Packets {
            return Film { tracks: vec![track(Content::List)], frame_rate, indexed_by: by, copied: None };
        }
        let why = one_piece.or_else(|| self.one_piece.then(|| "its filter never forgets".to_owned()));
        let mut first = track(Content::Picture);
        if let Some(why) = why {
            first.cuts = Cuts::Never(why);
        }
        let sound = |n| Track { streams: vec![n], ..Track::sound("aac", vec!["aac".to_owned()]) };
        let sounds = (1..).take(usize::from(self.sounds)).map(sound);
        let more = self.more.map(|more| Track {
            cuts: Cuts::Only((0..frames).step_by(70).collect()),
            required: !more.optional,
            after: more.after.then_some(Film::PICTURES),
            ..track(Content::Picture)
        });
        Film {
            tracks: [first].into_iter().chain(sounds).chain(more).collect(),
            frame_rate,
            indexed_by: by,
            copied: None,
        }
    }

    /// The track besides pictures and sound.
    fn more_number(&self) -> TrackNo {
        TrackNo(1 + self.sounds)
    }

    /// Every encoder dies at this track.
    pub(crate) fn never_ends(&self, part: Part) -> bool {
        self.more.is_some_and(|more| more.dies) && part.segment.track == self.more_number()
    }

    /// The frames can't be encoded as the index has them.
    pub(crate) fn contradicts(&self, range: FrameRange) -> bool {
        range.end > self.frames
    }
}

pub(crate) fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("a plain name")
}

pub(crate) fn hello(client: &ClientId) -> Hello {
    Hello {
        protocol: PROTOCOL,
        client_id: client.clone(),
        client_key: Default::default(),
        name: format!("box-{client}"),
        version: String::new(),
        ffmpeg_version: String::new(),
        platform: String::new(),
        cores: 2,
        memory_bytes: 1 << 30,
        free_disk: 1 << 40,
        encoders: vec!["libx264".into(), "aac".into()],
        devices: Vec::new(),
        decodes: Vec::new(),
        benchmark_secs: 60,
        holding: Vec::new(),
    }
}

pub(crate) fn params() -> StreamParams {
    StreamParams {
        codec: "h264".into(),
        width: 64,
        height: 36,
        pix_fmt: "yuv420p".into(),
        time_base: Rational { num: 1, den: 25 },
        extradata: String::new(),
        looks: Default::default(),
    }
}

/// Parsed once; a history has many jobs and offers.
#[derive(Debug)]
pub(crate) struct Words(Profile);

impl Words {
    pub(crate) fn new() -> Self {
        let words = params::words("-c:v libx264 -crf 20").expect("plain words");
        Self(params::parse(&words, Container::Mp4).expect("plain parameters"))
    }

    pub(crate) fn spec(&self, required_clients: u32) -> JobSpec {
        JobSpec {
            source: SourceAt::LocalFile("/film".into()),
            file_name: "film".into(),
            output_name: "out.mp4".into(),
            profile: self.0.clone(),
            params_text: String::new(),
            required_clients,
            exactly: true,
            care: Default::default(),
            hw: Default::default(),
            priority: Default::default(),
            ladder: None,
            owner: "local".into(),
        }
    }

    pub(crate) fn offer(
        &self,
        (lease, job): (LeaseId, JobId),
        part: Part,
        measure: bool,
        told: Told,
    ) -> Offer {
        let source = SourceRef {
            path: source_path(&job),
            bytes: 1,
            etag: "e".into(),
            format: "mov".into(),
            codecs: Vec::new(),
        };
        // The wire knows streams: here each track is one.
        let (stream, range) = (u32::from(part.segment.track.0), part.segment.units);
        let work = match part.content {
            Content::Sound => Work::Sound(self.sound(stream)),
            Content::Picture => Work::Picture(Box::new(PictureWork { stream, ..self.picture(range, told) })),
            Content::List => Work::List(list(range)),
        };
        Offer { lease, job, source, work, measure, device: None, beside: None }
    }

    fn sound(&self, stream: u32) -> SoundWork {
        SoundWork {
            streams: vec![stream],
            profile: self.0.sound.clone(),
            container: Container::Mp4,
            duration_us: None,
            conform: false,
            together: false,
            untold: Vec::new(),
            layout: None,
            span: params::Span::default(),
        }
    }

    fn picture(&self, range: FrameRange, told: Told) -> PictureWork {
        let time_base = Rational { num: 1, den: 25 };
        let result = ResultWindow { time_base, first: 0, last: 0, end: None, lay: None, cut: Cut::None };
        let window = Window {
            time_base,
            start: 0,
            end: None,
            seek: None,
            zero: 0,
            doubled: false,
            counted_from: None,
            result,
        };
        PictureWork {
            range,
            window,
            picture: plain_picture(),
            stream: 0,
            profile: self.0.video.clone(),
            container: Container::Mp4,
            constant_rate: None,
            compare: false,
            witness: Witness::default(),
            shifts: Vec::new(),
            lead: told.lead,
            second: told.twice.then_some(SecondDecode { seek: None, start: 0, end: None }),
            ladder: None,
        }
    }
}

fn list(range: FrameRange) -> ListWork {
    let time_base = Rational { num: 1, den: 25 };
    ListWork { range, stream: 0, pixels: 64 * 36, time_base, start: None, end: None, seek: None }
}

fn plain_picture() -> Picture {
    let rate = Rational { num: 25, den: 1 };
    Picture {
        width: 64,
        height: 36,
        pix_fmt: "yuv420p".into(),
        time_base: rate.inverse(),
        frame_rate: rate,
        base_rate: rate,
        sample_aspect: None,
        field_order: None,
        color_range: None,
        color_space: None,
        color_transfer: None,
        color_primaries: None,
        chroma_location: None,
        x264_build: None,
        rotation: 0,
        hdr: None,
        extras: Vec::new(),
    }
}

/// What an offer is for.
pub(crate) fn part_of(offer: &Offer) -> Part {
    let (stream, units, content) = match &offer.work {
        Work::Picture(work) => (work.stream, work.range, Content::Picture),
        Work::List(work) => (work.stream, work.range, Content::List),
        Work::Sound(work) => (work.streams[0], FrameRange::new(0, 1), Content::Sound),
    };
    let track = TrackNo(u8::try_from(stream).expect("few tracks"));
    Part { segment: Segment::new(track, units), content }
}

/// How its source is to be decoded.
pub(crate) fn told_by(offer: &Offer) -> Told {
    match &offer.work {
        Work::Picture(work) => Told { lead: work.lead, twice: work.second.is_some() },
        Work::List(_) | Work::Sound(_) => Told { lead: Lead::Usual, twice: false },
    }
}
