//! What is due, case by case.

use super::*;
use crate::field::{AddressKind, OwnershipEdge, OwnershipKind};
use crate::id::{CustomerId, PersonId};
use crate::ownership::{OwnedEdge, OwnershipGraph, beneficial_owners};
use crate::pack::{Risk, shipped};
use crate::person::Classification;
use jiff::Timestamp;
use jiff::civil::date;
use proptest::prelude::*;
use uuid::Uuid;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn customer_id() -> SubjectId {
    SubjectId::Customer(CustomerId::from(Uuid::from_u128(1)))
}

fn person_id() -> PersonId {
    PersonId::from(Uuid::from_u128(2))
}

fn subject(id: SubjectId, kind: SubjectKind, fields: &[Field]) -> SubjectState {
    SubjectState {
        id,
        kind,
        classification: Classification::PresumedForeign,
        level: VerificationLevel::None,
        methods_passed: Vec::new(),
        fields: fields.iter().copied().map(PresentField::declared).collect(),
        claims_us: false,
        doubtful: false,
    }
}

fn provider(country: &str, offers_in: &[&str], sells_domains: bool) -> KnownFacts {
    let place = |code: &&str| code.parse().unwrap();
    KnownFacts::new()
        .places(NamedFact::ProviderCountry, [country.parse().unwrap()])
        .places(NamedFact::ProductSite, [country.parse().unwrap()])
        .places(NamedFact::ProviderOffersIn, offers_in.iter().map(place))
        .flag(NamedFact::ProviderSellsDomains, sells_domains)
        .words(NamedFact::AccountProductClass, ["virtualised"])
        .flag(NamedFact::OpeningRemote, true)
        .flag(NamedFact::OpeningWithDocuments, true)
        .flag(NamedFact::SubjectPhotoId, true)
}

fn situation(known: KnownFacts, customer: SubjectState) -> Situation {
    Situation {
        now: at("2026-11-21T12:00:00Z"),
        known,
        customer,
        owners: Vec::new(),
        ownership: None,
        opened_at: None,
        notices_shown: BTreeSet::from(["collection@1".to_owned()]),
        verified_at: None,
        risk: Risk::Low,
        open_discrepancies: Vec::new(),
        screened_at: None,
        lists_changed: false,
    }
}

const US_INDIVIDUAL: &[Field] =
    &[Field::FullName, Field::Address, Field::LocationOfUse, Field::Payment, Field::Email, Field::Telephone];

const US_ENTITY: &[Field] = &[
    Field::FullName,
    Field::Address,
    Field::LocationOfUse,
    Field::Jurisdiction,
    Field::Payment,
    Field::Email,
    Field::Telephone,
    Field::Ownership,
    Field::OwnershipComplete,
];

const US_OWNER: &[Field] =
    &[Field::FullName, Field::Address, Field::LocationOfUse, Field::Email, Field::Telephone];

fn individual(fields: &[Field]) -> SubjectState {
    subject(customer_id(), SubjectKind::Individual, fields)
}

/// With every contact proven and every value validated.
fn proven(mut subject: SubjectState) -> SubjectState {
    for present in &mut subject.fields {
        present.proof = Proof::Validated;
    }
    subject.level = VerificationLevel::Documentary;
    subject.methods_passed = vec![Method::NonDocumentary, Method::Documentary];
    subject
}

fn ids(found: &Requirements, state: State) -> Vec<String> {
    found.in_state(state).map(|one| one.id.split_once('/').unwrap().1.to_owned()).collect()
}

fn states(found: &Requirements) -> BTreeMap<String, State> {
    found.requirements.iter().map(|one| (one.id.clone(), one.state)).collect()
}

/// DEF-01, CIP-03 to CIP-07: what a new foreign individual owes before an account is opened.
#[test]
fn a_new_individual_sees_what_is_missing() {
    let packs = shipped(&["us-eo13984-nprm"]);
    let mut new = situation(provider("US", &[], false), individual(&[Field::FullName, Field::Email]));
    new.notices_shown.clear();
    let found = requirements(&packs, &new);

    assert_eq!(
        ids(&found, State::CurrentlyDue),
        ["field/address", "field/location_of_use", "field/payment", "field/telephone", "notice/collection@1",]
    );
    // Data comes before opening; proof of it is a part of verification, which has time.
    assert_eq!(
        ids(&found, State::EventuallyDue),
        ["evidence/non_documentary", "field_proof/email", "verification"]
    );
    assert_eq!(ids(&found, State::Met), ["field/email", "field/full_name"]);
    assert!(!found.data_complete() && !found.proof_complete());
    let address = found.requirements.iter().find(|one| one.id.ends_with("field/address")).unwrap();
    let citation = &address.citations[0];
    assert_eq!((citation.document.as_str(), citation.section.as_str()), ("89 FR 5698 (proposed)", "7.302"));
    assert_eq!((citation.certainty, citation.checked), (crate::pack::Certainty::Unconfirmed, false));
    assert_eq!(found.packs, ["us-eo13984-nprm@2024-01-29 (proposed)"]);
}

/// PCK-01, PCK-02: a sample customer meets each shipped pack.
#[test]
fn a_sample_customer_meets_each_shipped_pack() {
    let strict: Vec<Field> = US_INDIVIDUAL.iter().copied().chain([Field::NationalId]).collect();
    let indian = [
        Field::FullName,
        Field::HirePeriod,
        Field::Email,
        Field::RegistrationIp,
        Field::RegistrationAt,
        Field::Purpose,
        Field::Address,
        Field::Telephone,
    ];
    let registrant =
        [Field::Domain, Field::DomainRegisteredOn, Field::FullName, Field::Email, Field::Telephone];
    let domains =
        provider("DE", &["DE"], true).words(NamedFact::AccountProductClass, ["domain_registration"]);
    let cases: [(&[&str], KnownFacts, &[Field]); 5] = [
        (&["us-eo13984-nprm"], provider("US", &[], false), US_INDIVIDUAL),
        (&["us-eo13984-nprm", "us-eo13984-strict"], provider("US", &[], false), &strict),
        (&["in-certin"], provider("IN", &["IN"], false), &indian),
        (&["eu-nis2-28"], domains, &registrant),
        (&["eu-eevidence"], provider("DE", &["DE", "FR"], false), &[]),
    ];
    for (names, known, fields) in cases {
        let packs = shipped(names);
        let found = requirements(&packs, &situation(known.clone(), proven(individual(fields))));
        assert!(found.data_complete() && found.proof_complete(), "{names:?}: {:#?}", found.requirements);

        for left_out in 0..fields.len() {
            let fewer: Vec<Field> = fields
                .iter()
                .enumerate()
                .filter(|(place, _)| *place != left_out)
                .map(|(_, field)| *field)
                .collect();
            let found = requirements(&packs, &situation(known.clone(), proven(individual(&fewer))));
            assert!(!found.data_complete(), "{names:?} without {}", fields[left_out]);
        }
    }
}

fn entity(owner_fields: Option<&[Field]>, owner_share: u32) -> Situation {
    let customer = proven(subject(customer_id(), SubjectKind::Entity, US_ENTITY));
    let mut new = situation(provider("US", &[], false), customer);
    let edge = OwnershipEdge { owner: person_id(), kind: OwnershipKind::Equity, share_ppm: owner_share };
    let graph = OwnershipGraph {
        customer: customer_id(),
        persons: BTreeMap::from([(person_id(), SubjectKind::Individual)]),
        edges: vec![OwnedEdge { owned: customer_id(), edge }],
    };
    let terms = shipped(&["us-eo13984-nprm"]).at(date(2026, 11, 21)).ownership(&new.known).unwrap();
    new.ownership = Some(beneficial_owners(&graph, &terms));
    new.owners = owner_fields
        .map(|fields| proven(subject(SubjectId::Person(person_id()), SubjectKind::Individual, fields)))
        .into_iter()
        .collect();
    new
}

/// CIP-08: a missing owner, or an owner without address, blocks completion.
#[test]
fn an_entity_is_complete_only_with_all_its_owners() {
    let packs = shipped(&["us-eo13984-nprm"]);
    let complete = |situation: &Situation| {
        let found = requirements(&packs, situation);
        (found.data_complete(), ids(&found, State::CurrentlyDue))
    };
    let without_address: Vec<Field> =
        US_OWNER.iter().copied().filter(|field| *field != Field::Address).collect();

    assert_eq!(complete(&entity(Some(US_OWNER), 1_000_000)), (true, vec![]));
    assert_eq!(complete(&entity(None, 1_000_000)), (false, vec!["owners".to_owned()]));
    assert_eq!(
        complete(&entity(Some(&without_address), 1_000_000)),
        (false, vec!["field/address".to_owned()])
    );
    assert!(complete(&entity(Some(US_OWNER), 600_000)).0, "the rest is declared to hide nobody");

    let mut undeclared = entity(Some(US_OWNER), 600_000);
    undeclared.customer.fields.retain(|present| present.field != Field::OwnershipComplete);
    assert_eq!(complete(&undeclared).1, ["field/ownership_complete", "owners"]);
}

/// CIP-09: a national identification number is asked for only when the pack says so.
#[test]
fn a_national_id_is_off_by_default_and_on_in_the_strict_pack() {
    let asks = |names: &[&str]| {
        let found = requirements(&shipped(names), &situation(provider("US", &[], false), individual(&[])));
        found.requirements.iter().any(|one| one.what == What::Field { field: Field::NationalId })
    };

    assert!(!asks(&["us-eo13984-nprm"]));
    assert!(asks(&["us-eo13984-nprm", "us-eo13984-strict"]));
}

/// PCK-01: several packs at once ask for the union, each field once with the citations of all.
#[test]
fn packs_ask_for_the_union_of_their_fields() {
    let packs = shipped(&["us-eo13984-nprm", "in-certin"]);
    let new = situation(provider("US", &["IN"], false), individual(&[]));
    let found = requirements(&packs, &new);

    let cited = |field| {
        let one = found.requirements.iter().find(|one| one.what == What::Field { field }).unwrap();
        one.citations.iter().map(|citation| citation.pack.name().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(cited(Field::FullName), ["in-certin", "us-eo13984-nprm"]);
    assert_eq!(cited(Field::Payment), ["us-eo13984-nprm"]);
    assert_eq!(cited(Field::Purpose), ["in-certin"]);
}

/// CRT-09, CIP-16: an account opened without proof has until the end of the thirtieth local day.
#[test]
fn verification_is_due_after_opening_and_then_past_due() {
    let packs = shipped(&["us-eo13984-nprm"]);
    let mut opened = situation(provider("US", &[], false), individual(US_INDIVIDUAL));
    opened.opened_at = Some(at("2026-02-20T12:00:00Z"));
    let verification = |now: &str, opened: &Situation| {
        let found = requirements(&packs, &Situation { now: at(now), ..opened.clone() });
        found.requirements.into_iter().find(|one| one.id.ends_with("/verification")).unwrap()
    };

    let in_time = verification("2026-03-23T03:59:59Z", &opened);
    assert_eq!(in_time.state, State::CurrentlyDue);
    let due = in_time.due.unwrap();
    assert_eq!((due.due_on, due.until), (date(2026, 3, 22), at("2026-03-23T04:00:00Z")));
    assert_eq!(verification("2026-03-23T04:00:00Z", &opened).state, State::PastDue);

    let proof = requirements(&packs, &opened);
    let email = proof.requirements.iter().find(|one| one.id.ends_with("field_proof/email")).unwrap();
    assert_eq!(email.state, State::PastDue, "what is due before opening is late once it is open");
}

/// CIP-21, DEF-07: an account older than the pack has the transition.
#[test]
fn an_existing_customer_has_the_transition_year() {
    let packs = shipped(&["us-eo13984-nprm"]);
    let mut existing = situation(provider("US", &[], false), individual(&[]));
    existing.opened_at = Some(at("2020-05-01T12:00:00Z"));
    let address = |now: &str| {
        let found = requirements(&packs, &Situation { now: at(now), ..existing.clone() });
        found.requirements.into_iter().find(|one| one.id.ends_with("field/address"))
    };

    assert!(address("2023-06-01T00:00:00Z").is_some_and(|one| one.state == State::EventuallyDue));
    let running = address("2024-06-01T00:00:00Z").unwrap();
    assert_eq!((running.state, running.due.unwrap().due_on), (State::CurrentlyDue, date(2025, 1, 29)));
    assert_eq!(address("2025-01-30T05:00:00Z").unwrap().state, State::PastDue);
}

/// DEF-07: evaluation for a past date gives the past answer, and a duty that is coming is announced.
#[test]
fn a_past_instant_gives_the_past_answer() {
    let packs = shipped(&["in-certin"]);
    let asked = |now: &str| {
        let mut new = situation(provider("IN", &["IN"], false), individual(&[]));
        new.now = at(now);
        let found = requirements(&packs, &new);
        let purpose = found.requirements.iter().find(|one| one.id.ends_with("field/purpose"));
        purpose.map(|one| (one.state, one.due.as_ref().map(|due| due.due_on)))
    };

    let announced = Some((State::EventuallyDue, Some(date(2022, 9, 25))));
    assert_eq!(asked("2022-01-01T00:00:00Z"), announced, "before the pack");
    assert_eq!(asked("2022-06-01T00:00:00Z"), announced, "before the entry");
    assert_eq!(asked("2022-09-26T00:00:00Z"), Some((State::CurrentlyDue, None)));
}

/// CIP-18: an open discrepancy blocks `verified`.
#[test]
fn an_open_discrepancy_blocks_proof() {
    let packs = shipped(&["us-eo13984-nprm"]);
    let mut checked = situation(provider("US", &[], false), proven(individual(US_INDIVIDUAL)));
    assert!(requirements(&packs, &checked).proof_complete());

    checked.open_discrepancies = vec![OpenDiscrepancy {
        id: "case_1".into(),
        subject: customer_id(),
        found_at: at("2026-11-20T00:00:00Z"),
    }];
    let found = requirements(&packs, &checked);
    assert!(found.data_complete() && !found.proof_complete());
}

/// CIP-20: high risk falls due sooner, and is overdue when its day is over.
#[test]
fn reverification_falls_due_by_risk() {
    let packs = shipped(&["us-eo13984-nprm"]);
    let state = |risk, now: &str| {
        let mut verified = situation(provider("US", &[], false), proven(individual(US_INDIVIDUAL)));
        verified.verified_at = Some(at("2026-01-10T12:00:00Z"));
        verified.opened_at = Some(at("2026-01-10T12:00:00Z"));
        (verified.risk, verified.now) = (risk, at(now));
        let found = requirements(&packs, &verified);
        let one = found.requirements.iter().find(|one| one.what == What::Reverification).unwrap();
        (one.state, one.due.as_ref().unwrap().due_on)
    };
    let cases = [
        (Risk::High, "2026-06-01T12:00:00Z", State::EventuallyDue, date(2026, 7, 10)),
        (Risk::High, "2026-06-10T12:00:00Z", State::CurrentlyDue, date(2026, 7, 10)),
        (Risk::High, "2026-07-11T04:00:00Z", State::PastDue, date(2026, 7, 10)),
        (Risk::Medium, "2026-07-11T04:00:00Z", State::EventuallyDue, date(2027, 1, 10)),
        (Risk::Low, "2026-07-11T04:00:00Z", State::EventuallyDue, date(2028, 1, 10)),
    ];
    for (risk, now, expected, due_on) in cases {
        assert_eq!(state(risk, now), (expected, due_on), "{risk:?} {now}");
    }
}

/// DEF-05, CIP-13: a US customer need not be verified; doubt asks for signatories.
#[test]
fn who_was_shown_to_be_us_needs_no_verification() {
    let packs = shipped(&["us-eo13984-nprm"]);
    let mut shown = proven(individual(US_INDIVIDUAL));
    shown.level = VerificationLevel::ContactProven;
    shown.methods_passed.clear();
    shown.classification = Classification::Us;
    let found = requirements(&packs, &situation(provider("US", &[], false), shown.clone()));
    assert!(found.proof_complete(), "{:#?}", found.requirements);

    shown.doubtful = true;
    let found = requirements(&packs, &situation(provider("US", &[], false), shown));
    assert_eq!(
        ids(&found, State::CurrentlyDue),
        ["evidence/signatories", "field/authority", "field/signatory"]
    );
}

/// DEF-03: who asks to be shown a US person gives any one of three facts.
#[test]
fn one_of_a_group_of_fields_is_enough() {
    let packs = shipped(&["us-eo13984-nprm"]);
    let state = |fields: &[Field]| {
        let mut claims = individual(fields);
        claims.claims_us = true;
        let found = requirements(&packs, &situation(provider("US", &[], false), claims));
        found
            .requirements
            .into_iter()
            .find(|one| one.id.ends_with("any_of/us-eo13984-nprm.us_person"))
            .unwrap()
    };

    let missing = state(&[]);
    let fields = BTreeSet::from([Field::Citizenship, Field::PermanentResidence, Field::PresentLocation]);
    assert_eq!(missing.state, State::CurrentlyDue);
    assert_eq!(missing.what, What::AnyOf { group: "us-eo13984-nprm.us_person".into(), fields });
    assert_eq!(state(&[Field::PermanentResidence]).state, State::Met);
}

/// CIP-04: an entity gives its principal place of business.
#[test]
fn an_address_of_another_kind_does_not_count() {
    let packs = shipped(&["us-eo13984-nprm"]);
    let with_kind = |kind| {
        let mut entity = entity(Some(US_OWNER), 1_000_000);
        for present in entity.customer.fields.iter_mut().filter(|present| present.field == Field::Address) {
            present.address_kind = Some(kind);
        }
        requirements(&packs, &entity).data_complete()
    };

    assert!(with_kind(AddressKind::PrincipalPlaceOfBusiness));
    assert!(!with_kind(AddressKind::Mailing));
}

/// CIP-24: what is stored computes the same again.
#[test]
fn requirements_replay_from_what_was_stored() {
    let packs = shipped(&["us-eo13984-nprm", "in-certin"]);
    let before = entity(Some(US_OWNER), 600_000);
    let stored: Situation = serde_json::from_str(&serde_json::to_string(&before).unwrap()).unwrap();
    let found = requirements(&packs, &before);

    assert_eq!(requirements(&packs, &stored), found);
    let answer: Requirements = serde_json::from_str(&serde_json::to_string(&found).unwrap()).unwrap();
    assert_eq!(answer, found);
}

fn any_situation() -> impl Strategy<Value = Situation> {
    let fields = proptest::collection::vec(0..Field::ALL.len(), 0..12);
    (
        fields,
        any::<[bool; 6]>(),
        1_300_000_000..1_900_000_000_i64,
        proptest::option::of(1_300_000_000..1_900_000_000_i64),
    )
        .prop_map(|(fields, [is_entity, foreign, claims, doubtful, verified, domains], now, opened)| {
            let fields: Vec<Field> = fields.into_iter().map(|place| Field::ALL[place]).collect();
            let kind = if is_entity { SubjectKind::Entity } else { SubjectKind::Individual };
            let mut customer = subject(customer_id(), kind, &fields);
            customer.classification = if foreign { Classification::Foreign } else { Classification::Us };
            (customer.claims_us, customer.doubtful) = (claims, doubtful);
            let mut any = situation(provider("US", &["IN", "DE"], domains), customer);
            any.now = Timestamp::from_second(now).unwrap();
            any.opened_at = opened.map(|at| Timestamp::from_second(at).unwrap());
            any.verified_at = any.opened_at.filter(|_| verified);
            any
        })
}

proptest! {
    /// PCK-01: another pack never makes anything less due, nor due later.
    #[test]
    fn another_pack_never_asks_for_less(situation in any_situation()) {
        let (one, all) = (
            shipped(&["us-eo13984-nprm"]),
            shipped(&["us-eo13984-nprm", "us-eo13984-strict", "in-certin", "eu-nis2-28", "eu-eevidence"]),
        );
        let (fewer, more) = (requirements(&one, &situation), requirements(&all, &situation));
        let states_more = states(&more);
        for (id, state) in states(&fewer) {
            prop_assert!(states_more.get(&id).is_some_and(|stronger| *stronger >= state), "{id}");
        }
        prop_assert!(!more.data_complete() || fewer.data_complete());
        prop_assert!(!more.proof_complete() || fewer.proof_complete());
    }

    /// Another value on record never makes anything more due, and every requirement cites its source.
    #[test]
    fn another_field_never_asks_for_more(situation in any_situation(), place in 0..Field::ALL.len()) {
        let packs = shipped(&["us-eo13984-nprm", "in-certin"]);
        let before = requirements(&packs, &situation);
        let mut with_more = situation.clone();
        with_more.customer.fields.push(PresentField {
            proof: Proof::Validated,
            ..PresentField::declared(Field::ALL[place])
        });
        let after = requirements(&packs, &with_more);
        let states_before = states(&before);
        for one in &after.requirements {
            prop_assert!(!one.citations.is_empty());
            let earlier = states_before.get(&one.id).copied().unwrap_or(State::Met);
            prop_assert!(one.state <= earlier, "{}", one.id);
        }
        prop_assert_eq!(requirements(&packs, &situation), before);
    }
}
