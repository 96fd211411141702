//! The whole folder: media segments, the lists that name them, and a digest of every file.

use std::path::Path;

use anyhow::{Context, anyhow};
use ffmpeg_cluster_common::fault::Fault;
use ffmpeg_cluster_common::io::{crash, digest};
use ffmpeg_cluster_common::media::params::ladder::config::Format;
use ffmpeg_cluster_common::media::proof::report::RenditionReport;
use ffmpeg_cluster_common::media::stream::lists::{ListFile, Stream};
use ffmpeg_cluster_common::media::stream::tracks::LadderPlan;
use ffmpeg_cluster_common::protocol::transfer::STREAM_SUMS;

use super::copied::{blocking, proving};
use super::texts::WrittenText;
use super::written::{Written, settle, write};
use super::{decoded, rungs, sounds, texts};
use crate::work::RunContext;
use crate::work::join_run::JoinRun;

/// A stream that is whole and proved.
pub(in crate::work) struct Finished {
    pub(in crate::work) renditions: Vec<RenditionReport>,
    /// Of all files.
    pub(in crate::work) bytes: u64,
    /// Of the file with the digests of all others.
    pub(in crate::work) sha256: String,
    pub(in crate::work) places_decoded: u64,
}

pub(in crate::work) async fn make(
    joining: &JoinRun<'_>,
    plan: &LadderPlan,
    folder: &Path,
    tell: &(dyn Fn(f32) + Sync),
) -> Result<Finished, Fault> {
    let context = joining.context;
    emptied(context, folder).await?;
    let mut written = rungs::pictures(joining, plan, folder, tell).await?;
    let places_decoded = decoded::places(joining, &written).await?;
    written.extend(sounds::sounds(joining, plan, folder).await?);
    let texts = texts::texts(joining, plan, folder).await?;
    let formats = context.spec.ladder.as_ref().map(|ladder| ladder.formats.clone()).unwrap_or_default();
    let to = folder.to_owned();
    let renditions = proving(context, move || {
        let renditions = written.iter().map(Written::rendition).collect();
        let subtitles = texts.iter().map(WrittenText::subtitles).collect();
        lists(&Stream { renditions, subtitles }, &formats, &to)
    });
    let renditions = renditions.await?;
    crash::point("server.stream.listed");
    let (from, _span) = (folder.to_owned(), context.hashing());
    let Sums { bytes, sha256 } = blocking(context, "taking digests of a stream", move || sums(&from)).await?;
    Ok(Finished { renditions, bytes, sha256, places_decoded })
}

/// A killed server may have left a part of it.
async fn emptied(context: &RunContext, folder: &Path) -> Result<(), Fault> {
    let folder = folder.to_owned();
    blocking(context, "making the folder of a stream", move || {
        if folder.exists() {
            std::fs::remove_dir_all(&folder).context("removing a half-made stream")?;
        }
        std::fs::create_dir_all(&folder).context("making it")
    })
    .await
}

/// Writes the lists and reads them again. Lists of media segments come before lists of lists.
fn lists(stream: &Stream<'_>, formats: &[Format], folder: &Path) -> anyhow::Result<Vec<RenditionReport>> {
    let is_wanted = |file: &ListFile| {
        let of = if file.path.ends_with(".mpd") { Format::Dash } else { Format::Hls };
        formats.contains(&of)
    };
    for ListFile { path, text } in stream.files().into_iter().filter(is_wanted) {
        write(&folder.join(&path), text.as_bytes())?;
        let text = std::fs::read_to_string(folder.join(&path)).with_context(|| path.clone())?;
        stream.check(&ListFile { path, text }).map_err(|why| anyhow!(why))?;
    }
    let texts = stream.subtitles.iter().map(|subtitles| subtitles.report());
    Ok(stream.renditions.iter().map(|rendition| rendition.report()).chain(texts).collect())
}

struct Sums {
    bytes: u64,
    sha256: String,
}

/// Writes a line for each file, as sha256sum does, and makes all names durable.
fn sums(folder: &Path) -> anyhow::Result<Sums> {
    let (mut text, mut total) = (String::new(), 0);
    for path in settle(folder)? {
        let (bytes, sha256) = digest::of_file(&folder.join(&path)).context("reading a file of the stream")?;
        total += bytes;
        text += &format!("{sha256}  {}\n", slashed(&path));
    }
    write(&folder.join(STREAM_SUMS), text.as_bytes())?;
    ffmpeg_cluster_common::io::durable::sync_folder(folder)?;
    Ok(Sums { bytes: total + text.len() as u64, sha256: digest::of_bytes(text.as_bytes()) })
}

/// The path as it stands in an address.
fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn paths_are_told_as_addresses() {
        assert_eq!(slashed(&PathBuf::from("v").join("720p").join("00000.m4s")), "v/720p/00000.m4s");
    }
}
