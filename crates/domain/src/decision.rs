//! May this account do this now: a table of gates and a pure function.
//!
//! Every gate is asked and its finding kept (CIP-24); the strictest one wins. The same function answers the
//! control plane and decides a sign-up.

mod hits;

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::account::{Account, AccountStatus};
use crate::customer::{Identification, Standing, UnableAnswer};
use crate::id::{AccountId, CaseId, CustomerId, DecisionId};
use crate::ownership::Determination;
use crate::pack::Packs;
use crate::payment::PaymentMeans;
use crate::person::Classification;
use crate::reseller::ResellerStatus;
use crate::screening::{ListTerms, OnLists, licences_end_at};
use crate::special_measure::{Condition, MeasureAction, MeasureMatch, SpecialMeasure};

/// Version of the gates below; stored with every answer, so that a replay knows which rules spoke.
pub const ENGINE_VERSION: &str = "gates-2";

/// What the control plane wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Open,
    Activate,
    Provision,
    RaiseQuota,
    ChangeRegion,
    Pay,
    Administer,
}

impl Action {
    pub const ALL: &[Self] = &[
        Self::Open,
        Self::Activate,
        Self::Provision,
        Self::RaiseQuota,
        Self::ChangeRegion,
        Self::Pay,
        Self::Administer,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Activate => "activate",
            Self::Provision => "provision",
            Self::RaiseQuota => "raise_quota",
            Self::ChangeRegion => "change_region",
            Self::Pay => "pay",
            Self::Administer => "administer",
        }
    }

    /// Whether it begins or enlarges the relationship.
    fn grows(self) -> bool {
        !matches!(self, Self::Pay | Self::Administer)
    }

    fn begins(self) -> bool {
        matches!(self, Self::Open | Self::Activate)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no action `{0}`; there are `open`, `activate`, `provision`, `raise_quota`, `change_region`, `pay`, `administer`"
)]
pub struct NoSuchAction(pub String);

impl std::str::FromStr for Action {
    type Err = NoSuchAction;

    fn from_str(text: &str) -> Result<Self, NoSuchAction> {
        let found = Self::ALL.iter().copied().find(|action| action.as_str() == text);
        found.ok_or_else(|| NoSuchAction(text.to_owned()))
    }
}

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

/// What the request says beside the action; absent parts restrict nothing and are covered by conditions.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestContext {
    #[serde(default)]
    pub region: Option<String>,
    #[serde(default)]
    pub resource: Option<String>,
    #[serde(default)]
    pub quantity: Option<u64>,
    /// Class of the means of payment, as [`crate::payment::PaymentMeans::class`] names it.
    #[serde(default)]
    pub payment: Option<String>,
}

/// What a caller may ask for. Conditions compare by name, so a misspelt one would pass them all; packs may name more.
pub const RESOURCES: [&str; 9] =
    ["byoip", "domain", "egress", "gpu", "instance", "ip_address", "memory", "storage", "vcpu"];

/// A word of a request that no condition could be about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotInVocabulary {
    #[error("a region is a code of 1 to 64 letters, digits and `-_.`, as the provider calls it")]
    Region,
    #[error("`resource` is one of {}, or a name that a pack in force has", RESOURCES.join(", "))]
    Resource,
    #[error("`payment` is one of {}", PaymentMeans::CLASSES.join(", "))]
    Payment,
}

impl NotInVocabulary {
    /// The member of the context.
    pub fn member(&self) -> &'static str {
        match self {
            Self::Region => "region",
            Self::Resource => "resource",
            Self::Payment => "payment",
        }
    }
}

impl RequestContext {
    /// Refuses words that no condition could be about: they would be allowed by not being understood.
    pub fn check(&self, packs: &Packs) -> Result<(), NotInVocabulary> {
        let is_code = |text: &str| {
            (1..=64).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        if self.region.as_deref().is_some_and(|region| !is_code(region)) {
            return Err(NotInVocabulary::Region);
        }
        let is_resource = |name: &str| RESOURCES.contains(&name) || packs.name_resource(name);
        if self.resource.as_deref().is_some_and(|name| !is_resource(name)) {
            return Err(NotInVocabulary::Resource);
        }
        if self.payment.as_deref().is_some_and(|class| !PaymentMeans::CLASSES.contains(&class)) {
            return Err(NotInVocabulary::Payment);
        }
        Ok(())
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

fn no_measure_prohibits(facts: &Facts) -> Found {
    let mut strictest = allow("no-measure");
    for (measure, _) in facts.measures.iter().filter(|(measure, _)| measure.is_in_force(facts.at)) {
        let said = match &measure.action {
            MeasureAction::Prohibit { opening, maintaining } => prohibition(facts, *opening, *maintaining),
            MeasureAction::Condition { conditions } => conditions_hold(
                facts,
                conditions,
                facts.account.approvals.contains(&measure.id),
                ["measure-denies", "measure-asks-approval", "measure-conditions"],
            ),
        };
        if said.answer > Answer::Allow {
            strictest.because.push(format!("{} {}", measure.id, measure.document_hash));
        }
        strictest.conditions.extend(said.conditions);
        if said.answer > strictest.answer {
            (strictest.answer, strictest.reason) = (said.answer, said.reason);
        }
    }
    strictest
}

fn prohibition(facts: &Facts, opening: bool, maintaining: bool) -> Found {
    if (opening && facts.action.begins()) || (maintaining && facts.action.grows()) {
        found(Answer::Deny, "measure-prohibits")
    } else if maintaining {
        // Data may be taken out while the account winds down (SM-05).
        found(Answer::AllowWithConditions, "measure-winds-down")
    } else {
        allow("measure-does-not-reach-action")
    }
}

/// Holds a request against conditions. `reasons` are the codes for denied, for review, with conditions.
fn conditions_hold(
    facts: &Facts,
    conditions: &[Condition],
    approved: bool,
    [denied, for_review, with_conditions]: [&'static str; 3],
) -> Found {
    let mut result = allow("conditions-hold");
    for condition in conditions {
        let answer = condition_answer(facts, condition, approved);
        if answer == Answer::AllowWithConditions {
            result.conditions.push(condition.clone());
        }
        if answer > result.answer {
            result.answer = answer;
            result.reason = match answer {
                Answer::Deny => denied,
                Answer::Review => for_review,
                _ => with_conditions,
            };
        }
    }
    result
}

fn condition_answer(facts: &Facts, condition: &Condition, approved: bool) -> Answer {
    let (action, context) = (facts.action, &facts.context);
    let deny_if = |denied: bool| if denied { Answer::Deny } else { Answer::AllowWithConditions };
    match condition {
        Condition::RequireVerificationLevel { level } if facts.standing.level >= *level => Answer::Allow,
        Condition::RequireVerificationLevel { .. } => {
            if action.grows() {
                Answer::Deny
            } else {
                Answer::Allow
            }
        }
        Condition::RequireApproval { .. } if approved || !action.grows() => Answer::Allow,
        Condition::RequireApproval { .. } => Answer::Review,
        Condition::RestrictProduct { resources } => {
            let asked = context.resource.as_ref().is_some_and(|resource| resources.contains(resource));
            deny_if(asked && action.grows())
        }
        Condition::RestrictRegion { allowed } => {
            let outside = context.region.as_ref().is_some_and(|region| !allowed.contains(region));
            deny_if(outside && action.grows())
        }
        Condition::Cap { resource, max } => {
            let asked = context.resource.as_ref() == Some(resource);
            deny_if(asked && context.quantity.is_some_and(|quantity| quantity > *max))
        }
        Condition::DenyNewAccounts => {
            if action.begins() {
                Answer::Deny
            } else {
                Answer::Allow
            }
        }
        Condition::DenyCrypto => deny_if(context.payment.as_deref() == Some("wallet")),
        Condition::EnhancedMonitoring | Condition::ReportActivity { .. } | Condition::WindDown { .. } => {
            Answer::AllowWithConditions
        }
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
