//! One file for each side that a user sees.

#![allow(clippy::unwrap_used, reason = "everything here is a test")]

mod admission;
mod apart;
mod asked_first;
mod at_rest;
mod chaos;
mod corrupt;
mod crash;
mod databases;
mod deadly;
mod decoders;
mod doors;
mod endings;
mod escapes;
mod exchanged;
mod fake_device;
mod fake_newer_server;
mod fake_tools;
mod fake_worker;
mod floods;
mod formats;
mod gate;
mod hardware;
mod hostile_files;
mod hostile_media;
mod jobs;
mod joining;
mod keys;
mod lies;
mod neighbours;
mod network;
mod own_frames;
mod programs;
mod remembered;
mod restart;
mod revoked;
mod room;
mod sandbox;
mod slow;
mod strangers;
mod traces;
mod update;
mod uploads;
mod verbs;
mod wire;
