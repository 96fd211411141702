//! macOS answers through calls of its C library, which is always there;
//! none of its frameworks is needed.
#![expect(unsafe_code, reason = "no crate that does without Apple's frameworks wraps these two calls")]

use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use super::Used;

pub(super) fn memory_bytes() -> Option<u64> {
    let (mut bytes, mut size) = (0_u64, size_of::<u64>());
    // SAFETY: the name ends with a zero;
    // the answer is a 64-bit number, and `size` is the true size of its buffer.
    let answer = unsafe {
        libc::sysctlbyname(
            c"hw.memsize".as_ptr(),
            (&raw mut bytes).cast(),
            &raw mut size,
            std::ptr::null_mut(),
            0,
        )
    };
    (answer == 0 && size == size_of::<u64>()).then_some(bytes)
}

/// Bytes of memory that a program holds.
pub(in super::super) fn memory_of(program: u32) -> Option<u64> {
    let size = i32::try_from(size_of::<libc::proc_taskinfo>()).ok()?;
    let mut about = std::mem::MaybeUninit::<libc::proc_taskinfo>::zeroed();
    let told = unsafe {
        // SAFETY: the buffer holds `size` bytes.
        libc::proc_pidinfo(
            i32::try_from(program).ok()?,
            libc::PROC_PIDTASKINFO,
            0,
            about.as_mut_ptr().cast(),
            size,
        )
    };
    // SAFETY: the structure holds only numbers, which were all zero before.
    (told == size).then(|| unsafe { about.assume_init() }.pti_resident_size)
}

/// The path of an open file, without symbolic links.
pub(super) fn path_of(file: &File) -> io::Result<PathBuf> {
    let path = rustix::fs::getpath(file)?;
    Ok(std::ffi::OsString::from_vec(path.into_bytes()).into())
}

/// Waits until a child has ended, but does not reap it.
/// What it used is unknown: the system reports it only to the caller that reaps the child.
pub(super) fn ended(child: Pid) -> io::Result<Option<Used>> {
    waitid(WaitId::Pid(child), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)?;
    Ok(None)
}
