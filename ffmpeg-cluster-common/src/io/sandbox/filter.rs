//! Which system calls a child may make, as a program for seccomp. A child without a port gets no socket of any kind; one
//! with a port gets TCP alone, whose ports Landlock guards. So nothing leaves by UDP, nothing talks to a daemon through a
//! socket in the file system, and MPTCP is no way around the guard of TCP.

use libc::{
    AF_INET, AF_INET6, BPF_ABS, BPF_ALU, BPF_AND, BPF_JEQ, BPF_JGE, BPF_JMP, BPF_K, BPF_LD, BPF_RET, BPF_W,
    EACCES, ENOSYS, EPERM, IPPROTO_TCP, SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO, SOCK_STREAM, sock_filter,
};

/// The machine as the kernel tells it; a call in another machine's numbers would pass all that follows.
#[cfg(target_arch = "x86_64")]
const MACHINE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const MACHINE: u32 = 0xc000_00b7;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const MACHINE: u32 = 0;

/// Whether the numbers of this machine's calls are known here.
pub(in crate::io) const KNOWN: bool = MACHINE != 0;

/// On x86-64 the same calls have other numbers from here on.
const OTHER_NUMBERS: u32 = 0x4000_0000;

/// Ways into the kernel that no decoder needs. `io_uring` would make sockets without asking us.
const REFUSED: [(libc::c_long, i32); 11] = [
    (libc::SYS_io_uring_setup, ENOSYS),
    (libc::SYS_ptrace, EPERM),
    (libc::SYS_bpf, EPERM),
    (libc::SYS_perf_event_open, EPERM),
    (libc::SYS_userfaultfd, EPERM),
    (libc::SYS_unshare, EPERM),
    (libc::SYS_setns, EPERM),
    (libc::SYS_mount, EPERM),
    (libc::SYS_add_key, EPERM),
    (libc::SYS_request_key, EPERM),
    (libc::SYS_keyctl, EPERM),
];

/// Where the kernel puts the number, the machine, and the low half of each argument.
const NUMBER: u32 = 0;
const OF_MACHINE: u32 = 4;
const fn argument(n: u32) -> u32 {
    16 + 8 * n
}
/// `SOCK_NONBLOCK` and its like ride on the kind.
const KIND_BITS: u32 = 0xf;

pub(in crate::io) fn program(tcp: bool) -> Vec<sock_filter> {
    let mut all = vec![load(OF_MACHINE), is(MACHINE, 1, 0), refuse(EPERM)];
    all.extend([load(NUMBER), jump(BPF_JGE, OTHER_NUMBERS, 0, 1), refuse(EPERM)]);
    for (call, errno) in REFUSED {
        all.extend([is(number(call), 0, 1), refuse(errno)]);
    }
    if tcp {
        all.extend(tcp_alone());
    } else {
        all.extend([is(number(libc::SYS_socket), 0, 1), refuse(EACCES)]);
    }
    all.push(allow());
    all
}

/// Skips itself where the call is another.
fn tcp_alone() -> [sock_filter; 11] {
    let word = i32::cast_unsigned;
    [
        is(number(libc::SYS_socket), 0, 10),
        load(argument(0)),
        is(word(AF_INET), 1, 0),
        is(word(AF_INET6), 0, 6),
        load(argument(1)),
        sock_filter { code: code(BPF_ALU | BPF_AND | BPF_K), jt: 0, jf: 0, k: KIND_BITS },
        is(word(SOCK_STREAM), 0, 3),
        load(argument(2)),
        is(0, 2, 0),
        is(word(IPPROTO_TCP), 1, 0),
        refuse(EACCES),
    ]
}

/// Goes on by `same` lines where the value is this one, else by `other`.
const fn is(value: u32, same: u8, other: u8) -> sock_filter {
    jump(BPF_JEQ, value, same, other)
}

const fn jump(how: u32, value: u32, jt: u8, jf: u8) -> sock_filter {
    sock_filter { code: code(BPF_JMP | how | BPF_K), jt, jf, k: value }
}
const fn load(at: u32) -> sock_filter {
    sock_filter { code: code(BPF_LD | BPF_W | BPF_ABS), jt: 0, jf: 0, k: at }
}
const fn refuse(errno: i32) -> sock_filter {
    sock_filter { code: code(BPF_RET | BPF_K), jt: 0, jf: 0, k: SECCOMP_RET_ERRNO | errno.cast_unsigned() }
}
const fn allow() -> sock_filter {
    sock_filter { code: code(BPF_RET | BPF_K), jt: 0, jf: 0, k: SECCOMP_RET_ALLOW }
}
const fn code(bits: u32) -> u16 {
    bits as u16
}
const fn number(call: libc::c_long) -> u32 {
    call as u32
}
