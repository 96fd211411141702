//! Webhooks, and the deliveries that are made with their events.

use ffmpeg_cluster_common::access::secret::Secret;
use ffmpeg_cluster_common::time::WallMillis;

use super::Fresh;
use super::samples::job;
use crate::store::catalog::{
    Catalog, DeliveryRow, EventRow, NewEvent, Page, Reads, Then, Told, Tried, WebhookRow,
};

pub(crate) fn webhook(name: &str, types: &[&str]) -> WebhookRow {
    WebhookRow {
        name: name.into(),
        url: "https://example.org/hook".into(),
        types: types.iter().map(|kind| (*kind).to_owned()).collect(),
        allow: "public".into(),
        secret: Secret::new("whsec_QUJD"),
        former: None,
        created_at: WallMillis(2),
        disabled: None,
    }
}

fn tell(catalog: &mut dyn Catalog, kinds: &[&'static str]) -> Vec<EventRow> {
    let event =
        |kind: &&'static str| NewEvent { kind, job: None, client: None, owner: None, data: "{}".into() };
    let events = kinds.iter().map(event).collect();
    catalog.commit_told(&[], &Told { at: WallMillis(7), events, ..Told::default() }).unwrap()
}

fn tried(id: &str, then: Then) -> Tried {
    Tried { id: id.into(), at: WallMillis(9), status: Some(500), error: Some("no".into()), then }
}

fn ids(rows: &[DeliveryRow]) -> Vec<&str> {
    rows.iter().map(|row| row.id.as_str()).collect()
}

fn due(reads: &dyn Reads) -> Vec<String> {
    reads.next_deliveries().unwrap().into_iter().map(|row| row.id).collect()
}

pub(crate) fn a_delivery_is_made_with_its_event_or_not_at_all(place: &dyn Fresh) {
    let mut catalog = place.open();
    catalog.load(WallMillis(1)).unwrap();
    catalog.put_webhook(&webhook("phone", &["job.*"])).unwrap();
    catalog.put_webhook(&webhook("wall", &["job.failed", "client.gone"])).unwrap();
    tell(&mut *catalog, &["job.failed", "client.gone", "upload.created"]);
    let reads = catalog.reads().unwrap();
    let of = |name: &str| reads.deliveries(name, &Page::first()).unwrap();
    assert_eq!(ids(&of("phone")), ["msg_1_1_phone"]);
    assert_eq!(ids(&of("wall")), ["msg_1_2_wall", "msg_1_1_wall"], "the newest first");
    let body: serde_json::Value = serde_json::from_str(&of("phone")[0].body).unwrap();
    assert_eq!(
        (&body["type"], &body["timestamp"]),
        (&"job.failed".into(), &"1970-01-01T00:00:00.007Z".into())
    );
    let event = NewEvent { kind: "job.created", job: None, client: None, owner: None, data: "{}".into() };
    let told = Told { at: WallMillis(8), events: vec![event], ..Told::default() };
    catalog.commit_told(&[job("j"), job("j")], &told).unwrap_err();
    assert_eq!(of("phone").len(), 1, "of an event that never was");
}

pub(crate) fn a_webhook_gets_its_deliveries_in_their_order(place: &dyn Fresh) {
    let mut catalog = place.open();
    catalog.load(WallMillis(1)).unwrap();
    catalog.put_webhook(&webhook("phone", &["*"])).unwrap();
    tell(&mut *catalog, &["a", "b"]);
    let reads = catalog.reads().unwrap();
    assert_eq!(due(&*reads), ["msg_1_1_phone"]);
    catalog.delivery_tried(&tried("msg_1_1_phone", Then::Again(WallMillis(99)))).unwrap();
    let first = reads.delivery("msg_1_1_phone").unwrap().unwrap();
    assert_eq!((first.tries, first.next_at, first.last_status), (1, WallMillis(99), Some(500)));
    assert_eq!(due(&*reads), ["msg_1_1_phone"], "a later one passed it");
    assert_eq!(reads.deliveries_waiting().unwrap()["phone"], 2);
    catalog.delivery_tried(&tried("msg_1_1_phone", Then::GivenUp)).unwrap();
    assert_eq!(due(&*reads), ["msg_1_2_phone"]);
    catalog.delivery_tried(&tried("msg_1_2_phone", Then::Delivered)).unwrap();
    assert!(due(&*reads).is_empty());
    assert!(catalog.repeat_delivery("msg_1_1_phone", WallMillis(50)).unwrap());
    let again = reads.next_deliveries().unwrap().remove(0);
    assert_eq!((again.id.as_str(), again.tries, again.next_at), ("msg_1_1_phone", 0, WallMillis(50)));
    assert!(!catalog.repeat_delivery("msg_9_9_phone", WallMillis(50)).unwrap());
}

pub(crate) fn a_disabled_webhook_is_told_and_gets_nothing_until_it_is_put_again(place: &dyn Fresh) {
    let mut catalog = place.open();
    catalog.load(WallMillis(1)).unwrap();
    catalog.put_webhook(&webhook("phone", &["*"])).unwrap();
    catalog.put_webhook(&webhook("wall", &["webhook.*"])).unwrap();
    tell(&mut *catalog, &["a", "b"]);
    let events = catalog.delivery_tried(&tried("msg_1_1_phone", Then::Disable("gone".into()))).unwrap();
    let [event] = &events[..] else { panic!("{events:?}") };
    assert_eq!((event.seq, event.kind.as_str()), (3, "webhook.disabled"));
    let reads = catalog.reads().unwrap();
    assert_eq!(due(&*reads), ["msg_1_3_wall"], "others hear of it, and it hears nothing");
    let disabled = reads.webhooks().unwrap().remove(0).disabled;
    assert_eq!(disabled, Some((WallMillis(9), "gone".to_owned())));
    tell(&mut *catalog, &["c"]);
    catalog.put_webhook(&webhook("phone", &["*"])).unwrap();
    assert_eq!(due(&*reads), ["msg_1_2_phone", "msg_1_3_wall"], "what waited comes first");
    assert_eq!(
        reads.deliveries("phone", &Page::first()).unwrap().len(),
        2,
        "what came meanwhile is not for it"
    );
    assert!(catalog.remove_webhook("phone").unwrap() && !catalog.remove_webhook("phone").unwrap());
    assert!(reads.deliveries("phone", &Page::first()).unwrap().is_empty());
    assert!(catalog.delivery_tried(&tried("msg_1_2_phone", Then::GivenUp)).unwrap().is_empty());
}

pub(crate) fn a_webhook_keeps_its_last_thousand_finished_deliveries(place: &dyn Fresh) {
    let mut catalog = place.open();
    catalog.load(WallMillis(1)).unwrap();
    catalog.put_webhook(&webhook("phone", &["a"])).unwrap();
    tell(&mut *catalog, &["a"; 1_003]);
    for seq in 1..=1_002 {
        catalog.delivery_tried(&tried(&format!("msg_1_{seq}_phone"), Then::Delivered)).unwrap();
    }
    let all = catalog.reads().unwrap().deliveries("phone", &Page { after: None, limit: 2_000 }).unwrap();
    assert_eq!((all.len(), all.last().unwrap().seq), (1_001, 3), "one of them waits");
}
