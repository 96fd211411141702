//! Tables of system calls that no decoder or encoder needs, by what the calls would reach.

use libc::{EACCES, ENOSYS, ENOTSUP, EPERM, c_long};

/// From 424 on all machines share the numbers. Some C libraries lack names for the newest calls.
const FCHMODAT2: c_long = 452;
const XATTR_AT: [c_long; 4] = [463, 464, 465, 466];
const FILE_ATTR: [c_long; 2] = [468, 469];
const OPEN_TREE_ATTR: c_long = 467;

/// Calls, with the error number that a program gets for them.
pub(super) type Calls = (i32, &'static [c_long]);

/// Refused to every run.
pub(super) const NEVER: &[Calls] = &[
    // `io_uring` makes other calls that no filter sees.
    (ENOSYS, &[libc::SYS_io_uring_setup, libc::SYS_io_uring_enter, libc::SYS_io_uring_register]),
    // The C library falls back to `clone`, whose flags a filter can read.
    (ENOSYS, &[libc::SYS_clone3]),
    (EPERM, OF_FILES_BY_NAME),
    (EPERM, OLD),
    (EPERM, &[FCHMODAT2, FILE_ATTR[0], FILE_ATTR[1]]),
    (ENOTSUP, ATTRIBUTES),
    (ENOTSUP, &XATTR_AT),
    (EPERM, OF_OTHER_PROGRAMS),
    (EPERM, THAT_OUTLIVE_US),
    (EPERM, OF_THE_MACHINE),
    (EPERM, &[OPEN_TREE_ATTR]),
    // With a pair a program can send to a daemon by its path, without a socket of another kind.
    (EACCES, &[libc::SYS_socketpair]),
    (ENOSYS, &[libc::SYS_memfd_secret]),
];

/// Kinds of requests by `ioctl`; a kind is the second byte of a request.
pub(super) const OF_TERMINALS: u32 = kind(b'T');
/// Requests about files, which the owner of a film may make even by a read-only descriptor:
/// flags, versions, projects, and copies of blocks.
pub(super) const OF_FILES: [u32; 4] = [kind(b'f'), kind(b'v'), kind(b'X'), kind(0x94)];
pub(super) const KIND_OF_REQUEST: u32 = 0xff00;
/// Type at a terminal as if its user did: `TIOCSTI` and `TIOCLINUX`.
pub(super) const TYPED: [u32; 2] = [0x5412, 0x541c];

const fn kind(letter: u8) -> u32 {
    (letter as u32) << 8
}

/// Landlock has no rights for these. For `truncate` it has one only since Linux 6.2.
const OF_FILES_BY_NAME: &[c_long] = &[
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
    libc::SYS_truncate,
    libc::SYS_inotify_init1,
    libc::SYS_fanotify_init,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
];
/// Older forms of these calls, which newer machines do not have.
#[cfg(target_arch = "x86_64")]
const OLD: &[c_long] = &[
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
    libc::SYS_inotify_init,
    libc::SYS_iopl,
    libc::SYS_ioperm,
];
#[cfg(not(target_arch = "x86_64"))]
const OLD: &[c_long] = &[];

const ATTRIBUTES: &[c_long] = &[
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_getxattr,
    libc::SYS_lgetxattr,
    libc::SYS_fgetxattr,
    libc::SYS_listxattr,
    libc::SYS_llistxattr,
    libc::SYS_flistxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
];

/// Calls that look into other programs, or leave the process group that ends with the run.
const OF_OTHER_PROGRAMS: &[c_long] = &[
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_process_mrelease,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_kcmp,
    // It can name all processes of the user.
    libc::SYS_ioprio_set,
    libc::SYS_migrate_pages,
    libc::SYS_move_pages,
    libc::SYS_setsid,
    libc::SYS_setpgid,
    // A process that changes its user no longer gets the signal of its parent's death.
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setreuid,
    libc::SYS_setregid,
    libc::SYS_setresuid,
    libc::SYS_setresgid,
    libc::SYS_setfsuid,
    libc::SYS_setfsgid,
    libc::SYS_setgroups,
    libc::SYS_capset,
];

/// Memory, queues and keys that outlive the process that made them.
const THAT_OUTLIVE_US: &[c_long] = &[
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_shmctl,
    libc::SYS_semget,
    libc::SYS_semctl,
    libc::SYS_semop,
    libc::SYS_semtimedop,
    libc::SYS_msgget,
    libc::SYS_msgsnd,
    libc::SYS_msgrcv,
    libc::SYS_msgctl,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
];

/// Calls that only root may make, in case the server runs as root,
/// and calls that few programs need.
const OF_THE_MACHINE: &[c_long] = &[
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_reboot,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_syslog,
    libc::SYS_vhangup,
];

/// Calls other than `clone` that start a second process.
#[cfg(target_arch = "x86_64")]
pub(super) const FORKS: &[c_long] = &[libc::SYS_fork, libc::SYS_vfork];
#[cfg(not(target_arch = "x86_64"))]
pub(super) const FORKS: &[c_long] = &[];

/// Calls, with the number of the argument that names a process; 0 there means the caller itself.
pub(super) const OF_ITSELF: &[(c_long, u32)] = &[
    (libc::SYS_prlimit64, 0),
    (libc::SYS_sched_setaffinity, 0),
    (libc::SYS_sched_setscheduler, 0),
    (libc::SYS_sched_setparam, 0),
    (libc::SYS_sched_setattr, 0),
    (libc::SYS_setpriority, 0),
    (libc::SYS_setpriority, 1),
];
