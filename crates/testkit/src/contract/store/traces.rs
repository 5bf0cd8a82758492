//! Work, decisions and what leaves a trace.

use app::message::{Message, MessageState};
use app::store::{CaseFilter, IdempotencyKey, KeptAnswer, Page, Store, StoreError};
use domain::case::{Case, CaseKind, CaseStatus};
use domain::contact_proof::Channel;
use domain::customer::Customer;
use domain::draft::{Draft, DraftAction, DraftStatus};
use domain::id::CustomerId;

use super::fixtures::{
    at, case, customer, decision, event, fact, id, leaf, message, reading, screening, stored_customer, with,
};

pub fn check(open: &dyn Fn() -> Box<dyn Store>) {
    cases_are_listed_by_what_is_asked(&*open());
    cases_of_a_branch_are_listed_in_full_pages(&*open());
    decisions_are_listed_in_order_of_time(&*open());
    drafts_that_wait_are_listed_oldest_first(&*open());
    messages_wait_until_they_are_sent(&*open());
    answers_of_the_gate_are_kept_as_they_were_given(&*open());
    a_request_is_answered_once_under_its_key(&*open());
    records_are_kept_as_canonical_text(&*open());
}

fn cases_are_listed_by_what_is_asked(store: &dyn Store) {
    let (one, other) = (stored_customer(store).id, stored_customer(store).id);
    let kinds = [
        CaseKind::Identification,
        CaseKind::ListHit,
        CaseKind::Discrepancy,
        CaseKind::Signatory,
        CaseKind::Redress,
        CaseKind::Closure,
        CaseKind::Reverification,
        CaseKind::Review,
    ];
    let mut cases: Vec<Case> = kinds.map(|kind| case(one, kind)).to_vec();
    cases.push(case(other, CaseKind::ListHit));
    with(store, |tx| cases.iter().try_for_each(|case| tx.insert_case(case)));
    let claimed = CaseStatus::Claimed { claimed_by: id(), claimed_at: at(1) };
    let resolved = CaseStatus::Resolved {
        outcome: "verify".to_owned(),
        resolved_by: "stf".to_owned(),
        resolved_at: at(2),
    };
    for (number, status) in [(0, claimed), (1, resolved)] {
        cases[number] = Case { status, version: 2, ..cases[number].clone() };
        with(store, |tx| tx.update_case(&cases[number]));
    }

    let stale = store.with_tx(|tx| tx.update_case(&cases[0]));

    assert!(matches!(stale, Err(StoreError::VersionConflict { .. })), "{stale:?}");
    assert_eq!(with(store, |tx| tx.find_case(cases[1].id)).as_ref(), Some(&cases[1]));
    let hits = Some(CaseKind::ListHit);
    let lists = [
        ("all", None, None, None, vec![0, 1, 2, 3, 4, 5, 6, 7, 8]),
        ("of a kind", None, hits, None, vec![1, 8]),
        ("to do", None, None, Some(true), vec![0, 2, 3, 4, 5, 6, 7, 8]),
        ("done", None, None, Some(false), vec![1]),
        ("of a customer", Some(other), None, None, vec![8]),
        ("of a customer, to do", Some(one), None, Some(true), vec![0, 2, 3, 4, 5, 6, 7]),
        ("of a customer, done, of a kind", Some(one), hits, Some(false), vec![1]),
        ("of a customer, to do, of a kind", Some(one), hits, Some(true), vec![]),
    ];
    for (name, customer, kind, unresolved, expected) in lists {
        let filter = CaseFilter { customer, kind, unresolved, resellers: None };

        let found = with(store, |tx| tx.list_cases(&filter, &Page { after: String::new(), limit: 100 }));

        let expected: Vec<_> = expected.into_iter().map(|number: usize| cases[number].clone()).collect();
        assert_eq!(found, expected, "{name}");
    }
    let page = Page { after: cases[2].id.to_string(), limit: 2 };
    assert_eq!(with(store, |tx| tx.list_cases(&CaseFilter::default(), &page)), cases[3..5]);
}

fn cases_of_a_branch_are_listed_in_full_pages(store: &dyn Store) {
    let (one, other): (CustomerId, CustomerId) = (id(), id());
    let under = |reseller| Customer { reseller, ..customer() };
    let customers = [under(Some(one)), under(None), under(Some(other)), under(Some(id()))];
    with(store, |tx| customers.iter().try_for_each(|customer| tx.insert_customer(customer)));
    let of = [1, 0, 3, 2, 1, 0, 3, 0];
    let kinds = [CaseKind::Review, CaseKind::ListHit];
    let cases: Vec<Case> = (0..of.len()).map(|n| case(customers[of[n]].id, kinds[n % 2])).collect();
    with(store, |tx| cases.iter().try_for_each(|case| tx.insert_case(case)));
    let status = CaseStatus::Resolved {
        outcome: "dismiss".to_owned(),
        resolved_by: "stf".to_owned(),
        resolved_at: at(2),
    };
    with(store, |tx| tx.update_case(&Case { status: status.clone(), version: 2, ..cases[5].clone() }));
    let hits = Some(CaseKind::ListHit);
    let (both, none) = (vec![other, one, one], None);
    let lists = [
        ("a branch of two, one of them twice", both.clone(), none, None, None, vec![1, 3, 5, 7]),
        ("one reseller", vec![one], none, None, None, vec![1, 5, 7]),
        ("of a kind, to do", both.clone(), none, hits, Some(true), vec![1, 3, 7]),
        ("of a kind, done", both.clone(), none, hits, Some(false), vec![5]),
        ("of a customer", both.clone(), Some(customers[2].id), None, None, vec![3]),
        ("of a customer elsewhere", both, Some(customers[1].id), None, None, vec![]),
        ("an empty branch", vec![], none, None, None, vec![]),
    ];
    for (name, resellers, customer, kind, unresolved, expected) in lists {
        let filter = CaseFilter { customer, kind, unresolved, resellers: Some(resellers) };
        let list = |after: String, limit| {
            let found = with(store, |tx| tx.list_cases(&filter, &Page { after: after.clone(), limit }));
            found.into_iter().map(|case| case.id).collect::<Vec<_>>()
        };

        let found = list(String::new(), 100);

        let expected: Vec<_> = expected.into_iter().map(|number: usize| cases[number].id).collect();
        assert_eq!(found, expected, "{name}");
        for (number, pair) in expected.windows(2).enumerate() {
            assert_eq!(list(expected[number].to_string(), 1), pair[1..], "{name}, a page of one");
        }
    }
}

fn decisions_are_listed_in_order_of_time(store: &dyn Store) {
    let customer = stored_customer(store);
    let (later, earlier) = (decision(&customer, at(9)), decision(&customer, at(1)));
    with(store, |tx| {
        tx.insert_decision(&later)?;
        tx.insert_decision(&earlier)
    });

    let again = store.with_tx(|tx| tx.insert_decision(&later));

    assert!(matches!(again, Err(StoreError::Duplicate { .. })), "{again:?}");
    assert_eq!(with(store, |tx| tx.find_decision(later.id)), Some(later.clone()));
    assert_eq!(with(store, |tx| tx.list_decisions(customer.id)), [earlier, later]);
}

fn drafts_that_wait_are_listed_oldest_first(store: &dyn Store) {
    let draft = |seconds: i64| Draft {
        id: id(),
        action: DraftAction::TrustPack { pack: "p@1".to_owned() },
        customer: None,
        reason_sealed: Some(vec![7]),
        drafted_by: id(),
        drafted_at: at(seconds),
        status: DraftStatus::Waiting,
        version: 1,
    };
    let drafts = [draft(3), draft(1), draft(2), draft(4), draft(5)];
    with(store, |tx| drafts.iter().try_for_each(|draft| tx.insert_draft(draft)));
    let settled = [
        DraftStatus::Approved { by: id(), at: at(9) },
        DraftStatus::Rejected { by: id(), at: at(9) },
        DraftStatus::Withdrawn { at: at(9) },
    ];
    for (draft, status) in drafts[2..].iter().zip(settled) {
        let settled = Draft { status, version: 2, ..draft.clone() };
        with(store, |tx| tx.update_draft(&settled));
        assert_eq!(with(store, |tx| tx.find_draft(draft.id)), Some(settled));
    }

    let waiting = with(store, |tx| tx.list_waiting_drafts());

    assert_eq!(waiting, [drafts[1].clone(), drafts[0].clone()]);
}

fn messages_wait_until_they_are_sent(store: &dyn Store) {
    let customer = stored_customer(store).id;
    let messages = [message(customer, at(3)), message(customer, at(1)), message(customer, at(2))];
    with(store, |tx| messages.iter().try_for_each(|message| tx.insert_message(message)));

    let sent = Message { state: MessageState::Sent, attempts: 1, version: 2, ..messages[1].clone() };
    with(store, |tx| tx.update_message(&sent));
    let again = store.with_tx(|tx| tx.update_message(&sent));

    assert!(matches!(again, Err(StoreError::VersionConflict { .. })), "{again:?}");
    let due =
        |at_secs, limit| with(store, |tx| tx.list_unsent_messages(Channel::Telephone, at(at_secs), limit));
    assert_eq!(due(3, 10), [messages[2].clone(), messages[0].clone()]);
    assert_eq!(due(3, 1), [messages[2].clone()]);
    assert_eq!(due(1, 10), []);
    assert_eq!(with(store, |tx| tx.list_unsent_messages(Channel::Email, at(9), 10)), []);
    let later = Message { attempts: 1, next_attempt_at: at(7), version: 2, ..messages[2].clone() };
    with(store, |tx| tx.update_message(&later));
    assert_eq!(due(6, 1), [messages[0].clone()], "what is not due takes nobody's place");
    assert_eq!(due(7, 10), [messages[0].clone(), later.clone()]);
    let given_up = Message { state: MessageState::GivenUp, version: 3, ..later };
    with(store, |tx| tx.update_message(&given_up));
    assert_eq!(due(9, 10), [messages[0].clone()]);
}

fn answers_of_the_gate_are_kept_as_they_were_given(store: &dyn Store) {
    let answers: Vec<_> = (0..37).map(|n| (format!("ans_{n:02}"), at(n), format!("{{\"n\":{n}}}"))).collect();
    with(store, |tx| tx.insert_gate_answers(&answers));
    // The same batch may be handed over twice.
    with(store, |tx| tx.insert_gate_answers(&answers[..20]));
    with(store, |tx| tx.insert_gate_answers(&[]));

    for (id, _, record) in &answers {
        assert_eq!(with(store, |tx| tx.find_gate_answer(id)).as_ref(), Some(record));
    }
    assert_eq!(with(store, |tx| tx.find_gate_answer("ans_99")), None);
}

fn a_request_is_answered_once_under_its_key(store: &dyn Store) {
    let answer = KeptAnswer { status: 201, body_sealed: vec![0, 1, 255] };
    let other = KeptAnswer { status: 409, body_sealed: vec![7] };
    let found = |principal, key| with(store, |tx| tx.find_idempotency_key(principal, key));
    let known = |answer| Some(IdempotencyKey { request_hash: "ab".to_owned(), answer });
    assert_eq!(found("key_1", "k"), None);
    with(store, |tx| {
        tx.take_idempotency_key("key_1", "k", "ab", at(1))?;
        tx.take_idempotency_key("key_2", "k", "ab", at(2))
    });
    assert_eq!(found("key_1", "k"), known(None));

    let again = store.with_tx(|tx| tx.take_idempotency_key("key_1", "k", "ab", at(3)));
    let keep = |key, hash, answer| {
        with(store, |tx| tx.keep_idempotent_answer("key_1", key, hash, answer, at(3)));
    };
    keep("k", "cd", &other);
    keep("k", "ab", &answer);
    keep("k", "ab", &other);
    keep("refused", "ab", &other);

    assert!(matches!(again, Err(StoreError::Duplicate { .. })), "{again:?}");
    assert_eq!(found("key_1", "k"), known(Some(answer)));
    assert_eq!(found("key_1", "refused"), known(Some(other)));
    assert_eq!((found("key_2", "k"), found("key_1", "K")), (known(None), None));
    assert_eq!(with(store, |tx| tx.delete_idempotency_keys(at(2))), 1);
    assert_eq!((found("key_1", "k"), found("key_2", "k")), (None, known(None)));
}

/// LOG-02: the ledger commits to the canonical text of a record, so this text is what is kept.
fn records_are_kept_as_canonical_text(store: &dyn Store) {
    let customer = stored_customer(store);
    let fact = fact(customer.id, 1);
    let screening = screening(customer.id, at(1));
    let decision = decision(&customer, at(2));
    let reading = reading(Some(customer.id));
    let event = event(Some(customer.id));
    with(store, |tx| {
        tx.insert_fact(&fact)?;
        tx.insert_screening(&screening)?;
        tx.insert_decision(&decision)?;
        tx.insert_reading(&reading)?;
        tx.insert_event(&event)?;
        tx.insert_leaf(&leaf("fact", fact.id, 1))
    });

    let records = [
        ("fact", fact.id.to_string(), ledger::canonical::to_string(&fact)),
        ("screening", screening.id.to_string(), ledger::canonical::to_string(&screening)),
        ("decision", decision.id.to_string(), ledger::canonical::to_string(&decision)),
        ("reading", reading.id.to_string(), ledger::canonical::to_string(&reading)),
        ("event", event.id.to_string(), ledger::canonical::to_string(&event)),
    ];
    for (kind, object, expected) in records {
        let found = store.log().find_record(kind, &object, 1).expect("read");
        assert_eq!(found, Some(expected.expect("it has a canonical form")), "{kind}");
    }
    assert_eq!(store.log().find_record("fact", "fact_none", 1).expect("read"), None);
    assert_eq!(store.log().find_record("no_such_kind", &fact.id.to_string(), 1).expect("read"), None);
    assert_eq!(with(store, |tx| tx.list_events_of(customer.id)), [event]);
    assert_eq!(with(store, |tx| tx.list_events_of(id())), []);
}
