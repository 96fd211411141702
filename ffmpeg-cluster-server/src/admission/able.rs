//! What names and this server's ffmpeg allow, whatever the film.

use ffmpeg_cluster_common::media::params::Profile;
use ffmpeg_cluster_common::media::plan::carriage::Carriage;
use ffmpeg_cluster_common::media::proof::report::Verify;
use ffmpeg_cluster_common::media::source::Source;
use ffmpeg_cluster_common::media::words::container::Container;
use ffmpeg_cluster_common::protocol::command::ErrorCode;
use ffmpeg_cluster_common::text::file_name;

use super::Admission;
use super::refused::Refused;

/// Refuses to promise a decode of a result that the server's ffmpeg can't decode.
pub(super) fn can_be_verified(
    admission: &Admission,
    profile: &Profile,
    verify: Verify,
) -> Result<(), Refused> {
    if profile.copies_picture() && verify == Verify::Full {
        let message = "verify: full decodes pieces and result, and a copied picture has no pieces; every packet of it is compared with the source anyway; leave verify out";
        return Err(Refused::new(ErrorCode::InvalidRequest, message));
    }
    let blind = admission.runner.tools.capabilities.lacks_decoder("its pictures are", profile.video.codec());
    match blind.filter(|_| verify == Verify::Full) {
        Some(why) => {
            let message =
                format!("verify: full decodes the result, and can't: {why}; verify: fast needs none");
            Err(Refused::new(ErrorCode::InvalidRequest, message))
        }
        None => Ok(()),
    }
}

/// Says that a sound is to be encoded which the server's ffmpeg can't decode, if so.
pub(super) fn sound_without_decoder(
    admission: &Admission,
    source: &Source,
    carriage: &Carriage,
) -> Option<String> {
    let encoded = carriage.encoded_sounds();
    let mut streams = source.streams.iter().filter(|stream| encoded.contains(&stream.index));
    streams.find_map(|stream| {
        let what = format!("stream 0:{} is", stream.index);
        admission.runner.tools.capabilities.lacks_decoder(&what, &stream.codec)
    })
}

/// The container that the name of a result chooses.
pub(super) fn container(output_name: &str) -> Result<Container, Refused> {
    file_name::check(output_name)
        .map_err(|why| Refused::new(ErrorCode::InvalidName, format!("file_name_output: {why}")))?;
    Container::of_name(output_name).ok_or_else(|| {
        let message = format!("file_name_output {output_name:?}: {}", Container::unknown_suffix());
        Refused::new(ErrorCode::UnknownContainer, message)
    })
}
