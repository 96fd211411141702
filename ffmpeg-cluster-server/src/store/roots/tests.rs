//! Real folders, links, pipes and sockets.
#![cfg(unix)]

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::*;

/// A media root with a film, and a secret beside it.
struct Place {
    top: PathBuf,
    roots: Roots,
}

impl Place {
    fn new() -> Self {
        let top = std::env::temp_dir().join(format!("ffmpeg-cluster-roots-{}", uuid::Uuid::new_v4()));
        for folder in ["media/deep", "more", "private"] {
            std::fs::create_dir_all(top.join(folder)).unwrap();
        }
        for file in ["media/a.mkv", "media/deep/b.mkv", "more/c.mkv", "private/secret"] {
            std::fs::write(top.join(file), file).unwrap();
        }
        let top = top.canonicalize().unwrap();
        Self { roots: Roots::new(vec![top.join("media"), top.join("more")]), top }
    }
    fn link(&self, to: &str, at: &str) {
        symlink(to, self.top.join(at)).unwrap();
    }
    fn find(&self, path: &str) -> Result<PathBuf, &'static str> {
        let path = self.top.join(path);
        said(find(&self.roots, &path))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.top).unwrap();
    }
}

fn said(found: Result<Found, Denied>) -> Result<PathBuf, &'static str> {
    found.map(|found| found.path).map_err(|denied| match denied {
        Denied::Outside => "outside",
        Denied::Own => "own",
        Denied::NotAFile => "no file",
        missing if missing.is_missing() => "missing",
        Denied::Unreadable(error) => panic!("{error}"),
    })
}

#[test]
fn films_are_found_by_every_way_that_leads_to_them() {
    let place = Place::new();
    place.link("deep/b.mkv", "media/link.mkv");
    place.link(place.top.join("more/c.mkv").to_str().unwrap(), "media/to-the-other-root.mkv");
    place.link("media", "by-another-name");
    for (typed, real) in [
        ("media/a.mkv", "media/a.mkv"),
        ("media/deep/../a.mkv", "media/a.mkv"),
        ("media//./a.mkv", "media/a.mkv"),
        ("private/../more/c.mkv", "more/c.mkv"),
        ("media/link.mkv", "media/deep/b.mkv"),
        ("media/to-the-other-root.mkv", "more/c.mkv"),
        ("by-another-name/a.mkv", "media/a.mkv"),
    ] {
        assert_eq!(place.find(typed), Ok(place.top.join(real)), "{typed}");
    }
    for (typed, real) in [("deep/b.mkv", "media/deep/b.mkv"), ("c.mkv", "more/c.mkv")] {
        let found = said(find(&place.roots, Path::new(typed)));
        assert_eq!(found, Ok(place.top.join(real)), "{typed}");
    }
}

#[test]
fn outside_one_can_not_even_learn_what_is_there() {
    let place = Place::new();
    place.link("../private/secret", "media/leads-out.mkv");
    place.link("../private/no-such", "media/leads-nowhere.mkv");
    place.link("../private", "media/folder");
    for outside in [
        "private/secret",
        "private/no-such",
        "private/no/such/at/all",
        "private",
        "media/../private/secret",
        "media/../private/no-such",
        "media/deep/../../private/secret",
        "media/leads-out.mkv",
        "media/leads-nowhere.mkv",
        "media/folder/secret",
        "media/folder/no-such",
        "media-not",
    ] {
        assert_eq!(place.find(outside), Err("outside"), "{outside}");
    }
    for inside in ["media/none.mkv", "media/no/such/place", "media/none/../../private/secret"] {
        assert_eq!(place.find(inside), Err("missing"), "{inside}");
    }
}

/// The attack: another's upload is submitted by its path, and the answers tell which files there are.
#[test]
fn the_servers_own_folder_is_no_media_whatever_lies_around_it() {
    let mut place = Place::new();
    place.link("../private/secret", "media/link.mkv");
    place.roots = Roots::new(vec![place.top.clone()]).without(place.top.join("private"));
    for own in ["private/secret", "private/no-such", "private", "media/link.mkv", "media/../private/secret"] {
        assert_eq!(place.find(own), Err("own"), "{own}");
    }
    assert_eq!(said(open(&place.roots, &place.top.join("private/secret"))), Err("own"), "of an earlier job");
    assert_eq!(place.find("media/a.mkv"), Ok(place.top.join("media/a.mkv")));
    std::fs::write(place.top.join("private-not"), "film").unwrap();
    assert_eq!(place.find("private-not"), Ok(place.top.join("private-not")));
}

#[test]
fn only_regular_files_and_nothing_blocks() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    let place = Place::new();
    mknodat(CWD, place.top.join("media/fifo.mkv"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(place.top.join("media/socket.mkv")).unwrap();
    for odd in ["media/fifo.mkv", "media/socket.mkv", "media/deep", "media"] {
        assert_eq!(place.find(odd), Err("no file"), "{odd}");
    }
    assert_eq!(said(find(&Roots::new(vec!["/".into()]), Path::new("/dev/zero"))), Err("no file"));
}

/// What was accepted is a path; whoever may write to the folder can put something else there.
#[test]
fn a_film_that_became_a_link_is_not_opened_again() {
    let place = Place::new();
    let film = find(&place.roots, &place.top.join("media/deep/b.mkv")).unwrap().path;
    assert!(open(&place.roots, &film).is_ok());
    std::fs::remove_file(&film).unwrap();
    symlink(place.top.join("private/secret"), &film).unwrap();
    assert_eq!(said(open(&place.roots, &film)), Err("outside"));
    std::fs::rename(place.top.join("media/deep"), place.top.join("gone")).unwrap();
    std::fs::write(place.top.join("private/b.mkv"), "secret").unwrap();
    place.link("../private", "media/deep");
    assert_eq!(said(open(&place.roots, &film)), Err("outside"), "by a folder that became a link");
}

#[test]
fn a_folder_is_found_as_films_are() {
    let place = Place::new();
    place.link("../private", "media/folder");
    let found = |typed: &Path| find_folder(&place.roots, typed);
    assert!(found(&place.top.join("media/deep")).is_ok_and(|path| path.ends_with("media/deep")));
    assert!(found(Path::new("deep")).is_ok_and(|path| path.ends_with("media/deep")));
    for outside in ["private", "media/folder", "media/../private"] {
        assert!(matches!(found(&place.top.join(outside)), Err(Denied::Outside)), "{outside}");
    }
    assert!(matches!(found(&place.top.join("media/deep/b.mkv")), Err(Denied::NotAFile)));
}

#[cfg(target_os = "linux")]
#[test]
fn an_old_kernel_is_as_strict() {
    let place = Place::new();
    place.link("../private/secret", "media/out.mkv");
    place.link("../private", "media/folder");
    let root = &place.roots.media()[0];
    let by_hand = |rest: &str| linux::by_hand(root, Path::new(rest));
    assert!(by_hand("deep/b.mkv").is_ok());
    for outside in ["out.mkv", "folder/secret", "../private/secret", "deep/../../private/secret"] {
        assert!(by_hand(outside).is_err(), "{outside}");
    }
}

#[test]
fn a_system_that_only_tells_where_a_file_lies_is_as_strict() {
    let place = Place::new();
    place.link("../private/secret", "media/out.mkv");
    place.link("../private", "media/folder");
    place.link("deep", "media/another-name");
    let root = &place.roots.media()[0];
    let open = |rest: &str| {
        said(anywhere::open_beneath(root, Path::new(rest)).map(|file| Found {
            about: file.metadata().unwrap(),
            file,
            path: rest.into(),
        }))
    };
    assert_eq!(open("deep/b.mkv"), Ok("deep/b.mkv".into()));
    for outside in ["out.mkv", "folder/secret", "another-name/b.mkv", "../private/secret", "deep/../a.mkv"] {
        assert_eq!(open(outside), Err("outside"), "{outside}");
    }
    assert_eq!((open("deep"), open("none.mkv")), (Err("no file"), Err("missing")));
}
