//! `doctor` says which rows are not what their records make of them, and `--rebuild` makes them anew.

mod support;

use app::store::{CustomerFilter, Page, Store, StoreError};
use domain::customer::{Customer, Standing};
use domain::watchlist::Watchlist;
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
