//! What a run must be told besides where its encoder is a device: which one, and how pictures come to it.

use crate::media::command::Line;
use crate::media::params::VideoProfile;
use crate::media::words::device::{Device, Method};

/// What most devices want to be given, where the profile says nothing.
const USUAL: &str = "nv12";

/// Before all inputs: the device is opened, and filters may bring pictures to it.
pub(super) fn opened(device: Option<&Device>) -> Line {
    let mut line = Line::default();
    let Some(device) = device else { return line };
    let spot = |before: &str| device.spot().map(|spot| format!("{before}{spot}")).unwrap_or_default();
    match device.method {
        Method::Vaapi => {
            line.option("-init_hw_device", format!("vaapi=hw{}", spot(":"))).say("-filter_hw_device hw")
        }
        Method::Qsv => line.option("-init_hw_device", format!("qsv=hw{}", spot(",child_device="))),
        Method::Nvenc | Method::Amf | Method::Videotoolbox => &mut line,
    };
    line
}

/// The last filters.
pub(super) fn brought(chain: String, device: Option<&Device>, profile: &VideoProfile) -> String {
    let Some(device) = device else { return chain };
    let format = profile.option("pix_fmt");
    let upload = if device.method == Method::Vaapi { ",hwupload" } else { "" };
    match format.or((!upload.is_empty()).then_some(USUAL)) {
        Some(format) => format!("{chain},format={format}{upload}"),
        None => chain,
    }
}

/// Options of the encoder.
pub(super) fn say_chosen(line: &mut Line, device: Option<&Device>) {
    if let Some(gpu) = device.filter(|device| device.method == Method::Nvenc).and_then(Device::spot) {
        line.option("-gpu", gpu);
    }
}

/// The format is brought about by a filter: afterwards pictures may be the device's own.
pub(super) fn is_brought_about(name: &str, device: Option<&Device>) -> bool {
    device.is_some() && name == "pix_fmt"
}
