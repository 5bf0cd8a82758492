//! Several packs on one customer: which are in force, what they ask for together, where they conflict.
//!
//! Fields are the union, retention is the longest per field, notices are all of them, the stricter of two
//! rules counts, and what cannot be met together is shown to a person.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use terms::Country;

use super::*;
use crate::clock::{Deadline, Period, Zone};
use crate::product::ProductClass;
use crate::screening::{Consequence, ListTerms, OwnershipTest};
use crate::special_measure::Condition;
use crate::verification::VerificationLevel;

/// What a rule rests on. Travels with every requirement, finding and decision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Citation {
    pub pack: PackId,
    pub status: PackStatus,
    /// Table and key in the pack, such as `clocks.cip_hand_over`.
    pub entry: String,
    pub document: String,
    pub section: String,
    pub certainty: Certainty,
    /// False for an unconfirmed or unchecked entry without a check record.
    pub checked: bool,
    pub requirement: Option<String>,
}

/// An entry that counts, with its pack.
#[derive(Debug, Clone)]
pub struct Rule<'a, E> {
    pub entry: &'a E,
    pub pack: &'a Pack,
    pub citation: Citation,
}

/// The packs in force on a day. Cheap to make: ask for one wherever it is needed.
#[derive(Debug, Clone)]
pub struct PacksInForce<'a> {
    pub packs: Vec<InForce<'a>>,
}

/// Terms on which an unverified account may be used meanwhile (CIP-15).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterimTerms {
    /// Merged: the lowest cap, the highest level, the regions that all allow.
    pub conditions: Vec<Condition>,
    /// The longest they may last after opening: one for each rule that sets an end, in its pack's time zone.
    pub at_most: Vec<(Period, Zone)>,
    pub citations: Vec<Citation>,
}

impl InterimTerms {
    /// When terms that start at an instant are over: the earliest end that a rule sets (CRT-09).
    pub fn ends_at(&self, from: Timestamp) -> Option<Timestamp> {
        self.at_most.iter().map(|(period, zone)| crate::clock::due(from, *period, zone).until).min()
    }
}

/// Ownership rules merged: the lowest threshold counts (DEF-06).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnershipTerms {
    pub threshold_ppm: u32,
    /// A pack asks for exactly one control person beside the share (bank model).
    pub one_control_person: bool,
    pub control_passes_above_ppm: Option<u32>,
    pub citations: Vec<Citation>,
}

/// Home-person rules merged: what every one of them takes (DEF-03).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomePersonTerms {
    pub home: BTreeSet<Country>,
    pub tests: BTreeSet<PersonTest>,
    pub shown_by: crate::fact::Source,
    pub citations: Vec<Citation>,
}

/// Two packs that cannot both be followed, for a person to decide (PRV-04).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    pub about: String,
    pub text: String,
    pub between: BTreeSet<PackId>,
    pub citations: Vec<Citation>,
}

impl<'a> PacksInForce<'a> {
    /// Entries of one table that count on the day for what the facts tell, such as
    /// `select("fields", |pack| &pack.fields, &facts)`. The name is the table's, for citations.
    pub fn select<E: Entry>(
        &self,
        table: &str,
        entries: impl Fn(&'a Pack) -> &'a [E],
        facts: &KnownFacts,
    ) -> Vec<Rule<'a, E>> {
        let mut rules = Vec::new();
        for one in self.packs.iter().filter(|one| one.applies(facts)) {
            let counts = |entry: &&E| {
                entry.is_effective_on(one.on) && entry.when().is_none_or(|when| when.applies(facts))
            };
            let with_pack =
                |entry: &'a E| Rule { entry, pack: one.pack(), citation: one.loaded.citation(table, entry) };
            rules.extend(entries(one.pack()).iter().filter(counts).map(with_pack));
        }
        rules
    }

    /// Ids and states, to print on what rests on them: `us-eo13984-nprm@2024-01-29 (proposed)`.
    pub fn statuses(&self) -> Vec<String> {
        self.packs.iter().map(|one| format!("{} ({})", one.pack().id, one.pack().status)).collect()
    }

    /// Whether a class of product is in scope, by pack (DEF-02).
    pub fn scope_of(&self, class: ProductClass) -> Vec<(&'a PackId, bool)> {
        self.packs.iter().map(|one| (&one.pack().id, one.in_scope(class))).collect()
    }

    /// `None` if no pack in force asks for beneficial owners.
    pub fn ownership(&self, facts: &KnownFacts) -> Option<OwnershipTerms> {
        let rules = self.select("ownership", |pack| &pack.ownership, facts);
        let threshold_ppm = rules.iter().map(|rule| rule.entry.threshold_ppm).min()?;
        Some(OwnershipTerms {
            threshold_ppm,
            one_control_person: rules
                .iter()
                .any(|rule| rule.entry.rule_set == OwnershipRuleSet::ShareAndOneControlPerson),
            control_passes_above_ppm: rules
                .iter()
                .filter_map(|rule| rule.entry.control_passes_above_ppm)
                .min(),
            citations: citations(&rules),
        })
    }

    /// `None` if no pack in force tells home persons from foreign ones.
    pub fn home_person(&self, facts: &KnownFacts) -> Option<HomePersonTerms> {
        let rules = self.select("home_person", |pack| &pack.home_person, facts);
        let (first, rest) = rules.split_first()?;
        let mut terms = HomePersonTerms {
            home: first.entry.home.clone(),
            tests: first.entry.tests.clone(),
            shown_by: first.entry.shown_by,
            citations: citations(&rules),
        };
        for rule in rest {
            terms.home.retain(|country| rule.entry.home.contains(country));
            terms.tests.retain(|test| rule.entry.tests.contains(test));
            terms.shown_by = terms.shown_by.max(rule.entry.shown_by);
        }
        Some(terms)
    }

    /// The highest level that any pack asks for, with all that ask for one.
    pub fn verification(
        &self,
        column: Column,
        facts: &KnownFacts,
    ) -> (VerificationLevel, Vec<Rule<'a, VerificationRule>>) {
        let mut rules = self.select("verification", |pack| &pack.verification, facts);
        rules.retain(|rule| rule.entry.subjects.contains(&column));
        let level = rules.iter().map(|rule| rule.entry.level).max().unwrap_or_default();
        (level, rules)
    }

    /// `None` if no pack has terms for an unverified account.
    pub fn interim_terms(&self, facts: &KnownFacts) -> Option<InterimTerms> {
        let rules = self.select("interim_terms", |pack| &pack.interim_terms, facts);
        if rules.is_empty() {
            return None;
        }
        let conditions = rules.iter().flat_map(|rule| rule.entry.conditions.iter().cloned());
        Some(InterimTerms {
            conditions: merge_conditions(conditions),
            at_most: rules
                .iter()
                .filter_map(|rule| Some((rule.entry.at_most?, rule.pack.time_zone.clone())))
                .collect(),
            citations: citations(&rules),
        })
    }

    pub fn evidence_steps(&self, facts: &KnownFacts) -> Vec<Rule<'a, EvidenceRule>> {
        self.select("evidence_rules", |pack| &pack.evidence_rules, facts)
    }

    pub fn refusals(&self, facts: &KnownFacts) -> Vec<Rule<'a, RefusalRule>> {
        self.select("refusal", |pack| &pack.refusal, facts)
    }

    pub fn closures(&self, facts: &KnownFacts) -> Vec<Rule<'a, ClosureRule>> {
        self.select("closure", |pack| &pack.closure, facts)
    }

    pub fn redress(&self, facts: &KnownFacts) -> Vec<Rule<'a, RedressRule>> {
        self.select("redress", |pack| &pack.redress, facts)
    }

    pub fn triggers(&self, event: TriggerEvent, facts: &KnownFacts) -> Vec<Rule<'a, Trigger>> {
        let mut rules = self.select("triggers", |pack| &pack.triggers, facts);
        rules.retain(|rule| rule.entry.event == event);
        rules
    }

    pub fn notices(&self, moment: NoticeMoment, facts: &KnownFacts) -> Vec<Rule<'a, NoticeRule>> {
        let mut rules = self.select("notices", |pack| &pack.notices, facts);
        rules.retain(|rule| rule.entry.moment == moment);
        rules
    }

    pub fn new_entrant_gates(&self, facts: &KnownFacts) -> Vec<Rule<'a, NewEntrantGate>> {
        self.select("new_entrant_gate", |pack| &pack.new_entrant_gate, facts)
    }

    pub fn list_checks(&self, facts: &KnownFacts) -> Vec<Rule<'a, ListCheck>> {
        let mut rules = self.select("list_check", |pack| &pack.list_check, facts);
        rules.retain(|rule| rule.entry.required);
        rules
    }

    /// What is said of each list, in order of their ids: the strictest consequence, the outcomes that all foresee who
    /// hold anything back, every test of ownership.
    pub fn list_terms(&self, facts: &KnownFacts) -> Vec<ListTerms> {
        let mut by_list: BTreeMap<&str, ListTerms> = BTreeMap::new();
        for rule in self.select("list_consequence", |pack| &pack.list_consequence, facts) {
            let ListConsequence { consequence, outcomes, .. } = rule.entry;
            for list in &rule.entry.lists {
                let terms = said(&mut by_list, list, &rule.citation);
                if *consequence > Consequence::Inquiry {
                    let is_first = terms.consequence.is_none_or(|known| known == Consequence::Inquiry);
                    let others = std::mem::take(&mut terms.outcomes);
                    let both = outcomes.iter().filter(|outcome| is_first || others.contains(outcome));
                    terms.outcomes = both.copied().collect();
                }
                terms.consequence = terms.consequence.max(Some(*consequence));
            }
        }
        for rule in self.select("list_ownership", |pack| &pack.list_ownership, facts) {
            let &ListOwnership { threshold_ppm, comparison, attribution, aggregated, control, .. } =
                rule.entry;
            let test = OwnershipTest { threshold_ppm, comparison, attribution, aggregated, control };
            for list in &rule.entry.lists {
                said(&mut by_list, list, &rule.citation).ownership.push(test);
            }
        }
        by_list.into_values().collect()
    }

    pub fn measure_clocks(&self, facts: &KnownFacts) -> Vec<Rule<'a, MeasureClock>> {
        self.select("special_measures", |pack| &pack.special_measures, facts)
    }

    /// The shortest interval for a risk (CIP-20). A pack without a line for it says nothing.
    pub fn reverification(&self, risk: Risk, facts: &KnownFacts) -> Option<Rule<'a, ReverificationRule>> {
        let mut rules = self.select("reverification", |pack| &pack.reverification, facts);
        rules.retain(|rule| rule.entry.risk == risk);
        rules.into_iter().min_by_key(|rule| length(rule.entry.every))
    }

    /// Clocks of one name, from every pack.
    pub fn clocks(&self, name: &str, facts: &KnownFacts) -> Vec<Rule<'a, ClockRule>> {
        let mut rules = self.select("clocks", |pack| &pack.clocks, facts);
        rules.retain(|rule| rule.entry.name == name);
        rules
    }

    /// Whether a document counts as documentary evidence under every pack that lists documents (CIP-11).
    pub fn accepts_document(
        &self,
        kind: &str,
        issued_in: Country,
        column: Column,
        facts: &KnownFacts,
    ) -> bool {
        let rules = self.select("accepted_documents", |pack| &pack.accepted_documents, facts);
        self.packs.iter().all(|one| {
            let mut listed: Vec<_> = rules
                .iter()
                .filter(|rule| rule.pack.id == one.pack().id && rule.entry.subjects.contains(&column))
                .map(|rule| rule.entry)
                .collect();
            if listed.is_empty() {
                return true;
            }
            if listed.iter().any(|documents| documents.issued_in == Some(issued_in)) {
                listed.retain(|documents| documents.issued_in == Some(issued_in));
            } else {
                listed.retain(|documents| documents.issued_in.is_none());
            }
            listed.iter().any(|documents| documents.kinds.contains(kind))
        })
    }

    /// What a person must look at because packs conflict. Never decided silently.
    pub fn conflicts(&self, facts: &KnownFacts) -> Vec<Conflict> {
        let declared = self.select("conflicts_with", |pack| &pack.conflicts_with, facts);
        let declared = declared.into_iter().filter_map(|rule| {
            let others: Vec<&Pack> = self
                .packs
                .iter()
                .filter(|one| one.applies(facts))
                .map(InForce::pack)
                .filter(|pack| pack.id != rule.pack.id)
                .filter(|pack| rule.entry.pack == "*" || pack.id.name() == rule.entry.pack)
                .collect();
            let between = others.iter().map(|pack| pack.id.clone()).chain([rule.pack.id.clone()]).collect();
            (!others.is_empty()).then(|| Conflict {
                about: rule.entry.about.clone(),
                text: rule.entry.text.clone(),
                between,
                citations: vec![rule.citation],
            })
        });
        declared.chain(self.retention_conflicts(facts)).collect()
    }

    /// A pack that forbids keeping as long as another demands.
    fn retention_conflicts(&self, facts: &KnownFacts) -> Vec<Conflict> {
        let rules = self.select("retention", |pack| &pack.retention, facts);
        let mut conflicts = Vec::new();
        for limiting in &rules {
            let Some(max) = limiting.entry.max else { continue };
            for demanding in &rules {
                let (one, other) = (limiting.entry, demanding.entry);
                let meet = one.class == other.class
                    && (one.fields.is_empty()
                        || other.fields.is_empty()
                        || !one.fields.is_disjoint(&other.fields));
                if meet && length(other.min) > length(max) {
                    conflicts.push(Conflict {
                        about: "retention".into(),
                        text: format!(
                            "`{}` asks for {}, `{}` allows {max}",
                            demanding.pack.id, other.min, limiting.pack.id
                        ),
                        between: BTreeSet::from([demanding.pack.id.clone(), limiting.pack.id.clone()]),
                        citations: vec![demanding.citation.clone(), limiting.citation.clone()],
                    });
                }
            }
        }
        conflicts
    }
}

impl Rule<'_, ClockRule> {
    pub fn zone(&self) -> &Zone {
        self.entry.time_zone.as_ref().unwrap_or(&self.pack.time_zone)
    }

    /// When it is over, had it started at an instant.
    pub fn due(&self, from: Timestamp) -> Deadline {
        crate::clock::due(from, self.entry.period(), self.zone())
    }
}

/// The list's line, with one more source.
fn said<'m, 'a>(
    by_list: &'m mut BTreeMap<&'a str, ListTerms>,
    list: &'a str,
    citation: &Citation,
) -> &'m mut ListTerms {
    let nothing = || {
        let (list, consequence) = (list.to_owned(), None);
        ListTerms { list, consequence, ownership: Vec::new(), outcomes: Vec::new(), sources: Vec::new() }
    };
    let terms = by_list.entry(list).or_insert_with(nothing);
    let checked = if citation.checked { "" } else { ", unconfirmed" };
    let source = format!("{}, {} {}{checked}", citation.pack, citation.document, citation.section);
    if !terms.sources.contains(&source) {
        terms.sources.push(source);
    }
    terms
}

fn citations<E>(rules: &[Rule<'_, E>]) -> Vec<Citation> {
    rules.iter().map(|rule| rule.citation.clone()).collect()
}

/// Orders periods of different units by what they come to from one fixed day.
pub(crate) fn length(period: Period) -> (Date, u32) {
    let hours = if period.unit == crate::clock::Unit::Hours { period.amount } else { u32::MAX };
    (crate::clock::due_by_day(jiff::civil::date(2001, 1, 1), period, &Zone::utc()).due_on, hours)
}

/// The strictest of several profiles.
fn merge_conditions(all: impl IntoIterator<Item = Condition>) -> Vec<Condition> {
    let mut merged: Vec<Condition> = Vec::new();
    for new in all {
        if let Some(held) = merged.iter_mut().find_map(|held| stricter(held, &new).map(|both| (held, both))) {
            *held.0 = held.1;
        } else {
            merged.push(new);
        }
    }
    merged
}

/// One condition in place of two of a kind; `None` if they do not restrict the same thing.
fn stricter(held: &Condition, new: &Condition) -> Option<Condition> {
    use Condition::{
        Cap, ReportActivity, RequireVerificationLevel, RestrictProduct, RestrictRegion, WindDown,
    };
    match (held, new) {
        (Cap { resource, max }, Cap { resource: other, max: other_max }) if resource == other => {
            Some(Cap { resource: resource.clone(), max: *max.min(other_max) })
        }
        (RequireVerificationLevel { level }, RequireVerificationLevel { level: other }) => {
            Some(RequireVerificationLevel { level: *level.max(other) })
        }
        (RestrictProduct { resources }, RestrictProduct { resources: others }) => {
            let all: BTreeSet<_> = resources.iter().chain(others).cloned().collect();
            Some(RestrictProduct { resources: all.into_iter().collect() })
        }
        (RestrictRegion { allowed }, RestrictRegion { allowed: others }) => Some(RestrictRegion {
            allowed: allowed.iter().filter(|region| others.contains(region)).cloned().collect(),
        }),
        (ReportActivity { every_days }, ReportActivity { every_days: other }) => {
            Some(ReportActivity { every_days: *every_days.min(other) })
        }
        (WindDown { days }, WindDown { days: other }) => Some(WindDown { days: *days.min(other) }),
        _ if held == new => Some(held.clone()),
        _ => None,
    }
}
