//! Special measures and exemptions: data with an interval, right at every instant.

use app::exemption;
use app::special_measure::{self, NewMeasure};
use domain::account::AccountKind;
use domain::decision::{Action, Answer};
use domain::draft::DraftAction;
use domain::exemption::ExemptionScope;
use domain::id::SpecialMeasureId;
use domain::screening::JudgementKind;
use domain::special_measure::{
    AppliesTo, Condition, ListEntry, MatchReason, MatchedParty, MeasureAction, Target,
};
use domain::verification::VerificationLevel;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use testkit::{Platform, fixture};

use crate::refusal;

/// 180 days after a determination of 2 March 2026, and 365 days after it, both in New York.
const FROM: &str = "2026-08-29T04:00:00Z";
const UNTIL: &str = "2027-03-02T05:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn measure(target: Target, action: MeasureAction) -> NewMeasure {
    NewMeasure {
        target,
        determination_on: date(2026, 3, 2),
        effective_from: at(FROM),
        expires_at: at(UNTIL),
        legal_reference: "15 CFR 7.307".into(),
        document_hash: "ab".repeat(32),
        action,
        applies_to: AppliesTo { account_kinds: vec![], product_classes: vec![], reseller_accounts: true },
    }
}

fn against(code: &str) -> Target {
    Target::Jurisdiction { places: vec![code.parse().unwrap()] }
}

fn prohibit() -> MeasureAction {
    MeasureAction::Prohibit { opening: true, maintaining: true }
}

fn draft(platform: &Platform, new: &NewMeasure) -> SpecialMeasureId {
    platform.run(&platform.officer(), |env| special_measure::draft(env, new)).unwrap().measure.id
}

fn activate(platform: &Platform, new: &NewMeasure) -> SpecialMeasureId {
    let measure = draft(platform, new);
    platform.decide_by_two(DraftAction::ActivateMeasure { measure }).unwrap();
    measure
}

fn answer(platform: &Platform, account: &str) -> Answer {
    platform.settle();
    platform.ask(account, Action::Provision).verdict.answer
}

/// SM-01: a draft touches nothing and its preview names the accounts by reason.
#[test]
fn a_preview_names_accounts_by_reason() {
    let platform = Platform::new();
    let in_belarus = platform.enrol(&fixture::individual(1, "Ada Karenina", "BY"));
    platform.enrol(&fixture::individual(2, "Bela Bartfai", "HU"));
    let owners = [("Gleb Sidorov", "BY", 1_000_000)];
    let owned = platform.enrol(&fixture::company(3, "Sidorov GmbH", "DE", &owners));
    let measure = draft(&platform, &measure(against("BY"), prohibit()));
    platform.clock.set(at(FROM));
    platform.settle();

    let touched = platform.run(&platform.analyst(), |env| special_measure::preview(env, measure)).unwrap();

    let expected = [&in_belarus, &owned].map(|enrolled| enrolled.account.as_ref().unwrap().account.id);
    assert_eq!(touched.iter().map(|(account, _, _)| *account).collect::<Vec<_>>(), expected);
    assert_eq!(touched[0].2.of, MatchedParty::Customer);
    assert_eq!(touched[1].2.of, MatchedParty::BeneficialOwner);
    assert!(matches!(touched[0].2.reason, MatchReason::Place { .. }));
    assert_ne!(answer(&platform, "account-1"), Answer::Deny);
}

/// SM-04: nothing on day 179, in force on day 180, over on day 365, without a job having run; extension and
/// revocation count.
#[test]
fn a_measure_is_in_force_from_day_180_until_its_end() {
    let platform = Platform::new();
    platform.enrol(&fixture::us_citizen(1, "Ada Karenina"));
    let mut located = fixture::us_citizen(2, "Gleb Sidorov");
    located.facts.push(domain_fact("BY"));
    platform.enrol(&located);
    let measure = activate(&platform, &measure(against("BY"), prohibit()));
    let just_before = |instant: &str| at(instant) - SignedDuration::from_secs(1);

    platform.clock.set(just_before(FROM));
    assert_eq!(answer(&platform, "account-2"), Answer::Allow);
    assert_eq!(
        platform.ask("account-2", Action::Provision).valid_until,
        at(FROM),
        "an answer ends with day 179"
    );
    platform.clock.set(at(FROM));
    assert_eq!(answer(&platform, "account-2"), Answer::Deny);
    assert_eq!(answer(&platform, "account-1"), Answer::Allow);
    let finding = platform.ask("account-2", Action::Provision).verdict.findings.remove(1);
    assert_eq!(
        finding.because,
        [format!("{measure} {}", "ab".repeat(32))],
        "measure and determination are named"
    );
    platform.clock.set(just_before(UNTIL));
    assert_eq!(answer(&platform, "account-2"), Answer::Deny);
    platform.clock.set(at(UNTIL));
    assert_eq!(answer(&platform, "account-2"), Answer::Allow);

    platform.decide_by_two(extension(measure, "2028-03-02T05:00:00Z", "90 FR 1")).unwrap();
    assert_eq!(answer(&platform, "account-2"), Answer::Deny);
    platform.decide_by_two(DraftAction::RevokeMeasure { measure }).unwrap();
    assert_eq!(answer(&platform, "account-2"), Answer::Allow);
}

fn domain_fact(code: &str) -> app::customer::facts::NewFact {
    app::customer::facts::NewFact {
        item: "second".into(),
        ..fixture::fact(domain::field::Field::LocationOfUse, fixture::place(code))
    }
}

/// SM-04: a measure that starts earlier, or lasts longer, than the pack's clocks is entered with a warning.
#[test]
fn dates_against_the_clocks_of_the_packs_are_warned_about() {
    let platform = Platform::new();
    let warnings = |change: fn(&mut NewMeasure)| {
        let mut new = measure(against("BY"), prohibit());
        change(&mut new);
        platform.run(&platform.officer(), |env| special_measure::draft(env, &new)).unwrap().warnings
    };

    assert!(warnings(|_| {}).is_empty(), "{:?}", warnings(|_| {}));
    assert_eq!(warnings(|new| new.effective_from = at("2026-08-28T03:00:00Z")).len(), 1);
    assert_eq!(warnings(|new| new.expires_at = at("2027-03-04T05:00:00Z")).len(), 1);
}

/// SEC-04, SM-01: one person cannot put a measure in force.
#[test]
fn a_measure_takes_two_persons() {
    let platform = Platform::new();
    let measure = draft(&platform, &measure(against("BY"), prohibit()));
    let officer = platform.officer();
    let drafted = platform
        .run(&officer, |env| app::draft::draft(env, DraftAction::ActivateMeasure { measure }, "as published"))
        .unwrap();

    let alone = platform.run(&officer, |env| app::draft::approve(env, drafted.id));

    assert_eq!(refusal(alone).code, "same-person");
}

fn extension(measure: SpecialMeasureId, until: &str, reference: &str) -> DraftAction {
    DraftAction::ExtendMeasure { measure, until: at(until), reference: reference.into() }
}

/// SEC-04, SM-04: one person cannot prolong a measure, and only an approved one is prolonged, by a named instrument.
#[test]
fn a_longer_end_takes_two_persons_and_an_approved_measure() {
    let platform = Platform::new();
    let new = measure(against("BY"), prohibit());
    let later = "2028-03-02T05:00:00Z";
    let in_force = activate(&platform, &new);
    let only_drafted = draft(&platform, &new);
    let revoked = activate(&platform, &new);
    platform.decide_by_two(DraftAction::RevokeMeasure { measure: revoked }).unwrap();
    let officer = platform.officer();
    let try_draft = |action| platform.run(&officer, |env| app::draft::draft(env, action, "as published"));
    let cases = [
        ("only drafted", extension(only_drafted, later, "90 FR 1"), "measure-not-approved"),
        ("revoked", extension(revoked, later, "90 FR 1"), "measure-not-approved"),
        ("no instrument", extension(in_force, later, "  "), "reference-missing"),
        ("two lines", extension(in_force, later, "90\nFR 1"), "reference-missing"),
        ("no longer than it is", extension(in_force, UNTIL, "90 FR 1"), "extension-too-short"),
    ];
    for (name, action, code) in cases {
        assert_eq!(refusal(try_draft(action)).code, code, "{name}");
    }
    let drafted = try_draft(extension(in_force, later, " 90 FR 1 ")).unwrap();
    let find = || platform.run(&officer, |env| special_measure::find(env, in_force)).unwrap();
    assert_eq!(find().ends_at(), at(UNTIL), "a draft prolongs nothing");

    let alone = platform.run(&officer, |env| app::draft::approve(env, drafted.id));
    assert_eq!(refusal(alone).code, "same-person");
    platform.run(&platform.second_officer(), |env| app::draft::approve(env, drafted.id)).unwrap();

    assert_eq!(find().ends_at(), at(later));
    assert_eq!(find().extended_by[0].reference, "90 FR 1");
    assert_eq!(find().expires_at, at(UNTIL), "the first end stays on record");
}

/// SM-02: a person's measure reaches what it owns and whom it sells to, through the entry that was confirmed.
#[test]
fn a_measure_on_a_person_reaches_what_it_owns() {
    let platform = Platform::builder().with_watchlist(&["Ivan Petrov"]).build();
    let owners = [("Ivan Petrov", "BG", 250_000), ("Bela Bartfai", "HU", 750_000)];
    let customer = platform.enrol(&fixture::company(1, "Vektor EOOD", "BG", &owners)).customer.id;
    platform.enrol(&fixture::individual(2, "Ada Karenina", "BG"));
    let screenings = platform.app().store.with_reading_tx(|tx| tx.list_screenings(customer)).unwrap();
    let hit = screenings.iter().find(|screening| !screening.hits.is_empty()).unwrap();
    let (list, entry) = (hit.hits[0].list.clone(), hit.hits[0].entry.clone());
    let judged = DraftAction::JudgeHit {
        customer,
        screening: hit.id,
        list: list.clone(),
        entry: entry.clone(),
        kind: JudgementKind::TrueMatch,
        outcome: None,
    };
    platform.decide_by_two(judged).unwrap();
    let target = Target::Person { customers: vec![], entries: vec![ListEntry { list, entry }] };
    activate(
        &platform,
        &measure(target, MeasureAction::Condition { conditions: vec![Condition::DenyNewAccounts] }),
    );
    platform.clock.set(at(FROM));
    platform.settle();

    let of_owned = platform.ask("account-1", Action::Activate).verdict;
    let of_other = platform.ask("account-2", Action::Activate).verdict;

    assert!(of_owned.reasons().contains(&"measure-denies"));
    assert!(!of_other.reasons().contains(&"measure-denies"));
}

/// SM-03: each condition of the vocabulary is enforced, and the finding names measure and determination.
#[test]
fn each_condition_is_enforced() {
    use domain::decision::RequestContext;
    let context =
        |region: Option<&str>, resource: Option<(&str, u64)>, payment: Option<&str>| RequestContext {
            region: region.map(str::to_owned),
            resource: resource.map(|(name, _)| name.to_owned()),
            quantity: resource.map(|(_, quantity)| quantity),
            payment: payment.map(str::to_owned),
        };
    let empty = || context(None, None, None);
    let cases = [
        (
            Condition::RequireVerificationLevel { level: VerificationLevel::Additional },
            Action::Provision,
            empty(),
            Answer::Deny,
        ),
        (
            Condition::RequireApproval { role: domain::staff::Role::ComplianceOfficer },
            Action::Provision,
            empty(),
            Answer::Review,
        ),
        (
            Condition::RestrictProduct { resources: vec!["gpu".into()] },
            Action::Provision,
            context(None, Some(("gpu", 1)), None),
            Answer::Deny,
        ),
        (
            Condition::RestrictProduct { resources: vec!["gpu".into()] },
            Action::Provision,
            context(None, Some(("vcpu", 1)), None),
            Answer::AllowWithConditions,
        ),
        (
            Condition::RestrictRegion { allowed: vec!["us-1".into()] },
            Action::ChangeRegion,
            context(Some("eu-1"), None, None),
            Answer::Deny,
        ),
        (
            Condition::RestrictRegion { allowed: vec!["us-1".into()] },
            Action::ChangeRegion,
            context(Some("us-1"), None, None),
            Answer::AllowWithConditions,
        ),
        (
            Condition::Cap { resource: "vcpu".into(), max: 8 },
            Action::RaiseQuota,
            context(None, Some(("vcpu", 9)), None),
            Answer::Deny,
        ),
        (
            Condition::Cap { resource: "vcpu".into(), max: 8 },
            Action::RaiseQuota,
            context(None, Some(("vcpu", 8)), None),
            Answer::AllowWithConditions,
        ),
        (Condition::EnhancedMonitoring, Action::Provision, empty(), Answer::AllowWithConditions),
        (
            Condition::ReportActivity { every_days: 30 },
            Action::Provision,
            empty(),
            Answer::AllowWithConditions,
        ),
        (Condition::DenyNewAccounts, Action::Activate, empty(), Answer::Deny),
        (Condition::DenyNewAccounts, Action::Provision, empty(), Answer::Allow),
        (Condition::DenyCrypto, Action::Pay, context(None, None, Some("wallet")), Answer::Deny),
        (Condition::DenyCrypto, Action::Pay, context(None, None, Some("card")), Answer::AllowWithConditions),
        (Condition::WindDown { days: 30 }, Action::Provision, empty(), Answer::AllowWithConditions),
    ];
    let platform = Platform::new();
    let mut home = fixture::us_citizen(1, "Ada Karenina");
    home.facts.push(domain_fact("BY"));
    platform.enrol(&home);
    for (condition, action, context, expected) in cases {
        platform.clock.set(Timestamp::from_second(testkit::platform::START).unwrap());
        let conditions = vec![condition.clone()];
        let measure = activate(&platform, &measure(against("BY"), MeasureAction::Condition { conditions }));
        platform.clock.set(at(FROM));
        platform.settle();

        let asked = platform.ask_with("account-1", action, context);

        let finding = &asked.verdict.findings[1];
        assert_eq!((&*finding.gate, finding.answer), ("special-measure", expected), "{condition:?}");
        assert_eq!(!finding.because.is_empty(), expected > Answer::Allow, "{condition:?}");
        platform.decide_by_two(DraftAction::RevokeMeasure { measure }).unwrap();
    }
}

/// ADP-03, ADP-04: an exemption lifts identification terms and nothing else; revoked, the terms are back at once.
#[test]
fn an_exemption_lifts_identification_terms_only() {
    let platform = Platform::builder().with_watchlist(&["Ivan Petrov"]).build();
    let mut trial = fixture::individual(1, "Ada Karenina", "DE");
    trial.account = Some(fixture::account(1, AccountKind::Trial));
    platform.enrol(&trial);
    let mut listed = fixture::individual(2, "Ivan Petrov", "DE");
    listed.account = Some(fixture::account(2, AccountKind::Trial));
    platform.enrol(&listed);
    platform.enrol(&fixture::individual(3, "Bela Bartfai", "DE"));
    let scope = ExemptionScope::AccountType { kind: AccountKind::Trial };
    let exemption = platform
        .run(&platform.officer(), |env| exemption::draft(env, scope, "89 FR 1, finding", None))
        .unwrap()
        .id;
    assert_eq!(answer(&platform, "account-1"), Answer::AllowWithConditions, "a draft lifts nothing");

    platform.decide_by_two(DraftAction::GrantExemption { exemption }).unwrap();

    assert_eq!(answer(&platform, "account-1"), Answer::Allow);
    assert_ne!(answer(&platform, "account-2"), Answer::Allow, "the hit stands");
    assert_eq!(answer(&platform, "account-3"), Answer::AllowWithConditions, "another kind of account");
    activate(&platform, &measure(against("DE"), prohibit()));
    platform.clock.set(at(FROM));
    assert_eq!(answer(&platform, "account-1"), Answer::Deny, "the measure stands");
    platform.clock.set(at(UNTIL));
    assert_eq!(answer(&platform, "account-1"), Answer::Allow);

    platform.run(&platform.officer(), |env| exemption::revoke(env, exemption)).unwrap();
    let after = answer(&platform, "account-1");
    assert!(after > Answer::Allow, "{after:?}");
}

/// SM-01: a measure whose time is over already is refused.
#[test]
fn a_measure_that_is_over_already_is_refused() {
    let platform = Platform::new();
    let mut over = measure(
        Target::Jurisdiction { places: vec!["DE".parse().unwrap()] },
        MeasureAction::Prohibit { opening: true, maintaining: false },
    );
    over.effective_from = "2020-01-01T00:00:00Z".parse().unwrap();
    over.expires_at = "2021-01-01T00:00:00Z".parse().unwrap();

    let refused = refusal(platform.run(&platform.officer(), |env| special_measure::draft(env, &over)));

    assert_eq!((refused.code, refused.pointer.as_deref()), ("measure-interval", Some("/expires_at")));
}
