//! Where results go, and under which name.

use ffmpeg_cluster_common::protocol::command::JobConfig;

use super::*;
use crate::machine::scratch::Scratch;

#[test]
fn what_is_there_is_never_overwritten() {
    let scratch = Scratch::new();
    let wanted = scratch.path().join("film.mp4");
    for (content, name) in [("1", "film.mp4"), ("2", "film (1).mp4"), ("3", "film (2).mp4")] {
        let part = Part::open(scratch.path().join(".film.mp4.part")).unwrap();
        std::fs::write(part.path(), content).unwrap();
        assert_eq!(super::name(&part, &wanted).unwrap(), scratch.path().join(name));
        assert_eq!(std::fs::read_to_string(scratch.path().join(name)).unwrap(), content);
    }
    assert_eq!(std::fs::read_to_string(wanted).unwrap(), "1");
}

#[test]
fn two_runs_never_write_one_part() {
    let scratch = Scratch::new();
    let path = scratch.path().join(".film.mp4.part");
    let first = Part::open(path.clone()).unwrap();
    assert!(Part::open(path.clone()).is_err());
    drop(first);
    assert!(Part::open(path).is_ok());
}

#[test]
fn a_folder_takes_the_result_under_its_own_name() {
    let scratch = Scratch::new();
    let at =
        |output: PathBuf| Place::new(Some(output)).and_then(|place| place.path("film.mkv", "result.mp4"));
    assert_eq!(at(scratch.path().into()).unwrap(), scratch.path().join("result.mp4"));
    assert_eq!(at(scratch.path().join("x.mp4")).unwrap(), scratch.path().join("x.mp4"));
    assert!(at(scratch.path().join("none/x.mkv")).is_err());
    assert!(at(PathBuf::from(format!("{}/none/", scratch.path().display()))).is_err());
    assert_eq!(
        Place::new(None).unwrap().path("film.mkv", "result.mp4").unwrap(),
        PathBuf::from("result.mp4")
    );
}

/// Results of five films were output.mp4, output (1).mp4 and so on.
#[test]
fn a_result_is_named_after_its_film_unless_somebody_chose_a_name() {
    let named = |given: Option<&str>, film: &str, output_name: &str| {
        let mut place = Place::new(None).unwrap();
        let config = JobConfig { file_name_output: given.map(str::to_owned), ..JobConfig::default() };
        place.name_job(config).unwrap();
        place.path(film, output_name).unwrap().display().to_string()
    };
    assert_eq!(named(None, "my film.mkv", "output.mp4"), "my film.mp4");
    assert_eq!(named(None, "film.2.mov", "result.webm"), "film.2.webm");
    assert_eq!(named(Some("x.mp4"), "film.mkv", "x.mp4"), "x.mp4");
    assert_eq!(named(None, "upload: no name?.mkv", "output.mp4"), "output.mp4");
    // Fetched later, by somebody who need not be its submitter.
    let later = |output_name| Place::new(None).unwrap().path("film.mkv", output_name).unwrap();
    assert_eq!(later("output.mp4"), PathBuf::from("film.mp4"));
    assert_eq!(later("chosen.mp4"), PathBuf::from("chosen.mp4"));
}

#[test]
fn a_stream_is_a_folder_beside_other_results() {
    let scratch = Scratch::new();
    let at = |output: Option<PathBuf>, film: &str| Place::new(output).unwrap().folder(film);
    assert_eq!(at(None, "my film.mkv"), PathBuf::from("my film"));
    assert_eq!(at(None, "..mkv"), PathBuf::from("stream"));
    assert_eq!(at(Some(scratch.path().into()), "film.mkv"), scratch.path().join("film"));
    assert_eq!(at(Some(scratch.path().join("out")), "film.mkv"), scratch.path().join("out"));
}

#[test]
fn a_server_can_not_write_elsewhere() {
    let place = Place::new(None).unwrap();
    for name in ["../x.mp4", "/etc/x", "a/b", "a\\b", "..", ".", "", "c:x.mp4", "NUL.mp4", ".profile"] {
        assert!(place.path("a.mkv", name).is_err(), "{name:?}");
    }
}

/// What becomes of `--output` and `--file-name-output`.
fn named(output: Option<&str>, given: Option<&str>) -> Result<Option<String>, String> {
    let config = JobConfig { file_name_output: given.map(str::to_owned), ..JobConfig::default() };
    let mut place = Place::new(output.map(PathBuf::from)).unwrap();
    place.name_job(config).map(|config| config.file_name_output).map_err(|why| why.to_string())
}

#[test]
fn the_name_of_the_output_chooses_the_container() {
    let name = |output, given| named(Some(output), given).unwrap().unwrap();
    assert_eq!(name("small.mkv", None), "small.mkv");
    assert_eq!(name("Käse & Brot.MKV", None), "Käse & Brot.MKV");
    assert_eq!(name("-odd: name.webm", None), "output.webm");
    assert_eq!(name("small.m4v", Some("x.mp4")), "x.mp4");
    assert_eq!(named(None, None), Ok(None));
}

#[test]
fn a_name_that_chooses_no_container_is_refused() {
    for output in ["clip.gif", "t.jpg", "x.xyz", "noext"] {
        for why in [named(Some(output), None), named(Some(output), Some("a.mp4"))] {
            let why = why.unwrap_err();
            assert!(why.starts_with(&format!("--output {output}: ")) && why.contains(".mp4, "), "{why}");
        }
        let why = named(None, Some(output)).unwrap_err();
        assert!(why.starts_with(&format!("--file-name-output {output}: ")), "{why}");
    }
}

#[test]
fn two_names_of_two_containers_are_refused() {
    let why = named(Some("a.mkv"), Some("b.mp4")).unwrap_err();
    assert!(why.contains("Matroska") && why.contains("MP4"), "{why}");
}

#[test]
fn a_result_never_gets_the_name_of_another_container() {
    let at = |output: &str, result: &str| Place::new(Some(output.into())).unwrap().path("film.avi", result);
    for output in ["x.mkv", "x.gif", "noext"] {
        let why = at(output, "output.mp4").unwrap_err().to_string();
        assert!(why.contains("the result is MP4") && why.contains(".mp4"), "{why}");
    }
    assert_eq!(at("x.M4V", "output.mp4").unwrap(), PathBuf::from("x.M4V"));
    // Of a server that makes what we have not heard of.
    assert!(at("x.new", "output.new").is_ok() && at("x.mp4", "output.new").is_err());
}
