//! What tests of several rooms begin with.

use ffmpeg_cluster_common::cluster::event::{JobSpec, LOCAL, SourceAt};
use ffmpeg_cluster_common::media::params;
use ffmpeg_cluster_common::media::words::container::Container;

/// A job that nothing is special about. Each test says of it what matters there.
pub(crate) fn spec() -> JobSpec {
    let words = params::words("-c:v libx264").expect("words");
    JobSpec {
        source: SourceAt::LocalFile("/no/such/film.mkv".into()),
        file_name: "film.mkv".into(),
        output_name: "o.mp4".into(),
        profile: params::parse(&words, Container::Mp4).expect("a good line"),
        params_text: "-c:v libx264".into(),
        required_clients: 1,
        exactly: true,
        care: Default::default(),
        hw: Default::default(),
        owner: LOCAL.into(),
    }
}
