//! Which user owns the other end of a connection on this machine: our own user, root or a stranger.
//!
//! Linux reports the owner of a connection,
//! and also lists the owner of every socket in a table.
//! Other systems report no owner, and there all users look alike.
//! The server checks its callers, the client's gateway checks
//! who reads a film, and the client checks its server.

#[cfg(target_os = "linux")]
mod kernel;
mod table;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::Mutex;
use tokio::time::Instant;

use self::table::Table;
use super::spawn::Background;

/// Whether this system reports owners.
const IS_TOLD: bool = cfg!(target_os = "linux");

/// Whether this system reports owners.
/// Fails if it does but we can't read its table: then nobody owns any end.
pub fn are_told() -> io::Result<bool> {
    if IS_TOLD { table::check().map(|()| true) } else { Ok(false) }
}

/// Warns of a system without owners. Call it once, at the start of a server that trusts its own machine.
pub fn tell() {
    match are_told() {
        Ok(true) => {}
        Ok(false) => tracing::warn!(
            "this system does not tell which user owns a connection: every user of this machine may do everything"
        ),
        Err(error) => tracing::warn!(
            "/proc/net/tcp, which tells which user owns a connection, can't be read ({error}): everybody on this machine needs a token, from ffmpeg-cluster-server token add"
        ),
    }
}

/// The pause after a reading, as a multiple of its duration,
/// so that reading takes at most a tenth of a processor.
/// A flood of connections makes the table long and requests it again and again.
const REST_AFTER: u32 = 9;

/// How often the table is read before a connection counts as nobody's.
const READINGS: u32 = 8;

/// The owner of one end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    Ours,
    Root,
    Strangers,
    /// Its program has closed it.
    Nobodys,
    /// This system reports no owners.
    Untold,
}

impl Whose {
    fn of(user: u32, us: u32) -> Self {
        match user {
            user if user == us => Self::Ours,
            0 => Self::Root,
            _ => Self::Strangers,
        }
    }

    /// Whether the owner is our user, or root, who could do everything anyway.
    pub fn is_trusted(self) -> bool {
        matches!(self, Self::Ours | Self::Root | Self::Untold)
    }
    /// Whether the owner is our own user, as far as the system knows.
    pub fn is_ours(self) -> bool {
        matches!(self, Self::Ours | Self::Untold)
    }
}

#[derive(Debug)]
struct Reading {
    began: Instant,
    ended: Instant,
    /// None if this system has no table.
    table: Option<Arc<Table>>,
}

/// The last reading of the table. Thousands of concurrent callers share one reading.
#[derive(Debug, Clone, Default)]
pub struct Owners {
    last: Arc<Mutex<Option<Reading>>>,
    #[cfg(target_os = "linux")]
    kernel: Arc<std::sync::OnceLock<Option<std::sync::Mutex<kernel::Kernel>>>>,
}

impl Owners {
    /// The owner of the end at `theirs` of a connection to `ours`.
    pub async fn of_caller(&self, theirs: SocketAddr, ours: SocketAddr, background: &Background) -> Whose {
        match self.of_caller_now(theirs, ours) {
            Some(whose) => whose,
            None => self.looked_up(background, |table| table.of_caller(theirs, ours)).await,
        }
    }

    /// The same without waiting; None if only the table has the answer, as in some containers.
    #[cfg(target_os = "linux")]
    pub fn of_caller_now(&self, theirs: SocketAddr, ours: SocketAddr) -> Option<Whose> {
        let opened = || kernel::Kernel::open().ok().map(std::sync::Mutex::new);
        let kernel = self.kernel.get_or_init(opened).as_ref()?;
        let mut kernel = kernel.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let user = kernel.user(theirs, ours).ok()?;
        Some(user.map_or(Whose::Nobodys, |user| Whose::of(user, table::us())))
    }

    /// The same without waiting; None if only the table has the answer.
    #[cfg(not(target_os = "linux"))]
    pub fn of_caller_now(&self, _theirs: SocketAddr, _ours: SocketAddr) -> Option<Whose> {
        None
    }

    /// The owner of the server at `theirs` for a connection that we made from `ours`.
    pub async fn of_server(&self, theirs: SocketAddr, ours: SocketAddr, background: &Background) -> Whose {
        self.looked_up(background, |table| table.of_server(theirs, ours)).await
    }

    /// Looks a connection up, and retries if it is missing:
    /// Linux sometimes skips a connection while others open and close during the reading.
    async fn looked_up(&self, background: &Background, whose: impl Fn(&Table) -> Whose) -> Whose {
        for _ in 1..READINGS {
            match self.table(background).await.map_or(Whose::Untold, |table| whose(&table)) {
                Whose::Nobodys => {}
                told => return told,
            }
        }
        self.table(background).await.map_or(Whose::Untold, |table| whose(&table))
    }

    /// The owner of the listener at `address`; None if nobody listens.
    pub async fn of_listener(&self, address: SocketAddr, background: &Background) -> Option<Whose> {
        self.table(background).await.map_or(Some(Whose::Untold), |table| table.of_listener(address))
    }

    /// The table from a reading that begins after this call; None if this system has none.
    async fn table(&self, background: &Background) -> Option<Arc<Table>> {
        let asked = Instant::now();
        let mut last = self.last.lock().await;
        if let Some(reading) = last.as_ref() {
            if reading.began > asked {
                return reading.table.clone();
            }
            let rest = reading.ended.duration_since(reading.began) * REST_AFTER;
            tokio::time::sleep_until(reading.ended + rest).await;
        }
        let began = Instant::now();
        // A failed reading lists nobody, so nobody is trusted.
        let table = background.blocking(table::read).await.unwrap_or_else(|_| Some(Table::default()));
        let reading = Reading { began, ended: Instant::now(), table: table.map(Arc::new) };
        last.insert(reading).table.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_connection_of_our_own_is_ours_until_it_is_closed() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let ours = listener.local_addr().unwrap();
        let theirs = std::net::TcpStream::connect(ours).unwrap();
        let (owners, background) = (Owners::default(), Background::default());
        let from = theirs.local_addr().unwrap();
        assert!(owners.of_server(ours, from, &background).await.is_ours(), "not yet accepted");
        let (socket, accepted) = listener.accept().unwrap();
        assert_eq!(accepted, from);
        assert!(owners.of_caller(from, ours, &background).await.is_ours());
        assert!(owners.of_server(ours, from, &background).await.is_ours());
        assert!(owners.of_listener(ours, &background).await.is_some_and(Whose::is_ours));
        drop((theirs, listener));
        #[cfg(target_os = "linux")]
        {
            let closed = owners.of_caller(from, ours, &background).await;
            assert_eq!(closed, Whose::Nobodys);
            assert_eq!(owners.of_listener(ours, &background).await, None);
        }
        drop(socket);
    }
}
