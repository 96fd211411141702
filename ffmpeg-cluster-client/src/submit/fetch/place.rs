//! Where a result goes. The name that a person gives chooses the container, or is refused.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use ffmpeg_cluster_common::media::words::container::Container;
use ffmpeg_cluster_common::protocol::command::JobConfig;
use ffmpeg_cluster_common::text::file_name;

/// Where a result goes. It is made before hours of work, so that a missing folder is reported at once.
#[derive(Debug)]
pub(crate) struct Place {
    folder: PathBuf,
    name: Option<String>,
}

impl Place {
    /// A result goes into an existing folder under its own name; any other path is that of the result.
    pub(crate) fn new(output: Option<PathBuf>) -> anyhow::Result<Self> {
        let Some(output) = output else { return Ok(Self { folder: PathBuf::new(), name: None }) };
        if output.is_dir() {
            return Ok(Self { folder: output, name: None });
        }
        let shown = output.display();
        let folder = output.parent().unwrap_or(Path::new("")).to_owned();
        let here = folder.as_os_str().is_empty() || folder.is_dir();
        if !here || output.as_os_str().to_string_lossy().ends_with(std::path::is_separator) {
            bail!("--output {shown}: there is no such folder");
        }
        let name = output.file_name().and_then(|name| name.to_str());
        let name = name.with_context(|| format!("--output {shown}: is not a file name"))?.to_owned();
        Ok(Self { folder, name: Some(name) })
    }

    /// `--output film.mkv` alone means Matroska, too. Checked before an upload; otherwise a result could be called
    /// proved under the name of another container.
    pub(crate) fn name_job(&self, mut config: JobConfig) -> anyhow::Result<JobConfig> {
        let asked = config.file_name_output.as_deref();
        let asked = asked.map(|asked| container_of("--file-name-output", asked).map(|kind| (asked, kind)));
        let asked = asked.transpose()?;
        let Some(name) = &self.name else { return Ok(config) };
        let container = container_of("--output", name)?;
        match asked {
            Some((_, other)) if other == container => {}
            Some((asked, other)) => bail!(
                "--output {name} asks for {} and --file-name-output {asked} for {}; the suffix chooses the container, \
                 so give both the same one, or leave out --file-name-output",
                container.title(),
                other.title()
            ),
            None if file_name::check(name).is_ok() => config.file_name_output = Some(name.clone()),
            // A name that only this system accepts does not rule out its container.
            None => config.file_name_output = Some(format!("output.{}", container.suffixes()[0])),
        }
        Ok(config)
    }

    /// The server's name must not lead into another folder, and ours must fit the container.
    pub(super) fn path(&self, output_name: &str) -> anyhow::Result<PathBuf> {
        let Some(name) = &self.name else {
            if let Err(why) = file_name::check(output_name) {
                bail!("the server names the result {output_name:?}: {why}; --output gives another");
            }
            return Ok(self.folder.join(output_name));
        };
        if !is_alike(name, output_name) {
            let is = Container::of_name(output_name).map_or("another container", Container::title);
            let suffix = output_name.rsplit('.').next().unwrap_or_default();
            bail!(
                "--output {name}: the result is {is}, and its name must say so: give a name that ends in .{suffix}, \
                 or submit the film again under the name you want"
            );
        }
        Ok(self.folder.join(name))
    }
}

fn container_of(flag: &str, name: &str) -> anyhow::Result<Container> {
    Container::of_name(name).with_context(|| format!("{flag} {name}: {}", Container::unknown_suffix()))
}

/// Whether both suffixes mean the same container; an unknown suffix means only itself.
fn is_alike(name: &str, other: &str) -> bool {
    match (Container::of_name(name), Container::of_name(other)) {
        (None, None) => {
            let suffix = |name: &str| name.rsplit_once('.').map(|(_, suffix)| suffix.to_ascii_lowercase());
            suffix(name) == suffix(other)
        }
        (one, other) => one == other,
    }
}
