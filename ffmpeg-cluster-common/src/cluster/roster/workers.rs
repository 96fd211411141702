//! The workers of a client: its processors, or a device with a number of slots.
//! A device that is busy or fails gets less work; its client is not paused.

use super::beside::Ended;
use super::book::Roster;
use super::client::{Client, Machine, Narrowed};
use super::standing::OF_DEVICE;
use crate::cluster::worker::Worker;
use crate::ids::ClientId;
use crate::media::plan::track::{Track, WorkKind};
use crate::media::words::device::Hw;
use crate::time::Millis;

/// This many failures in a row pause a device.
pub(in crate::cluster) const FAILURES_MAX: usize = OF_DEVICE.failures;
/// How long a device that was busy has fewer slots.
pub(in crate::cluster) const NARROW_FOR: Millis = Millis::secs(60);

impl Roster {
    pub(in crate::cluster) fn kind_of(&self, client: &ClientId) -> Option<String> {
        self.clients.get(client)?.machine.as_ref().map(Machine::kind)
    }

    fn told_slots(&self, client: &ClientId, device: &str) -> u32 {
        let devices = self.clients.get(client).map_or(&[][..], Client::told_devices);
        let known = devices.iter().find(|one| one.name == device);
        known.map_or(0, |device| device.slots)
    }

    /// How many segments the worker may encode side by side now: of this track, or of any kind of work.
    pub(in crate::cluster) fn slots(&self, worker: &Worker, track: Option<&Track>, now: Millis) -> usize {
        let Some(device) = worker.device() else {
            let client = self.clients.get(&worker.client);
            return client.map_or(1, |client| client.slots_for(track)) as usize;
        };
        let told = self.told_slots(&worker.client, device);
        let state = self.clients.get(&worker.client).and_then(|known| known.devices.get(device));
        let slots = state.map_or(told, |state| match state.narrowed {
            _ if state.standing.is_paused() => 0,
            Some(Narrowed { slots, until }) if until > now => slots.min(told),
            Some(_) | None => told,
        });
        slots as usize
    }

    /// Whether software takes over frames at which a device failed.
    /// True if the job prefers hardware but does not require it,
    /// and a client can encode the track in software.
    pub(in crate::cluster) fn falls_back(&self, track: &Track) -> bool {
        track.hw == Hw::Prefer && self.crews.iter().any(|crew| crew.decodes(track) && crew.has_all_of(track))
    }

    /// Whether some clients have the track's encoders, but none of them decodes what the track reads.
    pub(in crate::cluster) fn lacks_decoders(&self, track: &Track) -> bool {
        let mut able = self.crews.iter().filter(|crew| crew.has_encoders_of(track)).peekable();
        able.peek().is_some() && able.all(|crew| !crew.decodes(track))
    }

    /// Halves the slots of a device that was busy, for a while.
    pub(in crate::cluster) fn narrow_device(&mut self, now: Millis, worker: &Worker) {
        let Some(device) = worker.device() else { return };
        let told = self.told_slots(&worker.client, device);
        let slots = self.slots(worker, None, now) as u32;
        let Some(known) = self.clients.get_mut(&worker.client) else { return };
        let state = known.devices.entry(device.to_owned()).or_default();
        let slots = (slots / 2).clamp(1, told.max(1));
        state.narrowed = Some(Narrowed { slots, until: now + NARROW_FOR });
        self.news.mark_clients_changed();
    }

    /// Counts a failure of the device.
    /// Returns when its pause ends, if this failure began one;
    /// each pause is longer than the one before.
    pub(in crate::cluster) fn count_device_failure(
        &mut self,
        now: Millis,
        worker: &Worker,
    ) -> Option<Millis> {
        let known = self.clients.get_mut(&worker.client)?;
        let state = known.devices.entry(worker.device()?.to_owned()).or_default();
        // A segment that began before the pause shows nothing new.
        state.failed_in_a_row += usize::from(!state.standing.is_paused());
        if !state.standing.is_enough(&OF_DEVICE, state.failed_in_a_row) {
            return None;
        }
        state.failed_in_a_row = 0;
        let until = state.standing.pause(&OF_DEVICE, now);
        self.news.mark_clients_changed();
        Some(until)
    }

    /// Clears all failures of a device whose piece was kept.
    pub(in crate::cluster) fn clear_device_failures(&mut self, worker: &Worker) {
        let device = worker.device();
        let (Some(known), Some(device)) = (self.clients.get_mut(&worker.client), device) else { return };
        if known.devices.remove(device).is_some() {
            self.news.mark_able(&worker.client);
        }
    }

    /// Measured frames per second of the worker at this kind of work.
    /// Returns None if it was never measured.
    pub(in crate::cluster) fn speed(&self, worker: &Worker, track: &Track) -> Option<f64> {
        let client = self.clients.get(&worker.client)?;
        client.speeds.get(&*worker.kind(track)?).copied().filter(|speed| *speed > 0.0)
    }

    /// Measured frames per second, or else what a running encoder reports.
    /// Returns None if neither is known.
    pub(in crate::cluster) fn pace(&self, worker: &Worker, track: &Track) -> Option<f64> {
        self.clients.get(&worker.client)?.pace(&*worker.kind(track)?)
    }

    /// The fastest measured workers, of clients that `may` accepts and whose disks have space.
    /// Several if they are equally fast; empty if none was measured.
    pub(in crate::cluster) fn fastest(
        &self,
        now: Millis,
        track: &Track,
        may: impl Fn(&ClientId) -> bool,
    ) -> Vec<Worker> {
        self.crews.fastest(track, |worker| {
            may(&worker.client)
                && self.has_disk_for(&worker.client)
                && self.slots(worker, Some(track), now) > 0
        })
    }

    /// Takes an encode into account: the speed of the client, and how many segments its processors
    /// encode side by side. Returns its new speed.
    pub(in crate::cluster) fn measure(&mut self, client: &ClientId, kind: &WorkKind, ended: &Ended) -> f64 {
        self.news.mark_speeds_changed();
        self.news.mark_able(client);
        self.reckon(client, kind, |known| known.measure(kind, ended)).expect("it holds a lease")
    }

    /// Records the speed that a running encoder reports.
    pub(in crate::cluster) fn tell(&mut self, client: &ClientId, kind: &WorkKind, fps: f64) {
        self.reckon(client, kind, |known| known.tell(kind, fps));
    }

    fn reckon<T>(
        &mut self,
        id: &ClientId,
        kind: &WorkKind,
        change: impl FnOnce(&mut Client) -> T,
    ) -> Option<T> {
        let client = self.clients.get_mut(id)?;
        let before = client.known(kind);
        let result = change(client);
        if let Some(crew) = self.crews.of_mut(id) {
            crew.reckon(kind, id, before, client.known(kind));
        }
        Some(result)
    }

    /// Remembers the speed of a client that is not listed.
    pub(in crate::cluster) fn remember_speed(&mut self, client: ClientId, kind: WorkKind, fps: f64) {
        self.remembered.entry(client).or_default().insert(kind, fps);
    }

    /// Pauses of the client's devices, for people.
    pub(in crate::cluster) fn explain_devices(&self, client: &ClientId, now: Millis) -> Vec<String> {
        let Some(known) = self.clients.get(client) else { return Vec::new() };
        let paused = known.devices.iter().filter_map(|(name, state)| Some((name, state.standing.left(now)?)));
        let told = |(device, left): (&String, Millis)| {
            format!("{device} of {} rests for {:.0} s", known.name, left.as_secs_f64())
        };
        paused.map(told).collect()
    }
}
