//! Lists the numbered images in a folder, each with a tag that changes with the image.

use std::collections::BTreeMap;
use std::path::Path;

use ffmpeg_cluster_common::io::digest::Digester;
use ffmpeg_cluster_common::media::source::sequence::Pattern;

use crate::store::file_tag::etag;

#[derive(Debug, Default)]
pub(crate) struct Numbered {
    /// Keyed by the images' numbers.
    etags: BTreeMap<u64, String>,
    pub(crate) bytes: u64,
}

impl Numbered {
    /// Blocks the thread. The inner error names an entry that is called like an image but is no regular file, so that the film
    /// does not lack it silently.
    pub(crate) fn list(folder: &Path, pattern: &Pattern) -> std::io::Result<Result<Self, String>> {
        let mut all = Self::default();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(number) = name.to_str().and_then(|name| pattern.number(name)) else { continue };
            let about = entry.metadata()?;
            if !about.is_file() {
                return Ok(Err(pattern.name(number)));
            }
            all.bytes = all.bytes.saturating_add(about.len());
            all.etags.insert(number, etag(&about));
        }
        Ok(Ok(all))
    }

    pub(crate) fn numbers(&self) -> Vec<u64> {
        self.etags.keys().copied().collect()
    }

    pub(crate) fn etag(&self, number: u64) -> Option<&str> {
        self.etags.get(&number).map(String::as_str)
    }

    /// Changes if an image is added, changed or removed.
    pub(crate) fn mark(&self) -> String {
        let mut all = Digester::default();
        self.etags.iter().for_each(|(number, etag)| all.update(format!("{number} {etag}\n").as_bytes()));
        all.finish()
    }
}
