use super::client::{Client, enrolment, everything, request};
use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use axum::body::Body;
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::decision::{Action, RequestContext};
use domain::staff::Scope;
use serde_json::{Value, json};

async fn with_account() -> Client {
    let client = Client::new();
    client.post(&everything(), "/v1/customers", &enrolment(1, "Ada Lovelace")).await;
    client.platform.settle();
    client
}

fn ask(account: &str, action: &str, enforces: bool) -> Value {
    json!({
        "subject": { "type": "account", "id": account },
        "action": { "name": action },
        "resource": { "type": "resource", "id": "egress" },
        "context": { "enforces_conditions": enforces },
    })
}

/// DESIGN 3.11: `allow_with_conditions` is a yes only for who enforces them.
#[tokio::test]
async fn conditions_allow_only_who_enforces_them() {
    let client = with_account().await;
    let control_plane = client.platform.control_plane();
    let customers = client.get(&everything(), "/v1/customers").await.json();
    let path = format!("/v1/customers/{}/restrictions", customers["data"][0]["id"].as_str().unwrap());
    let conditions = json!([{ "condition": "enhanced_monitoring" }, { "condition": "deny_crypto" }]);
    let restricted = json!({ "conditions": conditions, "reason": "red-flag" });
    assert_eq!(client.post(&everything(), &path, &restricted).await.status, StatusCode::OK);
    client.platform.settle();

    let bare =
        client.post(&control_plane, "/access/v1/evaluation", &ask("account-1", "administer", false)).await;
    let enforced =
        client.post(&control_plane, "/access/v1/evaluation", &ask("account-1", "administer", true)).await;

    assert_eq!(bare.status, StatusCode::OK, "{}", bare.text());
    let (bare, enforced) = (bare.json(), enforced.json());
    assert_eq!(enforced["context"]["answer"], "allow_with_conditions", "{enforced}");
    assert_eq!((&bare["decision"], &enforced["decision"]), (&json!(false), &json!(true)));
    assert_eq!(enforced["context"]["asked"]["resource"], "egress");
    assert_eq!(enforced["context"]["conditions"], json!([{ "condition": "deny_crypto" }]));
    assert_eq!(enforced["context"]["obligations"], json!([{ "condition": "enhanced_monitoring" }]));
}

/// CIP-24: an answer that a caller holds is found by its id and made again the same, after what it was about changed.
#[tokio::test]
async fn an_answer_is_made_again_the_same() {
    let client = with_account().await;
    let (platform, plane) = (&client.platform, client.platform.control_plane());
    let answer =
        client.post(&plane, "/access/v1/evaluation", &ask("account-1", "provision", true)).await.json();
    platform.app().gate.flush_answers(platform.app()).unwrap();
    let account = answer["context"]["account"].as_str().unwrap();
    let suspend = format!("/v1/accounts/{account}/suspend");
    let reason = json!({ "reason": "abuse-report" });
    assert_eq!(client.post(&everything(), &suspend, &reason).await.status, StatusCode::OK);
    platform.settle();

    let path = format!("/v1/gate_answers/{}", answer["context"]["id"].as_str().unwrap());
    let found = client.get(&everything(), &path).await.json();
    let replay = client.post(&everything(), &format!("{path}/replay"), &json!(null)).await.json();

    assert_eq!(found["facts"]["account"]["status"]["state"], "open");
    assert_eq!(found["verdict"]["answer"], answer["context"]["answer"]);
    assert_eq!((&replay["same"], &replay["same_engine"]), (&json!(true), &json!(true)));
    assert_eq!(replay["differing_gates"], json!([]));
    assert_eq!(replay["answer"]["verdict"], replay["verdict"]);
}

/// A batch of accounts that nobody knows is answered, and so is one that was opened a moment ago.
#[tokio::test]
async fn accounts_the_gate_has_not_met_are_looked_up_aside() {
    let client = Client::new();
    client.post(&everything(), "/v1/customers", &enrolment(1, "Ada Lovelace")).await;
    let questions: Vec<Value> =
        (0..100).map(|number| ask(&format!("account-{number}"), "pay", true)).collect();
    let plane = client.platform.control_plane();

    let answers =
        client.post(&plane, "/access/v1/evaluations", &json!({ "evaluations": questions })).await.json();

    let answers = answers["evaluations"].as_array().unwrap();
    for (number, answer) in answers.iter().enumerate() {
        let unknown = answer["context"]["reasons"] == json!(["no-such-account"]);
        assert_eq!(unknown, number != 1, "{answer}");
    }
}

/// Questions that come faster than their answers can be recorded wait for the log; nobody is refused.
#[tokio::test]
async fn who_asks_faster_than_answers_are_recorded_is_slowed_down() {
    let client = with_account().await;
    let plane = client.platform.control_plane();
    let app = std::sync::Arc::clone(client.platform.app());
    let question = app::gate::GateQuestion {
        account: "account-1".into(),
        action: Action::Pay,
        context: RequestContext::default(),
    };
    while !app.gate.is_behind() {
        app.gate.ask(&app, &plane, &question).unwrap();
    }

    let body = ask("account-1", "pay", true);
    let asking = client.post(&plane, "/access/v1/evaluation", &body);
    let writing = tokio::task::spawn_blocking(move || app.gate.flush_answers(&app).unwrap());
    let (answer, written) = tokio::join!(asking, writing);

    assert!(written.unwrap() >= 1_000);
    assert!(answer.json()["context"]["id"].is_string());
}

#[tokio::test]
async fn an_answer_verifies_with_the_published_key() {
    let client = with_account().await;
    let answer = client
        .post(&client.platform.control_plane(), "/access/v1/evaluation", &ask("account-1", "provision", true))
        .await
        .json();
    let keys = client.get(&everything(), "/.well-known/jwks.json").await.json();

    let signature = answer["context"]["signature"].as_str().unwrap();
    let (signed, sealed) = signature.rsplit_once('.').unwrap();
    let (header, payload) = signed.split_once('.').unwrap();
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let header: Value = serde_json::from_slice(&decode(header)).unwrap();
    let payload: Value = serde_json::from_slice(&decode(payload)).unwrap();
    let key = &keys["keys"][0];
    assert_eq!((&header["kid"], &header["alg"]), (&key["kid"], &json!("EdDSA")));
    let public = decode(key["x"].as_str().unwrap());
    UnparsedPublicKey::new(&ED25519, public).verify(signed.as_bytes(), &decode(sealed)).unwrap();
    let mut context = answer["context"].clone();
    context.as_object_mut().unwrap().remove("signature");
    assert_eq!(context, payload);
}

#[tokio::test]
async fn many_questions_are_answered_in_order_and_stop_where_asked() {
    let client = with_account().await;
    let control_plane = client.platform.control_plane();
    let all = |semantic: &str| {
        json!({
            "subject": { "type": "account", "id": "account-1" },
            "context": { "enforces_conditions": true },
            "evaluations": [
                { "action": { "name": "administer" } },
                { "action": { "name": "fly" } },
                { "action": { "name": "administer" }, "subject": { "type": "account", "id": "nobody" } },
                { "action": { "name": "administer" } },
            ],
            "options": { "evaluations_semantic": semantic },
        })
    };
    let cases: [(&str, &[bool]); 3] = [
        ("execute_all", &[true, false, false, true]),
        ("deny_on_first_deny", &[true, false]),
        ("permit_on_first_permit", &[true]),
    ];
    for (semantic, expected) in cases {
        let answer = client.post(&control_plane, "/access/v1/evaluations", &all(semantic)).await;
        let body = answer.json();
        let decisions: Vec<bool> = body["evaluations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["decision"].as_bool().unwrap())
            .collect();
        assert_eq!(decisions, expected, "{semantic}: {body}");
    }
    let single =
        client.post(&control_plane, "/access/v1/evaluations", &ask("account-1", "administer", true)).await;
    assert_eq!(single.json()["decision"], json!(true), "without `evaluations` it is one question");
}

#[tokio::test]
async fn what_is_no_question_is_refused_with_a_pointer() {
    let client = with_account().await;
    let cases = [
        (json!({}), "/subject"),
        (json!({ "subject": { "type": "user", "id": "x" }, "action": { "name": "open" } }), "/subject/type"),
        (json!({ "subject": { "type": "account", "id": "" }, "action": { "name": "open" } }), "/subject/id"),
        (json!({ "subject": { "type": "account", "id": "x" }, "action": { "name": "fly" } }), "/action/name"),
        (ask_with_region("\u{0}"), "/context/region"),
    ];
    for (body, pointer) in cases {
        let answer = client.post(&everything(), "/access/v1/evaluation", &body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{body}");
    }
}

fn ask_with_region(region: &str) -> Value {
    json!({ "subject": { "type": "account", "id": "x" }, "action": { "name": "open" }, "context": { "region": region } })
}

#[tokio::test]
async fn a_key_of_an_api_opens_the_gate_until_it_is_revoked() {
    let client = with_account().await;
    let made = client
        .post(&everything(), "/v1/api_keys", &json!({ "name": "plane", "scopes": [Scope::Gate] }))
        .await
        .json();
    let bearer = format!("Bearer {}", made["secret"].as_str().unwrap());
    let send = async || {
        let request = request("POST", "/access/v1/evaluation").header("authorization", &bearer);
        client.send(request.body(Body::from(ask("account-1", "pay", true).to_string())).unwrap()).await
    };
    assert_eq!(send().await.status, StatusCode::OK);

    let path = format!("/v1/api_keys/{}", made["api_key"]["id"].as_str().unwrap());
    let revoke = request("DELETE", &path).extension(server::LocalActor(everything()));
    assert_eq!(client.send(revoke.body(Body::empty()).unwrap()).await.status, StatusCode::OK);

    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(2);
    while send().await.status == StatusCode::OK {
        assert!(std::time::Instant::now() < deadline, "a revoked key ends within a second");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let listed = client.get(&everything(), "/v1/api_keys").await.text();
    assert!(!listed.contains("secret"), "{listed}");
}
