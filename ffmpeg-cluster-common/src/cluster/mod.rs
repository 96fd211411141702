//! The server's mind: which client gets which frames of which job, and what becomes of them.
//!
//! [`Cluster::step`] takes one event and records changes (to be committed) and effects (to be performed
//! after the commit). Same state, same `now`, same event → same result. It never fails and never blocks;
//! what a peer says that does not fit is counted as stale and answered.
//!
//! State has owners, which know nothing of each other's insides and keep their own invariants:
//! - [`state`]: the cluster, which holds them
//! - [`roster`]: clients, what each proved, how fast it is, who is set aside
//! - [`jobs`]: jobs in their order, their tracks, leases and pieces by number, and the [`ledger`] that answers for all at once;
//!   [`job`] and [`lease`] are one of them, [`pieces`] what a track has; [`suspect`]: who alone failed a job's audits
//! - [`disk`], [`timers`], [`load`]: space that is promised; deadlines; two of a thing, by how much of a client a segment takes
//!
//! Everything else is functions over the state. Those of one file call those of files above it in this list, never below:
//! - [`settle`], [`hands`], [`revoke`]: a job's state, the server's own work for it, leases taken back without blame
//! - [`index`], [`end`]: how a job's frames are listed; how it ends
//! - [`remake`], [`starts`], [`seams`], [`join`]: pieces that are doubted, made again, joined
//! - [`blame`], [`attempt`], [`safer`], [`lose`]: what a failed lease costs its client, its frames, its film
//! - [`able`], [`doubt`], [`trust`]: who may have work; who lied, and what is believed no more
//! - [`keep`], [`checked`]: a piece is looked at, audited, kept or refused
//! - [`on_client`], [`on_job`], [`on_lease`]: what clients, people and the server's own tasks say
//! - [`plan`], [`promise`], [`choice`], [`schedule`], [`stragglers`]: how long the next lease is, who gets what, who helps out
//! - [`step`], [`restore`], [`explain`], [`check`]: the doors: an event, a start, a view, every invariant

mod able;
mod attempt;
mod blame;
pub mod change;
mod check;
mod checked;
mod choice;
mod disk;
mod doubt;
pub mod effect;
mod end;
pub mod event;
mod explain;
mod hands;
mod index;
mod job;
mod jobs;
mod join;
mod keep;
mod lease;
mod ledger;
mod load;
mod lose;
mod making;
mod notice;
mod on_client;
mod on_job;
mod on_lease;
mod pieces;
pub mod plan;
mod promise;
mod remake;
mod restore;
mod revoke;
mod roster;
mod safer;
mod schedule;
mod seams;
mod settings;
mod settle;

mod stage;
mod starts;
mod state;
mod step;
mod stragglers;
mod suspect;
#[cfg(test)]
mod tests;
mod timers;
mod trust;
pub mod view;
mod worker;

pub use self::roster::liars::STRIKES_WITHIN;
pub use self::settings::Settings;
pub use self::state::Cluster;
