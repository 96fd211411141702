//! Another attempt, after a pause.

use std::time::Duration;

use super::random;
use crate::time::{Millis, backoff};

/// Pauses before attempt number `attempt`, from 0.
/// The pause doubles from `first` up to `most`, and chance shortens it by up to a half.
pub async fn pause(first: Millis, most: Millis, attempt: u32) {
    let delay = backoff::delay(first, most, attempt, random::number());
    tokio::time::sleep(Duration::from_millis(delay.0)).await;
}
