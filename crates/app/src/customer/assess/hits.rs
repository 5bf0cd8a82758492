//! What the latest screenings of a customer and its persons come to, once judgements are taken into account.

use std::collections::{BTreeMap, BTreeSet};

use domain::customer::ConfirmedEntry;
use domain::fact::SubjectId;
use domain::id::{CustomerId, PersonId};
use domain::ownership::{ListedHolding, OwnershipGraph, path_to};
use domain::screening::{HitStatus, OnLists, Screening, judgement_of, status_of_hit};
use domain::special_measure::ListEntry;

use super::OnRecord;

pub struct Listed {
    pub on_lists: OnLists,
    /// What the customer's own latest screening compared it with.
    pub screened_with: Option<String>,
}

pub fn of_record(customer: CustomerId, record: &OnRecord, graph: &OwnershipGraph) -> Listed {
    let latest = latest(&record.screenings);
    let mut on_lists = OnLists::default();
    let mut any_open = false;
    let mut listed: BTreeMap<&str, BTreeSet<PersonId>> = BTreeMap::new();
    for screening in latest.values() {
        for hit in &screening.hits {
            let judgement = judgement_of(screening, hit, &record.judgements);
            let status = status_of_hit(screening, hit, &record.judgements);
            on_lists.hits = on_lists.hits.max(status);
            any_open |= status == HitStatus::Open;
            if status != HitStatus::Confirmed {
                continue;
            }
            let path = match screening.subject {
                SubjectId::Customer(_) => Vec::new(),
                SubjectId::Person(person) => path_to(graph, person),
            };
            if let Some(&owner) = path.last() {
                listed.entry(&hit.list).or_default().insert(owner);
            }
            on_lists.confirmed_entries.push(ConfirmedEntry {
                entry: ListEntry { list: hit.list.clone(), entry: hit.entry.clone() },
                of_owner: matches!(screening.subject, SubjectId::Person(_)),
                path,
                outcome: judgement.and_then(|judgement| judgement.outcome.clone()),
            });
        }
    }
    on_lists.hit_open = any_open && on_lists.hits == HitStatus::Confirmed;
    on_lists.confirmed_entries.sort();
    on_lists.confirmed_entries.dedup();
    on_lists.listed_owners =
        listed.iter().map(|(list, owners)| ListedHolding::of(list, graph, owners)).collect();
    let own = latest.get(&SubjectId::Customer(customer));
    Listed { on_lists, screened_with: own.map(|screening| screening.compared_with()) }
}

/// The latest of each subject.
pub fn latest(screenings: &[Screening]) -> BTreeMap<SubjectId, &Screening> {
    let mut latest: BTreeMap<SubjectId, &Screening> = BTreeMap::new();
    for screening in screenings {
        let held = latest.entry(screening.subject).or_insert(screening);
        if (screening.screened_at, screening.id) >= (held.screened_at, held.id) {
            *held = screening;
        }
    }
    latest
}
