//! Films as streams: made by clusters, and played by ffmpeg's own readers, which share no code with the product.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use ffmpeg_cluster_common::io::digest;
use ffmpeg_cluster_common::media::stream::playlist::master::MasterPlaylist;
use ffmpeg_cluster_common::media::stream::playlist::media::MediaPlaylist;
use harness::cluster::{Cluster, Setup};
use harness::films::film;
use harness::person::Person;
use harness::poll::{SOON, poll};
use harness::raw;
use rustix::process::Signal;
use serde_json::{Value, json};

const QUICK: &str = "-c:v libx264 -preset ultrafast";

fn ladder(rungs: Value) -> Value {
    json!({"products": {"ladder": {"rungs": rungs, "ffmpeg_params": QUICK, "segment_seconds": 2}}})
}

fn three() -> Value {
    ladder(json!(["360p", "240p", {"name": "tiny", "height": 120, "ffmpeg_params": "-crf 30"}]))
}

fn setup(clients: usize) -> Setup {
    Cluster::new().clients(clients).with(&[
        "--retry-delay",
        "0",
        "--max-retries",
        "20",
        "--chunk-size",
        "65536",
    ])
}

fn said(program: &str, words: &[&str]) -> String {
    let done = Command::new(program).args(words).output().expect("it starts");
    assert!(done.status.success(), "{program} {words:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("text")
}

/// When each packet of the first picture is shown, in microseconds, in the order of time.
fn shown(what: &str) -> Vec<i64> {
    let words =
        ["-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts_time", "-of", "csv=p=0", what];
    let told = said("ffprobe", &words);
    let times = told.lines().map(|line| line.trim_end_matches(',')).filter(|line| !line.is_empty());
    let micros = |time: &str| (time.parse::<f64>().expect("a time") * 1e6).round() as i64;
    let mut times: Vec<i64> = times.map(micros).collect();
    times.sort_unstable();
    times
}

/// A stream as somebody else would fetch it: every file that `SHA256SUMS` names, with its digest.
struct Fetched {
    folder: PathBuf,
    files: BTreeSet<String>,
}

async fn fetched(cluster: &Cluster, status: &Value) -> Fetched {
    let job = status["job_id"].as_str().expect("a job");
    let folder = cluster.scratch.path().join(format!("fetched-{job}"));
    let address = |path: &str| format!("/api/v1/jobs/{job}/stream/{path}");
    std::fs::create_dir_all(&folder).unwrap();
    cluster.ask.fetch(&address("SHA256SUMS"), &folder.join("SHA256SUMS")).await;
    let sums = std::fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
    assert_eq!(digest::of_bytes(sums.as_bytes()), status["report"]["result_sha256"]);
    let mut files = BTreeSet::new();
    for line in sums.lines() {
        let (sha256, path) = line.split_once("  ").expect("a line of sha256sum");
        let to = folder.join(path);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        cluster.ask.fetch(&address(path), &to).await;
        assert_eq!(digest::of_file(&to).unwrap().1, sha256, "{path}");
        files.insert(path.to_owned());
    }
    Fetched { folder, files }
}

impl Fetched {
    fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.folder.join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
    }

    /// Every list is read strictly, and names the files that are there and no other. Returns the list of lists.
    fn lists_name_what_is_there(&self) -> String {
        let master = self.text("master.m3u8");
        MasterPlaylist::read(&master).expect("a playlist of playlists");
        let mut named = BTreeSet::from(["master.m3u8".to_owned(), "manifest.mpd".to_owned()]);
        for list in uris(&master) {
            let text = self.text(&list);
            MediaPlaylist::read(&text).expect("a playlist");
            let folder = list.rsplit_once('/').expect("a folder").0;
            named.extend(uris(&text).into_iter().map(|uri| format!("{folder}/{uri}")));
            named.insert(list);
        }
        let manifest = self.text("manifest.mpd");
        let of_text = |line: &str| {
            Some(line.trim().strip_prefix("<BaseURL>s/")?.strip_suffix("</BaseURL>")?.to_owned())
        };
        named.extend(manifest.lines().filter_map(of_text).map(|path| format!("s/{path}")));
        assert_eq!(named, self.files);
        master
    }
}

/// Everything that a playlist names.
fn uris(list: &str) -> Vec<String> {
    let of_line = |line: &str| match line.split_once("URI=\"") {
        Some((_, rest)) => rest.split('"').next().map(str::to_owned),
        None => Some(line.to_owned()).filter(|line| !line.is_empty() && !line.starts_with('#')),
    };
    list.lines().filter_map(of_line).collect()
}

/// The lines of a playlist with this tag.
fn lines<'a>(list: &'a str, tag: &str) -> Vec<&'a str> {
    list.lines().filter(|line| line.starts_with(tag)).collect()
}

#[tokio::test]
async fn a_film_in_three_sizes_is_played_with_every_frame_at_its_time() {
    let cluster = setup(2).start();
    let source = film("medium.mp4");
    let job = cluster.ask.submit(&source, three()).await;
    let status = cluster.ask.completed(&job).await;
    let report = &status["report"];
    assert!(report["pieces"].as_u64().unwrap() > 1, "more than one piece: {report:#}");
    assert_eq!(report["renditions"].as_array().unwrap().len(), 4, "{report:#}");
    let master = format!("/api/v1/jobs/{job}/stream/master.m3u8");
    assert_eq!(status["output_url"], master);
    let product = &status["products"][0];
    assert_eq!(
        (&product["name"], &product["state"], &product["url"]),
        (&json!("ladder"), &json!("ready"), &json!(master))
    );

    let stream = fetched(&cluster, &status).await;
    let lists = stream.lists_name_what_is_there();
    let pictures = lines(&lists, "#EXT-X-STREAM-INF:");
    assert_eq!(pictures.len(), 3, "{lists}");
    for (line, size) in pictures.iter().zip(["640x360", "426x240", "214x120"]) {
        assert!(line.contains(&format!("RESOLUTION={size},")), "{line}");
    }
    let wanted = shown(source.to_str().unwrap());
    assert_eq!(wanted.len(), 1500);
    for rung in ["360p", "240p", "tiny"] {
        // Through the server, as a player would, and from the copy.
        let url = cluster.ask.url(&format!("/api/v1/jobs/{job}/stream/v/{rung}/index.m3u8"));
        assert_eq!(shown(&url), wanted, "{rung}");
        let copy = stream.folder.join(format!("v/{rung}/index.m3u8"));
        assert_eq!(shown(copy.to_str().unwrap()), wanted, "{rung}");
        let keys = shown(stream.folder.join(format!("v/{rung}/iframes.m3u8")).to_str().unwrap());
        let begins: Vec<i64> = (0..30).map(|segment| segment * 2_000_000).collect();
        assert_eq!(keys, begins, "{rung}: a key frame every two seconds");
    }
    decodes_cleanly(&stream.folder.join("master.m3u8"));
}

/// All pictures and sounds, through the list that players open.
fn decodes_cleanly(list: &Path) {
    let words =
        ["-v", "warning", "-i", list.to_str().unwrap(), "-map", "0:v", "-map", "0:a?", "-f", "null", "-"];
    let done = Command::new("ffmpeg").args(words).output().expect("ffmpeg");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success() && said.is_empty(), "{said}");
}

#[tokio::test]
async fn each_sound_is_offered_and_what_a_stream_does_not_carry_is_named() {
    let cluster = setup(1).start();
    let mut config = ladder(json!(["240p"]));
    config["products"]["ladder"]["sound"] = json!(["-c:a aac -b:a 64k -ac 2", "-c:a aac -b:a 32k -ac 1"]);
    let job = cluster.ask.submit(&film("two-audio.mkv"), config).await;
    let status = cluster.ask.completed(&job).await;
    let stream = fetched(&cluster, &status).await;
    let lists = stream.lists_name_what_is_there();
    let sounds = lines(&lists, "#EXT-X-MEDIA:TYPE=AUDIO");
    assert_eq!(sounds.len(), 4, "{lists}");
    for (line, words) in sounds.iter().zip([
        ["GROUP-ID=\"sound-0\"", "NAME=\"Deutsch\"", "CHANNELS=\"2\"", "DEFAULT=YES"],
        ["GROUP-ID=\"sound-0\"", "NAME=", "CHANNELS=\"2\"", "DEFAULT=NO"],
        ["GROUP-ID=\"sound-1\"", "NAME=\"Deutsch\"", "CHANNELS=\"1\"", "DEFAULT=YES"],
        ["GROUP-ID=\"sound-1\"", "NAME=", "CHANNELS=\"1\"", "DEFAULT=NO"],
    ]) {
        assert!(words.iter().all(|word| line.contains(word)), "{line}");
    }
    assert_eq!(lines(&lists, "#EXT-X-STREAM-INF:").len(), 2, "the picture with each group");
    let dropped = status["report"]["streams_dropped"].to_string();
    assert!(!dropped.contains(" subtitle ") && dropped.contains("chapters"), "{dropped}");
    texts_are_shown_as_in(&film("two-audio.mkv"), &stream, &lists);
    decodes_cleanly(&stream.folder.join("master.m3u8"));
}

/// A text as SubRip, by ffmpeg's own reader.
fn as_srt(from: &Path, stream: usize) -> String {
    let map = format!("0:s:{stream}");
    said("ffmpeg", &["-v", "error", "-i", from.to_str().unwrap(), "-map", &map, "-f", "srt", "-"])
}

/// Every text of the film, at its times, in the parts of HLS and in the one file of DASH.
fn texts_are_shown_as_in(source: &Path, stream: &Fetched, master: &str) {
    let offered = lines(master, "#EXT-X-MEDIA:TYPE=SUBTITLES");
    assert_eq!(offered.len(), 2, "{master}");
    for (number, line) in offered.iter().enumerate() {
        let folder = line.split("URI=\"").nth(1).unwrap().split("/index").next().unwrap();
        let whole = as_srt(&stream.folder.join(folder).join("whole.vtt"), 0);
        let times = |text: &str| {
            text.lines().filter(|line| line.contains("-->")).map(str::to_owned).collect::<Vec<_>>()
        };
        let wanted = as_srt(source, number);
        assert!(times(&wanted).len() > 1 && times(&whole) == times(&wanted), "{whole}\n{wanted}");
        // The first is plain text, which no conversion changes.
        assert!(number > 0 || whole == wanted, "{whole}\n{wanted}");
        let parts = stream.files.iter().filter(|path| path.starts_with(folder) && !path.ends_with("m3u8"));
        let cues = |path: &String| -> Vec<String> {
            stream.text(path).split("\n\n").skip(1).map(|cue| cue.trim_end().to_owned()).collect()
        };
        let mut all: Vec<String> = parts.filter(|path| !path.ends_with("whole.vtt")).flat_map(cues).collect();
        all.dedup();
        assert_eq!(all, cues(&format!("{folder}/whole.vtt")));
    }
}

#[tokio::test]
async fn files_are_sent_as_players_ask_for_them_and_nothing_else_is() {
    let cluster = setup(1).start();
    let job = cluster.ask.submit(&film("half-second.mp4"), ladder(json!(["240p"]))).await;
    cluster.ask.completed(&job).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let get = |path: &str| http.get(cluster.ask.url(&format!("/api/v1/jobs/{job}/{path}")));
    let kind = |answer: &reqwest::Response| answer.headers()["content-type"].to_str().unwrap().to_owned();
    let master = get("stream/master.m3u8").send().await.unwrap();
    assert_eq!((master.status().as_u16(), kind(&master).as_str()), (200, "application/vnd.apple.mpegurl"));
    let part = get("stream/v/240p/00000.m4s").header("range", "bytes=4-7").send().await.unwrap();
    assert_eq!((part.status().as_u16(), kind(&part).as_str()), (206, "video/iso.segment"));
    assert!(part.headers()["cache-control"].to_str().unwrap().contains("immutable"));
    assert_eq!(&part.bytes().await.unwrap()[..], b"styp");
    for path in [
        "..%2f..%2fserver.db",
        "v",
        "v/240p",
        "v/240p/..%2finit.mp4",
        "v/240p/00009.m4s",
        ".lock",
        "v/240p/none",
    ] {
        let answer = get(&format!("stream/{path}")).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 404, "{path}");
    }
    let result = get("result").send().await.unwrap();
    assert_eq!(result.status().as_u16(), 404);
    let told = result.text().await.unwrap();
    assert!(told.contains(&format!("/api/v1/jobs/{job}/stream/master.m3u8")), "{told}");
    // A deleted job takes its folder along.
    let folder = cluster.work().join("server").join(&job);
    assert!(folder.join("stream").is_dir());
    let gone = cluster.ask.command(json!({"DeleteJob": {"job_id": job}})).await;
    assert_eq!(gone["JobDeleted"]["job_id"], job, "{gone}");
    assert!(!folder.exists(), "{:?}", std::fs::read_dir(&folder).unwrap().collect::<Vec<_>>());
}

#[tokio::test]
async fn what_can_not_be_a_ladder_is_refused_by_name_before_anything_is_made() {
    let cluster = setup(1).start();
    let of = |ladder: Value| json!({"products": {"ladder": ladder}});
    let with = |mut config: Value, key: &str, value: Value| {
        config[key] = value;
        config
    };
    let one = || of(json!({"rungs": ["240p"]}));
    let params = |line: &str| of(json!({"rungs": ["240p"], "ffmpeg_params": line}));
    let table = [
        (
            of(json!({"rungs": ["1080x"]})),
            "INVALID_REQUEST",
            "products.ladder.rungs[0]: \"1080x\" is no rung",
        ),
        (of(json!({"rungs": ["240p", "240p"]})), "INVALID_REQUEST", "rungs[1]: \"240p\" is named twice"),
        (of(json!({"rungs": []})), "INVALID_REQUEST", "rungs: 0 rungs"),
        (
            of(json!({"rungs": ["240p"], "segment_seconds": 40})),
            "INVALID_REQUEST",
            "segment_seconds: 40 is not between",
        ),
        (of(json!({"rungs": ["240p"], "sound": ["-c:a libmp3lame"]})), "INVALID_PARAMETERS", "sound[0]"),
        (params("-c:v libx264 -g 50"), "INVALID_PARAMETERS", "-g: key frames are at the beginnings"),
        (params("-c:v mpeg2video"), "INVALID_PARAMETERS", "mpeg2video"),
        (params("-c:v copy"), "INVALID_PARAMETERS", "-c:v copy"),
        (params("-c:v libx264 -vf hflip"), "INVALID_PARAMETERS", "-vf"),
        (
            of(json!({"rungs": ["240p", {"name": "h", "height": 120, "ffmpeg_params": "-c:v libx265"}]})),
            "INVALID_PARAMETERS",
            "rungs[1]: -c:v libx265: all rungs of a ladder have one encoder",
        ),
        (
            with(one(), "ffmpeg_params", json!("-crf 20")),
            "INVALID_PARAMETERS",
            "products.ladder: its rungs and its sounds",
        ),
        (
            with(one(), "ffmpeg_params", json!("-vf mpdecimate")),
            "INVALID_PARAMETERS",
            "mpdecimate makes frames of its own",
        ),
        (with(one(), "file_name_output", json!("x.mp4")), "INVALID_REQUEST", "file_name_output"),
        (with(one(), "verify", json!("full")), "INVALID_REQUEST", "verify: full"),
        (with(one(), "hw", json!("prefer")), "INVALID_REQUEST", "hw: only software"),
    ];
    for (config, code, why) in table {
        let command = json!({"ProcessLocalFile": {"file_path": film("medium.mp4"), "config": config}});
        let reply = cluster.ask.command(command).await;
        let (told, message) =
            (&reply["Error"]["code"], reply["Error"]["message"].as_str().unwrap_or_default());
        assert!(*told == json!(code) && message.contains(why), "{why}: {reply}");
    }
    let config = ladder(json!(["240p"]));
    let command = json!({"ProcessLocalFile": {"file_path": film("hdr10.mp4"), "config": config}});
    let reply = cluster.ask.command(command).await;
    assert!(reply["Error"]["message"].as_str().unwrap_or_default().contains("high dynamic range"), "{reply}");
    let (_, jobs) = cluster.ask.get("/api/v1/jobs").await;
    assert_eq!(jobs["total"], 0, "{jobs}");
}

#[tokio::test]
async fn an_interlaced_film_becomes_whole_frames_and_says_so() {
    let cluster = setup(1).start();
    let job = cluster.ask.submit(&film("interlaced.mpg"), ladder(json!(["240p"]))).await;
    let status = cluster.ask.completed(&job).await;
    let warnings = status["report"]["warnings"].to_string();
    assert!(warnings.contains("interlaced") && warnings.contains("bwdif=mode=send_frame"), "{warnings}");
    let stream = fetched(&cluster, &status).await;
    let list = stream.folder.join("v/240p/index.m3u8");
    assert_eq!(shown(list.to_str().unwrap()).len() as u64, status["report"]["frames_result"]);
    let words = [
        "-v",
        "error",
        "-select_streams",
        "v:0",
        "-show_entries",
        "frame=interlaced_frame",
        "-of",
        "csv=p=0",
    ];
    let fields = said("ffprobe", &[&words[..], &[list.to_str().unwrap()]].concat());
    assert!(fields.lines().all(|line| !line.starts_with('1')), "{fields}");
}

#[tokio::test]
async fn a_person_gets_the_folder_beside_other_results() {
    let cluster = setup(1).start();
    let person = Person::of(&cluster);
    let source = film("half-second.mp4");
    let words = "--ladder 240p,180p --ladder-params -preset=ultrafast";
    let (well, told) = person.said(&format!("submit {} {words} --output .", source.display()));
    assert!(!well && told.contains("180p"), "{told}");
    let words = "--ladder 240p --segment-seconds 1 --hls --output .";
    let (well, told) = person.said(&format!("submit {} {words}", source.display()));
    assert!(well && told.contains("v/240p: avc1"), "{told}");
    let folder = cluster.scratch.path().join("half-second");
    assert!(folder.join("master.m3u8").is_file() && !folder.join("manifest.mpd").exists(), "{told}");
    let list = folder.join("v/240p/index.m3u8");
    assert_eq!(shown(list.to_str().unwrap()), shown(source.to_str().unwrap()));
    let hidden = std::fs::read_dir(cluster.scratch.path()).unwrap().filter_map(Result::ok);
    let hidden: Vec<_> = hidden
        .map(|entry| entry.file_name())
        .filter(|name| name.to_string_lossy().starts_with('.'))
        .collect();
    assert!(hidden.is_empty(), "{hidden:?}");
}

/// A film of one piece, whose bytes do not depend on who was how fast.
async fn undisturbed(cluster: &Cluster) -> Value {
    let job = cluster.ask.submit(&film("h264-open-gop.mp4"), three()).await;
    cluster.ask.completed(&job).await["report"]["result_sha256"].clone()
}

pub const POINTS: [&str; 8] = [
    "server.piece.kept",
    "server.stream.piece",
    "server.stream.listed",
    "server.join.synced",
    "server.join.renamed",
    "server.join.durable",
    "server.job.ending",
    "server.job.ended",
];

#[tokio::test]
async fn a_server_that_dies_while_it_makes_a_stream_makes_the_same_again() {
    let mut cluster = setup(1).start();
    let wanted = undisturbed(&cluster).await;
    for point in POINTS {
        cluster.restart_server_with(&[("FFMPEG_CLUSTER_CRASH", point)]);
        cluster.server.log.wait("listening on");
        let job = cluster.ask.submit(&film("h264-open-gop.mp4"), three()).await;
        let ended = cluster.server.end();
        let killed = std::os::unix::process::ExitStatusExt::signal(&ended);
        assert_eq!(killed, Some(9), "{point}: {}", cluster.server.log.text());
        cluster.restart_server();
        cluster.server.log.wait("listening on");
        let status = cluster.ask.completed(&job).await;
        assert_eq!(status["report"]["result_sha256"], wanted, "{point}");
        let stream = fetched(&cluster, &status).await;
        stream.lists_name_what_is_there();
        let folder = cluster.work().join("server").join(&job);
        let left: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(Result::ok)
            .map(|entry| entry.file_name())
            .collect();
        assert_eq!(left, ["stream"], "{point}");
    }
}

#[tokio::test]
async fn a_client_that_is_killed_while_it_encodes_rungs_costs_no_byte() {
    let mut cluster = setup(1).start();
    let wanted = undisturbed(&cluster).await;
    for point in ["client.offer.taken", "client.piece.encoded", "client.piece.partly_sent"] {
        cluster.restart_client(0, &[("FFMPEG_CLUSTER_CRASH", point)]);
        let job = cluster.ask.submit(&film("h264-open-gop.mp4"), three()).await;
        let ended = cluster.clients[0].end();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&ended), Some(9), "{point}");
        cluster.restart_client(0, &[]);
        let status = cluster.ask.completed(&job).await;
        assert_eq!(status["report"]["result_sha256"], wanted, "{point}");
    }
    cluster.clients[0].signal(Signal::TERM);
}

fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    answer.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// What a page of another origin gets, which reaches the server by a name that the server does not know.
fn for_a_stranger(cluster: &Cluster, line: &str, more: &str) -> String {
    let head = "Host: films.example\r\nOrigin: https://player.example\r\nSec-Fetch-Site: cross-site\r\nConnection: close";
    raw::say(cluster.ask.port(), format!("{line} HTTP/1.1\r\n{head}\r\n{more}\r\n").as_bytes())
}

#[tokio::test]
async fn a_link_plays_a_stream_for_strangers_until_it_is_ended() {
    let cluster = setup(1).start();
    let job = cluster.ask.submit(&film("half-second.mp4"), ladder(json!(["240p"]))).await;
    cluster.ask.completed(&job).await;
    let links = format!("/api/v1/jobs/{job}/links");
    for bad in [json!({"hours": 0}), json!({"hours": 9000}), json!({"hours": "1"}), json!({"days": 1})] {
        assert_eq!(cluster.ask.post(&links, &bad).await.1["code"], "INVALID_REQUEST", "{bad}");
    }
    let (_, link) = cluster.ask.post(&links, &json!({"hours": 1})).await;
    let (url, id) = (link["url"].as_str().expect("an address"), link["id"].as_str().expect("a name"));
    let asked = |path: &str, more: &str| for_a_stranger(&cluster, &format!("GET {path}"), more);
    let list = asked(url, "");
    assert!(raw::status(&list) == 200 && list.contains("#EXTM3U"), "{list}");
    assert_eq!(header(&list, "access-control-allow-origin"), Some("*"));
    assert_eq!(header(&list, "cross-origin-resource-policy"), Some("cross-origin"));
    let folder = url.rsplit_once('/').unwrap().0;
    let segment = asked(&format!("{folder}/v/240p/00000.m4s"), "Range: bytes=0-7\r\n");
    assert_eq!((raw::status(&segment), header(&segment, "content-length")), (206, Some("8")), "{segment}");
    assert_eq!(header(&segment, "cache-control"), Some("public, max-age=31536000, immutable"));
    let may = for_a_stranger(&cluster, &format!("OPTIONS {url}"), "");
    assert_eq!((raw::status(&may), header(&may, "access-control-allow-methods")), (204, Some("GET, HEAD")));
    for wrong in [format!("{folder}/..%2fresult"), format!("/watch/{}/master.m3u8", "0".repeat(32))] {
        assert_eq!(raw::status(&asked(&wrong, "")), 404, "{wrong}");
    }
    for closed in [&links, &links.replace("links", "stream/master.m3u8")] {
        assert_eq!(raw::status(&asked(closed, "")), 403, "{closed}");
    }
    let (_, listed) = cluster.ask.get(&links).await;
    assert_eq!((&listed["total"], &listed["items"][0]["id"]), (&json!(1), &json!(id)));
    assert!(!listed.to_string().contains(folder.trim_start_matches("/watch/")), "the code is shown once");
    assert_eq!(cluster.ask.delete(&format!("{links}/{id}")).await.0, 204);
    assert_eq!(raw::status(&asked(url, "")), 404);
    let told = || {
        let log = std::fs::read_to_string(cluster.work().join("server/audit.log")).unwrap_or_default();
        // The log is written in order, and this is the last deed.
        log.contains("end_watch_link").then(|| log.matches("\"did\":\"watch\"").count())
    };
    assert_eq!(
        poll(SOON, Duration::from_secs(10), told),
        Some(1),
        "players ask for many files, and are told once an hour"
    );
}
