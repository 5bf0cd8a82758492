//! Adding to a customer's record: facts with provenance, owners and signatories (CIP-03 to CIP-10, CIP-19).

use std::collections::{BTreeSet, HashMap};

use domain::account::Account;
use domain::customer::Customer;
use domain::fact::{Fact, Source, SubjectId, SubjectKind};
use domain::field::{Field, FieldValue, OwnershipEdge, OwnershipKind};
use domain::id::{CustomerId, FactId, PersonId};
use domain::person::Person;
use domain::staff::Scope;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

use crate::account;
use crate::bounds::{check_code, check_versioned_code};
use crate::customer::assess;
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::reading::Reading;
use crate::record::{Happened, Recorded, append_event, append_leaf};
use crate::screening::open_fact;
use crate::store::Transaction;
use crate::vault::{IndexPurpose, KeyOwner, Place};

/// A statement before it is recorded.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewFact {
    pub field: Field,
    /// Tells several values of one field apart; empty for the only one.
    #[serde(default)]
    pub item: String,
    pub value: FieldValue,
    #[serde(default = "declared")]
    pub source: Source,
    /// Since when it is so; `None`: since it is recorded.
    #[serde(default)]
    pub true_from: Option<Timestamp>,
    #[serde(default)]
    pub evidence: Option<String>,
}

fn declared() -> Source {
    Source::Declared
}

/// An owner or signatory before it is recorded.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    /// The caller's code for it, kept as its external id; never a name.
    pub reference: String,
    pub kind: SubjectKind,
    pub facts: Vec<NewFact>,
}

/// An edge of the ownership graph, by the references of the same request or by ids of persons on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewOwnership {
    pub owner: String,
    /// A person, or `None` for the customer itself.
    #[serde(default)]
    pub owned: Option<String>,
    pub kind: OwnershipKind,
    pub share_ppm: u32,
    /// Since when it is so; `None`: since it is recorded.
    #[serde(default)]
    pub true_from: Option<Timestamp>,
}

/// What is added to a customer's record in one request.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Addition {
    /// About the customer itself.
    pub facts: Vec<NewFact>,
    /// About persons on record.
    pub person_facts: Vec<(PersonId, Vec<NewFact>)>,
    pub persons: Vec<NewPerson>,
    pub ownership: Vec<NewOwnership>,
    /// Facts that are taken back.
    pub withdraw: Vec<FactId>,
}

impl Addition {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What one request may add: bounds what one transaction does.
const PERSONS_MAX: usize = 200;
const FACTS_MAX: usize = 2_000;
/// Longest caller's name of anything.
const REFERENCE_BYTES_MAX: usize = 200;

/// An addition made ready outside the transaction: values checked and sealed, ids given.
pub struct Prepared {
    pub persons: Vec<Person>,
    pub facts: Vec<Fact>,
    /// The values in clear, for the screening that comes before the transaction.
    pub plain: Vec<(FactId, FieldValue)>,
    references: Vec<Reference>,
    /// Caller's reference of each new person.
    pub person_ids: Vec<(String, PersonId)>,
}

/// What is on record of a customer before an addition.
#[derive(Default)]
pub struct Known<'a> {
    pub persons: &'a [Person],
    pub facts: &'a [Fact],
    /// Number of the last fact.
    pub fact_version: u64,
}

/// Checks and seals an addition.
pub fn prepare(
    env: &Env<'_>,
    customer: CustomerId,
    kind: SubjectKind,
    known: &Known<'_>,
    addition: &Addition,
) -> Result<Prepared, Failure> {
    check_size(addition)?;
    let now = env.now();
    let classes = Classes::in_force(env);
    let mut prepared = Prepared {
        persons: Vec::new(),
        facts: Vec::new(),
        plain: Vec::new(),
        references: Vec::new(),
        person_ids: Vec::new(),
    };
    let mut maker =
        Maker { env, customer, now, version: known.fact_version, classes, prepared: &mut prepared };
    let about_customer = (SubjectId::Customer(customer), kind);
    for (number, new) in addition.persons.iter().enumerate() {
        maker.name_person(new, &format!("/persons/{number}"))?;
    }
    let new_persons: Vec<(SubjectId, SubjectKind)> =
        maker.prepared.persons.iter().map(|person| (SubjectId::Person(person.id), person.kind)).collect();
    // Everything is checked before a key is made for it.
    let mut stated: Vec<((SubjectId, SubjectKind), &NewFact, String)> = Vec::new();
    for (number, fact) in addition.facts.iter().enumerate() {
        stated.push((about_customer, fact, format!("/facts/{number}")));
    }
    for (number, (person, facts)) in addition.person_facts.iter().enumerate() {
        let at = format!("/person_facts/{number}");
        let person = known.persons.iter().find(|known| known.id == *person).ok_or_else(|| {
            Refusal::not_found("no-such-person", format!("no person `{person}` of this customer")).at(&at)
        })?;
        let subject = (SubjectId::Person(person.id), person.kind);
        stated.extend(facts.iter().map(|fact| (subject, fact, at.clone())));
    }
    for (number, (new, subject)) in addition.persons.iter().zip(new_persons).enumerate() {
        let at = |fact| format!("/persons/{number}/facts/{fact}");
        stated.extend(new.facts.iter().enumerate().map(|(place, fact)| (subject, fact, at(place))));
    }
    for ((_, kind), fact, at) in &stated {
        check(fact, *kind, at, now)?;
    }
    maker.make_keys(stated.iter().map(|((subject, _), _, _)| *subject))?;
    for ((subject, _), fact, _) in &stated {
        maker.push(*subject, fact, fact.true_from.unwrap_or(now))?;
    }
    for (number, edge) in addition.ownership.iter().enumerate() {
        maker.add_edge(about_customer, known.persons, edge, &format!("/ownership/{number}"))?;
    }
    for withdrawn in known.facts.iter().filter(|fact| addition.withdraw.contains(&fact.id)) {
        maker.withdraw(withdrawn);
    }
    Ok(prepared)
}

fn check_size(addition: &Addition) -> Result<(), Refusal> {
    let facts = addition.facts.len()
        + addition.persons.iter().map(|person| person.facts.len()).sum::<usize>()
        + addition.person_facts.iter().map(|(_, facts)| facts.len()).sum::<usize>();
    if addition.persons.len() > PERSONS_MAX {
        let detail = format!("more than {PERSONS_MAX} persons in one request");
        return Err(Refusal::invalid("too-many-persons", detail).at("/persons"));
    }
    if facts + addition.ownership.len() + addition.withdraw.len() > FACTS_MAX {
        return Err(Refusal::invalid(
            "too-many-facts",
            format!("more than {FACTS_MAX} facts in one request"),
        ));
    }
    Ok(())
}

/// Refuses a value that is not one of its field, with a pointer to it.
fn check(new: &NewFact, kind: SubjectKind, at: &str, now: Timestamp) -> Result<(), Refusal> {
    new.value
        .check(new.field, kind == SubjectKind::Individual)
        .map_err(|refused| Refusal::invalid("value-refused", refused).at(format!("{at}/value")))?;
    // Both stand in clear beside the sealed value.
    if !new.item.is_empty() {
        check_code(&new.item, &format!("{at}/item"))?;
    }
    check_evidence(new, format!("{at}/evidence"))?;
    check_times(new, now, at)
}

/// What nothing is named for is declared and no more: it must not count as shown.
fn check_evidence(new: &NewFact, at: String) -> Result<(), Refusal> {
    let evidence = new.evidence.as_deref().unwrap_or_default();
    if new.source == Source::Documented && evidence.trim().is_empty() {
        let detail =
            "what is `documented` names its `evidence`: the id or reference of the document or register";
        return Err(Refusal::invalid("evidence-missing", detail).at(at));
    }
    new.evidence.as_deref().map_or(Ok(()), |evidence| check_versioned_code(evidence, &at))
}

/// Nobody is known to have grown older.
const AGE_MAX_YEARS: i64 = 130;

/// How far ahead of our clock a day may be that has begun somewhere on earth.
const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(24);

fn check_times(new: &NewFact, now: Timestamp, at: &str) -> Result<(), Refusal> {
    let latest = now.saturating_add(AHEAD_MAX).unwrap_or(Timestamp::MAX);
    if new.true_from.is_some_and(|true_from| true_from > latest) {
        let detail = "`true_from` lies in the future: state it when it is so";
        return Err(Refusal::invalid("time-ahead", detail).at(format!("{at}/true_from")));
    }
    let FieldValue::Date(born) = &new.value else { return Ok(()) };
    if new.field != Field::BirthDate {
        return Ok(());
    }
    let today = domain::clock::Zone::utc().date_of(latest);
    if *born > today || *born < today.saturating_sub(AGE_MAX_YEARS.years()) {
        let detail = format!("a birth date is not in the future and at most {AGE_MAX_YEARS} years ago");
        return Err(Refusal::invalid("birth-date-refused", detail).at(format!("{at}/value")));
    }
    Ok(())
}

struct Maker<'a, 'e> {
    env: &'a Env<'e>,
    customer: CustomerId,
    now: Timestamp,
    version: u64,
    classes: Classes,
    prepared: &'a mut Prepared,
}

impl Maker<'_, '_> {
    fn push(&mut self, subject: SubjectId, new: &NewFact, true_from: Timestamp) -> Result<(), Failure> {
        self.version += 1;
        let id: FactId = self.env.new_id();
        let retention_class = self.classes.of(new.field);
        let sealed = if new.value.is_clear() {
            None
        } else {
            let plain = serde_json::to_vec(&new.value).expect("a field value is plain JSON");
            let row = id.to_string();
            let place = fact_place(subject, &retention_class, &row, self.version);
            Some(self.env.vault().seal(&place, &plain)?)
        };
        for (purpose, text) in look_up_texts(new.field, &new.value) {
            let blind = self.env.vault().blind_index(purpose, &text)?;
            self.prepared.references.push((purpose, blind, subject));
        }
        self.prepared.plain.push((id, new.value.clone()));
        self.prepared.facts.push(Fact {
            id,
            customer: self.customer,
            subject,
            field: new.field,
            item: new.item.clone(),
            clear: new.value.clear_part(),
            sealed,
            retention_class,
            source: new.source,
            evidence: new.evidence.clone(),
            true_from,
            recorded_at: self.now,
            recorded_by: self.env.actor.to_string(),
            version: self.version,
            withdraws: None,
        });
        Ok(())
    }

    /// Makes the keys of all subjects before the first value is sealed, in one write: those of the customer's
    /// records among them.
    fn make_keys(&self, subjects: impl Iterator<Item = SubjectId>) -> Result<(), Failure> {
        let own = SubjectId::Customer(self.customer);
        let subjects: BTreeSet<SubjectId> = subjects.chain([own]).collect();
        let owner = |subject, class: &str| KeyOwner::Subject { subject, class: class.to_owned() };
        let mut owners = vec![owner(own, crate::record::RECORD_CLASS)];
        for subject in subjects {
            owners.extend(self.classes.all().map(|class| owner(subject, class)));
        }
        Ok(self.env.vault().prepare(&owners)?)
    }

    /// Gives a new person its id.
    fn name_person(&mut self, new: &NewPerson, at: &str) -> Result<(), Failure> {
        let taken = self.prepared.person_ids.iter().any(|(reference, _)| *reference == new.reference);
        let is_code = !new.reference.is_empty()
            && new.reference.len() <= REFERENCE_BYTES_MAX
            && new.reference.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte));
        if !is_code || taken {
            let detail =
                "a person's `reference` is a code of letters, digits and `-_.:`, used once, never a name";
            return Err(Refusal::invalid("reference-refused", detail).at(format!("{at}/reference")).into());
        }
        let id: PersonId = self.env.new_id();
        self.prepared.person_ids.push((new.reference.clone(), id));
        self.prepared.persons.push(Person {
            id,
            customer: self.customer,
            kind: new.kind,
            external_id: Some(new.reference.clone()),
            created_at: self.now,
            version: 1,
        });
        Ok(())
    }

    fn add_edge(
        &mut self,
        customer: (SubjectId, SubjectKind),
        known: &[Person],
        edge: &NewOwnership,
        at: &str,
    ) -> Result<(), Failure> {
        let owner = self.person(known, &edge.owner, &format!("{at}/owner"))?;
        let owned = match &edge.owned {
            None => customer,
            Some(owned) => {
                let owned = self.person(known, owned, &format!("{at}/owned"))?;
                (SubjectId::Person(owned.0), owned.1)
            }
        };
        if owned.1 == SubjectKind::Individual {
            let detail = "an individual cannot be owned";
            return Err(Refusal::invalid("individual-owned", detail).at(format!("{at}/owned")).into());
        }
        if owned.0 == SubjectId::Person(owner.0) {
            let detail = "an entity cannot own itself directly";
            return Err(Refusal::invalid("owns-itself", detail).at(format!("{at}/owner")).into());
        }
        let value = FieldValue::Ownership(OwnershipEdge {
            owner: owner.0,
            kind: edge.kind,
            share_ppm: edge.share_ppm,
        });
        let kind = match edge.kind {
            OwnershipKind::Equity => "equity",
            OwnershipKind::Control => "control",
        };
        let fact = NewFact {
            field: Field::Ownership,
            item: format!("{}/{kind}", owner.0),
            value,
            source: Source::Declared,
            true_from: edge.true_from,
            evidence: None,
        };
        check(&fact, owned.1, at, self.now)?;
        self.push(owned.0, &fact, edge.true_from.unwrap_or(self.now))
    }

    fn person(
        &self,
        known: &[Person],
        reference: &str,
        at: &str,
    ) -> Result<(PersonId, SubjectKind), Failure> {
        let named = self.prepared.person_ids.iter().find(|(name, _)| name == reference).map(|(_, id)| *id);
        let id = named.or_else(|| reference.parse().ok());
        let mut persons = self.prepared.persons.iter().chain(known);
        let found = persons.find(|person| match id {
            Some(id) => person.id == id,
            None => person.external_id.as_deref() == Some(reference),
        });
        found.map(|person| (person.id, person.kind)).ok_or_else(|| {
            Refusal::invalid("no-such-person", "no person of that reference or id here").at(at).into()
        })
    }

    /// A fact without a value, of the subject, field and class of the one that it takes back.
    fn withdraw(&mut self, withdrawn: &Fact) {
        self.version += 1;
        self.prepared.facts.push(Fact {
            id: self.env.new_id(),
            customer: self.customer,
            subject: withdrawn.subject,
            field: withdrawn.field,
            item: withdrawn.item.clone(),
            clear: None,
            sealed: None,
            retention_class: withdrawn.retention_class.clone(),
            source: Source::Declared,
            evidence: None,
            true_from: self.now,
            recorded_at: self.now,
            recorded_by: self.env.actor.to_string(),
            version: self.version,
            withdraws: Some(withdrawn.id),
        });
    }
}

/// Key class of each field under the packs in force, worked out once for a request.
struct Classes(HashMap<Field, String>);

impl Classes {
    fn in_force(env: &Env<'_>) -> Self {
        Self(Field::ALL.iter().map(|&field| (field, env.retention_class(field))).collect())
    }

    fn of(&self, field: Field) -> String {
        self.0.get(&field).cloned().unwrap_or_default()
    }

    fn all(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(String::as_str).collect::<BTreeSet<&str>>().into_iter()
    }
}

/// Where a fact's sealed value stands.
pub fn fact_place<'a>(subject: SubjectId, class: &str, row: &'a str, version: u64) -> Place<'a> {
    let owner = KeyOwner::Subject { subject, class: class.to_owned() };
    Place { owner, table: "facts", column: "sealed", row, version }
}

/// Normal forms under which a value is found again by blind index.
fn look_up_texts(field: Field, value: &FieldValue) -> Vec<(IndexPurpose, String)> {
    match value {
        FieldValue::Email(email) => vec![(IndexPurpose::Email, email.normal())],
        FieldValue::Telephone(number) => vec![(IndexPurpose::Telephone, number.as_str().to_owned())],
        FieldValue::Payment(means) => {
            means.link_key().into_iter().map(|key| (IndexPurpose::Payment, key)).collect()
        }
        FieldValue::Identifier(identifier) => {
            let value: String = identifier
                .value
                .chars()
                .filter(|c| c.is_alphanumeric())
                .flat_map(char::to_uppercase)
                .collect();
            vec![(IndexPurpose::Identifier, format!("{}:{}:{value}", identifier.country, identifier.scheme))]
        }
        FieldValue::Text(name) if field == Field::FullName => {
            screening::retrieval_keys(std::slice::from_ref(name))
                .into_iter()
                .map(|key| (IndexPurpose::NameKey, key))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// A blind index of a value, and the subject that has it.
pub type Reference = (IndexPurpose, [u8; 32], SubjectId);

/// The references that a customer's facts should have: of every value that can still be opened, withdrawn ones too.
pub fn references_of(
    env: &Env<'_>,
    reading: &Reading,
    facts: &[Fact],
) -> Result<BTreeSet<Reference>, Failure> {
    let mut references = BTreeSet::new();
    for fact in facts.iter().filter(|fact| fact.sealed.is_some()) {
        let Some(value) = open_fact(env, reading, fact)? else { continue };
        for (purpose, text) in look_up_texts(fact.field, &value) {
            references.insert((purpose, env.vault().blind_index(purpose, &text)?, fact.subject));
        }
    }
    Ok(references)
}

/// Writes what was prepared, with a leaf for each fact.
pub fn insert(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    customer: CustomerId,
    prepared: &Prepared,
) -> Result<(), Failure> {
    for person in &prepared.persons {
        tx.insert_person(person)?;
    }
    for fact in &prepared.facts {
        tx.insert_fact(fact)?;
        let object = fact.id.to_string();
        let owner = KeyOwner::Subject { subject: fact.subject, class: fact.retention_class.clone() };
        let recorded = Recorded {
            kind: "fact",
            object: &object,
            version: fact.version,
            customer: Some(customer),
            subject: Some(fact.subject),
            owner,
        };
        append_leaf(env, tx, recorded, fact)?;
    }
    for (purpose, blind, subject) in &prepared.references {
        tx.insert_reference(*purpose, blind, customer, &subject.to_string())?;
    }
    Ok(())
}

/// What an addition changed.
pub struct Added {
    pub customer: Customer,
    /// Caller's reference and id of each new person.
    pub persons: Vec<(String, PersonId)>,
    pub facts: Vec<FactId>,
    /// Accounts that waited for data that is complete now, as decided.
    pub accounts: Vec<Account>,
}

/// Adds to a customer's record and assesses it anew. A change of owners or of identity reopens what was
/// shown (CIP-19). Accounts that waited only for data are decided once it is complete, like at sign-up. `expected_version` is the customer's version the caller saw, where it said one.
pub fn add(
    env: &Env<'_>,
    id: CustomerId,
    expected_version: Option<u64>,
    addition: &Addition,
) -> Result<Added, Failure> {
    env.actor.may(Scope::CustomersWrite)?;
    if addition.is_empty() {
        return Err(Refusal::invalid("nothing-to-add", "the request adds nothing").into());
    }
    let (customer, persons, facts) = env.store().with_reading_tx(|tx| {
        let customer = super::find_visible(tx, env.actor, id)?;
        Ok::<_, Failure>((customer, tx.list_persons(id)?, tx.list_facts(id)?))
    })?;
    if let Some(expected) = expected_version.filter(|expected| *expected != customer.version) {
        let detail = format!("the customer is at version {}, not {expected}", customer.version);
        return Err(Refusal::conflict("version-conflict", detail).into());
    }
    for (number, withdrawn) in addition.withdraw.iter().enumerate() {
        if !facts.iter().any(|fact| fact.id == *withdrawn && fact.withdraws.is_none()) {
            let detail = format!("no fact `{withdrawn}` of this customer");
            return Err(Refusal::not_found("no-such-fact", detail).at(format!("/withdraw/{number}")).into());
        }
    }
    let known = Known { persons: &persons, facts: &facts, fact_version: customer.fact_version };
    let prepared = prepare(env, id, customer.kind, &known, addition)?;
    let screenings = assess::screen_prepared(env, &customer, &persons, &facts, &prepared)?;
    let reasons = reopening_reasons(addition, &facts);
    let (added, accounts) = env.store().with_tx(|tx| {
        insert(env, tx, id, &prepared)?;
        let mut changed = customer.clone();
        changed.fact_version += prepared.facts.len() as u64;
        assess::insert_screenings(env, tx, &screenings)?;
        if !reasons.is_empty() {
            changed.identification = changed.identification.reopen(env.now());
        }
        let changed = assess::refresh(env, tx, changed, &reasons)?;
        append_event(
            env,
            tx,
            Happened::of("customer.changed", id, changed.version)
                .to(id)
                .state(changed.identification.as_str())
                .because(reasons.clone()),
        )?;
        let accounts = account::decide_complete(env, tx, &changed)?;
        Ok::<_, Failure>((changed, accounts))
    })?;
    Ok(Added {
        customer: added,
        accounts,
        persons: prepared.person_ids,
        facts: prepared.facts.iter().map(|fact| fact.id).collect(),
    })
}

/// Why what was shown must be shown again: codes, empty when the change touches no identity.
fn reopening_reasons(addition: &Addition, on_record: &[Fact]) -> Vec<String> {
    let mut reasons = Vec::new();
    let mut because = |reason: &str| {
        if !reasons.iter().any(|known| known == reason) {
            reasons.push(reason.to_owned());
        }
    };
    if !addition.ownership.is_empty() || !addition.persons.is_empty() {
        because("owner-added");
    }
    for withdrawn in &addition.withdraw {
        match on_record.iter().find(|fact| fact.id == *withdrawn).map(|fact| fact.field) {
            Some(Field::Ownership) => because("owner-removed"),
            Some(field) if is_identity(field) => because("identity-changed"),
            _ => {}
        }
    }
    let of_persons = addition.person_facts.iter().flat_map(|(_, facts)| facts);
    if addition.facts.iter().chain(of_persons).any(|fact| is_identity(fact.field)) {
        because("identity-changed");
    }
    reasons
}

/// Fields whose change makes somebody else of a subject.
fn is_identity(field: Field) -> bool {
    matches!(
        field,
        Field::FullName
            | Field::Address
            | Field::Jurisdiction
            | Field::BranchOf
            | Field::Citizenship
            | Field::PermanentResidence
            | Field::PresentLocation
            | Field::NationalId
            | Field::RegistrationNumber
            | Field::BirthDate
    )
}
