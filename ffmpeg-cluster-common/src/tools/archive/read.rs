//! One entry point for both kinds of archive.

use std::io::{Read, Seek};

use super::taking::{Sink, Taking};
use super::{Bounds, Pack, Refusal, Wanted, tarred, zipped};

/// Takes the wanted files, in the archive's own order.
/// After a refusal the caller removes what was already written.
pub fn take(
    archive: impl Read + Seek,
    pack: Pack,
    wanted: &[Wanted],
    bounds: &Bounds,
    sink: &mut Sink<'_>,
) -> Result<(), Refusal> {
    let mut taking = Taking::new(wanted, bounds, sink);
    match pack {
        Pack::Plain => return Err(Refusal::Broken("it is not an archive".into())),
        Pack::Zip => zipped::take(archive, &mut taking)?,
        Pack::TarXz => tarred::take(archive, &mut taking)?,
    }
    taking.finish()
}
