//! Links to streams.

use ffmpeg_cluster_common::access::role::Role;
use ffmpeg_cluster_common::cluster::event::LOCAL;
use ffmpeg_cluster_common::time::WallMillis;

use super::Fresh;
use super::samples::{completed, id, job};
use crate::store::catalog::{Catalog, TokenRow, WatchLinkRow};

fn with_jobs(place: &dyn Fresh) -> Box<dyn Catalog> {
    let mut catalog = place.open();
    let jobs = ["j1", "j2"].map(|name| [job(name), completed(name, 1, 9)]);
    catalog.commit(&jobs.concat()).unwrap();
    catalog
}

fn link(hash: &str, job: &str, expires: u64) -> WatchLinkRow {
    let (created_at, expires_at) = (WallMillis(10), WallMillis(expires));
    WatchLinkRow { hash: hash.into(), job: id(job), made_by: LOCAL.into(), created_at, expires_at }
}

pub(crate) fn a_link_is_found_until_it_is_ended(place: &dyn Fresh) {
    let mut catalog = with_jobs(place);
    let reads = catalog.reads().unwrap();
    for one in [link("a", "j1", 50), link("b", "j1", 60), link("c", "j2", 50)] {
        assert!(catalog.add_watch_link(&one, 9).unwrap());
    }
    assert_eq!(reads.watch_link("b").unwrap(), Some(link("b", "j1", 60)));
    assert_eq!(reads.watch_links(&id("j1")).unwrap(), [link("a", "j1", 50), link("b", "j1", 60)]);
    assert!(catalog.end_watch_link("b").unwrap());
    assert!(!catalog.end_watch_link("b").unwrap(), "it was ended before");
    assert_eq!(reads.watch_link("b").unwrap(), None);
    assert_eq!(reads.watch_links(&id("j1")).unwrap(), [link("a", "j1", 50)]);
}

pub(crate) fn a_job_has_so_many_links_that_work(place: &dyn Fresh) {
    let mut catalog = with_jobs(place);
    assert!(catalog.add_watch_link(&link("a", "j1", 20), 1).unwrap());
    assert!(!catalog.add_watch_link(&link("b", "j1", 90), 1).unwrap(), "one too many");
    assert!(catalog.add_watch_link(&link("c", "j2", 90), 1).unwrap(), "another job");
    let later = WatchLinkRow { created_at: WallMillis(20), ..link("d", "j1", 90) };
    assert!(catalog.add_watch_link(&later, 1).unwrap(), "the first has expired");
    let reads = catalog.reads().unwrap();
    assert_eq!((reads.watch_link("a").unwrap(), reads.watch_link("b").unwrap()), (None, None));
}

pub(crate) fn a_link_goes_with_its_job_and_with_the_token_that_made_it(place: &dyn Fresh) {
    let mut catalog = with_jobs(place);
    let token = TokenRow {
        id: "0a".into(),
        role: Role::Submitter,
        name: String::new(),
        hash: "x".into(),
        created_at: WallMillis(1),
        revoked_at: None,
        expires_at: None,
        used_at: None,
    };
    catalog.add_token(&token).unwrap();
    let by_token = WatchLinkRow { made_by: "0a".into(), ..link("a", "j1", 50) };
    for one in [&by_token, &link("b", "j1", 50), &link("c", "j2", 50)] {
        assert!(catalog.add_watch_link(one, 9).unwrap());
    }
    assert!(catalog.revoke_token("0a", WallMillis(11)).unwrap());
    let reads = catalog.reads().unwrap();
    assert_eq!(reads.watch_links(&id("j1")).unwrap(), [link("b", "j1", 50)]);
    catalog.forget_job(&id("j2"), false, WallMillis(12)).unwrap().unwrap();
    assert_eq!(reads.watch_link("c").unwrap(), None);
}
