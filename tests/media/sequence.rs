//! Numbered images are one film: the one that plain ffmpeg makes of them, or they are refused by name.

use std::path::{Path, PathBuf};

use harness::cluster::{Cluster, Scratch};
use harness::judge;
use serde_json::{Value, json};

use crate::run::run;

const IMAGES: u64 = 40;

fn ffmpeg(words: &[&str]) {
    let words: Vec<String> = ["-v", "error"].iter().chain(words).map(|&word| word.to_owned()).collect();
    run("ffmpeg", &words).expect("plain ffmpeg");
}

/// Forty images from number 7 on, and where they lie.
fn images(folder: &Path, name: &str, pixels: &str) -> PathBuf {
    let pattern = folder.join(name);
    let (frames, shown) = (IMAGES.to_string(), pattern.display().to_string());
    let source = "testsrc2=size=160x120:rate=25";
    let words =
        ["-f", "lavfi", "-i", source, "-frames:v", &frames, "-pix_fmt", pixels, "-start_number", "7", &shown];
    ffmpeg(&words);
    pattern
}

fn cluster(scratch: &Scratch) -> Cluster {
    Cluster::new().clients(2).with(&["--media-root", &scratch.path().display().to_string()]).start()
}

async fn asked(cluster: &Cluster, pattern: &Path, config: Value) -> Value {
    cluster.ask.command(json!({"ProcessLocalFile": {"file_path": pattern, "config": config}})).await
}

async fn refused(cluster: &Cluster, pattern: &Path) -> (String, String) {
    let reply = asked(cluster, pattern, json!({"source": "sequence"})).await;
    let text = |key: &str| reply["Error"][key].as_str().unwrap_or_else(|| panic!("{reply}")).to_owned();
    (text("code"), text("message"))
}

#[tokio::test]
async fn numbered_images_become_the_film_that_plain_ffmpeg_makes_of_them() {
    let scratch = Scratch::new();
    let cluster = cluster(&scratch);
    // ffv1 has other orders of RGB than images; and plain ffmpeg narrows the full range of JPEG, which we keep.
    for (name, pixels, plainly) in [
        ("a_%04d.png", "rgb24", "ffv1"),
        ("b_%d.png", "rgba64be", "ffv1"),
        ("c_%03d.jpg", "yuvj420p", "copy"),
        ("d%d.tiff", "rgb24", "ffv1"),
    ] {
        let pattern = images(scratch.path(), name, pixels);
        let config = json!({"source": "sequence", "framerate": "24000/1001"});
        let reply = asked(&cluster, &pattern, config).await;
        let job =
            reply["JobCreated"]["job_id"].as_str().unwrap_or_else(|| panic!("{name}: {reply}")).to_owned();
        let status = cluster.ask.completed(&job).await;
        let [ours, plain] = ["ours.mkv", "plain.mkv"].map(|file| scratch.path().join(file));
        cluster.ask.fetch(status["output_url"].as_str().expect("a result"), &ours).await;
        let [from, to] = [&pattern, &plain].map(|path| path.display().to_string());
        let start = ["-y", "-framerate", "24000/1001", "-start_number", "7", "-i", &from, "-c", plainly, &to];
        ffmpeg(&start);
        judge::same_film(&plain, &ours, true, 1.1);
        assert_eq!(judge::frames(&ours).len() as u64, IMAGES, "{name}");
        assert!(
            !cluster.work().join("server").join(&job).join("images.packed").exists(),
            "{name}: the pack is left"
        );
    }
}

/// Once packed, the images are not needed any more; nor is it done again.
#[tokio::test]
async fn a_server_that_is_killed_goes_on_with_the_images_that_it_packed() {
    let scratch = Scratch::new();
    let (mut cluster, pattern) = (cluster(&scratch), images(scratch.path(), "a_%04d.png", "rgb24"));
    let config = json!({"source": "sequence", "required_clients": 3});
    let reply = asked(&cluster, &pattern, config).await;
    let job = reply["JobCreated"]["job_id"].as_str().unwrap_or_else(|| panic!("{reply}")).to_owned();
    cluster.server.log.wait("source indexed");
    (7..7 + IMAGES).for_each(|n| std::fs::remove_file(scratch.path().join(format!("a_{n:04}.png"))).unwrap());
    cluster.restart_server();
    cluster.add_client();
    assert_eq!(cluster.ask.completed(&job).await["report"]["frames_result"], IMAGES);
}

/// Folders of jobs that are there.
fn jobs(cluster: &Cluster) -> Vec<String> {
    let all =
        std::fs::read_dir(cluster.work().join("server")).expect("the folder of jobs").filter_map(Result::ok);
    let names = all.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name != "uploads" && name != "audit.log").collect()
}

#[tokio::test]
async fn a_gap_is_refused_by_the_name_of_the_image_that_is_missing() {
    let scratch = Scratch::new();
    let (cluster, pattern) = (cluster(&scratch), images(scratch.path(), "a_%04d.png", "rgb24"));
    std::fs::remove_file(scratch.path().join("a_0012.png")).unwrap();
    let (code, message) = refused(&cluster, &pattern).await;
    assert_eq!(code, "FILE_NOT_FOUND");
    assert!(message.contains("a_0012.png is missing") && message.contains("a_0046.png"), "{message}");
    assert_eq!(jobs(&cluster), Vec::<String>::new(), "something is left behind");
}

/// Whoever renders them was not done yet: the film would have been one of the images that were there, without a word.
#[tokio::test]
async fn images_that_change_after_they_were_handed_in_are_no_film_of_other_images() {
    let scratch = Scratch::new();
    let (mut cluster, pattern) = (cluster(&scratch), images(scratch.path(), "a_%04d.png", "rgb24"));
    let (first, next) = (scratch.path().join("a_0007.png"), scratch.path().join("a_0047.png"));
    let mut seen = Vec::new();
    for (change, before) in [("added", IMAGES), ("changed", IMAGES + 1)] {
        // The server dies when it has promised the film and before it packs it.
        cluster.restart_server_with(&[("FFMPEG_CLUSTER_CRASH", "server.job.added")]);
        cluster.server.log.wait("listening on");
        let handed_in = json!({"file_path": pattern, "config": {"source": "sequence"}});
        cluster.ask.try_command(json!({"ProcessLocalFile": handed_in})).await;
        cluster.server.end();
        match change {
            "added" => std::fs::copy(&first, &next).map(drop),
            _ => std::fs::write(&first, "another"),
        }
        .unwrap();
        cluster.restart_server();
        let jobs = cluster.ask.command(json!("ListJobs")).await;
        let ids = jobs["JobsList"].as_array().unwrap().iter().map(|job| job["job_id"].as_str().unwrap());
        let job = ids.map(str::to_owned).find(|id| !seen.contains(id)).expect("the promised job");
        let failed = cluster.ask.ended(&job).await;
        seen.push(job);
        let told = format!("{before} images then, {} now", IMAGES + 1);
        assert!(failed["status"] == "Failed" && failed.to_string().contains(&told), "{change}: {failed:#}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn no_image_is_read_through_a_link() {
    let (scratch, elsewhere) = (Scratch::new(), Scratch::new());
    let (cluster, pattern) = (cluster(&scratch), images(scratch.path(), "a_%04d.png", "rgb24"));
    let (image, secret) = (scratch.path().join("a_0007.png"), elsewhere.path().join("secret.png"));
    std::fs::rename(&image, &secret).unwrap();
    std::os::unix::fs::symlink(&secret, &image).unwrap();
    // Not a film that begins with the next image either.
    let (code, message) = refused(&cluster, &pattern).await;
    assert!(code == "NOT_A_FILE" && message.contains("a_0007.png"), "{code}: {message}");
}

#[tokio::test]
async fn what_is_no_pattern_of_images_is_refused_before_any_work() {
    let scratch = Scratch::new();
    let (cluster, pattern) = (cluster(&scratch), images(scratch.path(), "a_%04d.png", "rgb24"));
    for name in ["a_%s.png", "a_%04d%d.png", "a_%099999999d.png", "a_%04d.mkv", "a_0007.png", "a_%n.png"] {
        let (code, message) = refused(&cluster, &scratch.path().join(name)).await;
        assert_eq!(code, "INVALID_REQUEST", "{name}: {message}");
    }
    let reply = asked(&cluster, &pattern, json!({})).await;
    assert_eq!(reply["Error"]["code"], "FILE_NOT_FOUND", "{reply}");
    assert!(reply["Error"]["message"].as_str().unwrap().contains("--sequence"), "{reply}");
    let reply = asked(&cluster, &pattern, json!({"framerate": 24})).await;
    assert!(reply["Error"]["message"].as_str().unwrap().contains("sequence"), "{reply}");
    let reply = asked(&cluster, &pattern, json!({"source": "sequence", "framerate": "fast"})).await;
    assert_eq!(reply["Error"]["code"], "INVALID_REQUEST", "{reply}");
    std::fs::write(scratch.path().join("b_1.png"), "no image").unwrap();
    let (code, message) = refused(&cluster, &scratch.path().join("b_%d.png")).await;
    assert!(code == "NOT_A_FILM" && message.contains("b_1.png"), "{code}: {message}");
}
