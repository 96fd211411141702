//! Flags about room and time on the disk → limits and retention.

use ffmpeg_cluster_common::io::settings::Typed;

use super::flags::Flags;
use crate::store::limits::Limits;
use crate::store::retention::Keep;

const HOUR_MS: u64 = 3_600_000;
/// Beyond a century nobody is counting.
const DAYS_MAX: u64 = 36_500;
const KEEP_UPLOADS_HOURS: u64 = 7 * 24;

pub(super) fn limits(given: &Flags, mistakes: &mut Vec<String>) -> Limits {
    let mut size = |flag, given: &Option<String>| bytes(flag, given.as_deref(), mistakes);
    Limits {
        upload_max: size("upload-max", &given.upload_max),
        quota: size("quota", &given.quota),
        quota_total: size("quota-total", &given.quota_total),
        jobs_max: number("jobs-max", given.jobs_max.as_deref(), 1_000_000, mistakes),
    }
}

pub(super) fn keep(given: &Flags, mistakes: &mut Vec<String>) -> Keep {
    let days = number("keep-results", given.keep_results.as_deref(), DAYS_MAX, mistakes);
    let hours = number("keep-uploads", given.keep_uploads.as_deref(), DAYS_MAX * 24, mistakes);
    Keep {
        results_ms: days.map(|days| days * 24 * HOUR_MS),
        results_bytes: bytes("keep-results-bytes", given.keep_results_bytes.as_deref(), mistakes),
        uploads_ms: hours.unwrap_or(KEEP_UPLOADS_HOURS) * HOUR_MS,
    }
}

fn number(flag: &str, given: Option<&str>, most: u64, mistakes: &mut Vec<String>) -> Option<u64> {
    let text = given?;
    text.number(1..=most).map_err(|wrong| mistakes.push(format!("--{flag} {wrong}"))).ok()
}

fn bytes(flag: &str, given: Option<&str>, mistakes: &mut Vec<String>) -> Option<u64> {
    let text = given?;
    let value = size(text);
    if value.is_none() {
        mistakes
            .push(format!("--{flag} {text}: a size is wanted, such as 500M, 10G, 2T or a number of bytes"));
    }
    value
}

/// `10G`, `10GB` and `10GiB` are the same: 1024 each step.
fn size(text: &str) -> Option<u64> {
    let text = text.trim();
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let step = match unit.trim_start().to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "K" | "KB" | "KIB" => 10,
        "M" | "MB" | "MIB" => 20,
        "G" | "GB" | "GIB" => 30,
        "T" | "TB" | "TIB" => 40,
        _ => return None,
    };
    // A column of the database holds no more.
    let bytes = digits.parse::<u64>().ok()?.checked_mul(1 << step)?;
    (bytes > 0 && i64::try_from(bytes).is_ok()).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_people_type_them() {
        for (text, bytes) in [
            ("1", 1),
            ("500M", 500 << 20),
            ("10G", 10 << 30),
            ("10 GiB", 10 << 30),
            ("2t", 2 << 40),
            ("7kb", 7 << 10),
        ] {
            assert_eq!(size(text), Some(bytes), "{text}");
        }
        for wrong in ["", "0", "-1", "1.5G", "G", "10X", "0x10", "99999999T", "18446744073709551616", "1e9"] {
            assert_eq!(size(wrong), None, "{wrong}");
        }
    }
}
