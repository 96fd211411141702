//! Stands between clients and the server and does harm to what passes: by a plan made beforehand, or as a test tells it.
//!
//! [`harm`] what happens at which byte · [`rules`] what holds until it is told otherwise · [`pump`] moves bytes ·
//! [`replay`] sends old requests again.

mod harm;
mod pump;
mod replay;
mod rules;
#[cfg(test)]
mod tests;

use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use self::harm::{Fate, Plan};
use self::pump::Line;
use self::replay::Recorded;
use self::rules::Rules;
use crate::log::Log;

pub use self::harm::{Harm, Way, What};
pub use self::rules::Plane;

/// Listens on a port of its own; a client that is given it instead of the server's is harmed as told.
#[derive(Debug, Clone)]
pub struct Proxy {
    inner: Arc<Inner>,
    /// What was done: one line for each harm.
    pub log: Log,
}

#[derive(Debug)]
struct Inner {
    port: u16,
    server: u16,
    plan: Mutex<Plan>,
    rules: Rules,
    refusing: AtomicBool,
    accepted: AtomicU64,
    lines: Mutex<Vec<Weak<Line>>>,
    recorded: Mutex<Option<Vec<Recorded>>>,
}

impl Proxy {
    pub fn before(server: u16) -> Self {
        Self::with_plan(server, &[])
    }

    pub fn with_plan(server: u16, harms: &[Harm]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let inner = Inner {
            port: listener.local_addr().expect("a bound socket").port(),
            server,
            plan: Mutex::new(Plan::new(harms)),
            rules: Rules::default(),
            refusing: AtomicBool::new(false),
            accepted: AtomicU64::new(0),
            lines: Mutex::new(Vec::new()),
            recorded: Mutex::new(None),
        };
        let proxy = Self { inner: Arc::new(inner), log: Log::default() };
        let accepting = proxy.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if !accepting.inner.refusing.load(Ordering::SeqCst) {
                    accepting.join(client);
                }
            }
        });
        proxy
    }

    pub fn port(&self) -> u16 {
        self.inner.port
    }

    /// Connections that came so far.
    pub fn connections(&self) -> u64 {
        self.inner.accepted.load(Ordering::SeqCst)
    }

    /// Panics when some planned harm was never done: the test would prove nothing.
    pub fn assert_all_done(&self) {
        let plan = self.inner.plan.lock().expect("no pump panics");
        assert!(plan.to_come().is_empty(), "{:?} never came", plan.to_come());
    }

    /// Nothing passes any more in these directions, and both ends stay open: half of a connection is dead, or with
    /// both directions all of it. Who sends finds the window full in the end.
    pub fn stall(&self, planes: &[Plane], ways: &[Way]) {
        self.rules().change(planes, ways, |rule| rule.stalled = true);
        self.log.add(format!("done: stalled {planes:?} {ways:?}"));
    }

    /// Ends stalls, delays and throttles. What waited passes now, late.
    pub fn go_on(&self) {
        self.rules().change(&Plane::BOTH, &Way::BOTH, |rule| {
            (rule.stalled, rule.delay, rule.rate) = (false, Duration::ZERO, None);
        });
        self.refuse(false);
        self.log.add("done: everything passes".to_owned());
    }

    /// Each buffer passes so much later.
    pub fn delay(&self, planes: &[Plane], time: Duration) {
        self.rules().change(planes, &Way::BOTH, |rule| rule.delay = time);
    }

    /// So many bytes in a second, on each connection.
    pub fn throttle(&self, planes: &[Plane], bytes_in_a_second: u64) {
        self.rules().change(planes, &Way::BOTH, |rule| rule.rate = Some(bytes_in_a_second));
    }

    /// A bit of the next buffers of any size passes changed.
    pub fn flip(&self, way: Way, times: u32) {
        self.rules().change(&[Plane::Bytes], &[way], |rule| rule.flips += times);
    }

    /// Every connection of the planes breaks now.
    pub fn cut(&self, planes: &[Plane]) {
        let lines = self.inner.lines.lock().expect("no pump panics").clone();
        let wanted = lines.iter().filter_map(Weak::upgrade).filter(|line| planes.contains(&line.plane()));
        let count = wanted.filter(|line| !line.is_dead()).map(|line| line.cut()).count();
        self.rules().wake();
        self.log.add(format!("done: cut {count} connections of {planes:?}"));
    }

    /// Connections that come are closed at once.
    pub fn refuse(&self, refusing: bool) {
        self.inner.refusing.store(refusing, Ordering::SeqCst);
    }

    fn rules(&self) -> &Rules {
        &self.inner.rules
    }

    fn fate(&self, way: Way, place: (u64, u64), bytes: &mut [u8]) -> Fate {
        let fate = self.inner.plan.lock().expect("no pump panics").fate(way, place, bytes);
        if let Some(what) = fate.harm {
            // Before it is told: who hears of it may open the door again at once.
            if what == What::Close {
                self.refuse(true);
            }
            self.log.add(format!("done: {what:?} {way:?}"));
        }
        fate
    }

    fn join(&self, client: TcpStream) {
        let number = self.inner.accepted.fetch_add(1, Ordering::SeqCst);
        let Ok(server) = TcpStream::connect(("127.0.0.1", self.inner.server)) else { return };
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let line = Arc::new(Line::new(number, client, server));
        let mut lines = self.inner.lines.lock().expect("no pump panics");
        lines.retain(|line| line.strong_count() > 0);
        lines.push(Arc::downgrade(&line));
        drop(lines);
        for way in Way::BOTH {
            let (proxy, line) = (self.clone(), line.clone());
            std::thread::spawn(move || proxy.pump(&line, way));
        }
    }
}
