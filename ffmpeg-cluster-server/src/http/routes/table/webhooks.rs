//! Webhooks and their deliveries.

use super::super::Route;
use super::super::told::{delete, get, post, put};
use super::{ADMIN, COMMAND, NOTHING};
use crate::http::resources::deliveries::{Delivery, DeliveryPage};
use crate::http::resources::webhooks::{TestSent, Webhook, WebhookList, WebhookNew};
use crate::http::resources::{deliveries, webhooks};

pub(super) fn rows() -> Vec<Route> {
    vec![
        get("/api/v1/webhooks", ADMIN)
            .then(|c| Box::pin(webhooks::all(c)))
            .asks(NOTHING)
            .gives::<WebhookList>(200)
            .tagged()
            .about("who is told of events"),
        get("/api/v1/webhooks/{webhook}", ADMIN)
            .then(|c| Box::pin(webhooks::one(c)))
            .asks(NOTHING)
            .gives::<Webhook>(200)
            .tagged()
            .about("one webhook, without its secret"),
        put("/api/v1/webhooks/{webhook}", ADMIN)
            .then(|c| Box::pin(webhooks::put(c)))
            .takes(COMMAND)
            .asks(NOTHING)
            .wants::<WebhookNew>()
            .gives::<Webhook>(200)
            .gives::<Webhook>(201)
            .about("makes or changes one; the answer has a new secret, once"),
        delete("/api/v1/webhooks/{webhook}", ADMIN)
            .then(|c| Box::pin(webhooks::remove(c)))
            .asks(NOTHING)
            .gives_nothing(204)
            .about("removes one with its deliveries"),
    ]
}

pub(super) fn sent() -> Vec<Route> {
    vec![
        post("/api/v1/webhooks/{webhook}/test", ADMIN)
            .then(|c| Box::pin(webhooks::test(c)))
            .asks(NOTHING)
            .gives::<TestSent>(200)
            .about("sends a message now, and says what came of it"),
        get("/api/v1/webhooks/{webhook}/deliveries", ADMIN)
            .then(|c| Box::pin(deliveries::all(c)))
            .asks(deliveries::PARAMETERS)
            .gives::<DeliveryPage>(200)
            .tagged()
            .about("a page of what was sent to it, the newest first"),
        post("/api/v1/deliveries/{delivery}/retry", ADMIN)
            .then(|c| Box::pin(deliveries::retry(c)))
            .asks(NOTHING)
            .gives::<Delivery>(200)
            .about("sends a delivery once more, under the same number"),
    ]
}
