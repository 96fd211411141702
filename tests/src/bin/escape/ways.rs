//! Files, by what Landlock knows and by what it does not.

use std::ffi::CString;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use libc::c_long;

use super::others;

pub(super) fn all() {
    let mut words = std::env::args().skip(1);
    let mut word = || words.next().expect("escape PARENT FOLDER FILM");
    let parent: usize = word().parse().expect("a number");
    let (folder, film) = (PathBuf::from(word()), PathBuf::from(word()));
    files(&folder, &folder.join("secret"));
    by_name(&folder.join("secret"), &film);
    others::all(parent, &folder);
    // Last, because nothing of us is left where it works.
    let (program, name) = (text("/usr/bin/printf"), text("WORKED becomes another program of the system\\n"));
    let words = [program.as_ptr() as usize, name.as_ptr() as usize, 0];
    let environment = [0_usize];
    let _ = call(
        libc::SYS_execve,
        &[program.as_ptr() as usize, words.as_ptr() as usize, environment.as_ptr() as usize],
    );
    told("becomes another program of the system", false);
}

pub(super) fn told(what: &str, worked: bool) {
    println!("{} {what}", if worked { "WORKED" } else { "HELD" });
}

pub(super) fn text(text: impl Into<Vec<u8>>) -> CString {
    CString::new(text).expect("no zero byte")
}

pub(super) fn path(path: &Path) -> CString {
    text(path.to_str().expect("UTF-8"))
}

/// A system call as it is, because the C library would not make some of these.
#[expect(unsafe_code, reason = "there is no safe way to make a forbidden call")]
pub(super) fn call(number: c_long, arguments: &[usize]) -> Option<usize> {
    let at = |n: usize| arguments.get(n).copied().unwrap_or(0);
    // SAFETY: pointers among the arguments are to things that live as long as the call.
    let answer = unsafe { libc::syscall(number, at(0), at(1), at(2), at(3), at(4), at(5)) };
    usize::try_from(answer).ok()
}

pub(super) fn attempt(what: &str, number: c_long, arguments: &[usize]) -> Option<usize> {
    let answer = call(number, arguments);
    told(what, answer.is_some());
    answer
}

pub(super) const HERE: usize = libc::AT_FDCWD as usize;

/// `FIGETBSZ`, `FS_IOC_FSGETXATTR` and `FS_IOC_FSSETXATTR`.
const BLOCK_BYTES: usize = 2;
const GET_MORE: usize = 0x801c_581f;
const SET_MORE: usize = 0x401c_5820;

/// What Landlock knows.
fn files(folder: &Path, secret: &Path) {
    let file = std::fs::File::options;
    told("reads another's file", file().read(true).open(secret).is_ok());
    told("writes into another's file", file().append(true).open(secret).is_ok());
    told("makes a file", std::fs::write(folder.join("made"), "").is_ok());
    told("makes a folder", std::fs::create_dir(folder.join("made-folder")).is_ok());
    told("makes a link", std::os::unix::fs::symlink(secret, folder.join("symlink")).is_ok());
    told("makes a hard link", std::fs::hard_link(secret, folder.join("link")).is_ok());
    told("renames a file", std::fs::rename(folder.join("old"), folder.join("new")).is_ok());
    told("removes a file", std::fs::remove_file(folder.join("gone")).is_ok());
    told("lists a folder", std::fs::read_dir(folder).is_ok());
    for strange in ["/usr/local", "/opt"] {
        told(&format!("lists {strange}"), std::fs::read_dir(strange).is_ok());
    }
    told("reads passwords", std::fs::read("/etc/passwd").is_ok());
    let (name, length) = (path(secret), std::fs::metadata(secret).map_or(0, |about| about.len() as usize));
    attempt("truncates a file by its name", libc::SYS_truncate, &[name.as_ptr() as usize, length]);
}

/// What Landlock does not know.
fn by_name(secret: &Path, film: &Path) {
    let (name, attribute, value) = (path(secret), text("user.escape"), [0_u8; 4]);
    let at = name.as_ptr() as usize;
    attempt("changes the rights of a file", libc::SYS_fchmodat, &[HERE, at, 0o600]);
    attempt("changes them in the newer way", 452, &[HERE, at, 0o600, 0]);
    attempt("gives a file away", libc::SYS_fchownat, &[HERE, at, usize::MAX, usize::MAX, 0]);
    attempt("sets the times of a file", libc::SYS_utimensat, &[HERE, at, 0, 0]);
    older(at);
    let (key, bytes) = (attribute.as_ptr() as usize, value.as_ptr() as usize);
    attempt("sets an attribute of a file", libc::SYS_setxattr, &[at, key, bytes, 1, 0]);
    attempt("reads the attributes of a file", libc::SYS_listxattr, &[at, 0, 0]);
    attempt("watches files", libc::SYS_inotify_init1, &[0]);
    if let Ok(film) = std::fs::File::open(film) {
        let film = film.as_raw_fd() as usize;
        attempt("changes the rights of the film it reads", libc::SYS_fchmod, &[film, 0o644]);
        attempt("sets the times of the film it reads", libc::SYS_utimensat, &[film, 0, 0, 0]);
        flags(film);
    }
    told("learns that a file is there, and its size", std::fs::metadata(secret).is_ok());
    told("learns where a link leads", std::fs::read_link("/proc/self/exe").is_ok());
    told("makes a descriptor of a name", name_to_handle(at));
}

/// The forms of these calls that the C library of x86-64 makes.
#[cfg(target_arch = "x86_64")]
fn older(at: usize) {
    attempt("changes the rights of a file in the older way", libc::SYS_chmod, &[at, 0o600]);
    attempt("gives a file away in the older way", libc::SYS_chown, &[at, usize::MAX, usize::MAX]);
    attempt("sets the times of a file in the older way", libc::SYS_utimes, &[at, 0]);
    match call(libc::SYS_fork, &[]) {
        Some(0) => std::process::exit(0),
        child => told("makes a child in the older way", child.is_some()),
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn older(_at: usize) {}

/// What the owner of a file may ask of it by any descriptor. Not every file system knows flags.
fn flags(film: usize) {
    let mut flags = [0_u64; 4];
    let at = flags.as_mut_ptr() as usize;
    attempt("asks how large the blocks of its film are", libc::SYS_ioctl, &[film, BLOCK_BYTES, at]);
    let got = call(libc::SYS_ioctl, &[film, libc::FS_IOC_GETFLAGS as usize, at]);
    let set = got.and_then(|_| call(libc::SYS_ioctl, &[film, libc::FS_IOC_SETFLAGS as usize, at]));
    told("sets the flags of the film it reads", set.is_some());
    let got = call(libc::SYS_ioctl, &[film, GET_MORE, at]);
    let set = got.and_then(|_| call(libc::SYS_ioctl, &[film, SET_MORE, at]));
    told("sets the project of the film it reads", set.is_some());
    let letter = text("x");
    attempt("types at its terminal", libc::SYS_ioctl, &[0, libc::TIOCSTI as usize, letter.as_ptr() as usize]);
}

fn name_to_handle(name: usize) -> bool {
    let (mut handle, mut mount) = ([0_u32; 40], 0_i32);
    handle[0] = 128;
    let (handle, mount) = (handle.as_mut_ptr() as usize, &raw mut mount as usize);
    call(libc::SYS_name_to_handle_at, &[HERE, name, handle, mount, 0]).is_some()
}
