//! Who owns and controls an entity (DEF-06), and what customer and owners come to together (DEF-05).
//!
//! Exact: a share is kept in whole units of 10⁻¹²⁰, so products along chains of up to [`DEPTH_MAX`] links
//! lose nothing. Cross-holdings are walked around until that depth, which only ever adds to a share; they
//! are reported, and every walk ends.

mod listed;
mod share;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::fact::{SubjectId, SubjectKind};
use crate::field::{OwnershipEdge, OwnershipKind};
use crate::id::PersonId;
use crate::pack::OwnershipTerms;
use crate::person::{Classification, HomeFinding, Reason};

pub use listed::{Holding, ListedHolding, path_to};
pub use share::Share;

/// Links of the longest chain that is followed. What lies deeper is reported, not guessed.
pub const DEPTH_MAX: u32 = 20;

const CHAINS_MAX: usize = 256;
const STEPS_MAX: usize = 20_000;
const CYCLES_MAX: usize = 16;

/// One edge and the side that is owned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnedEdge {
    pub owned: SubjectId,
    pub edge: OwnershipEdge,
}

/// What is known of who owns whom. Two edges between the same two add up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnershipGraph {
    pub customer: SubjectId,
    /// Kind of each person named as an owner.
    pub persons: BTreeMap<PersonId, SubjectKind>,
    pub edges: Vec<OwnedEdge>,
}

/// One way from the customer up to an individual, nearest owner first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    pub links: Vec<OwnershipEdge>,
    /// Product of the shares, rounded down; 0 where a link is control.
    pub share_ppm: u32,
}

/// An individual somewhere above the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    pub person: PersonId,
    /// Direct and indirect together, rounded down; at most the whole.
    pub share_ppm: u32,
    pub direct_ppm: u32,
    /// The exact sum is at or above the threshold. The figures above are for reading only.
    pub by_share: bool,
    pub by_control: bool,
    /// Explains the figures; each individual at least by one chain unless `ChainsNotAllListed` is reported.
    pub chains: Vec<Chain>,
}

/// What does not add up, for a person to look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "discrepancy", rename_all = "snake_case")]
pub enum OwnershipDiscrepancy {
    /// Entities that own one another, in order.
    Cycle { through: Vec<SubjectId> },
    /// More than the whole of it is owned.
    MoreThanWhole { owned: SubjectId, sum_ppm: u64 },
    /// Part of it is owned by nobody we know of; `reaches_ppm` is what that comes to at the customer.
    Remainder { owned: SubjectId, missing_ppm: u32, reaches_ppm: u32 },
    /// An owner without a record of its own.
    UnknownOwner { person: PersonId },
    /// An individual of whom somebody is said to own a part.
    OwnedIndividual { person: PersonId },
    /// Chains go on beyond what is followed.
    TooDeep,
    /// The rule set asks for exactly one control person.
    ControlPersons { found: usize },
    /// Too many chains to list all; sums are right all the same.
    ChainsNotAllListed,
}

/// The owners of a customer, as one rule sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnershipFinding {
    /// Beneficial owners, by person.
    pub owners: Vec<Holder>,
    /// Individuals that own less and control nothing.
    pub others: Vec<Holder>,
    pub discrepancies: Vec<OwnershipDiscrepancy>,
    /// All that nobody we know of owns, at the customer, rounded up.
    pub unknown_ppm: u32,
    /// Somebody unknown could hold as much as the threshold.
    pub may_hide_owner: bool,
    pub terms: OwnershipTerms,
}

/// Walks the graph and names the beneficial owners under the terms. Ends on every input.
pub fn beneficial_owners(graph: &OwnershipGraph, terms: &OwnershipTerms) -> OwnershipFinding {
    let index = Index::new(graph);
    let held = Sums::new(&index);
    let control = index.control(terms.control_passes_above_ppm);
    let (mut chains, all_listed) = index.chains();
    let mut discrepancies = index.discrepancies();

    let individuals: BTreeSet<PersonId> = held.total.keys().chain(&control).copied().collect();
    let threshold = Share::WHOLE.times_ppm(terms.threshold_ppm);
    let holders = individuals.into_iter().map(|person| {
        let share = held.total.get(&person).copied().unwrap_or(Share::NOTHING);
        Holder {
            person,
            share_ppm: share.to_ppm_down(),
            direct_ppm: held.direct.get(&person).copied().unwrap_or(Share::NOTHING).to_ppm_down(),
            by_share: share >= threshold,
            by_control: control.contains(&person),
            chains: chains.remove(&person).unwrap_or_default(),
        }
    });
    let (owners, others): (Vec<_>, Vec<_>) = holders.partition(|holder| holder.by_share || holder.by_control);

    let mut unknown = held.lost;
    for (&owned, &share) in &held.entities {
        let missing_ppm = index.missing_ppm(owned);
        if missing_ppm > 0 {
            let reaches = share.times_ppm(missing_ppm);
            unknown = unknown.plus(reaches);
            discrepancies.push(OwnershipDiscrepancy::Remainder {
                owned,
                missing_ppm,
                reaches_ppm: reaches.to_ppm_down(),
            });
        }
    }
    if held.lost.to_ppm_down() > 0 {
        discrepancies.push(OwnershipDiscrepancy::TooDeep);
    }
    if !all_listed {
        discrepancies.push(OwnershipDiscrepancy::ChainsNotAllListed);
    }
    if terms.one_control_person && control.len() != 1 {
        discrepancies.push(OwnershipDiscrepancy::ControlPersons { found: control.len() });
    }
    discrepancies.sort();
    OwnershipFinding {
        owners,
        others,
        discrepancies,
        unknown_ppm: unknown.to_ppm_up(),
        may_hide_owner: unknown >= threshold,
        terms: terms.clone(),
    }
}

/// Edges by the side that is owned.
struct Index<'a> {
    graph: &'a OwnershipGraph,
    owners_of: BTreeMap<SubjectId, Vec<&'a OwnershipEdge>>,
}

/// Shares at the customer.
struct Sums {
    total: BTreeMap<PersonId, Share>,
    direct: BTreeMap<PersonId, Share>,
    /// The customer itself and each entity above it.
    entities: BTreeMap<SubjectId, Share>,
    /// What was still on its way up at the greatest depth.
    lost: Share,
}

impl Sums {
    fn new(index: &Index<'_>) -> Self {
        let mut sums = Self {
            total: BTreeMap::new(),
            direct: BTreeMap::new(),
            entities: BTreeMap::new(),
            lost: Share::NOTHING,
        };
        let mut level = BTreeMap::from([(index.graph.customer, Share::WHOLE)]);
        for depth in 1..=DEPTH_MAX {
            let mut next: BTreeMap<SubjectId, Share> = BTreeMap::new();
            for (owned, share) in level {
                add(&mut sums.entities, owned, share);
                for edge in index.equity_of(owned) {
                    let part = share.times_ppm(edge.share_ppm);
                    if index.is_individual(edge.owner) {
                        add(&mut sums.total, edge.owner, part);
                        if depth == 1 {
                            add(&mut sums.direct, edge.owner, part);
                        }
                    } else {
                        add(&mut next, SubjectId::Person(edge.owner), part);
                    }
                }
            }
            level = next;
        }
        sums.lost = level.into_values().fold(Share::NOTHING, Share::plus);
        sums
    }
}

fn add<K: Ord>(sums: &mut BTreeMap<K, Share>, key: K, part: Share) {
    let sum = sums.entry(key).or_insert(Share::NOTHING);
    *sum = sum.plus(part);
}

impl<'a> Index<'a> {
    fn new(graph: &'a OwnershipGraph) -> Self {
        let mut owners_of: BTreeMap<SubjectId, Vec<&OwnershipEdge>> = BTreeMap::new();
        for OwnedEdge { owned, edge } in &graph.edges {
            owners_of.entry(*owned).or_default().push(edge);
        }
        Self { graph, owners_of }
    }

    /// Nobody owns an individual, so edges that say so lead nowhere.
    fn all_of(&self, owned: SubjectId) -> impl Iterator<Item = &'a OwnershipEdge> + '_ {
        let is_individual = matches!(owned, SubjectId::Person(person) if self.is_individual(person));
        let edges = self.owners_of.get(&owned).filter(|_| !is_individual);
        edges.into_iter().flatten().copied()
    }

    fn equity_of(&self, owned: SubjectId) -> impl Iterator<Item = &'a OwnershipEdge> + '_ {
        self.all_of(owned).filter(|edge| edge.kind == OwnershipKind::Equity && edge.share_ppm > 0)
    }

    fn is_individual(&self, person: PersonId) -> bool {
        self.graph.persons.get(&person) == Some(&SubjectKind::Individual)
    }

    fn sum_ppm(&self, owned: SubjectId) -> u64 {
        self.equity_of(owned).map(|edge| u64::from(edge.share_ppm)).fold(0, u64::saturating_add)
    }

    fn missing_ppm(&self, owned: SubjectId) -> u32 {
        u32::try_from(1_000_000_u64.saturating_sub(self.sum_ppm(owned))).unwrap_or(0)
    }

    /// Individuals who control the customer: along control edges, and through who owns more than
    /// `passes_above` of what controls it.
    fn control(&self, passes_above: Option<u32>) -> BTreeSet<PersonId> {
        let mut individuals = BTreeSet::new();
        let mut seen = BTreeSet::from([self.graph.customer]);
        let mut open = vec![self.graph.customer];
        while let Some(controlled) = open.pop() {
            let by_edge = self.all_of(controlled).filter(|edge| edge.kind == OwnershipKind::Control);
            let mut controlling: BTreeSet<PersonId> = by_edge.map(|edge| edge.owner).collect();
            if let Some(passes_above) = passes_above {
                let mut sums: BTreeMap<PersonId, u64> = BTreeMap::new();
                for edge in self.equity_of(controlled) {
                    let sum = sums.entry(edge.owner).or_default();
                    *sum = sum.saturating_add(edge.share_ppm.into());
                }
                let majority = sums.into_iter().filter(|&(_, sum)| sum > u64::from(passes_above));
                controlling.extend(majority.map(|(owner, _)| owner));
            }
            for owner in controlling {
                if self.is_individual(owner) {
                    individuals.insert(owner);
                } else if seen.insert(SubjectId::Person(owner)) {
                    open.push(SubjectId::Person(owner));
                }
            }
        }
        individuals
    }

    /// Chains without a repeated entity, up to a number of chains and of steps; false if there are more.
    fn chains(&self) -> (BTreeMap<PersonId, Vec<Chain>>, bool) {
        let mut chains: BTreeMap<PersonId, Vec<Chain>> = BTreeMap::new();
        let (mut listed, mut steps) = (0, 0);
        // Each frame: the edges that leave a subject and how many of them were followed.
        let mut frames = vec![(self.graph.customer, self.all_of(self.graph.customer).collect::<Vec<_>>(), 0)];
        let mut links: Vec<&OwnershipEdge> = Vec::new();
        while let Some((_, edges, followed)) = frames.last_mut() {
            let Some(&edge) = edges.get(*followed) else {
                frames.pop();
                links.pop();
                continue;
            };
            *followed += 1;
            steps += 1;
            if steps > STEPS_MAX || listed >= CHAINS_MAX {
                return (chains, false);
            }
            if self.is_individual(edge.owner) {
                listed += 1;
                let links: Vec<OwnershipEdge> = links.iter().copied().chain([edge]).cloned().collect();
                let share = links.iter().fold(Share::WHOLE, |share, link| match link.kind {
                    OwnershipKind::Equity => share.times_ppm(link.share_ppm),
                    OwnershipKind::Control => Share::NOTHING,
                });
                chains.entry(edge.owner).or_default().push(Chain { links, share_ppm: share.to_ppm_down() });
                continue;
            }
            let next = SubjectId::Person(edge.owner);
            let repeats = frames.iter().any(|(subject, _, _)| *subject == next);
            if !repeats && frames.len() < DEPTH_MAX as usize {
                links.push(edge);
                frames.push((next, self.all_of(next).collect(), 0));
            }
        }
        (chains, true)
    }

    fn discrepancies(&self) -> Vec<OwnershipDiscrepancy> {
        let mut found = BTreeSet::new();
        for (&owned, edges) in &self.owners_of {
            if let SubjectId::Person(person) = owned
                && self.is_individual(person)
            {
                found.insert(OwnershipDiscrepancy::OwnedIndividual { person });
                continue;
            }
            let sum_ppm = self.sum_ppm(owned);
            if sum_ppm > 1_000_000 {
                found.insert(OwnershipDiscrepancy::MoreThanWhole { owned, sum_ppm });
            }
            let unknown = edges.iter().filter(|edge| !self.graph.persons.contains_key(&edge.owner));
            found.extend(unknown.map(|edge| OwnershipDiscrepancy::UnknownOwner { person: edge.owner }));
        }
        found.extend(self.cycles().into_iter().map(|through| OwnershipDiscrepancy::Cycle { through }));
        found.into_iter().collect()
    }

    /// One cycle for each edge that leads back to where a walk came from; a bounded number.
    fn cycles(&self) -> Vec<Vec<SubjectId>> {
        let mut cycles = Vec::new();
        let mut done: BTreeSet<SubjectId> = BTreeSet::new();
        let mut path: Vec<(SubjectId, Vec<SubjectId>)> =
            vec![(self.graph.customer, self.entities_above(self.graph.customer))];
        let mut on_path = BTreeSet::from([self.graph.customer]);
        while let Some((subject, above)) = path.last_mut() {
            let Some(next) = above.pop() else {
                on_path.remove(subject);
                done.insert(*subject);
                path.pop();
                continue;
            };
            if on_path.contains(&next) {
                let from = path.iter().position(|(subject, _)| *subject == next).unwrap_or(0);
                cycles.push(path[from..].iter().map(|(subject, _)| *subject).collect());
                if cycles.len() >= CYCLES_MAX {
                    break;
                }
            } else if !done.contains(&next) {
                on_path.insert(next);
                path.push((next, self.entities_above(next)));
            }
        }
        cycles
    }

    fn entities_above(&self, owned: SubjectId) -> Vec<SubjectId> {
        let owners: BTreeSet<PersonId> = self.all_of(owned).map(|edge| edge.owner).collect();
        owners.into_iter().filter(|&owner| !self.is_individual(owner)).map(SubjectId::Person).rev().collect()
    }
}

/// What the customer and all its beneficial owners come to (DEF-05), with everything it was decided from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Determination {
    pub classification: Classification,
    pub explanation: Vec<Reason>,
    pub inputs: DeterminationInputs,
}

/// Enough to determine the same again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeterminationInputs {
    pub customer: HomeFinding,
    /// `None` for an individual, whom nobody owns, and where no pack asks for owners.
    pub ownership: Option<OwnershipFinding>,
    /// By person; an owner who is missing here is presumed foreign.
    pub owners: BTreeMap<PersonId, HomeFinding>,
    /// The customer's word that every beneficial owner is named.
    pub ownership_complete: bool,
}

/// `us` only when the customer and all beneficial owners were shown to be US persons (DEF-05).
pub fn determine(inputs: DeterminationInputs) -> Determination {
    let mut explanation = vec![Reason::new(
        "DEF-04",
        inputs.customer.classification,
        format!("the customer is {}", inputs.customer.classification.as_str()),
    )];
    let owners = inputs.ownership.iter().flat_map(|ownership| &ownership.owners);
    for owner in owners {
        let classification = inputs.owners.get(&owner.person).map(|finding| finding.classification);
        let classification = classification.unwrap_or_default();
        let why = match (owner.by_share, owner.by_control) {
            (true, true) => format!("with {} ppm and control", owner.share_ppm),
            (true, false) => format!("with {} ppm", owner.share_ppm),
            _ => "with control".to_owned(),
        };
        let text = format!("beneficial owner `{}`, {why}, is {}", owner.person, classification.as_str());
        explanation.push(Reason::new("DEF-05", classification, text));
    }
    if let Some(ownership) = &inputs.ownership {
        if ownership.may_hide_owner && !inputs.ownership_complete {
            let text = format!("{} ppm are owned by nobody we know of", ownership.unknown_ppm);
            explanation.push(Reason::new("DEF-06", Classification::PresumedForeign, text));
        }
        let cannot_stand = |discrepancy: &&OwnershipDiscrepancy| {
            use OwnershipDiscrepancy::{
                ControlPersons, MoreThanWhole, OwnedIndividual, TooDeep, UnknownOwner,
            };
            matches!(
                discrepancy,
                ControlPersons { .. }
                    | MoreThanWhole { .. }
                    | OwnedIndividual { .. }
                    | TooDeep
                    | UnknownOwner { .. }
            )
        };
        if ownership.discrepancies.iter().any(|discrepancy| cannot_stand(&discrepancy)) {
            let text = "the ownership data contradicts itself or goes too deep".to_owned();
            explanation.push(Reason::new("DEF-06", Classification::PresumedForeign, text));
        }
    }
    let all = |wanted| explanation.iter().any(|reason| reason.says == wanted);
    let classification = if all(Classification::Foreign) {
        Classification::Foreign
    } else if all(Classification::Review) {
        Classification::Review
    } else if all(Classification::PresumedForeign) {
        Classification::PresumedForeign
    } else {
        Classification::Us
    };
    Determination { classification, explanation, inputs }
}

#[cfg(test)]
mod tests;
