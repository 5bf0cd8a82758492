//! `/v1/customers`: enrolling, adding to a record, reading it.

use app::customer::facts::{self, Addition};
use app::customer::{enrol as enrolling, read, requirements as due, restrict as restricting};
use app::screening::shown::meant;
use app::verification::{self, NewVerification};
use app::{account, decision, screening};
use axum::extract::State;
use domain::account::Account;
use domain::customer::{Customer, Identification};
use domain::fact::{AsOf, Source, SubjectId};
use domain::field::{Field, FieldValue};
use domain::id::{CustomerId, FactId, PersonId};
use domain::special_measure::Condition;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::answer::{Reply, Shown};
use crate::api::screenings::ShownScreening;
use crate::auth::Caller;
use crate::extract::{Body, Params, Seen, Why, page};
use crate::named::Named;
use crate::problem::Problem;
use crate::state::AppState;

/// A new person of a customer: the caller's reference and our id.
#[derive(Serialize)]
pub struct NamedPerson {
    reference: String,
    id: PersonId,
}

fn named((reference, id): (String, PersonId)) -> NamedPerson {
    NamedPerson { reference, id }
}

#[derive(Serialize)]
struct EnrolledBody {
    customer: Shown<Customer>,
    persons: Vec<NamedPerson>,
    account: Option<Shown<domain::account::Account>>,
    /// What was decided about the account.
    decision: Option<Shown<domain::decision::Decision>>,
    livemode: bool,
}

/// Enrol a customer
///
/// Records what is declared, compares it with the lists in force and, where an account is asked for, decides:
/// one transaction. The answer is durable.
#[utoipa::path(post, path = "/v1/customers", tag = "customers", request_body = crate::openapi::Enrolment,
    responses((status = 201, description = "Enrolled", body = crate::openapi::Enrolled)))]
pub async fn enrol(
    State(state): State<AppState>,
    caller: Caller,
    Body(enrolment): Body<enrolling::Enrolment>,
) -> Result<Reply, Problem> {
    let enrolled = state.run(&caller.actor, move |env| enrolling::enrol(env, &enrolment)).await?;
    let version = enrolled.customer.version;
    let (account, decision) = match enrolled.account {
        Some(opened) => {
            (Some(state.show("account", opened.account)), Some(state.show("decision", opened.decision)))
        }
        None => (None, None),
    };
    let body = EnrolledBody {
        customer: shown(&state, enrolled.customer),
        persons: enrolled.persons.into_iter().map(named).collect(),
        account,
        decision,
        livemode: state.platform.livemode,
    };
    Ok(Reply::created(&body).version(version))
}

/// A customer as it stands now: a verification that is due again shows as due.
fn shown(state: &AppState, customer: Customer) -> Shown<Customer> {
    let identification = customer.identification.at(state.platform.clock.now());
    state.show("customer", Customer { identification, ..customer })
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct ListParams {
    /// The one customer that the control plane calls so.
    external_id: Option<String>,
    /// Identification state, such as `verified`.
    state: Option<String>,
    /// What comes after this id: `next` of the page before.
    after: Option<String>,
    /// At most this many, 50 unless given.
    limit: Option<u32>,
}

/// List customers
///
/// In order of id. States and classes only, no identity data.
#[utoipa::path(get, path = "/v1/customers", tag = "customers", params(ListParams),
    responses((status = 200, description = "A page", body = crate::openapi::CustomerList)))]
pub async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Params(params): Params<ListParams>,
) -> Result<Reply, Problem> {
    if let Some(external_id) = params.external_id {
        let found = state
            .run(&caller.actor, move |env| read::find_customer_by_external_id(env, &external_id))
            .await?;
        let customers = found.into_iter().map(|customer| shown(&state, customer).record).collect();
        return Ok(Reply::ok(&state.list("customer", customers, None)));
    }
    let page = page::<CustomerId>(params.after.as_deref(), params.limit)?;
    let limit = page.limit;
    if params.state.as_deref().is_some_and(|state| !Identification::STATES.contains(&state)) {
        let detail = format!("`state` is one of {}", Identification::STATES.join(", "));
        return Err(Problem::bad_request("query-refused", detail));
    }
    let customers =
        state.run(&caller.actor, move |env| read::list_customers(env, params.state, &page)).await?;
    let customers = customers.into_iter().map(|customer| shown(&state, customer).record).collect();
    Ok(Reply::ok(&state.page("customer", customers, limit, |customer| customer.id.to_string())))
}

/// Find a customer
///
/// States and classes only, no identity data.
#[utoipa::path(get, path = "/v1/customers/{customer}", tag = "customers",
    responses((status = 200, description = "The customer", body = crate::openapi::Customer)))]
pub async fn find(
    State(state): State<AppState>,
    caller: Caller,
    Named(id): Named<CustomerId>,
) -> Result<Reply, Problem> {
    let customer = state.run(&caller.actor, move |env| read::find_customer(env, id)).await?;
    let (version, stored) = (customer.version, customer.identification.as_str());
    let customer = shown(&state, customer);
    let reply = Reply::ok(&customer);
    let now = customer.record.identification.as_str();
    Ok(if now == stored { reply.version(version) } else { reply.version_become(version, now) })
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct RecordParams {
    /// The instant the reading is about; now unless given.
    #[param(value_type = Option<String>)]
    valid: Option<Timestamp>,
    /// The instant whose knowledge it uses; now unless given.
    #[param(value_type = Option<String>)]
    known: Option<Timestamp>,
}

#[derive(Serialize)]
struct RecordBody {
    object: &'static str,
    customer: Shown<Customer>,
    persons: Vec<domain::person::Person>,
    facts: Vec<FactBody>,
    valid: Timestamp,
    known: Timestamp,
    livemode: bool,
}

/// A fact as it is shown to who may read it. `value` is `null` once it was shredded.
#[derive(Serialize)]
struct FactBody {
    id: FactId,
    subject: SubjectId,
    field: Field,
    item: String,
    value: Option<FieldValue>,
    source: Source,
    evidence: Option<String>,
    true_from: Timestamp,
    recorded_at: Timestamp,
    recorded_by: String,
    version: u64,
    retention_class: String,
}

/// Read a customer's record
///
/// Identity data in clear, as true at `valid` and as known at `known`. Takes the header `Tenantry-Purpose`; the
/// reading is on the ledger before anything is opened.
#[utoipa::path(get, path = "/v1/customers/{customer}/record", tag = "customers", params(RecordParams),
    responses((status = 200, description = "The record", body = crate::openapi::Record)))]
pub async fn record(
    State(state): State<AppState>,
    caller: Caller,
    Named(id): Named<CustomerId>,
    Params(params): Params<RecordParams>,
    Why(purpose): Why,
) -> Result<Reply, Problem> {
    let now = state.platform.clock.now();
    let as_of = AsOf { valid: params.valid.unwrap_or(now), known: params.known.unwrap_or(now) };
    let record =
        state.run(&caller.actor, move |env| read::read_record(env, id, as_of, purpose.as_ref())).await?;
    let facts = record.facts.into_iter().map(|opened| FactBody {
        id: opened.fact.id,
        subject: opened.fact.subject,
        field: opened.fact.field,
        item: opened.fact.item,
        value: opened.value,
        source: opened.fact.source,
        evidence: opened.fact.evidence,
        true_from: opened.fact.true_from,
        recorded_at: opened.fact.recorded_at,
        recorded_by: opened.fact.recorded_by,
        version: opened.fact.version,
        retention_class: opened.fact.retention_class,
    });
    let version = record.customer.version;
    let body = RecordBody {
        object: "record",
        facts: facts.collect(),
        customer: shown(&state, record.customer),
        persons: record.persons,
        valid: as_of.valid,
        known: as_of.known,
        livemode: state.platform.livemode,
    };
    Ok(Reply::ok(&body).version(version))
}

#[derive(Serialize)]
struct AddedBody {
    customer: Shown<Customer>,
    persons: Vec<NamedPerson>,
    facts: Vec<FactId>,
    /// Those that waited only for data that is complete now, as decided.
    accounts: Vec<Shown<Account>>,
    livemode: bool,
}

/// Add to a customer's record
///
/// Facts, persons, owners, withdrawals. A change of identity or owners reopens what was shown. An account that
/// waited only for data is decided as soon as it is complete, like at sign-up, and stands in the answer. `If-Match` with
/// the customer's `ETag` refuses it when somebody changed the customer meanwhile.
#[utoipa::path(post, path = "/v1/customers/{customer}/facts", tag = "customers",
    request_body = crate::openapi::Addition,
    responses((status = 201, description = "Added", body = crate::openapi::Added)))]
pub async fn add_facts(
    State(state): State<AppState>,
    caller: Caller,
    Named(id): Named<CustomerId>,
    Seen(version): Seen,
    Body(addition): Body<Addition>,
) -> Result<Reply, Problem> {
    let added = state.run(&caller.actor, move |env| facts::add(env, id, version, &addition)).await?;
    let version = added.customer.version;
    let body = AddedBody {
        customer: shown(&state, added.customer),
        persons: added.persons.into_iter().map(named).collect(),
        facts: added.facts,
        accounts: added.accounts.into_iter().map(|account| state.show("account", account)).collect(),
        livemode: state.platform.livemode,
    };
    Ok(Reply::created(&body).version(version))
}

/// What is due of a customer
///
/// Currently, eventually and past due, each with citation and date, from the packs in force.
#[utoipa::path(get, path = "/v1/customers/{customer}/requirements", tag = "customers",
    responses((status = 200, description = "What is due", body = crate::openapi::Requirements)))]
pub async fn requirements(
    State(state): State<AppState>,
    caller: Caller,
    Named(id): Named<CustomerId>,
) -> Result<Reply, Problem> {
    let due = state.run(&caller.actor, move |env| due::requirements_of(env, id)).await?;
    Ok(Reply::ok(&state.show("requirements", due)))
}

/// Decisions about a customer
///
/// In order of time, with every finding and what it was made of.
#[utoipa::path(get, path = "/v1/customers/{customer}/decisions", tag = "customers",
    responses((status = 200, description = "All of them", body = crate::openapi::DecisionList)))]
pub async fn decisions(
    State(state): State<AppState>,
    caller: Caller,
    Named(id): Named<CustomerId>,
) -> Result<Reply, Problem> {
    let decisions = state.run(&caller.actor, move |env| decision::list_decisions(env, id)).await?;
    Ok(Reply::ok(&state.list("decision", decisions, None)))
}

/// Accounts of a customer
#[utoipa::path(get, path = "/v1/customers/{customer}/accounts", tag = "customers",
    responses((status = 200, description = "All of them", body = crate::openapi::AccountList)))]
pub async fn accounts(
    State(state): State<AppState>,
    caller: Caller,
    Named(id): Named<CustomerId>,
) -> Result<Reply, Problem> {
    let accounts = state.run(&caller.actor, move |env| account::list_accounts_of(env, id)).await?;
    Ok(Reply::ok(&state.list("account", accounts, None)))
}

/// Record a verification
///
/// What a check of evidence said, as codes. Control of a contact is proven by a code instead.
#[utoipa::path(post, path = "/v1/customers/{customer}/verifications", tag = "customers",
    request_body = crate::openapi::NewVerification,
    responses((status = 201, description = "Recorded", body = crate::openapi::Verification)))]
pub async fn verify(
    State(state): State<AppState>,
    caller: Caller,
    Named(id): Named<CustomerId>,
    Body(new): Body<NewVerification>,
) -> Result<Reply, Problem> {
    let recorded = state.run(&caller.actor, move |env| verification::record(env, id, &new)).await?;
    Ok(Reply::created(&state.show("verification", recorded)))
}

/// Screen a customer again
///
/// Compares the customer and its persons with the lists in force and records every hit. Cleared pairs stay
/// cleared.
#[utoipa::path(post, path = "/v1/customers/{customer}/screenings", tag = "customers",
    responses((status = 201, description = "One for each subject", body = crate::openapi::ScreeningList)))]
pub async fn screen(
    State(state): State<AppState>,
    caller: Caller,
    Named(id): Named<CustomerId>,
) -> Result<Reply, Problem> {
    let (screenings, hits) = state
        .run(&caller.actor, move |env| {
            let screenings = screening::screen_customer(env, id)?;
            let hits = meant(env, id, &screenings)?;
            Ok((screenings, hits))
        })
        .await?;
    let shown = screenings.into_iter().zip(hits).map(|(screening, hits)| ShownScreening::of(screening, hits));
    Ok(Reply::created(&state.list("screening", shown.collect(), None)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestrictBody {
    /// Replaces those that stand; an empty list lifts them.
    conditions: Vec<Condition>,
    /// A code of small letters, digits and dashes.
    reason: String,
}

/// Restrict a customer
///
/// Replaces the conditions that persons put on the customer. An empty list lifts them.
#[utoipa::path(post, path = "/v1/customers/{customer}/restrictions", tag = "customers",
    request_body = crate::openapi::Restriction,
    responses((status = 200, description = "The customer", body = crate::openapi::Customer)))]
pub async fn restrict(
    State(state): State<AppState>,
    caller: Caller,
    Named(id): Named<CustomerId>,
    Body(body): Body<RestrictBody>,
) -> Result<Reply, Problem> {
    let customer = state
        .run(&caller.actor, move |env| restricting::restrict_customer(env, id, body.conditions, &body.reason))
        .await?;
    let version = customer.version;
    Ok(Reply::ok(&shown(&state, customer)).version(version))
}
