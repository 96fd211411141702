//! The filter's answers to single calls, by a machine that runs it as the kernel does.

use super::*;

const ALLOWED: u32 = SECCOMP_RET_ALLOW;
const NOTHING: RunRights = RunRights { dial: false, fork: false, share: false };
const SCRIPT: RunRights = RunRights { dial: true, fork: true, share: false };
const CARDS: RunRights = RunRights { dial: true, fork: false, share: true };

/// What the kernel shows a filter of a call, word by word.
fn word(at: u32, call: libc::c_long, arguments: &[u64]) -> u32 {
    match at {
        NUMBER => number(call),
        OF_MACHINE => MACHINE,
        at => arguments.get(((at - argument(0)) / 8) as usize).map_or(0, |argument| *argument as u32),
    }
}

fn answer(may: RunRights, call: libc::c_long, arguments: &[u64]) -> u32 {
    let (program, mut held, mut at) = (program(may), 0, 0);
    loop {
        let sock_filter { code: what, jt, jf, k } = program[at];
        let jump = |met: bool| usize::from(if met { jt } else { jf });
        at += 1;
        match u32::from(what) {
            what if what == BPF_LD | BPF_W | BPF_ABS => held = word(k, call, arguments),
            what if what == BPF_ALU | BPF_AND | BPF_K => held &= k,
            what if what == BPF_JMP | BPF_JEQ | BPF_K => at += jump(held == k),
            what if what == BPF_JMP | BPF_JGE | BPF_K => at += jump(held >= k),
            what if what == BPF_JMP | BPF_JSET | BPF_K => at += jump(held & k != 0),
            what if what == BPF_RET | BPF_K => return k,
            what => panic!("{what:#x}"),
        }
    }
}

fn allows(may: RunRights, call: libc::c_long, arguments: &[u64]) -> bool {
    answer(may, call, arguments) == ALLOWED
}

/// A pair of sockets sends to a daemon by its path without being connected.
#[test]
fn no_run_gets_a_pair_of_sockets_or_hidden_memory() {
    for may in [NOTHING, SCRIPT, CARDS] {
        assert!(!allows(may, libc::SYS_socketpair, &[1, 2, 0, 0]), "{may:?}");
        assert!(!allows(may, libc::SYS_memfd_secret, &[0]), "{may:?}");
        assert!(allows(may, libc::SYS_read, &[0, 0, 1]), "{may:?}");
    }
}

/// The C library of x86-64 makes these, and not the newer ones; the attack was `chmod`.
#[cfg(target_arch = "x86_64")]
#[test]
fn the_older_forms_of_refused_calls_are_refused_as_well() {
    let of_files = [
        libc::SYS_chmod,
        libc::SYS_chown,
        libc::SYS_lchown,
        libc::SYS_utime,
        libc::SYS_utimes,
        libc::SYS_futimesat,
        libc::SYS_inotify_init,
        libc::SYS_fsetxattr,
    ];
    for may in [NOTHING, SCRIPT, CARDS] {
        for call in of_files {
            assert!(!allows(may, call, &[]), "{call} {may:?}");
        }
        for call in [libc::SYS_fork, libc::SYS_vfork] {
            assert_eq!(allows(may, call, &[]), may.fork, "{call} {may:?}");
        }
    }
}

#[test]
fn nobodys_turn_at_the_disk_is_changed() {
    for which in 1..=3 {
        for may in [NOTHING, SCRIPT, CARDS] {
            assert!(!allows(may, libc::SYS_ioprio_set, &[which, 0, 0]), "{which} {may:?}");
        }
    }
}

#[test]
fn a_descriptor_is_asked_what_a_terminal_answers_and_no_more() {
    let asks = |may, request: u64| allows(may, libc::SYS_ioctl, &[0, request, 0]);
    // TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIOCLEX.
    let of_terminals = [0x5401, 0x5413, 0x541b, 0x5421, 0x5451];
    for may in [NOTHING, SCRIPT, CARDS] {
        assert!(of_terminals.iter().all(|&request| asks(may, request)), "{may:?}");
        // The upper half of the argument, which the kernel does not read, hides nothing.
        for typed in [0x5412, 0x541c, 0x1_0000_5412] {
            assert!(!asks(may, typed), "{typed:#x} {may:?}");
        }
        // FS_IOC_SETFLAGS, FS_IOC_ENABLE_VERITY, FS_IOC_SETVERSION, FS_IOC_FSSETXATTR, FITRIM,
        // FICLONE.
        for request in [0x4008_6602, 0x4080_6685, 0x4008_7602, 0x401c_5820, 0xc018_5879, 0x4004_9409] {
            assert!(!asks(may, request), "{request:#x} {may:?}");
        }
    }
    // DRM_IOCTL_VERSION, and calls of NVIDIA's drivers.
    for request in [0xc040_6400, 0xc020_462a, 0x3000_0001] {
        assert!(asks(CARDS, request) && !asks(NOTHING, request), "{request:#x}");
    }
}

/// The checks of arguments leave the number loaded for those that follow.
#[test]
fn what_stood_before_still_stands() {
    assert!(!allows(NOTHING, libc::SYS_socket, &[2, 1, 0]) && allows(CARDS, libc::SYS_socket, &[2, 1, 0]));
    assert!(!allows(CARDS, libc::SYS_socket, &[2, 2, 0]) && !allows(CARDS, libc::SYS_socket, &[1, 1, 0]));
    assert!(
        !allows(NOTHING, libc::SYS_setpriority, &[0, 7]) && allows(NOTHING, libc::SYS_setpriority, &[0, 0])
    );
    assert!(!allows(NOTHING, libc::SYS_clone, &[17]) && allows(SCRIPT, libc::SYS_clone, &[17]));
}
