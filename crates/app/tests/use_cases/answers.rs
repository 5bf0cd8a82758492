//! The answer log: every answer of the gate can be made again, whatever changed since (CIP-24).

use app::failure::Failure;
use app::gate::{self, AnswerReplay, GateAnswer, GateQuestion};
use app::special_measure::NewMeasure;
use app::{account, exemption, special_measure};
use domain::account::AccountKind;
use domain::case::CaseKind;
use domain::decision::{Action, RequestContext};
use domain::draft::{CaseOutcome, DraftAction};
use domain::exemption::ExemptionScope;
use domain::id::{AnswerId, CustomerId};
use domain::special_measure::{AppliesTo, Condition, MeasureAction, Target};
use domain::staff::Scope;
use jiff::SignedDuration;
use testkit::{Platform, fixture};

use crate::refusal;

fn replay(platform: &Platform, id: AnswerId) -> Result<AnswerReplay, Failure> {
    platform.run(&platform.auditor(), |env| gate::replay_answer(env, id))
}

fn flush(platform: &Platform) -> usize {
    platform.app().gate.flush_answers(platform.app()).unwrap()
}

fn row(platform: &Platform, id: AnswerId) -> String {
    platform.app().store.with_reading_tx(|tx| tx.find_gate_answer(&id.to_string())).unwrap().unwrap()
}

/// Puts a measure on persons in Belarus in force, a day ago.
fn order(platform: &Platform, action: MeasureAction) {
    let now = app::clock::Clock::now(&*platform.clock);
    let new = NewMeasure {
        target: Target::Jurisdiction { places: vec!["BY".parse().unwrap()] },
        determination_on: domain::clock::Zone::utc().date_of(now),
        effective_from: now - SignedDuration::from_hours(24),
        expires_at: now + SignedDuration::from_hours(24 * 30),
        legal_reference: "15 CFR 7.307".into(),
        document_hash: "ab".repeat(32),
        action,
        applies_to: AppliesTo { account_kinds: vec![], product_classes: vec![], reseller_accounts: true },
    };
    let drafted = platform.run(&platform.officer(), |env| special_measure::draft(env, &new)).unwrap();
    platform.decide_by_two(DraftAction::ActivateMeasure { measure: drafted.measure.id }).unwrap();
}

fn exempt(platform: &Platform) {
    let scope = ExemptionScope::AccountType { kind: AccountKind::Standard };
    let drafted = platform.run(&platform.officer(), |env| exemption::draft(env, scope, "89 FR 1", None));
    let exemption = drafted.unwrap().id;
    platform.decide_by_two(DraftAction::GrantExemption { exemption }).unwrap();
}

/// Switches a shipped pack on or off.
fn turn_pack(platform: &Platform, name: &str) {
    platform.run(&app::actor::Actor::command(), |env| {
        env.store()
            .with_tx(|tx| {
                let mut pack = tx.list_packs()?.into_iter().find(|pack| pack.id.starts_with(name)).unwrap();
                pack.active = !pack.active;
                tx.put_pack(&pack)
            })
            .unwrap();
        env.platform.put_packs(app::pack::load_active(env).unwrap());
    });
}

fn restrict(platform: &Platform, customer: CustomerId, conditions: Vec<Condition>) {
    platform
        .run(&platform.officer(), |env| {
            app::customer::restrict::restrict_customer(env, customer, conditions.clone(), "abuse-report")
        })
        .unwrap();
}

/// CIP-24: answers from before and after changes of measure, exemption, pack, customer and account are all made
/// again as they were given, after a restart too.
#[test]
fn every_answer_replays_whatever_changed_since() {
    let mut platform = Platform::new();
    let enrolled = platform.enrol(&fixture::individual(1, "Ada Karenina", "BY"));
    let (customer, account) = (enrolled.customer.id, enrolled.account.unwrap().account.id);
    let officer = platform.officer();
    let mut given: Vec<GateAnswer> = Vec::new();
    let mut ask_all = |platform: &Platform| {
        platform.settle();
        given.extend(Action::ALL.iter().map(|action| platform.ask("account-1", *action)));
    };

    ask_all(&platform);
    order(&platform, MeasureAction::Condition { conditions: vec![Condition::DenyCrypto] });
    ask_all(&platform);
    flush(&platform);
    turn_pack(&platform, "us-eo13984-strict");
    ask_all(&platform);
    order(&platform, MeasureAction::Prohibit { opening: true, maintaining: true });
    ask_all(&platform);
    flush(&platform);
    platform.reopen();
    restrict(&platform, customer, vec![Condition::Cap { resource: "gpu".into(), max: 4 }]);
    ask_all(&platform);
    exempt(&platform);
    platform.decide(customer, CaseKind::Identification, CaseOutcome::InterimTerms).unwrap();
    ask_all(&platform);
    platform.clock.advance_days(40);
    turn_pack(&platform, "in-certin");
    ask_all(&platform);
    platform.run(&officer, |env| account::suspend(env, account, None, "abuse-report")).unwrap();
    ask_all(&platform);
    flush(&platform);
    platform.reopen();

    let mut verdicts = std::collections::HashSet::new();
    for answer in given {
        let replayed = replay(&platform, answer.id).unwrap();

        assert_eq!(replayed.answer, answer, "kept as given");
        assert!(replayed.same && replayed.same_engine && replayed.differing_gates.is_empty());
        assert_eq!(replayed.verdict, answer.verdict);
        verdicts.insert(answer.verdict);
    }
    assert!(verdicts.len() > 12, "the changes were such that answers differ: {}", verdicts.len());
}

/// CIP-24: the same over changes without order, for several accounts, contexts and moments of writing.
#[test]
fn every_answer_replays_after_any_changes_in_any_order() {
    for seed in 1..=4_u64 {
        let mut platform = Platform::new();
        let accounts: Vec<_> = [("DE", 1), ("BY", 2), ("US", 3)]
            .map(|(country, number)| platform.enrol(&fixture::individual(number, "Ada Karenina", country)))
            .into();
        let mut state = seed;
        let mut random = move |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let (mut given, mut waiting): (Vec<GateAnswer>, Vec<GateAnswer>) = Default::default();
        for _ in 0..40 {
            let number = random(3);
            let enrolled = &accounts[number as usize];
            let account = enrolled.account.as_ref().unwrap().account.id;
            let officer = platform.officer();
            match random(9) {
                // What is not possible in the present state changes nothing.
                0 => drop(platform.run(&officer, |env| account::suspend(env, account, None, "abuse-report"))),
                1 => drop(platform.run(&officer, |env| account::resume(env, account, "withdrawn"))),
                2 => restrict(&platform, enrolled.customer.id, vec![Condition::DenyNewAccounts]),
                3 => restrict(&platform, enrolled.customer.id, Vec::new()),
                4 => exempt(&platform),
                5 => turn_pack(&platform, ["us-eo13984-strict", "in-certin"][random(2) as usize]),
                6 => order(&platform, MeasureAction::Prohibit { opening: random(2) == 0, maintaining: true }),
                7 => drop(platform.clock.advance_days(random(50) as i64)),
                _ => {
                    // What was not written yet is lost: in a server a second's worth at most.
                    platform.reopen();
                    waiting.clear();
                }
            }
            platform.settle();
            for _ in 0..random(4) {
                let context = RequestContext {
                    quantity: (random(2) == 0).then(|| u64::MAX - random(2)),
                    ..Default::default()
                };
                let action = Action::ALL[random(7) as usize];
                waiting.push(platform.ask_with(&format!("account-{}", 1 + random(3)), action, context));
            }
            if random(2) == 0 {
                flush(&platform);
                given.append(&mut waiting);
            }
        }

        assert!(given.len() > 10, "seed {seed}: {}", given.len());
        for answer in given {
            let replayed = replay(&platform, answer.id).unwrap();
            assert_eq!(replayed.answer, answer, "seed {seed}");
            assert!(replayed.same, "seed {seed}");
        }
    }
}

/// CIP-24: what did not change is written once: a later answer names the row, and nothing else differs.
#[test]
fn an_answer_that_differs_in_its_instant_alone_is_a_short_row() {
    let platform = Platform::new();
    let customer = platform.enrol(&fixture::individual(1, "Ada Karenina", "DE")).customer.id;
    let first = platform.ask("account-1", Action::Provision);
    platform.clock.advance(SignedDuration::from_secs(1));
    let second = platform.ask("account-1", Action::Provision);
    assert_eq!(flush(&platform), 2);
    restrict(&platform, customer, vec![Condition::DenyNewAccounts]);
    platform.settle();
    let changed = platform.ask("account-1", Action::Provision);
    flush(&platform);

    let names = |id, first: AnswerId| row(&platform, id).contains(&format!(r#""same_as":"{first}""#));
    assert!(!names(first.id, first.id) && names(second.id, first.id) && !names(changed.id, first.id));
    assert!(row(&platform, second.id).len() < 400, "{}", row(&platform, second.id));
    assert_eq!(replay(&platform, second.id).unwrap().answer, second);
    for (hours, expected) in [(25, true), (25, false), (49, false)] {
        platform.clock.advance(SignedDuration::from_hours(hours));
        platform.settle();
        let later = platform.ask("account-1", Action::Provision);
        flush(&platform);
        let named = names(later.id, changed.id);
        assert_eq!(named, expected, "a row names none that is more than three days older");
        assert_eq!(replay(&platform, later.id).unwrap().answer, later);
    }
}

/// CIP-24: a row that was altered, made up or put in the place of another is noticed, and so is one whose facts
/// are gone.
#[test]
fn an_altered_row_is_noticed() {
    let platform = Platform::new();
    platform.enrol(&fixture::individual(1, "Ada Karenina", "DE"));
    let full = platform.ask("account-1", Action::Provision);
    platform.clock.advance(SignedDuration::from_secs(1));
    let short = platform.ask("account-1", Action::Provision);
    flush(&platform);
    let (full_row, short_row) = (row(&platform, full.id), row(&platform, short.id));
    let put = |id: AnswerId, text: String| {
        platform
            .app()
            .store
            .with_tx(|tx| tx.insert_gate_answers(&[(id.to_string(), full.facts.at, text.clone())]))
            .unwrap();
    };
    let own = |text: &str, id: AnswerId| {
        text.replace(&full.id.to_string(), &id.to_string()).replace(&short.id.to_string(), &id.to_string())
    };

    for (case, text) in [
        ("in the place of another", full_row.clone()),
        ("a short row in the place of another", short_row.clone()),
        ("under another id", "own".to_owned()),
        ("another verdict", full_row.replacen("allow", "deny", 1)),
        ("another instant", short_row.replacen("2026", "2027", 1)),
        ("without its proof", full_row.split(r#","mac""#).next().unwrap().to_owned() + "}"),
        ("no JSON", "nonsense".to_owned()),
    ] {
        let id = platform.app().ids.next().into();
        put(id, if text == "own" { own(&full_row, id) } else { text });

        assert_eq!(refusal(replay(&platform, id)).code, "answer-altered", "{case}");
    }
    assert_eq!(refusal(replay(&platform, platform.app().ids.next().into())).code, "no-such-answer");
    assert!(replay(&platform, full.id).unwrap().same && replay(&platform, short.id).unwrap().same);
}

/// An answer on record is seen by whoever may read customers or the ledger.
#[test]
fn answers_on_record_are_for_those_who_may_read_them() {
    let platform = Platform::new();
    platform.enrol(&fixture::individual(1, "Ada Karenina", "DE"));
    let answer = platform.ask("account-1", Action::Pay);
    flush(&platform);
    let find = |actor| platform.run(&actor, |env| gate::find_answer(env, answer.id));

    let asks_only = app::actor::Actor { scopes: vec![Scope::Gate], ..platform.control_plane() };

    assert_eq!(find(platform.auditor()).unwrap(), answer);
    assert_eq!(refusal(find(asks_only)).code, "scope-missing");
}

/// When the log does not take answers the gate refuses instead of growing, and answers again once it does.
#[test]
fn the_gate_gives_no_answer_that_leaves_no_trace() {
    let platform = Platform::new();
    platform.enrol(&fixture::individual(1, "Ada Karenina", "DE"));
    let (gate, actor) = (&platform.app().gate, platform.control_plane());
    let question =
        GateQuestion { account: "account-1".into(), action: Action::Pay, context: RequestContext::default() };
    let ask = || gate.ask(platform.app(), &actor, &question);

    let refused = (0..1_000_000).find_map(|_| ask().err()).expect("there is a bound");
    assert_eq!(refused.code, "gate-log-full");
    let written = flush(&platform);

    assert!(written >= 10_000, "short delays of the store refuse nobody: {written}");
    assert!(ask().is_ok());
    assert_eq!(flush(&platform), 1);
}
