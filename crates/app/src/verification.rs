//! Recording what a check of evidence said, whoever made it (CIP-10 to CIP-13).

use domain::customer::Customer;
use domain::fact::{AsOf, Fact, SubjectId};
use domain::field::Clear;
use domain::id::CustomerId;
use domain::pack::Column;
use domain::staff::Scope;
use domain::verification::{Check, CheckResult, Method, Verification, fold};
use serde::{Deserialize, Serialize};

use crate::bounds::{check_code, check_count, check_versioned_code};
use crate::customer::{assess, find_visible};
use crate::decision::known_facts;
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::record::{Happened, Recorded, append_event, append_leaf, owner_of};
use crate::store::Transaction;

/// A verification before it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewVerification {
    pub subject: SubjectId,
    pub method: Method,
    /// Who looked: `person`, or the name of an adapter.
    pub adapter: String,
    pub checks: Vec<Check>,
    /// False when the adapter gave no answer: never a pass.
    #[serde(default = "answered")]
    pub adapter_answered: bool,
    /// Facts and documents it rests on, by id or hash.
    #[serde(default)]
    pub evidence: Vec<String>,
}

fn answered() -> bool {
    true
}

/// Records a verification and assesses the customer anew. Contact methods are proven by codes alone.
pub fn record(env: &Env<'_>, customer: CustomerId, new: &NewVerification) -> Result<Verification, Failure> {
    env.actor.may(Scope::CustomersWrite).or_else(|_| env.actor.may(Scope::CasesDecide))?;
    if matches!(new.method, Method::ContactEmail | Method::ContactTelephone) {
        let detail = "control of a contact is proven by a code, not by statement";
        return Err(Refusal::invalid("method-refused", detail).at("/method").into());
    }
    check_codes(new)?;
    env.store().with_tx(|tx| {
        let holder = find_visible(tx, env.actor, customer)?;
        if let SubjectId::Person(person) = new.subject {
            let known = tx.find_person(person)?.is_some_and(|person| person.customer == customer);
            if !known {
                let detail = format!("no person `{person}` of this customer");
                return Err(Refusal::not_found("no-such-person", detail).at("/subject").into());
            }
        } else if new.subject != SubjectId::Customer(customer) {
            return Err(Refusal::invalid("not-its-subject", "the subject is another customer")
                .at("/subject")
                .into());
        }
        let mut checks = new.checks.clone();
        if new.method == Method::Documentary {
            checks.extend(document_checks(env, tx, &holder, new)?);
        }
        let verification = Verification {
            id: env.new_id(),
            customer,
            subject: new.subject,
            method: new.method,
            adapter: new.adapter.clone(),
            outcome: fold(&checks, new.adapter_answered),
            checks,
            evidence: new.evidence.clone(),
            verified_at: env.now(),
            verified_by: env.actor.to_string(),
        };
        insert(env, tx, &verification)?;
        assess::refresh(env, tx, holder, &["verification-recorded".to_owned()])?;
        Ok(verification)
    })
}

/// Adapter, checks, reasons and evidence are codes, ids or hashes: they stand in clear, and reasons go into the event.
fn check_codes(new: &NewVerification) -> Result<(), Refusal> {
    check_code(&new.adapter, "/adapter")?;
    check_count(new.checks.len(), "/checks")?;
    for (number, check) in new.checks.iter().enumerate() {
        check_versioned_code(&check.check, &format!("/checks/{number}/check"))?;
        check_code(&check.reason, &format!("/checks/{number}/reason"))?;
    }
    check_count(new.evidence.len(), "/evidence")?;
    for (number, evidence) in new.evidence.iter().enumerate() {
        check_code(evidence, &format!("/evidence/{number}"))?;
    }
    Ok(())
}

/// What the record itself says of the documents that a documentary verification rests on: an expired one
/// fails, one that no list accepts goes the non-documentary way (CIP-10, CIP-11).
fn document_checks(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    holder: &Customer,
    new: &NewVerification,
) -> Result<Vec<Check>, Failure> {
    let now = env.now();
    let today = domain::clock::Zone::utc().date_of(now);
    let in_force = env.packs.at_instant(now);
    let facts = tx.list_facts(holder.id)?;
    let known = known_facts(holder.kind, holder.standing.classification, None, None, None);
    let column = match new.subject {
        SubjectId::Customer(_) => Column::of_customer(holder.kind),
        SubjectId::Person(_) => Column::BeneficialOwner,
    };
    let named = |fact: &&&Fact| fact.subject == new.subject && new.evidence.contains(&fact.id.to_string());
    let mut checks = Vec::new();
    let mut say = |check: &str, result: CheckResult, reason: &str| {
        checks.push(Check { check: check.to_owned(), result, reason: reason.to_owned() });
    };
    let mut documents = 0;
    for fact in AsOf::current(now, &facts).read(&facts).iter().filter(named) {
        let Some(Clear::Document { kind, issued_in, expires_on }) = &fact.clear else { continue };
        documents += 1;
        match expires_on {
            Some(last_day) if *last_day < today => say("document-expiry@1", CheckResult::Fail, "expired"),
            Some(_) => say("document-expiry@1", CheckResult::Pass, "unexpired"),
            None => say("document-expiry@1", CheckResult::Unknown, "expiry-not-stated"),
        }
        if in_force.accepts_document(kind, *issued_in, column, &known) {
            say("document-accepted@1", CheckResult::Pass, "document-listed");
        } else {
            say("document-accepted@1", CheckResult::Warn, "document-not-listed");
        }
    }
    if documents == 0 {
        say("document-on-record@1", CheckResult::Unknown, "no-document-on-record");
    }
    Ok(checks)
}

/// Writes a verification with its leaf and event.
pub fn insert(env: &Env<'_>, tx: &mut dyn Transaction, verification: &Verification) -> Result<(), Failure> {
    tx.insert_verification(verification)?;
    let object = verification.id.to_string();
    let recorded = Recorded {
        kind: "verification",
        object: &object,
        version: 1,
        customer: Some(verification.customer),
        subject: Some(verification.subject),
        owner: owner_of(Some(verification.customer)),
    };
    append_leaf(env, tx, recorded, verification)?;
    let happened = Happened::of("verification.recorded", object, 1)
        .to(verification.customer)
        .because(verification.checks.iter().map(|check| check.reason.clone()).collect());
    append_event(env, tx, happened)
}
