use super::client::{Client, enrolment, everything, request};
use axum::body::Body;
use axum::http::StatusCode;
use serde_json::{Value, json};
use server::LocalActor;

const AT: &str = "2026-03-02T14:30:00Z";

async fn with_accesses() -> Client {
    let client = Client::new();
    client.post(&everything(), "/v1/customers", &enrolment(1, "Ada Lovelace")).await;
    client.platform.settle();
    let events = format!(
        "{{\"account\":\"account-1\",\"ip\":\"192.0.2.7\",\"at\":\"{AT}\",\"kind\":\"access\",\"source\":\"edge\",\"seq\":1}}\n\
         {{\"account\":\"account-1\",\"ip\":\"192.0.2.7\",\"at\":\"{AT}\",\"kind\":\"access\",\"source\":\"edge\",\"seq\":1}}\n\
         nonsense\n\
         {{\"account\":\"unknown\",\"ip\":\"192.0.2.7\",\"at\":\"{AT}\",\"kind\":\"access\",\"source\":\"edge\",\"seq\":2}}\n"
    );
    let answer =
        client.post_raw(&client.platform.control_plane(), "/v1/access/events", events.into_bytes()).await;
    let text = answer.text();
    let results: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(
            |line| {
                if line["error"].is_null() { line["result"].clone() } else { line["error"]["code"].clone() }
            },
        )
        .collect();
    assert_eq!(json!(results), json!(["stored", "duplicate", "not_json", "stored"]), "{text}");
    client
}

async fn who(client: &Client, purpose: Option<&str>) -> super::client::Answer {
    let mut asked = request("POST", "/v1/who").extension(LocalActor(client.platform.investigator()));
    if let Some(purpose) = purpose {
        asked = asked.header("tenantry-purpose", purpose);
    }
    let body = json!({ "ip": "192.0.2.7", "at": AT, "rows": true });
    client.send(asked.body(Body::from(body.to_string())).unwrap()).await
}

/// LOG-01, SEC-02: who was behind an address, under a purpose, with what proves it.
#[tokio::test]
async fn who_was_behind_an_address_is_answered_under_a_purpose() {
    let client = with_accesses().await;

    let without = who(&client, None).await;
    let with = who(&client, Some("abuse report 4711")).await;

    assert_eq!(without.code(), "purpose-missing");
    assert_eq!(with.status, StatusCode::OK, "{}", with.text());
    let body = with.json();
    let lines = body["accounts"].as_array().unwrap();
    let known = lines.iter().find(|line| line["account"] == "account-1").unwrap();
    assert_eq!(known["holder"]["names"], json!(["Ada Lovelace"]));
    assert!(known["holder"]["proofs"][0]["position"].is_number(), "{known}");
    assert_eq!(known["rows"].as_array().unwrap().len(), 1);
    assert!(lines.iter().any(|line| line["account"] == "unknown" && line["holder"].is_null()));
    assert_eq!(body["fictional_lists"], json!(true));
    let position = known["holder"]["proofs"][0]["position"].as_u64().unwrap();
    let auditor = client.platform.auditor();
    let proof = client.get(&auditor, &format!("/v1/ledger/proofs?position={position}")).await.json();
    assert_eq!(proof["index"], json!(position));
}

/// LOG-02: the ledger is served so that anybody can verify it.
#[tokio::test]
async fn checkpoints_tiles_and_proofs_are_served() {
    let client = with_accesses().await;
    let auditor = client.platform.auditor();

    let checkpoint = client.get(&auditor, "/v1/ledger/checkpoint").await.text();
    let key = client.get(&auditor, "/v1/ledger/key").await.text();
    let size: u64 = checkpoint.lines().nth(1).unwrap().parse().unwrap();
    let tile = client.get(&auditor, &format!("/v1/ledger/tile/0/000.p/{size}")).await;
    let none = client.get(&auditor, "/v1/ledger/tile/0/999").await;
    let events = client.get(&auditor, "/v1/events").await.json();
    let event = events["data"][0]["id"].as_str().unwrap();
    let proof = client.get(&auditor, &format!("/v1/ledger/proofs?kind=event&object={event}")).await;

    assert!(checkpoint.starts_with("tenantry/ledger/0\n"));
    assert!(key.starts_with("tenantry/ledger/0+"), "{key}");
    assert_eq!(tile.bytes.len() as u64, size * 32);
    assert_eq!(none.code(), "no-such-tile");
    let proof = proof.json();
    assert_eq!(proof["checkpoint"].as_str(), Some(checkpoint.as_str()));
    assert!(proof["leaf"].as_str().unwrap().contains(event));
}

#[tokio::test]
async fn where_an_account_came_from_and_who_shares_it() {
    let client = with_accesses().await;
    let investigator = client.platform.investigator();
    let of = client.post(&investigator, "/v1/access/of", &json!({ "account": "account-1" })).await.json();
    let shared =
        client.post(&investigator, "/v1/access/shared", &json!({ "account": "account-1" })).await.json();
    let wrong = client.post(&investigator, "/v1/access/of", &json!({ "ip": "192.0.2.7", "at": AT })).await;

    assert_eq!(of["accounts"][0]["ips"], json!(["192.0.2.7"]));
    assert_eq!(shared["accounts"][0]["account"], "unknown");
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}
