//! Starts children that do not outlive us, even where we are killed and can't say a last word.
//!
//! Linux kills such a child when the *thread* that started it ends, and threads of a runtime come and go. So one thread
//! starts all children, and lives as long as the process. The promise is for the child alone, not for what it starts;
//! ffmpeg starts nothing. Other systems promise nothing of the kind: there an encoder ends by itself, because its
//! source, an address of ours, is gone, and what the server runs reads files and comes to its end.

use std::io;

use tokio::process::{Child, Command};

#[cfg(not(target_os = "linux"))]
#[expect(clippy::unused_async, reason = "as on Linux")]
pub(super) async fn start(mut command: Command) -> io::Result<Child> {
    command.spawn()
}

#[cfg(target_os = "linux")]
pub(super) use linux::start;

#[cfg(target_os = "linux")]
mod linux {
    use std::sync::{OnceLock, mpsc};

    use rustix::process::{Signal, getpid, getppid, set_parent_process_death_signal};
    use tokio::runtime::Handle;
    use tokio::sync::oneshot;

    use super::{Child, Command, io};

    struct Order {
        command: Command,
        /// Where the child is waited for.
        runtime: Handle,
        started: oneshot::Sender<io::Result<Child>>,
    }

    pub(in super::super) async fn start(mut command: Command) -> io::Result<Child> {
        bind_to_us(&mut command);
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
        // Where two came here at once one thread finds nobody to serve, and ends before it started anything.
        Ok(STARTER.get_or_init(|| sender))
    }

    fn serve(orders: &mpsc::Receiver<Order>) {
        while let Ok(Order { mut command, runtime, started }) = orders.recv() {
            let _inside = runtime.enter();
            // A child that nobody waits for any more is killed by being dropped.
            let _ = started.send(command.spawn());
        }
    }

    #[expect(unsafe_code, reason = "the only way into a child before its program begins")]
    fn bind_to_us(command: &mut Command) {
        let us = getpid();
        let bind = move || {
            set_parent_process_death_signal(Some(Signal::KILL))?;
            // We may have died between the fork and the line above; then nobody would send the signal.
            if getppid() == Some(us) { Ok(()) } else { Err(rustix::io::Errno::SRCH.into()) }
        };
        // SAFETY: between fork and exec a child may only make calls that are safe in a signal handler: others could wait
        // for a lock whose holder was not copied. These are two plain system calls; nothing is allocated, also not
        // for the errors, which are bare numbers.
        unsafe { command.pre_exec(bind) };
    }
}
