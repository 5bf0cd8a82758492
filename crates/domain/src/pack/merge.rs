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

/// A person's word that an entry says what the gazette says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckRecord {
    pub pack: PackId,
    /// Such as `retention.identity`.
    pub entry: String,
    pub checked_by: String,
    pub checked_on: Date,
    /// Where it was read, such as `89 FR 5698, page 5727`.
    pub gazette: String,
}

/// Reads an operator's check records: a TOML text of `[[checked]]` tables.
pub fn parse_check_records(text: &str) -> Result<Vec<CheckRecord>, PackError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(default)]
        checked: Vec<CheckRecord>,
    }
    let file: File = toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| line_of(text, span.start));
        let path = line.map(|line| path_at(text, line)).unwrap_or_default();
        PackError { path, line, what: error.message().trim_end().replace('\n', "; ") }
    })?;
    Ok(file.checked)
}

/// An entry that nobody has checked yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    pub pack: PackId,
    /// Such as `clocks.reseller_report`.
    pub entry: String,
    pub text: String,
}

impl Warning {
    pub(super) fn unchecked(pack: &PackId, path: String, entry: &dyn Entry) -> Self {
        let source = entry.source();
        let note = entry.note().map(|note| format!(" ({note})")).unwrap_or_default();
        let state = match entry.certainty() {
            Certainty::Unconfirmed => "is unconfirmed",
            _ => "was not compared with its source",
        };
        let text =
            format!("`{path}` {state}: check it against {}, {}{note}", source.document, source.section);
        Self { pack: pack.clone(), entry: path, text }
    }
}

/// A pack as it was loaded: its text's hash is taken, and its signature checked, by who loads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedPack {
    pub pack: Pack,
    /// SHA-256 of the text, in hexadecimal.
    pub sha256: String,
    pub checks: Vec<CheckRecord>,
}

impl LoadedPack {
    /// What is left unchecked after the operator's check records.
    pub fn warnings(&self) -> Vec<Warning> {
        self.pack.warnings().into_iter().filter(|warning| !self.is_checked(&warning.entry)).collect()
    }

    fn is_checked(&self, entry: &str) -> bool {
        self.checks.iter().any(|check| check.pack == self.pack.id && check.entry == entry)
    }

    fn citation(&self, table: &str, entry: &dyn Entry) -> Citation {
        let path = entry_path(table, entry);
        Citation {
            pack: self.pack.id.clone(),
            status: self.pack.status,
            document: entry.source().document.clone(),
            section: entry.source().section.clone(),
            certainty: entry.certainty(),
            checked: !entry.is_unchecked() || self.is_checked(&path),
            requirement: entry.requirement().map(str::to_owned),
            entry: path,
        }
    }
}

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

/// Why packs cannot be loaded together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PacksRefused {
    #[error("pack `{0}` is given twice")]
    Twice(PackId),
    #[error("pack `{pack}` only adds to `{missing}`, which is not loaded")]
    MissingBase { pack: PackId, missing: String },
    #[error("pack `{0}` comes without the SHA-256 of its text in hexadecimal")]
    NotAHash(PackId),
}

/// All packs that are loaded, of every date.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packs {
    loaded: Vec<LoadedPack>,
}

impl Packs {
    /// Whether terms of any pack are about a resource of this name.
    pub fn name_resource(&self, resource: &str) -> bool {
        let conditions = self.loaded.iter().flat_map(|loaded| &loaded.pack.interim_terms);
        conditions.flat_map(|rule| &rule.conditions).any(|condition| condition.names_resource(resource))
    }

    /// Puts packs together. Several dates of one name may be loaded: on each day the latest that has come
    /// into force by then counts.
    pub fn merge(mut loaded: Vec<LoadedPack>) -> Result<Self, PacksRefused> {
        loaded.sort_by(|a, b| a.pack.id.cmp(&b.pack.id));
        for pair in loaded.windows(2) {
            if let [first, second] = pair
                && first.pack.id == second.pack.id
            {
                return Err(PacksRefused::Twice(first.pack.id.clone()));
            }
        }
        for one in &loaded {
            if one.sha256.len() != 64 || !one.sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(PacksRefused::NotAHash(one.pack.id.clone()));
            }
            if let Some(base) = &one.pack.builds_on
                && !loaded.iter().any(|other| other.pack.id.name() == base)
            {
                return Err(PacksRefused::MissingBase { pack: one.pack.id.clone(), missing: base.clone() });
            }
        }
        Ok(Self { loaded })
    }

    pub fn loaded(&self) -> &[LoadedPack] {
        &self.loaded
    }

    pub fn warnings(&self) -> Vec<Warning> {
        self.loaded.iter().flat_map(LoadedPack::warnings).collect()
    }

    /// Names every pack and the start of its hash: `in-certin@2022-04-28#9f86d081884c`, in order, with
    /// commas. Stored with every decision.
    pub fn version(&self) -> String {
        let one = |loaded: &LoadedPack| {
            format!("{}#{}", loaded.pack.id, loaded.sha256.chars().take(12).collect::<String>())
        };
        self.loaded.iter().map(one).collect::<Vec<_>>().join(",")
    }

    /// What is in force on a day, the same day for every pack (DEF-07).
    pub fn at(&self, on: Date) -> PacksInForce<'_> {
        self.in_force(|_| on)
    }

    /// What is in force at an instant, by the day it lies in in each pack's time zone.
    pub fn at_instant(&self, at: Timestamp) -> PacksInForce<'_> {
        self.in_force(|pack| pack.time_zone.date_of(at))
    }

    /// The next day after `on` on which a pack or an entry of one starts or ends.
    pub fn next_change_after(&self, on: Date) -> Option<Date> {
        let of_pack = |loaded: &LoadedPack| {
            let pack = &loaded.pack;
            let entries =
                pack.entries().flat_map(|(_, _, entry)| [entry.effective_from(), entry.effective_until()]);
            entries.chain([Some(pack.starts_on()), pack.effective_until]).flatten().collect::<Vec<_>>()
        };
        self.loaded.iter().flat_map(of_pack).filter(|&day| day > on).min()
    }

    fn in_force(&self, day: impl Fn(&Pack) -> Date) -> PacksInForce<'_> {
        let mut latest: BTreeMap<&str, InForce<'_>> = BTreeMap::new();
        for loaded in &self.loaded {
            let on = day(&loaded.pack);
            if loaded.pack.starts_on() > on {
                continue;
            }
            let rank = |loaded: &LoadedPack| (loaded.pack.starts_on(), loaded.pack.id.dated());
            let held = latest.entry(loaded.pack.id.name()).or_insert(InForce { loaded, on });
            if rank(loaded) >= rank(held.loaded) {
                *held = InForce { loaded, on };
            }
        }
        let is_alive = |one: &InForce<'_>| {
            one.loaded.pack.status != PackStatus::Dead
                && one.loaded.pack.effective_until.is_none_or(|until| one.on < until)
        };
        PacksInForce { packs: latest.into_values().filter(is_alive).collect() }
    }
}

/// One pack, and the day on which it is asked.
#[derive(Debug, Clone, Copy)]
pub struct InForce<'a> {
    pub loaded: &'a LoadedPack,
    pub on: Date,
}

impl<'a> InForce<'a> {
    pub fn pack(&self) -> &'a Pack {
        &self.loaded.pack
    }

    /// Whether the pack concerns who and what the facts tell of. Products whose classes are all flagged as
    /// out of scope take it out (DEF-02).
    pub fn applies(&self, facts: &KnownFacts) -> bool {
        let by_condition = self.pack().applies_to.when.as_ref().is_none_or(|when| when.applies(facts));
        by_condition && self.products_in_scope(facts)
    }

    fn products_in_scope(&self, facts: &KnownFacts) -> bool {
        match facts.words_of(NamedFact::AccountProductClass) {
            None => true,
            Some(classes) if classes.is_empty() => true,
            Some(classes) => classes.iter().any(|class| {
                let known = ProductClass::ALL.iter().find(|known| class_word(**known) == *class);
                known.is_none_or(|&class| self.in_scope(class))
            }),
        }
    }

    /// A class that the pack says nothing of is in scope.
    pub fn in_scope(&self, class: ProductClass) -> bool {
        let mut flags = self.pack().product_scope.iter().filter(|scope| scope.is_effective_on(self.on));
        flags.find(|scope| scope.class == class).is_none_or(|scope| scope.in_scope)
    }
}

fn class_word(class: ProductClass) -> String {
    let word = serde_json::to_value(class).expect("a class is a word");
    word.as_str().unwrap_or_default().to_owned()
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
