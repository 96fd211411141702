//! Faults as they befall this world, one after the other, until a certain time.

use ffmpeg_cluster_common::client::Event as Felt;
use ffmpeg_cluster_common::cluster::event::Event;
use ffmpeg_cluster_common::cluster::place::Arrange;
use ffmpeg_cluster_common::ids::{JobId, SessionNo};
use ffmpeg_cluster_common::protocol::command::Priority;
use ffmpeg_cluster_common::time::Millis;

use crate::machine::Role;
use crate::mishap::Mishap;
use crate::people::Person;
use crate::queue::Coming;
use crate::server::{Doom, Inbox};
use crate::trace;
use crate::world::World;

const TWO_DAYS_MS: u64 = 2 * 24 * 3_600 * 1_000;

impl World {
    pub(crate) fn trouble(&mut self) {
        if self.now > self.mix.until || self.mix.troubles.is_empty() || self.troubles_over {
            return self.stop_troubles();
        }
        let which = self.mix.troubles[self.chance.below(self.mix.troubles.len() as u64) as usize];
        if self.befalls(which) {
            trace::line(self.now, || format!("TROUBLE {which:?}"));
            self.tally.count(which);
        }
        let after = 1 + self.chance.below(2 * self.mix.every.0);
        self.queue.push(self.now + Millis(after), Coming::Trouble);
    }

    /// From now on everything may come to an end: nobody sits on leases for ever.
    pub(crate) fn stop_troubles(&mut self) {
        self.troubles_over = true;
        for number in 0..self.machines.len() {
            if self.machines[number].hoards {
                self.crash_machine(number, true, None);
            }
        }
    }

    /// False where there is nobody that it could happen to.
    fn befalls(&mut self, which: Mishap) -> bool {
        match which {
            Mishap::LineCut | Mishap::HalfOpen | Mishap::OneWay => self.hurt_line(which),
            Mishap::Stall => self.stall(),
            Mishap::ClientCrash | Mishap::ClientLost => self.some_crash(which == Mishap::ClientLost),
            Mishap::ClientStopped => self.stop_client(),
            Mishap::ClientSlow => self.some_machine().map(|number| self.machines[number].slow = 20).is_some(),
            Mishap::ClientLeaves => {
                let some = self.some_machine();
                some.map(|number| self.feel(number, Felt::Stop { reason: "asked to".into() })).is_some()
            }
            Mishap::ClientFinishes => {
                let some = self.some_machine();
                some.map(|number| self.feel(number, Felt::Finish)).is_some()
            }
            Mishap::ServerCrashBefore | Mishap::ServerCrashAfter | Mishap::ServerCrashAmid => {
                self.server.doom = Some(Doom { at: which, power: false });
                self.server.is_up()
            }
            Mishap::PowerCut => self.cut_power(),
            Mishap::DiskFull => {
                self.disk_full_until = self.now + Millis(self.chance.below(60_000));
                true
            }
            Mishap::Drain => self.drain(),
            Mishap::Cancel => self.of_open_job(Person::Cancels),
            Mishap::StartEarly => self.of_open_job(Person::Starts),
            Mishap::Pause => self.pause(),
            Mishap::Rearrange => self.rearrange(),
            Mishap::Disconnect => self.disconnect(),
            Mishap::Forgive => self.forgive(),
            Mishap::WallJump => {
                let ahead = self.chance.one_in(2);
                self.wall_ms = if ahead { self.wall_ms + TWO_DAYS_MS } else { self.wall_ms - TWO_DAYS_MS };
                true
            }
            other => self.lies(other),
        }
    }

    fn some_machine(&mut self) -> Option<usize> {
        let number = self.chance.below(self.machines.len() as u64) as usize;
        self.machines[number].mind.is_some().then_some(number)
    }

    fn some_session(&mut self) -> Option<(usize, SessionNo)> {
        let number = self.some_machine()?;
        let session = self.machines[number].session?;
        self.network.lines.get(&session).filter(|line| line.client_up)?;
        Some((number, session))
    }

    fn hurt_line(&mut self, which: Mishap) -> bool {
        let Some((_, session)) = self.some_session() else { return false };
        let until = self.now + Millis(self.chance.below(200));
        let one_way = which == Mishap::OneWay;
        let up = !one_way || self.chance.one_in(2);
        self.network.lose(session, until, (up, !up || !one_way));
        let (both, here) = (which == Mishap::LineCut, self.chance.one_in(2));
        if both || (!one_way && here) {
            self.queue.push(until + Millis(self.chance.below(4_000)), Coming::ClientTold(session));
        }
        if both || (!one_way && !here) {
            self.queue.push(until + Millis(self.chance.below(4_000)), Coming::ServerTold(session));
        }
        true
    }

    fn stall(&mut self) -> bool {
        let Some((number, session)) = self.some_session() else { return false };
        let until = self.now + Millis(500 + self.chance.below(40_000));
        self.machines[number].cut_off_until = until;
        self.network.stall(session, until);
        true
    }

    fn some_crash(&mut self, for_ever: bool) -> bool {
        let Some(number) = self.some_machine() else { return false };
        // Somebody honest must be left to end the jobs.
        if for_ever && number + 1 == self.machines.len() {
            return false;
        }
        let told = self.chance.one_in(2);
        let back = Millis(200 + self.chance.below(20_000));
        self.crash_machine(number, told, (!for_ever).then_some(back));
        true
    }

    /// The whole machine, or only its process: then the server is told at once that the line is
    /// gone.
    pub(crate) fn crash_machine(&mut self, number: usize, told: bool, back: Option<Millis>) {
        trace::line(self.now, || format!("c{number} dies; back after {back:?}, the server is told: {told}"));
        let session = self.machines[number].session.take();
        self.machines[number].die();
        if let Some(session) = session {
            self.network.lines.get_mut(&session).expect("sessions have lines").client_up = false;
            let at = self.now + self.network.delay(&mut self.chance);
            self.network.lose(session, at, (true, true));
            if told {
                self.queue.push(at, Coming::ServerTold(session));
            }
        }
        match back {
            Some(after) => self.queue.push(self.now + after, Coming::MachineStarts(number)),
            None => self.machines[number].gone = true,
        }
    }

    /// Its process ended by itself, with its last words said; a person starts it again.
    pub(crate) fn machine_ends(&mut self, number: usize) {
        self.machines[number].die();
        self.machines[number].session = None;
        let after = Millis(1_000 + self.chance.below(20_000));
        self.queue.push(self.now + after, Coming::MachineStarts(number));
    }

    fn stop_client(&mut self) -> bool {
        let Some(number) = self.some_machine() else { return false };
        let most = if self.chance.one_in(6) { 200_000 } else { 60_000 };
        self.machines[number].stopped_until = self.now + Millis(1_000 + self.chance.below(most));
        true
    }

    fn cut_power(&mut self) -> bool {
        let points = [Mishap::ServerCrashBefore, Mishap::ServerCrashAfter, Mishap::ServerCrashAmid];
        let at = points[self.chance.below(3) as usize];
        if !self.server.is_up() {
            return false;
        }
        if self.chance.one_in(2) {
            self.crash_server(true);
            return false;
        }
        self.server.doom = Some(Doom { at, power: true });
        false
    }

    fn drain(&mut self) -> bool {
        if !self.server.is_up() {
            return false;
        }
        self.arrives(Inbox::Event(Event::Drain));
        self.queue.push(self.now + Millis(500), Coming::ServerStops(self.server.boot));
        true
    }

    pub(crate) fn drained(&mut self) {
        trace::line(self.now, || "the server has drained".into());
        self.server_gone(false);
        self.queue.push(self.now + Millis(300 + self.chance.below(5_000)), Coming::ServerStarts);
    }

    fn open_job(&mut self) -> Option<JobId> {
        let jobs = &self.disk.record.jobs;
        let open: Vec<&JobId> =
            jobs.iter().filter(|(_, job)| !job.known.state.is_final()).map(|(id, _)| id).collect();
        if open.is_empty() {
            return None;
        }
        Some(open[self.chance.below(open.len() as u64) as usize].clone())
    }

    fn of_open_job(&mut self, person: impl FnOnce(JobId) -> Person) -> bool {
        let Some(job) = self.open_job() else { return false };
        self.person(person(job));
        true
    }

    /// For a while.
    fn pause(&mut self) -> bool {
        let Some(job) = self.open_job() else { return false };
        let (now, back) = (self.chance.one_in(2), self.now + Millis(500 + self.chance.below(20_000)));
        self.queue.push(back, Coming::Person(Person::Arranges(job.clone(), Arrange::Resume)));
        self.person(Person::Arranges(job, Arrange::Pause { now }));
        true
    }

    fn rearrange(&mut self) -> bool {
        let (Some(job), Some(other)) = (self.open_job(), self.open_job()) else { return false };
        let how = match self.chance.below(3) {
            0 => Arrange::Priority(Priority::ALL[self.chance.below(4) as usize]),
            1 => Arrange::Before(other),
            _ => Arrange::After(other),
        };
        self.person(Person::Arranges(job, how));
        true
    }

    fn disconnect(&mut self) -> bool {
        let Some(number) = self.some_machine() else { return false };
        let client = self.machines[number].name.clone();
        self.person(Person::Disconnects(client));
        true
    }

    fn forgive(&mut self) -> bool {
        let Some(client) = self.disk.record.strikes.keys().next().cloned() else { return false };
        self.person(Person::Forgives(client));
        true
    }

    /// Since when nothing has been wrong with the client's line, or with the client.
    pub(crate) fn sound_since(&self, number: usize) -> Option<Millis> {
        let machine = &self.machines[number];
        let line = self.network.lines.get(&machine.session?)?;
        let sound = line.client_up && line.server_up && !line.hurt && machine.role == Role::Honest;
        sound.then_some(line.opened.max(machine.stopped_until).max(machine.cut_off_until))
    }
}
