//! A piece on its way to a real HTTP server that misbehaves as it is told to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use ffmpeg_cluster_common::io::spawn::Background;
use warp::Filter;
use warp::http::StatusCode as Status;
use warp::reply::{Reply, Response};

use super::*;
use crate::encode::served;
use crate::machine::scratch::Scratch;

const LEASE: LeaseId = LeaseId { boot: 3, seq: 8 };

/// What the server does wrong with one chunk.
#[derive(Debug, Clone, Copy)]
enum Injected {
    /// Takes the chunk, but the answer is lost.
    AnswerLost,
    DigestRefused,
    OtherOffset,
    DiskFull,
    LeaseGone,
    /// As after a crash: the last chunk is not there any more.
    ForgetsTail,
}

#[derive(Debug, Clone, Default)]
struct PieceServer {
    held: Arc<Mutex<Vec<u8>>>,
    faults: Arc<Mutex<VecDeque<Injected>>>,
}

impl PieceServer {
    fn at(&self, status: Status) -> Response {
        let held = self.held.lock().unwrap().len();
        warp::reply::with_status(warp::reply::with_header("", UPLOAD_OFFSET, held), status).into_response()
    }

    fn append(&self, offset: usize, digest: &str, chunk: &Bytes) -> Response {
        assert_eq!(digest, ffmpeg_cluster_common::io::digest::of_bytes(chunk));
        assert!(chunk.len() <= 10);
        let fault = self.faults.lock().unwrap().pop_front();
        match fault {
            Some(Injected::DigestRefused) => return self.at(Status::UNPROCESSABLE_ENTITY),
            Some(Injected::OtherOffset) => return self.at(Status::CONFLICT),
            Some(Injected::DiskFull) => return self.at(Status::INSUFFICIENT_STORAGE),
            Some(Injected::LeaseGone) => return self.at(Status::GONE),
            Some(Injected::ForgetsTail) => {
                let mut held = self.held.lock().unwrap();
                let kept = held.len().saturating_sub(10);
                held.truncate(kept);
            }
            Some(Injected::AnswerLost) | None => {}
        }
        if offset != self.held.lock().unwrap().len() {
            return self.at(Status::CONFLICT);
        }
        self.held.lock().unwrap().extend_from_slice(chunk);
        match fault {
            Some(Injected::AnswerLost) => self.at(Status::BAD_GATEWAY),
            _ => self.at(Status::NO_CONTENT),
        }
    }

    async fn start(&self, background: &Background) -> Server {
        let (heads, patches) = (self.clone(), self.clone());
        let path = warp::path!("api" / "v1" / "pieces" / "3-8");
        let head = path.and(warp::head()).map(move || heads.at(Status::OK));
        let patch = path
            .and(warp::patch())
            .and(warp::header("upload-offset"))
            .and(warp::header("x-chunk-sha256"))
            .and(warp::body::bytes())
            .map(move |offset: usize, digest: String, chunk: Bytes| patches.append(offset, &digest, &chunk));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(background.spawn("pieces", served::serve(listener, head.or(patch).unify().boxed())));
        Server::plain("127.0.0.1", port)
    }
}

async fn send(server: &PieceServer, content: &[u8]) -> Sent {
    let (background, scratch) = (Background::default(), Scratch::new());
    let file = scratch.path().join("piece.nut");
    std::fs::write(&file, content).unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let sender = PieceSender::new(http, server.start(&background).await, 10);
    sender.send(LEASE, &Piece::of(&file).unwrap()).await.unwrap()
}

#[tokio::test]
async fn no_injected_fault_changes_what_arrives() {
    let content: Vec<u8> = (0..47).collect();
    for fault in [
        Injected::AnswerLost,
        Injected::DigestRefused,
        Injected::OtherOffset,
        Injected::DiskFull,
        Injected::ForgetsTail,
    ] {
        let server = PieceServer::default();
        server.faults.lock().unwrap().extend([fault, fault]);
        assert_eq!(send(&server, &content).await, Sent::Whole, "{fault:?}");
        assert_eq!(*server.held.lock().unwrap(), content, "{fault:?}");
    }
}

#[tokio::test]
async fn goes_on_where_an_earlier_process_stopped() {
    let (server, content) = (PieceServer::default(), (0..35).collect::<Vec<u8>>());
    server.held.lock().unwrap().extend(&content[..20]);
    assert_eq!(send(&server, &content).await, Sent::Whole);
    assert_eq!(*server.held.lock().unwrap(), content);
}

#[tokio::test]
async fn a_piece_nobody_wants_is_not_sent() {
    let server = PieceServer::default();
    server.faults.lock().unwrap().push_back(Injected::LeaseGone);
    assert_eq!(send(&server, &[1; 30]).await, Sent::Unwanted);
    assert!(server.held.lock().unwrap().is_empty());
}
