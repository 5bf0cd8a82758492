//! Several callers at the same moment: one of them wins, the others are told.

use app::failure::Failure;
use app::store::StoreError;
use app::{draft, ledger_log};
use domain::case::CaseKind;
use domain::draft::{CaseOutcome, DraftAction};
use domain::staff::Role;
use testkit::{Platform, fixture};

fn at_once<T: Send>(callers: usize, call: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let call = &call;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..callers).map(|number| scope.spawn(move || call(number))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// One external id is one customer, however many ask for it at once, and of the others nothing is left.
#[test]
fn an_external_id_is_taken_once() {
    let platform = Platform::new();
    platform.control_plane();

    let answers = at_once(8, |_| platform.try_enrol(&fixture::individual(1, "Ada Karenina", "DE")));

    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, 7));
    for failure in lost.into_iter().filter_map(Result::err) {
        assert!(matches!(failure, Failure::Store(StoreError::Duplicate { .. })), "{failure:?}");
    }
    let counts = platform.app().store.with_reading_tx(|tx| tx.count_customers_by_state()).unwrap();
    assert_eq!(counts, [("open".to_owned(), 1)]);
    assert!(platform.verify_ledger().is_clean());
}

/// SEC-04: a draft is approved once, and carried out once.
#[test]
fn a_draft_is_approved_once() {
    let platform = Platform::new();
    let customer = platform.enrol_individual("Ada Karenina", "DE").customer.id;
    let case = platform.open_case(customer, CaseKind::Identification).id;
    let action = DraftAction::DecideCase {
        case,
        kind: Some(CaseKind::Identification),
        outcome: CaseOutcome::InterimTerms,
    };
    let drafted =
        platform.run(&platform.officer(), |env| draft::draft(env, action, "as the file shows")).unwrap();
    let officers: Vec<_> = (0..6)
        .map(|number| platform.member(&format!("officer-{number}"), &[Role::ComplianceOfficer], None))
        .collect();

    let answers = at_once(6, |number| platform.run(&officers[number], |env| draft::approve(env, drafted.id)));

    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    let decisions = platform.app().store.with_reading_tx(|tx| tx.list_decisions(customer)).unwrap();
    assert_eq!(decisions.iter().filter(|decision| decision.case == Some(case)).count(), 1);
}

/// SEC-04: while a draft waits nobody drafts the same again; once it is settled, somebody may.
#[test]
fn the_same_action_waits_once() {
    let platform = Platform::new();
    let customer = platform.enrol_individual("Ada Karenina", "DE").customer.id;
    let case = platform.open_case(customer, CaseKind::Identification).id;
    let decide = |kind, outcome| {
        let action = DraftAction::DecideCase { case, kind, outcome };
        platform.run(&platform.officer(), |env| draft::draft(env, action.clone(), "as the file shows"))
    };
    let kind = Some(CaseKind::Identification);

    let answers = at_once(6, |number| decide(kind.filter(|_| number % 2 == 0), CaseOutcome::InterimTerms));
    let other = decide(kind, CaseOutcome::Refuse);
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    let waiting = won.into_iter().find_map(Result::ok).unwrap();
    platform.run(&platform.second_officer(), |env| draft::reject(env, waiting.id)).unwrap();
    let again = decide(kind, CaseOutcome::InterimTerms);

    assert_eq!(lost.len(), 5);
    for failure in lost.into_iter().filter_map(Result::err) {
        let Failure::Refused(refusal) = failure else { panic!("{failure:?}") };
        assert_eq!(refusal.code, "draft-waits");
        assert!(refusal.detail.contains(&waiting.id.to_string()), "{}", refusal.detail);
    }
    assert!(other.is_ok() && again.is_ok());
}

/// LOG-02: the sequencer keeps up while sign-ups go on, and the tree is whole.
#[test]
fn the_ledger_is_whole_after_writing_and_sequencing_at_once() {
    let platform = Platform::new();
    platform.control_plane();

    at_once(5, |number| {
        for turn in 0..6 {
            if number == 0 {
                ledger_log::sequence(platform.app(), "testkit").unwrap();
            } else {
                platform
                    .try_enrol(&fixture::individual(number as u64 * 100 + turn, "Ada Karenina", "DE"))
                    .unwrap();
            }
        }
    });

    let report = platform.verify_ledger();
    assert!(report.is_clean(), "{report:?}");
    let (events, last) = platform.run(&platform.auditor(), |env| app::event::list(env, 0, 10_000)).unwrap();
    assert_eq!(events.len() as u64, last);
    assert_eq!(events.iter().filter(|(_, event)| event.kind == "customer.enrolled").count(), 24);
}
