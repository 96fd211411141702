//! Brings a database up to date.

pub(super) const MIGRATIONS: &[(&str, &str)] = &[
    ("0001_first", include_str!("migrations/0001_first.sql")),
    ("0002_who", include_str!("migrations/0002_who.sql")),
    ("0003_owners", include_str!("migrations/0003_owners.sql")),
    ("0004_strikes", include_str!("migrations/0004_strikes.sql")),
    ("0005_seats", include_str!("migrations/0005_seats.sql")),
    ("0006_crashes", include_str!("migrations/0006_crashes.sql")),
    ("0007_audits", include_str!("migrations/0007_audits.sql")),
    ("0008_tracks", include_str!("migrations/0008_tracks.sql")),
    ("0009_events", include_str!("migrations/0009_events.sql")),
    ("0010_lists", include_str!("migrations/0010_lists.sql")),
    ("0011_sign_ins", include_str!("migrations/0011_sign_ins.sql")),
    ("0012_requests", include_str!("migrations/0012_requests.sql")),
    ("0013_names", include_str!("migrations/0013_names.sql")),
    ("0014_expiry", include_str!("migrations/0014_expiry.sql")),
    ("0015_webhooks", include_str!("migrations/0015_webhooks.sql")),
    ("0016_queue", include_str!("migrations/0016_queue.sql")),
    ("0017_retries", include_str!("migrations/0017_retries.sql")),
    ("0018_watch_links", include_str!("migrations/0018_watch_links.sql")),
];

#[cfg(test)]
mod tests {
    use ffmpeg_cluster_common::cluster::change::Attempt;
    use ffmpeg_cluster_common::cluster::effect::Effects;
    use ffmpeg_cluster_common::cluster::{Cluster, Settings};
    use ffmpeg_cluster_common::io::database::migrate;
    use ffmpeg_cluster_common::media::plan::film::Film;
    use ffmpeg_cluster_common::media::plan::track::{Content, Cuts};
    use ffmpeg_cluster_common::protocol::command::JobState;
    use ffmpeg_cluster_common::time::{Millis, WallMillis};

    use rusqlite::Connection;

    use super::MIGRATIONS;
    use crate::store::catalog::{Catalog, Page, RequestKey, Sqlite};

    /// One for each migration: rows as they were written before the next one.
    const SAMPLES: &[&str] = &[
        include_str!("migrations/0001_first.sample.sql"),
        include_str!("migrations/0002_who.sample.sql"),
        include_str!("migrations/0003_owners.sample.sql"),
        include_str!("migrations/0004_strikes.sample.sql"),
        include_str!("migrations/0005_seats.sample.sql"),
        include_str!("migrations/0006_crashes.sample.sql"),
        include_str!("migrations/0007_audits.sample.sql"),
        include_str!("migrations/0008_tracks.sample.sql"),
        include_str!("migrations/0009_events.sample.sql"),
        include_str!("migrations/0010_lists.sample.sql"),
        include_str!("migrations/0011_sign_ins.sample.sql"),
        include_str!("migrations/0012_requests.sample.sql"),
        include_str!("migrations/0013_names.sample.sql"),
        include_str!("migrations/0014_expiry.sample.sql"),
        include_str!("migrations/0015_webhooks.sample.sql"),
        include_str!("migrations/0016_queue.sample.sql"),
        include_str!("migrations/0017_retries.sample.sql"),
        include_str!("migrations/0018_watch_links.sample.sql"),
    ];

    #[test]
    fn what_each_version_wrote_is_understood_today() {
        assert_eq!(SAMPLES.len(), MIGRATIONS.len(), "a migration without a sample");
        for (n, sample) in SAMPLES.iter().enumerate() {
            let path = std::env::temp_dir().join(format!("ffmpeg-cluster-{}.db", uuid::Uuid::new_v4()));
            let mut old = Connection::open(&path).unwrap();
            migrate(&mut old, &MIGRATIONS[..=n]).unwrap();
            old.execute_batch(sample).unwrap();
            drop(old);

            let mut catalog = Sqlite::open(&path).unwrap();
            let memory = catalog.load(WallMillis(1)).unwrap();
            assert_eq!(memory.boot, 2);
            let open: Vec<(&str, bool)> =
                memory.jobs.iter().map(|job| (job.job.as_str(), job.paused)).collect();
            // The second one was given a higher priority, and paused.
            let has_queue = MIGRATIONS[n].0 >= "0016";
            let wanted =
                if has_queue { [("j2", true), ("j1", false)] } else { [("j1", false), ("j2", false)] };
            assert_eq!(open, wanted, "sample {n}");
            assert!(memory.jobs[0].place < memory.jobs[1].place, "sample {n}");
            let job_named = |name: &str| memory.jobs.iter().find(|job| job.job.as_str() == name).unwrap();
            let job = job_named("j1");
            assert_eq!((job.pieces.len(), job.leases.len(), job.attempts.len()), (1, 1, 1), "sample {n}");
            let film = job.film.as_ref().unwrap();
            let told: Vec<_> = film.tracks.iter().map(|track| (track.content, track.units)).collect();
            assert_eq!(told, [(Content::Picture, 500), (Content::Sound, 1)], "sample {n}");
            assert_eq!(film.first().cuts, Cuts::Near(vec![0, 250]), "sample {n}");
            let segments = [job.pieces[0].segment, job.attempts[0].segment, job.leases[0].segment];
            let said = segments.map(|segment| film.name(segment));
            assert_eq!(said, ["frames 0..250", "frames 250..500", "the sound"], "sample {n}");
            assert_eq!(job_named("j2").crashes, u32::from(MIGRATIONS[n].0 >= "0006"), "sample {n}");
            assert_eq!((memory.names.len(), memory.speeds.len()), (1, 1), "sample {n}");
            let reads = catalog.reads().unwrap();
            assert_eq!(reads.uploads(&Page::first()).unwrap().len(), 1, "sample {n}");
            let tokens = (reads.valid_tokens(WallMillis(50)).unwrap().len(), reads.tokens().unwrap().len());
            assert_eq!(tokens, if n == 0 { (0, 0) } else { (1, 2) });
            let later = reads.valid_tokens(WallMillis(100)).unwrap().len();
            assert_eq!(later, usize::from(n > 0 && MIGRATIONS[n].0 < "0014"), "sample {n}");
            let signed_in = reads.sign_ins("0a1b2c3d").unwrap().len();
            assert_eq!(signed_in, usize::from(MIGRATIONS[n].0 >= "0011"), "sample {n}");
            let client = "c1".parse().unwrap();
            let claimed = catalog.claim_key(&client, "other", WallMillis(1)).unwrap();
            assert_eq!(claimed, n == 0, "the key of a client that is known is forgotten, sample {n}");
            assert_eq!(memory.strikes.len(), usize::from(MIGRATIONS[n].0 >= "0004"), "sample {n}");
            let of_job = memory.strikes.values().flatten().filter(|strike| strike.job.is_some()).count();
            assert_eq!(of_job, usize::from(MIGRATIONS[n].0 >= "0007"), "sample {n}");
            let days = reads.days(None, 0).unwrap();
            assert_eq!((days.len(), days[0].films, days[0].frames), (1, 1, 500), "sample {n}");
            let has_events = MIGRATIONS[n].0 >= "0009";
            assert_eq!(reads.events(0, 9).unwrap().len(), if has_events { 2 } else { 0 }, "sample {n}");
            let spans = reads.spans(&job.job).unwrap();
            let told = (spans.leases.len(), spans.server.len());
            assert_eq!(told, if has_events { (3, 1) } else { (0, 0) }, "sample {n}");
            let key = RequestKey { owner: "a1".into(), address: "POST /api/v1/jobs", key: "k".into() };
            let request = reads.request(&key, WallMillis(2_000)).unwrap();
            assert_eq!(request.is_some(), MIGRATIONS[n].0 >= "0012", "sample {n}");
            let named = reads.job(&job.job).unwrap().unwrap().named;
            let name = (MIGRATIONS[n].0 >= "0013").then_some("for the attic");
            assert_eq!((named.name.as_deref(), named.labels.len()), (name, name.iter().len()), "sample {n}");
            let retry = reads.job(&"j2".parse().unwrap()).unwrap().unwrap().retry_of;
            assert_eq!(retry.is_some(), MIGRATIONS[n].0 >= "0017", "sample {n}");
            let webhooks =
                (reads.webhooks().unwrap().len(), reads.deliveries("phone", &Page::first()).unwrap().len());
            assert_eq!(webhooks, if MIGRATIONS[n].0 >= "0015" { (1, 1) } else { (0, 0) }, "sample {n}");
            let watched = reads.watch_links(&"j3".parse().unwrap()).unwrap().len();
            assert_eq!(watched, usize::from(MIGRATIONS[n].0 >= "0018"), "sample {n}");
            std::fs::remove_file(path).unwrap();
        }
    }

    /// A real database: it kept the sound under the number that the first frame's piece would have today.
    #[test]
    fn a_job_that_an_older_server_left_half_made_goes_on() {
        let path = std::env::temp_dir().join(format!("ffmpeg-cluster-{}.db", uuid::Uuid::new_v4()));
        let mut old = Connection::open(&path).unwrap();
        migrate(&mut old, &MIGRATIONS[..7]).unwrap();
        old.execute_batch(include_str!("migrations/0007_audits.real.sql")).unwrap();
        drop(old);
        let memory = Sqlite::open(&path).unwrap().load(WallMillis(1)).unwrap();
        let settings = Settings {
            max_retries: 3,
            retry_delay: Millis(0),
            benchmark_secs: 10,
            audit_percent: 0,
            crashes_max: 2,
        };
        let mut out = Effects::default();
        let cluster = Cluster::restore(settings, memory, Millis(0), WallMillis(2), &mut out);
        cluster.check_all();
        let view = cluster.view(Millis(0)).jobs.into_values().next().unwrap();
        assert_eq!(
            (view.state, view.frames_total, view.frames_kept),
            (JobState::Processing, Some(3_000), 250)
        );
        let leased: Vec<&str> = view.leases.iter().map(|lease| lease.segment.as_str()).collect();
        assert_eq!(leased, ["frames 250..1250"], "neither is the sound encoded again");
        std::fs::remove_file(path).unwrap();
    }

    /// An older server's film and failed attempt, migrated to today's form.
    fn told_today(film: &str, attempt: (i64, &str)) -> (Film, Attempt) {
        let mut db = Connection::open_in_memory().unwrap();
        migrate(&mut db, &MIGRATIONS[..7]).unwrap();
        let sql = "INSERT INTO jobs (job_id, created_at_ms, file_name, output_name, state, spec, film) \
                   VALUES ('j', 1, 'a', 'b', 'Processing', '{}', ?1)";
        db.execute(sql, [film]).unwrap();
        let sql = "INSERT INTO attempts (job_id, frame_start, attempt) VALUES ('j', ?1, ?2)";
        db.execute(sql, attempt).unwrap();
        migrate(&mut db, MIGRATIONS).unwrap();
        let text = |sql: &str| db.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
        let film = serde_json::from_str(&text("SELECT film FROM jobs")).unwrap();
        let sql = "SELECT attempt FROM attempts WHERE track = json_extract(attempt, '$.segment.track') \
                   AND frame_start = json_extract(attempt, '$.segment.units.start')";
        (film, serde_json::from_str(&text(sql)).unwrap())
    }

    const FAILED: &str =
        r#""count":2,"failed_on":["c"],"fault":{"code":"encoder_failed","message":"it broke"}"#;

    #[test]
    fn a_film_in_one_piece_on_hardware_of_one_kind_is_still_that() {
        let film = r#"{"frames":99,"frame_rate":{"num":25,"den":1},"cuts":[0],"one_piece":"it's cut off",
            "one_kind":"ffmpeg 8 on linux","frames_own":true,"sound":true,"video_encoder":"libx264",
            "sound_encoders":["aac"],"kind":"k","hw":"prefer","hardware":[["nvenc","h264_nvenc"]],
            "indexed_by":"decoding"}"#;
        let sound = format!(r#"{{"share":null,{FAILED},"on_device":true}}"#);
        let (film, attempt) = told_today(film, (-1, &sound));
        let first = film.first();
        assert_eq!((first.units, first.whole(), first.frames_own), (99, Some("it's cut off"), true));
        assert_eq!(first.one_kind.as_deref(), Some("ffmpeg 8 on linux"));
        assert_eq!(first.all_encoders().collect::<Vec<_>>(), ["libx264", "h264_nvenc"]);
        assert_eq!(film.name(attempt.segment), "the sound");
        assert!(attempt.past.count == 2 && attempt.past.on_device, "{attempt:?}");
    }

    #[test]
    fn a_film_that_clients_list_is_still_to_list() {
        let film = r#"{"frames":900,"to_list":true,"frame_rate":{"num":25,"den":1},"cuts":[0,300],"one_piece":null,
            "sound":false,"video_encoder":"libx264","sound_encoders":[],"kind":"decoding","indexed_by":"clients"}"#;
        let part = format!(r#"{{"share":{{"start":300,"end":600}},{FAILED}}}"#);
        let (film, attempt) = told_today(film, (300, &part));
        assert!(film.is_to_list() && film.tracks.len() == 1, "{film:?}");
        assert_eq!(film.first().cuts, Cuts::Near(vec![0, 300]));
        assert_eq!(film.name(attempt.segment), "packets 300..600");
    }
}
