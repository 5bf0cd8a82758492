//! Work that waits for persons, and what they decide.

use app::customer::facts::Addition;
use app::customer::timers;
use app::verification::{self, NewVerification};
use app::{account, case, draft};
use domain::account::AccountStatus;
use domain::case::CaseKind;
use domain::customer::Identification;
use domain::decision::{Action, Answer};
use domain::draft::{CaseOutcome, DraftAction};
use domain::fact::SubjectId;
use domain::id::CustomerId;
use domain::staff::Role;
use domain::verification::{Check, CheckResult, Method, Outcome};
use jiff::civil::date;
use testkit::{Platform, fixture};

use crate::refusal;

fn answer(platform: &Platform, account: &str) -> Answer {
    platform.ask(account, Action::Provision).verdict.answer
}

/// SEC-04, CIP-12, CIP-15: verified by two persons once everything that is asked for passed; then the limits are gone.
#[test]
fn two_persons_verify_what_is_proven() {
    let platform = Platform::new();
    let customer = platform.enrol(&fixture::individual(1, "Ada Karenina", "DE")).customer.id;
    let early = platform.decide(customer, CaseKind::Identification, CaseOutcome::Verify);
    assert_eq!(refusal(early).code, "level-not-reached");

    platform.verify(customer).unwrap();

    let Identification::Verified { reverify_at, .. } = platform.customer(customer).identification else {
        panic!("not verified")
    };
    // CIP-20: a foreign customer is of medium risk, so due again in a year.
    assert_eq!(reverify_at.unwrap().to_string(), "2027-03-03T05:00:00Z");
    assert_eq!(answer(&platform, "account-1"), Answer::Allow);
    let decisions =
        platform.run(&platform.auditor(), |env| app::decision::list_decisions(env, customer)).unwrap();
    let last = decisions.last().unwrap();
    assert_eq!(last.decided_by, platform.staff_id(&platform.officer()).to_string());
    assert_eq!(last.approved_by, Some(platform.staff_id(&platform.second_officer()).to_string()));
}

/// SEC-04: one person is not enough, a program is none, and a role without the right approves nothing.
#[test]
fn nobody_approves_alone() {
    let platform = Platform::new();
    let customer = platform.enrol_individual("Ada Karenina", "DE").customer.id;
    let case = platform.open_case(customer, CaseKind::Identification).id;
    let action =
        DraftAction::DecideCase { case, kind: Some(CaseKind::Identification), outcome: CaseOutcome::Refuse };
    let drafted = platform
        .run(&platform.officer(), |env| draft::draft(env, action.clone(), "documents do not convince"))
        .unwrap();
    let approve_as = |actor| refusal(platform.run(&actor, |env| draft::approve(env, drafted.id))).code;

    assert_eq!(approve_as(platform.officer()), "same-person");
    assert_eq!(approve_as(platform.control_plane()), "person-needed");
    assert_eq!(approve_as(app::actor::Actor::command()), "person-needed");
    assert_eq!(approve_as(platform.auditor()), "scope-missing");
    assert!(matches!(platform.customer(customer).identification, Identification::Open { .. }));

    platform.run(&platform.second_officer(), |env| draft::approve(env, drafted.id)).unwrap();
    assert!(matches!(platform.customer(customer).identification, Identification::Unable { .. }));
    let again = platform.run(&platform.third_officer(), |env| draft::approve(env, drafted.id));
    assert_eq!(refusal(again).code, "draft-settled");
    let by_program = platform.run(&platform.control_plane(), |env| draft::draft(env, action, "because"));
    assert_eq!(refusal(by_program).code, "scope-missing");
}

/// SEC-04: what was rejected has no effect and cannot be approved afterwards.
#[test]
fn a_rejected_draft_stays_rejected() {
    let platform = Platform::new();
    let customer = platform.enrol_individual("Ada Karenina", "DE").customer.id;
    let case = platform.open_case(customer, CaseKind::Identification).id;
    let action =
        DraftAction::DecideCase { case, kind: Some(CaseKind::Identification), outcome: CaseOutcome::Close };
    let drafted = platform.run(&platform.officer(), |env| draft::draft(env, action, "no answer")).unwrap();

    platform.run(&platform.second_officer(), |env| draft::reject(env, drafted.id)).unwrap();

    let approved = platform.run(&platform.third_officer(), |env| draft::approve(env, drafted.id));
    assert_eq!(refusal(approved).code, "draft-settled");
    assert!(matches!(platform.customer(customer).identification, Identification::Open { .. }));
}

/// CIP-10: an expired document fails; its metadata is kept, and there never was an image.
#[test]
fn an_expired_document_fails() {
    let platform = Platform::new();
    let customer = platform.enrol_individual("Ada Karenina", "DE").customer.id;

    let expired = platform.show_passport(customer, "DE", date(2026, 3, 1));
    let good = platform.show_passport(customer, "DE", date(2026, 3, 2));

    assert_eq!(expired.outcome, Outcome::Fail);
    assert!(expired.checks.iter().any(|check| check.reason == "expired"));
    assert_eq!(good.outcome, Outcome::Pass, "{:?}", good.checks);
}

/// CIP-11: a document that no list accepts is inconclusive, so that the non-documentary way is left.
#[test]
fn an_unlisted_document_proves_nothing_alone() {
    let platform = Platform::new();
    let customer = platform.enrol_individual("Ada Karenina", "DE").customer.id;

    let shown = platform.show_document(customer, "library_card", "DE", date(2030, 1, 1));

    assert_eq!(shown.outcome, Outcome::Inconclusive);
    assert!(shown.checks.iter().any(|check| check.reason == "document-not-listed"));
}

/// CIP-12: an adapter that does not answer leaves the case open and passes nothing.
#[test]
fn an_adapter_that_is_down_never_passes() {
    let platform = Platform::new();
    let customer = platform.enrol_individual("Ada Karenina", "DE").customer.id;
    let pass = Check { check: "register@1".into(), result: CheckResult::Pass, reason: "found".into() };
    let new = NewVerification {
        subject: SubjectId::Customer(customer),
        method: Method::NonDocumentary,
        adapter: "register".into(),
        checks: vec![pass],
        adapter_answered: false,
        evidence: Vec::new(),
    };

    let recorded =
        platform.run(&platform.control_plane(), |env| verification::record(env, customer, &new)).unwrap();

    assert_eq!(recorded.outcome, Outcome::Unavailable);
    platform.open_case(customer, CaseKind::Identification);
    assert_eq!(platform.customer(customer).standing.level, domain::verification::VerificationLevel::None);
}

/// CIP-12: an account opened without meeting the customer takes a second method beside documents.
#[test]
fn remote_opening_takes_another_method() {
    let platform = Platform::new();
    let customer = platform.enrol_individual("Ada Karenina", "DE").customer.id;
    platform.prove_contact(customer, domain::contact_proof::Channel::Email);
    platform.prove_contact(customer, domain::contact_proof::Channel::Telephone);
    platform.show_passport(customer, "DE", date(2031, 1, 1));

    let only_documents = refusal(platform.decide(customer, CaseKind::Identification, CaseOutcome::Verify));
    assert_eq!(only_documents.code, "level-not-reached");
    assert!(only_documents.detail.contains("evidence/non_documentary"), "{}", only_documents.detail);

    platform.record_pass(customer, SubjectId::Customer(customer), Method::NonDocumentary);
    platform.decide(customer, CaseKind::Identification, CaseOutcome::Verify).unwrap();
}

/// CIP-13: doubt asks for authority and signatories, and blocks until somebody settles it.
#[test]
fn doubt_asks_for_signatories() {
    let platform = Platform::new();
    let owners = [("Ada Karenina", "DE", 1_000_000)];
    let customer = platform.enrol_company("Karenina GmbH", "DE", &owners).customer.id;
    let doubted = platform.run(&platform.analyst(), |env| {
        case::open(env, customer, CaseKind::Signatory, None, vec!["authority-in-doubt".to_owned()])
    });
    doubted.unwrap();

    let requirements = platform
        .run(&platform.officer(), |env| app::customer::requirements::requirements_of(env, customer))
        .unwrap();

    let due = |what: &str| {
        requirements
            .requirements
            .iter()
            .any(|one| one.id.ends_with(what) && one.state > domain::requirement::State::Met)
    };
    assert!(due("field/authority") && due("field/signatory"));
    assert_eq!(refusal(platform.verify(customer)).code, "discrepancy-open");
}

/// CIP-14: refused is refused: no provisioning, whatever is asked.
#[test]
fn a_refused_customer_gets_nothing() {
    let platform = Platform::new();
    let customer = platform.enrol(&fixture::individual(1, "Ada Karenina", "DE")).customer.id;

    platform.decide(customer, CaseKind::Identification, CaseOutcome::Refuse).unwrap();

    for action in
        [Action::Open, Action::Activate, Action::Provision, Action::RaiseQuota, Action::ChangeRegion]
    {
        assert_eq!(platform.ask("account-1", action).verdict.answer, Answer::Deny, "{action:?}");
    }
}

/// CIP-16: warning, closure task, closure: in order, by the clock alone, and the last step by two persons.
#[test]
fn an_unverified_customer_is_warned_and_then_closed() {
    let platform = Platform::new();
    let enrolled = platform.enrol(&fixture::individual(1, "Ada Karenina", "DE"));
    let customer = enrolled.customer.id;
    let closure = |platform: &Platform| {
        platform.run(&app::actor::Actor::system(), timers::advance).unwrap();
        let cases = platform.cases_of(customer);
        cases.into_iter().find(|case| case.kind == CaseKind::Closure).map(|case| case.reasons)
    };

    platform.clock.advance_days(19);
    assert_eq!(closure(&platform), None);
    platform.clock.advance_days(2);
    assert_eq!(closure(&platform).unwrap(), ["closure-warned"]);
    assert_eq!(closure(&platform).unwrap(), ["closure-warned"], "a second run adds nothing");
    platform.clock.advance_days(10);
    assert_eq!(closure(&platform).unwrap(), ["closure-warned", "closure-due"]);
    let account = |platform: &Platform| {
        platform.run(&platform.officer(), |env| account::find_account(env, "account-1")).unwrap().status
    };
    assert!(matches!(account(&platform), AccountStatus::Open { .. }), "no timer closes an account");

    platform.decide(customer, CaseKind::Closure, CaseOutcome::Close).unwrap();

    assert!(matches!(account(&platform), AccountStatus::Closed { .. }));
    assert_eq!(answer(&platform, "account-1"), Answer::Deny);
}

/// CIP-17: an appeal has a case, and its reviewer is not who decided before; upheld, the account waits again.
#[test]
fn an_appeal_is_heard_by_somebody_else() {
    let platform = Platform::new();
    let customer = platform.enrol(&fixture::individual(1, "Ada Karenina", "DE")).customer.id;
    platform.decide(customer, CaseKind::Identification, CaseOutcome::Refuse).unwrap();
    let appeal = platform.run(&platform.control_plane(), |env| {
        case::open(env, customer, CaseKind::Redress, None, vec!["appeal".to_owned()])
    });
    let appeal = appeal.unwrap();
    assert!(appeal.id.to_string().starts_with("case_"));
    let action = DraftAction::DecideCase {
        case: appeal.id,
        kind: Some(CaseKind::Redress),
        outcome: CaseOutcome::Reopen,
    };

    for who in [platform.officer(), platform.second_officer()] {
        let same = platform.run(&who, |env| draft::draft(env, action.clone(), "they were right"));
        assert_eq!(refusal(same).code, "same-reviewer");
        let claimed = platform.run(&who, |env| case::claim(env, appeal.id));
        assert_eq!(refusal(claimed).code, "same-reviewer");
    }
    let drafted =
        platform.run(&platform.third_officer(), |env| draft::draft(env, action, "they were right")).unwrap();
    let fourth = platform.member("fourth-officer", &[Role::ComplianceOfficer], None);
    platform.run(&fourth, |env| draft::approve(env, drafted.id)).unwrap();
    platform.settle();

    assert!(matches!(platform.customer(customer).identification, Identification::Open { .. }));
}

/// CIP-17: neither of the two who refused is the second person of the appeal.
#[test]
fn who_refused_does_not_approve_the_appeal() {
    let platform = Platform::new();
    let customer = platform.enrol_individual("Ada Karenina", "DE").customer.id;
    platform.decide(customer, CaseKind::Identification, CaseOutcome::Refuse).unwrap();
    let appeal = platform.run(&platform.control_plane(), |env| {
        case::open(env, customer, CaseKind::Redress, None, vec!["appeal".to_owned()]).unwrap()
    });
    let action = DraftAction::DecideCase {
        case: appeal.id,
        kind: Some(CaseKind::Redress),
        outcome: CaseOutcome::Dismiss,
    };
    let drafted =
        platform.run(&platform.third_officer(), |env| draft::draft(env, action, "nothing new")).unwrap();

    for who in [platform.officer(), platform.second_officer()] {
        let approved = platform.run(&who, |env| draft::approve(env, drafted.id));
        assert_eq!(refusal(approved).code, "same-reviewer");
    }
}

/// CIP-18: an open discrepancy blocks `verified`; resolved with reason and author, it does not.
#[test]
fn a_discrepancy_blocks_until_it_is_resolved() {
    let platform = Platform::new();
    let customer = platform.enrol_individual("Ada Karenina", "DE").customer.id;
    platform.run(&platform.analyst(), |env| {
        case::open(env, customer, CaseKind::Discrepancy, None, vec!["birth-dates-differ".to_owned()]).unwrap()
    });

    assert_eq!(refusal(platform.verify(customer)).code, "discrepancy-open");
    platform.decide(customer, CaseKind::Discrepancy, CaseOutcome::Dismiss).unwrap();
    assert!(!platform.customer(customer).standing.discrepancy_open);
    platform.decide(customer, CaseKind::Identification, CaseOutcome::Verify).unwrap();

    let case =
        platform.cases_of(customer).into_iter().find(|case| case.kind == CaseKind::Discrepancy).unwrap();
    let domain::case::CaseStatus::Resolved { outcome, resolved_by, .. } = case.status else { panic!("open") };
    assert_eq!(
        (outcome.as_str(), resolved_by),
        ("dismiss", platform.staff_id(&platform.officer()).to_string())
    );
}

/// CIP-19: an owner added, and an owner removed, reopens what was verified.
#[test]
fn a_change_of_owners_reopens_the_case() {
    let platform = Platform::new();
    let enrolled =
        platform.enrol(&fixture::company(1, "Karenina GmbH", "DE", &[("Ada Karenina", "DE", 700_000)]));
    let customer = enrolled.customer.id;
    platform.verify(customer).unwrap();
    assert_eq!(answer(&platform, "account-1"), Answer::Allow);
    let reasons = |customer: CustomerId| platform.open_case(customer, CaseKind::Identification).reasons;

    let addition = Addition {
        persons: vec![fixture::person(500, "owner-9", "Bela Bartfai", "HU")],
        ownership: vec![fixture::owns("owner-9", None, 300_000)],
        ..Addition::default()
    };
    let added = platform.add(customer, &addition);

    assert!(matches!(added.customer.identification, Identification::Open { .. }));
    assert!(reasons(customer).contains(&"owner-added".to_owned()));
    assert_eq!(answer(&platform, "account-1"), Answer::AllowWithConditions);

    let removed = Addition { withdraw: vec![*added.facts.last().unwrap()], ..Addition::default() };
    platform.add(customer, &removed);
    assert!(reasons(customer).contains(&"owner-removed".to_owned()));
}

/// CIP-20: what was verified falls due again by the clock alone.
#[test]
fn a_verification_is_due_again_after_its_time() {
    let platform = Platform::new();
    let customer = platform.enrol(&fixture::individual(1, "Ada Karenina", "DE")).customer.id;
    platform.verify(customer).unwrap();

    platform.clock.advance_days(364);
    platform.settle();
    assert_eq!(answer(&platform, "account-1"), Answer::Allow);
    platform.clock.advance_days(2);
    platform.settle();

    assert_eq!(answer(&platform, "account-1"), Answer::AllowWithConditions);
    platform.run(&app::actor::Actor::system(), timers::advance).unwrap();
    platform.open_case(customer, CaseKind::Reverification);
}
