//! One file over a line that does all that lines do, with limits of moments.

use std::path::PathBuf;
use std::time::Duration;

use ffmpeg_cluster_common::io::digest;
use ffmpeg_cluster_common::io::tools::fetch::{self, Limits};
use ffmpeg_cluster_common::time::Millis;
use ffmpeg_cluster_common::tools::archive::Pack;
use ffmpeg_cluster_common::tools::builds::Planned;
use harness::mirror::{Manner, Mirror};
use harness::scratch::Scratch;

const NAME: &str = "ffmpeg";
const LENGTH: usize = 300_000;

fn bytes() -> Vec<u8> {
    (0..LENGTH as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

struct Case {
    mirror: Mirror,
    scratch: Scratch,
    planned: Planned,
    limits: Limits,
}

impl Case {
    fn new() -> Self {
        let mirror = Mirror::new();
        mirror.has(NAME, bytes());
        let planned = Planned {
            from: format!("{}/some/where/{NAME}", mirror.url()),
            name: NAME.into(),
            bytes: Some(LENGTH as u64),
            sha256: digest::of_bytes(&bytes()),
            pack: Pack::Plain,
            takes: Vec::new(),
        };
        let limits = Limits {
            idle: Duration::from_millis(300),
            attempts: 3,
            first_delay: Millis(1),
            delay_max: Millis(5),
            ..Limits::default()
        };
        Self { mirror, scratch: Scratch::new(), planned, limits }
    }
    fn that(self, manners: impl IntoIterator<Item = Manner>) -> Self {
        manners.into_iter().for_each(|manner| self.mirror.will(NAME, manner));
        self
    }
    fn of_unknown_length(mut self) -> Self {
        self.planned.bytes = None;
        self
    }
    fn part(&self) -> PathBuf {
        self.scratch.path().join("x.part")
    }
    async fn fetch(&self) -> Result<(), String> {
        let fetched = fetch::file(&self.planned, &self.part(), &self.limits, &mut |_, _| {}).await;
        fetched.map_err(|error| format!("{error:#}"))
    }
    async fn good(&self) {
        self.fetch().await.unwrap();
        assert_eq!(std::fs::read(self.part()).unwrap(), bytes());
    }
    async fn refused(&self, says: &str) {
        let told = self.fetch().await.unwrap_err();
        assert!(told.contains(says), "{told}");
    }
    /// First byte asked for and bytes sent, of each request.
    fn asked(&self) -> Vec<(usize, usize)> {
        self.mirror.asked_for(NAME)
    }
}

#[tokio::test]
async fn a_good_line_brings_the_file_in_one_go() {
    let case = Case::new();
    let mut told = Vec::new();
    fetch::file(&case.planned, &case.part(), &case.limits, &mut |at, of| told.push((at, of))).await.unwrap();
    assert_eq!(case.asked(), [(0, LENGTH)]);
    assert_eq!(
        (told[0], told.last()),
        ((0, Some(LENGTH as u64)), Some(&(LENGTH as u64, Some(LENGTH as u64))))
    );
    // What is here already is not asked for again.
    case.good().await;
    assert_eq!(case.asked().len(), 1);
}

#[tokio::test]
async fn a_line_that_breaks_is_gone_on_with_and_no_byte_comes_twice() {
    for case in [Case::new(), Case::new().of_unknown_length()] {
        let case = case.that([Manner::Cut(100_000), Manner::Cut(50_000), Manner::Status(503)]);
        case.good().await;
        assert_eq!(case.asked(), [(0, 100_000), (100_000, 50_000), (150_000, 0), (150_000, 150_000)]);
    }
}

#[tokio::test]
async fn a_line_that_goes_silent_is_given_up_and_tried_again() {
    let case = Case::new().that([Manner::Stall(100_000)]);
    case.good().await;
    assert_eq!(case.asked(), [(0, 100_000), (100_000, 200_000)]);
    let case = Case::new().that([Manner::Stall(0), Manner::Stall(0), Manner::Stall(0)]);
    case.refused("gave up after 3 attempts").await;
}

#[tokio::test]
async fn a_whole_limit_ends_what_never_ends() {
    let mut case = Case::new().that([Manner::Stall(10)]);
    (case.limits.idle, case.limits.whole) = (Duration::from_secs(60), Duration::from_millis(300));
    case.refused("did not arrive within").await;
    assert_eq!(std::fs::metadata(case.part()).unwrap().len(), 10, "what came is kept");
}

#[tokio::test]
async fn a_server_in_trouble_is_asked_again_and_one_that_has_it_not_is_not() {
    Case::new().that([Manner::Status(500), Manner::Status(429)]).good().await;
    let case = Case::new().that(std::iter::repeat_n(Manner::Status(500), 3));
    case.refused("500").await;
    for status in [404, 403, 410, 204] {
        let case = Case::new().that([Manner::Status(status)]);
        case.refused(&status.to_string()).await;
        assert_eq!(case.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_body_without_end_is_left_where_the_file_would_end() {
    for mut case in [Case::new(), Case::new().of_unknown_length()] {
        case.limits.bytes_max = LENGTH as u64;
        let case = case.that([Manner::Endless]);
        case.refused("has more than 300000 bytes").await;
        assert!(!case.part().exists());
    }
}

#[tokio::test]
async fn a_length_that_is_not_the_files_is_refused_before_a_byte_is_taken() {
    let case = Case::new().that([Manner::Lie(1)]);
    case.refused("300001 bytes at 127.0.0.1, not 300000").await;
    assert!(!case.part().exists());
}

#[tokio::test]
async fn a_length_that_is_never_reached_counts_as_a_broken_line() {
    let case = Case::new().of_unknown_length().that(std::iter::repeat_n(Manner::Lie(7), 9));
    // The whole file is there after the first, and the next says so.
    case.good().await;
    assert_eq!(case.asked(), [(0, LENGTH), (LENGTH, 0)]);
}

#[tokio::test]
async fn other_bytes_are_removed_unopened() {
    let case = Case::new();
    let mut others = bytes();
    others[150_000] ^= 1;
    case.mirror.has(NAME, others);
    case.refused("is not the expected file").await;
    assert!(!case.part().exists());
}

#[tokio::test]
async fn a_part_of_something_else_costs_one_more_fetch_and_no_more() {
    let case = Case::new();
    std::fs::write(case.part(), vec![1; 1_000]).unwrap();
    case.good().await;
    assert_eq!(case.asked(), [(1_000, LENGTH - 1_000), (0, LENGTH)]);
    // Longer than the file can be.
    std::fs::write(case.part(), vec![1; LENGTH + 1]).unwrap();
    case.good().await;
}

#[tokio::test]
async fn a_file_that_changed_meanwhile_is_fetched_from_its_beginning() {
    let mut case = Case::new().that([Manner::Cut(100_000)]);
    case.limits.attempts = 1;
    case.refused("gave up").await;
    // The same file once more, but another one lay there when the first bytes came.
    std::fs::write(fetch::tag(&case.part()), "\"another\"").unwrap();
    case.good().await;
    assert_eq!(case.asked()[1], (100_000, LENGTH));
}

#[tokio::test]
async fn a_server_that_knows_no_ranges_gives_the_whole() {
    let case = Case::new().that([Manner::Cut(100_000), Manner::Whole]);
    case.good().await;
    assert_eq!(case.asked(), [(0, 100_000), (100_000, LENGTH)]);
}

#[tokio::test]
async fn redirects_are_followed_to_a_bound_and_not_to_everywhere() {
    let case = Case::new();
    case.mirror.will(NAME, Manner::Redirect(format!("{}/else/{NAME}", case.mirror.url())));
    case.good().await;
    for there in ["ftp://127.0.0.1/ffmpeg", "file:///etc/passwd"] {
        let case = Case::new().that([Manner::Redirect(there.into())]);
        case.refused("which is not followed").await;
        assert_eq!(case.asked().len(), 1);
    }
    let case = Case::new();
    let round = Manner::Redirect(case.planned.from.clone());
    let case = case.that(std::iter::repeat_n(round, 20));
    case.refused("do not end").await;
    assert!(case.asked().len() < 10);
}

#[tokio::test]
async fn without_a_network_it_ends_soon_and_says_why() {
    let mut case = Case::new();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    case.planned.from = format!("http://{nobody}/{NAME}");
    case.refused("gave up after 3 attempts: fetching ffmpeg").await;
}

#[tokio::test]
async fn a_folder_is_as_good_as_a_server() {
    let mut case = Case::new();
    let file = case.scratch.path().join(NAME);
    case.planned.from = file.display().to_string();
    case.refused("does not exist").await;
    std::fs::write(&file, &bytes()[1..]).unwrap();
    case.refused("is not the expected file").await;
    let mut others = bytes();
    others[7] ^= 1;
    std::fs::write(&file, others).unwrap();
    case.refused("SHA-256").await;
    std::fs::write(&file, bytes()).unwrap();
    case.good().await;
}
