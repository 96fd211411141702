//! The planted bugs. `ON` in the mutated text is true while the mutant lives, so each row is the bug and the right thing
//! side by side. The original text stands exactly once in its file.

pub(crate) struct Mutant {
    pub(crate) name: &'static str,
    pub(crate) breaks: &'static str,
    /// Below `src`.
    pub(crate) file: &'static str,
    pub(crate) original: &'static str,
    pub(crate) mutated: &'static str,
}

const fn mutant(
    name: &'static str,
    breaks: &'static str,
    file: &'static str,
    original: &'static str,
    mutated: &'static str,
) -> Mutant {
    Mutant { name, breaks, file, original, mutated }
}

pub(crate) const MUTANTS: &[Mutant] = &[
    mutant(
        "numbers_begin_again",
        "lease numbers begin again at each start",
        "cluster/jobs/leases.rs",
        "LeaseId { boot: self.boot, seq",
        "LeaseId { boot: if ON { 1 } else { self.boot }, seq",
    ),
    mutant(
        "boot_not_bumped",
        "every second start has the boot number of the one before",
        "cluster/restore.rs",
        "Self::new(settings, memory.boot, now, wall)",
        "Self::new(settings, if ON { memory.boot / 2 } else { memory.boot }, now, wall)",
    ),
    mutant(
        "holder_not_checked",
        "anybody may speak for a lease",
        "cluster/handlers/lease.rs",
        ".filter(|lease| lease.worker.client == *client)",
        ".filter(|lease| ON || lease.worker.client == *client)",
    ),
    mutant(
        "no_fencing",
        "a late piece of a lost lease is taken for the client's present one",
        "cluster/handlers/lease.rs",
        r#"let Some(lease) = held(cluster, client, id) else { return refuse(cluster, client, id, "piece", out) };"#,
        r#"let current = cluster.roster.leases_of(client).first().copied();
        let id = if ON && cluster.jobs.job_of(id).is_none() { current.unwrap_or(id) } else { id };
        let Some(lease) = held(cluster, client, id) else { return refuse(cluster, client, id, "piece", out) };"#,
    ),
    mutant(
        "kept_before_commit",
        "a piece is acknowledged before it is looked at",
        "cluster/handlers/lease.rs",
        "out.effects.push(Effect::Check { lease: id, job: at.job, segment, content, piece });",
        "if ON { say_kept(cluster, client, id, out); }
        out.effects.push(Effect::Check { lease: id, job: at.job, segment, content, piece });",
    ),
    mutant(
        "kept_without_commit",
        "a piece is acknowledged and never written down",
        "cluster/outcomes/keep.rs",
        "say_kept(cluster, &client, id, out);",
        "if ON { out.changes.pop(); }
        say_kept(cluster, &client, id, out);",
    ),
    mutant(
        "kept_twice_refused",
        "what is kept is forgotten, so that a piece offered again is refused",
        "cluster/jobs/mod.rs",
        "self.kept.insert(piece.lease);",
        "if !ON { self.kept.insert(piece.lease); }",
    ),
    mutant(
        "checked_twice",
        "a doubled word about a piece has it checked twice",
        "cluster/handlers/lease.rs",
        "if matches!(lease.phase, Phase::Checking(_) | Phase::Auditing(..)) {",
        "if matches!(lease.phase, Phase::Checking(_) | Phase::Auditing(..)) && !ON {",
    ),
    mutant(
        "lease_without_commit",
        "a lease is offered and never written down",
        "cluster/schedule/promise.rs",
        "out.effects.push(Effect::Offer { client, session, promised });",
        "if ON { out.changes.pop(); }
        out.effects.push(Effect::Offer { client, session, promised });",
    ),
    mutant(
        "end_without_commit",
        "a lease that ends without blame stays in the record",
        "cluster/outcomes/revoke.rs",
        "out.changes.push(Change::LeaseEnded { job: id, lease: lease_id, attempt: None });",
        "if !ON { out.changes.push(Change::LeaseEnded { job: id, lease: lease_id, attempt: None }); }",
    ),
    mutant(
        "leases_forgotten",
        "a restart forgets the leases",
        "cluster/restore.rs",
        "for old in old.leases {",
        "for old in old.leases {
            if ON { continue; }",
    ),
    mutant(
        "join_forgotten",
        "a join that a restart cut off is not begun again",
        "cluster/restore.rs",
        "join_if_made(&mut cluster, id, out);",
        "if !ON { join_if_made(&mut cluster, id, out); }",
    ),
    mutant(
        "index_forgotten",
        "an index that a restart cut off is not begun again",
        "cluster/restore.rs",
        "index_next(&mut cluster, out);",
        "if !ON { index_next(&mut cluster, out); }",
    ),
    mutant(
        "grace_without_end",
        "a client that is away keeps its leases for ever",
        "cluster/roster/book.rs",
        "if until <= now {",
        "if until <= now && !ON {",
    ),
    mutant(
        "grace_of_nothing",
        "a client that is away loses its leases at once",
        "cluster/handlers/client.rs",
        "let until = now + GRACE_AFTER_CLOSE;",
        "let until = if ON { now } else { now + GRACE_AFTER_CLOSE };",
    ),
    mutant(
        "silence_unnoticed",
        "nobody listens whether a client still says anything",
        "cluster/handlers/client.rs",
        "cluster.timers.set(now + SILENCE_MAX, Timer::Silence(id.clone()));",
        "if !ON { cluster.timers.set(now + SILENCE_MAX, Timer::Silence(id.clone())); }",
    ),
    mutant(
        "wall_clock",
        "silence is reckoned by the wall clock",
        "cluster/handlers/client.rs",
        "let due = client.heard_at + SILENCE_MAX;",
        "let by_wall = Millis(client.connected_at.0.saturating_sub(cluster.wall.wall.0) + cluster.wall.now.0);
        let due = if ON { client.heard_at.max(by_wall) } else { client.heard_at } + SILENCE_MAX;",
    ),
    mutant(
        "death_not_counted",
        "a client that dies costs its frames no attempt",
        "cluster/outcomes/attempt.rs",
        "past.count += u32::from(meaning.attempt);",
        "let unseen = ON && fault.code == crate::fault::FaultCode::ClientLost && past.count > 0;
        past.count += u32::from(meaning.attempt && !unseen);",
    ),
    mutant(
        "lie_counts",
        "a lie counts as an attempt at the frames",
        "fault/meaning.rs",
        "Self::AuditFailed => row(Blame::Liar, false,",
        "Self::AuditFailed => row(Blame::Liar, ON,",
    ),
    mutant(
        "hopeless_at_once",
        "an encoder that fails once fails the job",
        "fault/meaning.rs",
        "Self::EncoderFailed => row(Blame::Worker, true, Then::Elsewhere),",
        "Self::EncoderFailed => row(Blame::Worker, true, if ON { Then::GiveUp } else { Then::Elsewhere }),",
    ),
    mutant(
        "index_not_doubted",
        "however many clients find other frames, the index is believed",
        "fault/meaning.rs",
        "Self::FramesDiffer => row(Blame::Worker, true, Then::DoubtIndex),",
        "Self::FramesDiffer => row(Blame::Worker, true, if ON { Then::Elsewhere } else { Then::DoubtIndex }),",
    ),
    mutant(
        "attempts_forgotten",
        "a restart forgets how often frames failed",
        "cluster/restore.rs",
        "Returned { past: attempt.past.clone(), not_before: now }",
        "Returned { past: if ON { Past::of(&attempt.past.fault) } else { attempt.past.clone() }, not_before: now }",
    ),
    mutant(
        "one_attempt_more",
        "frames are tried once more than allowed",
        "cluster/change.rs",
        "count >= settings.max_retries.max(1)",
        "count >= settings.max_retries.max(1) + u32::from(ON)",
    ),
    mutant(
        "same_client_again",
        "frames go back to the client that failed at them, though others are here",
        "cluster/jobs/lease.rs",
        "if !failed_on.contains(client) {",
        "if ON || !failed_on.contains(client) {",
    ),
    mutant(
        "soonest_fails_always",
        "where all have failed, the one that fails soonest gets the frames each time",
        "cluster/jobs/lease.rs",
        "failed_on.last() != Some(client)",
        "(ON || failed_on.last() != Some(client))",
    ),
    mutant(
        "returned_forgotten",
        "frames that failed are nobody's",
        "cluster/jobs/making.rs",
        "self.book_mut(track).returned.insert(units.start, (units, returned));",
        "if !ON { self.book_mut(track).returned.insert(units.start, (units, returned)); }",
    ),
    mutant(
        "still_to_do",
        "frames that are leased stay to do",
        "cluster/schedule/hand_out.rs",
        "book.todo.remove(units);",
        "if !ON { book.todo.remove(units); }",
    ),
    mutant(
        "join_too_early",
        "a film is joined while its last frames are missing",
        "cluster/jobs/track.rs",
        "self.pieces.units() == track.units",
        "self.pieces.units() + 60 * u64::from(ON) >= track.units",
    ),
    mutant(
        "off_by_one",
        "what is taken out of a set of frames takes one more with it",
        "frames.rs",
        "self.insert(FrameRange::new(range.end, end));",
        "self.insert(FrameRange::new(range.end + u64::from(ON), end));",
    ),
    mutant(
        "nobody_told",
        "clients are not told that their work is not wanted any more",
        "cluster/outcomes/revoke.rs",
        "tell_revoked(cluster, lease_id, reason, out);",
        "if !ON { tell_revoked(cluster, lease_id, reason, out); }",
    ),
    mutant(
        "others_fail_too",
        "a failed job takes the first in the queue with it",
        "cluster/outcomes/lose.rs",
        "return fail_job(cluster, id, why, at, out);",
        "let other = cluster.jobs.queue().find(|other| *other != id).cloned().filter(|_| ON);
            if let Some(other) = other {
                fail_job(cluster, &other, why.clone(), at, out);
            }
        return fail_job(cluster, id, why, at, out);",
    ),
    mutant(
        "no_last_words",
        "a job fails without the encoder's words",
        "cluster/outcomes/lose.rs",
        "fault.with_last_words()",
        "if ON { fault.message.clone() } else { fault.with_last_words() }",
    ),
    mutant(
        "thrown_away_early",
        "pieces are thrown away before the new index is in the record",
        "cluster/outcomes/index.rs",
        "out.effects.push(way.effect(id));",
        "for lease in cluster.jobs[id].pieces().map(|piece| piece.lease).filter(|_| ON) {
        out.effects.push(crate::cluster::effect::Effect::DiscardPiece { lease, job: id.clone() });
    }
    out.effects.push(way.effect(id));",
    ),
    mutant(
        "lies_believed",
        "a film in one piece whose packets lie is never listed by decoding",
        "cluster/outcomes/safer.rs",
        "(whole && film.indexed_by == IndexedBy::Decoding)",
        "(whole && (ON || film.indexed_by == IndexedBy::Decoding))",
    ),
    mutant(
        "drains_and_gives",
        "a server that stops gives leases on",
        "cluster/schedule/hand_out.rs",
        "if cluster.draining || !is_news || cluster.disk.missing(&cluster.jobs).is_some() {",
        "if (cluster.draining && !ON) || !is_news || cluster.disk.missing(&cluster.jobs).is_some() {",
    ),
    mutant(
        "forgets_before_kept",
        "the client forgets a piece when it is sent",
        "client/lease.rs",
        "// While the link is down nothing is sent; the next welcome repeats it.",
        r#"if ON { self.drop_lease(lease, "sent".into(), out); }"#,
    ),
    mutant(
        "not_offered_again",
        "the client does not offer its pieces again after a reconnect",
        "client/mod.rs",
        "if let Phase::Sent(piece) = &held.phase {",
        "if let (Phase::Sent(piece), false) = (&held.phase, ON) {",
    ),
    mutant(
        "drops_everything",
        "the client drops everything when its line breaks",
        "client/mod.rs",
        "self.link = Link::Off { again_at: now + again_in };",
        "self.link = Link::Off { again_at: now + again_in };
        if ON { self.forget_all(out); }",
    ),
    mutant(
        "revoke_ignored",
        "the client goes on with what was taken back",
        "client/mod.rs",
        "ToClient::Revoke { lease, reason } => self.drop_lease(lease, reason, out),",
        "ToClient::Revoke { lease, reason } => if !ON { self.drop_lease(lease, reason, out) },",
    ),
    mutant(
        "kept_ignored",
        "the client never lets go of what is kept",
        "client/mod.rs",
        "ToClient::Kept { lease } => self.on_kept(lease, out),",
        "ToClient::Kept { lease } => if !ON { self.on_kept(lease, out) },",
    ),
    mutant(
        "sends_for_ever",
        "the client sends a piece again and again that is not wanted",
        "client/lease.rs",
        "// Either the lease was revoked, or the piece is kept and the message was lost.",
        "if ON { return out.push(Effect::SendPiece(lease)); }",
    ),
    mutant(
        "failure_untold",
        "a failure between hello and welcome is never told",
        "client/lease.rs",
        "if self.link == super::Link::Up {",
        "if ON || self.link == super::Link::Up {",
    ),
    mutant(
        "two_at_once",
        "the client encodes all that it has at once",
        "client/lease.rs",
        "get_mut(&lease).filter(|_| !busy)",
        "get_mut(&lease).filter(|_| ON || !busy)",
    ),
    mutant(
        "next_not_begun",
        "the client does not begin what waits when the encoder is free",
        "client/lease.rs",
        "out.push(Effect::Notice(Notice::Made { lease, piece }));",
        "if ON {
            return out.push(Effect::SendPiece(lease));
        }
        out.push(Effect::Notice(Notice::Made { lease, piece }));",
    ),
    mutant(
        "dead_line_unnoticed",
        "the client waits on a line that has been silent for ever",
        "client/mod.rs",
        "Link::Connecting | Link::Greeting | Link::Up if self.heard_at + SILENCE_MAX <= now => {",
        "Link::Connecting | Link::Greeting | Link::Up if !ON && self.heard_at + SILENCE_MAX <= now => {",
    ),
    mutant(
        "trial_without_work",
        "a client on probation is given nothing at which others failed, and they fail again and again",
        "cluster/schedule/choice.rs",
        "(!on_probation || is_left_to_it(returned))",
        "(!on_probation || (!ON && is_left_to_it(returned)))",
    ),
    mutant(
        "twin_gives_back",
        "of two leases for the same frames, one that ends gives them back while the other goes on",
        "cluster/outcomes/revoke.rs",
        "if lease.twin.is_none() {",
        "if ON || lease.twin.is_none() {",
    ),
    mutant(
        "strikes_not_written",
        "a lie is counted and never written down",
        "cluster/outcomes/trust.rs",
        "out.changes.push(Change::Struck { client: client.clone(), strike: strike.clone() });",
        "if !ON { out.changes.push(Change::Struck { client: client.clone(), strike: strike.clone() }); }",
    ),
    mutant(
        "liar_never_out",
        "however often a client lies, it gets the next lease",
        "cluster/roster/liars.rs",
        "if self.strikes.len() >= OF_LIAR.failures {",
        "if self.strikes.len() >= OF_LIAR.failures && !ON {",
    ),
    mutant(
        "liar_comes_back",
        "a client that was set aside for its lies is let in when it connects anew",
        "cluster/roster/book.rs",
        "|| self.liars.is_struck_out(id)
        {",
        "|| (!ON && self.liars.is_struck_out(id))
        {",
    ),
    mutant(
        "strikes_forgotten",
        "a restart forgets who lied",
        "cluster/roster/liars.rs",
        "self.0.insert(id, liar);",
        "if !ON { self.0.insert(id, liar); }",
    ),
    mutant(
        "verdict_ignored",
        "a piece is kept whatever its audit says",
        "cluster/handlers/piece.rs",
        "match verdict {",
        "match if ON { Ok(()) } else { verdict } {",
    ),
    mutant(
        "audit_skipped",
        "only the first piece of a client is ever audited",
        "cluster/handlers/piece.rs",
        "chance % 100 < percent || !known",
        "(!ON && chance % 100 < percent) || !known",
    ),
    mutant(
        "forger_believed",
        "what a client made before it was caught with forged pictures is still believed",
        "cluster/outcomes/trust.rs",
        "if let Some(job) = audited {",
        "if let Some(job) = audited.filter(|_| !ON) {",
    ),
    mutant(
        "measure_believed",
        "however many pieces of one job fail its audit, their clients are to blame",
        "cluster/outcomes/doubt.rs",
        "let Some((first, why)) = witness(cluster, id, accused.client) else",
        "let Some((first, why)) = witness(cluster, id, accused.client).filter(|_| !ON) else",
    ),
    mutant(
        "one_client_is_two_witnesses",
        "a second failed audit of the same client puts the measure in doubt",
        "cluster/roster/liars.rs",
        "filter(|(client, _)| *client != id)",
        "filter(|(client, _)| ON || *client != id)",
    ),
    mutant(
        "suspect_goes_on",
        "a client that alone failed two audits of a job gets more of it",
        "cluster/schedule/able.rs",
        "let job = cluster.jobs.get(&at.job);
    let suspect = job.and_then(|job| job.suspect.as_ref());",
        "let job = cluster.jobs.get(&at.job);
    let suspect = job.and_then(|job| job.suspect.as_ref()).filter(|_| !ON);",
    ),
    mutant(
        "suspect_is_held_to_it",
        "a client that alone failed two audits of a job is struck for each",
        "cluster/outcomes/doubt.rs",
        "if !cluster.roster.liars.failed_audit_of(accused.client, id) {",
        "if ON || !cluster.roster.liars.failed_audit_of(accused.client, id) {",
    ),
    mutant(
        "strikes_of_a_wrong_measure_stay",
        "strikes of a job whose measure is in doubt stay in the record",
        "cluster/outcomes/doubt.rs",
        "out.changes.push(Change::StrikesTakenBack { job: id.clone() });",
        "if !ON { out.changes.push(Change::StrikesTakenBack { job: id.clone() }); }",
    ),
    mutant(
        "one_job_spoils_all",
        "one job's audit throws away a client's pieces of other jobs",
        "cluster/outcomes/doubt.rs",
        "let everywhere = cluster.roster.liars.caught_in(client).len() > 1;",
        "let everywhere = cluster.roster.liars.caught_in(client).len() > 1 || ON;",
    ),
    mutant(
        "no_second_look",
        "frames of which a piece failed its audit are kept unaudited from somebody else",
        "cluster/handlers/piece.rs",
        "let again = lease.past.as_ref().and_then(|past| past.audit_failed);",
        "let again = lease.past.as_ref().and_then(|past| past.audit_failed).filter(|_| !ON);",
    ),
    mutant(
        "doubt_without_commit",
        "pieces that are doubted stay in the record",
        "cluster/outcomes/remake.rs",
        "out.changes.push(Change::PieceDoubted { job: id.clone(), lease });",
        "if !ON { out.changes.push(Change::PieceDoubted { job: id.clone(), lease }); }",
    ),
    mutant(
        "seam_ignored",
        "neighbours whose decoders saw different pictures are joined all the same",
        "cluster/outcomes/seams.rs",
        "let disagree = before.ends.verdict(&after.ends) == Verdict::Disagree;",
        "let disagree = !ON && before.ends.verdict(&after.ends) == Verdict::Disagree;",
    ),
    mutant(
        "seam_compared_with_itself",
        "what a piece tells of its end is compared with itself",
        "media/plan/witness.rs",
        "(false, false) if tail == head => Verdict::Agree,",
        "(false, false) if ON && tail == tail || tail == head => Verdict::Agree,",
    ),
    mutant(
        "first_seam_alone",
        "only the film's first seam is compared",
        "cluster/outcomes/seams.rs",
        "disagree.then_some(Dispute { track, at: units.start",
        "(disagree && (!ON || before.segment.units.start == 0)).then_some(Dispute { track, at: units.start",
    ),
    mutant(
        "no_further_back",
        "pieces that disagree are made again by decoders that begin at the same place",
        "cluster/outcomes/seams.rs",
        "job.lead.max(before.min(after).next())",
        "if ON { Lead::Usual } else { job.lead.max(before.min(after).next()) }",
    ),
    mutant(
        "nothing_decoded_twice",
        "no piece is decoded from two key frames",
        "cluster/outcomes/starts.rs",
        "units.start > 0\n        && (every",
        "!ON && units.start > 0\n        && (every",
    ),
    mutant(
        "starts_ignored",
        "two decodes of a piece differ, and nothing follows",
        "cluster/outcomes/starts.rs",
        "find_map(|(_, book)| book.pieces.differing());",
        "find_map(|(_, book)| book.pieces.differing()).filter(|_| !ON);",
    ),
    mutant(
        "others_still_believed",
        "two decodes of a piece differ, and pieces that are kept already stay",
        "cluster/outcomes/starts.rs",
        "let again: Vec<LeaseId> = doubtful",
        "let again: Vec<LeaseId> = doubtful.filter(|_| !ON)",
    ),
    mutant(
        "denied_lead_believed",
        "a piece counts as led as its client says, which may be less than it was told",
        "cluster/outcomes/keep.rs",
        "piece.facts.findings.lead = piece.facts.findings.lead.max(lease.lead);",
        "piece.facts.findings.lead = if ON { crate::media::plan::witness::Lead::Usual } else { piece.facts.findings.lead.max(lease.lead) };",
    ),
    mutant(
        "lists_joined",
        "the parts of a frame list are joined as if they were pieces of the film",
        "cluster/outcomes/join.rs",
        "if cluster.jobs.is_to_list(id) {",
        "if cluster.jobs.is_to_list(id) && !ON {",
    ),
    mutant(
        "crashes_untold",
        "the record does not say that the server works on a job itself",
        "cluster/outcomes/server_task.rs",
        "tell_crashes(cluster, id, |seen| seen.saturating_add(1), out);",
        "if !ON { tell_crashes(cluster, id, |seen| seen.saturating_add(1), out); }",
    ),
    mutant(
        "deadly_job_begun_again",
        "a job at which the server died twice is begun at each start",
        "cluster/jobs/job.rs",
        "self.crashes.seen >= settings.crashes_max.max(1)",
        "!ON && self.crashes.seen >= settings.crashes_max.max(1)",
    ),
    mutant(
        "done_and_not_free",
        "a client that encoded its segment gets no other before something else happens",
        "cluster/handlers/lease.rs",
        "cluster.jobs.is_in_time(id);
    cluster.roster.news.may_be_free(client);",
        "cluster.jobs.is_in_time(id);
    if !ON { cluster.roster.news.may_be_free(client); }",
    ),
    mutant(
        "lost_and_not_free",
        "a client that lost its lease gets no other before something else happens",
        "cluster/roster/book.rs",
        "client.leases.remove(&lease);
            self.news.may_be_free(id);",
        "client.leases.remove(&lease);
            if !ON { self.news.may_be_free(id); }",
    ),
    mutant(
        "retry_unnoticed",
        "frames that may be tried again are offered to nobody",
        "cluster/step.rs",
        "Timer::Retry(job, _) => cluster.jobs.refresh(&job),",
        "Timer::Retry(job, _) => if !ON { cluster.jobs.refresh(&job) },",
    ),
    mutant(
        "returned_unnoticed",
        "frames that come back are offered to nobody who found nothing before",
        "cluster/jobs/ledger.rs",
        "|| self.returned > before.returned",
        "|| (self.returned > before.returned && !ON)",
    ),
    mutant(
        "newcomers_unnoticed",
        "jobs that wait for clients do not hear of those that come",
        "cluster/outcomes/settle.rs",
        "cluster.jobs.touch_restless();",
        "if !ON { cluster.jobs.touch_restless(); }",
    ),
    mutant(
        "optional_fails_the_job",
        "a track that its job does not need fails the job",
        "cluster/outcomes/lose.rs",
        "if track.track().required {",
        "if ON || track.track().required {",
    ),
    mutant(
        "units_of_another_track",
        "units that are to do again are put among those of another track",
        "cluster/jobs/making.rs",
        "self.book_mut(segment.track).todo.insert(",
        "self.book_mut(if ON { TrackNo(0) } else { segment.track }).todo.insert(",
    ),
    mutant(
        "after_ignored",
        "a track is handed out before the one that it comes after is made",
        "cluster/jobs/making.rs",
        "track.after.is_none_or(",
        "track.after.filter(|_| !ON).is_none_or(",
    ),
    mutant(
        "helped_before_its_turn",
        "an idle client is given units of a track whose turn has not come again",
        "cluster/schedule/twins.rs",
        "filter(|at| cluster.jobs.may_begin(at))",
        "filter(|at| ON || cluster.jobs.may_begin(at))",
    ),
    mutant(
        "cut_anywhere",
        "a track is cut beside the places where it may be",
        "cluster/schedule/plan.rs",
        "nearest(cuts, start, wanted, end))",
        "if ON { start + wanted } else { nearest(cuts, start, wanted, end) })",
    ),
    mutant(
        "given_up_and_waited_for",
        "a job waits for a track that it goes on without",
        "cluster/jobs/track.rs",
        "track.given_up.is_some() ||",
        "(!ON && track.given_up.is_some()) ||",
    ),
    mutant(
        "given_up_untold",
        "a restart does not know that a track was given up",
        "cluster/outcomes/lose.rs",
        "out.changes.push(Change::TrackGivenUp { job: id.clone(), track: number, why: why.clone() });",
        "if !ON {\n        out.changes.push(Change::TrackGivenUp { job: id.clone(), track: number, why: why.clone() });\n    }",
    ),
    mutant(
        "other_tracks_believed",
        "where a decoder begins matters to a film, and pieces of its other tracks are believed",
        "cluster/outcomes/starts.rs",
        "let doubtful = pictures().flat_map(",
        "let doubtful = pictures().take(if ON { 1 } else { usize::MAX }).flat_map(",
    ),
];

/// These live in words that the simulator does not speak; `tests/seam` has to find them.
pub(crate) const SEAM_MUTANTS: &[Mutant] = &[
    mutant(
        "full_disk_counts",
        "a client's full disk counts as an attempt",
        "fault/meaning.rs",
        "Self::DiskFull => row(Blame::Nobody, false,",
        "Self::DiskFull => row(Blame::Nobody, ON,",
    ),
    mutant(
        "device_blamed_on_client",
        "what a device did is blamed on its client",
        "fault/meaning.rs",
        "matches!(self, Self::Worker | Self::Device)",
        "!ON && matches!(self, Self::Worker | Self::Device)",
    ),
    mutant(
        "filtered_frames_hashed",
        "the frames around a seam are hashed as filters gave them",
        "media/command/ends.rs",
        "    if let Some(time) = work.window.counted_from {",
        "    if let (true, Some(filters)) = (ON, &work.profile.filters) {
        chain.insert(0, filters.to_string());
    }
    if let Some(time) = work.window.counted_from {",
    ),
    mutant(
        "seam_off_by_one",
        "a piece tells of frames one behind those that its neighbour tells of",
        "media/plan/timeline.rs",
        "tail: self.around(range.end) }",
        "tail: self.around(range.end + u64::from(ON)) }",
    ),
    mutant(
        "one_side_of_the_seam",
        "only the frames behind a seam are told of",
        "media/plan/timeline.rs",
        "(at.saturating_sub(witness::AROUND)..end).map",
        "(at.saturating_sub(if ON { 0 } else { witness::AROUND })..end).map",
    ),
    mutant(
        "complaints_believed",
        "a film is called damaged because a decoder that began in its middle complained",
        "media/proof/again.rs",
        "None => complains().then(",
        "None => (!ON && complains()).then(",
    ),
    mutant(
        "other_pictures_kept",
        "a piece is kept that a second decode saw otherwise",
        "media/proof/again.rs",
        "Some(Second::Differs { at }) if began_in_the_middle(work) => {",
        "Some(Second::Differs { at }) if !ON && began_in_the_middle(work) => {",
    ),
];
