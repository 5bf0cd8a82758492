//! An addition made ready outside the transaction: keys made, values sealed, ids given.

use std::collections::{BTreeSet, HashMap};

use domain::fact::{Fact, Source, SubjectId, SubjectKind};
use domain::field::{Field, FieldValue, OwnershipEdge, OwnershipKind};
use domain::id::{CustomerId, FactId, PersonId};
use domain::person::Person;
use jiff::Timestamp;

use super::check::{check, check_size};
use super::reference::{Reference, look_up_texts};
use super::{Addition, NewFact, NewOwnership, NewPerson, fact_place};
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::vault::KeyOwner;

/// Longest caller's name of anything.
const REFERENCE_BYTES_MAX: usize = 200;

/// An addition made ready outside the transaction: values checked and sealed, ids given.
pub struct Prepared {
    pub persons: Vec<Person>,
    pub facts: Vec<Fact>,
    /// The values in clear, for the screening that comes before the transaction.
    pub plain: Vec<(FactId, FieldValue)>,
    pub(super) references: Vec<Reference>,
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
