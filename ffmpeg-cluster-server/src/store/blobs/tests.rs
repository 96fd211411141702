//! What every keeper of blobs promises. `promises!` makes a test of each for one of them.

use std::io::ErrorKind;

use bytes::Bytes;
use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

/// Each with its test. One that stands in no list is unused code, which the lints refuse.
macro_rules! promises {
    ($fresh:expr) => {
        promises! { $fresh;
            nothing_is_there_before_it_was_begun,
            what_was_begun_is_there_and_empty,
            what_is_begun_again_is_empty_again,
            bytes_are_added_where_it_ends_and_nowhere_else,
            a_stream_goes_on_where_it_ends,
            what_is_published_is_whole_and_has_one_name,
            what_is_published_takes_the_place_of_what_was_there,
            a_stream_takes_the_place_of_another_whole,
            all_kinds_of_blobs_lie_apart,
            what_was_removed_is_gone_and_nothing_else,
            each_is_told_in_its_place,
            one_writes_or_many_read,
            a_turn_lasts_until_all_is_written
        }
    };
    ($fresh:expr; $($name:ident),+) => {
        $(#[tokio::test]
        async fn $name() {
            let fresh = $fresh;
            super::$name(&fresh.blobs).await;
        })+
    };
}

mod on_disk {
    use super::*;

    struct Scratch {
        blobs: Blobs,
    }

    impl Scratch {
        fn new() -> Self {
            let root = std::env::temp_dir().join(format!("ffmpeg-cluster-{}", uuid::Uuid::new_v4()));
            let folders = Folders::new(&root).unwrap();
            Self { blobs: Blobs::new(Arc::new(folders), Background::default()) }
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(self.blobs.folders.root());
        }
    }

    promises!(Scratch::new());
}

fn upload(name: &str) -> Blob {
    Blob::Upload(name.parse().unwrap())
}

/// One of each kind.
fn all() -> [Blob; 6] {
    let (job, lease) = ("j1".parse::<JobId>().unwrap(), LeaseId { boot: 1, seq: 2 });
    [
        upload("j1"),
        Blob::Arriving(job.clone(), lease),
        Blob::Piece(job.clone(), lease),
        Blob::Joining(job.clone(), "o.mp4".into()),
        Blob::Result(job.clone(), "o.mp4".into()),
        Blob::OfStream(job, StreamFile::read("v/720p/init.mp4").unwrap()),
    ]
}

async fn append(blobs: &Blobs, blob: &Blob, offset: u64, bytes: &'static str) -> Appended {
    blobs.alone(blob.clone()).await.append(offset, Bytes::from(bytes)).await.unwrap()
}

async fn read(blobs: &Blobs, blob: &Blob) -> String {
    let mut text = String::new();
    blobs.open(blob).await.unwrap().read_to_string(&mut text).await.unwrap();
    text
}

async fn nothing_is_there_before_it_was_begun(blobs: &Blobs) {
    for blob in all() {
        assert_eq!(blobs.length(&blob).await, 0);
        assert_eq!(blobs.about(std::slice::from_ref(&blob)).await.unwrap(), [None]);
        assert_eq!(blobs.open(&blob).await.unwrap_err().kind(), ErrorKind::NotFound);
        blobs.remove(&blob).await.unwrap();
        let elsewhere = all().into_iter().find(|other| *other != blob).unwrap();
        blobs.publish(&blob, &elsewhere, &[]).await.unwrap_err();
    }
}

async fn what_was_begun_is_there_and_empty(blobs: &Blobs) {
    for blob in all() {
        blobs.begin(&blob).await.unwrap();
        let about = blobs.about(std::slice::from_ref(&blob)).await.unwrap();
        assert_eq!(about[0].map(|about| about.bytes), Some(0));
        assert!(about[0].unwrap().written_at.0 > 0);
        assert_eq!(read(blobs, &blob).await, "");
    }
}

async fn what_is_begun_again_is_empty_again(blobs: &Blobs) {
    append(blobs, &upload("u"), 0, "abc").await;
    blobs.begin(&upload("u")).await.unwrap();
    assert_eq!(blobs.length(&upload("u")).await, 0);
}

async fn bytes_are_added_where_it_ends_and_nowhere_else(blobs: &Blobs) {
    for blob in all() {
        assert_eq!(append(blobs, &blob, 3, "abc").await, Appended::Elsewhere(0));
        assert_eq!(append(blobs, &blob, 0, "abc").await, Appended::At(3));
        assert_eq!(append(blobs, &blob, 0, "abc").await, Appended::Elsewhere(3), "a repeat adds nothing");
        assert_eq!(append(blobs, &blob, 7, "abc").await, Appended::Elsewhere(3));
        assert_eq!(append(blobs, &blob, 3, "de").await, Appended::At(5));
        assert_eq!(append(blobs, &blob, 5, "").await, Appended::At(5));
        assert_eq!(read(blobs, &blob).await, "abcde");
    }
}

async fn a_stream_goes_on_where_it_ends(blobs: &Blobs) {
    append(blobs, &upload("u"), 0, "abc").await;
    let ours = blobs.alone(upload("u")).await;
    assert_eq!(ours.open_at(2).await.unwrap().unwrap_err(), 3);
    let mut file = ours.open_at(3).await.unwrap().unwrap();
    file.write_all(b"de").await.unwrap();
    file.flush().await.unwrap();
    assert_eq!(blobs.length(&upload("u")).await, 5);
    assert_eq!(read(blobs, &upload("u")).await, "abcde");
}

async fn what_is_published_is_whole_and_has_one_name(blobs: &Blobs) {
    let [_, arriving, piece, joining, result, _] = all();
    for (from, to) in [(arriving, piece), (joining, result)] {
        append(blobs, &from, 0, "abc").await;
        blobs.publish(&from, &to, &[]).await.unwrap();
        assert_eq!((blobs.length(&from).await, read(blobs, &to).await.as_str()), (0, "abc"));
        blobs.publish(&from, &to, &[]).await.unwrap_err();
        assert_eq!(read(blobs, &to).await, "abc", "what can't be published leaves what is there");
    }
}

async fn what_is_published_takes_the_place_of_what_was_there(blobs: &Blobs) {
    let [_, arriving, piece, ..] = all();
    append(blobs, &piece, 0, "long before").await;
    append(blobs, &arriving, 0, "new").await;
    blobs.publish(&arriving, &piece, &[]).await.unwrap();
    assert_eq!(read(blobs, &piece).await, "new");
}

async fn a_stream_takes_the_place_of_another_whole(blobs: &Blobs) {
    let job = "j2".parse::<JobId>().unwrap();
    let (half, whole) = (Blob::Joining(job.clone(), STREAM.into()), Blob::Result(job.clone(), STREAM.into()));
    for file in ["first.m3u8", "v/second.m4s"] {
        let path = blobs.path(&half).join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, file).unwrap();
        blobs.publish(&half, &whole, &[]).await.unwrap();
    }
    let of = |file: &str| Blob::OfStream(job.clone(), StreamFile::read(file).unwrap());
    assert_eq!(read(blobs, &of("v/second.m4s")).await, "v/second.m4s");
    assert!(blobs.open(&of("first.m3u8")).await.is_err(), "of the one before");
    blobs.remove(&whole).await.unwrap();
    assert!(!blobs.path(&whole).parent().unwrap().exists());
}

async fn all_kinds_of_blobs_lie_apart(blobs: &Blobs) {
    let texts = ["0", "1", "2", "3", "4", "5"];
    for (blob, text) in all().iter().zip(texts) {
        append(blobs, blob, 0, text).await;
    }
    for (blob, text) in all().iter().zip(texts) {
        assert_eq!(read(blobs, blob).await, text, "{blob:?}");
    }
}

async fn what_was_removed_is_gone_and_nothing_else(blobs: &Blobs) {
    for blob in all() {
        append(blobs, &blob, 0, "abc").await;
    }
    for (n, blob) in all().iter().enumerate().rev() {
        blobs.alone_now(blob.clone()).unwrap().remove().await.unwrap();
        blobs.remove(blob).await.unwrap();
        let left = blobs.about(&all()).await.unwrap();
        assert_eq!(left.iter().flatten().count(), n, "{blob:?}");
    }
}

async fn each_is_told_in_its_place(blobs: &Blobs) {
    append(blobs, &upload("a"), 0, "abc").await;
    append(blobs, &upload("c"), 0, "abcde").await;
    let about = blobs.about(&["a", "b", "c"].map(upload)).await.unwrap();
    let bytes: Vec<_> = about.iter().map(|about| about.map(|about| about.bytes)).collect();
    assert_eq!(bytes, [Some(3), None, Some(5)]);
}

async fn one_writes_or_many_read(blobs: &Blobs) {
    let readers = (blobs.reading(&upload("a")).await, blobs.reading(&upload("a")).await);
    assert!(blobs.alone_now(upload("a")).is_none() && blobs.alone_now(upload("b")).is_some());
    drop(readers);
    let ours = blobs.alone_now(upload("a")).expect("nobody reads any more");
    assert!(blobs.alone_now(upload("a")).is_none());
    drop(ours);
    drop(blobs.alone(upload("a")).await);
}

async fn a_turn_lasts_until_all_is_written(blobs: &Blobs) {
    for n in 0..20 {
        let ours = blobs.alone(upload("a")).await;
        let bytes = Bytes::from(vec![b'x'; 1 << 20]);
        // Whoever sent it is gone, and it goes on.
        drop(ours.append(n << 20, bytes).now_or_never());
        let _next = blobs.alone(upload("a")).await;
        assert_eq!(blobs.length(&upload("a")).await, (n + 1) << 20);
    }
}
