//! What somebody sends who does not know the interface yet: refused in words that say what to send instead.

use super::client::{Client, enrolment, everything, request};
use axum::body::Body;
use axum::http::StatusCode;
use serde_json::{Value, json};

async fn with_account() -> Client {
    let client = Client::new();
    client.post(&everything(), "/v1/customers", &enrolment(1, "Ada Lovelace")).await;
    client.platform.settle();
    client
}

/// A misspelt port would name everybody behind the address, a misspelt limit would allow anything.
#[tokio::test]
async fn misspelt_members_and_words_are_pointed_at() {
    let client = with_account().await;
    let at = "2026-03-02T14:30:00Z";
    let asks = |context: Value| {
        json!({ "subject": { "type": "account", "id": "account-1" }, "action": { "name": "provision" },
                "context": context, "anything": { "at": "the top is the caller's" } })
    };
    let cases = [
        ("/v1/who", json!({ "ip": "192.0.2.7", "prot": 1, "at": at }), "/prot"),
        ("/v1/who", json!({ "ip": "192.0.2.7", "port": "x", "at": at }), "/port"),
        ("/v1/who", json!({ "ip": "ten", "at": at }), "/ip"),
        ("/v1/who", json!({ "ip": "192.0.2.7", "at": "2999-01-01T00:00:00Z" }), "/at"),
        ("/v1/access/of", json!({ "account": "account-1", "form": at }), "/form"),
        ("/access/v1/evaluation", asks(json!({ "quantiy": 9_000 })), "/context/quantiy"),
        ("/access/v1/evaluation", asks(json!({ "resurce": "gpu" })), "/context/resurce"),
        ("/access/v1/evaluation", asks(json!({ "resource": "GPU" })), "/context/resource"),
        ("/access/v1/evaluation", asks(json!({ "resource": "vcpus" })), "/context/resource"),
        ("/access/v1/evaluation", asks(json!({ "region": "??" })), "/context/region"),
        ("/access/v1/evaluation", asks(json!({ "payment": "wallets" })), "/context/payment"),
    ];
    for (path, body, pointer) in cases {
        let answer =
            client.post_with(&everything(), path, &body, &[("tenantry-purpose", "abuse report")]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}: {}", answer.text());
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{body}: {}", answer.text());
    }
    let good =
        client.post(&everything(), "/access/v1/evaluation", &asks(json!({ "resource": "vcpu" }))).await;
    assert_eq!(good.status, StatusCode::OK, "{}", good.text());
}

/// LOG-01: one question does not name half the customers.
#[tokio::test]
async fn who_takes_no_prefix_that_names_everybody() {
    let client = with_account().await;
    let ask = async |ip: &str| {
        let body = json!({ "ip": ip, "at": "2026-03-02T14:30:00Z" });
        client.post_with(&everything(), "/v1/who", &body, &[("tenantry-purpose", "abuse report")]).await
    };

    for (wide, widest) in [("0.0.0.0/0", "/16"), ("10.0.0.0/15", "/16"), ("2001::/31", "/32")] {
        let answer = ask(wide).await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "too-broad"));
        assert!(answer.text().contains(widest), "{}", answer.text());
    }
    for narrow in ["10.0.0.0/16", "2001:db8::/32", "10.0.0.1"] {
        assert_eq!(ask(narrow).await.status, StatusCode::OK, "{narrow}");
    }
}

#[tokio::test]
async fn json_of_the_wrong_shape_is_not_called_no_json() {
    let client = with_account().await;
    let array = json!([null, null, "individual", null, "collection@1", [], [], [], null]);
    let cases = [
        ("/v1/customers", "{", "not-json"),
        ("/v1/customers", &*array.to_string(), "wrong-shape"),
        ("/v1/customers", "[]", "wrong-shape"),
        ("/v1/customers", "\"Ivan\"", "wrong-shape"),
        ("/v1/customers", "{}", "body-refused"),
        ("/v1/who", "[]", "wrong-shape"),
        ("/v1/who", "{", "not-json"),
    ];
    for (path, body, code) in cases {
        let answer = client.post_raw(&everything(), path, body.as_bytes().to_vec()).await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::BAD_REQUEST, code), "{path} {body}");
        let text = answer.text();
        assert!(!text.contains("struct ") && !text.contains("Enrolment") && !text.contains("Ivan"), "{text}");
        assert_eq!(answer.json()["errors"].is_null(), code == "not-json" && path != "/v1/who", "{text}");
    }
    let no_purpose = client
        .post(&everything(), "/v1/who", &json!({ "ip": "192.0.2.7", "at": "2026-03-02T14:30:00Z" }))
        .await;
    assert!(no_purpose.text().contains("`Tenantry-Purpose`"), "{}", no_purpose.text());
    let long = client.post_raw(&everything(), "/v1/customers", vec![b' '; 2 << 20]).await;
    assert_eq!(long.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(long.text().contains("1048576 bytes"), "{}", long.text());
    let line = client.post_raw(&everything(), "/v1/import", b"[\"customer\"]\n".to_vec()).await;
    assert!(line.text().contains("wrong-shape"), "{}", line.text());
}

#[tokio::test]
async fn parameters_that_mean_nothing_are_named() {
    let client = with_account().await;
    let cases = [
        ("/v1/customers?after=banana", "cursor-refused", "`after`"),
        ("/v1/customers?after=acct_01arz3ndektsv4rrffq69g5fav", "cursor-refused", "`after`"),
        ("/v1/cases?after=banana", "cursor-refused", "`after`"),
        ("/v1/customers?state=bogus", "query-refused", "`state`"),
        ("/v1/customers?limit=many", "query-refused", "`limit`"),
        ("/v1/customers?colour=red", "query-refused", "`colour`"),
        ("/v1/cases?kind=bogus", "query-refused", "`kind`"),
        ("/v1/ledger/proofs?kind=banana&object=x", "query-refused", "`kind`"),
    ];
    for (path, code, named) in cases {
        let answer = client.get(&everything(), path).await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::BAD_REQUEST, code), "{path}");
        assert!(answer.text().contains(named), "{path}: {}", answer.text());
    }
    for state in domain::customer::Identification::STATES {
        let answer = client.get(&everything(), &format!("/v1/customers?state={state}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{state}");
    }
}

#[tokio::test]
async fn the_control_planes_own_names_do_wherever_an_id_does() {
    let client = with_account().await;
    let reason = json!({ "reason": "holder-asked" });

    for path in ["/v1/customers/crm-1", "/v1/customers/crm-1/requirements", "/v1/accounts/account-1"] {
        assert_eq!(client.get(&everything(), path).await.status, StatusCode::OK, "{path}");
    }
    let closed = client.post(&everything(), "/v1/accounts/account-1/close", &reason).await;
    assert_eq!((closed.status, &closed.json()["status"]["state"]), (StatusCode::OK, &json!("closed")));
    for (path, status) in [
        ("/v1/customers/crm-9", StatusCode::NOT_FOUND),
        ("/v1/accounts/account-9", StatusCode::NOT_FOUND),
        ("/v1/customers/cus_nonsense", StatusCode::BAD_REQUEST),
        ("/v1/accounts/acct_nonsense", StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(client.get(&everything(), path).await.status, status, "{path}");
    }
}

/// Q2: who changes something through this server is answered accordingly at once, without waiting for the log.
#[tokio::test]
async fn the_gate_knows_at_once_what_this_server_changed() {
    let client = with_account().await;
    let ask = async || {
        let body = json!({
            "subject": { "type": "account", "id": "account-1" }, "action": { "name": "administer" },
            "context": { "enforces_conditions": true },
        });
        client.post(&everything(), "/access/v1/evaluation", &body).await.json()
    };
    assert_eq!(ask().await["decision"], true);

    client.post(&everything(), "/v1/accounts/account-1/close", &json!({ "reason": "holder-asked" })).await;

    let after = ask().await;
    assert_eq!(after["decision"], false, "{after}");
}

/// A line's number is its place in what was sent; a source's number counts once; what a wrong clock says is kept.
#[tokio::test]
async fn events_are_answered_by_their_line() {
    let client = with_account().await;
    let lease = |ip: &str, at: &str, seq: u64| {
        format!(
            r#"{{"account":"account-1","ip":"{ip}","at":"{at}","kind":"lease_start","source":"ipam","seq":{seq}}}"#
        )
    };
    let first = lease("192.0.2.7", "2026-03-02T10:00:00Z", 1);
    let other = lease("192.0.2.8", "2026-03-02T11:00:00Z", 1);
    let ahead = lease("192.0.2.9", "2999-01-01T00:00:00Z", 2);
    let send = async |text: String| {
        let answer = client.post_raw(&everything(), "/v1/access/events", text.into_bytes()).await;
        let lines: Vec<Value> =
            answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let told = |line: &Value| {
            let said = line["error"]["code"].as_str().or(line["result"].as_str()).unwrap_or_default();
            (line["line"].as_u64().unwrap(), said.to_owned())
        };
        lines.iter().map(told).collect::<Vec<_>>()
    };

    let told = send(format!("\n{first}\n\n{first}\n{other}\n{ahead}\n")).await;
    let again = send(format!("{other}\n{first}\n")).await;
    client.platform.access_log().seal().unwrap();
    let sealed = send(format!("{other}\n{first}\n")).await;

    let says = |pairs: &[(u64, &str)]| {
        pairs.iter().map(|(line, said)| (*line, (*said).to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(told, says(&[(2, "stored"), (4, "duplicate"), (5, "duplicate"), (6, "stored")]));
    assert_eq!(again, says(&[(1, "duplicate"), (2, "duplicate")]));
    assert_eq!(sealed, again);
}

/// CIP-14: a file that is completed later is decided like a sign-up, and the answer says so.
#[tokio::test]
async fn an_account_that_waits_for_data_is_decided_when_it_is_complete() {
    let client = Client::new();
    let mut incomplete = enrolment(1, "Ada Lovelace");
    let facts = incomplete["facts"].as_array_mut().unwrap();
    let missing: Vec<Value> = facts.extract_if(.., |fact| fact["field"] == "address").collect();
    let enrolled = client.post(&everything(), "/v1/customers", &incomplete).await.json();
    assert_eq!(enrolled["account"]["status"]["state"], "pending", "{enrolled}");

    let added = client.post(&everything(), "/v1/customers/crm-1/facts", &json!({ "facts": missing })).await;

    assert_eq!(added.status, StatusCode::CREATED, "{}", added.text());
    assert_eq!(added.json()["accounts"][0]["status"]["state"], "open", "{}", added.text());
    let decisions = client.get(&everything(), "/v1/customers/crm-1/decisions").await.json();
    assert_eq!(decisions["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_password_that_is_the_handle_is_refused() {
    let client = Client::new();
    let invited = json!({ "handle": "ada.lovelace", "roles": ["auditor"] });
    let made = client.post(&everything(), "/v1/staff", &invited).await;
    let secret = made.json()["link_secret"].as_str().unwrap_or_else(|| panic!("{}", made.text())).to_owned();
    let enter = async |password: &str| {
        let body = json!({ "link_secret": secret, "password": password });
        client
            .send(request("POST", "/v1/sessions/from_link").body(Body::from(body.to_string())).unwrap())
            .await
    };

    assert_eq!(enter("Ada.Lovelace").await.code(), "password-is-handle");
    assert_eq!(enter("correct horse battery").await.status, StatusCode::CREATED);
    let used = enter("correct horse battery").await;
    assert!(used.text().contains("ask for a new one"), "{}", used.text());
}
