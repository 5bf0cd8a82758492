use super::client::{Client, enrolment, everything};
use app::actor::Actor;
use app::watchlist::stale::{StaleLists, WhenStale};
use axum::http::StatusCode;
use domain::staff::Scope;
use serde_json::{Value, json};

pub fn list(id: &str, sha256: char, names: &[&str]) -> Value {
    let entry = |name: &&str| {
        json!({
            "entry_id": format!("e-{name}"), "schema": "Person", "names": [{ "text": name, "kind": "primary" }],
            "birth_dates": [], "genders": [], "countries": [], "identifiers": [], "addresses": [], "wallets": [],
            "programs": [], "remarks": "",
        })
    };
    let entries: Vec<Value> = names.iter().map(entry).collect();
    json!({
        "id": id, "title": "A list", "version": "2026-01-01", "sha256": String::from(sha256).repeat(64),
        "entries": entries,
    })
}

/// Pages through until everybody was compared; customers compared, and hits.
async fn screen(client: &Client) -> (u64, u64) {
    let (mut customers, mut hits, mut after) = (0, 0, Value::Null);
    loop {
        let body = json!({ "after": after, "limit": 2 });
        let page = client.post(&everything(), "/v1/screenings", &body).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        let page = page.json();
        customers += page["customers"].as_u64().unwrap();
        hits += page["hits"].as_u64().unwrap();
        after = page["next"].clone();
        if after.is_null() {
            return (customers, hits);
        }
    }
}

/// CIP-23: a list with other content compares everybody again, the same list nobody.
#[tokio::test]
async fn everybody_is_compared_once_with_lists_of_new_content() {
    let client = Client::new();
    for (number, name) in [(1, "Ada Lovelace"), (2, "Grace Hopper"), (3, "Mary Somerville")] {
        client.post(&everything(), "/v1/customers", &enrolment(number, name)).await;
    }
    let load = async |lists: Value| client.post(&everything(), "/v1/lists", &lists).await;

    let before = screen(&client).await;
    let loaded = load(json!([list("own", 'a', &["Ada Lovelace"]), list("other", 'b', &[])])).await;
    let first = screen(&client).await;
    let again = load(json!([list("own", 'a', &["Ada Lovelace"]), list("other", 'b', &[])])).await;
    let nobody = screen(&client).await;
    let changed = load(json!([list("own", 'c', &["Ada Lovelace", "Grace Hopper"])])).await;
    // A run that broke off after its first page is taken up by the next.
    let page = client.post(&everything(), "/v1/screenings", &json!({ "limit": 2 })).await.json();
    let rest = screen(&client).await;

    assert_eq!(before, (0, 0), "who enrols is compared at once");
    assert_eq!(loaded.status, StatusCode::CREATED, "{}", loaded.text());
    assert_eq!(
        (&loaded.json()["new_versions"], loaded.json()["data"].as_array().unwrap().len()),
        (&json!(2), 2)
    );
    assert_eq!(first, (3, 1));
    assert_eq!((&again.json()["new_versions"], nobody), (&json!(0), (0, 0)));
    assert_eq!(changed.json()["new_versions"], 1);
    assert_eq!((&page["customers"], rest.0), (&json!(2), 1));
    assert_eq!(page["hits"].as_u64().unwrap() + rest.1, 2);
    let listed = client.get(&everything(), "/v1/lists").await.json();
    assert_eq!((&listed["data"][0]["list"], &listed["fictional_lists"]), (&json!("own"), &json!(false)));
}

/// CIP-23: a draft to clear hits together names them, by ids alone.
#[tokio::test]
async fn a_draft_to_clear_hits_together_names_them() {
    let platform = testkit::Platform::builder()
        .with_settings(|settings| settings.hits_cleared_together_max = 10)
        .build();
    let client = Client::with(platform);
    let (officer, second) = (client.platform.officer(), client.platform.second_officer());
    client.post(&everything(), "/v1/lists", &json!([list("own", 'a', &["Ada Lovelace"])])).await;
    for number in [1, 2] {
        client.post(&everything(), "/v1/customers", &enrolment(number, "Ada Lovelace")).await;
    }
    let action = json!({ "action": "clear_hits", "list": "own", "entry": "e-Ada Lovelace" });

    let draft =
        client.post(&officer, "/v1/drafts", &json!({ "action": action, "reason": "a common name" })).await;
    let path = format!("/v1/drafts/{}/approve", draft.json()["id"].as_str().unwrap());
    let approved = client.post(&second, &path, &Value::Null).await;

    let action = draft.json()["action"].clone();
    assert_eq!((action["hits"].as_array().unwrap().len(), &action["more"]), (2, &json!(false)), "{action}");
    assert_eq!(approved.json()["status"]["state"], "approved", "{}", approved.text());
    let cases = client.get(&officer, "/v1/cases?kind=list_hit&unresolved=true").await.json();
    assert_eq!(cases["data"], json!([]));
}

/// CIP-23: a list that lost too many entries, or all, stops until somebody lets it pass, who is on record; few
/// entries or a small share may go. What is not sent stays in force where it is asked to and still kept.
#[tokio::test]
async fn a_list_that_shrank_too_much_is_loaded_on_somebodys_word_only() {
    let client = Client::new();
    let names: Vec<String> = (0..100).map(|number| format!("Ada Lovelace {number}")).collect();
    let with = |count: usize, hash: char| {
        let names: Vec<&str> = names[..count].iter().map(String::as_str).collect();
        list("own", hash, &names)
    };
    let load = async |query: &str, lists: Value| {
        client.post(&everything(), &format!("/v1/lists{query}"), &lists).await
    };
    assert_eq!(
        load("", json!([with(100, 'a'), list("small", 'a', &["Grace Hopper"])])).await.status,
        StatusCode::CREATED
    );

    let small = || list("small", 'a', &["Grace Hopper"]);
    let a_fifth = load("", json!([with(80, 'b'), small()])).await;
    let more = load("", json!([with(63, 'c'), small()])).await;
    let gone = load("", json!([list("other", 'd', &[])])).await;
    let unknown = load("?let_shrink=smal", json!([with(80, 'b')])).await;
    let let_pass = load("?let_shrink=small,own", json!([with(63, 'c')])).await;
    let to_few = load("?let_shrink=own", json!([with(9, 'd')])).await;
    let from_few = load("", json!([with(1, 'e')])).await;
    let emptied = load("", json!([with(0, 'f')])).await;
    let not_kept = load("?keep_others=true", json!([list("other", 'f', &[])])).await;

    assert_eq!(a_fifth.status, StatusCode::CREATED, "{}", a_fifth.text());
    for (refused, detail) in [
        (more, "the list `own` lost 21 % of its entries (80 before, 63 now)"),
        (
            gone,
            "the list `own` lost 100 % of its entries (80 before, 0 now); \
             the list `small` lost 100 % of its entries (1 before, 0 now)",
        ),
        (emptied, "the list `own` lost 100 % of its entries (1 before, 0 now)"),
    ] {
        assert_eq!((refused.status, refused.code().as_str()), (StatusCode::CONFLICT, "list-shrank"));
        assert!(refused.text().contains(detail), "{}", refused.text());
    }
    assert_eq!(unknown.code(), "lists-refused", "{}", unknown.text());
    assert_eq!(let_pass.status, StatusCode::CREATED, "{}", let_pass.text());
    assert_eq!((to_few.status, from_few.status), (StatusCode::CREATED, StatusCode::CREATED));
    assert_eq!(not_kept.code(), "list-not-kept", "this server keeps no lists");
    client.platform.settle();
    let events = client.get(&everything(), "/v1/events").await.json();
    let told: Vec<&Value> = events["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["type"] == "watchlist.shrinkage-let-pass")
        .map(|event| &event["reasons"])
        .collect();
    let reasons = |before, now| json!([format!("entries-before-{before}"), format!("entries-now-{now}")]);
    assert_eq!(told, [&reasons(80, 63), &reasons(1, 0), &reasons(63, 9)]);
}

/// CIP-24: a screening on record is shown, and made again with what is kept.
#[tokio::test]
async fn a_screening_is_shown_and_made_again() {
    let client = Client::new();
    client.post(&everything(), "/v1/lists", &json!([list("own", 'a', &["Ada Lovelace"])])).await;
    let enrolled = client.post(&everything(), "/v1/customers", &enrolment(1, "Ada Lovelace")).await.json();
    let customer = enrolled["customer"]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/customers/{customer}/screenings");
    let screening = client.post(&everything(), &path, &json!({})).await.json()["data"][0].clone();
    let id = screening["id"].as_str().unwrap();

    let found = client.get(&everything(), &format!("/v1/screenings/{id}")).await;
    let replay = client.post(&everything(), &format!("/v1/screenings/{id}/replay"), &json!({})).await;
    client.post(&everything(), "/v1/lists", &json!([list("own", 'b', &["Grace Hopper"])])).await;
    let later = client.post(&everything(), &format!("/v1/screenings/{id}/replay"), &json!({})).await.json();

    assert_eq!((found.status, found.json()), (StatusCode::OK, screening.clone()));
    let replay = replay.json();
    assert_eq!((&replay["outcome"], &replay["same"]), (&json!("same"), &json!(true)), "{replay}");
    assert_eq!(replay["hits"][0]["score_bp"], screening["hits"][0]["score_bp"]);
    assert_eq!(replay["screening"], screening);
    assert_eq!((&later["outcome"], &later["same"]), (&json!("lists_not_kept"), &json!(false)), "{later}");
    assert_eq!(later["missing_lists"], json!([format!("own@2026-01-01#{}", "a".repeat(12))]));
}

/// CIP-23, SEC-04: one person records what lets nobody through; the case shows who said what.
#[tokio::test]
async fn an_outcome_is_recorded_and_shown_with_its_hit() {
    let platform = testkit::Platform::builder().with_packs(&["us-eo13984-nprm", "restricted-lists"]).build();
    let client = Client::with(platform);
    let officer = client.platform.officer();
    client.post(&everything(), "/v1/lists", &json!([list("us-bis-uvl", 'a', &["Ada Lovelace"])])).await;
    let enrolled = client.post(&everything(), "/v1/customers", &enrolment(1, "Ada Lovelace")).await.json();
    let customer = enrolled["customer"]["id"].as_str().unwrap().to_owned();
    let cases = client.get(&officer, &format!("/v1/cases?customer={customer}&kind=list_hit")).await.json();
    let case = format!("/v1/cases/{}", cases["data"][0]["id"].as_str().unwrap());
    let hit = client.get(&officer, &case).await.json()["hits"][0].clone();
    assert_eq!(hit["judgement"], Value::Null);
    let of_hit = json!({ "screening": hit["screening"], "list": hit["list"], "entry": hit["entry"] });
    let with = |more: Value| {
        let mut body = of_hit.clone();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let outcomes = format!("/v1/customers/{customer}/hit_outcomes");
    let not_resolved = with(json!({ "outcome": { "kind": "not_resolved" }, "reason": "nobody answers" }));

    let too_early = client.post(&officer, &outcomes, &not_resolved).await;
    let action = with(json!({ "action": "judge_hit", "customer": customer, "kind": "true_match" }));
    let draft =
        client.post(&officer, "/v1/drafts", &json!({ "action": action, "reason": "same person" })).await;
    let draft = format!("/v1/drafts/{}/approve", draft.json()["id"].as_str().unwrap());
    client.post(&client.platform.second_officer(), &draft, &Value::Null).await;
    let recorded = client.post(&officer, &outcomes, &not_resolved).await;
    let resolved = with(json!({ "outcome": { "kind": "resolved" }, "reason": "explained" }));
    let alone = client.post(&officer, &outcomes, &resolved).await;
    let licensed = json!({ "kind": "licensed", "licence": "D-1", "until": "2030-01-01T00:00:00Z" });
    let unforeseen =
        client.post(&officer, &outcomes, &with(json!({ "outcome": licensed, "reason": "it is" }))).await;
    let shown = client.get(&officer, &case).await.json()["hits"][0].clone();

    assert_eq!(too_early.code(), "second-person-needed");
    assert_eq!(recorded.status, StatusCode::CREATED, "{}", recorded.text());
    assert_eq!(recorded.json()["outcome"], json!({ "kind": "not_resolved" }));
    assert_eq!(
        (alone.code().as_str(), unforeseen.code().as_str()),
        ("second-person-needed", "hit-outcome-refused")
    );
    assert_eq!(shown["status"], "confirmed");
    assert_eq!(shown["judgement"]["id"], recorded.json()["id"]);
    assert_eq!(shown["judgement"]["judged_by"], client.platform.staff_id(&officer).to_string());
}

#[tokio::test]
async fn lists_that_cannot_be_kept_are_refused_and_change_nothing() {
    let client = Client::new();
    let before = client.get(&everything(), "/v1/lists").await.json()["version"].clone();
    let with = |name: &str, value: Value| {
        let mut list = list("own", 'a', &[]);
        list[name] = value;
        json!([list])
    };
    let cases = [
        json!([]),
        json!({ "lists": [] }),
        json!("Ada Lovelace"),
        with("id", json!("../../etc/passwd")),
        with("id", json!(".hidden")),
        with("id", json!("")),
        with("sha256", json!("Ada")),
        with("version", json!("a\nb")),
        with("entries", json!([{ "names": "Ada Lovelace" }])),
        json!([list("own", 'a', &[]), list("own", 'b', &[])]),
    ];
    for body in cases {
        let refused = client.post(&everything(), "/v1/lists", &body).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (StatusCode::BAD_REQUEST, "lists-refused"),
            "{body}"
        );
        assert!(!refused.text().contains("Ada"), "{}", refused.text());
    }
    let cut = client
        .send(
            super::client::request("POST", "/v1/lists")
                .header("content-encoding", "gzip")
                .extension(server::LocalActor(everything()))
                .body(axum::body::Body::from(vec![0x1f, 0x8b, 8, 0]))
                .unwrap(),
        )
        .await;
    assert_eq!(cut.code(), "lists-refused");
    assert_eq!(client.get(&everything(), "/v1/lists").await.json()["version"], before);
}

/// CIP-23: lists are asked line by line; who asks needs a scope for it.
#[tokio::test]
async fn queries_and_pairs_are_answered_line_by_line() {
    let client = Client::new();
    client.post(&everything(), "/v1/lists", &json!([list("own", 'a', &["Ada Lovelace"])])).await;
    let judge = Actor { scopes: vec![Scope::HitsJudge], ..Actor::command() };
    let queries =
        "{\"id\":1,\"names\":[\"Ada Lovelace\"]}\nnonsense\n{\"id\":3,\"names\":[\"Jane Ordinary\"]}\n";
    let pairs = "{\"id\":1,\"a\":{\"names\":[\"Ann Lee\"]},\"b\":{\"names\":[\"Ann Lee\"]}}\n{\"id\":2}\n";

    let asked = client.post_raw(&judge, "/v1/lists/screen?top=1", queries.into()).await;
    let as_ofac = client.post_raw(&judge, "/v1/lists/screen?mode=ofac", queries.into()).await;
    let other_mode = client.post_raw(&judge, "/v1/lists/screen?mode=exact", queries.into()).await;
    let high = client.post_raw(&judge, "/v1/lists/screen?threshold=2", queries.into()).await;
    let compared = client.post_raw(&judge, "/v1/lists/compare", pairs.into()).await;

    let lines = |answer: &super::client::Answer| -> Vec<Value> {
        answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let answers = lines(&asked);
    assert_eq!(
        (&answers[0]["id"], &answers[0]["hits"][0]["entry_id"]),
        (&json!(1), &json!("e-Ada Lovelace"))
    );
    assert_eq!(answers[1]["error"]["code"], "not_json");
    assert_eq!(answers[2], json!({ "id": 3, "hits": [] }));
    let as_ofac = lines(&as_ofac);
    assert_eq!((&as_ofac[0]["mode"], &as_ofac[0]["hits"][0]["score"]), (&json!("ofac"), &json!(1.0)));
    assert_eq!(as_ofac[2], json!({ "id": 3, "mode": "ofac", "hits": [] }));
    assert_eq!(other_mode.status, StatusCode::BAD_REQUEST);
    assert_eq!(high.code(), "query-refused");
    let compared = lines(&compared);
    assert_eq!(
        (&compared[0]["match"], &compared[1]["error"]["code"]),
        (&json!(true), &json!("missing_field"))
    );
}

/// CIP-21: a file that comes in several requests has one numbering.
#[tokio::test]
async fn lines_of_an_import_are_numbered_from_where_the_request_begins() {
    let client = Client::new();
    let mut customer = enrolment(1, "Ada Lovelace");
    customer["type"] = json!("customer");
    let body = format!("{customer}\n\nnonsense\n");

    let answer = client.post_raw(&everything(), "/v1/import?first_line=1001", body.into_bytes()).await.text();

    let lines: Vec<Value> = answer.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["line"], &lines[0]["type"]), (&json!(1001), &json!("customer")));
    assert_eq!((&lines[1]["line"], &lines[1]["error"]["code"]), (&json!(1003), &json!("not-json")));
}

/// CIP-23: each list and each hit says what it means; the case shows where a hit stands.
#[tokio::test]
async fn a_hit_is_shown_with_what_its_list_means() {
    let platform = testkit::Platform::builder().with_packs(&["us-eo13984-nprm", "restricted-lists"]).build();
    let client = Client::with(platform);
    let lists = json!([list("us-bis-el", 'a', &["Ada Lovelace"]), list("own", 'b', &["Ada Lovelace"])]);
    let loaded = client.post(&everything(), "/v1/lists", &lists).await.json();
    let enrolled = client.post(&everything(), "/v1/customers", &enrolment(1, "Ada Lovelace")).await.json();
    let customer = enrolled["customer"]["id"].as_str().unwrap();

    let screened =
        client.post(&everything(), &format!("/v1/customers/{customer}/screenings"), &json!({})).await;
    let cases =
        client.get(&everything(), &format!("/v1/cases?customer={customer}&kind=list_hit")).await.json();
    let case = cases["data"][0]["id"].as_str().unwrap();
    let case = client.get(&everything(), &format!("/v1/cases/{case}")).await;

    let means = |lists: &Value, name: &str| {
        let mut of_lists = lists.as_array().unwrap().iter();
        let found = of_lists.find(|one| one["list"] == name).unwrap();
        (found["consequence"].clone(), found["sources"].to_string().contains("744.11"))
    };
    let (licence, unsaid) = ((json!("licence_check"), true), (Value::Null, false));
    let screened = screened.json();
    let case_hits = case.json()["hits"].clone();
    for lists in [&loaded["data"], &screened["data"][0]["hits"], &case_hits] {
        assert_eq!(
            (means(lists, "us-bis-el"), means(lists, "own")),
            (licence.clone(), unsaid.clone()),
            "{lists}"
        );
    }
    assert_eq!((&case_hits[0]["status"], &case_hits[0]["path"]), (&json!("open"), &json!([])));
    assert!(
        case.header("etag").unwrap().starts_with("\"1-"),
        "what is shown may change while the case does not"
    );
}

/// CIP-23: answers found in lists that nobody loaded for too long say so, or are refused where the operator chose that.
#[tokio::test]
async fn answers_from_stale_lists_say_so_or_are_refused() {
    for then in [WhenStale::Warn, WhenStale::Refuse] {
        let stale_lists = StaleLists { then, days_max: 2, ..StaleLists::default() };
        let platform =
            testkit::Platform::builder().with_settings(|settings| settings.stale_lists = stale_lists);
        let client = Client::with(platform.build());
        client.post(&everything(), "/v1/lists", &json!([list("own", 'a', &["Ada Lovelace"])])).await;
        let party = json!({ "queries": { "one": { "schema": "Person", "properties": { "name": ["Ada Lovelace"] } } } });
        let ask = async || {
            let lines = client
                .post_raw(&everything(), "/v1/lists/screen", r#"{"names":["Ada Lovelace"]}"#.into())
                .await;
            [lines, client.post(&everything(), "/match/default", &party).await]
        };

        let fresh = ask().await;
        client.platform.clock.advance_days(3);
        let stale = ask().await;

        let listed = client.get(&everything(), "/v1/lists").await.json();
        assert_eq!(listed["data"][0]["stale"], true);
        for (fresh, stale) in fresh.iter().zip(&stale) {
            assert_eq!((fresh.status, fresh.header("tenantry-stale-lists")), (StatusCode::OK, None));
            match then {
                WhenStale::Warn => {
                    assert_eq!(
                        (stale.status, stale.header("tenantry-stale-lists")),
                        (StatusCode::OK, Some("own"))
                    );
                }
                WhenStale::Refuse => {
                    let answer = (stale.status, stale.code());
                    assert_eq!(answer, (StatusCode::SERVICE_UNAVAILABLE, "lists-stale".to_owned()));
                }
            }
        }
    }
}
