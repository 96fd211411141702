//! Names, paths and sizes as an attacker would have them: each gets a typed refusal, nothing is changed, and a canary
//! beside the media folder stays unread.

mod flood;
mod keeping;
mod names;
mod place;
mod swapped;
mod traces;
mod twice;
mod uploads;
