//! From a sign-up to an account that is open, refused or waiting.

use domain::account::{AccountKind, AccountStatus};
use domain::case::CaseKind;
use domain::customer::Identification;
use domain::decision::{Action, Answer};
use domain::person::Classification;
use testkit::{Platform, fixture};

/// DEF-01, DEF-04: a trial is an account; its holder is foreign until shown otherwise and has a case.
#[test]
fn a_trial_gets_a_customer_record_and_a_case() {
    let platform = Platform::new();
    let mut enrolment = fixture::individual(platform.next_number(), "Ada Karenina", "DE");
    enrolment.account = Some(fixture::account(1, AccountKind::Trial));

    let enrolled = platform.enrol(&enrolment);

    let customer = enrolled.customer;
    let account = enrolled.account.unwrap();
    assert_eq!(customer.standing.classification, Classification::Foreign);
    assert!(matches!(customer.identification, Identification::Open { .. }));
    assert!(matches!(account.account.status, AccountStatus::Open { .. }), "{:?}", account.decision.verdict);
    assert_eq!(account.decision.verdict.answer, Answer::AllowWithConditions);
    let cases = platform.run(&platform.officer(), |env| {
        app::case::list_cases(env, &Default::default(), &app::store::Page { after: String::new(), limit: 10 })
    });
    assert!(
        cases
            .unwrap()
            .iter()
            .any(|case| case.customer == customer.id && case.kind == CaseKind::Identification)
    );
    assert_eq!(platform.ask("account-1", Action::Provision).verdict.answer, Answer::AllowWithConditions);
}
