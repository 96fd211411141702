//! Memory that a flood of requests took is given back to the system. glibc keeps freed pages for itself, in case of another
//! flood; a server that runs for months should not. Other systems' allocators give back by themselves.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(
    unsafe_code,
    reason = "a function of the C library, declared here because no crate in the tree does"
)]
mod glibc {
    // SAFETY: as malloc.h declares it. It may be called from any thread at any time, takes no pointer and keeps none.
    unsafe extern "C" {
        pub(super) safe fn malloc_trim(pad: usize) -> std::ffi::c_int;
    }
}

/// Takes milliseconds; not for every request.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    glibc::malloc_trim(0);
}
