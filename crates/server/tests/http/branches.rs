use super::client::{Client, NoSignatures, enrolment, everything, request};
use app::actor::Actor;
use app::env::Env;
use app::failure::Failure;
use app::ledger_log::{self, Proven};
use app::pack::{self, SignedPack};
use app::store::Page;
use app::watchlist::{self, ListKeeper, ListVersion, LoadedList, Loading};
use app::{access, api_key, catalogue, draft, exemption, import, screening, special_measure, staff, who};
use axum::body::Body;
use axum::http::StatusCode;
use domain::access::{AccountQuestion, Limits, When};
use domain::account::AccountKind;
use domain::clock::Zone;
use domain::draft::DraftAction;
use domain::exemption::ExemptionScope;
use domain::id::CustomerId;
use serde_json::{Value, json};
use server::LocalActor;
use testkit::Platform;

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
    let screenings = format!("/v1/customers/{customer}/screenings");
    let screening =
        client.post(&everything(), &screenings, &Value::Null).await.json()["data"][0]["id"].clone();
    let screening = screening.as_str().unwrap();
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
            format!("/v1/customers/{customer}/hit_outcomes"),
            json!({ "screening": screening, "list": "un-sc", "entry": "7", "outcome": { "kind": "not_resolved" }, "reason": "looked into it" }),
        ),
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
        ("GET", format!("/v1/screenings/{screening}"), Value::Null),
        ("POST", format!("/v1/screenings/{screening}/replay"), Value::Null),
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

type UseCase = fn(&Env<'_>) -> Result<(), Failure>;

/// What stands behind every route that is closed to branches.
const OF_THE_WHOLE_INSTALLATION: &[(&str, UseCase)] = &[
    ("post /v1/special_measures", |env| special_measure::draft(env, &from_json(MEASURE)).map(drop)),
    ("get /v1/special_measures", |env| special_measure::list(env).map(drop)),
    ("get /v1/special_measures/{measure}", |env| special_measure::find(env, env.new_id()).map(drop)),
    ("get /v1/special_measures/{measure}/preview", |env| {
        special_measure::preview(env, env.new_id()).map(drop)
    }),
    ("post /v1/special_measures/{measure}/extend", |env| {
        let (until, reference) = (env.now(), "90 FR 1".to_owned());
        let action = DraftAction::ExtendMeasure { measure: env.new_id(), until, reference };
        draft::draft(env, action, "as published").map(drop)
    }),
    ("post /v1/exemptions", |env| {
        let scope = ExemptionScope::AccountType { kind: AccountKind::Trial };
        exemption::draft(env, scope, "89 FR 1", None).map(drop)
    }),
    ("get /v1/exemptions", |env| exemption::list(env).map(drop)),
    ("post /v1/exemptions/{exemption}/revoke", |env| exemption::revoke(env, env.new_id()).map(drop)),
    ("post /v1/providers", |env| catalogue::add_provider(env, &from_json(PROVIDER)).map(drop)),
    ("post /v1/providers/{provider}/certify", |env| {
        catalogue::certify_provider(env, env.new_id(), Zone::utc().date_of(env.now())).map(drop)
    }),
    ("post /v1/products", |env| catalogue::add_product(env, &from_json(PRODUCT)).map(drop)),
    ("post /v1/packs", |env| {
        let (text, public_key, signature) = (String::new(), String::new(), String::new());
        pack::install(env, &NoSignatures, &SignedPack { text, public_key, signature }).map(drop)
    }),
    ("post /v1/packs/{pack}/checks", |env| pack::record_check(env, "p@2026-01-01", "x", "89 FR 1").map(drop)),
    ("post /v1/staff", |env| staff::invite(env, "ada", &[], None).map(drop)),
    ("get /v1/staff", |env| staff::list(env).map(drop)),
    ("post /v1/staff/{staff}/reinvite", |env| staff::reinvite(env, env.new_id()).map(drop)),
    ("post /v1/staff/{staff}/disable", |env| staff::disable(env, env.new_id()).map(drop)),
    ("post /v1/api_keys", |env| api_key::make(env, from_json(API_KEY)).map(drop)),
    ("get /v1/api_keys", |env| api_key::list(env).map(drop)),
    ("delete /v1/api_keys/{key}", |env| api_key::revoke(env, env.new_id()).map(drop)),
    ("post /v1/access/events", |env| access::ingest(env, &[]).map(drop)),
    (SHARED, |env| {
        let question = AccountQuestion { account: "account-1".to_owned(), when: When::Ever };
        who::shared_with(env, &question, Limits::default()).map(drop)
    }),
    ("get /v1/ledger/checkpoint", |env| ledger_log::checkpoint(env).map(drop)),
    ("get /v1/ledger/tile/{path}", |env| ledger_log::tile(env, "tile/0/000").map(drop)),
    ("get /v1/ledger/key", |env| ledger_log::key(env).map(drop)),
    ("get /v1/ledger/proofs", |env| ledger_log::prove(env, &Proven::Position(0)).map(drop)),
    ("post /v1/lists", |env| {
        watchlist::load_lists(env, &Forgetful, Vec::new(), &Loading::default()).map(drop)
    }),
    ("post /v1/lists/screen", |env| watchlist::may_query(env)),
    ("post /v1/lists/compare", |env| watchlist::may_query(env)),
    ("post /match/{dataset}", |env| watchlist::may_query(env)),
    ("post /v1/screenings", |env| {
        screening::screen_page(env, &Forgetful, &Page { after: String::new(), limit: 1 }).map(drop)
    }),
    ("post /v1/import", |env| import::import_line(env, 1, PRODUCT).map(drop)),
];

/// Keeps no lists.
struct Forgetful;

impl ListKeeper for Forgetful {
    fn keep(&self, _: &[LoadedList]) -> std::io::Result<()> {
        Ok(())
    }

    fn find(&self, _: &ListVersion) -> std::io::Result<Option<LoadedList>> {
        Ok(None)
    }
}

const SHARED: &str = "post /v1/access/shared";

const MEASURE: &str = r#"{
    "target": { "kind": "jurisdiction", "places": ["BY"] },
    "determination_on": "2026-03-02", "effective_from": "2026-08-29T04:00:00Z", "expires_at": "2027-03-02T05:00:00Z",
    "legal_reference": "15 CFR 7.307",
    "document_hash": "abababababababababababababababababababababababababababababababab",
    "action": { "action": "prohibit", "opening": true, "maintaining": true },
    "applies_to": { "reseller_accounts": true }
}"#;
const PROVIDER: &str = r#"{ "name": "Nimbus", "country": "US" }"#;
const PRODUCT: &str = r#"{
    "provider": "prov_00000000000000000000000000", "code": "vps", "title": "A machine", "classes": ["virtualised"], "site": "US"
}"#;
const API_KEY: &str = r#"{ "name": "plane", "scopes": ["gate"] }"#;

fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap()
}

/// RSL-01, SEC-02: the table of routes is not alone: each use case behind a route that is closed to branches refuses
/// a credential of one by itself, and lets one of the whole installation further.
#[test]
fn use_cases_of_the_whole_installation_refuse_a_branch_themselves() {
    let platform = Platform::new();
    let document: Value = serde_json::from_str(&server::openapi()).unwrap();
    let mut closed: Vec<String> = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let operations = item.as_object().unwrap().iter();
        let refused = operations.filter(|(_, operation)| operation["x-branch-credentials"] == false);
        closed.extend(refused.map(|(method, _)| format!("{method} {path}")));
    }
    let mut called: Vec<&str> = OF_THE_WHOLE_INSTALLATION.iter().map(|(route, _)| *route).collect();
    closed.sort_unstable();
    called.sort_unstable();
    assert_eq!(called, closed, "every such route is called below");
    let officer = Actor { scopes: everything().scopes, ..platform.officer() };
    let branch = Actor { branch: Some("cus_00000000000000000000000001".parse().unwrap()), ..officer.clone() };

    for (route, use_case) in OF_THE_WHOLE_INSTALLATION {
        let code = |actor: &Actor| match platform.run(actor, use_case) {
            Err(Failure::Refused(refusal)) => refusal.code,
            _ => "no refusal",
        };
        // Who shares addresses: the use case shows a branch what is of the branch.
        let expected = if *route == SHARED { "no-such-account" } else { "whole-installation-only" };
        assert_eq!(code(&branch), expected, "{route}");
        assert_ne!(code(&officer), "whole-installation-only", "{route}");
    }
}
