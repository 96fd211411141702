//! Who may encode a film by what: a client's processors, or a device of its with so many slots; and what becomes of devices
//! that are busy or break. A device's trouble is not its client's: nobody is set aside for it.

use std::collections::BTreeSet;

use super::Cluster;
use super::effect::{Effect, Effects, Notice};
use super::job::Job;
use super::lease::Lease;
use super::timers::Timer;
use super::worker::Worker;
use crate::backoff;
use crate::fault::FaultCode;
use crate::ids::{ClientId, LeaseId};
use crate::media::device::{Device, Hw, Seat};
use crate::media::film::Film;
use crate::time::Millis;

/// So many troubles in a row, and a device rests.
const TROUBLES_MAX: u32 = 3;
const REST_FIRST: Millis = Millis::secs(30);
const REST_MAX: Millis = Millis::secs(600);
/// So long a device that was busy has fewer slots.
const NARROW_FOR: Millis = Millis::secs(60);

/// Of a device since its last kept piece.
#[derive(Debug, Clone, Default)]
pub(super) struct Troubled {
    in_a_row: u32,
    rests: u32,
    rests_until: Millis,
    /// Slots until a time.
    narrowed: Option<(u32, Millis)>,
}

impl Cluster {
    /// Clients that can take part in some way.
    pub(super) fn able_for(&self, film: &Film) -> BTreeSet<ClientId> {
        let able = film.encoders().filter_map(|encoder| self.able.get(encoder)).flatten();
        let suits = |client: &&ClientId| film.one_kind.is_none() || self.kind_of(client) == film.one_kind;
        able.filter(suits).cloned().collect()
    }

    /// Decoders of one version on processors of one kind give the same pictures.
    pub(super) fn kind_of(&self, client: &ClientId) -> Option<String> {
        let hello = &self.clients.get(client)?.hello;
        Some(format!("ffmpeg {} on {}", hello.ffmpeg_version, hello.platform))
    }

    /// In how many ways a client can take part, devices first.
    pub(super) fn seats(&self, client: &ClientId, film: &Film) -> Vec<Worker> {
        let able = |encoder: &str| self.able.get(encoder).is_some_and(|all| all.contains(client));
        let Some(known) = self.clients.get(client) else { return Vec::new() };
        let worker = |seat: Option<Seat>| Worker { client: client.clone(), seat };
        let mut all = Vec::new();
        for encoder in film.hardware_encoders().filter(|encoder| able(encoder)) {
            let devices = known.hello.devices.iter().filter(|device| device.has(encoder));
            let seat = |device: &Device| Seat { device: device.name.clone(), encoder: encoder.to_owned() };
            all.extend(devices.map(|device| worker(Some(seat(device)))));
        }
        if film.in_software() && able(&film.video_encoder) {
            all.push(worker(None));
        }
        all
    }

    /// Everybody who can take part, once for each segment that they encode side by side.
    pub(super) fn workers(&self, film: &Film, able: &BTreeSet<ClientId>) -> Vec<Worker> {
        let mut all = Vec::new();
        for client in able {
            for worker in self.seats(client, film) {
                let slots = worker.device().map_or(1, |device| self.told_slots(client, device)) as usize;
                all.extend(std::iter::repeat_n(worker, slots));
            }
        }
        all
    }

    fn told_slots(&self, client: &ClientId, device: &str) -> u32 {
        let known = self.clients.get(client).and_then(|c| c.hello.devices.iter().find(|d| d.name == device));
        known.map_or(0, |device| device.slots)
    }

    /// Segments that may be encoded there side by side just now.
    pub(super) fn slots(&self, worker: &Worker, now: Millis) -> usize {
        let Some(device) = worker.device() else { return 1 };
        let told = self.told_slots(&worker.client, device);
        let troubled = self.clients.get(&worker.client).and_then(|known| known.troubled.get(device));
        let slots = troubled.map_or(told, |troubled| match troubled.narrowed {
            _ if troubled.rests_until > now => 0,
            Some((slots, until)) if until > now => slots.min(told),
            Some(_) | None => told,
        });
        slots as usize
    }

    /// Leases of pictures that this worker has, by whichever encoder of its device.
    pub(super) fn leases_on<'a>(&'a self, worker: &'a Worker) -> impl Iterator<Item = (&'a Job, &'a Lease)> {
        let leases = self.clients.get(&worker.client).into_iter().flat_map(|known| &known.leases);
        let there = |lease: &Lease| lease.worker.device() == worker.device();
        let leases = leases.filter_map(|id: &LeaseId| self.lease_of(*id));
        leases.filter(move |(_, lease)| lease.range().is_some() && there(lease))
    }

    /// Frames at which a device failed are for software, where there is some.
    pub(super) fn falls_back(&self, film: &Film) -> bool {
        film.hw == Hw::Prefer && self.able.contains_key(&film.video_encoder)
    }

    /// The device gave the lease back unopened: it gets less for a while.
    pub(super) fn device_busy(&mut self, now: Millis, client: &ClientId, seat: &Seat, out: &mut Effects) {
        let told = self.told_slots(client, &seat.device);
        let worker = Worker { client: client.clone(), seat: Some(seat.clone()) };
        let slots = self.slots(&worker, now) as u32;
        let Some(known) = self.clients.get_mut(client) else { return };
        let troubled = known.troubled.entry(seat.device.clone()).or_default();
        troubled.narrowed = Some(((slots / 2).clamp(1, told.max(1)), now + NARROW_FOR));
        self.timers.set(now + NARROW_FOR, Timer::Rested);
        self.device_failed(now, client, seat, "it is busy", out);
    }

    /// Three times in a row, and it rests; longer each time.
    pub(super) fn device_failed(
        &mut self,
        now: Millis,
        client: &ClientId,
        seat: &Seat,
        why: &str,
        out: &mut Effects,
    ) {
        let name = self.name_of(client);
        let Some(known) = self.clients.get_mut(client) else { return };
        let troubled = known.troubled.entry(seat.device.clone()).or_default();
        troubled.in_a_row += 1;
        if troubled.in_a_row < TROUBLES_MAX {
            return;
        }
        let rest = backoff::delay(REST_FIRST, REST_MAX, troubled.rests, 0);
        (troubled.in_a_row, troubled.rests) = (0, troubled.rests + 1);
        troubled.rests_until = now + rest;
        self.timers.set(now + rest, Timer::Rested);
        let (client, device) = (client.clone(), seat.device.clone());
        let why = format!("{why}, {TROUBLES_MAX} times in a row; it rests for {:.0} s", rest.as_secs_f64());
        out.effects.push(Effect::Notice(Notice::DeviceSpared { client, name, device, why }));
    }

    /// One kept piece makes good for everything.
    pub(super) fn device_did_well(&mut self, client: &ClientId, seat: &Seat) {
        if let Some(known) = self.clients.get_mut(client) {
            known.troubled.remove(&seat.device);
        }
    }

    /// What its devices do not do just now, for people.
    pub(super) fn explain_devices(&self, client: &ClientId, now: Millis) -> Vec<String> {
        let Some(known) = self.clients.get(client) else { return Vec::new() };
        let resting = known.troubled.iter().filter(|(_, troubled)| troubled.rests_until > now);
        let left = |troubled: &Troubled| (troubled.rests_until - now).as_secs_f64();
        resting
            .map(|(device, one)| format!("{device} of {} rests for {:.0} s", known.hello.name, left(one)))
            .collect()
    }
}

/// Faults that say something of a device rather than of its client or the film.
pub(super) fn is_of_device(code: FaultCode) -> bool {
    matches!(
        code,
        FaultCode::EncoderFailed
            | FaultCode::EncoderStalled
            | FaultCode::FramesDiffer
            | FaultCode::StreamDiffers
            | FaultCode::PictureDiffers
            | FaultCode::Unsupported
    )
}
