//! Scenarios that read as sentences. Every step of every scenario is followed by `check`.

mod beside;
mod doubt;
mod faults;
mod found;
mod hardware;
mod indexes;
mod jobs;
mod kinds;
mod leases;
mod lists;
mod marks;
mod owners;
mod published;
mod queue;
mod reasons;
mod seams;
mod server_tasks;
mod starts;
mod tracks;
mod trouble;
mod trust;
mod world;
