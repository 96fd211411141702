//! Where results go, and under which name.

use super::*;
use crate::scratch::Scratch;

#[test]
fn what_is_there_is_never_overwritten() {
    let scratch = Scratch::new();
    let wanted = scratch.path().join("film.mp4");
    for (content, name) in [("1", "film.mp4"), ("2", "film (1).mp4"), ("3", "film (2).mp4")] {
        let part = Part::open(scratch.path().join(".film.mp4.part")).unwrap();
        std::fs::write(&part.path, content).unwrap();
        assert_eq!(part.name(&wanted).unwrap(), scratch.path().join(name));
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
    let at = |output: PathBuf| Place::new(Some(output)).and_then(|place| place.path("result.mp4"));
    assert_eq!(at(scratch.path().into()).unwrap(), scratch.path().join("result.mp4"));
    assert_eq!(at(scratch.path().join("x.mkv")).unwrap(), scratch.path().join("x.mkv"));
    assert!(at(scratch.path().join("none/x.mkv")).is_err());
    assert!(at(PathBuf::from(format!("{}/none/", scratch.path().display()))).is_err());
    assert_eq!(Place::new(None).unwrap().path("result.mp4").unwrap(), PathBuf::from("result.mp4"));
}

#[test]
fn a_server_can_not_write_elsewhere() {
    let place = Place::new(None).unwrap();
    for name in ["../x.mp4", "/etc/x", "a/b", "a\\b", "..", ".", "", "c:x.mp4", "NUL.mp4", ".profile"] {
        assert!(place.path(name).is_err(), "{name:?}");
    }
}

#[test]
fn the_suffix_of_the_output_chooses_the_container() {
    let suggested = |output: &str, given: Option<&str>| {
        let config = JobConfig { file_name_output: given.map(str::to_owned), ..JobConfig::default() };
        Place::new(Some(output.into())).unwrap().suggest_name(config).file_name_output
    };
    assert_eq!(suggested("small.mkv", None).as_deref(), Some("small.mkv"));
    assert_eq!(suggested("small.mkv", Some("x.mp4")).as_deref(), Some("x.mp4"));
    assert_eq!(suggested("-odd: name.webm", None).as_deref(), Some("output.webm"));
    assert_eq!(suggested("no-suffix", None), None);
}
