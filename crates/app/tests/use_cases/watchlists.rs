//! Comparison with the lists in force, and what persons say of hits.

use app::actor::Actor;
use app::customer::facts::{self, Addition};
use app::customer::requirements::requirements_of;
use app::env::Env;
use app::rescreening::Rescreening;
use app::screening::screen_customer;
use app::watchlist::{ListsInForce, put_lists_in_force};
use domain::case::CaseKind;
use domain::decision::{Action, Answer};
use domain::draft::DraftAction;
use domain::field::Field;
use domain::id::CustomerId;
use domain::requirement::State;
use domain::screening::{HitStatus, JudgementKind, Screening};
use testkit::platform::watchlist;
use testkit::{Platform, fixture};

use crate::between::between;
use crate::refusal;
use crate::shelf::Shelf;

fn screenings(platform: &Platform, customer: CustomerId) -> Vec<Screening> {
    platform.app().store.with_reading_tx(|tx| tx.list_screenings(customer)).unwrap()
}

fn judge(platform: &Platform, customer: CustomerId, screening: &Screening, kind: JudgementKind) {
    let hit = &screening.hits[0];
    let (list, entry) = (hit.list.clone(), hit.entry.clone());
    platform
        .decide_by_two(DraftAction::JudgeHit {
            customer,
            screening: screening.id,
            list,
            entry,
            kind,
            outcome: None,
        })
        .unwrap();
}

fn put_lists(platform: &Platform, lists: Vec<screening::Watchlist>) {
    platform.run(&platform.officer(), |env| {
        put_lists_in_force(env, ListsInForce::new(lists, env.now())).unwrap();
    });
    platform.settle();
}

fn answer(platform: &Platform) -> Answer {
    platform.ask("account-1", Action::Provision).verdict.answer
}

/// CIP-23: a known alias in another script is found, the lists' version is on record, and growth waits.
#[test]
fn a_known_alias_is_found() {
    let platform = Platform::new();

    let customer = platform.enrol(&fixture::individual(1, "Anatoli Jerebkov", "RU")).customer;

    let screening = &screenings(&platform, customer.id)[0];
    assert_eq!(screening.hits[0].list, "fictional");
    assert!(screening.lists_version.contains("fictional"), "{}", screening.lists_version);
    assert_eq!(customer.standing.hits, HitStatus::Open);
    platform.open_case(customer.id, CaseKind::ListHit);
    let asked = platform.ask("account-1", Action::Provision);
    assert_eq!(asked.verdict.answer, Answer::Deny);
    assert!(asked.verdict.reasons().contains(&"hit-open"));
    assert!(asked.fictional_lists);
    assert_eq!(asked.facts.terms.lists_version, screening.lists_version);
}

/// CIP-23: an owner is compared like the customer.
#[test]
fn a_listed_owner_is_found() {
    let platform = Platform::new();
    let owners = [("Анатолий Жеребков", "RU", 1_000_000)];

    let customer = platform.enrol_company("Vektor Handels GmbH", "DE", &owners).customer;

    assert_eq!(customer.standing.hits, HitStatus::Open);
}

/// CIP-23: what two persons cleared stays cleared over new versions of the list, until the entry or the customer
/// changes in what is compared.
#[test]
fn a_cleared_match_is_remembered() {
    let platform = Platform::builder().with_watchlist(&["Zdravko Mirchev"]).build();
    let customer = platform.enrol(&fixture::individual(1, "Zdravko Mirchev", "BG")).customer.id;
    let first = screenings(&platform, customer).remove(0);
    judge(&platform, customer, &first, JudgementKind::FalsePositive);
    assert_eq!(platform.customer(customer).standing.hits, HitStatus::Clear);
    assert!(
        platform
            .cases_of(customer)
            .iter()
            .filter(|case| case.kind == CaseKind::ListHit)
            .all(|case| case.is_resolved())
    );
    let rescreen = |names: &[&str], version: &str| {
        put_lists(&platform, vec![screening::fictional(), watchlist("test-list", version, names)]);
        platform.run(&platform.officer(), |env| screen_customer(env, customer)).unwrap();
        platform.settle();
        platform.customer(customer).standing
    };

    let same = rescreen(&["Zdravko Mirchev", "Somebody New"], "2");
    assert_eq!(same.hits, HitStatus::Clear);
    assert_ne!(same.screened_with.as_deref(), Some(first.lists_version.as_str()));
    let changed = rescreen(&["Zdravko Petrovich Mirchev"], "3");
    assert_eq!(changed.hits, HitStatus::Open, "the entry is another one");
    let back = rescreen(&["Zdravko Mirchev"], "4");
    assert_eq!(back.hits, HitStatus::Clear);

    let birth_date = domain::field::FieldValue::Date("1970-01-01".parse().unwrap());
    let more = Addition { facts: vec![fixture::fact(Field::BirthDate, birth_date)], ..Addition::default() };
    let known_better = platform.add(customer, &more).customer;
    assert_eq!(known_better.standing.hits, HitStatus::Open, "more is known of the customer");
}

/// CIP-23: confirmed by two persons, a match denies growth; nothing is closed by itself.
#[test]
fn a_confirmed_match_denies_growth_and_closes_nothing() {
    let platform = Platform::builder().with_watchlist(&["Ivan Petrov"]).build();
    let enrolled = platform.enrol(&fixture::us_citizen(1, "Ivan Petrov"));
    let customer = enrolled.customer.id;
    let screening = screenings(&platform, customer).remove(0);
    assert_eq!(answer(&platform), Answer::Deny);

    judge(&platform, customer, &screening, JudgementKind::TrueMatch);

    let asked = platform.ask("account-1", Action::Provision);
    assert!(asked.verdict.reasons().contains(&"hit-confirmed"));
    assert_eq!(platform.ask("account-1", Action::Administer).verdict.answer, Answer::Deny);
    assert_eq!(platform.customer(customer).standing.confirmed_entries.len(), 1);
}

/// CIP-23: once other lists are in force, everybody is compared again in the background, a page at a time; a new start
/// takes up what broke off, and who has no name yet is left alone. Until then the requirement says so.
#[test]
fn everybody_is_compared_again_when_other_lists_are_in_force() {
    let platform = Platform::builder()
        .with_changed_pack("us-eo13984-nprm", |pack| {
            pack.replace(
                "name        = \"government_lists\"\nrequired    = false",
                "name        = \"government_lists\"\nrequired    = true",
            )
        })
        .build();
    for number in 1..=120 {
        platform.enrol(&fixture::individual(number, "Ada Karenina", "DE"));
    }
    let listed = platform.enrol(&fixture::individual(121, "Ivan Petrov", "BG")).customer.id;
    let mut nameless = fixture::individual(122, "Nobody", "DE");
    nameless.facts.retain(|fact| fact.field != Field::FullName && fact.field != Field::Payment);
    let nameless = platform.enrol(&nameless).customer;
    let list_check = |customer| {
        let due = platform.run(&platform.officer(), |env| requirements_of(env, customer)).unwrap();
        due.requirements.iter().find(|one| one.id.ends_with("/list_check")).unwrap().state
    };
    assert_eq!(list_check(listed), State::Met);

    put_lists(&platform, vec![watchlist("test-list", "1", &["Ivan Petrov"])]);
    assert!(
        platform.ask("account-1", Action::Provision).fictional_lists,
        "its holder stands as the stand-in left it"
    );
    assert_eq!(list_check(listed), State::CurrentlyDue);
    let shelf = Shelf::default();
    let advance =
        |walk: &mut Rescreening| platform.run(&Actor::system(), |env| walk.advance(env, &shelf)).unwrap();
    let first = advance(&mut Rescreening::default());
    assert!(first > 0 && first <= 50, "{first}");
    let mut restarted = Rescreening::default();
    let rest: u64 = (0..10).map(|_| advance(&mut restarted)).sum();

    assert_eq!(first + rest, 121);
    let version = platform.app().lists().version.clone();
    let standing = platform.customer(listed).standing;
    assert!(standing.screened_with.is_some_and(|with| with.ends_with(&version)));
    assert_eq!(standing.hits, HitStatus::Open);
    assert_eq!(list_check(listed), State::Met);
    assert!(!platform.ask("account-1", Action::Provision).fictional_lists);
    assert_eq!(platform.customer(nameless.id).version, nameless.version, "nothing was written");
    assert_eq!(advance(&mut restarted), 0);
}

/// CIP-23: the switch is the operator's.
#[test]
fn comparison_can_be_switched_off() {
    let platform = Platform::builder()
        .with_watchlist(&["Ivan Petrov"])
        .with_settings(|settings| settings.screening_on = false)
        .build();

    let customer = platform.enrol(&fixture::individual(1, "Ivan Petrov", "BG")).customer;

    assert!(screenings(&platform, customer.id).is_empty());
    assert_eq!(answer(&platform), Answer::AllowWithConditions);
}

/// CIP-23: a name that was added while the old one was compared is compared too: the latest screening is one of the
/// facts that stand.
#[test]
fn a_screening_of_facts_that_changed_meanwhile_is_made_again() {
    let platform = Platform::builder().with_watchlist(&["Ivan Petrov"]).build();
    let customer = platform.enrol(&fixture::individual(1, "Ada Karenina", "BG")).customer.id;
    let renamed = fixture::fact(Field::FullName, fixture::text("Ivan Petrov"));
    let renamed = Addition { facts: vec![renamed], ..Addition::default() };
    let add = move |env: &Env<'_>| drop(facts::add(env, customer, None, &renamed).unwrap());
    let meanwhile = between(platform.app(), platform.control_plane(), add);

    let screenings = meanwhile.run(&platform.officer(), |env| screen_customer(env, customer)).unwrap();

    assert_eq!(screenings[0].hits.len(), 1, "the new name was compared");
    assert_eq!(platform.customer(customer).standing.hits, HitStatus::Open);
}

/// CIP-23: what ruled a hit out and is taken back no longer does.
#[test]
fn taking_back_a_birth_date_screens_again() {
    let mut list = watchlist("test-list", "2", &["Ivan Petrov"]);
    list.entries[0].birth_dates = vec!["1950-05-05".parse().unwrap()];
    let platform = Platform::new();
    put_lists(&platform, vec![list]);
    let mut enrolment = fixture::individual(1, "Ivan Petrov", "BG");
    let birth_date = domain::field::FieldValue::Date("1990-01-01".parse().unwrap());
    enrolment.facts.retain(|fact| fact.field != Field::BirthDate);
    enrolment.facts.push(fixture::fact(Field::BirthDate, birth_date));
    let customer = platform.enrol(&enrolment).customer;
    assert_eq!(customer.standing.hits, HitStatus::Clear, "another birth date");
    let facts = platform.app().store.with_reading_tx(|tx| tx.list_facts(customer.id)).unwrap();
    let birth_date = facts.iter().find(|fact| fact.field == Field::BirthDate).unwrap().id;

    let withdrawn =
        platform.add(customer.id, &Addition { withdraw: vec![birth_date], ..Addition::default() });

    assert_eq!(withdrawn.customer.standing.hits, HitStatus::Open);
}

/// CIP-23, SEC-04: where the operator allows it, two persons clear the open hits of an entry or below a score together:
/// those that the draft names and that are still open, no more than allowed, each with a leaf of its own.
#[test]
fn open_hits_are_cleared_together_where_the_operator_allows_it() {
    let platform = Platform::builder()
        .with_watchlist(&["Ivan Petrov", "Ada Karenina"])
        .with_settings(|settings| settings.hits_cleared_together_max = 3)
        .build();
    let enrol = |number, name| platform.enrol(&fixture::individual(number, name, "BG")).customer.id;
    let petrovs: Vec<CustomerId> = (1..=5).map(|number| enrol(number, "Ivan Petrov")).collect();
    let other = enrol(6, "Ada Karenina");
    let hit = screenings(&platform, petrovs[0])[0].hits[0].clone();
    let clear = |entry: Option<&str>, below_bp| DraftAction::ClearHits {
        list: "test-list".to_owned(),
        entry: entry.map(str::to_owned),
        below_bp,
        hits: Vec::new(),
        more: false,
    };
    let draft =
        |action| platform.run(&platform.officer(), |env| app::draft::draft(env, action, "common name"));
    let open =
        || petrovs.iter().filter(|id| platform.customer(**id).standing.hits == HitStatus::Open).count();
    assert_eq!(refusal(draft(clear(None, None))).code, "hits-not-named");
    assert_eq!(refusal(draft(clear(Some(&hit.entry), Some(hit.score_bp)))).code, "no-such-hit");

    let first = draft(clear(Some(&hit.entry), Some(hit.score_bp + 1))).unwrap();
    let DraftAction::ClearHits { hits, more, .. } = &first.action else { panic!("another action") };
    assert_eq!((hits.len(), *more), (3, true));
    assert!(hits.iter().all(|open| petrovs[..3].contains(&open.customer)));
    assert_eq!(open(), 5, "nothing yet");
    judge(&platform, petrovs[0], &screenings(&platform, petrovs[0])[0], JudgementKind::TrueMatch);
    let alone = platform.run(&platform.officer(), |env| app::draft::approve(env, first.id));
    platform.run(&platform.second_officer(), |env| app::draft::approve(env, first.id)).unwrap();
    platform.decide_by_two(clear(Some(&hit.entry), None)).unwrap();

    assert_eq!(refusal(alone).code, "same-person");
    assert_eq!(open(), 0);
    assert_eq!(
        platform.customer(petrovs[0]).standing.hits,
        HitStatus::Confirmed,
        "judged meanwhile, it stays"
    );
    assert_eq!(platform.customer(other).standing.hits, HitStatus::Open, "another entry");
    let judgements: Vec<_> = petrovs
        .iter()
        .flat_map(|id| platform.app().store.with_reading_tx(|tx| tx.list_judgements(*id)).unwrap())
        .collect();
    assert_eq!(judgements.len(), 5, "one for each");
    assert!(judgements.iter().all(|judgement| judgement.approved_by.is_some()));
    assert!(
        platform.cases_of(petrovs[4]).iter().all(|case| case.kind != CaseKind::ListHit || case.is_resolved())
    );
    platform.settle();
    assert!(platform.verify_ledger().is_clean());
    let off = Platform::builder().with_watchlist(&["Ivan Petrov"]).build();
    let refused =
        off.run(&off.officer(), |env| app::draft::draft(env, clear(Some("1"), None), "common name"));
    assert_eq!(refusal(refused).code, "clearing-together-off");
}
