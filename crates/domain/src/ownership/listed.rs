//! How much of a customer those hold who are on a list, by each of the ways in which lists attribute it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use super::{DEPTH_MAX, Index, OwnershipGraph, Share, add};
use crate::fact::SubjectId;
use crate::field::OwnershipKind;
use crate::id::PersonId;

/// What listed parties hold of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Holding {
    /// Shares multiplied along each chain and added up, exact, then rounded down. What somebody holds through another
    /// listed party is that party's.
    pub share_ppm: u32,
    /// The same rounded up.
    pub share_ppm_up: u32,
    /// The highest threshold under which the customer is theirs when an entity of which they hold as much counts as
    /// one of them.
    pub passed_ppm: u32,
    /// The same when also an entity that they control counts as one of them.
    pub controlled_ppm: u32,
}

/// The parties of one list.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ListedHolding {
    pub list: String,
    pub together: Holding,
    /// The most that a single one of them comes to, figure by figure.
    pub largest: Holding,
}

impl ListedHolding {
    pub fn of(list: &str, graph: &OwnershipGraph, listed: &BTreeSet<PersonId>) -> Self {
        let index = Index::new(graph);
        let mut largest = Holding::default();
        for &one in listed {
            let alone = index.held_by(&BTreeSet::from([one]));
            largest.share_ppm = largest.share_ppm.max(alone.share_ppm);
            largest.share_ppm_up = largest.share_ppm_up.max(alone.share_ppm_up);
            largest.passed_ppm = largest.passed_ppm.max(alone.passed_ppm);
            largest.controlled_ppm = largest.controlled_ppm.max(alone.controlled_ppm);
        }
        Self { list: list.to_owned(), together: index.held_by(listed), largest }
    }
}

/// The shortest way from the customer up to an owner, nearest first; empty for who owns nothing of it.
pub fn path_to(graph: &OwnershipGraph, owner: PersonId) -> Vec<PersonId> {
    let index = Index::new(graph);
    let mut came_from: BTreeMap<PersonId, SubjectId> = BTreeMap::new();
    let mut open = VecDeque::from([graph.customer]);
    while let Some(owned) = open.pop_front() {
        for edge in index.all_of(owned) {
            if SubjectId::Person(edge.owner) == graph.customer || came_from.contains_key(&edge.owner) {
                continue;
            }
            came_from.insert(edge.owner, owned);
            open.push_back(SubjectId::Person(edge.owner));
        }
    }
    let mut path = Vec::new();
    let mut at = SubjectId::Person(owner);
    while let SubjectId::Person(person) = at
        && let Some(&below) = came_from.get(&person)
    {
        path.push(person);
        at = below;
    }
    path.reverse();
    path
}

impl Index<'_> {
    fn held_by(&self, listed: &BTreeSet<PersonId>) -> Holding {
        let share = self.share_of(listed);
        Holding {
            share_ppm: share.to_ppm_down(),
            share_ppm_up: share.to_ppm_up(),
            passed_ppm: self.passed(listed, false),
            controlled_ppm: self.passed(listed, true),
        }
    }

    fn share_of(&self, listed: &BTreeSet<PersonId>) -> Share {
        let mut sum = Share::NOTHING;
        let mut level = BTreeMap::from([(self.graph.customer, Share::WHOLE)]);
        for _ in 0..DEPTH_MAX {
            let mut next = BTreeMap::new();
            for (owned, share) in level {
                for edge in self.equity_of(owned) {
                    let part = share.times_ppm(edge.share_ppm);
                    if listed.contains(&edge.owner) {
                        sum = sum.plus(part);
                    } else if !self.is_individual(edge.owner) {
                        add(&mut next, SubjectId::Person(edge.owner), part);
                    }
                }
            }
            level = next;
        }
        sum
    }

    /// Found by halving: a lower threshold never reaches less.
    fn passed(&self, listed: &BTreeSet<PersonId>, with_control: bool) -> u32 {
        let (mut reached, mut beyond) = (0, 1_000_001);
        while reached + 1 < beyond {
            let middle = reached + (beyond - reached) / 2;
            if self.is_reached(listed, middle, with_control) {
                reached = middle;
            } else {
                beyond = middle;
            }
        }
        reached
    }

    /// Whether the customer is one of them, when an entity of which they hold `threshold_ppm` is.
    fn is_reached(&self, listed: &BTreeSet<PersonId>, threshold_ppm: u32, with_control: bool) -> bool {
        let mut theirs = listed.clone();
        loop {
            let before = theirs.len();
            for &owned in self.owners_of.keys() {
                let is_theirs = || {
                    let held: u64 = self
                        .equity_of(owned)
                        .filter(|edge| theirs.contains(&edge.owner))
                        .fold(0, |sum, edge| sum.saturating_add(edge.share_ppm.into()));
                    let controls = |edge: &crate::field::OwnershipEdge| {
                        edge.kind == OwnershipKind::Control && theirs.contains(&edge.owner)
                    };
                    held >= threshold_ppm.into() || (with_control && self.all_of(owned).any(controls))
                };
                match owned {
                    SubjectId::Person(person) if theirs.contains(&person) => {}
                    _ if !is_theirs() => {}
                    SubjectId::Person(person) => _ = theirs.insert(person),
                    SubjectId::Customer(_) => return true,
                }
            }
            if theirs.len() == before {
                return false;
            }
        }
    }
}

#[cfg(test)]
mod tests;
