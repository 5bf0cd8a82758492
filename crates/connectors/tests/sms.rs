//! Text messages against a webhook on a socket.

mod support;

use std::io::Write as _;
use std::time::{Duration, Instant};

use app::message::{Content, Messenger as _, Unsent};
use aws_lc_rs::hmac;
use connectors::sms::{Authentication, WebhookMessenger, WebhookSettings, WebhookSettingsError};
use domain::contact_proof::Channel;
use domain::redacted::Redacted;
use support::{http, respond};

fn settings(url: &str) -> WebhookSettings {
    WebhookSettings {
        url: url.to_owned(),
        authentication: Authentication::Bearer(Redacted::new("a token".to_owned())),
        timeout: Duration::from_secs(5),
        allow_unencrypted: true,
    }
}

fn content() -> Content {
    let text = "Your code is \"123456\".\n".to_owned();
    Content { recipient: "+12025550143".to_owned(), subject: "Your code".to_owned(), text }
}

#[test]
fn a_message_is_posted_with_a_token() {
    let (url, requests) = http(|_, stream| respond(stream, "202 Accepted", b"{}"));

    WebhookMessenger::new(settings(&url)).unwrap().send(Channel::Telephone, &content()).unwrap();

    let request = requests.recv_timeout(Duration::from_secs(5)).unwrap();
    let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
    assert!(request.head.starts_with("POST / HTTP/1.1\r\n"), "{}", request.head);
    assert_eq!(request.header("authorization"), Some("Bearer a token"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(body["recipient"], "+12025550143");
    assert_eq!(body["text"], content().text);
    assert!(!request.head.contains("2025550143"), "{}", request.head);
}

#[test]
fn a_message_tried_again_keeps_its_id_and_its_signature_holds() {
    let (url, requests) = http(|_, stream| respond(stream, "200 OK", b""));
    let secret = Authentication::Hmac(Redacted::new("a secret".to_owned()));
    let messenger =
        WebhookMessenger::new(WebhookSettings { authentication: secret, ..settings(&url) }).unwrap();
    let other = Content { text: "Your code is 654321.".to_owned(), ..content() };

    let ids: Vec<String> = [content(), content(), other]
        .iter()
        .map(|content| {
            messenger.send(Channel::Telephone, content).unwrap();
            let request = requests.recv_timeout(Duration::from_secs(5)).unwrap();
            let signature = request.header("tenantry-signature").unwrap().strip_prefix("sha256=").unwrap();
            let key = hmac::Key::new(hmac::HMAC_SHA256, b"a secret");
            hmac::verify(&key, request.body.as_bytes(), &hex::decode(signature).unwrap()).unwrap();
            let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
            body["id"].as_str().unwrap().to_owned()
        })
        .collect();

    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
}

#[test]
fn what_the_webhook_answers_decides_whether_to_try_again() {
    let cases = [
        ("400 Bad Request", true),
        ("404 Not Found", true),
        ("422 Unprocessable Content", true),
        ("401 Unauthorized", false),
        ("403 Forbidden", false),
        ("408 Request Timeout", false),
        ("429 Too Many Requests", false),
        ("302 Found", false),
        ("500 Internal Server Error", false),
        ("503 Service Unavailable", false),
    ];
    for (status, is_for_good) in cases {
        let (url, _requests) = http(move |_, stream| respond(stream, status, b"no such number +12025550143"));

        let error =
            WebhookMessenger::new(settings(&url)).unwrap().send(Channel::Telephone, &content()).unwrap_err();

        assert_eq!(matches!(error, Unsent::ForGood(_)), is_for_good, "{status}: {error}");
        assert!(!format!("{error} {error:?}").contains("2025550143"), "{error:?}");
    }
}

#[test]
fn a_redirect_takes_the_message_nowhere() {
    let (elsewhere, taken) = http(|_, stream| respond(stream, "200 OK", b""));
    let (url, _requests) = http(move |_, stream| {
        let _ = write!(
            stream,
            "HTTP/1.1 307 Temporary Redirect\r\nlocation: {elsewhere}\r\ncontent-length: 0\r\n\r\n"
        );
    });

    let sent = WebhookMessenger::new(settings(&url)).unwrap().send(Channel::Telephone, &content());

    assert!(matches!(sent, Err(Unsent::ForNow(_))), "{sent:?}");
    assert!(taken.recv_timeout(Duration::from_millis(200)).is_err());
}

#[test]
fn a_webhook_that_is_gone_slow_cut_or_endless_is_tried_again() {
    let gone =
        format!("http://{}", std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let (slow, _slow) = http(|_, _| std::thread::park());
    let (cut, _cut) = http(|_, stream| drop(stream.write_all(b"HTTP/1.1 20")));
    let (endless, _endless) = http(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(b"x-more: and more and more and more\r\n").is_ok() {}
    });
    for url in [gone, slow, cut, endless] {
        let settings = WebhookSettings { timeout: Duration::from_millis(500), ..settings(&url) };
        let start = Instant::now();

        let error =
            WebhookMessenger::new(settings).unwrap().send(Channel::Telephone, &content()).unwrap_err();

        assert!(matches!(error, Unsent::ForNow(_)), "{error:?}");
        assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
        assert!(!error.to_string().contains("2025550143"), "{error}");
    }
}

#[test]
fn settings_that_are_not_safe_are_refused() {
    let refused = |settings| WebhookMessenger::new(settings).err().unwrap();
    let token = |token: &str| Authentication::Bearer(Redacted::new(token.to_owned()));

    let in_clear = WebhookSettings { allow_unencrypted: false, ..settings("http://sms.example") };
    assert_eq!(refused(in_clear), WebhookSettingsError::Unencrypted);
    assert_eq!(refused(settings("ftp://sms.example")), WebhookSettingsError::Unencrypted);
    assert_eq!(refused(settings("http://")), WebhookSettingsError::Url);
    for bad in ["", "a\r\nX-Evil: 1"] {
        let settings = WebhookSettings { authentication: token(bad), ..settings("https://sms.example") };
        assert_eq!(refused(settings), WebhookSettingsError::Secret);
    }
    assert!(!format!("{:?}", settings("https://sms.example")).contains("a token"));
}
