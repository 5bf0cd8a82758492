//! `doctor` says which rows are not what their records make of them, and `--rebuild` makes them anew.

mod support;

use app::store::{CustomerFilter, Page, Store, StoreError};
use domain::customer::{Customer, Standing};
use domain::watchlist::Watchlist;
use serde_json::json;
use store::SqliteStore;
use support::{Place, customer_line};

/// What was damaged is named without what it held, with exit code 1; made anew, all is well.
#[test]
fn a_damaged_row_is_named_and_made_anew() {
    let place = Place::new().with_catalogue();
    place.run_with(&["import", "--data", "data"], &customer_line(1, "Ada Ordinary", "DE")).done();
    let healthy = place.run(&["doctor", "--data", "data", "--json"]).done().json();
    assert_eq!(healthy["well"], true, "{healthy}");
    {
        let store = SqliteStore::open(&place.path("data")).unwrap();
        let store: &dyn Store = &store;
        store
            .with_tx(|tx| {
                let page = Page { after: String::new(), limit: 1 };
                let found = tx.list_customers(&CustomerFilter::default(), &page)?.remove(0);
                let version = found.version + 1;
                tx.update_customer(&Customer { standing: Standing::unknown(), version, ..found })?;
                Ok::<_, StoreError>(())
            })
            .unwrap();
    }

    let looked = place.run(&["doctor", "--data", "data", "--json"]);
    let mended = place.run(&["doctor", "--data", "data", "--rebuild"]);
    let after = place.run(&["doctor", "--data", "data", "--json"]).done().json();

    assert_eq!(looked.code, 1, "{}", looked.err);
    let state = |answer: &serde_json::Value| {
        let findings = answer["findings"].as_array().unwrap().clone();
        findings.into_iter().find(|one| one["part"] == "present state").unwrap()
    };
    let looked = state(&looked.json());
    assert_eq!(looked["differences"][0]["table"], "customers", "{looked}");
    assert_eq!(looked["differences"][0]["columns"], serde_json::json!(["standing"]), "{looked}");
    assert_eq!(mended.code, 0, "{}", mended.err);
    assert!(mended.out.contains("standing, made anew"), "{}", mended.out);
    assert_eq!(state(&after)["health"], "well", "{after}");
}

/// CIP-23: lists in force that nobody loaded for too long are named; where the operator chose to refuse, all is not well.
#[test]
fn stale_lists_are_named() {
    let place = Place::new().with_catalogue();
    {
        let store = SqliteStore::open(&place.path("data")).unwrap();
        let store: &dyn Store = &store;
        let list = Watchlist {
            list: "own".to_owned(),
            title: "Own".to_owned(),
            version: "1".to_owned(),
            sha256: "a".repeat(64),
            entry_count: 1,
            name_count: 1,
            loaded_at: "2020-01-01T00:00:00Z".parse().unwrap(),
            fictional: false,
        };
        store
            .with_tx(|tx| {
                tx.insert_watchlist(&list)?;
                tx.put_setting("lists-in-force", "own@1#aaaaaaaaaaaa")
            })
            .unwrap();
    }
    let config = place.write("refuse.toml", "[platform.stale_lists]\nthen = \"refuse\"\n");

    let warned = place.run(&["doctor", "--data", "data"]);
    let refused = place.run(&["doctor", "--data", "data", "--config", &config]);

    assert!(warned.out.contains("mind lists: too long since these were loaded: own"), "{}", warned.out);
    assert!(refused.out.contains("ILL  lists: too long since these were loaded: own"), "{}", refused.out);
    assert_eq!((warned.code, refused.code), (0, 1));
}

/// What the webhook's receiver does not take is named, so that somebody looks; nobody is told of a webhook that is not
/// set up.
#[test]
fn events_that_the_webhook_did_not_take_are_named() {
    let mut place = Place::new().with_catalogue();
    let without = place.run(&["doctor", "--data", "data"]).done().out;
    place.variables.push(("TENANTRY_WEBHOOK__URL", "https://control.example.org/events".to_owned()));
    place.variables.push(("TENANTRY_WEBHOOK__SECRET", format!("whsec_{}", "QUJD".repeat(8))));
    let all_taken = place.run(&["doctor", "--data", "data"]).done().out;
    {
        let store = SqliteStore::open(&place.path("data")).unwrap();
        let store: &dyn Store = &store;
        let untaken = |position: u64, why: &str| {
            let event = format!("evt_{position:026}");
            json!({ "position": position, "event": event, "since": "2026-11-01T10:00:00Z", "why": why })
        };
        let troubles = json!({
            "waiting": untaken(7, "it answered 500"),
            "set_aside": [untaken(5, "it answered 422")],
            "set_aside_count": 3,
        });
        store.with_tx(|tx| tx.put_setting("webhook-troubles", &troubles.to_string())).unwrap();
    }

    let said = place.run(&["doctor", "--data", "data"]).done().out;

    assert!(!without.contains("webhook"), "{without}");
    assert!(all_taken.contains("ok   webhook: every event was taken"), "{all_taken}");
    for part in [
        "mind webhook: event `evt_00000000000000000000000007` at position 7 waits since 2026-11-01T10:00:00Z: it answered 500",
        "3 events were set aside because they were refused, the last `evt_00000000000000000000000005`",
        "`GET /v1/events?after=4` has it",
    ] {
        assert!(said.contains(part), "{said}");
    }
}
