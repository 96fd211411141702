//! The system calls that a child may make, as a program for seccomp.
//!
//! The filter refuses the calls of the [tables](super::calls), and calls that name another process.
//! It allows only those requests by `ioctl` that a terminal or a graphics card answers.
//! It refuses a second process, which would outlive the run and its bounds.
//! A child without a port gets no socket of any kind.
//! A child with a port gets only TCP, whose ports Landlock guards.
//! So nothing leaves by UDP or MPTCP, and no child reaches a daemon through a socket in the file system.

use libc::{
    AF_INET, AF_INET6, BPF_ABS, BPF_ALU, BPF_AND, BPF_JEQ, BPF_JGE, BPF_JMP, BPF_JSET, BPF_K, BPF_LD,
    BPF_RET, BPF_W, EACCES, ENOSYS, ENOTTY, EPERM, IPPROTO_TCP, SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO,
    SOCK_STREAM, sock_filter,
};

use super::calls::{FORKS, KIND_OF_REQUEST, NEVER, OF_FILES, OF_ITSELF, OF_TERMINALS, TYPED};

/// The kernel's number of this machine;
/// calls with another machine's numbers would pass all other checks.
#[cfg(target_arch = "x86_64")]
const MACHINE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const MACHINE: u32 = 0xc000_00b7;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const MACHINE: u32 = 0;

/// Whether this module knows the numbers of this machine's calls.
pub(in crate::io) const KNOWN: bool = MACHINE != 0;

/// On x86-64 the same calls have second numbers from here on (x32).
const OTHER_NUMBERS: u32 = 0x4000_0000;

/// Namespaces of every kind.
const WORLDS: u32 = (libc::CLONE_NEWNS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET)
    .cast_unsigned();

/// The offsets of the call's number, the machine, and the low half of each argument.
const NUMBER: u32 = 0;
const OF_MACHINE: u32 = 4;
const fn argument(n: u32) -> u32 {
    16 + 8 * n
}
/// The bits of a socket's kind, without `SOCK_NONBLOCK` and similar flags.
const KIND_BITS: u32 = 0xf;

/// The properties of a run that decide which calls it may make.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::io) struct RunRights {
    /// Connect by TCP.
    pub(in crate::io) dial: bool,
    /// Start other programs, as a script does.
    pub(in crate::io) fork: bool,
    /// Share memory by descriptors, as drivers of graphics cards do.
    pub(in crate::io) share: bool,
}

pub(in crate::io) fn program(may: RunRights) -> Vec<sock_filter> {
    let mut all = vec![load(OF_MACHINE), is(MACHINE, 1, 0), refuse(EPERM)];
    all.extend([load(NUMBER), jump(BPF_JGE, OTHER_NUMBERS, 0, 1), refuse(EPERM)]);
    for (errno, calls) in NEVER {
        all.extend(calls.iter().flat_map(|&call| never(call, *errno)));
    }
    if !may.fork {
        all.extend(FORKS.iter().flat_map(|&call| never(call, EPERM)));
    }
    if !may.share {
        all.extend(never(libc::SYS_memfd_create, ENOSYS));
    }
    all.extend(OF_ITSELF.iter().flat_map(|&(call, of)| of_itself(call, of)));
    all.extend(never(libc::SYS_bind, EACCES).into_iter().chain(never(libc::SYS_listen, EACCES)));
    all.extend(stays_told());
    all.extend(clones(may.fork));
    all.extend(requests(may.share));
    if may.dial {
        all.extend(tcp_alone());
    } else {
        all.extend(never(libc::SYS_socket, EACCES));
    }
    all.push(allow());
    all
}

const fn never(call: libc::c_long, errno: i32) -> [sock_filter; 2] {
    [is(number(call), 0, 1), refuse(errno)]
}

/// The argument must be 0. Afterwards the call's number is loaded again for the next check.
const fn of_itself(call: libc::c_long, of: u32) -> [sock_filter; 5] {
    [is(number(call), 0, 4), load(argument(of)), is(0, 1, 0), refuse(EPERM), load(NUMBER)]
}

/// Refuses to change the signal that ends the child when we die.
const fn stays_told() -> [sock_filter; 5] {
    let signal = libc::PR_SET_PDEATHSIG.cast_unsigned();
    [is(number(libc::SYS_prctl), 0, 4), load(argument(0)), is(signal, 0, 1), refuse(EPERM), load(NUMBER)]
}

/// Allows threads, never new namespaces, and other processes only if `fork` is set.
fn clones(fork: bool) -> Vec<sock_filter> {
    let flag = libc::CLONE_THREAD.cast_unsigned();
    let wanted = if fork { 0 } else { flag };
    vec![
        is(number(libc::SYS_clone), 0, 7),
        load(argument(0)),
        jump(BPF_JSET, WORLDS, 0, 1),
        refuse(EPERM),
        sock_filter { code: code(BPF_ALU | BPF_AND | BPF_K), jt: 0, jf: 0, k: wanted },
        is(wanted, 1, 0),
        refuse(EPERM),
        load(NUMBER),
    ]
}

/// Allows `ioctl` for terminals; with `cards`, for everything but files.
/// Refuses requests that type at a terminal.
fn requests(cards: bool) -> Vec<sock_filter> {
    let mut all = vec![load(argument(1))];
    all.extend(TYPED.iter().flat_map(|&request| [is(request, 0, 1), refuse(EPERM)]));
    all.push(sock_filter { code: code(BPF_ALU | BPF_AND | BPF_K), jt: 0, jf: 0, k: KIND_OF_REQUEST });
    if cards {
        all.extend(OF_FILES.iter().flat_map(|&kind| [is(kind, 0, 1), refuse(ENOTTY)]));
    } else {
        all.extend([is(OF_TERMINALS, 1, 0), refuse(ENOTTY)]);
    }
    all.push(load(NUMBER));
    all.insert(0, is(number(libc::SYS_ioctl), 0, all.len() as u8));
    all
}

/// Allows only TCP sockets. This must be the last check, because it leaves another word loaded.
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

/// Skips `same` lines if the loaded word equals `value`, else `other` lines.
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

#[cfg(test)]
mod tests;
