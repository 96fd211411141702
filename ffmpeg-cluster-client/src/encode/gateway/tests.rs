//! The gateway between a reader and a real HTTP server that misbehaves as it is told to.

use std::collections::VecDeque;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bytes::Bytes;
use ffmpeg_cluster_common::fault::FaultCode;
use ffmpeg_cluster_common::io::digest;
use ffmpeg_cluster_common::protocol::transfer::CHUNK_SHA256;
use warp::http::StatusCode;
use warp::reply::{Reply, Response};
use warp::{Filter, Rejection};

use super::*;
use crate::encode::served;
use crate::machine::scratch::Scratch;

const CHUNK: u64 = 32 * 1024;
const ETAG: &str = "\"first\"";

/// What the file server does wrong with one request.
#[derive(Debug, Clone, Copy)]
enum Injected {
    DropMidBody,
    WrongDigest,
    NoDigest,
    Status500,
    TooShort,
    TooLong,
    ChangedEtag,
}

/// A server of one file, and the faults that it will commit, one for each request.
#[derive(Debug, Clone)]
struct FileServer {
    film: Bytes,
    faults: Arc<Mutex<VecDeque<Injected>>>,
    asked: Arc<Mutex<Vec<u64>>>,
    hold: Arc<AtomicBool>,
}

impl FileServer {
    fn new(bytes: usize) -> Self {
        let film = (0..bytes).map(|at| (at * 31 % 251) as u8 ^ (at >> 8) as u8).collect::<Vec<_>>();
        Self { film: film.into(), faults: Arc::default(), asked: Arc::default(), hold: Arc::default() }
    }

    fn inject(&self, faults: impl IntoIterator<Item = Injected>) {
        self.faults.lock().unwrap().extend(faults);
    }

    fn routes(&self) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
        let this = self.clone();
        warp::path!("film").and(warp::header::<String>("range")).and(warp::header::<String>("if-match")).map(
            move |range: String, etag: String| {
                assert_eq!(etag, ETAG);
                this.answer(&range)
            },
        )
    }

    fn answer(&self, range: &str) -> Response {
        let (first, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
        let (start, end) = (first.parse::<usize>().unwrap(), last.parse::<usize>().unwrap() + 1);
        self.asked.lock().unwrap().push(start as u64 / CHUNK);
        if self.hold.load(Ordering::SeqCst) {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        let (right, film) = (self.film.slice(start..end), &self.film);
        let fault = self.faults.lock().unwrap().pop_front();
        let (body, digest) = match fault {
            None => (right.clone(), digest::of_bytes(&right)),
            Some(Injected::Status500) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            Some(Injected::ChangedEtag) => return StatusCode::PRECONDITION_FAILED.into_response(),
            Some(Injected::DropMidBody) => return dropped_half_way(&right),
            Some(Injected::WrongDigest) => (flipped(&right), digest::of_bytes(&right)),
            Some(Injected::NoDigest) => {
                return warp::reply::with_status(right.to_vec(), StatusCode::PARTIAL_CONTENT).into_response();
            }
            Some(Injected::TooShort) => {
                let short = right.slice(..right.len() - 1);
                (short.clone(), digest::of_bytes(&short))
            }
            Some(Injected::TooLong) => {
                let long = Bytes::from([&film[start..end], b"more"].concat());
                (long.clone(), digest::of_bytes(&long))
            }
        };
        let reply = warp::reply::with_header(body.to_vec(), CHUNK_SHA256, digest);
        warp::reply::with_status(reply, StatusCode::PARTIAL_CONTENT).into_response()
    }
}

fn flipped(bytes: &Bytes) -> Bytes {
    let mut bytes = bytes.to_vec();
    bytes[7] ^= 0x10;
    bytes.into()
}

/// The connection breaks after half of what was announced.
fn dropped_half_way(bytes: &Bytes) -> Response {
    let half = vec![Ok(bytes.slice(..bytes.len() / 2)), Err(std::io::Error::other("injected"))];
    let mut response = warp::reply::stream(futures_util::stream::iter(half)).into_response();
    *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    response.headers_mut().insert("content-length", bytes.len().into());
    response.headers_mut().insert(CHUNK_SHA256, digest::of_bytes(bytes).parse().unwrap());
    response
}

/// File server, gateway and reader, wired as in the product.
struct World {
    files: FileServer,
    gateway: Gateway,
    background: Background,
    _scratch: Scratch,
}

impl World {
    async fn new(film_bytes: usize) -> Self {
        Self::with_cache(film_bytes, 1 << 30).await
    }

    async fn with_cache(film_bytes: usize, cache_bytes: u64) -> Self {
        let (background, scratch, files) =
            (Background::default(), Scratch::new(), FileServer::new(film_bytes));
        let port = serve(&files, 0, &background).await;
        let server = Server::plain("127.0.0.1", port);
        let cache = scratch.path().join("cache");
        let gateway =
            Gateway::start(server, http(), Cache::new(&cache, cache_bytes).unwrap(), &background).unwrap();
        Self { files, gateway, background, _scratch: scratch }
    }

    fn reference(&self) -> SourceRef {
        let bytes = self.files.film.len() as u64;
        SourceRef { path: "/film".into(), bytes, etag: ETAG.into(), format: "mov".into(), codecs: Vec::new() }
    }

    fn open(&self) -> Opened {
        self.gateway.open(&self.reference(), CHUNK, &Default::default())
    }

    fn asked(&self) -> Vec<u64> {
        self.files.asked.lock().unwrap().clone()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.background.stop().cancel();
    }
}

async fn serve(files: &FileServer, port: u16, background: &Background) -> u16 {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (routes, stop) = (files.routes(), background.stop().clone());
    drop(background.spawn("files", async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = served::serve(listener, routes.boxed()) => {}
        }
    }));
    port
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn read(opened: &Opened, range: Option<&str>) -> (StatusCode, Bytes) {
    let mut request = http().get(opened.url());
    if let Some(range) = range {
        request = request.header("range", range);
    }
    let answer = request.send().await.unwrap();
    let status = StatusCode::from_u16(answer.status().as_u16()).unwrap();
    (status, answer.bytes().await.unwrap())
}

#[tokio::test]
async fn a_reader_gets_exact_bytes_of_any_range() {
    let world = World::new(5 * CHUNK as usize + 777).await;
    let (opened, film) = (world.open(), world.files.film.clone());
    assert_eq!(read(&opened, None).await, (StatusCode::OK, film.clone()));
    let chunk = CHUNK as usize;
    for (range, start, end) in [
        ("bytes=0-", 0, film.len()),
        ("bytes=0-0", 0, 1),
        ("bytes=32767-32768", chunk - 1, chunk + 1),
        ("bytes=100000-", 100_000, film.len()),
        ("bytes=-5", film.len() - 5, film.len()),
    ] {
        assert_eq!(read(&opened, Some(range)).await, (StatusCode::PARTIAL_CONTENT, film.slice(start..end)));
    }
    let (status, _) = read(&opened, Some("bytes=999999999-")).await;
    assert_eq!(status, StatusCode::RANGE_NOT_SATISFIABLE);
    let mut asked = world.asked();
    asked.sort_unstable();
    assert_eq!(asked, [0, 1, 2, 3, 4, 5], "each chunk once, however often it is read");
}

#[tokio::test]
async fn no_injected_fault_reaches_the_reader() {
    for fault in [
        Injected::DropMidBody,
        Injected::WrongDigest,
        Injected::NoDigest,
        Injected::Status500,
        Injected::TooShort,
        Injected::TooLong,
    ] {
        let world = World::new(3 * CHUNK as usize + 1).await;
        world.files.inject([fault, fault]);
        let opened = world.open();
        assert_eq!(read(&opened, None).await, (StatusCode::OK, world.files.film.clone()), "{fault:?}");
        assert_eq!(opened.bytes_read(), world.files.film.len() as u64);
    }
}

#[tokio::test]
async fn a_changed_source_is_a_fault_and_not_other_bytes() {
    let world = World::new(2 * CHUNK as usize).await;
    world.files.inject([Injected::ChangedEtag]);
    let opened = world.open();
    opened.prefetch(None);
    assert_eq!(opened.fault().await.code, FaultCode::SourceChanged);
}

#[tokio::test]
async fn a_server_that_is_away_is_only_a_longer_read() {
    let world = World::new(4 * CHUNK as usize).await;
    let (background, scratch) = (Background::default(), Scratch::new());
    let unused = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = unused.local_addr().unwrap().port();
    drop(unused);
    let server = Server::plain("127.0.0.1", port);
    let gateway =
        Gateway::start(server, http(), Cache::new(scratch.path(), 1 << 30).unwrap(), &background).unwrap();
    let opened = gateway.open(&world.reference(), CHUNK, &Default::default());
    let comes_back = async {
        while !opened.is_waiting() {
            tokio::task::yield_now().await;
        }
        serve(&world.files, port, &background).await;
    };
    let (got, ()) = tokio::join!(read(&opened, None), comes_back);
    assert_eq!(got, (StatusCode::OK, world.files.film.clone()));
    background.stop().cancel();
}

#[tokio::test]
async fn a_closed_door_is_not_found_and_guesses_are_neither() {
    let world = World::new(CHUNK as usize).await;
    let opened = world.open();
    let url = opened.url();
    let other = format!("{}x", url);
    assert_eq!(http().get(&other).send().await.unwrap().status().as_u16(), 404);
    assert_eq!(http().post(&url).send().await.unwrap().status().as_u16(), 405);
    let head = http().head(&url).send().await.unwrap();
    assert_eq!(head.headers()["content-length"], CHUNK.to_string().as_str());
    drop(opened);
    assert_eq!(http().get(&url).send().await.unwrap().status().as_u16(), 404);
}

/// A decoder that a film has taken over knows its own address; it must not lead to another's film.
#[tokio::test]
async fn nobody_guesses_another_readers_address() {
    const BITS: usize = 128;
    let world = World::new(CHUNK as usize).await;
    let all: Vec<Opened> = (0..5).map(|_| world.open()).collect();
    let start = format!("http://127.0.0.1:{}/", all[0].port());
    let urls: Vec<String> = all.iter().map(Opened::url).collect();
    let keys: Vec<&str> = urls.iter().map(|url| url.strip_prefix(&start).unwrap()).collect();
    for (n, key) in keys.iter().enumerate() {
        assert!(key.len() * 4 >= BITS && key.bytes().all(|byte| byte.is_ascii_hexdigit()), "{key}");
        assert!(!keys[..n].contains(key), "{keys:?}");
    }
    let mut guesses: Vec<String> = (0..10).map(|number| number.to_string()).collect();
    let low = u128::from_str_radix(&keys[0][..BITS / 4], 16).unwrap();
    for near in [low.wrapping_sub(1), low.wrapping_add(1)] {
        guesses.push(format!("{near:032x}{}", &keys[0][BITS / 4..]));
    }
    guesses.extend([&keys[0][1..], "", "..", "%00"].map(str::to_owned));
    for guess in guesses {
        let answer = http().get(format!("{start}{guess}")).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 404, "{guess}");
    }
    assert_eq!(read(&all[4], None).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_reader_let_go_stops_fetching() {
    let world = World::new(2 * CHUNK as usize).await;
    world.files.hold.store(true, Ordering::SeqCst);
    let opened = world.open();
    let url = opened.url();
    let reading = tokio::spawn(async move { http().get(url).send().await.unwrap().bytes().await });
    while !opened.is_waiting() {
        tokio::task::yield_now().await;
    }
    drop(opened);
    assert!(reading.await.unwrap().is_err(), "the read ends without an end of file");
    assert!(world.background.finish(Duration::from_secs(5)).await, "nothing goes on fetching");
}

#[tokio::test]
async fn a_cache_smaller_than_the_film_still_gives_exact_bytes() {
    let world = World::with_cache(8 * CHUNK as usize, 2 * CHUNK).await;
    let opened = world.open();
    for _ in 0..2 {
        assert_eq!(read(&opened, None).await.1, world.files.film);
    }
}

#[tokio::test]
async fn what_was_fetched_ahead_is_not_fetched_again() {
    let world = World::new(40 * CHUNK as usize).await;
    let (queued, film) = (world.open(), world.files.film.clone());
    queued.prefetch(Some(20 * CHUNK + 5));
    while world.asked().len() < 4 {
        tokio::task::yield_now().await;
    }
    let part = format!("bytes={}-{}", 19 * CHUNK, 20 * CHUNK - 1);
    let (_, got) = read(&queued, Some(&part)).await;
    assert_eq!(got, film.slice(19 * CHUNK as usize..20 * CHUNK as usize));
    assert_eq!(world.asked().iter().filter(|&&chunk| chunk == 19).count(), 1);
}

#[test]
fn the_next_segment_lies_in_proportion() {
    assert_eq!(likely_byte(1_000, 10, 25), Some(2_500));
    assert_eq!(likely_byte(1_000, 10, 5), Some(500));
    assert_eq!(likely_byte(1_000, 0, 5), None);
    assert_eq!(likely_byte(0, 10, 5), None);
    assert_eq!(likely_byte(u64::MAX, 1, i64::MAX), None);
}
