//! Probes a small film in one run of ffprobe instead of three: for a small film, starting the programs is most of the
//! cost.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use ffmpeg_cluster_common::media::source::{Source, sei};
use serde_json::Value;

use super::answers::{film_picture, note_frames, read};

/// A film of at most this size has few enough frames to decode at once.
pub(super) const BYTES_MAX: u64 = 16 << 20;
/// As many frames as the probe of a large film reads.
const FRAMES: usize = 24;
/// With one sound stream, these packets hold that many frames of the picture.
pub(super) const PACKETS: usize = 3 * FRAMES;
/// Bytes that may precede the packet's own in its block.
const BEFORE_PACKET: u64 = 64;

/// A film's facts, and the position of its first packet.
pub(super) struct Beginning {
    pub(super) source: Source,
    first_packet: Option<Place>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    at: u64,
    bytes: u64,
}

impl Beginning {
    /// Reads ffprobe's answer. None if it holds less than the three answers would.
    pub(super) fn read(text: &str) -> Option<Self> {
        let all: Value = serde_json::from_str(text).ok()?;
        let mut source = read(text).ok()?;
        let film = source.film_stream()?.0.index;
        let all: Vec<&Value> = all["packets_and_frames"].as_array().into_iter().flatten().collect();
        let packets = || all.iter().copied().filter(|one| one["type"] == "packet");
        let frames = || all.iter().copied().filter(|one| one["type"] == "frame");
        let of_film = |one: &&Value| one["stream_index"] == film;
        let is_whole = packets().count() < PACKETS;
        if !is_whole && frames().filter(of_film).count() < FRAMES {
            return None;
        }
        note_frames(frames().filter(of_film).take(FRAMES), &mut source);
        for stream in &mut source.streams {
            let sounds = |frame: &Value| {
                frame["stream_index"] == stream.index && frame["nb_samples"].as_u64() > Some(0)
            };
            let heard = frames().any(sounds);
            stream.sound.iter_mut().for_each(|sound| sound.heard = heard);
        }
        let first_packet = packets().find(of_film).and_then(place);
        Some(Self { source, first_packet })
    }

    /// The position of the film's first packet, in formats that store a packet's bytes together.
    pub(super) fn first_packet(&self) -> Option<Place> {
        let in_one = self.source.format.split(',').any(|name| matches!(name, "mov" | "matroska"));
        self.first_packet.filter(|_| in_one)
    }

    /// Notes which x264 made the film. False if these bytes don't tell.
    pub(super) fn note_x264_build(&mut self, packet: &[u8]) -> bool {
        let build = sei::x264_build(packet);
        if let Some(picture) = film_picture(&mut self.source) {
            picture.x264_build = build;
        }
        build.is_some()
    }
}

fn place(packet: &Value) -> Option<Place> {
    let number = |name: &str| packet[name].as_str()?.parse().ok();
    Some(Place { at: number("pos")?, bytes: number("size")? })
}

pub(super) fn bytes(file: &mut File, place: Place) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(place.at))?;
    let mut packet = Vec::new();
    file.take(place.bytes.min(BYTES_MAX) + BEFORE_PACKET).read_to_end(&mut packet)?;
    Ok(packet)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packets and frames of a film, `p` and `f` of its picture, `P` and `F` of its sound.
    fn answer(order: &str) -> String {
        let one = |sign: char| match sign {
            'p' => r#"{"type":"packet","stream_index":0,"size":"9","pos":"700"}"#,
            'P' => r#"{"type":"packet","stream_index":1,"size":"9","pos":"800"}"#,
            'f' => {
                r#"{"type":"frame","stream_index":0,"side_data_list":[{"side_data_type":"ATSC A53 Part 4 Closed Captions"}]}"#
            }
            _ => r#"{"type":"frame","stream_index":1,"nb_samples":1024}"#,
        };
        let all: Vec<&str> = order.chars().map(one).collect();
        let set = r#""disposition":{"default":1,"dub":0,"original":0,"comment":0,"lyrics":0,"karaoke":0,"forced":0,
            "hearing_impaired":0,"visual_impaired":0,"clean_effects":0,"attached_pic":0,"timed_thumbnails":0}"#;
        format!(
            r#"{{"packets_and_frames":[{}],"streams":[{{"index":0,"codec_type":"video","codec_name":"h264","codec_tag_string":"",
            "codec_tag":"0x0","width":8,"height":8,"pix_fmt":"yuv420p","time_base":"1/25","r_frame_rate":"25/1","avg_frame_rate":"25/1",{set}}},
            {{"index":1,"codec_type":"audio","codec_name":"aac","codec_tag_string":"","codec_tag":"0x0","channels":1,"time_base":"1/44100",
            "r_frame_rate":"0/0","avg_frame_rate":"0/0",{set}}}],"format":{{"filename":"a","nb_streams":2,"nb_programs":0,
            "format_name":"matroska,webm","format_long_name":"","size":"7","probe_score":100}}}}"#,
            all.join(",")
        )
    }

    #[test]
    fn what_three_answers_would_say_is_in_one() {
        let all = Beginning::read(&answer("ppPpfF")).expect("the film ends there");
        let picture = all.source.film_stream().expect("a picture").1;
        assert!(!picture.extras.is_empty());
        assert!(all.source.streams[1].sound.as_ref().is_some_and(|sound| sound.heard));
        assert_eq!(all.first_packet.map(|place| place.at), Some(700));
        let unheard = Beginning::read(&answer("ppPpf")).expect("the film ends there");
        assert!(unheard.source.streams[1].sound.as_ref().is_some_and(|sound| !sound.heard));
    }

    #[test]
    fn a_beginning_with_too_few_pictures_is_no_answer() {
        let sounds = "P".repeat(PACKETS - FRAMES + 1);
        let pictures = |many: usize| format!("{sounds}{}{}", "p".repeat(FRAMES - 1), "f".repeat(many));
        assert!(Beginning::read(&answer(&pictures(FRAMES - 1))).is_none());
        assert!(Beginning::read(&answer(&pictures(FRAMES))).is_some());
        assert!(Beginning::read("{}").is_none());
    }

    #[test]
    fn the_build_is_read_where_the_packet_lies() {
        let name = std::env::temp_dir().join(format!("ffmpeg-cluster-{}", uuid::Uuid::new_v4()));
        let told = b"\xdc\x45\xe9\xbd\xe6\xd9\x48\xb7\x96\x2c\xd8\x20\xd9\x23\xee\xefx264 - core 142 r2479";
        std::fs::write(&name, [&[0; 704], &told[..]].concat()).expect("a file");
        let mut all = Beginning::read(&answer("pf")).expect("the film ends there");
        let place = all.first_packet().expect("its place");
        let packet = bytes(&mut File::open(&name).expect("a file"), place).expect("its bytes");
        std::fs::remove_file(&name).expect("a file");
        assert!(all.note_x264_build(&packet) && !all.note_x264_build(&packet[1..20]));
        all.source.format = "mpegts".into();
        assert!(all.first_packet().is_none(), "its packets lie in parts");
    }
}
