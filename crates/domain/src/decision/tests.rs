use std::sync::Arc;

use jiff::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::account::AccountKind;
use crate::customer::{ConfirmedEntry, Located, PlaceBasis};
use crate::fact::Source;
use crate::id::{PersonId, ProductId, ProviderId, SpecialMeasureId};
use crate::ownership::{Holding, ListedHolding};
use crate::pack::{Attribution, Comparison};
use crate::screening::{Consequence, HitOutcome, HitOutcomeKind, HitStatus, OwnershipTest};
use crate::special_measure::MeasureAction;
use crate::special_measure::{
    Affected, AppliesTo, Extension, ListEntry, MatchReason, MatchedParty, MeasureIndex, MeasureStatus, Target,
};
use crate::verification::VerificationLevel;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

const NOW: i64 = 1_800_000_000;
const DAY: i64 = 86_400;

fn clean() -> Facts {
    let standing = Standing {
        classification: Classification::Foreign,
        screened_with: Some("lists".into()),
        level: VerificationLevel::Documentary,
        places: vec![Located {
            place: "RU".parse().unwrap(),
            basis: PlaceBasis::Address,
            of_owner: false,
            strength: Source::Documented,
        }],
        ..Standing::unknown()
    };
    Facts {
        action: Action::Provision,
        context: RequestContext::default(),
        at: at(NOW),
        account: Arc::new(Account {
            id: AccountId::from(Uuid::from_u128(1)),
            customer: CustomerId::from(Uuid::from_u128(2)),
            provider: ProviderId::from(Uuid::from_u128(3)),
            product: ProductId::from(Uuid::from_u128(4)),
            external_id: None,
            kind: AccountKind::Standard,
            reseller: None,
            status: AccountStatus::Open { opened_at: at(0) },
            restrictions: Vec::new(),
            approvals: Vec::new(),
            opened_remotely: true,
            created_at: at(0),
            version: 1,
        }),
        identification: Identification::Verified {
            verified_at: at(0),
            level: VerificationLevel::Documentary,
            reverify_at: None,
        },
        standing: Arc::new(standing),
        resellers: Vec::new(),
        measures: Vec::new(),
        exempt_under: Vec::new(),
        provider_certified: true,
        terms: Arc::new(Terms {
            packs_version: "packs".into(),
            interim_terms: Some(vec![Condition::Cap { resource: "vcpu".into(), max: 4 }]),
            certification_first: Some("pack 7.304".into()),
            screening_on: true,
            lists_version: "lists".into(),
            lists: Vec::new(),
        }),
    }
}

fn measure(action: MeasureAction, from: i64, until: i64) -> SpecialMeasure {
    SpecialMeasure {
        id: SpecialMeasureId::from(Uuid::from_u128(9)),
        target: Target::Jurisdiction { places: vec!["RU".parse().unwrap()] },
        determination_on: "2026-01-01".parse().unwrap(),
        effective_from: at(from),
        expires_at: at(until),
        extended_by: Vec::new(),
        legal_reference: "determination 1".into(),
        document_hash: "00".repeat(32),
        action,
        applies_to: AppliesTo { account_kinds: vec![], product_classes: vec![], reseller_accounts: true },
        status: MeasureStatus::Approved { approved_at: at(0) },
        version: 2,
    }
}

fn under(measure: SpecialMeasure) -> Facts {
    let found = MeasureMatch {
        measure: measure.id,
        of: MatchedParty::Customer,
        reason: MatchReason::Named,
        strength: Source::Documented,
    };
    Facts { measures: vec![(Arc::new(measure), found)], ..clean() }
}

fn standing(change: impl FnOnce(&mut Standing)) -> Facts {
    let facts = clean();
    let mut standing = (*facts.standing).clone();
    change(&mut standing);
    Facts { standing: Arc::new(standing), ..facts }
}

fn account(change: impl FnOnce(&mut Account)) -> Facts {
    let facts = clean();
    let mut account = (*facts.account).clone();
    change(&mut account);
    Facts { account: Arc::new(account), ..facts }
}

fn prohibit() -> MeasureAction {
    MeasureAction::Prohibit { opening: true, maintaining: true }
}

/// CIP-14, CIP-15, CIP-23, CRT-08, RSL-07, RF-02, SM-03: each gate can be the strictest.
#[test]
fn the_strictest_finding_wins() {
    let open = Identification::Open { since: at(0) };
    let reseller = |status| {
        let reseller = CustomerId::from(Uuid::from_u128(7));
        vec![ResellerFacts { reseller, status, on_lists: OnLists::default() }]
    };
    let cases = [
        ("nothing against it", clean(), Answer::Allow),
        (
            "identity not verified",
            Facts { identification: open.clone(), ..clean() },
            Answer::AllowWithConditions,
        ),
        ("data missing", Facts { identification: Identification::Draft, ..clean() }, Answer::Deny),
        ("hit not yet reviewed", standing(|s| s.hits = HitStatus::Open), Answer::Review),
        ("hit confirmed", standing(|s| s.hits = HitStatus::Confirmed), Answer::Deny),
        ("never screened", standing(|s| s.screened_with = None), Answer::Review),
        ("measure prohibits it", under(measure(prohibit(), NOW - 1, NOW + 1)), Answer::Deny),
        ("provider not certified", Facts { provider_certified: false, ..clean() }, Answer::Deny),
        (
            "reseller without programme",
            Facts { resellers: reseller(ResellerStatus::Pending), ..clean() },
            Answer::Review,
        ),
        ("reseller blocked", Facts { resellers: reseller(ResellerStatus::Blocked), ..clean() }, Answer::Deny),
        (
            "restricted after a red flag",
            account(|a| a.restrictions = vec![Condition::EnhancedMonitoring]),
            Answer::AllowWithConditions,
        ),
        (
            "account closed",
            account(|a| a.status = AccountStatus::Closed { opened_at: None, closed_at: at(1) }),
            Answer::Deny,
        ),
    ];
    for (name, facts, expected) in cases {
        let verdict = decide(&facts);
        assert_eq!(verdict.answer, expected, "{name}: {:?}", verdict.reasons());
        assert_eq!(verdict.findings.len(), GATES.len(), "{name}: every gate is asked");
    }
}

/// SM-04: in force from its first instant to before its last, without a job; an extension keeps it in force.
#[test]
fn a_measure_is_in_force_exactly_in_its_interval() {
    let from = NOW + 180 * DAY;
    let until = from + 185 * DAY;
    let cases =
        [(from - 1, Answer::Allow), (from, Answer::Deny), (until - 1, Answer::Deny), (until, Answer::Allow)];
    for (instant, expected) in cases {
        let facts = Facts { at: at(instant), ..under(measure(prohibit(), from, until)) };
        assert_eq!(decide(&facts).answer, expected, "{}", instant - from);
    }

    let mut extended = measure(prohibit(), from, until);
    extended.extended_by.push(Extension { until: at(until + DAY), reference: "determination 2".into() });
    let facts = Facts { at: at(until), ..under(extended) };
    assert_eq!(decide(&facts).answer, Answer::Deny);
}

/// SM-03: each condition, with a request that keeps to it and one that does not.
#[test]
fn each_condition_has_its_answer() {
    let gpu = RequestContext { resource: Some("gpu".into()), quantity: Some(8), ..RequestContext::default() };
    let abroad = RequestContext { region: Some("sg-1".into()), ..RequestContext::default() };
    let wallet = RequestContext { payment: Some("wallet".into()), ..RequestContext::default() };
    let plain = RequestContext::default();
    let level = |level| Condition::RequireVerificationLevel { level };
    let cases = [
        (level(VerificationLevel::Documentary), Action::Provision, &plain, Answer::Allow),
        (level(VerificationLevel::Additional), Action::Provision, &plain, Answer::Deny),
        (level(VerificationLevel::Additional), Action::Administer, &plain, Answer::Allow),
        (
            Condition::RequireApproval { role: crate::staff::Role::ComplianceOfficer },
            Action::Provision,
            &plain,
            Answer::Review,
        ),
        (Condition::RestrictProduct { resources: vec!["gpu".into()] }, Action::Provision, &gpu, Answer::Deny),
        (
            Condition::RestrictProduct { resources: vec!["gpu".into()] },
            Action::Provision,
            &plain,
            Answer::AllowWithConditions,
        ),
        (
            Condition::RestrictRegion { allowed: vec!["us-1".into()] },
            Action::ChangeRegion,
            &abroad,
            Answer::Deny,
        ),
        (Condition::Cap { resource: "gpu".into(), max: 7 }, Action::RaiseQuota, &gpu, Answer::Deny),
        (
            Condition::Cap { resource: "gpu".into(), max: 8 },
            Action::RaiseQuota,
            &gpu,
            Answer::AllowWithConditions,
        ),
        (Condition::DenyNewAccounts, Action::Open, &plain, Answer::Deny),
        (Condition::DenyNewAccounts, Action::Provision, &plain, Answer::Allow),
        (Condition::DenyCrypto, Action::Pay, &wallet, Answer::Deny),
        (Condition::EnhancedMonitoring, Action::Provision, &plain, Answer::AllowWithConditions),
        (
            Condition::ReportActivity { every_days: 30 },
            Action::Provision,
            &plain,
            Answer::AllowWithConditions,
        ),
        (Condition::WindDown { days: 30 }, Action::Provision, &plain, Answer::AllowWithConditions),
    ];
    for (condition, action, context, expected) in cases {
        let name = format!("{condition:?} {action:?}");
        let conditional = MeasureAction::Condition { conditions: vec![condition] };
        let mut facts = under(measure(conditional, NOW - 1, NOW + 1));
        facts.action = action;
        facts.context = context.clone();
        if action == Action::Open {
            let mut account = (*facts.account).clone();
            account.status = AccountStatus::Pending;
            facts.account = Arc::new(account);
        }
        assert_eq!(decide(&facts).answer, expected, "{name}");
    }
}

/// SM-03: the finding cites the measure and the hash of its determination.
#[test]
fn a_finding_cites_the_measure_and_its_determination() {
    let facts = under(measure(prohibit(), NOW - 1, NOW + 1));

    let verdict = decide(&facts);

    let finding = verdict.findings.iter().find(|finding| finding.gate == "special-measure").unwrap();
    assert_eq!(finding.because, [format!("{} {}", facts.measures[0].0.id, "00".repeat(32))]);
}

/// ADP-03: an exemption lifts identification terms and nothing else.
#[test]
fn an_exemption_lifts_identification_terms_only() {
    let unverified = Facts { identification: Identification::Open { since: at(0) }, ..clean() };
    let exempt = Facts { exempt_under: vec!["exm_1".into()], ..unverified };
    assert_eq!(decide(&exempt).answer, Answer::Allow);

    let prohibited =
        Facts { exempt_under: vec!["exm_1".into()], ..under(measure(prohibit(), NOW - 1, NOW + 1)) };
    assert_eq!(decide(&prohibited).answer, Answer::Deny);
}

/// A verification that is due again is due without a job having run (CIP-20).
#[test]
fn an_answer_is_good_until_something_changes_by_itself() {
    let mut facts = under(measure(prohibit(), NOW + 50, NOW + 100));
    facts.identification = Identification::Verified {
        verified_at: at(0),
        level: VerificationLevel::Documentary,
        reverify_at: Some(at(NOW + 20)),
    };

    assert_eq!(next_change(&facts), Some(at(NOW + 20)));
    facts.at = at(NOW + 20);
    assert_eq!(decide(&facts).answer, Answer::AllowWithConditions);
    assert_eq!(next_change(&facts), Some(at(NOW + 50)));
}

/// SM-01, SM-02: the customer, an owner, a reseller above; a country covers its regions, not the other way.
#[test]
fn measures_reach_by_place_owner_and_reseller() {
    let mut jurisdiction = measure(prohibit(), NOW, NOW + 1);
    jurisdiction.target = Target::Jurisdiction { places: vec!["UA-43".parse().unwrap()] };
    jurisdiction.applies_to.reseller_accounts = false;
    let index = MeasureIndex::new([jurisdiction]);
    let located = |place: &str, of_owner| Standing {
        places: vec![Located {
            place: place.parse().unwrap(),
            basis: PlaceBasis::Address,
            of_owner,
            strength: Source::Declared,
        }],
        ..Standing::unknown()
    };
    let nowhere = Standing::unknown();
    let region = located("UA-43", false);
    let reseller = CustomerId::from(Uuid::from_u128(77));
    let cases = [
        ("in the region", located("UA-43", false), None, true),
        ("an owner in the region", located("UA-43", true), None, true),
        ("in the country, region not told", located("UA", false), None, false),
        ("elsewhere", located("DE", false), None, false),
        ("a reseller in the region, which the measure leaves out", nowhere, Some(&region), false),
    ];
    for (name, standing, above, expected) in cases {
        let account = clean().account;
        let resellers: Vec<(CustomerId, &Standing)> =
            above.into_iter().map(|standing| (reseller, standing)).collect();
        let affected = Affected {
            account: &account,
            product_classes: &[],
            customer: account.customer,
            standing: &standing,
            resellers: &resellers,
        };
        assert_eq!(!index.matching(&affected).is_empty(), expected, "{name}");
    }
}

proptest! {
    /// One more measure never makes an answer milder, and the same facts give the same verdict (CIP-24).
    #[test]
    fn a_further_measure_never_makes_an_answer_milder(
        opening: bool, maintaining: bool, from in -5_i64..5, length in 1_i64..10, action in 0..7_usize,
    ) {
        let mut facts = clean();
        facts.action = Action::ALL[action];
        let before = decide(&facts);
        let added = measure(MeasureAction::Prohibit { opening, maintaining }, NOW + from, NOW + from + length);
        let mut more = under(added);
        more.action = facts.action;
        let after = decide(&more);
        prop_assert!(after.answer >= before.answer);
        prop_assert_eq!(&decide(&more), &after);
        let text = serde_json::to_string(&more).unwrap();
        prop_assert_eq!(decide(&serde_json::from_str(&text).unwrap()), after);
    }
}

/// A confirmed entry of a list, with who is listed at the end of the path.
fn confirmed(list: &str, path: &[u128]) -> ConfirmedEntry {
    let entry = ListEntry { list: list.into(), entry: "7".into() };
    let path: Vec<PersonId> = path.iter().map(|&number| PersonId::from(Uuid::from_u128(number))).collect();
    ConfirmedEntry { entry, of_owner: !path.is_empty(), path, outcome: None }
}

fn lists() -> Vec<ListTerms> {
    let half = OwnershipTest {
        threshold_ppm: 500_000,
        comparison: Comparison::AtLeast,
        attribution: Attribution::PassedOn,
        aggregated: true,
        control: false,
    };
    let of = |list: &str, consequence| ListTerms {
        list: list.into(),
        consequence: Some(consequence),
        ownership: vec![half],
        outcomes: match consequence {
            Consequence::RedFlag => vec![HitOutcomeKind::Resolved, HitOutcomeKind::NotResolved],
            Consequence::LicenceCheck => vec![HitOutcomeKind::Licensed, HitOutcomeKind::NotLicensed],
            _ => Vec::new(),
        },
        sources: vec!["pack, 31 CFR 501".into()],
    };
    vec![
        of("blocks", Consequence::Block),
        of("flags", Consequence::RedFlag),
        of("inquires", Consequence::Inquiry),
        of("licences", Consequence::LicenceCheck),
    ]
}

fn with_lists(facts: Facts) -> Facts {
    let terms = Terms { lists: lists(), ..(*facts.terms).clone() };
    Facts { terms: Arc::new(terms), ..facts }
}

fn held(list: &str, ppm: u32) -> ListedHolding {
    let holding = Holding { share_ppm: ppm, share_ppm_up: ppm, passed_ppm: ppm, controlled_ppm: ppm };
    ListedHolding { list: list.into(), together: holding, largest: holding }
}

/// CIP-23: a confirmed hit means what the packs say of its list, and the strictest of several decides.
#[test]
fn the_strictest_consequence_of_a_confirmed_hit_decides() {
    type Entries = Vec<ConfirmedEntry>;
    let own = |list: &str| confirmed(list, &[]);
    let owner = |list: &str| confirmed(list, &[5]);
    let cases: Vec<(&str, Entries, u32, Answer, &str)> = vec![
        ("a list that blocks", vec![own("blocks")], 0, Answer::Deny, "hit-confirmed"),
        ("a list that no pack speaks of", vec![own("unknown")], 0, Answer::Deny, "hit-confirmed"),
        ("a licence", vec![own("licences")], 0, Answer::Review, "hit-licence-check"),
        ("a red flag", vec![own("flags")], 0, Answer::Review, "hit-red-flag"),
        ("an inquiry", vec![own("inquires")], 0, Answer::AllowWithConditions, "hit-inquiry"),
        ("two", vec![own("inquires"), own("licences")], 0, Answer::Review, "hit-licence-check"),
        ("half in listed hands", vec![owner("blocks")], 500_000, Answer::Deny, "hit-confirmed"),
        ("less than half", vec![owner("blocks")], 490_000, Answer::AllowWithConditions, "hit-inquiry"),
        ("who owns nothing but signs", vec![own("blocks")], 490_000, Answer::Deny, "hit-confirmed"),
    ];
    for (name, entries, ppm, answer, reason) in cases {
        let facts = with_lists(standing(|standing| {
            standing.hits = HitStatus::Confirmed;
            standing.confirmed_entries = entries.clone();
            standing.listed_owners = vec![held("blocks", ppm)];
        }));

        let verdict = decide(&facts);
        let finding = verdict.findings.iter().find(|finding| finding.gate == "watchlist-hit").unwrap();
        assert_eq!((finding.answer, &*finding.reason), (answer, reason), "{name}");
        let shown = finding.because.join("\n");
        let from_pack = entries.iter().all(|entry| entry.entry.list != "unknown");
        assert_eq!(shown.contains("31 CFR 501"), from_pack, "{name}: {shown}");
        assert_eq!(shown.contains("through per_"), !entries[0].path.is_empty(), "{name}: {shown}");
        let pays = decide(&Facts { action: Action::Pay, ..facts });
        let expected = if answer == Answer::Deny { Answer::Review } else { Answer::Allow };
        assert_eq!(pays.answer, expected, "{name}: what does not grow");
    }
}

/// CIP-23, RF-02: what persons found out about a confirmed hit decides, where the packs foresee it for the list, until a
/// licence ends; an owner's too small share stays an inquiry.
#[test]
fn what_looking_into_a_hit_came_to_decides() {
    let now = clean().at;
    let licensed =
        |until: jiff::SignedDuration| HitOutcome::Licensed { licence: "D-17".into(), until: now + until };
    let hour = jiff::SignedDuration::from_hours(1);
    let with = |list: &str, outcome| ConfirmedEntry { outcome: Some(outcome), ..confirmed(list, &[]) };
    type Case<'a> = (&'a str, Vec<ConfirmedEntry>, Answer, &'a str, &'a str);
    let cases: Vec<Case<'_>> = vec![
        (
            "a licence",
            vec![with("licences", licensed(hour))],
            Answer::Allow,
            "hit-licensed",
            "under `D-17` until",
        ),
        (
            "it ends now",
            vec![with("licences", licensed(jiff::SignedDuration::ZERO))],
            Answer::Review,
            "hit-licence-check",
            "is over",
        ),
        (
            "none",
            vec![with("licences", HitOutcome::NotLicensed)],
            Answer::Deny,
            "hit-not-licensed",
            "not licensed",
        ),
        (
            "explained",
            vec![with("flags", HitOutcome::Resolved)],
            Answer::Allow,
            "hit-resolved",
            "flag, resolved",
        ),
        (
            "not so",
            vec![with("flags", HitOutcome::NotResolved)],
            Answer::Deny,
            "hit-not-resolved",
            "not resolved",
        ),
        (
            "not foreseen",
            vec![with("blocks", licensed(hour))],
            Answer::Deny,
            "hit-confirmed",
            "blocks 7: block (",
        ),
        (
            "of another kind",
            vec![with("flags", licensed(hour))],
            Answer::Review,
            "hit-red-flag",
            "red_flag (",
        ),
        (
            "one of two",
            vec![with("licences", licensed(hour)), confirmed("flags", &[])],
            Answer::Review,
            "hit-red-flag",
            "red_flag (",
        ),
        (
            "an owner of little",
            vec![ConfirmedEntry {
                path: vec![PersonId::from(Uuid::from_u128(5))],
                ..with("flags", HitOutcome::NotResolved)
            }],
            Answer::AllowWithConditions,
            "hit-inquiry",
            "inquiry, through",
        ),
    ];
    for (name, entries, answer, reason, line) in cases {
        let facts = with_lists(standing(|standing| {
            standing.hits = HitStatus::Confirmed;
            standing.confirmed_entries = entries.clone();
            standing.listed_owners = vec![held("flags", 1)];
        }));

        let verdict = decide(&facts);

        let finding = verdict.findings.iter().find(|finding| finding.gate == "watchlist-hit").unwrap();
        assert_eq!((finding.answer, &*finding.reason), (answer, reason), "{name}");
        assert!(
            finding.because.iter().any(|because| because.contains(line)),
            "{name}: {:?}",
            finding.because
        );
        let pays = decide(&Facts { action: Action::Pay, ..facts.clone() });
        assert!(
            pays.answer <= Answer::Review && (pays.answer == Answer::Allow) == (reason != "hit-confirmed"),
            "{name}"
        );
        let ends = entries
            .iter()
            .any(|one| one.outcome.as_ref().is_some_and(|outcome| outcome.ends_at() > Some(now)));
        assert_eq!(next_change(&facts), ends.then(|| now + hour), "{name}: an answer is not good for longer");
    }
}

/// CIP-23: what waits for a person is not settled by a milder word on something else.
#[test]
fn an_open_hit_beside_a_confirmed_inquiry_still_waits() {
    let facts = with_lists(standing(|standing| {
        standing.hits = HitStatus::Confirmed;
        standing.hit_open = true;
        standing.confirmed_entries = vec![confirmed("inquires", &[])];
    }));

    assert_eq!(decide(&facts).answer, Answer::Review);
    assert!(decide(&facts).reasons().contains(&"hit-open"));
}

/// RSL-01, CIP-23: a hit on a reseller is a hit on every account below it.
#[test]
fn a_hit_on_a_reseller_reaches_accounts_below_it() {
    let under = |hits, entries| {
        let on_lists = OnLists { hits, confirmed_entries: entries, ..OnLists::default() };
        let reseller = CustomerId::from(Uuid::from_u128(7));
        let above = ResellerFacts { reseller, status: ResellerStatus::Active, on_lists };
        with_lists(Facts { resellers: vec![above], ..clean() })
    };
    let cases = [
        (HitStatus::Confirmed, vec![confirmed("blocks", &[])], Answer::Deny, "reseller-hit-confirmed"),
        (HitStatus::Confirmed, vec![confirmed("flags", &[])], Answer::Review, "reseller-hit-red-flag"),
        (HitStatus::Open, vec![], Answer::Review, "reseller-hit-open"),
    ];
    for (hits, entries, answer, reason) in cases {
        let verdict = decide(&under(hits, entries));

        assert_eq!((verdict.answer, verdict.reasons()[0]), (answer, reason));
        let finding = verdict.findings.iter().find(|finding| finding.gate == "watchlist-hit").unwrap();
        assert!(finding.because.iter().any(|line| line.starts_with("reseller cus_")), "{finding:?}");
    }
    assert_eq!(decide(&under(HitStatus::Clear, vec![])).answer, Answer::Allow);
}
