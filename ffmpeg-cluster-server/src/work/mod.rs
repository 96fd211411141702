//! Runs what `common::media` wrote down, for one job each, and gives facts or a fault.

pub(crate) mod answers;
mod at_rest;
pub(crate) mod audit;
mod beginning;
mod bench;
pub(crate) mod blocks;
pub(crate) mod check;
mod context;
mod count;
mod ear;
pub(crate) mod fault;
mod first_frames;
pub(crate) mod index;
mod input;
pub(crate) mod join;
mod lipsync;
mod list;
mod listen;
mod look;
pub(crate) mod neighbours;
pub(crate) mod numbered;
pub(crate) mod offer;
pub(crate) mod original;
pub(crate) mod pack;
pub(crate) mod probe;
mod prove;
pub(crate) mod recent;
mod report;
pub(crate) mod run;
pub(crate) mod seams;
pub(crate) mod seen;
mod unlike;
mod warnings;

pub(crate) use self::context::{RunContext, Runner};
pub(crate) use self::input::{Input, open_source};
