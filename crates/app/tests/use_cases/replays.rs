//! Screenings on record, made again.

use app::actor::Actor;
use app::customer::facts::Addition;
use app::rescreening::Rescreening;
use app::screening::replay::{DifferingHit, ReplayOutcome, ScreeningReplay, replay};
use app::watchlist::{ListKeeper as _, ListsInForce, LoadedList, lists_named, put_lists_in_force};
use domain::draft::DraftAction;
use domain::field::Field;
use domain::id::{CustomerId, ScreeningId};
use domain::screening::{HitStatus, Screening};
use testkit::platform::watchlist;
use testkit::{Platform, fixture};

use crate::refusal;
use crate::shelf::Shelf;

fn put_lists(platform: &Platform, shelf: &Shelf, lists: Vec<LoadedList>) {
    shelf.keep(&lists).unwrap();
    platform.run(&platform.officer(), |env| {
        put_lists_in_force(env, ListsInForce::new(lists, env.now())).unwrap();
    });
}

fn screenings(platform: &Platform, customer: CustomerId) -> Vec<Screening> {
    platform.app().store.with_reading_tx(|tx| tx.list_screenings(customer)).unwrap()
}

fn made_again(platform: &Platform, shelf: &Shelf, id: ScreeningId) -> ScreeningReplay {
    platform.run(&platform.analyst(), |env| replay(env, shelf, id)).unwrap()
}

/// CIP-24: with other lists in force and more on record of the customer, a screening comes to what it came to then,
/// that of an owner too.
#[test]
fn a_screening_is_made_again_from_the_lists_and_facts_of_its_time() {
    let (platform, shelf) = (Platform::new(), Shelf::default());
    let mut list = watchlist("test-list", "of 1 May", &["Ivan Petrov", "Vektor Trading"]);
    list.entries[1].schema = screening::Schema::Organization;
    put_lists(&platform, &shelf, vec![list]);
    let customer =
        platform.enrol_company("Vektor Trading", "BG", &[("Ivan Petrov", "BG", 1_000_000)]).customer.id;
    let renamed = fixture::fact(Field::FullName, fixture::text("Quiet Gardens"));
    platform.add(customer, &Addition { facts: vec![renamed], ..Addition::default() });
    put_lists(&platform, &shelf, vec![watchlist("test-list", "of 2 May", &["Somebody Else"])]);
    platform.run(&platform.officer(), |env| app::screening::screen_customer(env, customer)).unwrap();

    let on_record = screenings(&platform, customer);

    assert_eq!(on_record.len(), 5, "two, one of the new name, two with the new list");
    assert_eq!(on_record.iter().filter(|screening| !screening.hits.is_empty()).count(), 2);
    for screening in on_record {
        let replay = made_again(&platform, &shelf, screening.id);
        assert_eq!((replay.outcome, replay.same_engine), (ReplayOutcome::Same, true));
        assert_eq!(replay.hits, screening.hits);
        assert!(replay.differing_hits.is_empty() && replay.missing_lists.is_empty());
        assert_eq!(replay.screening, screening);
    }
}

/// CIP-24: what cannot be made again is said plainly, with the list that is missing.
#[test]
fn what_is_no_longer_kept_is_named() {
    let (platform, shelf) = (Platform::new(), Shelf::default());
    put_lists(
        &platform,
        &shelf,
        vec![watchlist("a", "1 of 2", &["Ivan Petrov"]), watchlist("b", "1", &["No One"])],
    );
    let enrolled = platform.enrol(&fixture::individual(1, "Ivan Petrov", "BG"));
    let customer = enrolled.customer.id;
    let screening = screenings(&platform, customer).remove(0);
    put_lists(&platform, &shelf, vec![watchlist("a", "2", &["Ivan Petrov", "Somebody New"])]);
    shelf.0.lock().unwrap().retain(|list| list.version != "1 of 2");

    let without_list = made_again(&platform, &shelf, screening.id);
    let account = enrolled.account.unwrap().account.id;
    platform.run(&platform.control_plane(), |env| app::account::close(env, account, "asked-to")).unwrap();
    platform.clock.advance_days(10 * 366);
    platform.decide_by_two(DraftAction::ShredCustomer { customer }).unwrap();
    let without_facts = made_again(&platform, &shelf, screening.id);

    assert_eq!(without_list.outcome, ReplayOutcome::ListsNotKept);
    assert_eq!(without_list.missing_lists.len(), 1);
    assert!(without_list.missing_lists[0].starts_with("a@1 of 2#"), "{:?}", without_list.missing_lists);
    assert_eq!(without_facts.outcome, ReplayOutcome::FactsNotKept);
    assert!(without_facts.hits.is_empty() && without_facts.differing_hits.is_empty());
}

/// CIP-24: a newer engine replays and says what it finds otherwise.
#[test]
fn a_screening_of_another_engine_says_what_differs() {
    let (platform, shelf) = (Platform::new(), Shelf::default());
    put_lists(&platform, &shelf, vec![watchlist("test-list", "1", &["Ivan Petrov"])]);
    let customer = platform.enrol(&fixture::individual(1, "Ivan Petrov", "BG")).customer.id;
    let now = screenings(&platform, customer).remove(0);
    let mut then = Screening {
        id: ScreeningId::from(uuid::Uuid::from_u128(7)),
        engine_version: "0".to_owned(),
        fact_version: None,
        ..now.clone()
    };
    then.hits[0].score_bp = 9_999;
    then.hits[0].features.retain(|feature| feature.name != "name");
    then.hits.push(domain::screening::Hit { entry: "77".to_owned(), ..now.hits[0].clone() });
    platform.app().store.with_tx(|tx| tx.insert_screening(&then)).unwrap();

    let replay = made_again(&platform, &shelf, then.id);

    let differing = |entry: &str, score_bp, score_bp_now, features: &[&str]| DifferingHit {
        list: "test-list".to_owned(),
        entry: entry.to_owned(),
        score_bp: Some(score_bp),
        score_bp_now,
        features: features.iter().map(ToString::to_string).collect(),
    };
    let mut all_features: Vec<&str> =
        now.hits[0].features.iter().map(|feature| feature.name.as_str()).collect();
    all_features.sort_unstable();
    all_features.dedup();
    let score = now.hits[0].score_bp;
    assert_eq!((replay.outcome, replay.same_engine), (ReplayOutcome::Differs, false));
    assert_eq!(replay.hits, now.hits);
    let expected =
        [differing("1", 9_999, Some(score), &["name"]), differing("77", score, None, &all_features)];
    assert_eq!(replay.differing_hits, expected);
}

/// CIP-24: who may see neither cases nor the ledger, or another branch only, learns nothing.
#[test]
fn a_screening_is_shown_to_who_works_on_cases() {
    let (platform, shelf) = (Platform::new(), Shelf::default());
    let customer = platform.enrol(&fixture::individual(1, "Anatoli Jerebkov", "BG")).customer.id;
    let screening = screenings(&platform, customer).remove(0).id;

    let by_key = platform.run(&platform.control_plane(), |env| replay(env, &shelf, screening));
    let unknown = platform
        .run(&platform.analyst(), |env| replay(env, &shelf, ScreeningId::from(uuid::Uuid::from_u128(1))));

    assert_eq!(refusal(by_key).code, "scope-missing");
    assert_eq!(refusal(unknown).code, "no-such-screening");
}

/// CIP-23: who was compared by an older engine is compared again in the background, as with new lists.
#[test]
fn everybody_is_compared_again_by_a_new_engine() {
    let platform = Platform::builder().with_watchlist(&["Ivan Petrov"]).build();
    let customer = platform.enrol(&fixture::individual(1, "Ivan Petrov", "BG")).customer;
    platform.enrol(&fixture::individual(2, "Ada Karenina", "BG"));
    let with_old_engine = |screened_with: &str| {
        platform
            .app()
            .store
            .with_tx(|tx| {
                let mut stale = tx.find_customer(customer.id)?.unwrap();
                stale.standing.screened_with = Some(screened_with.to_owned());
                stale.standing.hits = HitStatus::Clear;
                stale.version += 1;
                tx.update_customer(&stale)
            })
            .unwrap();
    };
    let advance = || {
        platform.run(&Actor::system(), |env| Rescreening::default().advance(env, &Shelf::default())).unwrap()
    };
    let current = customer.standing.screened_with.clone().unwrap();
    let lists = platform.app().lists().version.clone();
    assert_eq!(current, format!("engine@{} {lists}", app::screening::ENGINE_VERSION));
    assert_eq!(advance(), 0);

    // Rows of releases before this one name the lists alone.
    for old in [format!("engine@0 {lists}"), lists] {
        with_old_engine(&old);

        assert_eq!(advance(), 1, "{old}");

        let standing = platform.customer(customer.id).standing;
        assert_eq!(
            (standing.screened_with.as_ref(), standing.hits),
            (Some(&current), HitStatus::Open),
            "{old}"
        );
    }
}

#[test]
fn the_name_of_a_set_says_its_lists() {
    let named = |set: &str| -> Vec<(String, String, String)> {
        lists_named(set).into_iter().map(|one| (one.list, one.hash_start, one.name)).collect()
    };
    let one = |list: &str, hash: &str, name: &str| (list.to_owned(), hash.to_owned(), name.to_owned());

    assert_eq!(named(""), []);
    assert_eq!(named("un@2026-01-01#abc"), [one("un", "abc", "un@2026-01-01#abc")]);
    assert_eq!(
        named("a@1 of 2#ab b@#cd"),
        [one("a", "ab", "a@1 of 2#ab"), one("b", "cd", "b@#cd")],
        "a publisher's version may hold spaces, or nothing"
    );
    assert_eq!(named("no name of a set"), []);
}
