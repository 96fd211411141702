//! Every pure reader of bytes from outside, with what must hold of whatever it makes of them.
//! Shared with `fuzz/`.

use std::io::Cursor;

use ffmpeg_cluster_common::access::invite::Join;
use ffmpeg_cluster_common::frames::Rational;
use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId};
use ffmpeg_cluster_common::media::command::dry_run;
use ffmpeg_cluster_common::media::command::progress::Progress;
use ffmpeg_cluster_common::media::params::{self, Allowed, SoundProfile, VideoProfile};
use ffmpeg_cluster_common::media::plan::work::Work;
use ffmpeg_cluster_common::media::proof::packets::Packets;
use ffmpeg_cluster_common::media::proof::probed::PieceProbe;
use ffmpeg_cluster_common::media::proof::{likeness, nut, unaided};
use ffmpeg_cluster_common::media::source::index::{Index, IndexBuilder};
use ffmpeg_cluster_common::media::stream::playlist::{master::MasterPlaylist, media::MediaPlaylist};
use ffmpeg_cluster_common::media::stream::{fragmented, head};
use ffmpeg_cluster_common::media::words::container::Container;
use ffmpeg_cluster_common::protocol::to_client::ToClient;
use ffmpeg_cluster_common::protocol::to_server::ToServer;
use ffmpeg_cluster_common::protocol::{read_command, read_hello};

/// A name, what it reads, and something good of it.
pub type Decoder = (&'static str, fn(&[u8]), &'static [&'static str]);

pub const ALL: &[Decoder] = &[
    ("to_client", to_client, TO_CLIENT),
    ("to_server", to_server, TO_SERVER),
    ("hello", hello, TO_SERVER),
    ("command", command, COMMANDS),
    ("parameters", parameters, PARAMETERS),
    ("filters", filters, FILTERS),
    ("piece_probe", piece_probe, PIECE),
    ("index", index, INDEX),
    ("progress", progress, PROGRESS),
    ("nut", nut_tail, NUT),
    ("join", join, JOIN),
    ("ids", ids, IDS),
    ("playlists", playlists, PLAYLISTS),
];

fn text(data: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(data)
}

/// Read again, what was written is the same.
pub fn to_client(data: &[u8]) {
    let Ok(said) = serde_json::from_slice::<ToClient>(data) else { return };
    let written = serde_json::to_string(&said).expect("what was read can be written");
    assert_eq!(serde_json::from_str::<ToClient>(&written).ok().as_ref(), Some(&said));
    if let ToClient::Offer(offer) = &said
        && let Work::Picture(work) = &offer.work
    {
        let _ = params::check_picture(&work.profile, work.container, &Allowed::default());
    }
}

pub fn to_server(data: &[u8]) {
    let Ok(said) = serde_json::from_slice::<ToServer>(data) else { return };
    let written = serde_json::to_string(&said).expect("what was read can be written");
    if let ToServer::Failed { fault, .. } = said {
        let fault = fault.tidied();
        assert!(fault.message.chars().count() <= 1000 && !fault.message.chars().any(char::is_control));
    } else if !written.contains("null") {
        assert!(serde_json::from_str::<ToServer>(&written).is_ok(), "{written}");
    }
}

/// Bounded, and fit for one line of a log.
pub fn hello(data: &[u8]) {
    match read_hello(&text(data)) {
        Ok(hello) => {
            assert!(hello.name.chars().count() <= 80 && !hello.name.chars().any(char::is_control));
            assert!(
                hello.encoders.len() <= 200 && hello.holding.len() <= 200 && hello.decodes.len() <= 1_000
            );
        }
        Err((_, why)) => assert!(!why.is_empty()),
    }
}

pub fn command(data: &[u8]) {
    if let Ok(command) = read_command(&text(data)) {
        let written = serde_json::to_string(&command).expect("what was read can be written");
        assert_eq!(read_command(&written).ok(), Some(command));
    }
}

/// What is printed of it is read as the same; nothing of a refusal breaks a line.
pub fn parameters(data: &[u8]) {
    let (first, rest) = data.split_first().unwrap_or((&0, &[]));
    let container = Container::ALL[usize::from(*first) % Container::ALL.len()];
    let Ok(words) = params::words(&text(rest)) else { return };
    match params::parse(&words, container) {
        Err(refusals) => {
            let said = refusals.iter().map(ToString::to_string);
            said.for_each(|said| assert!(!said.chars().any(char::is_control), "{said:?}"));
        }
        Ok(profile) => {
            let video = VideoProfile { pace: None, ..profile.video.clone() };
            assert_eq!(params::check_picture(&video, container, &Allowed::default()), Ok(()), "{words:?}");
            assert_eq!(params::check_sound(&profile.sound, container), Ok(()), "{words:?}");
            assert!(profile.video.options.iter().all(|(_, value)| !value.contains("://")));
            assert!(params::pixels_max(&profile.video) > 0);
            let _ = dry_run::arguments(&profile, None, None);
        }
    }
}

/// A chain in which ffmpeg, which takes quotes away, would find no file.
pub fn filters(data: &[u8]) {
    let chain = text(data).into_owned();
    for option in ["-vf", "-af"] {
        let words = [option.to_owned(), chain.clone()];
        let Ok(profile) = params::parse(&words, Container::Matroska) else { continue };
        let sound = match &profile.sound {
            SoundProfile::Encode { filters, .. } => filters.clone(),
            SoundProfile::Drop | SoundProfile::Copy => None,
        };
        let printed = profile.video.filters.clone().or(sound).expect("a chain was said");
        let bare = printed.to_string().replace(['\'', '\\'], "");
        for word in ["textfile=", "fontfile=", "psfile=", "plot=", "stats_file=", "/text=", "movie="] {
            // No value holds a colon, so behind one stands a name.
            let first = bare.split_once('=').is_some_and(|(_, rest)| rest.starts_with(word));
            assert!(!first && !bare.contains(&format!(":{word}")), "{printed}");
        }
        let _ = (printed.needs(), printed.burnt(), printed.with_source("a:'b"));
        assert_eq!(params::check_picture(&profile.video, Container::Matroska, &Allowed::default()), Ok(()));
    }
}

pub fn piece_probe(data: &[u8]) {
    let mut probe = PieceProbe::default();
    text(data).lines().for_each(|line| probe.line(line));
    let _ = probe.finish();
}

/// Frames in order, none twice, and the same when written and read.
pub fn index(data: &[u8]) {
    let base = Rational { num: 1, den: 90_000 };
    for mut reader in [IndexBuilder::packets(base), IndexBuilder::decoding(base, vec![0, 5])] {
        text(data).lines().for_each(|line| reader.line(line));
        if let Ok(index) = reader.finish() {
            assert!(index.times.is_sorted());
            let mut written = Vec::new();
            index.write(&mut written).expect("a vector takes all");
            let again = Index::read(Cursor::new(written)).expect("as it was written");
            assert_eq!(again.times, index.times);
        }
    }
    let _ = Index::read(Cursor::new(data));
}

pub fn progress(data: &[u8]) {
    let mut progress = Progress::default();
    let said = text(data);
    for line in said.lines() {
        progress.line(line);
    }
    let _ = likeness::read(said.lines());
}

/// Never outside the file.
pub fn nut_tail(data: &[u8]) {
    let (Some(length), Some(tail)) = (data.first_chunk::<8>(), data.last_chunk::<{ nut::TAIL_BYTES }>())
    else {
        return;
    };
    let length = u64::from_le_bytes(*length);
    if let Some(at) = nut::index_at(length, *tail) {
        assert!(at < length);
    }
}

/// Also with right checksums, without which no mistake gets far. Each frame has at least a byte.
pub fn nut_times(data: &[u8]) {
    let mut sealed = data.to_vec();
    for kind in [b"NM", b"NS", b"NK"] {
        seal(&mut sealed, *kind);
    }
    for data in [data, &sealed] {
        if let Ok(nut::Piece { streams, head }) = unaided::read(data) {
            assert!(head.is_none_or(|head| head.len() < data.len()));
            assert!(streams.iter().all(|stream| is_of(stream, data)));
        }
    }
}

/// A packet takes more than a byte.
pub fn matroska(data: &[u8]) {
    if let Ok(nut::Piece { streams, head }) = unaided::read(data) {
        assert!(streams.iter().all(|stream| is_of(stream, data)) && head.is_some());
    }
}

fn is_of(Packets { base, times, keys }: &Packets, data: &[u8]) -> bool {
    let are_of_it = keys.iter().all(|key| times.binary_search(key).is_ok());
    base.is_positive() && times.is_sorted() && times.len() < data.len() && keys.is_sorted() && are_of_it
}

/// Puts the checksum at the end of the first header of this kind, whose length is told in one byte.
fn seal(file: &mut [u8], kind: [u8; 2]) {
    let Some(at) = file.windows(2).position(|two| two == kind) else { return };
    let Some(length) = file.get(at + 8).map(|&length| usize::from(length)) else { return };
    let body = file[at + 9..].get_mut(..length);
    if let Some((body, sum)) = body.and_then(|body| body.split_last_chunk_mut::<4>()) {
        *sum = body.iter().fold(0, |sum, &byte| crc(sum, byte)).to_be_bytes();
    }
}

fn crc(sum: u32, byte: u8) -> u32 {
    let shifted = |sum: u32, _| if sum >> 31 == 1 { sum << 1 ^ 0x04c1_1db7 } else { sum << 1 };
    (0..8).fold(sum ^ u32::from(byte) << 24, shifted)
}

/// Every sample lies in the file; with another edit it is read as the same.
pub fn fragments(data: &[u8]) {
    let Ok(file) = fragmented::read(data, 1_000) else { return };
    assert_eq!(file.bytes, data.len() as u64);
    for sample in file.samples() {
        assert!(sample.at.checked_add(sample.bytes).is_some_and(|end| end <= file.bytes));
    }
    let head = head::with_edit(&file.head, 7).expect("what was read can be written");
    let again = fragmented::read(&head[..], 0).expect("what was written can be read");
    assert_eq!((again.track.edit, again.track.entry), (7, file.track.entry));
}

/// Written and read again it is the same, and names nothing outside its folder.
pub fn playlists(data: &[u8]) {
    let outside = |written: &str| written.contains("../") || written.contains("://");
    if let Ok(list) = MediaPlaylist::read(&text(data)) {
        let written = list.to_string();
        assert!(MediaPlaylist::read(&written) == Ok(list) && !outside(&written), "{written}");
    }
    if let Ok(list) = MasterPlaylist::read(&text(data)) {
        let written = list.to_string();
        let again = MasterPlaylist::read(&written).expect("what was written can be read");
        assert_eq!(again.to_string(), written);
    }
}

const PLAYLISTS: &[&str] = &[
    "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n\
     #EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-I-FRAMES-ONLY\n#EXT-X-MAP:URI=\"init.mp4\"\n#EXTINF:6.006000,\n\
     #EXT-X-BYTERANGE:1000@24\n00000.m4s\n#EXTINF:2.000001,\n#EXT-X-BYTERANGE:20@24\n00001.m4s\n#EXT-X-ENDLIST\n",
    "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n\
     #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"sound\",NAME=\"English\",LANGUAGE=\"eng\",DEFAULT=YES,AUTOSELECT=YES,\
     CHANNELS=\"2\",URI=\"a/eng-0/index.m3u8\"\n\
     #EXT-X-STREAM-INF:BANDWIDTH=2500000,AVERAGE-BANDWIDTH=1800000,CODECS=\"avc1.64001f,mp4a.40.2\",\
     RESOLUTION=1280x720,VIDEO-RANGE=SDR,FRAME-RATE=29.970,AUDIO=\"sound\",CLOSED-CAPTIONS=NONE\nv/720p/index.m3u8\n\
     #EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=2500000,AVERAGE-BANDWIDTH=1800000,CODECS=\"avc1.64001f\",\
     RESOLUTION=1280x720,VIDEO-RANGE=SDR,URI=\"v/720p/iframes.m3u8\"\n",
];

/// A piece of 30 frames in three fragments, as ffmpeg copied it.
pub fn fragmented_piece() -> Vec<u8> {
    from_digits(include_str!("fragments.hex"))
}

/// Sound in a fragment, as ffmpeg wrote it.
pub fn fragmented_sound() -> Vec<u8> {
    from_digits(include_str!("sound_fragments.hex"))
}

/// A piece of thirteen frames, as ffmpeg wrote it.
pub fn piece() -> Vec<u8> {
    from_digits(include_str!("piece.hex"))
}

/// A piece of two rungs, as ffmpeg wrote it.
pub fn rungs() -> Vec<u8> {
    from_digits(include_str!("rungs.hex"))
}

/// A sound piece of two tracks, as ffmpeg wrote it.
pub fn sound() -> Vec<u8> {
    from_digits(include_str!("sound.hex"))
}

fn from_digits(digits: &str) -> Vec<u8> {
    let digits = digits.replace('\n', "");
    let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).expect("two digits");
    (0..digits.len()).step_by(2).map(byte).collect()
}

/// Printed and read again it is the same.
pub fn join(data: &[u8]) {
    if let Ok(join) = Join::parse(&text(data)) {
        let again = Join::parse(&join.print()).map(|join| join.print());
        assert_eq!(again.ok(), Some(join.print()));
    }
}

pub fn ids(data: &[u8]) {
    let text = text(data);
    if let Ok(id) = text.parse::<JobId>() {
        assert!(!id.as_str().contains(['/', '.', '\0']) && id.as_str().len() <= 64);
    }
    assert_eq!(text.parse::<ClientId>().is_ok(), text.parse::<JobId>().is_ok());
    if let Ok(lease) = text.parse::<LeaseId>() {
        assert_eq!(lease.to_string().parse(), Ok(lease));
    }
}

const TO_CLIENT: &[&str] = &[
    r#"{"welcome":{"client_id":"c","boot":1,"version":"0","chunk_bytes":9,"wanted":["ffv1"],"holding":["1-2"]}}"#,
    r#"{"refused":{"code":"bad_hello","message":"no"}}"#,
    r#"{"revoke":{"lease":"1-2","reason":"x"}}"#,
    r#"{"offer":{"lease":"1-2","job":"j","measure":false,"source":{"path":"/x","bytes":5,"etag":"e","format":"mov"},"work":{"sound":{"streams":[1],"profile":"Copy","container":"mp4","duration_us":null}}}}"#,
    "\"pong\"",
];
const TO_SERVER: &[&str] = &[
    r#"{"hello":{"protocol":2,"client_id":"c","client_key":"","name":"box","version":"0","ffmpeg_version":"5","platform":"linux","cores":2,"memory_bytes":1,"free_disk":2,"encoders":["libx264"],"benchmark_secs":10,"holding":["1-2"]}}"#,
    r#"{"progress":{"lease":"1-2","frames":5,"fps":2.5}}"#,
    r#"{"piece_sent":{"lease":"1-2","piece":{"bytes":1,"sha256":"ab","findings":{"complaints":["x"]}}}}"#,
    r#"{"failed":{"lease":"1-2","fault":{"code":"encoder_failed","message":"m","tail":["a"]}}}"#,
    r#"{"ping":{"free_disk":5}}"#,
];
const COMMANDS: &[&str] = &[
    r#"{"ProcessLocalFile":{"file_path":"a.mkv","config":{"ffmpeg_params":["-an"],"exactly":false,"required_clients":2}}}"#,
    r#"{"ProcessUpload":{"upload_id":"u-1","config":{"ffmpeg_params":"-crf 20","file_name_output":"x.mp4"}}}"#,
    r#""ListJobs""#,
    r#"{"GetJobStatus":{"job_id":"j"}}"#,
    r#"{"DisconnectClient":{"client_id":"c"}}"#,
];
const PARAMETERS: &[&str] = &[
    "\0-c:v libx264 -preset slow -crf 20 -x264-params keyint=60:no-scenecut=1 -c:a aac -b:a:1 64k -ar 48000",
    "\u{2}-c:v libx265 -x265-params aq-mode=3:psy-rd=1.0 -vf scale='min(1280,iw)':-2,hflip -af loudnorm=I=-16 -c:s ass",
    "\u{5}-c:v mpeg2video -q:v 3 -bf 0 -flags +ildct+ilme -metadata:s:a:0 'title=A \"b\"' -disposition:a:0 default",
    "\u{1}-ss 1:30.5 -to 00:02:00 -r 30000/1001 -frames:v 10 -movflags +faststart -tag:v hvc1 -aspect 16:9 -s 640x360",
    "\u{3}-c:v libvpx-vp9 -crf 30 -b:v 0 -row-mt 1 -attach x -progress http://x -map 0:v -i y -vf drawtext=textfile=z",
];
const FILTERS: &[&str] = &[
    "scale='min(1280,iw)':-2:flags=lanczos,format=yuv420p|yuv422p",
    "drawtext=text='A film, really':x=10:fontsize=20,subtitles=source:si=1",
    "curves=preset=none:master=0/0 1/1,eq=contrast=1.1:brightness=0.02,fps=30000/1001",
    "loudnorm=I=-16:TP=-1,aresample=48000,pan=stereo|c0=FL|c1=FR",
    "drawtext='textfile=x':te\\xtfile=y,movie=z[a];[a]null",
];
const PIECE: &[&str] = &[
    "packet|pts=0|dts=0|duration=1|flags=K__\npacket|pts=1|flags=__\nstream|codec_name=h264|width=64|height=36|pix_fmt=yuv420p|time_base=1/25|extradata_hash=SHA256:ab",
];
const INDEX: &[&str] = &[
    "0,-3600,3600,K__\n7200,0,3600,___\n3600,3600,3600,___\nN/A,N/A,1,K_D",
    "0, 0, 0, 3600, 100, 0xab\n0, 3600, 3600, 3600, 100, 0xcd\n0,7200,7200,3600,1,x",
];
const PROGRESS: &[&str] = &[
    "frame=120\nfps=31.5\nout_time_us=4800000\nprogress=continue\nframe=N/A\nprogress=end",
    "[Parsed_psnr_0 @ 0x1] PSNR y:40.1 u:41 v:42 average:40.5 min:30 max:inf\n[Parsed_ssim_0 @ 0x1] SSIM Y:0.99 All:0.991 (20.1)",
];
const NUT: &[&str] = &["\u{e8}\u{3}\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\u{24}\0\0\0\0"];
const JOIN: &[&str] = &["https://127.0.0.1:8080/#fc_w_abc.0123456789abcdef"];
const IDS: &[&str] = &["7f-A", "3-900", "../x"];
