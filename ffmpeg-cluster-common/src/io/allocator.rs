//! Returns memory to the system after a flood of requests.
//! glibc keeps freed pages for the next flood, which a server that runs for months should not do.
//! Other systems' allocators give memory back by themselves.

/// A call takes milliseconds; do not call it for every request.
#[cfg_attr(
    all(target_os = "linux", target_env = "gnu"),
    expect(unsafe_code, reason = "a function of the C library that no crate wraps")
)]
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: any thread may call it at any time; it takes a number and keeps no pointer.
    unsafe {
        libc::malloc_trim(0);
    }
}
