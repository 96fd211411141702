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
    name: Name,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Name {
    /// Of `--output`.
    Given(String),
    /// That of the job, which its submitter chose.
    OfJob,
    /// That of the film, with the suffix of the result.
    OfFilm,
    /// Who made the job is not known: its name, unless nobody can have chosen that.
    Usual,
}

/// The server's own name for results begins so.
const USUAL: &str = "output.";

impl Place {
    /// A result goes into an existing folder under its own name; any other path is that of the result.
    pub(crate) fn new(output: Option<PathBuf>) -> anyhow::Result<Self> {
        let Some(output) = output else { return Ok(Self { folder: PathBuf::new(), name: Name::Usual }) };
        if output.is_dir() {
            return Ok(Self { folder: output, name: Name::Usual });
        }
        let shown = output.display();
        let folder = output.parent().unwrap_or(Path::new("")).to_owned();
        let here = folder.as_os_str().is_empty() || folder.is_dir();
        if !here || output.as_os_str().to_string_lossy().ends_with(std::path::is_separator) {
            bail!("--output {shown}: there is no such folder");
        }
        let name = output.file_name().and_then(|name| name.to_str());
        let name = name.with_context(|| format!("--output {shown}: is not a file name"))?.to_owned();
        Ok(Self { folder, name: Name::Given(name) })
    }

    pub(crate) fn takes_several(&self) -> bool {
        !matches!(self.name, Name::Given(_))
    }

    /// `--output film.mkv` alone means Matroska, too. Checked before an upload; otherwise a result could be called
    /// proved under the name of another container.
    pub(crate) fn name_job(&mut self, mut config: JobConfig) -> anyhow::Result<JobConfig> {
        if config.products.is_some() {
            return Ok(config);
        }
        let asked = config.file_name_output.as_deref();
        let asked = asked.map(|asked| container_of("--file-name-output", asked).map(|kind| (asked, kind)));
        let asked = asked.transpose()?;
        let Name::Given(name) = &self.name else {
            self.name = if asked.is_some() { Name::OfJob } else { Name::OfFilm };
            return Ok(config);
        };
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
    pub(super) fn path(&self, film: &str, output_name: &str) -> anyhow::Result<PathBuf> {
        let name = match &self.name {
            Name::Given(name) => return self.given(name, output_name),
            Name::OfFilm => after(film, output_name),
            Name::Usual if output_name.starts_with(USUAL) => after(film, output_name),
            Name::OfJob | Name::Usual => None,
        };
        let name = name.unwrap_or_else(|| output_name.to_owned());
        if let Err(why) = file_name::check(&name) {
            bail!("the server names the result {name:?}: {why}; --output gives another");
        }
        Ok(self.folder.join(name))
    }

    /// The folder of a stream: as it was named, or as its film.
    pub(super) fn folder(&self, film: &str) -> PathBuf {
        let stem = Path::new(film).file_stem().and_then(|stem| stem.to_str());
        let of_film = stem.filter(|stem| file_name::check(stem).is_ok()).unwrap_or("stream");
        self.folder.join(match &self.name {
            Name::Given(name) => name,
            Name::OfJob | Name::OfFilm | Name::Usual => of_film,
        })
    }

    fn given(&self, name: &str, output_name: &str) -> anyhow::Result<PathBuf> {
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

/// `film.mp4` after `film.mkv`. None where the film has no name that a file can have.
fn after(film: &str, output_name: &str) -> Option<String> {
    let stem = Path::new(film).file_stem()?.to_str()?;
    let name = format!("{stem}.{}", Path::new(output_name).extension()?.to_str()?);
    file_name::check(&name).is_ok().then_some(name)
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
