//! Texts of people and programs.
//!
//! - [`safe`]: sanitises text of strangers for logs, tables and terminals
//! - [`file_name`]: which names a result may have
//! - [`rfc3339`]: moments, for people
//! - [`hex`]: bytes in hexadecimal

pub mod file_name;
pub mod hex;
pub mod rfc3339;
pub mod safe;

/// A number with its noun: `1 piece`, `2 pieces`.
pub fn counted(many: u64, what: &str) -> String {
    let s = if many == 1 { "" } else { "s" };
    format!("{many} {what}{s}")
}
