//! Customers and all that is kept of them.

use app::store::{CustomerFilter, Page, Store, StoreError};
use app::vault::IndexPurpose;
use domain::account::{Account, AccountStatus};
use domain::contact_proof::{ContactProof, ContactProofStatus};
use domain::customer::{Customer, Identification, UnableAnswer};
use domain::fact::{AsOf, Fact};
use domain::id::CustomerId;
use domain::legal_hold::LegalHold;
use domain::person::Person;
use domain::reseller::{Reseller, ResellerStatus};
use domain::screening::{HitOutcome, Judgement, JudgementKind};
use domain::verification::{Check, CheckResult, Method, Outcome, Verification, VerificationLevel};

use super::fixtures::{
    account, at, customer, fact, id, person, proof, reseller, screening, stored_customer, with,
};

pub fn check(open: &dyn Fn() -> Box<dyn Store>) {
    a_customer_is_replaced_under_its_version(&*open());
    an_external_id_names_one_customer_and_one_account(&*open());
    every_state_of_a_customer_and_an_account_is_kept(&*open());
    customers_are_listed_in_pages_by_id(&*open());
    customers_are_listed_by_state_and_branch(&*open());
    accounts_are_listed_in_pages_by_id(&*open());
    facts_are_read_as_true_then_and_as_known_then(&*open());
    what_is_kept_of_a_customer_is_its_own(&*open());
    codes_are_counted_since_an_instant(&*open());
    resellers_are_put_under_their_versions(&*open());
    blind_references_find_customers_until_deleted(&*open());
    nothing_is_kept_of_a_customer_that_is_not_there(&*open());
}

fn a_customer_is_replaced_under_its_version(store: &dyn Store) {
    let first = stored_customer(store);
    let second =
        Customer { identification: Identification::Open { since: at(1) }, version: 2, ..first.clone() };

    with(store, |tx| tx.update_customer(&second));
    let stale = store.with_tx(|tx| tx.update_customer(&second));
    let skipping = store.with_tx(|tx| tx.update_customer(&Customer { version: 4, ..second.clone() }));
    let again = store.with_tx(|tx| tx.insert_customer(&first));
    let missing = store.with_tx(|tx| tx.update_customer(&Customer { version: 2, ..customer() }));

    for (name, result) in [("stale", stale), ("skipping", skipping), ("missing", missing)] {
        assert!(matches!(result, Err(StoreError::VersionConflict { .. })), "{name}: {result:?}");
    }
    assert!(matches!(again, Err(StoreError::Duplicate { .. })), "{again:?}");
    assert_eq!(with(store, |tx| tx.find_customer(first.id)), Some(second));
    assert_eq!(with(store, |tx| tx.find_customer(id())), None);
}

fn an_external_id_names_one_customer_and_one_account(store: &dyn Store) {
    let named = |external_id: &str| Some(external_id.to_owned());
    let one = Customer { external_id: named("c-1"), ..customer() };
    let other = Customer { external_id: None, ..customer() };
    let account = Account { external_id: named("c-1"), ..account(one.id) };
    with(store, |tx| {
        tx.insert_customer(&one)?;
        tx.insert_customer(&other)?;
        tx.insert_account(&account)
    });

    let taken = Customer { external_id: named("c-1"), version: 2, ..other.clone() };
    let update = store.with_tx(|tx| tx.update_customer(&taken));
    let insert = store.with_tx(|tx| tx.insert_customer(&Customer { id: id(), ..one.clone() }));
    // A duplicate is an answer: the rest of the unit may go on, and nothing of the refused row stays.
    with(store, |tx| {
        let again = tx.insert_customer(&Customer { external_id: named("c-9"), ..one.clone() });
        assert!(matches!(again, Err(StoreError::Duplicate { .. })), "{again:?}");
        assert_eq!(tx.find_customer_by_external_id("c-9")?, None, "nothing of it is left");
        tx.put_setting("went", "on")
    });
    with(store, |tx| tx.update_customer(&Customer { external_id: named("c-2"), version: 2, ..one.clone() }));

    assert!(matches!(update, Err(StoreError::Duplicate { what: "external_id" })), "{update:?}");
    assert!(matches!(insert, Err(StoreError::Duplicate { what: "external_id" })), "{insert:?}");
    with(store, |tx| {
        assert_eq!(tx.find_setting("went")?.as_deref(), Some("on"));
        assert_eq!(tx.find_customer_by_external_id("c-1")?, None, "given free");
        assert_eq!(tx.find_customer_by_external_id("c-2")?.map(|found| found.id), Some(one.id));
        assert_eq!(tx.find_account_by_external_id("c-1")?, Some(account.clone()), "accounts have their own");
        tx.update_customer(&taken)?;
        assert_eq!(tx.find_customer_by_external_id("c-1")?.map(|found| found.id), Some(other.id));
        tx.update_customer(&Customer { external_id: None, version: 3, ..other.clone() })?;
        assert_eq!(tx.find_customer_by_external_id("c-1")?, None);
        Ok(())
    });
}

fn every_state_of_a_customer_and_an_account_is_kept(store: &dyn Store) {
    let states = [
        Identification::Draft,
        Identification::Open { since: at(1) },
        Identification::UsShown { shown_at: at(2) },
        Identification::Verified {
            verified_at: at(3),
            level: VerificationLevel::Documentary,
            reverify_at: Some(at(4)),
        },
        Identification::Unable { since: at(5), answer: UnableAnswer::InterimTerms { until: None } },
        Identification::ReverifyDue { since: at(6) },
        Identification::Closed { closed_at: at(7) },
    ];
    let statuses = [
        AccountStatus::Pending,
        AccountStatus::Refused { refused_at: at(1) },
        AccountStatus::Open { opened_at: at(2) },
        AccountStatus::Suspended { opened_at: at(2), suspended_at: at(3), under: Some(id()) },
        AccountStatus::Closed { opened_at: None, closed_at: at(4) },
    ];
    let owner = stored_customer(store);
    for identification in states {
        let customer = Customer { identification, ..customer() };
        with(store, |tx| tx.insert_customer(&customer));
        assert_eq!(with(store, |tx| tx.find_customer(customer.id)), Some(customer));
    }
    for status in statuses {
        let account = Account { status, ..account(owner.id) };
        with(store, |tx| tx.insert_account(&account));
        assert_eq!(with(store, |tx| tx.find_account(account.id)), Some(account));
    }

    let counted = with(store, |tx| tx.count_customers_by_state());

    assert!(counted.contains(&("draft".to_owned(), 2)), "{counted:?}");
    assert_eq!(counted.iter().map(|(_, count)| count).sum::<u64>(), 8);
    assert_eq!(with(store, |tx| tx.list_accounts_of(owner.id)).len(), 5);
}

fn customers_are_listed_in_pages_by_id(store: &dyn Store) {
    let mut customers: Vec<Customer> = (0..7).map(|_| customer()).collect();
    with(store, |tx| customers.iter().rev().try_for_each(|customer| tx.insert_customer(customer)));
    customers.sort_by_key(|customer| customer.id.to_string());

    let mut listed = Vec::new();
    let mut page = Page { after: String::new(), limit: 3 };
    loop {
        let found = with(store, |tx| tx.list_customers(&CustomerFilter::default(), &page));
        assert!(found.len() <= 3, "a page holds no more than asked for");
        let Some(last) = found.last() else { break };
        page.after = last.id.to_string();
        listed.extend(found);
    }

    assert_eq!(listed, customers);
    let none = Page { after: String::new(), limit: 0 };
    assert_eq!(with(store, |tx| tx.list_customers(&CustomerFilter::default(), &none)), []);
    let hostile = Page { after: "'; DROP TABLE customers; --\0".to_owned(), limit: 3 };
    with(store, |tx| tx.list_customers(&CustomerFilter::default(), &hostile));
    assert_eq!(with(store, |tx| tx.find_customer(customers[0].id)).as_ref(), Some(&customers[0]));
}

fn customers_are_listed_by_state_and_branch(store: &dyn Store) {
    let (one, other): (CustomerId, CustomerId) = (id(), id());
    let under = |reseller: Option<CustomerId>, identification: Identification| Customer {
        reseller,
        identification,
        ..customer()
    };
    let open = || Identification::Open { since: at(0) };
    let customers = [
        under(Some(one), Identification::Draft),
        under(Some(other), open()),
        under(None, open()),
        under(Some(one), open()),
        under(Some(id()), open()),
    ];
    with(store, |tx| customers.iter().try_for_each(|customer| tx.insert_customer(customer)));
    let cases = [
        ("all", None, None, vec![0, 1, 2, 3, 4]),
        ("a state", Some("open"), None, vec![1, 2, 3, 4]),
        ("a branch of two, one of them twice", None, Some(vec![other, one, one]), vec![0, 1, 3]),
        ("both", Some("open"), Some(vec![one]), vec![3]),
        ("an empty branch", None, Some(vec![]), vec![]),
        ("a state that is none", Some("nothing"), None, vec![]),
    ];
    for (name, state, resellers, expected) in cases {
        let filter = CustomerFilter { state: state.map(str::to_owned), resellers };
        let page = Page { after: String::new(), limit: 10 };

        let found = with(store, |tx| tx.list_customers(&filter, &page));

        let expected: Vec<_> = expected.into_iter().map(|number: usize| customers[number].id).collect();
        assert_eq!(found.iter().map(|customer| customer.id).collect::<Vec<_>>(), expected, "{name}");
        let page = Page { after: String::new(), limit: 1 };
        let first = with(store, |tx| tx.list_customers(&filter, &page));
        assert_eq!(first.first().map(|customer| customer.id), expected.first().copied(), "{name}, cut");
    }
}

fn accounts_are_listed_in_pages_by_id(store: &dyn Store) {
    let owner = stored_customer(store);
    let accounts: Vec<Account> = (0..5).map(|_| account(owner.id)).collect();
    with(store, |tx| accounts.iter().try_for_each(|account| tx.insert_account(account)));

    let first = with(store, |tx| tx.list_accounts(&Page { after: String::new(), limit: 3 }));
    let after = first[2].id.to_string();
    let rest = with(store, |tx| tx.list_accounts(&Page { after: after.clone(), limit: 10_000 }));
    let changed =
        Account { status: AccountStatus::Open { opened_at: at(1) }, version: 2, ..accounts[0].clone() };
    with(store, |tx| tx.update_account(&changed));
    let stale = store.with_tx(|tx| tx.update_account(&changed));

    assert_eq!([first, rest].concat(), accounts);
    assert!(matches!(stale, Err(StoreError::VersionConflict { .. })), "{stale:?}");
    assert_eq!(with(store, |tx| tx.find_account(accounts[0].id)), Some(changed));
}

/// CIP-10: what a reading at (valid, known) sees does not depend on the store.
fn facts_are_read_as_true_then_and_as_known_then(store: &dyn Store) {
    let owner = stored_customer(store);
    let moved = |version: u64, true_from: i64, recorded_at: i64| Fact {
        true_from: at(true_from),
        recorded_at: at(recorded_at),
        ..fact(owner.id, version)
    };
    let first = moved(1, 0, 0);
    let second = moved(2, 100, 200);
    let withdrawal =
        Fact { withdraws: Some(second.id), sealed: None, recorded_at: at(300), ..fact(owner.id, 3) };
    with(store, |tx| [&withdrawal, &second, &first].into_iter().try_for_each(|fact| tx.insert_fact(fact)));

    let facts = with(store, |tx| tx.list_facts(owner.id));

    assert_eq!(facts, [first.clone(), second.clone(), withdrawal], "in order of version");
    let cases = [
        ("as known before the move was told", AsOf::at(at(150)), &first),
        ("as true then, told later", AsOf { valid: at(150), known: at(250) }, &second),
        ("after the withdrawal", AsOf::at(at(400)), &first),
    ];
    for (name, as_of, expected) in cases {
        assert_eq!(as_of.read(&facts), [expected], "{name}");
    }
}

fn what_is_kept_of_a_customer_is_its_own(store: &dyn Store) {
    let (one, other) = (stored_customer(store), stored_customer(store));
    let owner = person(one.id);
    let verification = |seconds: i64| Verification {
        id: id(),
        customer: one.id,
        subject: domain::fact::SubjectId::Person(owner.id),
        method: Method::Documentary,
        adapter: "person".to_owned(),
        checks: vec![Check {
            check: "document-expiry@1".to_owned(),
            result: CheckResult::Pass,
            reason: String::new(),
        }],
        outcome: Outcome::Pass,
        evidence: vec![],
        verified_at: at(seconds),
        verified_by: "person".to_owned(),
    };
    let (later, earlier) = (verification(9), verification(3));
    let (late_screening, early_screening) = (screening(one.id, at(8)), screening(one.id, at(2)));
    let judgement = Judgement {
        id: id(),
        customer: one.id,
        subject: early_screening.subject,
        screening: early_screening.id,
        list: "us-ofac-sdn".to_owned(),
        entry: "7".to_owned(),
        entry_hash: "cd".to_owned(),
        compared: "ab".to_owned(),
        kind: JudgementKind::TrueMatch,
        outcome: Some(HitOutcome::Licensed { licence: "D-17".to_owned(), until: at(20) }),
        reason_sealed: Some(vec![7]),
        judged_at: at(9),
        judged_by: "stf".to_owned(),
        approved_by: None,
    };
    let hold = LegalHold {
        id: id(),
        customer: one.id,
        reference: "matter 7".to_owned(),
        placed_at: at(0),
        placed_by: "stf".to_owned(),
        expires_at: None,
        renewals: 0,
        released_at: None,
        version: 1,
    };
    let renamed = Person { version: 2, ..owner.clone() };
    let released = LegalHold { released_at: Some(at(1)), version: 2, ..hold.clone() };
    with(store, |tx| {
        tx.insert_person(&owner)?;
        tx.update_person(&renamed)?;
        tx.insert_verification(&later)?;
        tx.insert_verification(&earlier)?;
        tx.insert_screening(&late_screening)?;
        tx.insert_screening(&early_screening)?;
        tx.insert_judgement(&judgement)?;
        tx.insert_legal_hold(&hold)?;
        tx.update_legal_hold(&released)
    });

    let stale = store.with_tx(|tx| tx.update_person(&renamed));

    assert!(matches!(stale, Err(StoreError::VersionConflict { .. })), "{stale:?}");
    with(store, |tx| {
        assert_eq!(tx.find_person(owner.id)?, Some(renamed.clone()));
        assert_eq!(tx.list_persons(one.id)?, std::slice::from_ref(&renamed));
        assert_eq!(tx.list_verifications(one.id)?, [earlier.clone(), later.clone()], "in order of time");
        assert_eq!(tx.find_screening(early_screening.id)?, Some(early_screening.clone()));
        assert_eq!(tx.list_screenings(one.id)?, [early_screening.clone(), late_screening.clone()]);
        assert_eq!(tx.list_judgements(one.id)?, std::slice::from_ref(&judgement));
        assert_eq!(tx.find_legal_hold(hold.id)?, Some(released.clone()));
        assert_eq!(tx.list_legal_holds(one.id)?, std::slice::from_ref(&released));
        assert!(tx.list_persons(other.id)?.is_empty(), "nothing of another customer");
        assert!(tx.list_facts(other.id)?.is_empty());
        assert!(tx.list_verifications(other.id)?.is_empty());
        assert!(tx.list_screenings(other.id)?.is_empty());
        assert!(tx.list_judgements(other.id)?.is_empty());
        assert!(tx.list_legal_holds(other.id)?.is_empty());
        Ok(())
    });
}

fn codes_are_counted_since_an_instant(store: &dyn Store) {
    let owner = stored_customer(store);
    let proofs: Vec<ContactProof> = [10, 20, 30].map(|seconds| proof(owner.id, at(seconds))).to_vec();
    let proven = ContactProof {
        status: ContactProofStatus::Proven { proven_at: at(31) },
        attempts: 1,
        version: 2,
        ..proofs[2].clone()
    };
    with(store, |tx| {
        proofs.iter().try_for_each(|proof| tx.insert_contact_proof(proof))?;
        tx.update_contact_proof(&proven)
    });

    for (since, expected) in [(0, 3), (10, 3), (11, 2), (30, 1), (31, 0)] {
        let counted = with(store, |tx| tx.count_contact_proofs(owner.id, at(since)));
        assert_eq!(counted, expected, "since {since}");
    }
    assert_eq!(with(store, |tx| tx.find_contact_proof(proven.id)), Some(proven));
}

fn resellers_are_put_under_their_versions(store: &dyn Store) {
    let entry = Reseller { parent: Some(id()), ..reseller(stored_customer(store).id) };
    let active = Reseller { status: ResellerStatus::Active, version: 2, ..entry.clone() };
    with(store, |tx| {
        tx.put_reseller(&entry)?;
        tx.put_reseller(&active)
    });

    for stale in [&entry, &active, &Reseller { version: 9, ..entry.clone() }] {
        let put = store.with_tx(|tx| tx.put_reseller(stale));
        assert!(matches!(put, Err(StoreError::VersionConflict { .. })), "{}: {put:?}", stale.version);
    }
    assert_eq!(with(store, |tx| tx.find_reseller(entry.customer)), Some(active.clone()));
    assert_eq!(with(store, |tx| tx.find_reseller(id())), None);
    assert_eq!(with(store, |tx| tx.list_resellers()), [active]);
}

fn blind_references_find_customers_until_deleted(store: &dyn Store) {
    let purposes = [
        IndexPurpose::NameKey,
        IndexPurpose::Email,
        IndexPurpose::Telephone,
        IndexPurpose::Payment,
        IndexPurpose::Identifier,
        IndexPurpose::Compared,
        IndexPurpose::ContactCode,
    ];
    let (one, other) = (stored_customer(store).id, stored_customer(store).id);
    let blind = [7; 32];
    with(store, |tx| {
        for purpose in purposes {
            tx.insert_reference(purpose, &blind, one, "per_1")?;
        }
        tx.insert_reference(IndexPurpose::Email, &blind, one, "per_1")?;
        tx.insert_reference(IndexPurpose::Email, &blind, one, "per_2")?;
        tx.insert_reference(IndexPurpose::Email, &blind, other, "per_3")
    });
    let found =
        |purpose, blind: [u8; 32], limit| with(store, |tx| tx.find_references(purpose, &blind, limit));

    let all =
        [(one, "per_1"), (one, "per_2"), (other, "per_3")].map(|(of, subject)| (of, subject.to_owned()));
    assert_eq!(found(IndexPurpose::Email, blind, 10), all, "the same reference twice is one");
    assert_eq!(found(IndexPurpose::Email, blind, 2), all[..2]);
    assert_eq!(found(IndexPurpose::Telephone, blind, 10).len(), 1, "purposes are not joined");
    assert_eq!(found(IndexPurpose::Email, [8; 32], 10), []);
    assert_eq!(with(store, |tx| tx.delete_references(one)), 8);
    assert_eq!(found(IndexPurpose::Email, blind, 10), all[2..]);
}

fn nothing_is_kept_of_a_customer_that_is_not_there(store: &dyn Store) {
    let orphan = fact(id(), 1);

    let inserted = store.with_tx(|tx| tx.insert_fact(&orphan));
    // Work that ignores such a failure is not committed either: the two engines differ in what would be left.
    let ignored = store.with_tx(|tx| -> Result<(), StoreError> {
        tx.put_setting("beside", "it")?;
        let _ = tx.insert_fact(&orphan);
        Ok(())
    });

    assert!(matches!(inserted, Err(StoreError::Refused { .. })), "{inserted:?}");
    assert!(matches!(ignored, Err(StoreError::Refused { .. })), "{ignored:?}");
    assert_eq!(with(store, |tx| tx.find_setting("beside")), None);
}
