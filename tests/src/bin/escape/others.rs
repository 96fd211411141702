//! Other processes, what stays in the kernel, sockets, namespaces and children.

use std::path::Path;

use super::ways::{HERE, attempt, call, path, text, told};

pub(super) fn all(parent: usize, folder: &Path) {
    others(parent);
    memory();
    network();
    worlds(folder);
    children();
}

fn others(parent: usize) {
    attempt("signals its parent", libc::SYS_kill, &[parent, 0]);
    let mut limits = [0_u64; 2];
    let (nofile, limits) = (libc::RLIMIT_NOFILE as usize, limits.as_mut_ptr() as usize);
    let got = attempt("reads its parent's limits", libc::SYS_prlimit64, &[parent, nofile, 0, limits]);
    let set = got.and_then(|_| call(libc::SYS_prlimit64, &[parent, nofile, limits, 0]));
    told("sets its parent's limits", set.is_some());
    let nice = call(libc::SYS_getpriority, &[0, parent]);
    told("learns how its parent is scheduled", nice.is_some());
    // The kernel tells 20 less it.
    let same = 20_usize.wrapping_sub(nice.unwrap_or(20));
    attempt("sets its parent's priority", libc::SYS_setpriority, &[0, parent, same]);
    let mut mask = [0_u64; 16];
    let at = mask.as_mut_ptr() as usize;
    let bytes = call(libc::SYS_sched_getaffinity, &[parent, 128, at]).unwrap_or(128);
    attempt("sets its parent's processors", libc::SYS_sched_setaffinity, &[parent, bytes, at]);
    let class = call(libc::SYS_ioprio_get, &[1, parent]).unwrap_or(0);
    attempt("sets its parent's turn at the disk", libc::SYS_ioprio_set, &[1, parent, class]);
    let own = call(libc::SYS_ioprio_get, &[1, 0]).unwrap_or(0);
    attempt("sets its own turn at the disk", libc::SYS_ioprio_set, &[1, 0, own]);
    attempt("gets a descriptor of its parent", libc::SYS_pidfd_open, &[parent, 0]);
    attempt("traces its parent", libc::SYS_ptrace, &[libc::PTRACE_SEIZE as usize, parent]);
    let empty = [0_usize; 2];
    let list = empty.as_ptr() as usize;
    attempt("reads its parent's memory", libc::SYS_process_vm_readv, &[parent, list, 1, list, 1, 0]);
    attempt("writes its parent's memory", libc::SYS_process_vm_writev, &[parent, list, 1, list, 1, 0]);
    let me = std::process::id() as usize;
    attempt("compares itself with its parent", libc::SYS_kcmp, &[me, parent, 0, 0, 0]);
    told("reads its parent's environment", std::fs::read(format!("/proc/{parent}/environ")).is_ok());
}

/// What stays when its maker has ended.
fn memory() {
    let new = libc::IPC_CREAT as usize | 0o600;
    if let Some(id) = attempt("makes shared memory that stays", libc::SYS_shmget, &[0, 4096, new]) {
        call(libc::SYS_shmctl, &[id, libc::IPC_RMID as usize, 0]);
    }
    if let Some(id) = attempt("makes semaphores that stay", libc::SYS_semget, &[0, 1, new]) {
        call(libc::SYS_semctl, &[id, 0, libc::IPC_RMID as usize]);
    }
    if let Some(id) = attempt("makes a queue that stays", libc::SYS_msgget, &[0, new]) {
        call(libc::SYS_msgctl, &[id, libc::IPC_RMID as usize, 0]);
    }
    let name = text(format!("escape-{}", std::process::id()));
    let at = name.as_ptr() as usize;
    let flags = (libc::O_CREAT | libc::O_RDWR) as usize;
    if attempt("makes a named queue that stays", libc::SYS_mq_open, &[at, flags, 0o600, 0]).is_some() {
        call(libc::SYS_mq_unlink, &[at]);
    }
    let shared = Path::new("/dev/shm").join(format!("escape-{}", std::process::id()));
    told("makes named memory that stays", std::fs::write(&shared, "").is_ok());
    let _ = std::fs::remove_file(shared);
    attempt("makes a file without a name", libc::SYS_memfd_create, &[at, 0]);
    attempt("makes memory that not even the kernel sees", libc::SYS_memfd_secret, &[0]);
    let kind = text("user");
    let (kind, session) = (kind.as_ptr() as usize, -3_isize as usize);
    attempt("keeps a key in the kernel", libc::SYS_add_key, &[kind, at, at, 4, session]);
    let mut ends = [0_i32; 2];
    attempt("takes memory of pipes, beside its own", libc::SYS_pipe2, &[ends.as_mut_ptr() as usize, 0]);
}

fn network() {
    let (inet, unix, stream, datagram) = (libc::AF_INET, libc::AF_UNIX, libc::SOCK_STREAM, libc::SOCK_DGRAM);
    for (what, family, kind) in [
        ("gets a socket of TCP", inet, stream),
        ("gets a socket of UDP", inet, datagram),
        ("gets a socket of a daemon", unix, stream),
        ("gets a socket of the kernel", libc::AF_NETLINK, libc::SOCK_RAW),
    ] {
        attempt(what, libc::SYS_socket, &[family as usize, kind as usize, 0]);
    }
    let mut pair = [0_i32; 2];
    let pair = [unix as usize, datagram as usize, 0, pair.as_mut_ptr() as usize];
    attempt("gets two sockets, of which each could write to a daemon", libc::SYS_socketpair, &pair);
    let mut ring = [0_u8; 256];
    attempt("gets a ring of calls", libc::SYS_io_uring_setup, &[4, ring.as_mut_ptr() as usize]);
}

fn worlds(folder: &Path) {
    attempt("gets a user namespace", libc::SYS_unshare, &[libc::CLONE_NEWUSER as usize]);
    clone("makes a child in a user namespace", libc::CLONE_NEWUSER);
    let (root, here) = (text("/"), path(folder));
    attempt("changes its root", libc::SYS_chroot, &[root.as_ptr() as usize]);
    let (kind, at) = (text("tmpfs"), here.as_ptr() as usize);
    attempt("mounts", libc::SYS_fsopen, &[kind.as_ptr() as usize, 0]);
    attempt("opens a part of the tree", libc::SYS_open_tree, &[HERE, at, 0]);
    let nothing = [0_u8; 8];
    attempt("loads a program into the kernel", libc::SYS_bpf, &[0, nothing.as_ptr() as usize, 8]);
    let mut names = [0_u8; 512];
    attempt("learns the system's name", libc::SYS_uname, &[names.as_mut_ptr() as usize]);
}

fn children() {
    clone("makes a child", 0);
    clone("makes a child that goes first", libc::CLONE_VFORK);
    let arguments = [0_u64, 0, 0, 0, libc::SIGCHLD as u64, 0, 0, 0];
    match call(libc::SYS_clone3, &[arguments.as_ptr() as usize, 64]) {
        Some(0) => leave(),
        made => told("makes a child in the newer way", made.is_some()),
    }
    attempt("changes its user", libc::SYS_setresuid, &[usize::MAX, usize::MAX, usize::MAX]);
    let deaf = libc::PR_SET_PDEATHSIG as usize;
    attempt("is not told that its parent died", libc::SYS_prctl, &[deaf, 0, 0, 0, 0]);
    attempt("leaves its group", libc::SYS_setpgid, &[0, 0]);
    let thread = std::thread::Builder::new().spawn(|| {}).map(|thread| thread.join().is_ok());
    assert!(thread.is_ok_and(|ended| ended), "no encoder does without threads");
}

fn clone(what: &str, flags: i32) {
    match call(libc::SYS_clone, &[(flags | libc::SIGCHLD) as usize, 0, 0, 0, 0]) {
        Some(0) => leave(),
        made => told(what, made.is_some()),
    }
}

/// The end of a child, before it prints anything.
fn leave() {
    call(libc::SYS_exit_group, &[0]);
}
