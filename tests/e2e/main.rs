//! One file for each side that a user sees.

#![allow(clippy::unwrap_used, reason = "everything here is a test")]

mod crash;
mod databases;
mod doors;
mod endings;
mod faults;
mod jobs;
mod programs;
mod restart;
mod uploads;
mod verbs;
