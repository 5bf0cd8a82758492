//! What confirmed hits mean: by list, through owners and parents, and for accounts below a reseller.

use app::clock::Clock as _;
use app::customer::enrol::Enrolment;
use app::decision;
use app::reseller::{self, ResellerEntry};
use app::screening::judge::{Judged, record_outcome};
use domain::account::AccountKind;
use domain::case::{CaseKind, CaseStatus};
use domain::decision::{Action, Answer, Finding};
use domain::draft::{CaseOutcome, DraftAction};
use domain::id::CustomerId;
use domain::reseller::ResellerStatus;
use domain::screening::{HitOutcome, HitStatus, JudgementKind};
use jiff::{SignedDuration, Timestamp};
use testkit::platform::watchlist;
use testkit::{Platform, fixture};

use crate::refusal;

const LISTED: &str = "Anatoli Jerebkov";
const LISTED_TOO: &str = "Boris Tumanov";

/// The pack of lists is in force, and one list of that id, which names two.
fn platform(list: &str) -> Platform {
    let platform = Platform::builder().with_packs(&["us-eo13984-nprm", "restricted-lists"]).build();
    let lists = vec![watchlist(list, "1", &[LISTED, LISTED_TOO])];
    platform.run(&platform.officer(), |env| {
        let lists = app::watchlist::ListsInForce::new(lists, env.now());
        app::watchlist::put_lists_in_force(env, lists).unwrap();
    });
    platform.settle();
    platform
}

/// Two persons give their word on every hit of the latest screenings that is still open.
fn judge_all(platform: &Platform, customer: CustomerId, kind: JudgementKind) {
    let screenings = platform.app().store.with_reading_tx(|tx| tx.list_screenings(customer)).unwrap();
    for screening in screenings {
        for hit in screening.hits {
            let (list, entry) = (hit.list, hit.entry);
            let judged =
                DraftAction::JudgeHit { customer, screening: screening.id, list, entry, kind, outcome: None };
            platform.decide_by_two(judged).unwrap();
        }
    }
}

/// What the gate of lists says of an account that wants to grow.
fn gate(platform: &Platform, account: &str) -> Finding {
    let findings = platform.ask(account, Action::Provision).verdict.findings;
    findings.into_iter().find(|finding| finding.gate == "watchlist-hit").unwrap()
}

fn said(finding: &Finding) -> (Answer, &str) {
    (finding.answer, &*finding.reason)
}

fn company(owners: &[(&str, &str, u32)]) -> Enrolment {
    fixture::company(1, "Vektor Handels GmbH", "DE", owners)
}

/// A company that a holding owns, of which somebody owns a part.
fn chain(of_company: u32, of_holding: u32) -> Enrolment {
    let mut enrolment = company(&[]);
    enrolment.persons.push(fixture::holding("holding", "Nordwind Holding AG", "CH"));
    enrolment.persons.push(fixture::person(9, "owner", LISTED, "RU"));
    enrolment.ownership.push(fixture::owns("holding", None, of_company));
    enrolment.ownership.push(fixture::owns("owner", Some("holding"), of_holding));
    enrolment
}

/// CIP-23, DEF-06: under OFAC's rule shares of listed owners count together, and through what they own.
#[test]
fn listed_owners_of_half_block_and_of_less_do_not() {
    let ordinary = ("Ada Karenina", "DE", 510_000);
    let cases = [
        ("25 % and 25 %", company(&[(LISTED, "RU", 250_000), (LISTED_TOO, "RU", 250_000)]), true),
        ("49 %", company(&[(LISTED, "RU", 490_000), ordinary]), false),
        ("25 % and 24.9999 %", company(&[(LISTED, "RU", 250_000), (LISTED_TOO, "RU", 249_999)]), false),
        ("60 % of 90 %", chain(900_000, 600_000), true),
        ("49 % of all", chain(1_000_000, 490_000), false),
    ];
    for (name, enrolment, blocks) in cases {
        let platform = platform("us-ofac-sdn");
        let customer = platform.enrol(&enrolment).customer.id;
        assert_eq!(said(&gate(&platform, "account-1")), (Answer::Review, "hit-open"), "{name}");

        judge_all(&platform, customer, JudgementKind::TrueMatch);

        let finding = gate(&platform, "account-1");
        let expected = match blocks {
            true => (Answer::Deny, "hit-confirmed"),
            false => (Answer::AllowWithConditions, "hit-inquiry"),
        };
        assert_eq!(said(&finding), expected, "{name}: {finding:?}");
        let shown = finding.because.join("\n");
        assert!(shown.contains("through per_") && shown.contains("31 CFR"), "{name}: {shown}");
        assert!(!shown.contains("Jerebkov") && !shown.contains("Nordwind"), "{name}: {shown}");
        let entries = platform.customer(customer).standing.confirmed_entries;
        let is_chain = enrolment.persons.iter().any(|person| person.reference == "holding");
        assert!(entries.iter().all(|entry| entry.path.len() == 1 + usize::from(is_chain)), "{name}");
    }
}

/// CIP-23: the same owners under a list that does not simply add holdings up.
#[test]
fn each_list_has_its_own_rule_of_ownership() {
    let quarters = [(LISTED, "RU", 300_000), (LISTED_TOO, "RU", 300_000)];
    let half = [(LISTED, "RU", 500_000), ("Ada Karenina", "DE", 500_000)];
    type Owners<'a> = &'a [(&'a str, &'a str, u32)];
    let cases: [(&str, Owners<'_>, Answer); 6] = [
        ("eu-fsf", &quarters, Answer::Deny),
        ("gb-uksl", &quarters, Answer::AllowWithConditions),
        ("us-ofac-sdn", &half, Answer::Deny),
        ("eu-fsf", &half, Answer::AllowWithConditions),
        ("us-bis-dpl", &half, Answer::Review),
        ("own-list", &half, Answer::Deny),
    ];
    for (list, owners, expected) in cases {
        let platform = platform(list);
        let customer = platform.enrol(&company(owners)).customer.id;

        judge_all(&platform, customer, JudgementKind::TrueMatch);

        assert_eq!(gate(&platform, "account-1").answer, expected, "{list}");
    }
}

/// CIP-23: what a confirmed hit on the customer itself comes to depends on the list.
#[test]
fn a_list_says_what_a_hit_means() {
    let cases = [
        ("us-ofac-sdn", (Answer::Deny, "hit-confirmed")),
        ("us-bis-el", (Answer::Review, "hit-licence-check")),
        ("us-bis-uvl", (Answer::Review, "hit-red-flag")),
        ("us-dod-1260h", (Answer::AllowWithConditions, "hit-inquiry")),
        ("own-list", (Answer::Deny, "hit-confirmed")),
    ];
    for (list, expected) in cases {
        let platform = platform(list);
        let customer = platform.enrol(&fixture::individual(1, LISTED, "RU")).customer.id;

        judge_all(&platform, customer, JudgementKind::TrueMatch);

        assert_eq!(said(&gate(&platform, "account-1")), expected, "{list}");
    }
}

/// RSL-01, CIP-23: a hit on an owner of a reseller is a hit on the accounts below it, with the path; cleared, it is
/// gone from all of them at once.
#[test]
fn a_hit_on_a_reseller_ancestor_reaches_the_end_customer_and_a_clearance_lifts_it() {
    for (kind, expected) in [
        (JudgementKind::TrueMatch, (Answer::Deny, "reseller-hit-confirmed")),
        (JudgementKind::FalsePositive, (Answer::Allow, "no-hit")),
    ] {
        let platform = platform("us-ofac-sdn");
        let resellers = [1, 2].map(|number| {
            let owner = if number == 1 { LISTED } else { "Bela Bartfai" };
            let mut enrolment = fixture::company(
                number,
                &format!("Reseller {number} Kft"),
                "HU",
                &[(owner, "HU", 1_000_000)],
            );
            enrolment.account = Some(fixture::account(number, AccountKind::Reseller));
            platform.enrol(&enrolment).customer.id
        });
        for (position, &customer) in resellers.iter().enumerate() {
            let parent = position.checked_sub(1).map(|above| resellers[above]);
            let (agreement, programme) = (None, Some("cip-2026".into()));
            let status = ResellerStatus::Active;
            let entry = ResellerEntry { customer, parent, agreement, programme, status };
            platform.run(&platform.officer(), |env| reseller::register(env, &entry)).unwrap();
            platform.settle();
        }
        let mut end = fixture::individual(3, "Ada Karenina", "DE");
        end.reseller = Some(resellers[1]);
        let end = platform.enrol(&end).customer;
        assert_eq!(end.standing.hits, HitStatus::Clear);
        assert_eq!(said(&gate(&platform, "account-3")), (Answer::Review, "reseller-hit-open"));

        judge_all(&platform, resellers[0], kind);

        let finding = gate(&platform, "account-3");
        assert_eq!(said(&finding), expected);
        let shown = finding.because.join("\n");
        let is_hit = expected.0 == Answer::Deny;
        assert_eq!(shown.contains(&format!("reseller {}", resellers[0])), is_hit, "{shown}");
        assert_eq!(shown.contains("through per_"), is_hit, "{shown}");
    }
}

/// CIP-23, CIP-24: an owner who is cleared no longer counts with those who were confirmed.
#[test]
fn a_cleared_owner_is_not_added_up_with_a_confirmed_one() {
    let platform = platform("us-ofac-sdn");
    let owners = [(LISTED, "RU", 250_000), (LISTED_TOO, "RU", 250_000)];
    let customer = platform.enrol(&company(&owners)).customer.id;
    judge_all(&platform, customer, JudgementKind::TrueMatch);
    assert_eq!(gate(&platform, "account-1").answer, Answer::Deny);
    let screenings = platform.app().store.with_reading_tx(|tx| tx.list_screenings(customer)).unwrap();
    let one = screenings.into_iter().find(|screening| !screening.hits.is_empty()).unwrap();
    let (list, entry, kind) =
        (one.hits[0].list.clone(), one.hits[0].entry.clone(), JudgementKind::FalsePositive);

    platform
        .decide_by_two(DraftAction::JudgeHit {
            customer,
            screening: one.id,
            list,
            entry,
            kind,
            outcome: None,
        })
        .unwrap();

    assert_eq!(said(&gate(&platform, "account-1")), (Answer::AllowWithConditions, "hit-inquiry"));
}

/// The latest hit of a customer, as something is said of it.
fn judged(platform: &Platform, customer: CustomerId, outcome: HitOutcome) -> Judged {
    let screenings = platform.app().store.with_reading_tx(|tx| tx.list_screenings(customer)).unwrap();
    let screening = screenings.into_iter().rfind(|screening| !screening.hits.is_empty()).unwrap();
    let (list, entry) = (screening.hits[0].list.clone(), screening.hits[0].entry.clone());
    let (kind, outcome) = (JudgementKind::TrueMatch, Some(outcome));
    Judged { customer, screening: screening.id, list, entry, kind, outcome }
}

fn drafted(judged: &Judged) -> DraftAction {
    let Judged { customer, screening, list, entry, kind, outcome } = judged.clone();
    DraftAction::JudgeHit { customer, screening, list, entry, kind, outcome }
}

fn licence(until: Timestamp) -> HitOutcome {
    HitOutcome::Licensed { licence: "D1234567".to_owned(), until }
}

fn hit_cases(platform: &Platform, customer: CustomerId) -> Vec<(CaseStatus, Vec<String>)> {
    let cases = platform.cases_of(customer).into_iter().filter(|case| case.kind == CaseKind::ListHit);
    cases.map(|case| (case.status, case.reasons)).collect()
}

/// CIP-23, CIP-24: two persons record a licence: growth is allowed until it ends, answers are good no longer than it, the
/// case waits for the outcome and comes back when the licence is over; what was decided under it replays.
#[test]
fn a_licence_lets_through_until_it_is_over() {
    let platform = platform("us-bis-el");
    let enrolled = platform.enrol(&fixture::us_citizen(1, LISTED));
    let customer = enrolled.customer.id;
    judge_all(&platform, customer, JudgementKind::TrueMatch);
    assert_eq!(said(&gate(&platform, "account-1")), (Answer::Review, "hit-licence-check"));
    let (status, reasons) = hit_cases(&platform, customer).remove(0);
    assert_eq!((status.as_str(), reasons.last().map(String::as_str)), ("open", Some("outcome-due")));
    let until = platform.clock.now() + SignedDuration::from_secs(45);
    let licensed = judged(&platform, customer, licence(until));

    platform.decide_by_two(drafted(&licensed)).unwrap();

    let finding = gate(&platform, "account-1");
    assert_eq!(said(&finding), (Answer::Allow, "hit-licensed"));
    assert!(
        finding.because.iter().any(|line| line.contains("licensed under `D1234567` until 2026-")),
        "{finding:?}"
    );
    assert_eq!(platform.ask("account-1", Action::Provision).valid_until, until);
    assert_eq!(hit_cases(&platform, customer).len(), 1);
    assert_eq!(hit_cases(&platform, customer)[0].0.as_str(), "resolved");
    let account = enrolled.account.unwrap().account.id;
    platform.run(&platform.control_plane(), |env| app::account::decide_again(env, account)).unwrap();
    let decisions = platform.run(&platform.officer(), |env| decision::list_decisions(env, customer)).unwrap();
    platform.clock.advance(SignedDuration::from_secs(45));
    platform.settle();
    assert_eq!(said(&gate(&platform, "account-1")), (Answer::Review, "hit-licence-check"));
    assert!(gate(&platform, "account-1").because.iter().any(|line| line.contains("is over since")));
    for _ in 0..2 {
        platform.run(&platform.officer(), app::customer::timers::advance).unwrap();
        let cases = hit_cases(&platform, customer);
        assert_eq!(cases.len(), 2, "one more, once");
        assert!(
            cases.iter().any(|(status, reasons)| status.as_str() == "open" && reasons == &["licence-over"])
        );
    }
    let last = decisions.last().unwrap();
    assert!(last.verdict.findings.iter().any(|finding| finding.reason == "hit-licensed"));
    let replay = platform.run(&platform.officer(), |env| decision::replay(env, last.id)).unwrap();
    assert!(replay.same);
}

/// SEC-04: one person may make it stricter, never weaker; nobody speaks on a hit that is not confirmed alone.
#[test]
fn one_person_refuses_and_two_let_through() {
    let platform = platform("us-bis-uvl");
    let customer = platform.enrol(&fixture::us_citizen(1, LISTED)).customer.id;
    let alone = |outcome| {
        let judged = judged(&platform, customer, outcome);
        platform.run(&platform.analyst(), |env| record_outcome(env, &judged, "nothing explains it"))
    };
    assert_eq!(refusal(alone(HitOutcome::NotResolved)).code, "second-person-needed", "it is open yet");
    judge_all(&platform, customer, JudgementKind::TrueMatch);

    let weaker = alone(HitOutcome::Resolved);
    let stricter = alone(HitOutcome::NotResolved).unwrap();

    assert_eq!(refusal(weaker).code, "second-person-needed");
    assert_eq!((stricter.outcome, stricter.approved_by), (Some(HitOutcome::NotResolved), None));
    assert_eq!(said(&gate(&platform, "account-1")), (Answer::Deny, "hit-not-resolved"));
    platform.decide_by_two(drafted(&judged(&platform, customer, HitOutcome::Resolved))).unwrap();
    assert_eq!(said(&gate(&platform, "account-1")), (Answer::Allow, "hit-resolved"));
    assert_eq!(
        platform.customer(customer).standing.hits,
        HitStatus::Confirmed,
        "it is the listed one all the same"
    );
    platform.settle();
    let events = platform.app().store.log().list_events(0, 1_000).unwrap();
    let told = events.iter().filter(|(_, event)| event.kind == "hit.judged");
    let told: Vec<&[String]> = told.map(|(_, event)| &event.reasons[..]).collect();
    assert_eq!(told, [&[][..], &["not-resolved".to_owned()], &["resolved".to_owned()]]);
    assert!(platform.verify_ledger().is_clean());
}

/// CIP-18: identity can be shown once a confirmed hit holds nothing back any more.
#[test]
fn a_resolved_red_flag_does_not_keep_identity_from_being_shown() {
    let platform = platform("us-bis-uvl");
    let customer = platform.enrol(&fixture::individual(1, LISTED, "DE")).customer.id;
    judge_all(&platform, customer, JudgementKind::TrueMatch);
    assert_eq!(refusal(platform.verify(customer)).code, "hit-open");

    platform.decide_by_two(drafted(&judged(&platform, customer, HitOutcome::Resolved))).unwrap();

    platform.decide(customer, CaseKind::Identification, CaseOutcome::Verify).unwrap();
    assert_eq!(platform.customer(customer).identification.as_str(), "verified");
}

/// CIP-23: an outcome that the packs do not foresee for the list, or that says too little, is refused.
#[test]
fn an_outcome_is_one_that_the_packs_foresee() {
    let later = Timestamp::MAX;
    let nameless = HitOutcome::Licensed { licence: String::new(), until: later };
    let cases = [
        ("us-ofac-sdn", licence(later), "foresee for `us-ofac-sdn`: no outcome"),
        ("own-list", HitOutcome::NotResolved, "foresee for `own-list`: no outcome"),
        ("us-bis-uvl", licence(later), "foresee for `us-bis-uvl`: resolved, not_resolved"),
        ("us-bis-el", HitOutcome::Resolved, "foresee for `us-bis-el`: licensed, not_licensed"),
        ("us-bis-el", licence(Timestamp::UNIX_EPOCH), "over already"),
        ("us-bis-el", nameless, "a licence is a number"),
    ];
    for (list, outcome, detail) in cases {
        let platform = platform(list);
        let customer = platform.enrol(&fixture::individual(1, LISTED, "RU")).customer.id;

        let refused = refusal(platform.decide_by_two(drafted(&judged(&platform, customer, outcome))));

        assert_eq!(refused.code, "hit-outcome-refused");
        assert!(refused.detail.contains(detail), "{}", refused.detail);
    }
}
