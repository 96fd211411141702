//! Hardware encoding: the methods, and the devices of clients that have proved them.

use serde::{Deserialize, Serialize};

/// The most slots of one device; more is a mistake or an attack.
pub const SLOTS_MAX: u32 = 64;
/// The most devices of one machine that are tested.
pub const DEVICES_MAX: usize = 32;

/// Whether a job may be encoded in hardware.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Hw {
    /// Only with the job's own encoder, which keeps results alike on every client.
    #[default]
    Off,
    /// In hardware if a client has it, and in software on the others.
    Prefer,
    /// Only in hardware.
    Require,
}

impl Hw {
    pub const fn is_off(&self) -> bool {
        matches!(self, Self::Off)
    }
}

/// How ffmpeg reaches a hardware encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Method {
    Nvenc,
    Qsv,
    Amf,
    Videotoolbox,
    Vaapi,
}

impl Method {
    /// The fastest and most reliable first:
    /// a client offers the encoders of every method for each device.
    pub const ALL: [Self; 5] = [Self::Nvenc, Self::Qsv, Self::Amf, Self::Videotoolbox, Self::Vaapi];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Nvenc => "nvenc",
            Self::Qsv => "qsv",
            Self::Amf => "amf",
            Self::Videotoolbox => "videotoolbox",
            Self::Vaapi => "vaapi",
        }
    }

    /// The method's encoder of this codec (ffprobe's name); None if it has none.
    pub(crate) fn encoder(self, codec: &str) -> Option<&'static str> {
        let all = match self {
            Self::Nvenc => [Some("h264_nvenc"), Some("hevc_nvenc"), Some("av1_nvenc")],
            Self::Qsv => [Some("h264_qsv"), Some("hevc_qsv"), Some("av1_qsv")],
            Self::Amf => [Some("h264_amf"), Some("hevc_amf"), Some("av1_amf")],
            Self::Videotoolbox => [Some("h264_videotoolbox"), Some("hevc_videotoolbox"), None],
            Self::Vaapi => [Some("h264_vaapi"), Some("hevc_vaapi"), Some("av1_vaapi")],
        };
        all[CODECS.iter().position(|known| *known == codec)?]
    }

    /// The method of an encoder, by the encoder's name.
    pub(crate) fn of_encoder(encoder: &str) -> Option<Self> {
        let (_, method) = encoder.rsplit_once('_')?;
        Self::ALL.into_iter().find(|known| known.as_str() == method)
    }

    /// All encoders of the method, each preceded by its codec.
    pub fn encoders(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        CODECS.into_iter().filter_map(move |codec| Some((codec, self.encoder(codec)?)))
    }
}

/// The codecs for which hardware is used.
pub(crate) const CODECS: [&str; 3] = ["h264", "hevc", "av1"];

/// A device of a client, with the encoders that the client has proved on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// The method and, if there may be several devices,
    /// which one: `nvenc:0`, `vaapi:/dev/dri/renderD128`.
    pub name: String,
    pub method: Method,
    pub encoders: Vec<String>,
    /// How many segments it encodes at once.
    pub slots: u32,
}

impl Device {
    pub fn new(method: Method, spot: Option<&str>, slots: u32) -> Self {
        let name =
            spot.map_or_else(|| method.as_str().to_owned(), |spot| format!("{}:{spot}", method.as_str()));
        Self { name, method, encoders: Vec::new(), slots }
    }

    /// Which device it is, if there may be several.
    pub(crate) fn spot(&self) -> Option<&str> {
        self.name.split_once(':').map(|(_, spot)| spot)
    }

    pub(crate) fn has(&self, encoder: &str) -> bool {
        self.encoders.iter().any(|known| known == encoder)
    }

    /// Whether the device is within bounds and safe for a log line, because any client may have sent it.
    pub fn is_sane(&self) -> bool {
        let plain = |text: &str| {
            (1..=64).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_:/.-".contains(&b))
        };
        let known = |encoder: &String| self.method.encoders().any(|(_, known)| known == encoder);
        plain(&self.name) && (1..=SLOTS_MAX).contains(&self.slots) && self.encoders.iter().all(known)
    }
}

/// One device with one encoder: what a hardware lease needs from its client.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seat {
    /// The device's name.
    pub device: String,
    pub encoder: String,
}

impl Seat {
    pub(crate) fn method(&self) -> Option<Method> {
        Method::of_encoder(&self.encoder)
    }
}

/// Whether a run failed because the device has no session
/// or memory left, which says nothing about the work.
pub fn is_busy(last_words: &[String]) -> bool {
    const SAYS: [&str; 6] = [
        // NVENC: too many sessions on a consumer card, or no memory left on it.
        "OpenEncodeSessionEx failed: out of memory",
        "CUDA_ERROR_OUT_OF_MEMORY",
        "incompatible client key",
        // QSV, VAAPI, AMF.
        "device busy",
        "resource allocation failed",
        "AMF_OUT_OF_MEMORY",
    ];
    last_words.iter().any(|line| SAYS.iter().any(|says| line.contains(says)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoders_know_their_methods() {
        for method in Method::ALL {
            for (_, encoder) in method.encoders() {
                assert_eq!(Method::of_encoder(encoder), Some(method), "{encoder}");
            }
        }
        assert_eq!((Method::of_encoder("libx264"), Method::of_encoder("prores_ks")), (None, None));
        assert_eq!(Method::Videotoolbox.encoder("av1"), None);
    }

    #[test]
    fn a_strangers_device_is_looked_at() {
        let mut device = Device::new(Method::Vaapi, Some("/dev/dri/renderD128"), 2);
        device.encoders.push("h264_vaapi".into());
        assert!(device.is_sane() && device.spot() == Some("/dev/dri/renderD128"));
        for bad in [
            Device { slots: 0, ..device.clone() },
            Device { slots: 1_000_000, ..device.clone() },
            Device { name: "a\nb".into(), ..device.clone() },
            Device { encoders: vec!["h264_nvenc".into()], ..device.clone() },
            Device { encoders: vec!["libx264".into()], ..device },
        ] {
            assert!(!bad.is_sane(), "{bad:?}");
        }
    }
}
