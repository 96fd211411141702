//! People who hand films in, start, cancel, disconnect and restart; and what they were told.

use ffmpeg_cluster_common::cluster::effect::Answer;
use ffmpeg_cluster_common::cluster::event::Event;
use ffmpeg_cluster_common::cluster::place::Arrange;
use ffmpeg_cluster_common::ids::{ClientId, JobId, Ticket};
use ffmpeg_cluster_common::time::Millis;

use crate::film;
use crate::mishap::Mishap;
use crate::queue::Coming;
use crate::server::Inbox;
use crate::trace;
use crate::world::World;

#[derive(Debug, Clone)]
pub(crate) enum Person {
    /// Hands in one of the films of this world, and again until somebody says that it is taken.
    Submits {
        film: usize,
        required_clients: u32,
    },
    Cancels(JobId),
    Starts(JobId),
    Arranges(JobId, Arrange),
    Disconnects(ClientId),
    Forgives(ClientId),
}

/// Somebody who wants a film made, and got no answer, tries again after this.
const AGAIN_AFTER: Millis = Millis::secs(2);

impl World {
    pub(crate) fn person(&mut self, person: Person) {
        if self.server.is_up() {
            return self.arrives(Inbox::Asked(person));
        }
        if matches!(person, Person::Submits { .. }) {
            self.tally.count(Mishap::SubmitWhileDown);
        }
        self.tries_again(person);
    }

    pub(crate) fn tries_again(&mut self, person: Person) {
        if matches!(person, Person::Submits { .. } | Person::Arranges(_, Arrange::Resume)) {
            self.queue.push(self.now + AGAIN_AFTER, Coming::Person(person));
        }
    }

    /// The command as an event, with a ticket for the answer.
    pub(crate) fn question(&mut self, person: Person) -> Event {
        let ticket = self.server.ticket(person.clone());
        let at = self.wall();
        match person {
            Person::Submits { film, required_clients } => {
                self.jobs_named += 1;
                let job: JobId = film::id(&format!("j{}", self.jobs_named));
                self.truths.insert(job.clone(), self.films[film].clone());
                Event::Submitted { ticket, job, spec: Box::new(self.words.spec(required_clients)), at }
            }
            Person::Cancels(job) => Event::CancelAsked { ticket, job, at },
            Person::Starts(job) => Event::StartAsked { ticket, job },
            Person::Arranges(job, how) => Event::ArrangeAsked { ticket, job, how },
            Person::Disconnects(client) => Event::DisconnectAsked { ticket, client },
            Person::Forgives(client) => Event::ForgiveAsked { ticket, client },
        }
    }

    pub(crate) fn answered(&mut self, ticket: Ticket, answer: &Answer) {
        trace::line(self.now, || format!("somebody is answered {answer:?}"));
        let Some(person) = self.server.tickets.remove(&ticket) else { return };
        match (person, answer) {
            (Person::Submits { film, .. }, Answer::JobCreated(job)) => {
                self.oracle.promised(&self.disk, job);
                self.submitted.insert(film);
            }
            (person @ Person::Submits { .. }, _) => self.tries_again(person),
            (Person::Cancels(_), Answer::Cancelled(job)) => self.oracle.cancelled(&self.disk, job),
            (Person::Starts(_), Answer::Started(job)) => {
                let kept = self.disk.synced.jobs.get(job);
                let wanted = kept.map(|kept| kept.known.spec.required_clients);
                assert_eq!(wanted, Some(1), "job {job} was started, and that is not durable");
            }
            _ => {}
        }
    }
}
