//! Additional arguments for a hardware encoder: which device it uses, and how pictures reach it.

use crate::media::command::Line;
use crate::media::params::VideoProfile;
use crate::media::words::device::{Device, Method};

/// The pixel format of most devices, if the profile names none.
const USUAL: &str = "nv12";

/// Arguments before all inputs, which open the device and give it to filters.
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

/// Appends the filters that upload pictures to the device.
pub(super) fn brought(chain: String, device: Option<&Device>, profile: &VideoProfile) -> String {
    let Some(device) = device else { return chain };
    let format = profile.option("pix_fmt");
    let upload = if device.method == Method::Vaapi { ",hwupload" } else { "" };
    match format.or((!upload.is_empty()).then_some(USUAL)) {
        Some(format) => format!("{chain},format={format}{upload}"),
        None => chain,
    }
}

/// Options of the encoder that select the device.
pub(super) fn say_chosen(line: &mut Line, device: Option<&Device>) {
    if let Some(gpu) = device.filter(|device| device.method == Method::Nvenc).and_then(Device::spot) {
        line.option("-gpu", gpu);
    }
}

/// Whether a filter sets this option instead:
/// after `hwupload` the pixel format is the device's own.
pub(super) fn is_brought_about(name: &str, device: Option<&Device>) -> bool {
    device.is_some() && name == "pix_fmt"
}
