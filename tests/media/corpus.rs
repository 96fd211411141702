//! Films that nobody here made, in a folder beside the checkout (`../shared/films`, or `CORPUS_FOLDER`): each comes back,
//! or plain ffmpeg makes no film of it either, or it is on the list below with the reason. Without the folder nothing is
//! checked, and that is said. `CORPUS=svq1` takes only films whose paths contain that, `CORPUS_EVERY=9` only every ninth.
//! What became of each film stands in `test-data/corpus.mkv.md` and `corpus.mp4.md` of the target folder.

use std::path::{Path, PathBuf};

use harness::cluster::{Cluster, Setup};
use harness::judge;
use harness::scratch::temporary;
use harness::share::share;
use serde_json::Value;

use crate::run::run;

/// A millisecond of Matroska's, and our own rounding.
const ALLOWED_MS: f64 = 1.1;
/// Garbage is some 10 dB like the picture, x264's usual quality 30 and more.
const LIKE_DB: f64 = 28.0;
/// Key frames lie elsewhere in pieces.
const NEARLY_DB: f64 = 4.0;
/// A frame of sound at both ends, and what its encoder adds.
const SOUND_OFF: f64 = 0.15;

/// Films that don't come back though plain ffmpeg makes something of them, and the reason in part.
const EXCEPTIONS: &[(&str, &str)] = &[];

#[tokio::test]
async fn every_frame_of_them_comes_back_lossless() {
    all_come_back(Cluster::new().clients(2), |source, result| same_frames(source, result, true)).await;
}

#[tokio::test]
async fn they_come_back_as_mp4_with_their_sound() {
    let setup = Cluster::new().clients(2).encode("-c:v libx264 -preset ultrafast", ".mp4");
    all_come_back(setup, |source, result| {
        same_frames(source, result, false)
            .and_then(|()| like_the_source(source, result))
            .and_then(|()| same_sound(source, result))
    })
    .await;
}

async fn all_come_back(setup: Setup, judged: impl Fn(&Path, &Path) -> Result<(), String>) {
    let (folder, films) = films();
    if films.is_empty() {
        return judge::not_checked("films that nobody here made", "their folder is not here");
    }
    let (params, suffix) = (setup.params.clone(), setup.suffix.clone());
    let cluster = setup.start();
    let mut jobs = Vec::new();
    for source in films {
        jobs.push((cluster.ask.try_submit(&source).await, source));
    }
    let (mut wrong, mut rows) = (Vec::new(), Vec::new());
    for (job, source) in jobs {
        let made = match job {
            Ok(job) => made(&cluster, &job, &suffix).await,
            Err(why) => Err(why),
        };
        let plain = cluster.scratch.path().join(format!("plain{suffix}"));
        let outcome = match made {
            Ok(result) => judged(&source, &result),
            Err(why) if plain_makes_one(&source, &params, &plain) => Err(why),
            Err(why) => {
                rows.push(row(&folder, &source, &format!("refused, by plain ffmpeg, too: {why}")));
                continue;
            }
        };
        let name = source.strip_prefix(&folder).unwrap_or(&source).display().to_string();
        rows.push(row(&folder, &source, &outcome.clone().map_or_else(|why| why, |()| "comes back".into())));
        wrong.extend(outcome_is_known(&name, outcome).err());
    }
    let table = format!("| film | {suffix} |\n|---|---|\n{}\n", rows.join("\n"));
    std::fs::write(temporary(&format!("corpus{suffix}.md")), table).expect("the table can be written");
    assert!(wrong.is_empty(), "{} films:\n{}", wrong.len(), wrong.join("\n"));
}

fn row(folder: &Path, film: &Path, outcome: &str) -> String {
    let name = film.strip_prefix(folder).unwrap_or(film).display();
    format!("| {name} | {} |", outcome.lines().next().unwrap_or_default().replace('|', "\\|"))
}

fn films() -> (PathBuf, Vec<PathBuf>) {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/films");
    let folder = std::env::var_os("CORPUS_FOLDER").map_or(beside, PathBuf::from);
    let wanted = std::env::var("CORPUS").unwrap_or_default();
    let mut all = Vec::new();
    collect(&folder, &mut all);
    all.retain(|film| film.to_string_lossy().contains(&wanted));
    all.sort();
    (folder, share("CORPUS_EVERY", all).collect())
}

fn collect(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => collect(&path, all),
            false if path.extension().is_some_and(|suffix| suffix != "md") => all.push(path),
            false => {}
        }
    }
}

async fn made(cluster: &Cluster, job: &str, suffix: &str) -> Result<PathBuf, String> {
    let status = cluster.ask.ended(job).await;
    if status["status"] != "Completed" {
        return Err(status["error"].as_str().unwrap_or("no reason").to_owned());
    }
    let result = cluster.scratch.path().join(format!("{job}{suffix}"));
    cluster.ask.fetch(status["output_url"].as_str().expect("a url"), &result).await;
    Ok(result)
}

/// Whether one run of ffmpeg gives a film with a picture in it.
fn plain_makes_one(source: &Path, params: &str, result: &Path) -> bool {
    let mut line: Vec<String> = ["-v", "error", "-nostdin", "-y", "-i"].map(str::to_owned).into();
    line.push(source.display().to_string());
    line.extend(params.split(' ').map(str::to_owned));
    line.push(result.display().to_string());
    let ended = run("ffmpeg", &line);
    ended.is_ok() && !judge::frames(result).is_empty()
}

fn outcome_is_known(name: &str, outcome: Result<(), String>) -> Result<(), String> {
    match (outcome, EXCEPTIONS.iter().find(|(film, _)| name.ends_with(film))) {
        (Ok(()), None) => Ok(()),
        (Err(why), Some((_, reason))) if why.contains(reason) => Ok(()),
        (Err(why), _) => Err(format!("{name}: {why}")),
        (Ok(()), Some((_, reason))) => Err(format!("{name}: it comes back, and is on the list: {reason}")),
    }
}

fn same_frames(source: &Path, result: &Path, lossless: bool) -> Result<(), String> {
    let (wanted, got) = if lossless {
        judge::frames_alike(source, result)
    } else {
        (judge::frames(source), judge::frames(result))
    };
    if wanted.len() != got.len() || wanted.is_empty() {
        return Err(format!("{} frames came back of {}", got.len(), wanted.len()));
    }
    for (number, (a, b)) in wanted.iter().zip(&got).enumerate() {
        let off = (a.seconds - b.seconds).abs() * 1000.0;
        if off > ALLOWED_MS {
            return Err(format!("frame {number} is {off:.3} ms off"));
        }
        if lossless && a.hash != b.hash {
            return Err(format!("frame {number} has other pixels"));
        }
    }
    Ok(())
}

/// Encoded, a picture is nearly the source's. Where it is less like it, it is as like as plain ffmpeg's.
fn like_the_source(source: &Path, result: &Path) -> Result<(), String> {
    let likeness = judge::least_likeness(source, result);
    if likeness.is_nan() || likeness > LIKE_DB {
        return Ok(());
    }
    let plain = result.with_extension("plain.mp4");
    let line = "-v error -nostdin -y -i SOURCE -map 0:V:0 -fps_mode passthrough -c:v libx264 -preset ultrafast PLAIN";
    let words = line.split(' ').map(|word| match word {
        "SOURCE" => source.display().to_string(),
        "PLAIN" => plain.display().to_string(),
        other => other.to_owned(),
    });
    run("ffmpeg", &words.collect::<Vec<_>>())?;
    let wanted = judge::least_likeness(source, &plain);
    if likeness < wanted - NEARLY_DB {
        return Err(format!(
            "a frame is only {likeness:.2} dB like the source, and {wanted:.2} dB with plain ffmpeg"
        ));
    }
    Ok(())
}

fn same_sound(source: &Path, result: &Path) -> Result<(), String> {
    let many = |film: &Path| {
        let streams = judge::probe(film)["streams"].as_array().cloned().unwrap_or_default();
        streams.iter().filter(|stream: &&Value| stream["codec_type"] == "audio").count()
    };
    let (wanted, got) = (many(source), many(result));
    if wanted != got {
        return Err(format!("{got} streams of sound came back of {wanted}"));
    }
    if wanted == 0 {
        return Ok(());
    }
    let (wanted, got) = (judge::sound_seconds(source), judge::sound_seconds(result));
    let off = (wanted - got).abs();
    if off > SOUND_OFF { Err(format!("{got:.3} s of sound came back of {wanted:.3} s")) } else { Ok(()) }
}
