//! What every implementation of the catalog promises. `promises!` makes a test of each for one of them.
//!
//! - [`samples`]: what the promises are about.
//! - [`memory`]: what a restart finds, and what a commit is.
//! - [`lists`]: pages, orders and owners.
//! - [`given`]: names and labels of jobs, and keys of requests.
//! - [`belongings`]: what belongs to whom, and what may be forgotten.
//! - [`who`]: tokens and keys.
//! - [`sign_ins`]: browsers that signed in; [`watch_links`]: links to streams.
//! - [`events`]: events and spans; [`days`]: what came of each day.
//! - [`webhooks`]: who is told of events.

pub(crate) mod belongings;
pub(crate) mod days;
pub(crate) mod events;
pub(crate) mod given;
pub(crate) mod lists;
pub(crate) mod memory;
pub(crate) mod samples;
pub(crate) mod sign_ins;
pub(crate) mod watch_links;
pub(crate) mod webhooks;
pub(crate) mod who;

use super::Catalog;

/// A catalog that was never used before. Opened again it is the same one.
pub(crate) trait Fresh {
    fn open(&self) -> Box<dyn Catalog>;
}

/// A promise that stands in no list is unused code, which the lints refuse.
macro_rules! promises {
    ($fresh:expr) => {
        $crate::store::catalog::tests::promises! { $fresh;
            memory:
                a_boot_number_is_never_used_twice,
                everything_that_is_remembered_comes_back,
                open_jobs_come_back_the_oldest_first,
                a_batch_is_all_or_nothing,
                changes_are_made_in_their_order,
                what_was_written_is_read_by_others_at_once,
                an_ended_job_is_listed_and_not_taken_up_again,
                an_upload_is_forgotten_with_the_last_job_that_needs_it,
                the_upload_of_a_failed_job_stays_for_another_try,
                a_second_index_forgets_the_work_that_stood_on_the_first,
                a_film_is_left_to_one_kind_and_its_pieces_stay,
                a_track_that_is_given_up_stays_given_up_and_its_work_is_forgotten,
                a_kept_piece_ends_its_lease_and_forgets_what_went_wrong_before,
                a_job_that_was_started_early_waits_for_no_more_clients,
                a_job_keeps_its_place_and_its_pause,
                lies_are_remembered_for_a_day_or_until_they_are_forgiven,
                strikes_of_one_job_are_taken_back_and_others_stay,
                a_doubted_piece_is_gone_and_its_frames_may_be_kept_anew,
                the_sound_has_attempts_of_its_own,
                the_latest_name_and_speed_count,
                the_proof_is_kept_with_the_job,
                crashes_are_remembered_with_the_job,
                a_client_that_nobody_saw_for_three_months_is_forgotten;
            lists:
                pages_of_jobs_join_the_newest_first,
                a_job_that_comes_between_two_pages_moves_none_of_them,
                a_submitter_lists_their_own_jobs_alone,
                a_page_holds_no_more_than_was_asked_for,
                every_order_joins_its_pages,
                a_list_has_what_fits_and_counts_it,
                pieces_stand_in_their_order,
                pages_of_uploads_join_by_their_names,
                words_from_outside_are_values_and_nothing_else;
            days:
                each_day_says_what_was_made_for_whom,
                each_day_says_how_long_each_client_encoded;
            given:
                a_job_is_called_what_its_submitter_said_and_found_by_it,
                a_job_is_renamed_once_by_each_who_read_it,
                a_key_is_stored_with_its_job_or_not_at_all,
                a_key_is_kept_for_a_day_and_by_owner;
            belongings:
                everybody_is_counted_for_what_is_theirs,
                images_to_pack_count_while_their_job_is_at_work,
                a_result_that_was_removed_is_not_counted_and_its_job_stays,
                the_oldest_results_come_first_and_all_of_them_count,
                an_upload_is_remembered_until_it_is_forgotten,
                an_upload_has_its_name_alone,
                an_upload_that_a_job_reads_is_not_forgotten,
                an_ended_job_is_forgotten_with_all_that_was_kept_of_it,
                an_upload_is_forgotten_with_the_last_job_that_had_it;
            who:
                the_first_key_of_a_client_is_its_key,
                tokens_are_listed_the_oldest_first_and_the_valid_ones_apart,
                a_token_is_revoked_once_and_stays_listed,
                a_token_expires_and_tells_when_it_was_used,
                a_token_has_its_number_alone;
            sign_ins:
                a_sign_in_slides_and_ends_once,
                a_token_has_so_many_sign_ins_and_no_expired_one_stays,
                a_revoked_token_takes_its_sign_ins_and_links_along,
                a_link_is_used_once_and_not_after_its_time;
            watch_links:
                a_link_is_found_until_it_is_ended,
                a_job_has_so_many_links_that_work,
                a_link_goes_with_its_job_and_with_the_token_that_made_it;
            events:
                events_are_numbered_without_a_gap_and_read_in_their_order,
                an_event_is_stored_with_its_changes_or_not_at_all,
                every_start_knows_what_the_one_before_left_behind,
                events_are_kept_for_a_week_and_their_numbers_go_on,
                no_more_than_a_hundred_thousand_events_are_kept,
                an_upload_is_told_when_it_begins_and_once_when_it_is_whole,
                the_span_of_a_lease_says_what_became_of_it,
                the_spans_of_a_job_are_kept_as_long_as_the_job;
            webhooks:
                a_delivery_is_made_with_its_event_or_not_at_all,
                a_webhook_gets_its_deliveries_in_their_order,
                a_disabled_webhook_is_told_and_gets_nothing_until_it_is_put_again,
                a_webhook_keeps_its_last_thousand_finished_deliveries;
        }
    };
    ($fresh:expr; $($file:ident: $($name:ident),+;)+) => {
        $(mod $file {
            $(#[test]
            fn $name() {
                $crate::store::catalog::tests::$file::$name(&$fresh);
            })+
        })+
    };
}
pub(crate) use promises;
