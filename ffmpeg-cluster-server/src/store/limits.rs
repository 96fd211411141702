//! Limits for one submitter, and for all together. Uploads count at their announced size, before the first byte.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use ffmpeg_cluster_common::cluster::event::LOCAL;
use ffmpeg_cluster_common::protocol::command::ErrorCode;

/// Uploads that have not become a job: a person has a few, a flood has thousands.
pub const WAITING_UPLOADS_MAX: u64 = 100;
/// Open jobs of one token, unless `--jobs-max` says otherwise.
pub const JOBS_OF_A_TOKEN_MAX: u64 = 1000;

/// Bytes and counts; None leaves only the disk as the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    pub upload_max: Option<u64>,
    pub quota: Option<u64>,
    pub quota_total: Option<u64>,
    pub jobs_max: Option<u64>,
}

/// What is in use, with uploads at their announced size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Used {
    pub own_bytes: u64,
    pub all_bytes: u64,
    pub waiting_uploads: u64,
    pub open_jobs: u64,
}

/// Why nothing more is accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LimitExceeded {
    #[error("an upload may have at most {max} bytes; {bytes} were announced")]
    Upload { bytes: u64, max: u64 },
    #[error(
        "you have {used} of {max} bytes here, and {wanted} more do not fit; uploads can be deleted; results stay until the server's retention settings remove them"
    )]
    Own { used: u64, max: u64, wanted: u64 },
    #[error("all submitters together have {used} of {max} bytes here, and {wanted} more do not fit")]
    All { used: u64, max: u64, wanted: u64 },
    #[error(
        "{waiting} of your uploads wait to be sent or to become jobs; the limit is {WAITING_UPLOADS_MAX}"
    )]
    WaitingUploads { waiting: u64 },
    #[error("{open} of your jobs have not ended; at most {max} may be open")]
    Jobs { open: u64, max: u64 },
}

impl LimitExceeded {
    pub(crate) const fn code(&self) -> ErrorCode {
        match self {
            Self::Upload { .. } => ErrorCode::TooLarge,
            Self::Own { .. } | Self::All { .. } | Self::WaitingUploads { .. } | Self::Jobs { .. } => {
                ErrorCode::QuotaExceeded
            }
        }
    }
}

impl Limits {
    pub(crate) fn upload(&self, used: &Used, bytes: u64) -> Result<(), LimitExceeded> {
        if let Some(max) = self.upload_max.filter(|max| bytes > *max) {
            return Err(LimitExceeded::Upload { bytes, max });
        }
        if used.waiting_uploads >= WAITING_UPLOADS_MAX {
            return Err(LimitExceeded::WaitingUploads { waiting: used.waiting_uploads });
        }
        self.bytes(used, bytes)
    }

    /// The size of a result is unknown in advance: a job is accepted if the bytes that it brings fit, and its result counts
    /// once it exists.
    pub(crate) fn job(&self, owner: &str, used: &Used, brings: u64) -> Result<(), LimitExceeded> {
        match self.jobs_max_of(owner) {
            Some(max) if used.open_jobs >= max => Err(LimitExceeded::Jobs { open: used.open_jobs, max }),
            Some(_) | None => self.bytes(used, brings),
        }
    }

    /// The server's own user is limited only by `--jobs-max`.
    pub(crate) fn jobs_max_of(&self, owner: &str) -> Option<u64> {
        self.jobs_max.or((owner != LOCAL).then_some(JOBS_OF_A_TOKEN_MAX))
    }

    /// Without a limit, submissions need not take turns.
    pub(crate) fn bounds_jobs_of(&self, owner: &str) -> bool {
        self.jobs_max_of(owner).is_some() || self.quota.is_some() || self.quota_total.is_some()
    }

    fn bytes(&self, used: &Used, wanted: u64) -> Result<(), LimitExceeded> {
        let over = |has: u64, max: u64| has > max || wanted > max - has;
        if let Some(max) = self.quota.filter(|max| over(used.own_bytes, *max)) {
            return Err(LimitExceeded::Own { used: used.own_bytes, max, wanted });
        }
        if let Some(max) = self.quota_total.filter(|max| over(used.all_bytes, *max)) {
            return Err(LimitExceeded::All { used: used.all_bytes, max, wanted });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn limits() -> Limits {
        Limits {
            upload_max: Some(10 * GIB),
            quota: Some(20 * GIB),
            quota_total: Some(50 * GIB),
            jobs_max: None,
        }
    }

    #[test]
    fn the_last_byte_fits_and_the_next_does_not() {
        let used = Used { own_bytes: 15 * GIB, all_bytes: 15 * GIB, ..Used::default() };
        assert_eq!(limits().upload(&used, 5 * GIB), Ok(()));
        let over = LimitExceeded::Own { used: 15 * GIB, max: 20 * GIB, wanted: 5 * GIB + 1 };
        assert_eq!(limits().upload(&used, 5 * GIB + 1), Err(over));
        assert!(matches!(limits().upload(&used, 10 * GIB + 1), Err(LimitExceeded::Upload { .. })));
        let others = Used { own_bytes: 0, all_bytes: 49 * GIB, ..Used::default() };
        assert!(matches!(limits().upload(&others, 2 * GIB), Err(LimitExceeded::All { .. })));
        assert!(matches!(limits().upload(&Used::default(), u64::MAX), Err(LimitExceeded::Upload { .. })));
        let none = Limits::default();
        assert_eq!(none.upload(&Used::default(), i64::MAX.unsigned_abs()), Ok(()));
    }

    #[test]
    fn a_thousand_films_of_ten_gigabytes_are_announced_and_few_are_taken() {
        let (mut used, mut taken) = (Used::default(), 0);
        for _ in 0..1000 {
            if limits().upload(&used, 10 * GIB).is_ok() {
                (used.own_bytes, used.all_bytes) = (used.own_bytes + 10 * GIB, used.all_bytes + 10 * GIB);
                (used.waiting_uploads, taken) = (used.waiting_uploads + 1, taken + 1);
            }
        }
        assert_eq!(taken, 2);
        let small = Used { waiting_uploads: WAITING_UPLOADS_MAX, ..Used::default() };
        assert_eq!(
            limits().upload(&small, 0),
            Err(LimitExceeded::WaitingUploads { waiting: WAITING_UPLOADS_MAX })
        );
    }

    #[test]
    fn jobs_are_counted_for_strangers_and_whoever_is_over_the_quota_begins_none() {
        let busy = Used { open_jobs: JOBS_OF_A_TOKEN_MAX, ..Used::default() };
        assert!(matches!(limits().job("a1", &busy, 0), Err(LimitExceeded::Jobs { .. })));
        assert_eq!(limits().job(LOCAL, &busy, 0), Ok(()));
        let told = Limits { jobs_max: Some(3), ..Limits::default() };
        assert!(told.job(LOCAL, &Used { open_jobs: 3, ..Used::default() }, 0).is_err());
        assert_eq!(told.job("a1", &Used { open_jobs: 2, ..Used::default() }, 0), Ok(()));
        let full = Used { own_bytes: 20 * GIB, ..Used::default() };
        assert_eq!(limits().job("a1", &full, 0), Ok(()), "exactly what is allowed");
        assert!(
            matches!(limits().job("a1", &full, 1), Err(LimitExceeded::Own { .. })),
            "images to pack are bytes, too"
        );
        let over = Used { own_bytes: 20 * GIB + 1, ..Used::default() };
        assert!(matches!(limits().job("a1", &over, 0), Err(LimitExceeded::Own { .. })));
    }
}
