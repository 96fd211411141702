//! Starts children that do not outlive us, even if something kills us.
//! They reach only what their run allows.
//!
//! Linux kills a child when the *thread* that started it ends, and a runtime's threads come and go.
//! So one thread starts all children, and lives as long as the process.
//! The kernel kills only the child, not the child's own children.
//! ffmpeg starts none and may not; the children of a script in its place may outlive us.
//! On Windows `system::Group` ends them all.
//! macOS guarantees nothing: there an encoder ends because its source, an address of ours, disappears.
//! The server's runs read files and end by themselves.

use std::io;

use tokio::process::{Child, Command};

use super::process::program::Run;

#[cfg(not(target_os = "linux"))]
#[expect(clippy::unused_async, reason = "as on Linux")]
pub(super) async fn start(mut command: Command, _this: &Run) -> io::Result<Child> {
    command.spawn()
}

#[cfg(target_os = "linux")]
pub(super) use linux::{has_seccomp, landlock_version, start};

#[cfg(target_os = "linux")]
mod linux {
    use std::os::fd::{AsRawFd, OwnedFd};
    use std::sync::{OnceLock, mpsc};

    use rustix::fs::{Mode, OFlags, open};
    use rustix::io::{FdFlags, fcntl_setfd, write};
    use rustix::process::{
        Resource, Rlimit, Signal, getpid, getppid, getrlimit, nice, set_parent_process_death_signal,
        setrlimit, setsid,
    };
    use tokio::runtime::Handle;
    use tokio::sync::oneshot;

    use super::super::sandbox::{Means, Opened, filter, rules};
    use super::{Child, Command, Run, io};

    /// The number of files that a child may have open; a join opens its pieces one by one.
    const OPEN_FILES_MAX: u64 = 1024;

    /// Numbers as wide as the kernel reads them.
    const NO: libc::c_ulong = 0;
    const YES: libc::c_ulong = 1;
    const WITH_FILTER: libc::c_ulong = libc::SECCOMP_MODE_FILTER as libc::c_ulong;

    struct Order {
        command: Command,
        /// The runtime that waits for the child.
        runtime: Handle,
        started: oneshot::Sender<io::Result<Child>>,
    }

    pub(in super::super) async fn start(mut command: Command, this: &Run) -> io::Result<Child> {
        Limits::of(this)?.apply_to(&mut command);
        let (started, answer) = oneshot::channel();
        let order = Order { command, runtime: Handle::current(), started };
        let gone = || io::Error::other("the thread that starts programs is gone");
        starter()?.send(order).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    fn starter() -> io::Result<&'static mpsc::Sender<Order>> {
        static STARTER: OnceLock<mpsc::Sender<Order>> = OnceLock::new();
        if let Some(starter) = STARTER.get() {
            return Ok(starter);
        }
        let (sender, orders) = mpsc::channel();
        std::thread::Builder::new().name("starter".into()).spawn(move || serve(&orders))?;
        // If two threads get here at once, one of the started threads gets no orders and ends.
        Ok(STARTER.get_or_init(|| sender))
    }

    fn serve(orders: &mpsc::Receiver<Order>) {
        while let Ok(Order { mut command, runtime, started }) = orders.recv() {
            let _inside = runtime.enter();
            // If the caller is gone, this drops the child, which kills it.
            let _ = started.send(command.spawn());
        }
    }

    /// A child's limits, prepared before the fork, because nothing may be allocated after it.
    struct Limits {
        rules: Option<OwnedFd>,
        opened: Vec<Opened>,
        filter: Vec<libc::sock_filter>,
        file_bytes_max: u64,
        open_files_max: u64,
        nice: i32,
        /// The nice value as the kernel reads it from a file.
        group_nice: String,
    }

    impl Limits {
        fn of(this: &Run) -> io::Result<Self> {
            let means = Means::found();
            let may = filter::RunRights {
                dial: this.reach.port.is_some(),
                fork: this.reach.programs || rules::is_script(&this.program),
                share: this.reach.cards,
            };
            let filter = if means.seccomp { filter::program(may) } else { Vec::new() };
            let most = getrlimit(Resource::Nofile).maximum.unwrap_or(OPEN_FILES_MAX);
            Ok(Self {
                rules: rules::ruleset(&this.program, &this.reach).map_err(io::Error::other)?,
                filter,
                opened: this.reach.opened.clone(),
                file_bytes_max: this.reach.write_bytes_max,
                open_files_max: OPEN_FILES_MAX.min(most),
                nice: this.nice,
                group_nice: this.nice.to_string(),
            })
        }

        #[expect(unsafe_code, reason = "the only way into a child before its program begins")]
        fn apply_to(self, command: &mut Command) {
            let us = getpid();
            let limit = move || {
                set_parent_process_death_signal(Some(Signal::KILL))?;
                // We may have died between the fork and the call above;
                // then nobody would send the signal.
                if getppid() != Some(us) {
                    return Err(rustix::io::Errno::SRCH.into());
                }
                self.apply()
            };
            // SAFETY: between fork and exec a child may make only calls
            // that are safe in a signal handler.
            // Other calls could wait for a lock whose holder was not copied.
            // This code makes plain system calls on values from before the fork.
            // It allocates nothing, not even for its errors, which are bare numbers.
            unsafe { command.pre_exec(limit) };
        }

        /// Applies all limits; fails if any of them fails.
        fn apply(&self) -> io::Result<()> {
            let at_most = |most| Rlimit { current: Some(most), maximum: Some(most) };
            setrlimit(Resource::Core, at_most(0))?;
            setrlimit(Resource::Fsize, at_most(self.file_bytes_max))?;
            setrlimit(Resource::Nofile, at_most(self.open_files_max))?;
            nice(self.nice)?;
            self.lead_a_group()?;
            // In this child only: children that start at the same time do not inherit the files.
            self.opened.iter().try_for_each(|opened| fcntl_setfd(opened.file(), FdFlags::empty()))?;
            self.lock_in()
        }

        /// Begins a session, and thus a process group, of the child alone.
        /// Many kernels divide the processors between sessions first, and heed a nice value only inside one;
        /// then each session has a nice value of its own. A kernel that doesn't lacks the file,
        /// and one that is asked too often refuses: either way the child is as nice as it can be.
        fn lead_a_group(&self) -> io::Result<()> {
            setsid()?;
            let file = open(c"/proc/self/autogroup", OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty());
            let _ = file.and_then(|file| write(file, self.group_nice.as_bytes()));
            Ok(())
        }

        #[expect(unsafe_code, reason = "no crate makes these calls without allocating")]
        fn lock_in(&self) -> io::Result<()> {
            // SAFETY: the first two calls take only numbers.
            // The last call takes a list that lives as long as `self`,
            // with its true length, and the kernel copies the list.
            unsafe {
                done(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, YES, NO, NO, NO).into())?;
                if let Some(rules) = &self.rules {
                    done(libc::syscall(libc::SYS_landlock_restrict_self, rules.as_raw_fd(), 0))?;
                }
                if !self.filter.is_empty() {
                    let program = libc::sock_fprog {
                        len: self.filter.len() as u16,
                        filter: self.filter.as_ptr().cast_mut(),
                    };
                    done(libc::prctl(libc::PR_SET_SECCOMP, WITH_FILTER, &raw const program).into())?;
                }
            }
            Ok(())
        }
    }

    fn done(answer: libc::c_long) -> io::Result<()> {
        if answer < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }

    /// The version of Landlock; 0 if the kernel lacks it or has it switched off.
    #[expect(unsafe_code, reason = "no crate tells the number")]
    pub(in super::super) fn landlock_version() -> u32 {
        const ASK_VERSION: u32 = 1;
        // SAFETY: to ask for the version, the call takes a null pointer and the length zero.
        let version = unsafe {
            libc::syscall(libc::SYS_landlock_create_ruleset, std::ptr::null::<u8>(), 0_usize, ASK_VERSION)
        };
        u32::try_from(version).unwrap_or(0)
    }

    #[expect(unsafe_code, reason = "no crate tells it")]
    pub(in super::super) fn has_seccomp() -> bool {
        // SAFETY: the call takes no pointers.
        unsafe { libc::prctl(libc::PR_GET_SECCOMP, NO, NO, NO, NO) >= 0 }
    }
}
