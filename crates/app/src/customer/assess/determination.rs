//! Who is foreign, who owns, and where a customer is, from its clear facts.

use std::collections::BTreeMap;

use domain::customer::{Customer, Located, PlaceBasis};
use domain::fact::{Fact, Source, SubjectId, SubjectKind};
use domain::field::{Clear, Field};
use domain::id::PersonId;
use domain::ownership::{
    self, Determination, DeterminationInputs, OwnedEdge, OwnershipFinding, OwnershipGraph,
};
use domain::pack::{KnownFacts, PacksInForce};
use domain::person::{HomeFacts, HomeFinding, Person, Shown, test_home_person};
use jiff::Timestamp;

use crate::decision::known_facts;
use crate::env::Env;

/// The determination of a customer from its clear facts.
pub(super) fn determine(
    customer: &Customer,
    persons: &[Person],
    current: &[&Fact],
    in_force: &PacksInForce<'_>,
    known: &KnownFacts,
) -> Determination {
    let terms = in_force.home_person(known);
    let test = |subject: SubjectId, kind: SubjectKind| -> HomeFinding {
        test_home_person(home_facts(subject, kind, current), terms.clone())
    };
    let own = SubjectId::Customer(customer.id);
    let ownership = owners(customer, persons, current, in_force, known);
    let owners: BTreeMap<PersonId, HomeFinding> = ownership
        .iter()
        .flat_map(|finding| &finding.owners)
        .map(|owner| (owner.person, test(SubjectId::Person(owner.person), SubjectKind::Individual)))
        .collect();
    let ownership_complete = current.iter().any(|fact| {
        fact.subject == own && fact.field == Field::OwnershipComplete && fact.clear == Some(Clear::Flag(true))
    });
    ownership::determine(DeterminationInputs {
        customer: test(own, customer.kind),
        ownership,
        owners,
        ownership_complete,
    })
}

fn owners(
    customer: &Customer,
    persons: &[Person],
    current: &[&Fact],
    in_force: &PacksInForce<'_>,
    known: &KnownFacts,
) -> Option<OwnershipFinding> {
    if customer.kind == SubjectKind::Individual {
        return None;
    }
    let terms = in_force.ownership(known)?;
    Some(ownership::beneficial_owners(&graph_of(customer, persons, current), &terms))
}

/// Who owns whom above a customer, from its clear facts.
pub fn graph_of(customer: &Customer, persons: &[Person], current: &[&Fact]) -> OwnershipGraph {
    let edges = current
        .iter()
        .filter_map(|fact| match &fact.clear {
            Some(Clear::Ownership(edge)) => Some(OwnedEdge { owned: fact.subject, edge: edge.clone() }),
            _ => None,
        })
        .collect();
    OwnershipGraph {
        customer: SubjectId::Customer(customer.id),
        persons: persons.iter().map(|person| (person.id, person.kind)).collect(),
        edges,
    }
}

/// A beneficial owner as an investigator sees it.
pub struct OwnerLine {
    pub person: PersonId,
    pub share_ppm: u32,
    pub controls: bool,
}

/// The beneficial owners under the packs in force at an instant, from facts read as of it.
pub fn beneficial_owners(
    env: &Env<'_>,
    customer: &Customer,
    persons: &[Person],
    current: &[&Fact],
    at: Timestamp,
) -> Vec<OwnerLine> {
    let in_force = env.packs.at_instant(at);
    let known = known_facts(customer.kind, customer.standing.classification, None, None, None);
    let finding = owners(customer, persons, current, &in_force, &known);
    finding
        .into_iter()
        .flat_map(|finding| finding.owners)
        .map(|owner| OwnerLine {
            person: owner.person,
            share_ppm: owner.share_ppm,
            controls: owner.by_control,
        })
        .collect()
}

fn home_facts(subject: SubjectId, kind: SubjectKind, current: &[&Fact]) -> HomeFacts {
    let shown = |fields: &[Field]| -> Vec<Shown> {
        current
            .iter()
            .filter(|fact| fact.subject == subject && fields.contains(&fact.field))
            .filter_map(|fact| Some(Shown { place: fact.clear.as_ref()?.place()?, source: fact.source }))
            .collect()
    };
    HomeFacts {
        kind,
        citizenships: shown(&[Field::Citizenship]),
        permanent_residences: shown(&[Field::PermanentResidence]),
        organised_in: shown(&[Field::Jurisdiction]),
        branch_of: shown(&[Field::BranchOf]),
        located_in: shown(&[Field::PresentLocation, Field::Address]),
    }
}

/// The customer and its beneficial owners.
pub(super) fn subjects(customer: &Customer, determination: &Determination) -> Vec<(SubjectId, SubjectKind)> {
    let owners = determination.inputs.ownership.iter().flat_map(|finding| &finding.owners);
    let owners = owners.map(|owner| (SubjectId::Person(owner.person), SubjectKind::Individual));
    std::iter::once((SubjectId::Customer(customer.id), customer.kind)).chain(owners).collect()
}

/// A foreign customer and every foreign beneficial owner is verified; who is shown to be a US person is not.
pub(super) fn needs_verification(determination: &Determination, subject: SubjectId) -> bool {
    match subject {
        SubjectId::Customer(_) => determination.classification.is_foreign(),
        SubjectId::Person(person) => {
            determination.inputs.owners.get(&person).is_none_or(|finding| finding.classification.is_foreign())
        }
    }
}

/// Where the customer and its beneficial owners are, for measures: location, never nationality.
pub(super) fn places(customer: &Customer, current: &[&Fact], determination: &Determination) -> Vec<Located> {
    let subjects = subjects(customer, determination);
    let mut places: Vec<Located> = current
        .iter()
        .filter_map(|fact| {
            let (subject, _) = subjects.iter().find(|(subject, _)| *subject == fact.subject)?;
            let basis = match fact.field {
                Field::Address => PlaceBasis::Address,
                Field::LocationOfUse if fact.source == Source::Observed => PlaceBasis::AccessAddress,
                Field::LocationOfUse => PlaceBasis::LocationOfUse,
                Field::Jurisdiction => PlaceBasis::PlaceOfOrganisation,
                Field::PresentLocation => PlaceBasis::PresentLocation,
                _ => return None,
            };
            let place = fact.clear.as_ref()?.place()?;
            let of_owner = matches!(subject, SubjectId::Person(_));
            Some(Located { place, basis, of_owner, strength: fact.source })
        })
        .collect();
    places.sort();
    places.dedup();
    places
}
