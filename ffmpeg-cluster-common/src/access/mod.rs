//! What each caller may do, and what it shows for that.
//!
//! - [`role`]: what a token is for
//! - [`secret`]: a text that no log may show
//! - [`invite`]: the join string, by which a machine comes in

pub mod invite;
pub mod role;
pub mod secret;
