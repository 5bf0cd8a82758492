//! What is due of a customer: currently, eventually or past due, with citation and date.
//!
//! A pure function of the packs and of what is on record, so the same record gives the same answer, and a
//! past instant gives the past answer.

mod situation;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::clock::{Deadline, Period, Zone, due, due_by_day};
use crate::fact::{SubjectId, SubjectKind};
use crate::field::Field;
use crate::ownership::OwnershipDiscrepancy;
use crate::pack::{
    Citation, ClockStart, Collected, Column, Entry, EvidenceStep, KnownFacts, NamedFact, Need, NoticeMoment,
    Pack, Packs, PacksInForce, Proof, Rule,
};
use crate::verification::{Method, VerificationLevel};

pub use situation::{OpenDiscrepancy, PresentField, Situation, SubjectState};

/// What is required.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    Notice {
        notice: String,
        version: u32,
    },
    Field {
        field: Field,
    },
    /// One of these is enough; the group is named `pack.group`.
    AnyOf {
        group: String,
        fields: BTreeSet<Field>,
    },
    /// The field is there; its value is to be proven.
    FieldProof {
        field: Field,
        proof: Proof,
    },
    /// Every beneficial owner is named and the shares add up.
    Owners,
    Verification {
        level: VerificationLevel,
    },
    EvidenceStep {
        step: EvidenceStep,
    },
    Discrepancy {
        discrepancy: String,
    },
    ListCheck,
    Reverification,
}

impl What {
    /// Names it within its subject; the same whatever level or proof is asked for.
    fn key(&self) -> String {
        match self {
            Self::Notice { notice, version } => format!("notice/{notice}@{version}"),
            Self::Field { field } => format!("field/{field}"),
            Self::AnyOf { group, .. } => format!("any_of/{group}"),
            Self::FieldProof { field, .. } => format!("field_proof/{field}"),
            Self::Owners => "owners".to_owned(),
            Self::Verification { .. } => "verification".to_owned(),
            Self::EvidenceStep { step } => match step {
                EvidenceStep::NonDocumentary => "evidence/non_documentary".to_owned(),
                EvidenceStep::Documentary => "evidence/documentary".to_owned(),
                EvidenceStep::Signatories => "evidence/signatories".to_owned(),
                EvidenceStep::ResolveDiscrepancies => "evidence/discrepancies".to_owned(),
                EvidenceStep::OwnerStatementSuffices => "evidence/owner_statement".to_owned(),
            },
            Self::Discrepancy { discrepancy } => format!("discrepancy/{discrepancy}"),
            Self::ListCheck => "list_check".to_owned(),
            Self::Reverification => "reverification".to_owned(),
        }
    }

    /// Whether it is data that the customer gives, as against proof of it.
    pub fn is_data(&self) -> bool {
        matches!(self, Self::Notice { .. } | Self::Field { .. } | Self::AnyOf { .. } | Self::Owners)
    }

    /// The stronger of two that ask for the same thing.
    fn stronger(self, other: Self) -> Self {
        match (self, other) {
            (Self::AnyOf { group, fields }, Self::AnyOf { fields: more, .. }) => {
                Self::AnyOf { group, fields: fields.into_iter().chain(more).collect() }
            }
            (one, other) => one.max(other),
        }
    }
}

/// Weakest first, so that the maximum is the strictest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Met,
    /// Not needed before `due`, or before the account is opened.
    EventuallyDue,
    /// Needed now: in time until `due`, and without one before the account may be opened.
    CurrentlyDue,
    PastDue,
}

/// One thing required of one subject, whichever packs ask for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    /// Stable: `cus_…/field/address`.
    pub id: String,
    pub subject: SubjectId,
    #[serde(flatten)]
    pub what: What,
    pub state: State,
    /// The earliest of all packs; `None` before the account is opened, and for what is met.
    pub due: Option<Deadline>,
    /// At least one; those that ask for it, in order.
    pub citations: Vec<Citation>,
}

/// Everything required, worst first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirements {
    pub requirements: Vec<Requirement>,
    /// Ids and hashes of the packs they were computed from.
    pub packs_version: String,
    /// Packs in force with their status, such as `us-eo13984-nprm@2024-01-29 (proposed)`.
    pub packs: Vec<String>,
}

impl Requirements {
    /// Whether every piece of data is there: an identification leaves `draft` (CIP-08).
    pub fn data_complete(&self) -> bool {
        self.requirements
            .iter()
            .all(|one| one.state == State::Met || is_announced(one) || !one.what.is_data())
    }

    /// Whether data and proof are there: an identification may become `verified`. Proof counts before it
    /// is due, re-verification after.
    pub fn proof_complete(&self) -> bool {
        let settled = |one: &Requirement| match one.what {
            What::Reverification => one.state < State::PastDue,
            _ => one.state == State::Met || is_announced(one),
        };
        self.requirements.iter().all(settled)
    }

    /// Those in one state, as the API groups them.
    pub fn in_state(&self, state: State) -> impl Iterator<Item = &Requirement> {
        self.requirements.iter().filter(move |one| one.state == state)
    }
}

/// A rule that does not count yet: due eventually, with a day, and before it nobody need meet it.
fn is_announced(one: &Requirement) -> bool {
    one.state == State::EventuallyDue && one.due.is_some() && one.what != What::Reverification
}

/// Computes what is required at `situation.now`, and what changes of the packs that are known already will
/// add.
pub fn requirements(packs: &Packs, situation: &Situation) -> Requirements {
    let in_force = packs.at_instant(situation.now);
    let mut required = Collector::default();
    required.collect(&in_force, situation);

    let mut day = Zone::utc().date_of(situation.now);
    while let Some(next) = packs.next_change_after(day) {
        day = next;
        let mut later = Collector::default();
        later.collect(&packs.at(day), situation);
        let due = Deadline { until: Zone::utc().start_of(day), due_on: day };
        for (id, requirement) in later.by_id {
            if requirement.state != State::Met {
                let due = Some(due.clone());
                let announced = Requirement { state: State::EventuallyDue, due, ..requirement };
                required.by_id.entry(id).or_insert(announced);
            }
        }
    }
    let mut requirements: Vec<Requirement> = required.by_id.into_values().collect();
    requirements.sort_by(|a, b| b.state.cmp(&a.state).then_with(|| a.id.cmp(&b.id)));
    Requirements { requirements, packs_version: packs.version(), packs: in_force.statuses() }
}

#[derive(Default)]
struct Collector {
    by_id: BTreeMap<String, Requirement>,
}

/// What one rule asks of one subject.
struct Asked {
    subject: SubjectId,
    what: What,
    state: State,
    due: Option<Deadline>,
    citation: Citation,
}

impl Collector {
    fn collect(&mut self, packs: &PacksInForce<'_>, situation: &Situation) {
        self.notices(packs, situation);
        let column = Column::of_customer(situation.customer.kind);
        self.subject(packs, situation, (&situation.customer, column, "customer"));
        for owner in &situation.owners {
            self.subject(packs, situation, (owner, Column::BeneficialOwner, "beneficial_owner"));
        }
        self.evidence(packs, situation);
        self.list_checks(packs, situation);
        self.reverification(packs, situation);
    }

    fn notices(&mut self, packs: &PacksInForce<'_>, situation: &Situation) {
        let facts = facts_of(situation, &situation.customer, "customer");
        for rule in packs.notices(NoticeMoment::BeforeCollection, &facts) {
            let what = What::Notice { notice: rule.entry.id.clone(), version: rule.entry.version };
            let shown =
                situation.notices_shown.contains(&format!("{}@{}", rule.entry.id, rule.entry.version));
            self.ask(situation.customer.id, what, shown, window(&rule, None, situation), rule.citation);
        }
    }

    fn subject(
        &mut self,
        packs: &PacksInForce<'_>,
        situation: &Situation,
        (subject, column, role): (&SubjectState, Column, &str),
    ) {
        let facts = facts_of(situation, subject, role);
        for rule in packs.select("fields", |pack| &pack.fields, &facts) {
            let entry = rule.entry;
            // What we log ourselves is asked of nobody.
            let asked = entry.need == Need::Required && entry.collected == Collected::Given;
            if !asked || !entry.subjects.contains(&column) {
                continue;
            }
            let present: Vec<&PresentField> = subject
                .fields
                .iter()
                .filter(|present| present.field == entry.name)
                .filter(|present| {
                    let kind = present.address_kind;
                    entry.kinds.is_empty() || kind.is_none_or(|kind| entry.kinds.contains(&kind))
                })
                .collect();
            let window = window(&rule, entry.due_within, situation);
            let is_there = !present.is_empty() || stated_otherwise(entry.name, subject);
            let what = match &entry.any_of {
                Some(group) => What::AnyOf {
                    group: format!("{}.{group}", rule.pack.id.name()),
                    fields: BTreeSet::from([entry.name]),
                },
                None => What::Field { field: entry.name },
            };
            self.ask(subject.id, what, is_there, window.clone(), rule.citation.clone());
            if entry.proof > Proof::Declared && !present.is_empty() {
                let proven = present.iter().any(|present| present.is_proven(entry.proof));
                let what = What::FieldProof { field: entry.name, proof: entry.proof };
                // Data comes before opening; proof of it is a part of verification and may follow.
                let within = entry.due_within.or_else(|| time_to_verify(packs, column, &facts));
                let proof_window = self::window(&rule, within, situation);
                self.ask(subject.id, what, proven, proof_window, rule.citation.clone());
            }
            if entry.name == Field::Ownership && role == "customer" {
                let adds_up = situation.ownership.as_ref().is_some_and(|ownership| {
                    (!ownership.may_hide_owner || subject.has(Field::OwnershipComplete))
                        && ownership.discrepancies.iter().all(|discrepancy| !must_be_resolved(discrepancy))
                        && ownership.owners.iter().all(|owner| {
                            situation.owners.iter().any(|known| known.id == SubjectId::Person(owner.person))
                        })
                });
                self.ask(subject.id, What::Owners, adds_up, window, rule.citation);
            }
        }
        for rule in packs.verification(column, &facts).1 {
            let met = subject.level >= rule.entry.level;
            let what = What::Verification { level: rule.entry.level };
            self.ask(subject.id, what, met, window(&rule, rule.entry.due_within, situation), rule.citation);
        }
    }

    fn evidence(&mut self, packs: &PacksInForce<'_>, situation: &Situation) {
        let customer = &situation.customer;
        let facts = facts_of(situation, customer, "customer");
        let due_within = time_to_verify(packs, Column::of_customer(customer.kind), &facts);
        for rule in packs.evidence_steps(&facts) {
            let passed = |method| customer.methods_passed.contains(&method);
            let met = match rule.entry.step {
                EvidenceStep::NonDocumentary => passed(Method::NonDocumentary),
                EvidenceStep::Documentary => passed(Method::Documentary),
                EvidenceStep::Signatories => customer.has(Field::Signatory),
                EvidenceStep::ResolveDiscrepancies => {
                    self.discrepancies(&rule, situation);
                    continue;
                }
                EvidenceStep::OwnerStatementSuffices => continue,
            };
            let what = What::EvidenceStep { step: rule.entry.step };
            self.ask(customer.id, what, met, window(&rule, due_within, situation), rule.citation);
        }
    }

    /// An open discrepancy is due at once; the account may stay open while somebody looks.
    fn discrepancies<E: Entry>(&mut self, rule: &Rule<'_, E>, situation: &Situation) {
        for open in &situation.open_discrepancies {
            self.add(Asked {
                subject: open.subject,
                what: What::Discrepancy { discrepancy: open.id.clone() },
                state: State::CurrentlyDue,
                due: None,
                citation: rule.citation.clone(),
            });
        }
    }

    fn list_checks(&mut self, packs: &PacksInForce<'_>, situation: &Situation) {
        let facts = facts_of(situation, &situation.customer, "customer");
        for rule in packs.list_checks(&facts) {
            let window = if situation.lists_changed {
                Window { state: State::CurrentlyDue, due: None }
            } else {
                window(&rule, rule.entry.due_within, situation)
            };
            let met = situation.screened_at.is_some() && !situation.lists_changed;
            self.ask(situation.customer.id, What::ListCheck, met, window, rule.citation);
        }
    }

    /// CIP-20: never met for good, only not due yet. Who was shown to be a US person is not verified again.
    fn reverification(&mut self, packs: &PacksInForce<'_>, situation: &Situation) {
        let facts = facts_of(situation, &situation.customer, "customer");
        let Some(verified_at) =
            situation.verified_at.filter(|_| situation.customer.classification.is_foreign())
        else {
            return;
        };
        let Some(rule) = packs.reverification(situation.risk, &facts) else { return };
        let zone = &rule.pack.time_zone;
        let deadline = due(verified_at, rule.entry.every, zone);
        let state = if deadline.is_past(situation.now) {
            State::PastDue
        } else if rule.entry.ask_before.is_some_and(|before| {
            // From the day on which it would be due, were it due `before` earlier.
            due(situation.now, before, zone).due_on >= deadline.due_on
        }) {
            State::CurrentlyDue
        } else {
            State::EventuallyDue
        };
        self.add(Asked {
            subject: situation.customer.id,
            what: What::Reverification,
            state,
            due: Some(deadline),
            citation: rule.citation,
        });
    }

    fn ask(&mut self, subject: SubjectId, what: What, met: bool, window: Window, citation: Citation) {
        let (state, due) = if met { (State::Met, None) } else { (window.state, window.due) };
        self.add(Asked { subject, what, state, due, citation });
    }

    /// Folds what several packs ask into one: the strictest state, the earliest day, all citations. Of a
    /// group one member is enough within its pack.
    fn add(&mut self, asked: Asked) {
        let id = format!("{}/{}", asked.subject, asked.what.key());
        let Some(held) = self.by_id.remove(&id) else {
            let Asked { subject, what, state, due, citation } = asked;
            let citations = vec![citation];
            self.by_id.insert(id.clone(), Requirement { id, subject, what, state, due, citations });
            return;
        };
        let any_of = matches!(asked.what, What::AnyOf { .. });
        let state = if any_of { held.state.min(asked.state) } else { held.state.max(asked.state) };
        let due = match (state, held.due, asked.due) {
            (State::Met, _, _) => None,
            (_, Some(one), Some(other)) => Some(one.min(other)),
            (_, one, other) => one.or(other),
        };
        let mut citations = held.citations;
        if !citations.contains(&asked.citation) {
            citations.push(asked.citation);
            citations.sort();
        }
        let what = held.what.stronger(asked.what);
        self.by_id
            .insert(id.clone(), Requirement { id, subject: asked.subject, what, state, due, citations });
    }
}

/// State and day of something that is not met.
#[derive(Debug, Clone)]
struct Window {
    state: State,
    due: Option<Deadline>,
}

/// The shortest time after opening that the packs give for verification.
fn time_to_verify(packs: &PacksInForce<'_>, column: Column, facts: &KnownFacts) -> Option<Period> {
    let rules = packs.verification(column, facts).1;
    rules
        .iter()
        .filter_map(|rule| rule.entry.due_within)
        .min_by_key(|period| due_by_day(jiff::civil::date(2001, 1, 1), *period, &Zone::utc()).due_on)
}

/// When a rule's asking runs out. Before an account is opened nothing is late: what has time after opening
/// is due eventually, the rest now. An account older than the rule has the pack's transition, if any.
fn window<E: Entry>(rule: &Rule<'_, E>, due_within: Option<Period>, situation: &Situation) -> Window {
    let Some(opened_at) = situation.opened_at else {
        let state = if due_within.is_some() { State::EventuallyDue } else { State::CurrentlyDue };
        return Window { state, due: None };
    };
    let zone = &rule.pack.time_zone;
    let rule_from =
        rule.entry.effective_from().map_or(rule.pack.starts_on(), |from| from.max(rule.pack.starts_on()));
    let deadline = if opened_at < zone.start_of(rule_from) {
        match transition(rule.pack)
            .into_iter()
            .chain(due_within)
            .map(|period| due_by_day(rule_from, period, zone))
            .max()
        {
            Some(deadline) => deadline,
            None => due_by_day(rule_from, Period::days(0), zone),
        }
    } else {
        match due_within {
            Some(period) => due(opened_at, period, zone),
            None => Deadline { until: opened_at, due_on: zone.date_of(opened_at) },
        }
    };
    let state = if deadline.is_past(situation.now) { State::PastDue } else { State::CurrentlyDue };
    Window { state, due: Some(deadline) }
}

/// Time that a pack gives for accounts older than itself: its clock from `rule_in_force`.
fn transition(pack: &Pack) -> Option<Period> {
    let clock = pack.clocks.iter().find(|clock| clock.from.contains(&ClockStart::RuleInForce));
    clock.map(crate::pack::ClockRule::period)
}

/// Nobody owns enough, and the entity says that it named everyone: there is no edge to give.
fn stated_otherwise(field: Field, subject: &SubjectState) -> bool {
    field == Field::Ownership && subject.has(Field::OwnershipComplete)
}

/// A cross-holding or a rest is told, and need not be resolved.
fn must_be_resolved(discrepancy: &OwnershipDiscrepancy) -> bool {
    use OwnershipDiscrepancy::{ControlPersons, MoreThanWhole, OwnedIndividual, TooDeep, UnknownOwner};
    matches!(
        discrepancy,
        MoreThanWhole { .. } | UnknownOwner { .. } | OwnedIndividual { .. } | TooDeep | ControlPersons { .. }
    )
}

/// The facts a condition sees when it is asked about one subject.
fn facts_of(situation: &Situation, subject: &SubjectState, role: &str) -> KnownFacts {
    let word = |kind| match kind {
        SubjectKind::Individual => "individual",
        SubjectKind::Entity => "entity",
    };
    let customer_foreign = situation.customer.classification.is_foreign()
        || situation.owners.iter().any(|owner| owner.classification.is_foreign());
    let derived = KnownFacts::new()
        .word(NamedFact::SubjectKind, word(subject.kind))
        .word(NamedFact::SubjectRole, role)
        .flag(NamedFact::SubjectForeign, subject.classification.is_foreign())
        .flag(NamedFact::SubjectClaimsUs, subject.claims_us)
        .flag(NamedFact::SubjectDoubtful, subject.doubtful)
        .word(NamedFact::CustomerKind, word(situation.customer.kind))
        .flag(NamedFact::CustomerForeign, customer_foreign)
        .word(NamedFact::CustomerRisk, situation.risk.as_str());
    situation.known.clone().and(&derived)
}

#[cfg(test)]
mod tests;
