use std::sync::Arc;

use super::client::{Client, enrolment, everything};
use app::actor::Actor;
use app::customer::enrol::enrol;
use app::idempotency::{Keyed, Known, look_up};
use axum::http::StatusCode;
use serde_json::json;

const KEY: (&str, &str) = ("idempotency-key", "sign-up 4711");

#[tokio::test]
async fn a_request_sent_twice_is_carried_out_once_and_answered_the_same() {
    let client = Client::new();
    let (everybody, body) = (everything(), enrolment(1, "Ada Lovelace"));

    let first = client.post_with(&everybody, "/v1/customers", &body, &[KEY]).await;
    let second = client.post_with(&everybody, "/v1/customers", &body, &[KEY]).await;

    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
    assert_eq!((second.status, &second.bytes), (first.status, &first.bytes));
    assert_eq!(second.header("etag"), first.header("etag"));
    assert_eq!(second.header("content-type"), Some("application/json"));
    assert_eq!(
        (first.header("idempotent-replayed"), second.header("idempotent-replayed")),
        (None, Some("true"))
    );
}

#[tokio::test]
async fn another_request_under_the_same_key_is_refused() {
    let client = Client::new();
    let everybody = everything();
    client.post_with(&everybody, "/v1/customers", &enrolment(1, "Ada Lovelace"), &[KEY]).await;

    let other = client.post_with(&everybody, "/v1/customers", &enrolment(2, "Ada Lovelace"), &[KEY]).await;
    let elsewhere = client.post_with(&everybody, "/v1/accounts", &enrolment(1, "Ada Lovelace"), &[KEY]).await;

    for answer in [other, elsewhere] {
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.code(), "idempotency-key-reused");
    }
}

#[tokio::test]
async fn a_key_is_one_callers_own() {
    let client = Client::new();
    let body = enrolment(1, "Ada Lovelace");
    client.post_with(&everything(), "/v1/customers", &body, &[KEY]).await;

    let other = client.post_with(&client.platform.control_plane(), "/v1/customers", &body, &[KEY]).await;

    assert_eq!(
        (other.status, other.code().as_str()),
        (StatusCode::CONFLICT, "in-use"),
        "its external id is in use"
    );
    assert_eq!(other.header("idempotent-replayed"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_at_once_under_one_key_one_is_carried_out() {
    let client = Arc::new(Client::new());
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let client = Arc::clone(&client);
            tokio::spawn(async move {
                client.post_with(&everything(), "/v1/customers", &enrolment(1, "Ada Lovelace"), &[KEY]).await
            })
        })
        .collect();
    let mut created = 0;
    for task in tasks {
        let answer = task.await.unwrap();
        let replayed = answer.header("idempotent-replayed").is_some();
        match answer.status {
            StatusCode::CREATED => created += usize::from(!replayed),
            StatusCode::CONFLICT => assert_eq!(answer.code(), "idempotency-key-in-use"),
            other => panic!("{other}: {}", answer.text()),
        }
    }

    assert_eq!(created, 1);
    let listed = client.get(&everything(), "/v1/customers").await.json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_refusal_is_kept_and_a_bad_key_is_refused() {
    let client = Client::new();
    let everybody = everything();
    let wrong = json!({ "kind": "martian" });

    let first = client.post_with(&everybody, "/v1/customers", &wrong, &[KEY]).await;
    let second = client.post_with(&everybody, "/v1/customers", &wrong, &[KEY]).await;
    let long = "k".repeat(256);
    let bad = client.post_with(&everybody, "/v1/customers", &wrong, &[("idempotency-key", &long)]).await;

    assert_eq!((first.status, second.status), (StatusCode::BAD_REQUEST, StatusCode::BAD_REQUEST));
    assert_eq!(second.header("content-type"), Some("application/problem+json"));
    assert_eq!(bad.code(), "idempotency-key-refused");
}

/// Where the process dies after the work was committed and before its answer was kept, a repeat carries nothing
/// out a second time, and says so.
#[tokio::test]
async fn a_repeat_after_a_crash_between_work_and_answer_is_not_carried_out_again() {
    let client = Client::new();
    let body = enrolment(1, "Ada Lovelace");
    let request = format!("POST /v1/customers\n{body}");
    let keyed = Keyed::new(KEY.1, request.as_bytes()).unwrap();
    let known = client.platform.run(&everything(), |env| look_up(env, &keyed)).unwrap();
    let Known::Unknown(claim) = known else { panic!("the key was never used") };
    let dying = Actor { claim: Some(claim), ..everything() };
    let enrolment = serde_json::from_value(body.clone()).unwrap();
    client.platform.run(&dying, |env| enrol(env, &enrolment)).unwrap();

    let repeated = client.post_with(&everything(), "/v1/customers", &body, &[KEY]).await;
    let beside = client.platform.run(&dying, |env| enrol(env, &enrolment));

    assert_eq!(
        (repeated.status, repeated.code().as_str()),
        (StatusCode::CONFLICT, "idempotency-answer-not-kept")
    );
    assert!(beside.is_err(), "another node finds the key taken");
    let listed = client.get(&everything(), "/v1/customers").await.json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
}

/// Work that came to nothing leaves its key free.
#[tokio::test]
async fn a_key_is_taken_only_with_the_work() {
    let client = Client::new();
    let officer = client.platform.officer();
    let body = enrolment(1, "Ada Lovelace");
    client.post_with(&everything(), "/v1/customers", &body, &[]).await;

    let in_use = client.post_with(&officer, "/v1/customers", &body, &[KEY]).await;
    let again = client.post_with(&officer, "/v1/customers", &body, &[KEY]).await;

    for answer in [in_use, again] {
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::CONFLICT, "in-use"));
    }
}

/// A secret is shown once: no answer that holds one is kept, and none is made twice.
#[tokio::test]
async fn a_secret_is_not_kept_for_a_repeat() {
    let client = Client::new();
    let body = json!({ "name": "control-plane", "scopes": ["gate"] });

    let first = client.post_with(&everything(), "/v1/api_keys", &body, &[KEY]).await;
    let second = client.post_with(&everything(), "/v1/api_keys", &body, &[KEY]).await;

    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
    assert_eq!(
        (second.status, second.code().as_str()),
        (StatusCode::CONFLICT, "idempotency-answer-not-kept")
    );
    let keys = client.get(&everything(), "/v1/api_keys").await.json();
    assert_eq!(keys["data"].as_array().unwrap().len(), 1);
}
