//! A sign-up: the customer, its owners, what they declare, and where that leaves it, in one transaction.

use domain::customer::{Customer, Identification, Standing};
use domain::fact::SubjectKind;
use domain::id::{CustomerId, PersonId, ProviderId};
use domain::staff::Scope;
use serde::{Deserialize, Serialize};

use crate::account::{self, NewAccount, Opened};
use crate::customer::{assess, facts};
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::record::{Happened, append_event};
use crate::store::Transaction;
use crate::watchlist::ensure_fresh;

use super::facts::{Addition, Known, NewFact, NewOwnership, NewPerson};

/// What the control plane or the customer's page sends.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    /// The control plane's own name for the customer.
    #[serde(default)]
    pub external_id: Option<String>,
    /// `None` where the installation has one provider.
    #[serde(default)]
    pub provider: Option<ProviderId>,
    pub kind: SubjectKind,
    /// The reseller that brings it.
    #[serde(default)]
    pub reseller: Option<CustomerId>,
    /// The notice shown before collection (CIP-22), as `id@version`.
    #[serde(default)]
    pub notice: Option<String>,
    #[serde(default)]
    pub facts: Vec<NewFact>,
    #[serde(default)]
    pub persons: Vec<NewPerson>,
    #[serde(default)]
    pub ownership: Vec<NewOwnership>,
    /// An account asked for with the sign-up.
    #[serde(default)]
    pub account: Option<NewAccount>,
}

/// What came of it.
pub struct Enrolled {
    pub customer: Customer,
    pub persons: Vec<(String, PersonId)>,
    pub account: Option<Opened>,
}

/// Enrols a customer and, where asked, decides on its first account. Durable when it returns.
pub fn enrol(env: &Env<'_>, enrolment: &Enrolment) -> Result<Enrolled, Failure> {
    env.actor.may(Scope::CustomersWrite)?;
    ensure_fresh(env.platform)?;
    check_external_id(enrolment.external_id.as_deref())?;
    let notice = shown_notice(env, enrolment.notice.as_deref())?;
    let id: CustomerId = env.new_id();
    // A credential of a branch enrols into its branch and nowhere else.
    let reseller = enrolment.reseller.or(env.actor.branch);
    let addition = Addition {
        facts: enrolment.facts.clone(),
        persons: enrolment.persons.clone(),
        ownership: enrolment.ownership.clone(),
        ..Addition::default()
    };
    let prepared = facts::prepare(env, id, enrolment.kind, &Known::default(), &addition)?;
    let fresh = Customer {
        id,
        provider: enrolment.provider.unwrap_or_else(|| uuid::Uuid::nil().into()),
        external_id: enrolment.external_id.clone(),
        kind: enrolment.kind,
        reseller,
        identification: Identification::Draft,
        standing: Standing::unknown(),
        notice,
        created_at: env.now(),
        fact_version: prepared.facts.len() as u64,
        version: 1,
    };
    let screenings = assess::screen_prepared(env, &fresh, &[], &[], &prepared)?;
    let (customer, account) = env.store().with_tx(|tx| {
        let provider = choose_provider(tx, enrolment.provider)?;
        if let Some(reseller) = reseller {
            account::check_branch(env, tx, reseller, "/reseller")?;
        }
        let customer = Customer { provider, ..fresh.clone() };
        tx.insert_customer(&customer)?;
        facts::insert(env, tx, id, &prepared)?;
        assess::insert_screenings(env, tx, &screenings)?;
        append_event(
            env,
            tx,
            Happened::of("customer.enrolled", id, customer.version)
                .to(id)
                .state(customer.identification.as_str()),
        )?;
        // Assessed once: with the account where one is asked for.
        let reasons = ["enrolled".to_owned()];
        let (customer, opened) = match &enrolment.account {
            None => (assess::refresh(env, tx, customer, &reasons)?, None),
            Some(new) => {
                let opened = account::open_in_tx(env, tx, &customer, new, &reasons)?;
                (opened.customer.clone(), Some(opened))
            }
        };
        Ok::<_, Failure>((customer, opened))
    })?;
    Ok(Enrolled { customer, persons: prepared.person_ids, account })
}

fn choose_provider(tx: &mut dyn Transaction, asked: Option<ProviderId>) -> Result<ProviderId, Failure> {
    if let Some(asked) = asked {
        let found = tx.find_provider(asked)?.map(|provider| provider.id);
        let absent =
            || Refusal::not_found("no-such-provider", format!("no provider `{asked}`")).at("/provider");
        return Ok(found.ok_or_else(absent)?);
    }
    match &tx.list_providers()?[..] {
        [only] => Ok(only.id),
        [] => Err(Refusal::precondition("no-provider", "add a provider to the catalogue first").into()),
        _ => Err(Refusal::invalid("provider-missing", "there are several providers: name one")
            .at("/provider")
            .into()),
    }
}

/// External ids are the control plane's: kept as given, within bounds.
pub fn check_external_id(external_id: Option<&str>) -> Result<(), Refusal> {
    let Some(text) = external_id else { return Ok(()) };
    if text.is_empty() || text.len() > 200 || text.chars().any(char::is_control) {
        let detail = "an external id has 1 to 200 bytes and no control character";
        return Err(Refusal::invalid("external-id-refused", detail).at("/external_id"));
    }
    Ok(())
}

/// A submission without the notice that the packs ask for is refused (CIP-22).
fn shown_notice(env: &Env<'_>, notice: Option<&str>) -> Result<String, Refusal> {
    let wanted = env.notices_before_collection();
    let given = notice.unwrap_or_default();
    if wanted.is_empty() || wanted.iter().any(|known| known == given) {
        return Ok(given.to_owned());
    }
    let detail = format!("show one of these notices before collection and name it: {}", wanted.join(", "));
    Err(Refusal::precondition("notice-missing", detail).at("/notice"))
}
