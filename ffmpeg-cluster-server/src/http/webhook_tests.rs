//! Webhooks over a real socket. Every answer is compared with docs/openapi.json.

use serde_json::json;

use super::api_tests::Served;

const PUT: &str = "PUT /api/v1/webhooks/phone\nContent-Type: application/json";

#[tokio::test]
async fn a_webhook_is_made_changed_listed_and_removed() {
    let served = Served::start().await;
    assert_eq!(served.get("/api/v1/webhooks").await.body, json!({ "items": [] }));
    let made = served.ask(PUT, r#"{"url":"https://example.org/hook"}"#).await;
    assert_eq!((made.status, &made.body["types"]), (201, &json!(["job.completed", "job.failed"])));
    let secret = made.body["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("whsec_") && made.body["allow"] == "public", "{}", made.body);

    let changed = served.ask(PUT, r#"{"url":"http://127.0.0.1:1/","types":["job.*"],"allow":"lan"}"#).await;
    assert_eq!((changed.status, changed.body.get("secret")), (200, None), "{}", changed.body);
    let rotated = served
        .ask(PUT, r#"{"url":"http://127.0.0.1:1/","types":["job.*"],"allow":"lan","rotate_secret":true}"#)
        .await;
    assert_ne!(rotated.body["secret"].as_str().unwrap(), secret);
    assert!(rotated.body["former_secret_until"].is_string(), "{}", rotated.body);

    let one = served.get("/api/v1/webhooks/phone").await;
    assert_eq!(served.get("/api/v1/webhooks").await.body["items"], json!([one.body]));
    assert_eq!(one.body.get("secret"), None);
    let sent = served.ask("POST /api/v1/webhooks/phone/test", "").await;
    assert!(sent.body["error"].as_str().unwrap().starts_with("could not connect"), "{}", sent.body);
    let page = served.get("/api/v1/webhooks/phone/deliveries?limit=5").await;
    assert_eq!(page.body, json!({ "items": [], "next": null }), "a test is not kept");

    assert_eq!(served.ask("DELETE /api/v1/webhooks/phone", "").await.status, 204);
    for head in [
        "GET /api/v1/webhooks/phone",
        "GET /api/v1/webhooks/phone/deliveries",
        "DELETE /api/v1/webhooks/phone",
        "POST /api/v1/webhooks/phone/test",
        "POST /api/v1/deliveries/msg_1_1_phone/retry",
    ] {
        let got = served.ask(head, "").await;
        assert!(got.status == 404 && got.body["code"].as_str().unwrap().ends_with("_NOT_FOUND"), "{head}");
    }
}

#[tokio::test]
async fn fifty_webhooks_are_enough() {
    let served = Served::start().await;
    let put = async |name: &str| {
        let head = format!("PUT /api/v1/webhooks/{name}\nContent-Type: application/json");
        served.ask(&head, r#"{"url":"https://example.org/hook"}"#).await.status
    };
    for n in 0..50 {
        assert_eq!(put(&format!("w{n}")).await, 201);
    }
    assert_eq!([put("one-more").await, put("w7").await], [429, 200]);
}
