//! Comparing again after lists changed, and while they change.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use app::actor::Actor;
use app::failure::Failure;
use app::gate::GateQuestion;
use app::pack::text_hash;
use app::rescreening::Rescreening;
use app::screening::replay::{ReplayOutcome, replay};
use app::screening::{ScreenedPage, screen_customer, screen_page};
use app::store::Page;
use app::watchlist::stale::{StaleLists, WhenStale, find_stale};
use app::watchlist::{
    ListKeeper as _, ListsInForce, LoadedEntry, LoadedList, Loading, Mode, Wanted, answer_query, load_lists,
    put_lists_in_force,
};
use domain::case::CaseKind;
use domain::decision::{Action, RequestContext};
use domain::draft::DraftAction;
use domain::id::{CustomerId, ScreeningId};
use domain::screening::{ClosedBecause, HitStatus, JudgementKind, Screening, status_of};
use screening::trial::{Ordinary, Random, vary};
use screening::{Name, NameKind, Schema};
use serde_json::json;
use testkit::platform::watchlist;
use testkit::{Platform, fixture};

use crate::shelf::Shelf;

fn put_lists(platform: &Platform, shelf: &Shelf, lists: Vec<LoadedList>) {
    shelf.keep(&lists).unwrap();
    platform.run(&platform.officer(), |env| {
        put_lists_in_force(env, ListsInForce::new(lists, env.now())).unwrap();
    });
}

/// Everybody who is behind, in one page.
fn screen_all(platform: &Platform, shelf: &Shelf) -> ScreenedPage {
    let page = Page { after: String::new(), limit: 500 };
    let done = platform.run(&Actor::system(), |env| screen_page(env, shelf, &page)).unwrap();
    platform.settle();
    done
}

fn latest(platform: &Platform, customer: CustomerId) -> Screening {
    let all = platform.app().store.with_reading_tx(|tx| tx.list_screenings(customer)).unwrap();
    all.into_iter().last().unwrap()
}

fn clear(platform: &Platform, screening: &Screening) {
    let hit = &screening.hits[0];
    let action = DraftAction::JudgeHit {
        customer: screening.customer,
        screening: screening.id,
        list: hit.list.clone(),
        entry: hit.entry.clone(),
        kind: JudgementKind::FalsePositive,
        outcome: None,
    };
    platform.decide_by_two(action).unwrap();
}

/// CIP-23: one entry more, and nobody is compared with the others again; the record says from which lists to which. A
/// hit on an entry that left is closed with that reason, and so is its case.
#[test]
fn only_what_changed_is_compared_and_the_record_says_so() {
    let (platform, shelf) = (Platform::new(), Shelf::default());
    put_lists(&platform, &shelf, vec![watchlist("test-list", "1", &["Ivan Petrov", "Tao Guang Huai"])]);
    let first_version = platform.app().lists().version.clone();
    let listed = platform.enrol(&fixture::individual(1, "Ivan Petrov", "BG")).customer.id;
    let later = platform.enrol(&fixture::individual(2, "Zelimkhan Wiktorowicz", "BG")).customer.id;
    let first = [latest(&platform, listed), latest(&platform, later)];
    let mut list = watchlist("test-list", "2", &["Ivan Petrov", "Tao Guang Huai", "Zelimkhan Wiktorowicz"]);
    put_lists(&platform, &shelf, vec![list.clone()]);

    let done = screen_all(&platform, &shelf);

    assert_eq!((done.customers, done.by_delta, done.hits), (2, 2, 2));
    for (customer, before) in [listed, later].into_iter().zip(&first) {
        let now = latest(&platform, customer);
        let by_delta = now.by_delta.unwrap();
        assert_eq!((by_delta.screening, by_delta.lists_version), (before.id, first_version.clone()));
        assert!(now.lists_version.starts_with("test-list@2#") && now.closed.is_empty());
    }
    assert_eq!(latest(&platform, listed).hits, first[0].hits, "it stands as it was");
    assert_eq!(latest(&platform, later).hits[0].entry, "3");
    platform.open_case(listed, CaseKind::ListHit);

    list.entries.remove(0);
    list.entries[1].names[0].text = "Somebody Else".to_owned();
    list.sha256 = text_hash("3");
    put_lists(&platform, &shelf, vec![list]);
    let done = screen_all(&platform, &shelf);

    assert_eq!((done.customers, done.by_delta, done.hits), (2, 2, 0));
    for (customer, entry, because) in
        [(listed, "1", ClosedBecause::EntryRemoved), (later, "3", ClosedBecause::EntryChanged)]
    {
        let closed = &latest(&platform, customer).closed[0];
        assert_eq!((closed.entry.as_str(), closed.because), (entry, because));
        assert_eq!(platform.customer(customer).standing.hits, HitStatus::Clear);
        assert!(
            platform
                .cases_of(customer)
                .iter()
                .all(|case| case.kind != CaseKind::ListHit || case.is_resolved())
        );
    }
}

/// CIP-23: where the version before is no longer kept, or the engine is another one, everything is compared.
#[test]
fn without_the_lists_of_that_time_or_with_another_engine_everything_is_compared() {
    let (platform, shelf) = (Platform::new(), Shelf::default());
    put_lists(&platform, &shelf, vec![watchlist("test-list", "1", &["Ivan Petrov"])]);
    let customer = platform.enrol(&fixture::individual(1, "Ivan Petrov", "BG")).customer.id;
    let before = latest(&platform, customer);

    put_lists(&platform, &shelf, vec![watchlist("test-list", "2", &["Ivan Petrov", "Tao Guang Huai"])]);
    shelf.0.lock().unwrap().retain(|list| list.version != "1");
    let without_list = (screen_all(&platform, &shelf).by_delta, latest(&platform, customer));
    platform.clock.advance_days(1);
    let of_old_engine = Screening {
        id: ScreeningId::from(uuid::Uuid::from_u128(7)),
        engine_version: "1".to_owned(),
        screened_at: platform.clock.advance_days(0),
        hits: Vec::new(),
        ..without_list.1.clone()
    };
    platform.app().store.with_tx(|tx| tx.insert_screening(&of_old_engine)).unwrap();
    put_lists(&platform, &shelf, vec![watchlist("test-list", "3", &["Ivan Petrov", "Wu Jian"])]);
    platform.clock.advance_days(1);
    let with_new_engine = (screen_all(&platform, &shelf).by_delta, latest(&platform, customer));

    for (by_delta, now) in [without_list, with_new_engine] {
        assert_eq!((by_delta, &now.by_delta), (0, &None));
        assert_eq!(now.hits, before.hits);
    }
}

/// CIP-23: over versions of lists on which entries come, change, leave, are renamed and retyped, with customers that
/// are up to several versions behind and hits that were cleared: hits, scores and clearances are those of a comparison
/// with every entry.
#[test]
fn by_delta_hits_and_clearances_are_those_of_a_full_comparison() {
    for seed in 1..=3 {
        let mut random = Random::new(seed);
        let (platform, shelf, ordinary) = (Platform::new(), Shelf::default(), Ordinary::new());
        let mut lists = [Vec::new(), Vec::new()];
        for entries in &mut lists {
            for number in 1..=15 {
                entries.push(entry(&format!("e-{number}"), ordinary.anyone(&mut random)));
            }
        }
        put_lists(&platform, &shelf, published(&lists));
        let mut customers = Vec::new();
        for number in 1..=12 {
            let from = random.pick(&lists[number as usize % 2]).names[0].text.clone();
            let name = vary(&from, true, &mut random).map_or(from, |(_, varied)| varied);
            customers.push(platform.enrol(&fixture::individual(number, &name, "BG")).customer.id);
        }
        let (mut by_delta, mut cleared) = (0, 0);
        for round in 0..6 {
            for customer in &customers {
                let standing = latest(&platform, *customer);
                if round == 1 && !standing.hits.is_empty() && random.permille(600) {
                    clear(&platform, &standing);
                    cleared += 1;
                }
            }
            let names: Vec<String> =
                lists.iter().flatten().map(|entry: &LoadedEntry| entry.names[0].text.clone()).collect();
            for entries in &mut lists {
                change(entries, &names, round, &mut random);
            }
            put_lists(&platform, &shelf, published(&lists));
            // Half of the rounds, half of the customers stay behind for longer.
            platform.clock.advance_days(1);
            let limit = if random.permille(500) { 6 } else { 500 };
            let page = Page { after: String::new(), limit };
            let done = platform.run(&Actor::system(), |env| screen_page(env, &shelf, &page)).unwrap();
            by_delta += done.by_delta;
            platform.settle();
        }
        by_delta += screen_all(&platform, &shelf).by_delta;

        assert!(by_delta > 20 && cleared > 0, "seed {seed}: {by_delta} by delta, {cleared} cleared");
        for customer in customers {
            let standing = latest(&platform, customer);
            let full = platform.run(&platform.analyst(), |env| replay(env, &shelf, standing.id)).unwrap();
            assert_eq!(
                (full.outcome, full.screening),
                (ReplayOutcome::Same, standing.clone()),
                "seed {seed}"
            );
            let judgements = platform.app().store.with_reading_tx(|tx| tx.list_judgements(customer)).unwrap();
            let of_full = Screening { hits: full.hits, ..standing };
            let status = status_of(&of_full, &judgements);
            assert_eq!(platform.customer(customer).standing.hits, status, "seed {seed}");
        }
    }
}

fn entry(id: &str, name: String) -> LoadedEntry {
    let names = vec![Name { text: name, kind: NameKind::Primary }];
    LoadedEntry { entry_id: id.to_owned(), schema: Schema::Person, names, ..LoadedEntry::default() }
}

fn published(lists: &[Vec<LoadedEntry>]) -> Vec<LoadedList> {
    let list = |(number, entries): (usize, &Vec<LoadedEntry>)| LoadedList {
        id: format!("list-{number}"),
        sha256: text_hash(&serde_json::to_string(entries).unwrap()),
        entries: entries.clone(),
        ..watchlist("", "a version", &[])
    };
    lists.iter().enumerate().map(list).collect()
}

fn change(entries: &mut Vec<LoadedEntry>, names: &[String], round: usize, random: &mut Random) {
    for number in 0..3 {
        let at = random.below(entries.len());
        let name = random.pick(names).clone();
        match random.below(5) {
            0 => entries.push(entry(&format!("r-{round}-{number}"), name)),
            1 => drop(entries.remove(at)),
            2 => entries[at].names[0].text = name,
            3 => entries[at].schema = *random.pick(&[Schema::Person, Schema::Vessel]),
            _ => entries[at].remarks.push_str("see also"),
        }
    }
}

/// CIP-23: the walk in the background uses deltas too, and lets go of them at its end.
#[test]
fn the_background_compares_by_delta() {
    let (platform, shelf) = (Platform::new(), Shelf::default());
    put_lists(&platform, &shelf, vec![watchlist("test-list", "1", &["Ivan Petrov"])]);
    let customer = platform.enrol(&fixture::individual(1, "Ivan Petrov", "BG")).customer.id;
    put_lists(&platform, &shelf, vec![watchlist("test-list", "2", &["Ivan Petrov", "Tao Guang Huai"])]);
    let mut walk = Rescreening::default();

    let compared = platform.run(&Actor::system(), |env| walk.advance(env, &shelf)).unwrap();

    assert_eq!(compared, 1);
    assert!(latest(&platform, customer).by_delta.is_some());
}

/// CIP-23: while lists are switched many times, every answer and every record is wholly of one version, none fails, and
/// nothing is kept of versions that are over.
#[test]
fn every_answer_is_of_one_version_however_often_lists_are_switched() {
    const SWITCHES: usize = 60;
    let (platform, shelf) = (Platform::new(), Shelf::default());
    let (app, officer, done) = (platform.app(), platform.officer(), AtomicBool::new(false));
    // Of version n each entry says so by its id.
    let load = |number: usize| {
        let mut list = watchlist("test-list", &format!("n{number}"), &["Ivan Petrov", "Petrov, Ivan"]);
        list.entries.iter_mut().for_each(|entry| entry.entry_id = format!("n{number}-{}", entry.entry_id));
        list.sha256 = text_hash(&number.to_string());
        app.run(&officer, |env| load_lists(env, &shelf, vec![list], &Loading::default())).unwrap();
        Arc::downgrade(&app.lists().index)
    };
    let is_whole = |version: &str, entries: &[&str]| {
        let number = version.split_once('@').unwrap().1.split_once('#').unwrap().0;
        entries.iter().all(|entry| entry.split_once('-').unwrap().0 == number)
    };
    let mut kept = vec![load(0)];
    let customer = platform.enrol(&fixture::individual(1, "Ivan Petrov", "BG")).customer.id;
    let wanted = Wanted { threshold: None, top: 10, mode: Mode::default() };
    let ask = || {
        let mut answers = 0;
        while !done.load(Ordering::Acquire) || answers == 0 {
            app.run(&officer, |env| {
                let answer = answer_query(&env.lists.index, json!({ "names": ["Ivan Petrov"] }), wanted);
                let hits = answer.unwrap_or_else(|_| panic!("an answer failed")).hits;
                assert_eq!(hits.len(), 2);
                let entries: Vec<&str> = hits.iter().map(|hit| hit.entry_id.as_str()).collect();
                assert!(is_whole(&env.lists.version, &entries));
            });
            answers += 1;
        }
    };
    let screen = || {
        let page = Page { after: String::new(), limit: 10 };
        while !done.load(Ordering::Acquire) {
            app.run(&officer, |env| screen_page(env, &shelf, &page)).unwrap();
            app.run(&officer, |env| screen_customer(env, customer)).unwrap();
        }
    };

    std::thread::scope(|scope| {
        scope.spawn(ask);
        scope.spawn(ask);
        scope.spawn(screen);
        kept.extend((1..=SWITCHES).map(load));
        done.store(true, Ordering::Release);
    });

    let records = app.store.with_reading_tx(|tx| tx.list_screenings(customer)).unwrap();
    for record in &records {
        assert_eq!(record.hits.len(), 2);
        let entries: Vec<&str> = record.hits.iter().map(|hit| hit.entry.as_str()).collect();
        assert!(is_whole(&record.lists_version, &entries));
    }
    assert_eq!(kept.iter().filter_map(Weak::upgrade).count(), 1, "the version in force");
}

/// CIP-23: lists that nobody loaded for too long are named; where the operator chose so, nobody is enrolled and growth
/// waits until they are loaded again, which takes no new content.
#[test]
fn stale_lists_warn_or_refuse_as_the_operator_chose() {
    for then in [WhenStale::Warn, WhenStale::Refuse] {
        let refuses = then == WhenStale::Refuse;
        let days_max_of = [("daily".to_owned(), 2)].into();
        let platform = Platform::builder()
            .with_settings(move |settings| {
                settings.stale_lists = StaleLists { then, days_max: 30, days_max_of }
            })
            .build();
        let (shelf, officer) = (Shelf::default(), platform.officer());
        let lists = [watchlist("daily", "1", &["Ivan Petrov"]), watchlist("slow", "1", &["Wu Jian"])];
        let load = |lists: &[LoadedList]| {
            let loading = Loading { keep_others: true, ..Loading::default() };
            platform.run(&officer, |env| load_lists(env, &shelf, lists.to_vec(), &loading)).unwrap();
            platform.settle();
        };
        let stale = || find_stale(platform.app());
        load(&lists);
        platform.enrol(&fixture::individual(1, "Ada Karenina", "DE"));
        assert!(stale().is_empty());

        platform.clock.advance_days(3);
        platform.settle();

        assert_eq!(stale(), ["daily"]);
        let enrolled = platform.try_enrol(&fixture::individual(2, "Ada Karenina", "DE"));
        assert_eq!(
            enrolled.as_ref().err().map(|_| refusal_code(&enrolled)),
            refuses.then_some("lists-stale")
        );
        let ask = |action| {
            let question =
                GateQuestion { account: "account-1".to_owned(), action, context: RequestContext::default() };
            platform
                .app()
                .gate
                .ask(platform.app(), &platform.control_plane(), &question)
                .map_err(|refusal| refusal.code)
        };
        assert_eq!(ask(Action::Provision).err(), refuses.then_some("lists-stale"));
        assert!(ask(Action::Administer).is_ok(), "it does not fail closed");
        // A start reads the same lists again: nobody asked the publisher.
        put_lists(&platform, &shelf, lists.to_vec());
        assert_eq!(stale(), ["daily"]);

        load(&lists[..1]);
        assert!(stale().is_empty());
        assert!(platform.try_enrol(&fixture::individual(3, "Ada Karenina", "DE")).is_ok());
        platform.clock.advance_days(28);
        assert_eq!(stale(), ["daily", "slow"], "it stayed in force and was not asked for");
    }
}

fn refusal_code<T>(result: &Result<T, Failure>) -> &'static str {
    match result {
        Err(Failure::Refused(refusal)) => refusal.code,
        _ => "none",
    }
}
