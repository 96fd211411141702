//! One file for each side that a user sees.

#![allow(clippy::unwrap_used, reason = "everything here is a test")]

mod chaos;
mod corrupt;
mod doors;
mod fake_worker;
mod faults;
mod jobs;
mod network;
mod programs;
mod uploads;
mod verbs;
mod wire;
