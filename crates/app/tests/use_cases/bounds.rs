//! What callers write in clear is bounded, and holds no personal data by its form.

use app::bounds::COUNT_MAX;
use app::customer::facts::{self, Addition, NewFact};
use app::customer::restrict::restrict_customer;
use app::failure::{Failure, Refusal};
use app::reseller::{self, ResellerEntry};
use app::special_measure::{self, NewMeasure};
use app::verification::{self, NewVerification};
use app::{account, case};
use domain::case::CaseKind;
use domain::fact::SubjectId;
use domain::field::Field;
use domain::reseller::ResellerStatus;
use domain::special_measure::{AppliesTo, Condition, ListEntry, MeasureAction, Target};
use domain::verification::{Check, CheckResult, Method};
use testkit::{Platform, fixture};

use crate::refusal;

const ADDRESS: &str = "ivan.petrov@mail.example";

fn check(check: &str, reason: &str) -> Check {
    Check { check: check.to_owned(), result: CheckResult::Pass, reason: reason.to_owned() }
}

/// SEC-02: each is refused with a pointer to it, and quoted nowhere.
#[test]
fn texts_and_lists_without_bound_are_refused_where_they_stand() {
    let platform = Platform::new();
    let enrolled =
        platform.enrol(&fixture::company(1, "Karenina GmbH", "DE", &[("Ada Karenina", "DE", 1_000_000)]));
    let (customer, opened) = (enrolled.customer.id, enrolled.account.unwrap().account.id);
    let officer = platform.officer();
    let long = "x".repeat(201);

    let fact = |item: &str, evidence: Option<&str>| NewFact {
        item: item.to_owned(),
        evidence: evidence.map(str::to_owned),
        ..fixture::fact(Field::Purpose, fixture::text("hosting"))
    };
    let add = |fact: NewFact| {
        let addition = Addition { facts: vec![fact], ..Addition::default() };
        platform.run(&platform.control_plane(), |env| facts::add(env, customer, None, &addition).map(drop))
    };
    let verify = |checks: Vec<Check>, evidence: Vec<String>| {
        let new = NewVerification {
            subject: SubjectId::Customer(customer),
            method: Method::NonDocumentary,
            adapter: "person".to_owned(),
            checks,
            adapter_answered: true,
            evidence,
        };
        platform.run(&platform.analyst(), |env| verification::record(env, customer, &new).map(drop))
    };
    let register = |agreement: Option<String>, programme: Option<String>| {
        let status = ResellerStatus::Pending;
        let entry = ResellerEntry { customer, parent: None, agreement, programme, status };
        platform.run(&officer, |env| reseller::register(env, &entry).map(drop))
    };
    let measure = |entries: Vec<ListEntry>| {
        let new = NewMeasure {
            target: Target::Person { customers: Vec::new(), entries },
            determination_on: "2026-01-01".parse().unwrap(),
            effective_from: "2026-07-01T00:00:00Z".parse().unwrap(),
            expires_at: "2027-01-01T00:00:00Z".parse().unwrap(),
            legal_reference: "order 1".to_owned(),
            document_hash: "ab".repeat(32),
            action: MeasureAction::Prohibit { opening: true, maintaining: false },
            applies_to: AppliesTo {
                account_kinds: Vec::new(),
                product_classes: Vec::new(),
                reseller_accounts: false,
            },
        };
        platform.run(&officer, |env| special_measure::draft(env, &new).map(drop))
    };
    let entry = ListEntry { list: long.clone(), entry: "1".to_owned() };
    let open_case = |reasons: Vec<String>| {
        platform.run(&officer, |env| case::open(env, customer, CaseKind::Review, None, reasons).map(drop))
    };
    let many = || vec!["again".to_owned(); COUNT_MAX + 1];
    let restrict = |conditions: Vec<Condition>| {
        platform.run(&officer, |env| restrict_customer(env, customer, conditions, "red-flag").map(drop))
    };

    let answers: Vec<(Result<(), Failure>, &str, &str)> = vec![
        (add(fact(ADDRESS, None)), "code-refused", "/facts/0/item"),
        (add(fact(&long, None)), "code-refused", "/facts/0/item"),
        (add(fact("", Some(ADDRESS))), "code-refused", "/facts/0/evidence"),
        (add(fact("", Some("Ivan Petrov said so"))), "code-refused", "/facts/0/evidence"),
        (verify(vec![check("looked@1", ADDRESS)], vec![]), "code-refused", "/checks/0/reason"),
        (verify(vec![check(ADDRESS, "fits")], vec![]), "code-refused", "/checks/0/check"),
        (verify(vec![check("looked@1", "fits")], vec![ADDRESS.to_owned()]), "code-refused", "/evidence/0"),
        (verify(vec![check("looked@1", "fits"); COUNT_MAX + 1], vec![]), "too-many-entries", "/checks"),
        (verify(vec![], many()), "too-many-entries", "/evidence"),
        (register(Some(long.clone()), None), "text-refused", "/agreement"),
        (register(None, Some("two\nlines".to_owned())), "text-refused", "/programme"),
        (measure(vec![entry]), "text-refused", "/target/entries/0/list"),
        (open_case(many()), "too-many-entries", "/reasons"),
        (open_case(vec!["good".to_owned(), ADDRESS.to_owned()]), "reason-code-refused", "/reasons/1"),
        (restrict(vec![Condition::DenyCrypto; COUNT_MAX + 1]), "too-many-entries", "/conditions"),
        (
            platform.run(&officer, |env| account::suspend(env, opened, None, ADDRESS).map(drop)),
            "reason-code-refused",
            "/reason",
        ),
    ];
    for (answer, code, pointer) in answers {
        let refused: Refusal = refusal(answer);
        assert_eq!((refused.code, refused.pointer.as_deref()), (code, Some(pointer)));
        assert!(
            !refused.detail.contains("petrov") && !refused.detail.contains("Petrov"),
            "{}",
            refused.detail
        );
    }
}

/// What is taken back is on record as what it was: of its subject, its field and its retention class.
#[test]
fn a_withdrawal_is_of_the_subject_field_and_class_that_it_takes_back() {
    let platform = Platform::new();
    let owners = [("Ada Karenina", "DE", 1_000_000)];
    let customer = platform.enrol(&fixture::company(1, "Karenina GmbH", "DE", &owners)).customer.id;
    let facts = || platform.app().store.with_reading_tx(|tx| tx.list_facts(customer)).unwrap();
    let of_owner = |fact: &&domain::fact::Fact| matches!(fact.subject, SubjectId::Person(_));
    let withdrawn = facts().iter().find(of_owner).unwrap().clone();

    let withdraw = Addition { withdraw: vec![withdrawn.id], ..Addition::default() };
    platform.add(customer, &withdraw);

    let facts = facts();
    let taken_back = facts.iter().find(|fact| fact.withdraws == Some(withdrawn.id)).unwrap();
    assert_eq!(taken_back.subject, withdrawn.subject);
    assert_eq!((taken_back.field, &taken_back.item), (withdrawn.field, &withdrawn.item));
    assert_eq!(taken_back.retention_class, withdrawn.retention_class);
    let now = app::clock::Clock::now(&*platform.clock);
    let current = domain::fact::AsOf::current(now, &facts).read(&facts);
    assert!(current.iter().all(|fact| fact.id != withdrawn.id && fact.withdraws.is_none()));
    assert!(platform.verify_ledger().is_clean());
}
