use std::path::PathBuf;

use super::client::{Client, everything};
use serde_json::json;

/// The interface as it was accepted; a change of it shows in review.
#[test]
fn the_openapi_document_is_the_accepted_one() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../openapi.json");
    let written = server::openapi();
    if std::env::var_os("TENANTRY_BLESS").is_some() {
        std::fs::write(&path, &written).unwrap();
    }

    let accepted = std::fs::read_to_string(&path).unwrap_or_default();

    assert!(written == accepted, "openapi.json differs from the code; accept it with TENANTRY_BLESS=1");
}

#[tokio::test]
async fn the_document_is_served_as_it_is_written() {
    let client = Client::new();
    let answer = client.get(&everything(), "/openapi.json").await;
    assert_eq!(answer.text(), server::openapi());
}

/// Each field of a problem document is an interface.
#[tokio::test]
async fn problems_have_the_documented_form() {
    let client = Client::new();

    let absent = client.get(&everything(), "/v1/customers/cus_00000000000000000000000000").await;
    let misshapen = client.post(&everything(), "/v1/accounts", &json!({ "customer": "Ivan" })).await;

    assert_eq!(absent.header("content-type"), Some("application/problem+json"));
    assert_eq!(
        absent.json(),
        json!({
            "type": "urn:tenantry:problem:no-such-customer",
            "title": "Not Found",
            "status": 404,
            "code": "no-such-customer",
            "detail": "no customer `cus_00000000000000000000000000`",
        })
    );
    assert_eq!(
        misshapen.json(),
        json!({
            "type": "urn:tenantry:problem:body-refused",
            "title": "Bad Request",
            "status": 400,
            "code": "body-refused",
            "detail": "not an id of the form `cus_` and 26 characters",
            "errors": [{ "pointer": "/customer", "detail": "not an id of the form `cus_` and 26 characters" }],
        })
    );
}
