//! Flags about disk space and time → limits and retention.

use ffmpeg_cluster_common::io::settings::parsers::Mistakes;

use super::flags::Flags;
use crate::store::limits::Limits;
use crate::store::retention::RetentionLimits;

const HOUR_MS: u64 = 3_600_000;

pub(super) fn limits(given: &Flags, mistakes: &mut Mistakes) -> Limits {
    Limits {
        upload_max: mistakes.take_given("upload-max", given.upload_max.clone()),
        quota: mistakes.take_given("quota", given.quota.clone()),
        quota_total: mistakes.take_given("quota-total", given.quota_total.clone()),
        jobs_max: mistakes.take_given("jobs-max", given.jobs_max.clone()),
    }
}

pub(super) fn keep(given: &Flags, mistakes: &mut Mistakes) -> RetentionLimits {
    let days = mistakes.take_given("keep-results", given.keep_results.clone());
    RetentionLimits {
        results_ms: days.map(|days| days * 24 * HOUR_MS),
        results_bytes: mistakes.take_given("keep-results-bytes", given.keep_results_bytes.clone()),
        uploads_ms: mistakes.value("keep-uploads", given.keep_uploads.clone()) * HOUR_MS,
    }
}
