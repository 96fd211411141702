//! What a run must be told besides where its encoder is a device: which one, and how pictures come to it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::super::device::{Device, Method};
use super::super::profile::VideoProfile;
use super::words;

/// What most devices want to be given, where the profile says nothing.
const USUAL: &str = "nv12";

/// Before all inputs: the device is opened, and filters may bring pictures to it.
pub(super) fn opened(device: Option<&Device>) -> Vec<String> {
    let Some(device) = device else { return Vec::new() };
    let spot = |before: &str| device.spot().map(|spot| format!("{before}{spot}")).unwrap_or_default();
    match device.method {
        Method::Vaapi => words(&format!("-init_hw_device vaapi=hw{} -filter_hw_device hw", spot(":"))),
        Method::Qsv => words(&format!("-init_hw_device qsv=hw{}", spot(",child_device="))),
        Method::Nvenc | Method::Amf | Method::Videotoolbox => Vec::new(),
    }
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
pub(super) fn chosen(device: Option<&Device>) -> Vec<String> {
    let gpu = device.filter(|device| device.method == Method::Nvenc).and_then(Device::spot);
    gpu.map(|gpu| words(&format!("-gpu {gpu}"))).unwrap_or_default()
}

/// The format is brought about by a filter: afterwards pictures may be the device's own.
pub(super) fn is_brought_about(name: &str, device: Option<&Device>) -> bool {
    device.is_some() && name == "pix_fmt"
}
