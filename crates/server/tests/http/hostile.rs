use super::client::{Client, enrolment, everything, request};
use axum::body::Body;
use axum::http::StatusCode;
use proptest::prelude::*;
use serde_json::json;
use server::LocalActor;

/// What is no request of ours is refused with a reason, and never quoted back.
#[tokio::test]
async fn malformed_and_hostile_json_is_refused() {
    let client = Client::new();
    let everybody = everything();
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let long = "A".repeat(500_000);
    let cases: Vec<(&str, Vec<u8>, StatusCode)> = vec![
        ("nothing", Vec::new(), StatusCode::BAD_REQUEST),
        ("cut short", br#"{"kind":"individual","facts":[{"#.to_vec(), StatusCode::BAD_REQUEST),
        ("not UTF-8", b"{\"kind\":\"\xff\xfe\"}".to_vec(), StatusCode::BAD_REQUEST),
        ("deeply nested", nested.into_bytes(), StatusCode::BAD_REQUEST),
        ("a field twice", br#"{"kind":"individual","kind":"entity"}"#.to_vec(), StatusCode::BAD_REQUEST),
        ("an unknown field", br#"{"kind":"individual","Secretname":1}"#.to_vec(), StatusCode::BAD_REQUEST),
        ("a number too large", br#"{"kind":1e999}"#.to_vec(), StatusCode::BAD_REQUEST),
        (
            "an overlong id",
            format!(r#"{{"kind":"individual","external_id":"{long}"}}"#).into_bytes(),
            StatusCode::BAD_REQUEST,
        ),
        ("ten megabytes", vec![b' '; 10 << 20], StatusCode::PAYLOAD_TOO_LARGE),
    ];
    for (name, body, expected) in cases {
        let answer = client.post_raw(&everybody, "/v1/customers", body).await;
        assert_eq!(answer.status, expected, "{name}: {}", answer.text());
        assert!(answer.text().len() < 1_000, "{name}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{name}");
    }
}

#[tokio::test]
async fn nul_bytes_and_control_characters_are_refused_wherever_they_come() {
    let client = Client::new();
    let everybody = everything();
    let mut nul_name = enrolment(1, "Ada\u{0}Lovelace");
    let in_name = client.post(&everybody, "/v1/customers", &nul_name).await;
    nul_name = enrolment(1, "Ada Lovelace");
    nul_name["external_id"] = json!("crm\u{0}1");
    let in_id = client.post(&everybody, "/v1/customers", &nul_name).await;

    assert_eq!(in_name.status, StatusCode::BAD_REQUEST);
    assert_eq!(in_name.json()["errors"][0]["pointer"], "/facts/0/value");
    assert!(!in_name.text().contains("Ada"));
    assert_eq!(in_id.status, StatusCode::BAD_REQUEST);
    let paths = [
        "/v1/customers?external_id=%00",
        "/v1/customers?state=%00",
        "/v1/customers?after=%00",
        "/v1/accounts/%00",
        "/v1/accounts/%ff%fe",
        "/v1/customers/%00",
        "/v1/cases?kind=%00",
        "/v1/ledger/tile/%00",
        "/v1/ledger/tile/../../keys.db",
        "/v1/ledger/proofs?kind=%00&object=%00",
        "/v1/ledger/proofs?position=18446744073709551615",
        "/v1/events?after=18446744073709551615",
        "/v1/events?limit=0",
        "/v1/customers?limit=4294967295",
    ];
    for path in paths {
        let answer = client.get(&everybody, path).await;
        assert!(answer.status.as_u16() < 500, "{path}: {} {}", answer.status, answer.text());
    }
}

#[tokio::test]
async fn overlong_and_mixed_script_names_are_refused_or_kept_as_given() {
    let client = Client::new();
    let everybody = everything();
    let long = client.post(&everybody, "/v1/customers", &enrolment(1, &"я".repeat(4_000))).await;
    let mixed = client.post(&everybody, "/v1/customers", &enrolment(2, "Ivаn Реtrоv 李 \u{202e}evil")).await;

    assert_eq!(long.status, StatusCode::BAD_REQUEST, "{}", long.text());
    assert!(matches!(mixed.status, StatusCode::CREATED | StatusCode::BAD_REQUEST), "{}", mixed.text());
    assert!(!mixed.text().contains("Реtrоv"));
}

#[tokio::test]
async fn what_is_not_called_json_is_not_read_as_json() {
    let client = Client::new();
    let request = axum::http::Request::builder().method("POST").uri("/v1/customers");
    let request = request.header("content-type", "text/plain").extension(LocalActor(everything()));
    let answer = client.send(request.body(Body::from("{}")).unwrap()).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn a_small_body_that_unpacks_to_much_is_refused() {
    use std::io::Write;
    let client = Client::new();
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let zeroes = vec![b'\n'; 1 << 20];
    for _ in 0..200 {
        bomb.write_all(&zeroes).unwrap();
    }
    let request = request("POST", "/v1/access/events")
        .header("content-encoding", "gzip")
        .extension(LocalActor(everything()));
    let answer = client.send(request.body(Body::from(bomb.finish().unwrap())).unwrap()).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::BAD_REQUEST, "not-gzip"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// No body makes the server fail.
    #[test]
    fn no_body_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..300), path in 0..4_usize) {
        let path = ["/v1/customers", "/v1/who", "/access/v1/evaluations", "/v1/access/events"][path];
        thread_local!(static CLIENT: (tokio::runtime::Runtime, Client) = (
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap(), Client::new()
        ));
        let status = CLIENT.with(|(runtime, client)| {
            runtime.block_on(client.post_raw(&everything(), path, body)).status
        });
        prop_assert!(status.as_u16() < 500, "{}", status);
    }
}
