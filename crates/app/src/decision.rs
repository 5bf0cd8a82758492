//! Decisions on record: made from facts that are kept, so that they can be made again (CIP-24).

use domain::account::Account;
use domain::case::Case;
use domain::customer::Customer;
use domain::decision::{self, Action, Decision, ENGINE_VERSION, RequestContext, Terms, Verdict};
use domain::draft::CaseOutcome;
use domain::id::{CustomerId, DecisionId};
use domain::ownership::Determination;
use domain::pack::{KnownFacts, NamedFact, Packs};
use domain::person::Classification;
use domain::staff::Scope;
use jiff::Timestamp;
use serde::Serialize;

use crate::customer::{assess, find_visible};
use crate::env::{Env, Settings};
use crate::failure::{Failure, Refusal};
use crate::gate;
use crate::record::{Recorded, append_leaf, owner_of};
use crate::store::Transaction;
use crate::watchlist::ListsInForce;

/// What packs and settings ask of the gates, for what is known of a customer and account.
pub fn terms(
    packs: &Packs,
    lists: &ListsInForce,
    settings: &Settings,
    known: &KnownFacts,
    now: Timestamp,
) -> Terms {
    let in_force = packs.at_instant(now);
    let gates = in_force.new_entrant_gates(known);
    Terms {
        packs_version: packs.version(),
        interim_terms: in_force.interim_terms(known).map(|terms| terms.conditions),
        certification_first: gates.first().map(|rule| {
            format!("{} {} {}", rule.citation.pack, rule.citation.document, rule.citation.section)
        }),
        screening_on: settings.screening_on,
        lists_version: lists.version.clone(),
        lists: in_force.list_terms(known),
    }
}

/// What conditions of packs may ask of a customer and one of its accounts.
pub fn known_facts(
    customer_kind: domain::fact::SubjectKind,
    classification: Classification,
    account: Option<&Account>,
    product: Option<&domain::product::Product>,
    provider: Option<&domain::provider::Provider>,
) -> KnownFacts {
    let kind = customer_kind.as_str();
    let foreign = classification != Classification::Us;
    let mut known = KnownFacts::new()
        .word(NamedFact::SubjectKind, kind)
        .word(NamedFact::SubjectRole, "customer")
        .flag(NamedFact::SubjectForeign, foreign)
        .word(NamedFact::CustomerKind, kind)
        .flag(NamedFact::CustomerForeign, foreign);
    if let Some(account) = account {
        known = known
            .word(NamedFact::AccountKind, account.kind.as_str())
            .flag(NamedFact::OpeningRemote, account.opened_remotely)
            .flag(NamedFact::CustomerReseller, account.kind == domain::account::AccountKind::Reseller);
    }
    if let Some(product) = product {
        let classes: Vec<String> = product.classes.iter().map(word_of).collect();
        known = known
            .words(NamedFact::AccountProductClass, classes.iter().map(String::as_str))
            .places(NamedFact::ProductSite, [product.site.into()]);
    }
    if let Some(provider) = provider {
        known = known
            .places(NamedFact::ProviderCountry, [provider.country.into()])
            .places(NamedFact::ProviderOffersIn, provider.offers_in.iter().map(|&country| country.into()))
            .flag(NamedFact::ProviderSellsDomains, provider.sells_domains);
    }
    known
}

/// The serde word of an enum's variant.
fn word_of(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).expect("a class is plain JSON");
    value.as_str().unwrap_or_default().to_owned()
}

/// Who decided, on what case, with what word.
#[derive(Debug, Clone, Default)]
pub struct DecidedBy {
    /// `None` for an automatic decision.
    pub person: Option<String>,
    pub approved_by: Option<String>,
    pub case: Option<Case>,
    pub outcome: Option<CaseOutcome>,
    /// The determination it rests on, where it was just made; else it is made anew.
    pub determination: Option<Determination>,
}

/// Decides a request about an account and records the decision with its facts and leaf.
pub fn decide_and_record(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    customer: &Customer,
    account: &Account,
    (action, context): (Action, RequestContext),
    by: DecidedBy,
) -> Result<Decision, Failure> {
    let facts = gate::facts_in_tx(env, tx, customer, account, action, context)?;
    let determination = match by.determination {
        Some(determination) => determination,
        None => {
            let record = assess::read(tx, customer)?;
            assess::assess(env, customer, &record, env.now()).determination
        }
    };
    let decision = Decision {
        id: env.new_id(),
        customer: customer.id,
        account: Some(account.id),
        case: by.case.map(|case| case.id),
        verdict: decision::decide(&facts),
        facts,
        determination,
        engine_version: ENGINE_VERSION.to_owned(),
        decided_at: env.now(),
        decided_by: by.person.unwrap_or_else(|| "gates".to_owned()),
        approved_by: by.approved_by,
        outcome: by.outcome,
    };
    tx.insert_decision(&decision)?;
    let object = decision.id.to_string();
    let recorded = Recorded {
        kind: "decision",
        object: &object,
        version: 1,
        customer: Some(customer.id),
        subject: None,
        owner: owner_of(Some(customer.id)),
    };
    append_leaf(env, tx, recorded, &decision)?;
    Ok(decision)
}

/// A decision on record; holds no personal data.
pub fn find_decision(env: &Env<'_>, id: DecisionId) -> Result<Decision, Failure> {
    env.actor.may(Scope::CustomersRead).or_else(|_| env.actor.may(Scope::LedgerRead))?;
    env.store().with_reading_tx(|tx| {
        let absent = || Refusal::not_found("no-such-decision", format!("no decision `{id}`"));
        let decision = tx.find_decision(id)?.ok_or_else(absent)?;
        find_visible(tx, env.actor, decision.customer).map_err(|failure| failure.refused_as(absent()))?;
        Ok(decision)
    })
}

/// Decisions about a customer, in order of time.
pub fn list_decisions(env: &Env<'_>, customer: CustomerId) -> Result<Vec<Decision>, Failure> {
    env.actor.may(Scope::CustomersRead).or_else(|_| env.actor.may(Scope::LedgerRead))?;
    env.store().with_reading_tx(|tx| {
        find_visible(tx, env.actor, customer)?;
        Ok(tx.list_decisions(customer)?)
    })
}

/// A decision made again from the facts it was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    pub decision: Decision,
    pub verdict: Verdict,
    /// Same verdict, finding by finding.
    pub same: bool,
    /// The rules of that time are the rules of this binary.
    pub same_engine: bool,
    /// Gates that speak otherwise now.
    pub differing_gates: Vec<String>,
}

/// Replays a stored decision (DESIGN 3.12): with another engine version it reports what differs.
pub fn replay(env: &Env<'_>, id: DecisionId) -> Result<Replay, Failure> {
    let decision = find_decision(env, id)?;
    let verdict = decision::decide(&decision.facts);
    let determination = domain::ownership::determine(decision.determination.inputs.clone());
    let differing_gates: Vec<String> = verdict
        .findings
        .iter()
        .filter(|finding| !decision.verdict.findings.contains(finding))
        .map(|finding| finding.gate.to_string())
        .collect();
    Ok(Replay {
        same: verdict == decision.verdict && determination == decision.determination,
        same_engine: decision.engine_version == ENGINE_VERSION,
        verdict,
        differing_gates,
        decision,
    })
}
