//! What each caller may do, and how it proves that.
//!
//! - [`role`]: what a token is for
//! - [`secret`]: a text that no log may show
//! - [`invite`]: the join string, with which a machine joins the cluster

pub mod invite;
pub mod role;
pub mod secret;
