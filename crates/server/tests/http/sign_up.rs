use super::client::{Client, enrolment, everything};
use axum::http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn a_sign_up_is_answered_with_customer_account_and_decision() {
    let client = Client::new();
    let answer =
        client.post(&client.platform.control_plane(), "/v1/customers", &enrolment(1, "Ada Lovelace")).await;

    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let body = answer.json();
    assert_eq!(body["customer"]["object"], "customer");
    assert_eq!(body["customer"]["external_id"], "crm-1");
    assert_eq!(body["account"]["external_id"], "account-1");
    assert!(body["decision"]["verdict"]["findings"].as_array().unwrap().len() > 3);
    assert!(body["customer"]["livemode"].is_boolean());
    let version = body["customer"]["version"].to_string();
    assert_eq!(answer.header("etag"), Some(format!("\"{version}\"").as_str()));
    for planted in ["Lovelace", "Evergreen", "mail.example", "5550"] {
        assert!(!answer.text().contains(planted), "no identity data without a purpose: {planted}");
    }
}

/// SEC-02
#[tokio::test]
async fn identity_data_is_read_under_a_purpose_only() {
    let client = Client::new();
    let enrolled = client.post(&everything(), "/v1/customers", &enrolment(1, "Ada Lovelace")).await.json();
    let path = format!("/v1/customers/{}/record", enrolled["customer"]["id"].as_str().unwrap());
    let officer = client.platform.officer();

    let without = client.get(&officer, &path).await;
    let request = super::client::request("GET", &path)
        .header("tenantry-purpose", "checking the file")
        .extension(server::LocalActor(officer));
    let with = client.send(request.body(axum::body::Body::empty()).unwrap()).await;

    assert_eq!(
        (without.status, without.code().as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, "purpose-missing")
    );
    assert_eq!(with.status, StatusCode::OK, "{}", with.text());
    assert!(with.text().contains("Ada Lovelace"));
    assert!(!with.text().contains("sealed"));
}

#[tokio::test]
async fn a_change_on_what_somebody_else_changed_meanwhile_is_refused() {
    let client = Client::new();
    let answer = client.post(&everything(), "/v1/customers", &enrolment(1, "Ada Lovelace")).await;
    let tag = answer.header("etag").unwrap().to_owned();
    let path = format!("/v1/customers/{}/facts", answer.json()["customer"]["id"].as_str().unwrap());
    let purpose = |text: &str| json!({ "facts": [{ "field": "purpose", "value": { "text": text } }] });

    let first = client.post_with(&everything(), &path, &purpose("web"), &[("if-match", &tag)]).await;
    let second = client.post_with(&everything(), &path, &purpose("mail"), &[("if-match", &tag)]).await;
    let malformed = client.post_with(&everything(), &path, &purpose("mail"), &[("if-match", "seven")]).await;

    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
    assert_ne!(first.header("etag"), Some(tag.as_str()));
    assert_eq!((second.status, second.code().as_str()), (StatusCode::CONFLICT, "version-conflict"));
    assert_eq!(malformed.code(), "if-match-refused");
}

#[tokio::test]
async fn lists_come_in_pages() {
    let client = Client::new();
    for number in 1..=5 {
        client.post(&everything(), "/v1/customers", &enrolment(number, "Ada Lovelace")).await;
    }
    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let page = client.get(&everything(), &format!("/v1/customers?limit=2&after={after}")).await.json();
        let ids = page["data"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned());
        seen.extend(ids);
        match page["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    let mut once = seen.clone();
    once.dedup();
    assert_eq!((seen.len(), once.len()), (5, 5));
}

/// CIP-21
#[tokio::test]
async fn a_bad_line_of_an_import_is_answered_and_the_run_goes_on() {
    let client = Client::new();
    let mut line = enrolment(1, "Ada Lovelace");
    line["type"] = json!("customer");
    let text = format!("{line}\nnonsense\n\n{{\"type\":\"customer\",\"kind\":\"Ada Lovelace\"}}\n");
    let answer = client.post_raw(&everything(), "/v1/import", text.into_bytes()).await;
    let body = answer.text();
    let lines: Vec<serde_json::Value> =
        body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();

    assert_eq!(lines.len(), 3, "{body}");
    assert_eq!((&lines[0]["line"], &lines[0]["type"]), (&json!(1), &json!("customer")), "{body}");
    assert_eq!((&lines[1]["line"], &lines[1]["error"]["code"]), (&json!(2), &json!("not-json")));
    assert_eq!(lines[2]["line"], json!(4));
}

/// CIP-24
#[tokio::test]
async fn a_decision_is_made_again_the_same() {
    let client = Client::new();
    let enrolled = client.post(&everything(), "/v1/customers", &enrolment(1, "Ada Lovelace")).await.json();
    let path = format!("/v1/decisions/{}/replay", enrolled["decision"]["id"].as_str().unwrap());
    let replay = client.post(&everything(), &path, &json!(null)).await.json();
    assert_eq!((&replay["same"], &replay["same_engine"]), (&json!(true), &json!(true)));
}

/// SEC-04: over HTTP, too, one person is not enough.
#[tokio::test]
async fn nobody_approves_their_own_draft() {
    let client = Client::new();
    let enrolled = client.post(&everything(), "/v1/customers", &enrolment(1, "Ada Lovelace")).await.json();
    client.platform.settle();
    let account = enrolled["account"]["id"].as_str().unwrap();
    let body =
        json!({ "action": { "action": "close_account", "account": account }, "reason": "as the file shows" });
    let draft = client.post(&client.platform.officer(), "/v1/drafts", &body).await.json();
    let path = format!("/v1/drafts/{}/approve", draft["id"].as_str().unwrap());

    let alone = client.post(&client.platform.officer(), &path, &json!(null)).await;
    let program = client.post(&everything(), &path, &json!(null)).await;
    let second = client.post(&client.platform.second_officer(), &path, &json!(null)).await;

    assert_eq!((alone.status, alone.code().as_str()), (StatusCode::FORBIDDEN, "same-person"));
    assert_eq!(program.code(), "person-needed");
    assert_eq!(second.status, StatusCode::OK, "{}", second.text());
    let account = client.get(&everything(), &format!("/v1/accounts/{account}")).await.json();
    assert_eq!(account["status"]["state"], "closed");
}
