//! The production core and the production client's mind on one virtual clock, with a network, disks and machines that
//! fail. The oracle judges by the durable record and by what was acknowledged. `docs/simulation.md` tells how to run it,
//! and how to read what it says.
//!
//! `SIM_SEEDS` says how many histories, `SIM_SEED` plays a single one with its log.

mod chance;
mod client_body;
mod disk;
mod encode;
mod film;
mod history;
mod lies;
mod machine;
mod mishap;
mod mix;
mod network;
mod oracle;
mod people;
mod perform;
mod queue;
mod record;
mod regressions;
mod seeds;
mod server;
mod sight;
mod trace;
mod trouble;
mod world;
