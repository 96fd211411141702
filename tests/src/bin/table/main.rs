//! What the cluster makes of every film, as a table: one column for each encoder and container, made by one server and three
//! clients who get all films at once; each result judged from outside. Ends with 1 where a cell is wrong.
//!
//! ```text
//! cargo run -p ffmpeg-cluster-tests --bin table -- [--every N] [--column PART] [FILM…] > table.md
//! ```
//!
//! `--every 4` takes each fourth film (all if not told), `--column ffv1` only columns that are called so, and `FILM` films
//! whose names contain it.

// What it prints is what it is for.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod cell;

use std::path::PathBuf;
use std::process::ExitCode;

use harness::cluster::Cluster;
use harness::films::{film, film_names, zoo, zoo_names};

use cell::{Cell, Judge};

/// Quick ones: what is looked at does not depend on how well they encode.
const ENCODERS: &[(&str, &str, &[&str])] = &[
    ("ffv1", "-c:v ffv1", &[".mkv"]),
    ("libx264", "-c:v libx264 -preset ultrafast", &[".mp4", ".mkv"]),
    ("libx265", "-c:v libx265 -preset ultrafast", &[".mp4", ".mkv"]),
    ("libsvtav1", "-c:v libsvtav1 -preset 12", &[".mp4", ".mkv"]),
    ("libvpx-vp9", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8", &[".mp4", ".mkv"]),
];

struct Column {
    name: String,
    params: String,
    suffix: String,
}

#[derive(Default)]
struct Wanted {
    every: usize,
    column: String,
    films: Vec<String>,
}

fn wanted() -> Result<Wanted, String> {
    let mut wanted = Wanted { every: 1, ..Wanted::default() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--every" => {
                let number = words.next().and_then(|text| text.parse().ok()).filter(|&n| n > 0);
                wanted.every = number.ok_or("--every needs a number from 1")?;
            }
            "--column" => wanted.column = words.next().ok_or("--column needs a part of a name")?,
            other if other.starts_with('-') => return Err(format!("there is no option {other}")),
            _ => wanted.films.push(word),
        }
    }
    Ok(wanted)
}

fn columns(wanted: &Wanted) -> Vec<Column> {
    let all = ENCODERS.iter().flat_map(|(name, params, suffixes)| {
        suffixes.iter().map(move |suffix| Column {
            name: format!("{name} {suffix}"),
            // Every build of ffmpeg has it, and every container takes it.
            params: format!("{params} -c:a aac"),
            suffix: (*suffix).to_owned(),
        })
    });
    all.filter(|column| column.name.contains(&wanted.column)).collect()
}

fn films(wanted: &Wanted) -> Vec<PathBuf> {
    let is_wanted =
        |name: &String| wanted.films.is_empty() || wanted.films.iter().any(|part| name.contains(part));
    let zoo = zoo_names().into_iter().map(|name| (name, zoo as fn(&str) -> PathBuf));
    let films = film_names().into_iter().map(|name| (name, film as fn(&str) -> PathBuf));
    let all = films.chain(zoo).filter(|(name, _)| is_wanted(name));
    all.step_by(wanted.every).map(|(name, made)| made(&name)).collect()
}

async fn filled(column: &Column, films: &[PathBuf], judge: &mut Judge) -> Vec<Cell> {
    let setup = Cluster::new().clients(3).encode(&column.params, &column.suffix);
    let cluster = setup.start();
    let mut jobs = Vec::new();
    for film in films {
        jobs.push(cluster.ask.try_submit(film).await);
    }
    let mut cells = Vec::new();
    for (film, job) in films.iter().zip(jobs) {
        let cell = match job {
            Ok(job) => judge.cell(&cluster, film, &job, column.name.starts_with("ffv1")).await,
            Err(refusal) => Cell::Refused(refusal),
        };
        eprintln!("{}: {}: {cell}", column.name, name(film));
        cells.push(cell);
    }
    cells
}

fn name(film: &std::path::Path) -> String {
    film.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn print(films: &[PathBuf], columns: &[(Column, Vec<Cell>)]) {
    let heads: Vec<&str> = columns.iter().map(|(column, _)| column.name.as_str()).collect();
    println!("| film | {} |", heads.join(" | "));
    println!("|---|{}", "---|".repeat(heads.len()));
    for (row, film) in films.iter().enumerate() {
        let cells: Vec<String> =
            columns.iter().map(|(_, cells)| cells[row].to_string().replace('|', "\\|")).collect();
        println!("| {} | {} |", name(film), cells.join(" | "));
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let wanted = match wanted() {
        Ok(wanted) => wanted,
        Err(why) => {
            eprintln!("table: {why}");
            return ExitCode::from(2);
        }
    };
    let (films, mut judge, mut done) = (films(&wanted), Judge::default(), Vec::new());
    for column in columns(&wanted) {
        let cells = filled(&column, &films, &mut judge).await;
        done.push((column, cells));
    }
    print(&films, &done);
    let cells: Vec<&Cell> = done.iter().flat_map(|(_, cells)| cells).collect();
    let count = |is: fn(&Cell) -> bool| cells.iter().filter(|cell| is(cell)).count();
    let wrong = count(|cell| matches!(cell, Cell::Wrong(_)));
    let exact = count(|cell| matches!(cell, Cell::Exact(_)));
    let refused = count(|cell| matches!(cell, Cell::Refused(_)));
    let not_judged = cells.len() - exact - refused - wrong;
    println!("\n{exact} exact, {refused} refused, {not_judged} not judged, {wrong} wrong");
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
