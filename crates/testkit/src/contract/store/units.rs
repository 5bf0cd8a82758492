//! Units of work: all or nothing, in isolation, durable for each of many callers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};

use app::store::{CaseFilter, Page, Store, StoreError};
use domain::case::CaseKind;
use domain::customer::Customer;
use domain::reseller::Reseller;

use super::fixtures::{case, customer, id, reseller, stored_customer, with};

pub fn check(open: &dyn Fn() -> Box<dyn Store>) {
    work_that_fails_leaves_nothing(&*open());
    work_that_panics_leaves_nothing_and_the_store_goes_on(&*open());
    reading_work_sees_what_is_committed_and_changes_nothing(&*open());
    work_sees_its_own_changes(&*open());
    every_acknowledged_write_of_many_at_once_is_there(&*open());
    no_update_is_lost_when_many_change_one_row(&*open());
    one_of_many_gets_an_external_id(&*open());
    what_is_decided_on_the_rows_of_a_customer_is_decided_once(&*open());
    what_is_decided_on_the_catalogue_is_decided_once(&*open());
    work_on_several_customers_comes_to_an_end_in_any_order(&*open());
    what_no_column_holds_is_refused_and_found_nowhere(&*open());
    any_text_comes_back_as_it_was(&*open());
}

fn work_that_fails_leaves_nothing(store: &dyn Store) {
    let failed: Result<(), StoreError> = store.with_tx(|tx| {
        tx.put_setting("a", "1")?;
        Err(StoreError::Duplicate { what: "mine" })
    });

    assert!(matches!(failed, Err(StoreError::Duplicate { what: "mine" })), "{failed:?}");
    assert_eq!(with(store, |tx| tx.find_setting("a")), None);
}

fn work_that_panics_leaves_nothing_and_the_store_goes_on(store: &dyn Store) {
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        store.with_tx(|tx| -> Result<(), StoreError> {
            tx.put_setting("a", "1")?;
            std::panic::resume_unwind(Box::new("of the test"))
        })
    }));

    assert!(panicked.is_err(), "the panic reaches the caller");
    assert_eq!(with(store, |tx| tx.find_setting("a")), None);
    with(store, |tx| tx.put_setting("a", "2"));
    assert_eq!(with(store, |tx| tx.find_setting("a")).as_deref(), Some("2"));
}

fn reading_work_sees_what_is_committed_and_changes_nothing(store: &dyn Store) {
    with(store, |tx| tx.put_setting("a", "1"));

    let read: Result<_, StoreError> = store.with_reading_tx(|tx| tx.find_setting("a"));
    let written: Result<(), StoreError> = store.with_reading_tx(|tx| tx.put_setting("a", "2"));

    assert_eq!(read.expect("read").as_deref(), Some("1"));
    assert!(written.is_err(), "a reader does not write");
    assert_eq!(with(store, |tx| tx.find_setting("a")).as_deref(), Some("1"));
    with(store, |tx| tx.put_setting("a", "3"));
}

fn work_sees_its_own_changes(store: &dyn Store) {
    let mine = customer();
    let found = with(store, |tx| {
        tx.insert_customer(&mine)?;
        tx.find_customer(mine.id)
    });

    assert_eq!(found, Some(mine));
}

/// Sixty-four callers, of which every eighth gives up: the others' work is there, and none of theirs.
fn every_acknowledged_write_of_many_at_once_is_there(store: &dyn Store) {
    let done: Vec<(String, bool)> = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..64)
            .map(|number| {
                scope.spawn(move || {
                    let mut done = Vec::new();
                    for round in 0..4 {
                        let name = format!("{number}/{round}");
                        let gives_up = (number + round) % 8 == 0;
                        let result: Result<(), StoreError> = store.with_tx(|tx| {
                            tx.put_setting(&name, "x")?;
                            if gives_up { Err(StoreError::Duplicate { what: "mine" }) } else { Ok(()) }
                        });
                        assert_eq!(result.is_err(), gives_up, "{name}: {result:?}");
                        done.push((name, !gives_up));
                    }
                    done
                })
            })
            .collect();
        callers.into_iter().flat_map(|caller| caller.join().expect("no panic")).collect()
    });

    for (name, is_there) in done {
        let found: Result<_, StoreError> = store.with_reading_tx(|tx| tx.find_setting(&name));
        assert_eq!(found.expect("read").is_some(), is_there, "{name}");
    }
}

fn no_update_is_lost_when_many_change_one_row(store: &dyn Store) {
    const CALLERS: u64 = 8;
    const ROUNDS: u64 = 5;
    let counted = stored_customer(store);
    let runs = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    with(store, |tx| {
                        runs.fetch_add(1, Ordering::Relaxed);
                        let now = tx.find_customer(counted.id)?.expect("it is there");
                        let next =
                            Customer { fact_version: now.fact_version + 1, version: now.version + 1, ..now };
                        tx.update_customer(&next)
                    });
                }
            });
        }
    });

    let last = with(store, |tx| tx.find_customer(counted.id)).expect("it is there");
    assert_eq!((last.fact_version, last.version), (CALLERS * ROUNDS, CALLERS * ROUNDS + 1));
    assert!(u64::from(runs.into_inner()) >= CALLERS * ROUNDS);
}

fn one_of_many_gets_an_external_id(store: &dyn Store) {
    let winners: usize = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let mine = Customer { external_id: Some("one".to_owned()), ..customer() };
                    match store.with_tx(|tx| tx.insert_customer(&mine)) {
                        Ok(()) => 1,
                        Err(StoreError::Duplicate { what: "external_id" }) => 0,
                        Err(error) => panic!("{error:?}"),
                    }
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().expect("no panic")).sum()
    });

    assert_eq!(winners, 1);
    assert!(with(store, |tx| tx.find_customer_by_external_id("one")).is_some());
}

/// Each opens a case only where none is open: rows are added, none is changed by two.
fn what_is_decided_on_the_rows_of_a_customer_is_decided_once(store: &dyn Store) {
    let page = Page { after: String::new(), limit: 10 };
    for _ in 0..10 {
        let customer = stored_customer(store).id;
        let filter = CaseFilter { customer: Some(customer), unresolved: Some(true), ..CaseFilter::default() };
        at_once(4, |number| {
            with(store, |tx| {
                if number % 2 == 0 {
                    tx.lock_customer(customer)?;
                }
                match &tx.list_cases(&filter, &page)?[..] {
                    [] => tx.insert_case(&case(customer, CaseKind::Review)),
                    _ => Ok(()),
                }
            });
        });

        assert_eq!(with(store, |tx| tx.list_cases(&filter, &page)).len(), 1);
    }
}

/// Each of two would be the other's parent; the register refuses the second, so that there is never a cycle.
fn what_is_decided_on_the_catalogue_is_decided_once(store: &dyn Store) {
    for _ in 0..10 {
        let pair = [stored_customer(store).id, stored_customer(store).id];
        at_once(2, |number| {
            let (child, parent) = (pair[number], pair[1 - number]);
            with(store, |tx| match tx.find_reseller(parent)? {
                Some(above) if above.parent == Some(child) => Ok(()),
                _ => tx.put_reseller(&Reseller { parent: Some(parent), ..reseller(child) }),
            });
        });

        let registered = pair.iter().filter(|one| with(store, |tx| tx.find_reseller(**one)).is_some());
        assert_eq!(registered.count(), 1);
    }
}

fn work_on_several_customers_comes_to_an_end_in_any_order(store: &dyn Store) {
    let pair = [stored_customer(store).id, stored_customer(store).id];
    at_once(4, |number| {
        for _ in 0..10 {
            with(store, |tx| {
                let (first, second) = (pair[number % 2], pair[1 - number % 2]);
                tx.insert_case(&case(first, CaseKind::Review))?;
                tx.insert_case(&case(second, CaseKind::Review))
            });
        }
    });

    let page = Page { after: String::new(), limit: 100 };
    assert_eq!(with(store, |tx| tx.list_cases(&CaseFilter::default(), &page)).len(), 80);
}

fn at_once(callers: usize, call: impl Fn(usize) + Sync) {
    let call = &call;
    let start = &Barrier::new(callers);
    std::thread::scope(|scope| {
        for number in 0..callers {
            scope.spawn(move || {
                start.wait();
                call(number);
            });
        }
    });
}

fn what_no_column_holds_is_refused_and_found_nowhere(store: &dyn Store) {
    let hostile = Customer { external_id: Some("a\0b".to_owned()), ..customer() };
    let inserted = store.with_tx(|tx| tx.insert_customer(&hostile));
    let setting: Result<(), StoreError> = store.with_tx(|tx| tx.put_setting("a\0", "x"));
    let version = Customer { version: u64::MAX, ..customer() };
    let beyond = store.with_tx(|tx| tx.insert_customer(&version));

    for (name, result) in [("external id", inserted), ("setting", setting), ("version", beyond)] {
        assert!(matches!(result, Err(StoreError::Refused { .. })), "{name}: {result:?}");
    }
    with(store, |tx| {
        assert_eq!(tx.find_customer_by_external_id("a\0b")?, None);
        assert_eq!(tx.find_setting("a\0")?, None);
        assert_eq!(tx.find_api_key_by_hash("\0")?, None);
        tx.put_setting("a", "goes on")
    });
}

fn any_text_comes_back_as_it_was(store: &dyn Store) {
    let texts = [
        String::new(),
        "'; DROP TABLE customers; --".to_owned(),
        "$1 ?1 %s \\ \" ` \r\n\t\u{1}\u{7f}".to_owned(),
        "Ωμέγα 漢字 \u{202e}abc\u{200d} e\u{301} \u{10FFFF}".to_owned(),
        "x".repeat(1_000_000),
    ];
    for text in texts {
        with(store, |tx| tx.put_setting("text", &text));
        assert!(with(store, |tx| tx.find_setting("text")).as_ref() == Some(&text));
        // Inside a record even a NUL has its place.
        let named = Customer { notice: format!("{text}\0"), ..customer() };
        with(store, |tx| tx.insert_customer(&named));
        assert!(with(store, |tx| tx.find_customer(named.id)) == Some(named));
        let external = text.chars().take(200).collect::<String>();
        let known = Customer { id: id(), external_id: Some(external.clone()), ..customer() };
        with(store, |tx| tx.insert_customer(&known));
        assert!(with(store, |tx| tx.find_customer_by_external_id(&external)) == Some(known));
    }
}
