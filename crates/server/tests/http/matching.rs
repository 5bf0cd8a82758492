use super::client::{Answer, Client, everything, request};
use super::lists::list;
use app::actor::Actor;
use axum::body::Body;
use axum::http::StatusCode;
use domain::staff::Scope;
use serde_json::{Value, json};

/// Two lists that both name Ada Lovelace.
async fn with_lists() -> Client {
    let client = Client::new();
    let own = list("us-ofac-sdn", 'a', &["Ada Lovelace", "Grace Hopper"]);
    let lists = json!([own, list("un-consolidated", 'b', &["Ada Lovelace"])]);
    assert_eq!(client.post(&everything(), "/v1/lists", &lists).await.status, StatusCode::CREATED);
    client
}

fn judge() -> Actor {
    Actor { scopes: vec![Scope::HitsJudge], ..Actor::command() }
}

fn person(properties: Value) -> Value {
    json!({ "schema": "Person", "properties": properties })
}

async fn ask(client: &Client, path: &str, queries: Value) -> Answer {
    client.post(&judge(), path, &json!({ "queries": queries })).await
}

fn ids(answer: &Answer, party: &str) -> Vec<String> {
    let answer = answer.json();
    let results = answer["responses"][party]["results"].as_array().cloned().unwrap_or_default();
    results.iter().map(|result| result["id"].as_str().unwrap().to_owned()).collect()
}

/// CIP-23: clients of the yente service find in the answer what they look for, by its own names.
#[tokio::test]
async fn parties_are_matched_in_the_form_of_the_yente_service() {
    let client = with_lists().await;
    let many: Vec<String> =
        (0..500).map(|number| format!("Nobody{number}")).chain(["Grace Hopper".to_owned()]).collect();

    let answer = ask(
        &client,
        "/match/default?algorithm=best&limit=5",
        json!({
            "q1": person(json!({ "name": ["Ada Lovelace"], "birthDate": ["1815-12-10"], "nationality": ["gb"] })),
            "q2": { "id": "mine", "schema": "Person", "properties": { "name": "Nobody Inparticular" } },
            "many": person(json!({ "name": many })),
            "q3": null,
        }),
    )
    .await;

    assert_eq!(ids(&answer, "many"), ["us-ofac-sdn:e-Grace Hopper"]);
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let answer = answer.json();
    let found = &answer["responses"]["q1"];
    let best = &found["results"][0];
    assert_eq!(
        (&found["status"], &found["total"], &answer["limit"]),
        (&json!(200), &json!({ "value": 2, "relation": "eq" }), &json!(5))
    );
    assert_eq!(
        (&best["id"], &best["caption"], &best["schema"], &best["match"], &best["target"]),
        (
            &json!("un-consolidated:e-Ada Lovelace"),
            &json!("Ada Lovelace"),
            &json!("Person"),
            &json!(true),
            &json!(true)
        )
    );
    assert_eq!(
        (&best["datasets"], &best["referents"], &best["properties"]["name"]),
        (&json!(["un-consolidated"]), &json!(["e-Ada Lovelace"]), &json!(["Ada Lovelace"]))
    );
    assert!(best["score"].as_f64() > Some(0.9) && best["features"]["name"].as_f64() > Some(0.3));
    assert!(best["explanations"]["name"]["detail"].is_string());
    assert!(answer["matcher"]["name"]["description"].is_string());
    let nobody = &answer["responses"]["q2"];
    assert_eq!((&nobody["results"], &nobody["total"]["value"]), (&json!([]), &json!(0)));
    assert_eq!(
        nobody["query"],
        json!({ "id": "mine", "schema": "Person", "properties": { "name": ["Nobody Inparticular"] } })
    );
    assert!(answer["responses"].get("q3").is_none());
}

#[tokio::test]
async fn a_dataset_and_the_parameters_choose_among_the_entries() {
    let client = with_lists().await;
    let ada = json!({ "q": person(json!({ "name": ["Ada Lovelace"] })) });
    let (sdn, un) = ("us-ofac-sdn:e-Ada Lovelace", "un-consolidated:e-Ada Lovelace");
    let cases: &[(&str, &[&str])] = &[
        ("/match/default", &[un, sdn]),
        ("/match/sanctions", &[un, sdn]),
        ("/match/us-ofac-sdn", &[sdn]),
        ("/match/us_ofac_sdn", &[sdn]),
        ("/match/default?include_dataset=un-consolidated", &[un]),
        ("/match/default?include_dataset=un-consolidated&include_dataset=us_ofac_sdn", &[un, sdn]),
        ("/match/default?exclude_dataset=un_consolidated", &[sdn]),
        ("/match/default?exclude_schema=Person", &[]),
        ("/match/default?exclude_entity_ids=us-ofac-sdn:e-Ada%20Lovelace", &[un]),
        ("/match/default?exclude_entity_ids=e-Ada%20Lovelace", &[]),
        ("/match/default?limit=1", &[un]),
    ];
    for (path, expected) in cases {
        assert_eq!(ids(&ask(&client, path, ada.clone()).await, "q"), *expected, "{path}");
    }
}

/// What lies between cutoff and threshold is shown, and is no match.
#[tokio::test]
async fn a_result_under_the_threshold_is_shown_down_to_the_cutoff() {
    let client = with_lists().await;
    let near = json!({ "q": person(json!({ "name": ["Ada Lovelance Smith"] })) });

    let strict = ask(&client, "/match/us-ofac-sdn?threshold=1", near.clone()).await;
    let wide = ask(&client, "/match/us-ofac-sdn?threshold=1&cutoff=0.2", near).await;

    assert_eq!(ids(&strict, "q"), Vec::<String>::new());
    let found = &wide.json()["responses"]["q"];
    assert_eq!((&found["results"][0]["match"], &found["total"]["value"]), (&json!(false), &json!(0)));
}

#[tokio::test]
async fn what_cannot_be_honoured_is_refused_by_name() {
    let client = with_lists().await;
    let ada = || json!({ "q": person(json!({ "name": ["Ada Lovelace"] })) });
    let many: serde_json::Map<String, Value> =
        (0..101).map(|number| (format!("q{number}"), person(json!({ "name": ["Ada"] })))).collect();
    let of = |schema: &str| json!({ "q": { "schema": schema, "properties": { "name": ["Ada"] } } });
    let cases = [
        ("/match/eu-fsf", ada(), 404, "no-such-dataset", "is in force"),
        ("/match/default", of("Security"), 400, "no-such-schema", "LegalEntity"),
        ("/match/default", json!(many), 400, "number-of-queries", "100"),
        ("/match/default", json!({}), 400, "number-of-queries", "100"),
        (
            "/match/default",
            json!({ "q": person(json!({ "birthDate": ["1815"] })) }),
            400,
            "nothing-to-match",
            "name",
        ),
        ("/match/default", json!({ "q": { "schema": "Person" } }), 400, "body-refused", "properties"),
        (
            "/match/default",
            json!({ "q": person(json!({ "name": vec!["Ada"; 1_001] })) }),
            400,
            "too-many-entries",
            "1000 names",
        ),
        ("/match/default?topics=sanction", ada(), 400, "query-refused", "topics"),
        ("/match/default?changed_since=2026-01-01", ada(), 400, "query-refused", "changed_since"),
        ("/match/default?algorithm=logic-v1", ada(), 400, "query-refused", "algorithm"),
        ("/match/default?include_dataset=eu-fsf", ada(), 400, "query-refused", "is in force"),
        (
            "/match/us-ofac-sdn?include_dataset=un-consolidated",
            ada(),
            400,
            "query-refused",
            "include_dataset",
        ),
        ("/match/default?threshold=70", ada(), 400, "query-refused", "threshold"),
        ("/match/default?cutoff=NaN", ada(), 400, "query-refused", "cutoff"),
        ("/match/default?limit=0", ada(), 400, "query-refused", "limit"),
        ("/match/default?Ada=1", ada(), 400, "query-refused", "not known"),
    ];
    for (path, queries, status, code, said) in cases {
        let refused = ask(&client, path, queries).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (status, code), "{path}");
        assert!(refused.text().contains(said), "{path}: {}", refused.text());
        assert!(!refused.text().contains("Ada"), "{path}: {}", refused.text());
    }
    let weighed = json!({ "queries": ada(), "weights": { "name_literal": 0.5 } });
    assert_eq!(client.post(&judge(), "/match/default", &weighed).await.code(), "body-refused");
}

/// SEC-02: such clients send their key as `ApiKey`; without one, or without the right, nobody is answered.
#[tokio::test]
async fn a_key_counts_under_the_name_that_such_clients_give_it() {
    let client = with_lists().await;
    let made = json!({ "name": "screening", "scopes": ["hits:judge"] });
    let secret = client.post(&everything(), "/v1/api_keys", &made).await.json()["secret"].clone();
    let secret = secret.as_str().unwrap();
    let nobody = Actor { scopes: Vec::new(), ..Actor::command() };
    let ada = json!({ "queries": { "q": person(json!({ "name": ["Ada Lovelace"] })) } });
    let send = async |authorization: &str| {
        let request = request("POST", "/match/default").header("authorization", authorization);
        client.send(request.body(Body::from(ada.to_string())).unwrap()).await
    };

    for (authorization, status) in [
        (format!("ApiKey {secret}"), 200),
        (format!("Bearer {secret}"), 200),
        ("ApiKey live_0000".to_owned(), 401),
        (format!("Basic {secret}"), 401),
    ] {
        assert_eq!(send(&authorization).await.status.as_u16(), status);
    }
    assert_eq!(client.post(&nobody, "/match/default", &ada).await.code(), "scope-missing");
}
