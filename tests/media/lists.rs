//! Films whose packets don't tell their frames: clients list them, each a part, and the result is the same film.

use std::path::{Path, PathBuf};

use harness::cluster::{Cluster, Scratch};

use crate::run::run;

/// As AVI has it: no packet says when its frame is shown, and B-frames come out of order.
fn timeless_film(folder: &Path) -> PathBuf {
    let film = folder.join("timeless.avi");
    let words = "-v error -f lavfi -i testsrc2=size=160x120:rate=25:duration=60 -c:v libx264 -preset ultrafast -bf 3 -g 50";
    let to = film.display().to_string();
    let words: Vec<String> = words.split(' ').chain([to.as_str()]).map(str::to_owned).collect();
    run("ffmpeg", &words).expect("plain ffmpeg");
    film
}

/// Its packets, but the first: no decoder shows what stands before the next key frame.
fn beheaded_film(folder: &Path) -> PathBuf {
    let (film, whole) = (folder.join("beheaded.avi"), timeless_film(folder));
    let names = [&whole, &film].map(|path| path.display().to_string());
    let words = ["-v", "error", "-i", &names[0], "-c", "copy", "-bsf:v", "noise=drop='lt(n,1)'", &names[1]];
    run("ffmpeg", &words.map(str::to_owned)).expect("plain ffmpeg");
    film
}

/// A job of this film, with two clients and a server that decodes nothing itself which they could.
async fn begun(folder: &Path, film: &Path) -> (Cluster, String) {
    let root = folder.display().to_string();
    let cluster = Cluster::new().clients(2).with(&["--media-root", &root, "--decode-here", "0"]).start();
    let job = cluster.ask.submit(film, serde_json::json!({})).await;
    (cluster, job)
}

#[tokio::test]
async fn clients_list_the_frames_of_a_film_whose_packets_tell_no_times() {
    let scratch = Scratch::new();
    let film = timeless_film(scratch.path());
    let (cluster, job) = begun(scratch.path(), &film).await;
    cluster.judged(&job, &film).await;
    assert_eq!(cluster.ask.status(&job).await["report"]["indexed_by"], "clients");
    assert!(cluster.server.log.count("piece kept: packets") > 1, "one client listed all of it");
}

#[tokio::test]
async fn a_server_that_is_killed_while_clients_list_a_film_loses_no_part() {
    let scratch = Scratch::new();
    let film = timeless_film(scratch.path());
    let (mut cluster, job) = begun(scratch.path(), &film).await;
    cluster.server.log.wait("piece kept: packets");
    cluster.restart_server();
    cluster.judged(&job, &film).await;
    assert_eq!(cluster.ask.status(&job).await["report"]["indexed_by"], "clients");
    assert_eq!(cluster.server.log.count("its packets do not tell its frames"), 0, "it began anew");
}

#[tokio::test]
async fn what_clients_list_is_not_believed_where_the_packets_tell_another_number() {
    let scratch = Scratch::new();
    let film = beheaded_film(scratch.path());
    let (cluster, job) = begun(scratch.path(), &film).await;
    cluster.judged(&job, &film).await;
    assert_eq!(cluster.ask.status(&job).await["report"]["indexed_by"], "decoding");
    cluster.server.log.wait("the clients' frame list is rejected");
}
