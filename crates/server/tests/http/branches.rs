use super::client::{Client, enrolment, everything, request};
use app::actor::Actor;
use axum::body::Body;
use axum::http::StatusCode;
use domain::id::CustomerId;
use serde_json::{Value, json};
use server::LocalActor;

/// RSL-01: ids of another branch tell nothing, on every endpoint that is about a customer and on every link.
#[tokio::test]
async fn what_is_of_another_branch_is_as_if_it_were_not_there() {
    let client = Client::new();
    let officer = client.platform.officer();
    let enrolled = client.post(&everything(), "/v1/customers", &enrolment(1, "Ada Lovelace")).await.json();
    client.platform.settle();
    let customer = enrolled["customer"]["id"].as_str().unwrap();
    let account = enrolled["account"]["id"].as_str().unwrap();
    let decision = enrolled["decision"]["id"].as_str().unwrap();
    let cases = client.get(&officer, &format!("/v1/cases?customer={customer}")).await.json();
    let case = cases["data"][0]["id"].as_str().unwrap().to_owned();
    let proof = client
        .post(
            &everything(),
            &format!("/v1/customers/{customer}/contact_proofs"),
            &json!({ "channel": "email" }),
        )
        .await
        .json();
    let proof = proof["id"].as_str().unwrap();
    let platform = &client.platform;
    let answered = platform.ask("account-1", domain::decision::Action::Pay).id;
    platform.app().gate.flush_answers(platform.app()).unwrap();
    let branch: CustomerId = "cus_00000000000000000000000001".parse().unwrap();
    let stranger = Actor { branch: Some(branch), ..everything() };
    let stranger_person = Actor { branch: Some(branch), scopes: everything().scopes, ..officer.clone() };

    let reason = json!({ "reason": "asked-by-holder" });
    let draft = |action: Value| json!({ "action": action, "reason": "as the file shows" });
    let cases: Vec<(&str, String, Value)> = vec![
        ("GET", format!("/v1/customers/{customer}"), Value::Null),
        ("GET", format!("/v1/customers/{customer}/record"), Value::Null),
        (
            "POST",
            format!("/v1/customers/{customer}/facts"),
            json!({ "withdraw": ["fact_00000000000000000000000000"] }),
        ),
        ("GET", format!("/v1/customers/{customer}/requirements"), Value::Null),
        ("GET", format!("/v1/customers/{customer}/decisions"), Value::Null),
        ("GET", format!("/v1/customers/{customer}/accounts"), Value::Null),
        (
            "POST",
            format!("/v1/customers/{customer}/verifications"),
            json!({ "subject": customer, "method": "documentary", "adapter": "person", "checks": [{ "check": "seen@1", "result": "pass", "reason": "seen" }] }),
        ),
        ("POST", format!("/v1/customers/{customer}/contact_proofs"), json!({ "channel": "email" })),
        ("POST", format!("/v1/contact_proofs/{proof}/confirm"), json!({ "code": "000000" })),
        ("POST", format!("/v1/customers/{customer}/screenings"), Value::Null),
        (
            "POST",
            format!("/v1/customers/{customer}/restrictions"),
            json!({ "conditions": [], "reason": "looked-into" }),
        ),
        ("GET", format!("/v1/customers/{customer}/legal_holds"), Value::Null),
        ("POST", format!("/v1/customers/{customer}/legal_holds"), json!({ "reference": "matter 7" })),
        (
            "POST",
            "/v1/accounts".to_owned(),
            json!({ "customer": customer, "kind": "standard", "product": "vps-small" }),
        ),
        ("GET", format!("/v1/accounts/{account}"), Value::Null),
        ("GET", "/v1/accounts/account-1".to_owned(), Value::Null),
        ("POST", format!("/v1/accounts/{account}/decide"), Value::Null),
        ("POST", format!("/v1/accounts/{account}/suspend"), reason.clone()),
        ("POST", format!("/v1/accounts/{account}/resume"), reason.clone()),
        ("POST", format!("/v1/accounts/{account}/close"), reason),
        (
            "POST",
            "/v1/cases".to_owned(),
            json!({ "customer": customer, "kind": "review", "reasons": ["looked-into"] }),
        ),
        ("GET", format!("/v1/cases/{case}"), Value::Null),
        ("POST", format!("/v1/cases/{case}/claim"), Value::Null),
        ("GET", format!("/v1/decisions/{decision}"), Value::Null),
        ("POST", format!("/v1/decisions/{decision}/replay"), Value::Null),
        ("GET", format!("/v1/gate_answers/{answered}"), Value::Null),
        ("POST", format!("/v1/gate_answers/{answered}/replay"), Value::Null),
        ("POST", "/v1/resellers".to_owned(), json!({ "customer": customer, "status": "pending" })),
        ("POST", "/v1/access/of".to_owned(), json!({ "account": account })),
        ("POST", "/v1/drafts".to_owned(), draft(json!({ "action": "close_account", "account": account }))),
        ("POST", "/v1/drafts".to_owned(), draft(json!({ "action": "shred_customer", "customer": customer }))),
        (
            "POST",
            "/v1/drafts".to_owned(),
            draft(
                json!({ "action": "decide_case", "case": case, "kind": "identification", "outcome": "refuse" }),
            ),
        ),
    ];
    for (method, path, body) in cases {
        // What takes a person is asked by one.
        let actor =
            if path.contains("drafts") || path.contains("claim") { &stranger_person } else { &stranger };
        let request = request(method, &path)
            .extension(LocalActor(actor.clone()))
            .header("tenantry-purpose", "a test of branches");
        let answer = client.send(request.body(Body::from(body.to_string())).unwrap()).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{method} {path}: {}", answer.text());
    }
    for (path, field) in [
        ("/v1/customers", "data"),
        ("/v1/customers?external_id=crm-1", "data"),
        ("/v1/cases", "data"),
        ("/v1/drafts", "data"),
        ("/v1/resellers", "data"),
        ("/v1/events", "data"),
    ] {
        let listed = client.get(&stranger, path).await;
        assert_eq!(listed.json()[field], json!([]), "{path}");
    }
    let asked = json!({ "subject": { "type": "account", "id": account }, "action": { "name": "provision" } });
    let gate = client.post(&stranger, "/access/v1/evaluation", &asked).await.json();
    assert_eq!(
        (&gate["decision"], &gate["context"]["reasons"]),
        (&json!(false), &json!(["no-such-account"]))
    );
}

/// RSL-01: a branch's pages are full until the last, however much of other branches lies between.
#[tokio::test]
async fn a_branch_sees_its_cases_and_customers_in_full_pages() {
    let client = Client::new();
    let everything = everything();
    let reseller = client.post(&everything, "/v1/customers", &enrolment(1, "Ada Lovelace")).await.json();
    let reseller = reseller["customer"]["id"].as_str().unwrap().to_owned();
    let entry = json!({ "customer": reseller, "status": "pending" });
    assert_eq!(client.post(&everything, "/v1/resellers", &entry).await.status, StatusCode::CREATED);
    let mut own = vec![reseller.clone()];
    for number in 2..8 {
        let mut enrolment = enrolment(number, "Ada Lovelace");
        if number % 3 == 0 {
            enrolment["reseller"] = json!(reseller);
        }
        let enrolled = client.post(&everything, "/v1/customers", &enrolment).await.json();
        let customer = enrolled["customer"]["id"].as_str().unwrap().to_owned();
        let case = json!({ "customer": customer, "kind": "review", "reasons": ["looked-into"] });
        assert_eq!(client.post(&everything, "/v1/cases", &case).await.status, StatusCode::CREATED);
        if number % 3 == 0 {
            own.push(customer);
        }
    }
    let case = json!({ "customer": reseller, "kind": "review", "reasons": ["looked-into"] });
    client.post(&everything, "/v1/cases", &case).await;
    let branch = Actor { branch: Some(reseller.parse().unwrap()), ..everything };

    for (path, id) in [("/v1/customers?", "id"), ("/v1/cases?kind=review&", "customer")] {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page = client.get(&branch, &format!("{path}limit=1{after}")).await.json();
            seen.extend(
                page["data"].as_array().unwrap().iter().map(|one| one[id].as_str().unwrap().to_owned()),
            );
            let Some(next) = page["next"].as_str() else { break };
            assert_eq!(page["data"].as_array().unwrap().len(), 1, "{path}: {page}");
            after = format!("&after={next}");
        }
        seen.sort_unstable();
        own.sort_unstable();
        assert_eq!(seen, own, "{path}");
    }
}
