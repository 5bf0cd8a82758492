use super::client::{Client, enrolment, everything, request};
use axum::body::Body;
use axum::http::StatusCode;
use server::LocalActor;

/// One read with `If-None-Match`.
async fn read(client: &Client, path: &str, had: &str) -> super::client::Answer {
    let asked = request("GET", path).header("if-none-match", had).extension(LocalActor(everything()));
    client.send(asked.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn who_has_the_present_version_gets_no_body() {
    let client = Client::new();
    let enrolled = client.post(&everything(), "/v1/customers", &enrolment(1, "Ada Lovelace")).await.json();
    let customer = format!("/v1/customers/{}", enrolled["customer"]["id"].as_str().unwrap());
    let account = format!("/v1/accounts/{}", enrolled["account"]["id"].as_str().unwrap());
    for path in [&customer, &account] {
        let tag = client.get(&everything(), path).await.header("etag").unwrap().to_owned();

        for had in [tag.clone(), format!("W/{tag}"), format!("\"0\", {tag}"), "*".to_owned()] {
            let answer = read(&client, path, &had).await;

            assert_eq!(answer.status, StatusCode::NOT_MODIFIED, "{path} {had}");
            assert_eq!((answer.bytes.len(), answer.header("content-type")), (0, None), "{path} {had}");
            assert_eq!(answer.header("etag"), Some(tag.as_str()), "{path} {had}");
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{path} {had}");
        }
        for had in ["\"0\"", "nonsense", "\"\""] {
            assert_eq!(read(&client, path, had).await.status, StatusCode::OK, "{path} {had}");
        }
    }
    let absent = read(&client, "/v1/customers/cus_00000000000000000000000000", "*").await;
    let without_tag = read(&client, "/v1/customers", "*").await;
    assert_eq!((absent.status, without_tag.status), (StatusCode::NOT_FOUND, StatusCode::OK));
}

/// CIP-20: what time alone made due has the same version and is no longer what the caller has.
#[tokio::test]
async fn a_verification_that_became_due_is_told_to_who_has_the_version() {
    let client = Client::new();
    let enrolled = client.platform.enrol_individual("Ada Karenina", "DE").customer.id;
    client.platform.verify(enrolled).unwrap();
    let path = format!("/v1/customers/{enrolled}");
    let tag = client.get(&everything(), &path).await.header("etag").unwrap().to_owned();

    client.platform.clock.advance_days(366);
    let answer = read(&client, &path, &tag).await;

    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json()["identification"]["state"], "reverify_due");
    let due = answer.header("etag").unwrap().to_owned();
    assert_eq!(read(&client, &path, &due).await.status, StatusCode::NOT_MODIFIED);
    let more = serde_json::json!({ "facts": [{ "field": "purpose", "value": { "text": "web" } }] });
    let changed =
        client.post_with(&everything(), &format!("{path}/facts"), &more, &[("if-match", &due)]).await;
    assert_eq!(changed.status, StatusCode::CREATED, "{}", changed.text());
}
