//! The devices of this machine that may encode, and their tests.
//! A device encodes one second of a moving picture, and software compares the result with that picture.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ffmpeg_cluster_common::io::process::{self, Ended, Run};
use ffmpeg_cluster_common::io::tools::Tools;
use ffmpeg_cluster_common::io::trace::Trace;
use ffmpeg_cluster_common::media::command::encode::{Start, piece_suffix};
use ffmpeg_cluster_common::media::command::piece::PieceCommands;
use ffmpeg_cluster_common::media::command::test_picture;
use ffmpeg_cluster_common::media::command::{Command, Side, device_test};
use ffmpeg_cluster_common::media::plan::work::PictureWork;
use ffmpeg_cluster_common::media::proof::likeness;
use ffmpeg_cluster_common::media::proof::probed::{PieceProbe, probe_piece};
use ffmpeg_cluster_common::media::proof::verify::quick_check;
use ffmpeg_cluster_common::media::source::guard::Guard;
use ffmpeg_cluster_common::media::words::device::{DEVICES_MAX, Device, Method};
use tokio_util::sync::CancellationToken;

use crate::encode::settings::HwAccel;

/// Opening a card for the first time takes seconds.
const TRIAL_WITHIN: Duration = Duration::from_secs(60);
/// The tests try cards by number, up to this many, and stop at the first that proves nothing.
const CARDS_MAX: u32 = 8;
const CARDS: &str = "/dev/dri";

/// Which devices to test on this machine.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) accel: HwAccel,
    pub(crate) slots: u32,
    /// The folder for the pieces of the tests.
    pub(crate) folder: PathBuf,
}

impl Wanted {
    /// All devices that may exist; tests show which of them do, and what they can encode.
    pub(crate) fn candidates(&self) -> Vec<Device> {
        let methods = Method::ALL.into_iter().filter(|method| self.accel.takes(*method));
        let all = methods.flat_map(|method| {
            let device = move |spot: Option<&str>| Device::new(method, spot, self.slots);
            match method {
                Method::Nvenc => (0..CARDS_MAX).map(|card| device(Some(&card.to_string()))).collect(),
                Method::Vaapi => nodes().iter().map(|node| device(Some(node))).collect(),
                Method::Qsv if cfg!(target_os = "linux") => {
                    nodes().iter().map(|node| device(Some(node))).collect()
                }
                Method::Qsv | Method::Amf | Method::Videotoolbox => vec![device(None)],
            }
        });
        all.take(DEVICES_MAX).collect()
    }
}

/// Render nodes in order.
fn nodes() -> Vec<String> {
    let entries = std::fs::read_dir(CARDS).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut all: Vec<String> =
        names.filter(|name| name.starts_with("renderD")).map(|name| format!("{CARDS}/{name}")).collect();
    all.sort();
    all
}

impl HwAccel {
    fn takes(self, method: Method) -> bool {
        match self {
            Self::Auto => true,
            Self::None => false,
            Self::Nvenc => method == Method::Nvenc,
            Self::Qsv => method == Method::Qsv,
            Self::Vaapi => method == Method::Vaapi,
            Self::Videotoolbox => method == Method::Videotoolbox,
            Self::Amf => method == Method::Amf,
        }
    }
}

/// The inputs of a device test.
pub(crate) struct DeviceTest<'a> {
    pub(crate) tools: &'a Tools,
    pub(crate) folder: &'a Path,
    pub(crate) cancel: &'a CancellationToken,
    pub(crate) trace: &'a Trace,
}

impl DeviceTest<'_> {
    /// The error gives the reason in one line.
    pub(crate) async fn prove(&self, device: &Device, codec: &str) -> Result<(), String> {
        let work = test_picture::work(device.method, codec).ok_or("there is no device test for it")?;
        tokio::fs::create_dir_all(self.folder).await.map_err(|error| error.to_string())?;
        let file = self.folder.join(format!("trial-{}.{}", work.profile.encoder, piece_suffix()));
        let proved = tokio::time::timeout(TRIAL_WITHIN, self.tried(device, &work, &file)).await;
        let _ = tokio::fs::remove_file(&file).await;
        proved.unwrap_or_else(|_| Err(format!("its device test took more than {} s", TRIAL_WITHIN.as_secs())))
    }

    async fn tried(&self, device: &Device, work: &PictureWork, file: &Path) -> Result<(), String> {
        self.run(device_test::make(work, device, file), |_| {}).await?;

        let guard = Guard::new(piece_suffix(), self.tools.capabilities.decoders.of([work.profile.codec()]));
        let mut probe = PieceProbe::default();
        let run = Run::of(probe_piece(Side::Client, file, &guard), self.tools, None).traced(self.trace);
        process::run(&run, self.cancel, |line| probe.line(line)).await.map_err(|error| error.to_string())?;
        let probed = probe.finish().map_err(|fault| fault.message)?;
        quick_check(work, &probed).map_err(|fault| fault.message)?;

        let params = &probed.facts.params[0];
        let commands = PieceCommands { work, source: &device_test::opening(), start: Start::Beginning };
        let ended = self.run(commands.compare(file, &guard, params), |_| {}).await?;
        let seen = likeness::read(ended.tail.iter().map(String::as_str));
        test_picture::is_like(seen.ok_or("its output can't be compared with the test picture")?)
    }

    async fn run(&self, command: Command, on_line: impl FnMut(&str)) -> Result<Ended, String> {
        let run = Run::of(command, self.tools, None).traced(self.trace);
        let ended = process::run(&run, self.cancel, on_line).await.map_err(|error| format!("{error:#}"))?;
        if ended.is_good() {
            return Ok(ended);
        }
        Err(ended.tail.first().cloned().unwrap_or_else(|| format!("ffmpeg {}", ended.describe())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(accel: HwAccel) -> Vec<Device> {
        Wanted { accel, slots: 3, folder: PathBuf::new() }.candidates()
    }

    #[test]
    fn the_flag_names_what_is_tried() {
        assert!(candidates(HwAccel::None).is_empty());
        let cards = candidates(HwAccel::Nvenc);
        assert_eq!(
            (cards[0].name.as_str(), cards[1].name.as_str(), cards[0].slots),
            ("nvenc:0", "nvenc:1", 3)
        );
        assert_eq!(candidates(HwAccel::Amf).len(), 1);
        let all = candidates(HwAccel::Auto);
        assert!(all.iter().all(Device::is_sane) && all.len() <= DEVICES_MAX);
        assert!(
            [Method::Nvenc, Method::Amf, Method::Videotoolbox]
                .iter()
                .all(|m| all.iter().any(|d| d.method == *m))
        );
    }

    #[tokio::test]
    async fn what_this_machine_lacks_proves_nothing_and_says_why() {
        let scratch = crate::machine::scratch::Scratch::new();
        let tools =
            ffmpeg_cluster_common::io::tools::find(&Default::default(), scratch.path()).await.unwrap();
        let cancel = CancellationToken::new();
        let test =
            DeviceTest { tools: &tools, folder: scratch.path(), cancel: &cancel, trace: &Trace::default() };
        let nowhere = Device::new(Method::Vaapi, Some("/dev/dri/renderD999"), 1);
        let why = test.prove(&nowhere, "h264").await.unwrap_err();
        assert!(!why.is_empty() && !why.contains('\n'), "{why}");
    }
}
