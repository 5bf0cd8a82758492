//! What the gate answers, and that every answer can be made again.

use app::failure::RefusalKind;
use app::gate::GateQuestion;
use app::vault::Vault as _;
use app::{account, decision, draft};
use domain::case::CaseKind;
use domain::decision::{Action, Answer, RequestContext};
use domain::draft::{CaseOutcome, DraftAction};
use domain::special_measure::Condition;
use jiff::SignedDuration;
use testkit::{Platform, fixture};

use crate::refusal;

/// CIP-24: a stored decision is made again from what is stored with it, after everything around it changed.
#[test]
fn a_decision_replays_after_everything_around_it_changed() {
    let mut platform = Platform::builder().with_watchlist(&["Ivan Petrov"]).build();
    let owners = [("Ivan Petrov", "RU", 600_000), ("Bela Bartfai", "HU", 400_000)];
    let enrolled = platform.enrol(&fixture::company(1, "Vektor GmbH", "DE", &owners));
    let customer = enrolled.customer.id;
    platform.decide(customer, CaseKind::Identification, CaseOutcome::InterimTerms).unwrap();
    platform.clock.advance_days(400);
    platform.reopen();

    let decisions = platform.run(&platform.auditor(), |env| decision::list_decisions(env, customer)).unwrap();
    assert_eq!(decisions.len(), 2);
    for made in decisions {
        let replay = platform.run(&platform.auditor(), |env| decision::replay(env, made.id)).unwrap();

        assert!(replay.same && replay.same_engine && replay.differing_gates.is_empty());
        assert!(!made.facts.terms.packs_version.is_empty() && !made.facts.terms.lists_version.is_empty());
        assert_eq!(made.verdict.findings.len(), domain::decision::GATES.len(), "every finding is kept");
    }
}

/// Q2: the strictest gate decides, and all that spoke are named.
#[test]
fn the_strictest_gate_decides() {
    let platform = Platform::builder().with_watchlist(&["Ivan Petrov"]).build();
    let customer = platform.enrol(&fixture::individual(1, "Ivan Petrov", "BG")).customer.id;
    let restrict = |conditions: Vec<Condition>| {
        platform.run(&platform.officer(), |env| {
            app::customer::restrict::restrict_customer(env, customer, conditions, "abuse-report").unwrap();
        });
        platform.settle();
        platform.ask("account-1", Action::Open).verdict
    };

    // Interim terms allow with conditions, the hit asks for review: review.
    let asked = platform.ask("account-1", Action::Open).verdict;
    assert_eq!(asked.answer, Answer::Review);
    assert_eq!(asked.reasons()[0], "hit-open");
    assert!(asked.reasons().contains(&"identity-not-verified"));
    let denied = restrict(vec![Condition::DenyNewAccounts]);
    assert_eq!(denied.answer, Answer::Deny);
    assert_eq!(denied.reasons()[0], "restriction-denies");
    let lifted = restrict(Vec::new());
    assert_eq!(lifted.answer, Answer::Review);
}

/// Q2: a change is in the answer right after the gate followed the log, and survives a restart.
#[test]
fn a_change_is_answered_right_after_the_gate_followed() {
    let mut platform = Platform::new();
    let opened = platform.enrol(&fixture::individual(1, "Ada Karenina", "DE")).account.unwrap();
    let id = opened.account.id;
    let answer = |platform: &Platform| platform.ask("account-1", Action::Provision);
    let before = answer(&platform);
    assert_eq!(before.verdict.answer, Answer::AllowWithConditions);

    platform.run(&platform.officer(), |env| account::suspend(env, id, None, "abuse-report")).unwrap();
    platform.settle();

    let after = answer(&platform);
    assert_eq!(after.verdict.answer, Answer::Deny);
    assert_eq!(after.facts.account.version, before.facts.account.version + 1);
    assert!(after.position > before.position);
    platform.reopen();
    assert_eq!(answer(&platform).verdict.answer, Answer::Deny);
    platform.run(&platform.officer(), |env| account::resume(env, id, "abuse-report-withdrawn")).unwrap();
    platform.settle();
    assert_eq!(answer(&platform).verdict.answer, Answer::AllowWithConditions);
}

/// Q2: our id and the control plane's own name the same account; an answer says how long it is good.
#[test]
fn an_account_is_known_by_either_id() {
    let platform = Platform::new();
    let id = platform.enrol(&fixture::individual(1, "Ada Karenina", "DE")).account.unwrap().account.id;

    let ours = platform.ask(&id.to_string(), Action::Pay);
    let theirs = platform.ask("account-1", Action::Pay);

    assert_eq!((ours.facts.account.id, &ours.verdict), (theirs.facts.account.id, &theirs.verdict));
    assert_eq!(ours.valid_until.duration_since(ours.facts.at), SignedDuration::from_secs(60));
}

/// Q2: an answer is good no longer than what it rests on: interim terms that end in ten seconds end it.
#[test]
fn an_answer_is_good_no_longer_than_what_it_rests_on() {
    let platform = Platform::new();
    let customer = platform.enrol(&fixture::individual(1, "Ada Karenina", "DE")).customer.id;
    platform.decide(customer, CaseKind::Identification, CaseOutcome::InterimTerms).unwrap();
    let domain::customer::Identification::Unable {
        answer: domain::customer::UnableAnswer::InterimTerms { until: Some(until) },
        ..
    } = platform.customer(customer).identification
    else {
        panic!("not on interim terms")
    };

    platform.clock.set(until - SignedDuration::from_secs(10));
    platform.settle();
    let last = platform.ask("account-1", Action::Provision);
    platform.clock.set(until);
    platform.settle();
    let over = platform.ask("account-1", Action::Provision);

    assert_eq!((last.verdict.answer, last.valid_until), (Answer::AllowWithConditions, until));
    assert_eq!(over.verdict.answer, Answer::Review);
    assert!(over.verdict.reasons().contains(&"interim-terms-over"));
}

/// Q2: a table that is too old refuses what is set to fail closed, and says so where an old answer may do.
#[test]
fn a_stale_table_fails_as_each_action_is_set() {
    let platform = Platform::new();
    platform.enrol(&fixture::individual(1, "Ada Karenina", "DE"));
    let actor = platform.control_plane();
    let ask = |action| {
        let question =
            GateQuestion { account: "account-1".into(), action, context: RequestContext::default() };
        platform.app().gate.ask(platform.app(), &actor, &question)
    };

    platform.clock.advance(SignedDuration::from_millis(5_001));

    for action in
        [Action::Open, Action::Activate, Action::Provision, Action::RaiseQuota, Action::ChangeRegion]
    {
        let refused = ask(action).unwrap_err();
        assert_eq!((refused.code, refused.kind), ("gate-stale", RefusalKind::Unavailable), "{action:?}");
    }
    for action in [Action::Pay, Action::Administer] {
        assert!(ask(action).unwrap().stale, "{action:?}");
    }
    platform.settle();
    assert!(!ask(Action::Provision).unwrap().stale);
}

/// A credential without the right scope asks nothing.
#[test]
fn the_gate_answers_those_who_may_ask() {
    let platform = Platform::new();
    platform.enrol(&fixture::individual(1, "Ada Karenina", "DE"));
    let question =
        GateQuestion { account: "account-1".into(), action: Action::Pay, context: RequestContext::default() };

    let refused = platform.app().gate.ask(platform.app(), &platform.auditor(), &question).unwrap_err();

    assert_eq!(refused.code, "scope-missing");
}

/// Events have positions without gaps, in the order things happened, and each aggregate's versions rise.
#[test]
fn events_are_in_one_order_without_gaps() {
    let platform = Platform::new();
    let first = platform.enrol(&fixture::individual(1, "Ada Karenina", "DE"));
    platform.clock.advance(SignedDuration::from_hours(-1));
    let second = platform.enrol(&fixture::individual(2, "Bela Bartfai", "HU"));
    platform.verify(first.customer.id).unwrap();

    let (events, last) = platform.run(&platform.auditor(), |env| app::event::list(env, 0, 1_000)).unwrap();

    let positions: Vec<u64> = events.iter().map(|(position, _)| *position).collect();
    assert_eq!(positions, (1..=last).collect::<Vec<_>>());
    let enrolled = |id| {
        events.iter().position(|(_, event)| event.kind == "customer.enrolled" && event.customer == Some(id))
    };
    assert!(enrolled(first.customer.id) < enrolled(second.customer.id));
    let mut versions: std::collections::HashMap<&str, u64> = Default::default();
    for (_, event) in &events {
        let before = versions.insert(&event.object, event.version);
        assert!(before.is_none_or(|before| before <= event.version), "{} {}", event.kind, event.object);
    }
    let page = platform.run(&platform.auditor(), |env| app::event::list(env, 3, 2)).unwrap();
    assert_eq!((page.0.len(), page.1), (2, 5));
}

/// SEC-04: roles that decide are given by two persons.
#[test]
fn roles_that_decide_take_two_persons() {
    let platform = Platform::new();
    let administrator = platform.administrator();
    let other = platform.member("other-administrator", &[domain::staff::Role::Administrator], None);
    let roles = vec![domain::staff::Role::ComplianceOfficer];
    let alone =
        platform.run(&administrator, |env| app::staff::invite(env, "new-officer", &roles, None).map(|_| ()));
    assert_eq!(refusal(alone).code, "two-persons-needed");
    let invited = platform
        .run(&administrator, |env| {
            app::staff::invite(env, "new-auditor", &[domain::staff::Role::Auditor], None)
        })
        .unwrap();
    let action = DraftAction::GiveRole { staff: invited.staff.id, roles };
    let drafted = platform.run(&administrator, |env| draft::draft(env, action, "joins the team")).unwrap();

    let own = platform.run(&administrator, |env| draft::approve(env, drafted.id));
    assert_eq!(refusal(own).code, "same-person");
    platform.run(&other, |env| draft::approve(env, drafted.id)).unwrap();
}

/// SEC-04: only who drafted it takes a draft back, and then nobody approves it.
#[test]
fn a_draft_is_withdrawn_by_its_drafter_alone() {
    let platform = Platform::new();
    let customer = platform.enrol_individual("Ada Karenina", "DE").customer.id;
    let case = platform.open_case(customer, CaseKind::Identification).id;
    let action =
        DraftAction::DecideCase { case, kind: Some(CaseKind::Identification), outcome: CaseOutcome::Refuse };
    let (officer, second) = (platform.officer(), platform.second_officer());
    let drafted = platform.run(&officer, |env| draft::draft(env, action, "as the file shows")).unwrap();

    let other = platform.run(&second, |env| draft::withdraw(env, drafted.id));
    assert_eq!(refusal(other).code, "not-drafter");
    let withdrawn = platform.run(&officer, |env| draft::withdraw(env, drafted.id)).unwrap();

    assert_eq!(withdrawn.status.as_str(), "withdrawn");
    assert!(platform.run(&second, draft::list_waiting).unwrap().is_empty());
    for settled in [
        platform.run(&second, |env| draft::approve(env, drafted.id)),
        platform.run(&officer, |env| draft::withdraw(env, drafted.id)),
    ] {
        assert_eq!(refusal(settled).code, "draft-settled");
    }
}

/// SEC-01, RET-03: what persons write of a draft or a hit is sealed, shown to who may see it, and shredded with the
/// customer.
#[test]
fn a_written_reason_is_sealed_and_dies_with_its_customer() {
    let reason = "her cousin says she was born in Xanthi";
    let platform = Platform::builder().with_watchlist(&["Ivan Petrov"]).build();
    let customer = platform.enrol_individual("Ivan Petrov", "BG").customer.id;
    let store = &platform.app().store;
    let screenings = store.with_reading_tx(|tx| tx.list_screenings(customer)).unwrap();
    let hit = &screenings[0].hits[0];
    let action = DraftAction::JudgeHit {
        customer,
        screening: screenings[0].id,
        list: hit.list.clone(),
        entry: hit.entry.clone(),
        kind: domain::screening::JudgementKind::FalsePositive,
        outcome: None,
    };
    let (officer, second) = (platform.officer(), platform.second_officer());
    let drafted = platform.run(&officer, |env| draft::draft(env, action, reason)).unwrap();
    let opened =
        |of: &domain::draft::Draft| platform.run(&second, |env| draft::open_reason(env, of)).unwrap();
    assert_eq!(opened(&drafted).as_deref(), Some(reason));
    platform.run(&second, |env| draft::approve(env, drafted.id)).unwrap();

    let (kept, judgements) = store
        .with_reading_tx(|tx| {
            Ok::<_, app::store::StoreError>((tx.find_draft(drafted.id)?, tx.list_judgements(customer)?))
        })
        .unwrap();
    let rows = serde_json::to_string(&(&kept, &judgements)).unwrap();
    assert!(!rows.contains("cousin") && judgements[0].reason_sealed.is_some(), "{rows}");
    platform.vault().shred(domain::fact::SubjectId::Customer(customer), None).unwrap();
    assert_eq!(opened(&kept.unwrap()), None);
}
