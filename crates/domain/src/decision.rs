//! May this account do this now: a table of gates and a pure function.
//!
//! Every gate is asked and its finding kept (CIP-24); the strictest one wins. The same function answers the
//! control plane and decides a sign-up.

mod hits;
mod measures;
mod request;

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::account::{Account, AccountStatus};
use crate::customer::{Identification, Standing, UnableAnswer};
use crate::id::{AccountId, CaseId, CustomerId, DecisionId};
use crate::ownership::Determination;
use crate::person::Classification;
use crate::reseller::ResellerStatus;
use crate::screening::{ListTerms, OnLists, licences_end_at};
use crate::special_measure::{Condition, MeasureMatch, SpecialMeasure};

use measures::{conditions_hold, no_measure_prohibits};
pub use request::{Action, NoSuchAction, NotInVocabulary, RESOURCES, RequestContext};

/// Version of the gates below; stored with every answer, so that a replay knows which rules spoke.
pub const ENGINE_VERSION: &str = "gates-2";

/// Weakest first, so that the maximum is the strictest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Allow,
    AllowWithConditions,
    Review,
    Deny,
}

impl Answer {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::AllowWithConditions => "allow_with_conditions",
            Self::Review => "review",
            Self::Deny => "deny",
        }
    }
}

/// What the packs in force and the operator's settings ask of the gates: data, no law in code.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Terms {
    pub packs_version: String,
    /// Restricted profile while identity is not verified; `None` where the programme has none, so that such
    /// an account waits (CIP-15).
    pub interim_terms: Option<Vec<Condition>>,
    /// The packs ask for a certification before the first foreign activation (CRT-08); citation.
    pub certification_first: Option<String>,
    /// List comparison is switched on.
    pub screening_on: bool,
    pub lists_version: String,
    /// What the packs say of each list; of one that is not here a confirmed hit blocks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lists: Vec<ListTerms>,
}

/// One reseller above the account.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ResellerFacts {
    pub reseller: CustomerId,
    pub status: ResellerStatus,
    /// A hit on it, or on who owns it, is a hit on every account below it.
    #[serde(default, skip_serializing_if = "OnLists::is_clear")]
    pub on_lists: OnLists,
}

/// All that is known when a request is decided: what replay needs. Holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    pub action: Action,
    pub context: RequestContext,
    pub at: Timestamp,
    pub account: Arc<Account>,
    pub identification: Identification,
    pub standing: Arc<Standing>,
    /// Nearest first.
    pub resellers: Vec<ResellerFacts>,
    /// Approved measures that touch the account and are not over, with why.
    pub measures: Vec<(Arc<SpecialMeasure>, MeasureMatch)>,
    /// Ids of exemptions in force that reach the account; they lift identification terms only.
    pub exempt_under: Vec<String>,
    pub provider_certified: bool,
    pub terms: Arc<Terms>,
}

/// What one gate said.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Finding {
    pub gate: Cow<'static, str>,
    pub requirement: Cow<'static, str>,
    pub answer: Answer,
    /// Stable code, such as `measure-prohibits`.
    pub reason: Cow<'static, str>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// What it rests on: measures with their determination hash, packs, lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<String>,
}

/// Every finding, and the strictest answer among them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Verdict {
    pub answer: Answer,
    pub findings: Vec<Finding>,
}

impl Verdict {
    /// Codes of the gates that did not simply allow, strictest first.
    pub fn reasons(&self) -> Vec<&str> {
        let mut speaking: Vec<&Finding> =
            self.findings.iter().filter(|finding| finding.answer > Answer::Allow).collect();
        speaking.sort_by_key(|finding| std::cmp::Reverse(finding.answer));
        speaking.into_iter().map(|finding| &*finding.reason).collect()
    }

    /// Conditions of all findings, each once.
    pub fn conditions(&self) -> Vec<&Condition> {
        let mut conditions: Vec<&Condition> = Vec::new();
        for condition in self.findings.iter().flat_map(|finding| &finding.conditions) {
            if !conditions.contains(&condition) {
                conditions.push(condition);
            }
        }
        conditions
    }

    /// Gates that say otherwise in the other verdict, or say nothing there, either way; in order of name.
    pub fn differing_gates(&self, other: &Self) -> Vec<String> {
        let only_in = |one: &Self, other: &Self| -> Vec<String> {
            let missing = one.findings.iter().filter(|finding| !other.findings.contains(finding));
            missing.map(|finding| finding.gate.to_string()).collect()
        };
        let mut gates = only_in(self, other);
        gates.append(&mut only_in(other, self));
        gates.sort_unstable();
        gates.dedup();
        gates
    }
}

/// A verdict on record, with what it was made of: replay gives the same (CIP-24).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub id: DecisionId,
    pub customer: CustomerId,
    pub account: Option<AccountId>,
    pub case: Option<CaseId>,
    pub facts: Facts,
    /// Who is foreign and who owns, with what it was determined from.
    pub determination: Determination,
    pub verdict: Verdict,
    pub engine_version: String,
    pub decided_at: Timestamp,
    /// `gates` for an automatic one, else who decided.
    pub decided_by: String,
    pub approved_by: Option<String>,
    /// What a person decided, where one did.
    pub outcome: Option<crate::draft::CaseOutcome>,
}

/// One line a gate: its name in the record, the requirement behind it, the check.
pub struct Gate {
    pub name: &'static str,
    pub requirement: &'static str,
    pub check: fn(&Facts) -> Found,
}

/// What a check returns, before it gets the gate's name.
pub struct Found {
    answer: Answer,
    reason: &'static str,
    conditions: Vec<Condition>,
    because: Vec<String>,
}

pub const GATES: &[Gate] = &[
    Gate { name: "account-status", requirement: "CIP-14", check: account_is_usable },
    Gate { name: "special-measure", requirement: "SM-03", check: no_measure_prohibits },
    Gate { name: "watchlist-hit", requirement: "CIP-23", check: hits::hits_are_cleared },
    Gate { name: "new-entrant", requirement: "CRT-08", check: provider_has_certified },
    Gate { name: "reseller", requirement: "RSL-07", check: resellers_may_sell },
    Gate { name: "identification", requirement: "CIP-15", check: identity_is_shown },
    Gate { name: "red-flag", requirement: "RF-02", check: no_restriction_stands },
];

/// Answers a request. Reads no clock and no store, so the same facts give the same verdict.
pub fn decide(facts: &Facts) -> Verdict {
    let findings: Vec<Finding> = GATES
        .iter()
        .map(|gate| {
            let found = (gate.check)(facts);
            Finding {
                gate: gate.name.into(),
                requirement: gate.requirement.into(),
                answer: found.answer,
                reason: found.reason.into(),
                conditions: found.conditions,
                because: found.because,
            }
        })
        .collect();
    let strictest = findings.iter().map(|finding| finding.answer).max();
    Verdict { answer: strictest.unwrap_or(Answer::Review), findings }
}

/// The first instant after `facts.at` at which the same question may have another answer although nothing
/// was recorded: a measure begins or ends, a verification falls due, interim terms or a licence end.
pub fn next_change(facts: &Facts) -> Option<Timestamp> {
    let measures = facts.measures.iter().flat_map(|(measure, _)| [measure.effective_from, measure.ends_at()]);
    let identification = match &facts.identification {
        Identification::Verified { reverify_at, .. } => *reverify_at,
        Identification::Unable { answer: UnableAnswer::InterimTerms { until }, .. } => *until,
        Identification::Unable { answer: UnableAnswer::Close { closes_at }, .. } => Some(*closes_at),
        _ => None,
    };
    let above = facts.resellers.iter().map(|above| &above.on_lists.confirmed_entries);
    let licences =
        above.chain([&facts.standing.confirmed_entries]).flat_map(|entries| licences_end_at(entries));
    measures.chain(identification).chain(licences).filter(|instant| *instant > facts.at).min()
}

fn allow(reason: &'static str) -> Found {
    found(Answer::Allow, reason)
}

fn found(answer: Answer, reason: &'static str) -> Found {
    Found { answer, reason, conditions: Vec::new(), because: Vec::new() }
}

fn account_is_usable(facts: &Facts) -> Found {
    let opening = facts.action == Action::Open;
    match &facts.account.status {
        AccountStatus::Pending if opening => allow("account-pending"),
        AccountStatus::Pending => found(Answer::Deny, "account-not-open"),
        AccountStatus::Refused { .. } => found(Answer::Deny, "account-refused"),
        AccountStatus::Open { .. } => allow("account-open"),
        AccountStatus::Suspended { .. } if facts.action == Action::Pay => allow("account-suspended-may-pay"),
        AccountStatus::Suspended { .. } => found(Answer::Deny, "account-suspended"),
        AccountStatus::Closed { .. } => found(Answer::Deny, "account-closed"),
    }
}

fn provider_has_certified(facts: &Facts) -> Found {
    match &facts.terms.certification_first {
        Some(citation)
            if !facts.provider_certified
                && facts.action.grows()
                && facts.standing.classification != Classification::Us =>
        {
            Found { because: vec![citation.clone()], ..found(Answer::Deny, "certificate-missing") }
        }
        Some(_) => allow("certificate-not-needed"),
        None => allow("no-certificate-asked"),
    }
}

fn resellers_may_sell(facts: &Facts) -> Found {
    let mut strictest = allow("no-reseller");
    for above in &facts.resellers {
        let (answer, reason) = match above.status {
            ResellerStatus::Active => (Answer::Allow, "reseller-active"),
            _ if !facts.action.grows() => (Answer::Allow, "reseller-no-growth"),
            ResellerStatus::Pending => (Answer::Review, "reseller-without-programme"),
            ResellerStatus::Blocked => (Answer::Deny, "reseller-blocked"),
            ResellerStatus::Ended => (Answer::Deny, "reseller-ended"),
        };
        if answer > Answer::Allow {
            strictest.because.push(above.reseller.to_string());
        }
        if answer >= strictest.answer {
            (strictest.answer, strictest.reason) = (answer, reason);
        }
    }
    strictest
}

fn identity_is_shown(facts: &Facts) -> Found {
    if !facts.exempt_under.is_empty() {
        return Found { because: facts.exempt_under.clone(), ..allow("exempt") };
    }
    match facts.identification.at(facts.at) {
        Identification::UsShown { .. } => allow("us-person-shown"),
        Identification::Verified { .. } => allow("identity-verified"),
        _ if !facts.action.grows() => allow("identity-no-growth"),
        Identification::Draft => found(Answer::Deny, "identity-data-missing"),
        Identification::Open { .. } if facts.standing.overdue => found(Answer::Review, "identity-overdue"),
        Identification::Open { .. } => interim_terms(facts, "identity-not-verified"),
        Identification::ReverifyDue { .. } => interim_terms(facts, "identity-due-again"),
        Identification::Unable { answer: UnableAnswer::InterimTerms { until }, .. } => {
            if until.is_some_and(|until| until <= facts.at) {
                found(Answer::Review, "interim-terms-over")
            } else {
                interim_terms(facts, "interim-terms")
            }
        }
        Identification::Unable { answer: UnableAnswer::Refuse, .. } => {
            found(Answer::Deny, "identity-refused")
        }
        Identification::Unable { answer: UnableAnswer::Close { .. }, .. } => {
            found(Answer::Deny, "identity-closing")
        }
        Identification::Closed { .. } => found(Answer::Deny, "identity-closed"),
    }
}

fn interim_terms(facts: &Facts, reason: &'static str) -> Found {
    match &facts.terms.interim_terms {
        None => found(Answer::Review, reason),
        Some(conditions) => {
            let held = conditions_hold(facts, conditions, false, ["interim-terms-deny", reason, reason]);
            if held.answer == Answer::Allow { found(Answer::AllowWithConditions, reason) } else { held }
        }
    }
}

fn no_restriction_stands(facts: &Facts) -> Found {
    let conditions: Vec<Condition> =
        facts.standing.restrictions.iter().chain(&facts.account.restrictions).cloned().collect();
    if conditions.is_empty() {
        return allow("no-restriction");
    }
    conditions_hold(
        facts,
        &conditions,
        false,
        ["restriction-denies", "restriction-asks-approval", "restricted"],
    )
}

#[cfg(test)]
mod tests;
