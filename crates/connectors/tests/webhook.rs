//! Events to a server on a socket.

mod support;

use std::time::Duration;

use app::message::Unsent;
use app::webhook::EventReceiver as _;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connectors::webhook::{EventWebhook, EventWebhookError, EventWebhookSettings};
use domain::event::Event;
use domain::redacted::Redacted;
use jiff::Timestamp;
use support::{http, respond};

const KEY: [u8; 32] = [7; 32];

fn settings(url: &str, secret: &str) -> EventWebhookSettings {
    EventWebhookSettings {
        url: url.to_owned(),
        secret: Redacted::new(secret.to_owned()),
        kinds: vec!["hit.".to_owned(), "customer.screened".to_owned()],
        timeout: Duration::from_secs(5),
        allow_unencrypted: true,
    }
}

fn secret() -> String {
    format!("whsec_{}", STANDARD.encode(KEY))
}

fn event(kind: &str) -> Event {
    serde_json::from_value(serde_json::json!({
        "id": "evt_00000000000000000000000001", "type": kind, "at": "2026-03-01T10:00:00Z", "customer": null,
        "account": null, "object": "jdg_00000000000000000000000001", "version": 1, "state": "true_match",
        "reasons": ["licensed"], "actor": "system", "livemode": true,
    }))
    .expect("an event reads")
}

/// The signature is over id, instant and body, so that nobody else can tell events and old ones cannot be told again.
#[test]
fn an_event_is_signed_and_named() {
    let (url, requests) = http(|_, stream| respond(stream, "204 No Content", b""));
    let webhook = EventWebhook::new(settings(&url, &secret())).unwrap();

    webhook.receive(41, &event("hit.judged"), Timestamp::from_second(1_772_460_000).unwrap()).unwrap();

    let request = requests.recv().unwrap();
    assert_eq!(request.header("webhook-id"), Some("evt_00000000000000000000000001"));
    assert_eq!(request.header("webhook-timestamp"), Some("1772460000"));
    let signed = format!("evt_00000000000000000000000001.1772460000.{}", request.body);
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &KEY), signed.as_bytes());
    assert_eq!(request.header("webhook-signature"), Some(&*format!("v1,{}", STANDARD.encode(signature))));
    let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!((&body["type"], &body["data"]["position"]), (&"hit.judged".into(), &41.into()));
    assert_eq!(body["timestamp"], "2026-03-01T10:00:00Z");
    assert!(webhook.wants("hit.judged") && !webhook.wants("account.opened"));
}

#[test]
fn what_is_not_taken_is_to_be_told_again_unless_the_event_is_refused() {
    let cases = [
        ("500 Internal Server Error", false),
        ("404 Not Found", false),
        ("401 Unauthorized", false),
        ("302 Found", false),
        ("400 Bad Request", true),
        ("422 Unprocessable Content", true),
    ];
    for (status, for_good) in cases {
        let (url, _requests) = http(move |_, stream| respond(stream, status, b""));
        let webhook = EventWebhook::new(settings(&url, &secret())).unwrap();

        let unsent = webhook.receive(1, &event("hit.judged"), Timestamp::UNIX_EPOCH).unwrap_err();
        assert_eq!(matches!(unsent, Unsent::ForGood(_)), for_good, "{status}");
    }
}

#[test]
fn an_address_or_secret_that_protects_nothing_is_refused() {
    let refused = |url: &str, secret: &str, allow_unencrypted| {
        EventWebhook::new(EventWebhookSettings { allow_unencrypted, ..settings(url, secret) }).err()
    };

    assert_eq!(refused("http://x.example", &secret(), false), Some(EventWebhookError::Unencrypted));
    assert_eq!(refused("https://", &secret(), false), Some(EventWebhookError::Url));
    for bad in ["", "whsec_", "whsec_c2hvcnQ=", "no secret at all but long enough to be one"] {
        assert_eq!(refused("https://x.example", bad, false), Some(EventWebhookError::Secret));
    }
    assert_eq!(refused("https://x.example", &secret(), false), None);
}
