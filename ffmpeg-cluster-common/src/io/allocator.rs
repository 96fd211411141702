//! Memory that a flood of requests took is given back to the system. glibc keeps freed pages for itself, in case of another
//! flood; a server that runs for months should not. Other systems' allocators give back by themselves.

/// Takes milliseconds; not for every request.
#[cfg_attr(
    all(target_os = "linux", target_env = "gnu"),
    expect(unsafe_code, reason = "a function of the C library that no crate wraps")
)]
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it may be called from any thread at any time, takes a number and keeps nothing.
    unsafe {
        libc::malloc_trim(0);
    }
}
