//! The encoders that one ffmpeg has proved.
//! The catalog keeps them under the key of that ffmpeg, so that later starts need no new proof.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use ffmpeg_cluster_common::io::clock;
use ffmpeg_cluster_common::media::words::device::Device;

use super::devices::Wanted;
use crate::machine::catalog::{Catalog, Program};

/// Separates an encoder from its device in the name of a proof.
const AT: char = '@';

#[derive(Debug, Clone)]
pub(crate) struct Proved {
    pub(crate) catalog: Arc<Mutex<Catalog>>,
    pub(crate) program: Program,
    /// Which devices may be used.
    pub(crate) wanted: Wanted,
}

impl Proved {
    /// Encoders proved earlier that need no device.
    pub(super) fn encoders(&self) -> anyhow::Result<BTreeSet<String>> {
        let all = self.catalog().proved(&self.program).context("reading earlier device tests")?;
        Ok(all.into_iter().filter(|name| !name.contains(AT)).collect())
    }

    /// Devices that may be used and have proved something, with their encoders.
    pub(super) fn devices(&self) -> anyhow::Result<Vec<Device>> {
        let all = self.catalog().proved(&self.program).context("reading earlier device tests")?;
        let proved: Vec<(&str, &str)> = all.iter().filter_map(|name| name.split_once(AT)).collect();
        let mut devices = self.wanted.candidates();
        for device in &mut devices {
            let theirs = proved.iter().filter(|(_, name)| *name == device.name);
            device.encoders = theirs.map(|(encoder, _)| (*encoder).to_owned()).collect();
        }
        devices.retain(|device| !device.encoders.is_empty());
        Ok(devices)
    }

    /// Keeps the proof of an encoder that needs no device.
    pub(super) fn keep(&self, name: &str) -> anyhow::Result<()> {
        self.catalog().add_proved(&self.program, name, clock::wall()).context("storing a device test")
    }

    /// Keeps the proof of an encoder on a device.
    pub(super) fn keep_on(&self, encoder: &str, device: &Device) -> anyhow::Result<()> {
        self.keep(&format!("{encoder}{AT}{}", device.name))
    }

    fn catalog(&self) -> std::sync::MutexGuard<'_, Catalog> {
        self.catalog.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
