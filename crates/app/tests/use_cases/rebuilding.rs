//! The present state made anew from what is only ever added.

use app::actor::Actor;
use app::case;
use app::customer::{restrict, timers};
use app::rebuild::{self, Report};
use app::reseller::{self, ResellerEntry};
use domain::account::{Account, AccountKind, AccountStatus};
use domain::case::{CaseKind, CaseStatus};
use domain::customer::{Customer, Identification, Standing};
use domain::decision::{Action, Verdict};
use domain::draft::{CaseOutcome, DraftAction};
use domain::id::CustomerId;
use domain::reseller::ResellerStatus;
use domain::screening::{HitStatus, JudgementKind};
use domain::special_measure::Condition;
use testkit::{Platform, fixture};

fn check(platform: &Platform, mend: bool) -> Report {
    let report = platform.run(&Actor::command(), |env| rebuild::check(env, mend)).unwrap();
    platform.settle();
    report
}

/// Customers in every state there is, with accounts in every state.
fn populated() -> (Platform, Vec<CustomerId>) {
    let platform = Platform::builder().with_watchlist(&["Ivan Petrov"]).build();
    let enrol =
        |number: u64, name: &str| platform.enrol(&fixture::individual(number, name, "DE")).customer.id;
    let decide = |customer, outcome| {
        platform.decide(customer, CaseKind::Identification, outcome).unwrap();
    };
    let account_of = |customer| {
        platform.app().store.with_reading_tx(|tx| tx.list_accounts_of(customer)).unwrap().remove(0).id
    };
    let mut draft = fixture::individual(1, "Draft Person", "DE");
    draft.facts.truncate(2);
    let draft = platform.enrol(&draft).customer.id;
    let open = enrol(2, "Ada Karenina");
    let us = platform.enrol(&fixture::us_citizen(3, "Joe Bloggs")).customer.id;
    let verified = enrol(4, "Bela Bartfai");
    platform.verify(verified).unwrap();
    let refused = enrol(5, "Cora Dunne");
    decide(refused, CaseOutcome::Refuse);
    let interim = enrol(6, "Dora Egger");
    decide(interim, CaseOutcome::InterimTerms);
    let closed = enrol(7, "Edi Fuchs");
    decide(closed, CaseOutcome::Close);
    let listed = enrol(8, "Ivan Petrov");
    let screening = platform.app().store.with_reading_tx(|tx| tx.list_screenings(listed)).unwrap().remove(0);
    let hit = screening.hits.iter().find(|hit| hit.list == "test-list").unwrap().clone();
    let (list, entry, kind) = (hit.list, hit.entry, JudgementKind::TrueMatch);
    platform
        .decide_by_two(DraftAction::JudgeHit {
            customer: listed,
            screening: screening.id,
            list,
            entry,
            kind,
            outcome: None,
        })
        .unwrap();
    let restricted = enrol(9, "Fritz Grau");
    platform
        .run(&platform.officer(), |env| {
            restrict::restrict_customer(env, restricted, vec![Condition::DenyCrypto], "red-flag").unwrap();
            app::account::suspend(env, account_of(restricted), None, "red-flag")
        })
        .unwrap();
    let owners = [("Gerd Huber", "AT", 600_000), ("Ida Jahn", "DE", 400_000)];
    let company = platform.enrol(&fixture::company(10, "Huber und Jahn", "AT", &owners)).customer.id;
    platform.verify(company).unwrap();
    let mut reseller = fixture::company(11, "Reseller Kft", "HU", &[("Kata Lukacs", "HU", 1_000_000)]);
    reseller.account = Some(fixture::account(11, AccountKind::Reseller));
    let reseller = platform.enrol(&reseller).customer.id;
    let entry = ResellerEntry {
        customer: reseller,
        parent: None,
        agreement: None,
        programme: Some("cip".into()),
        status: ResellerStatus::Active,
    };
    platform.run(&platform.officer(), |env| reseller::register(env, &entry)).unwrap();
    platform.run(&platform.officer(), |env| {
        let case = case::open(env, open, CaseKind::Discrepancy, None, vec!["dates-differ".into()]).unwrap();
        case::claim(env, case.id).unwrap();
    });
    platform.clock.advance_days(22);
    platform.run(&Actor::system(), timers::advance).unwrap();
    let customers =
        vec![draft, open, us, verified, refused, interim, closed, listed, restricted, company, reseller];
    platform.settle();
    (platform, customers)
}

/// What the gate says of every account about everything.
fn verdicts(platform: &Platform) -> Vec<Verdict> {
    let actions = [Action::Open, Action::Provision, Action::Pay, Action::Administer];
    (1..=11)
        .flat_map(|number| actions.map(|action| platform.ask(&format!("account-{number}"), action).verdict))
        .collect()
}

/// A table, and the columns in which a row of it differs.
type Difference = (&'static str, Vec<&'static str>);

fn differences(report: &Report) -> Vec<Difference> {
    report.differences.iter().map(|one| (one.table, one.columns.clone())).collect()
}

/// An untouched registry is what its records make of it, also later, and looking changes nothing.
#[test]
fn an_untouched_registry_differs_in_nothing() {
    let (platform, customers) = populated();
    let events = || platform.app().store.log().list_events(0, 10_000).unwrap().len();
    let before = events();

    let report = check(&platform, false);

    assert_eq!((differences(&report), report.customers), (vec![], customers.len() as u64));
    assert_eq!(events(), before);
    platform.clock.advance_days(400);
    platform.run(&Actor::system(), timers::advance).unwrap();
    platform.settle();
    assert_eq!(differences(&check(&platform, false)), []);
    let mended = check(&platform, true);
    assert_eq!(differences(&mended), []);
    assert!(mended.references_compared);
}

/// Damages by SQL: what is damaged is named by table and column, mended where told to, and the gate says what it said
/// before.
#[test]
fn damaged_rows_are_named_and_made_anew() {
    let (platform, customers) = populated();
    let before = verdicts(&platform);
    let [_, open, _, verified, refused, interim, ..] = customers[..] else { unreachable!() };
    let account = |customer| {
        platform.app().store.with_reading_tx(|tx| tx.list_accounts_of(customer)).unwrap().remove(0)
    };
    let customer_with = |customer: CustomerId, change: &dyn Fn(&mut Customer)| {
        let mut changed = platform.customer(customer);
        change(&mut changed);
        let body = serde_json::to_string(&changed).unwrap();
        format!("UPDATE customers SET body = '{body}' WHERE customer_id = '{customer}'")
    };
    let account_with = |customer: CustomerId, change: &dyn Fn(&mut Account)| {
        let mut changed = account(customer);
        change(&mut changed);
        let body = serde_json::to_string(&changed).unwrap();
        format!("UPDATE accounts SET body = '{body}' WHERE account_id = '{}'", changed.id)
    };
    let closure =
        platform.cases_of(open).into_iter().find(|case| case.kind == CaseKind::Discrepancy).unwrap();
    let mut case_changed = closure.clone();
    case_changed.status = CaseStatus::Open;
    case_changed.reasons.clear();
    let case_body = serde_json::to_string(&case_changed).unwrap();
    let now = app::clock::Clock::now(&*platform.clock);
    let lost = account(verified).id;
    let damages: Vec<(&str, String, Vec<Difference>)> = vec![
        (
            "a column of a customer",
            format!(
                "UPDATE customers SET state = 'draft', reseller_id = '{open}' WHERE customer_id = '{verified}'"
            ),
            vec![("customers", vec!["state", "reseller_id"])],
        ),
        (
            "a hit that is not there",
            customer_with(verified, &|customer| customer.standing.hits = HitStatus::Confirmed),
            vec![("customers", vec!["standing"])],
        ),
        (
            "a standing emptied",
            customer_with(customers[9], &|customer| customer.standing = Standing::unknown()),
            vec![("customers", vec!["standing"])],
        ),
        (
            "a refused customer verified",
            customer_with(refused, &|customer| {
                customer.identification = platform.customer(verified).identification;
            }),
            vec![("customers", vec!["state"]), ("customers", vec!["identification"])],
        ),
        (
            "interim terms without end",
            customer_with(interim, &|customer| {
                let answer = domain::customer::UnableAnswer::InterimTerms { until: None };
                customer.identification = Identification::Unable { since: now, answer };
            }),
            vec![("customers", vec!["identification"])],
        ),
        (
            "a count of facts",
            customer_with(open, &|customer| customer.fact_version = 1),
            vec![("customers", vec!["fact_version"])],
        ),
        (
            "an account closed",
            account_with(open, &|account| {
                account.status = AccountStatus::Closed { opened_at: None, closed_at: now };
            }),
            vec![("accounts", vec!["state"]), ("accounts", vec!["status"])],
        ),
        (
            "a closure brought forward",
            account_with(customers[6], &|account| {
                let long_ago = "2001-01-01T00:00:00Z".parse().unwrap();
                account.status =
                    AccountStatus::Closed { opened_at: account.status.opened_at(), closed_at: long_ago };
            }),
            vec![("accounts", vec!["status"])],
        ),
        (
            "an account lost",
            format!("DELETE FROM accounts WHERE account_id = '{lost}'"),
            vec![("external_ids", vec!["id"]), ("accounts", vec!["row"])],
        ),
        (
            "a case",
            format!("UPDATE cases SET body = '{case_body}' WHERE case_id = '{}'", closure.id),
            vec![("cases", vec!["state"]), ("cases", vec!["status", "reasons"])],
        ),
        (
            "a reseller's column",
            "UPDATE resellers SET state = 'ended'".to_owned(),
            vec![("resellers", vec!["state"])],
        ),
        (
            "an external id forgotten",
            "DELETE FROM external_ids WHERE external_id = 'account-2'".to_owned(),
            vec![("external_ids", vec!["id"])],
        ),
        (
            "an external id that leads elsewhere",
            format!("UPDATE external_ids SET id = '{lost}' WHERE external_id = 'account-2'"),
            vec![("external_ids", vec!["id"]), ("external_ids", vec!["id"])],
        ),
        (
            "the log's counts",
            "UPDATE log_heads SET leaf_count = 3, event_count = event_count + 1".to_owned(),
            vec![("log_heads", vec!["leaf_count", "event_count"])],
        ),
    ];
    for (name, sql, expected) in damages {
        assert_eq!(platform.tamper(&sql), 1, "{name}");
        let looked = platform.run(&Actor::command(), |env| rebuild::check(env, false)).unwrap();
        assert_eq!((differences(&looked), looked.left()), (expected.clone(), expected.len()), "{name}");

        let mended = check(&platform, true);

        assert_eq!((differences(&mended), mended.left()), (expected, 0), "{name}");
        assert_eq!(differences(&check(&platform, false)), [], "{name}");
    }
    platform.app().gate.load(platform.app()).unwrap();
    assert_eq!(verdicts(&platform), before);
    assert!(platform.verify_ledger().is_clean());
    let events = platform.app().store.log().list_events(0, 10_000).unwrap();
    assert!(events.iter().any(|(_, event)| event.kind == "registry.rebuilt"));
}

/// SEC-01, SEC-02: blind references are made anew from the sealed values, under a reading of the platform's own; what
/// a destroyed value left behind goes.
#[test]
fn blind_references_are_made_anew_under_a_reading() {
    let (platform, customers) = populated();
    let references = || {
        let all = customers.iter().map(|&customer| {
            platform.app().store.with_reading_tx(|tx| tx.list_references(customer)).unwrap()
        });
        all.collect::<Vec<_>>()
    };
    let readings = || {
        platform.settle();
        let leaves = platform.app().store.log().list_leaves(0, 10_000).unwrap();
        leaves.iter().filter(|leaf| leaf.kind == "reading").count()
    };
    let (before, readings_before) = (references(), readings());
    platform.tamper(&format!(
        "DELETE FROM blind_references WHERE purpose = 'email' AND customer_id = '{}'",
        customers[1]
    ));
    platform.tamper(&format!(
        "UPDATE blind_references SET subject_id = '{}' WHERE purpose = 'telephone' AND customer_id = '{}'",
        customers[0], customers[2]
    ));
    assert_eq!(readings(), readings_before);

    let report = check(&platform, true);

    let purposes = vec![("blind_references", vec!["email"]), ("blind_references", vec!["telephone"])];
    assert_eq!(differences(&report), purposes);
    assert_eq!(references(), before);
    assert_eq!(readings(), readings_before + 1);
}

/// A customer's own row is in no other record: that it is gone is said, and nothing is made up.
#[test]
fn a_lost_customer_is_named_and_not_made_up() {
    let platform = Platform::new();
    let mut enrolment = fixture::individual(1, "Ada Karenina", "DE");
    enrolment.account = None;
    let customer = platform.enrol(&enrolment).customer.id;
    for table in ["cases", "verifications", "screenings", "facts", "customers"] {
        platform.tamper(&format!("DELETE FROM {table} WHERE customer_id = '{customer}'"));
    }

    let report = check(&platform, true);

    assert_eq!(differences(&report), [("external_ids", vec!["id"]), ("customers", vec!["row"])]);
    assert_eq!(report.left(), 1);
}

/// A record that cannot be read is named; nothing is guessed from it.
#[test]
fn an_unreadable_record_is_named() {
    let platform = Platform::new();
    let customer = platform.enrol_individual("Ada Karenina", "DE").customer.id;
    platform.tamper(&format!("UPDATE customers SET body = '{{' WHERE customer_id = '{customer}'"));

    let report = platform.run(&Actor::command(), |env| rebuild::check(env, true));

    let report = report.unwrap();
    assert!(differences(&report).contains(&("customers", vec!["body"])), "{report:?}");
    assert_eq!(report.left(), 1);
}
