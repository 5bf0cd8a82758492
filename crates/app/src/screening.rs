//! Comparing subjects with the lists in force, and remembering what a person said of a hit (CIP-23).

pub mod clear;
pub mod delta;
pub mod judge;
pub mod replay;
pub mod shown;

use domain::customer::{Customer, Identification};
use domain::fact::{AsOf, Fact, SubjectId, SubjectKind};
use domain::field::{Field, FieldValue};
use domain::id::{CustomerId, FactId};
use domain::payment::PaymentMeans;
use domain::screening::{Hit, HitFeature, Screening, compared_with};
use domain::staff::Scope;
use jiff::Timestamp;
use screening::{Index, Query};
use serde::Serialize;

use crate::customer::{assess, facts::fact_place, find_visible};
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::reading::Reading;
use crate::record::{Happened, Recorded, append_event, append_leaf, owner_of};
use crate::store::{CustomerFilter, Page, StoreError, Transaction};
use crate::vault::{IndexPurpose, Opened};
use crate::watchlist::ListKeeper;

use delta::Earlier;

pub use screening::ENGINE_VERSION;

/// Hits kept of one screening, best first.
const HITS_MAX: usize = 25;

/// One subject in clear, for as long as it is compared.
pub struct Compared {
    subject: SubjectId,
    kind: SubjectKind,
    values: Vec<(Field, FieldValue)>,
    at: Timestamp,
    /// Number of the last fact that was looked at.
    fact_version: Option<u64>,
}

impl Compared {
    /// What the engine is asked. Values that a list could not know stay out.
    fn query(&self) -> Query {
        let schema = match self.kind {
            SubjectKind::Individual => "Person",
            SubjectKind::Entity => "Organization",
        };
        let mut query =
            Query { id: self.subject.to_string(), schema: Some(schema.to_owned()), ..Query::default() };
        for (field, value) in &self.values {
            match (field, value) {
                (Field::FullName, FieldValue::Text(name)) => query.names.push(name.clone()),
                (Field::BirthDate, FieldValue::Date(date)) => query.birth_date = Some(date.to_string()),
                (
                    Field::Jurisdiction | Field::Citizenship | Field::PermanentResidence,
                    FieldValue::Place(place),
                ) => {
                    query.countries.push(place.country().to_string());
                }
                (_, FieldValue::Address(address)) => {
                    query.countries.push(address.place.country().to_string());
                }
                (_, FieldValue::Identifier(identifier)) => query.id_numbers.push(screening::IdNumber {
                    country: Some(identifier.country.to_string()),
                    kind: Some(identifier.scheme.clone()),
                    value: identifier.value.clone(),
                }),
                (_, FieldValue::Document(document)) => query.id_numbers.push(screening::IdNumber {
                    country: Some(document.issued_in.to_string()),
                    kind: Some(document.kind.clone()),
                    value: document.number.clone(),
                }),
                (_, FieldValue::Payment(PaymentMeans::Wallet { address, .. })) => {
                    query.wallets.push(address.clone());
                }
                _ => {}
            }
        }
        query.countries.sort_unstable();
        query.countries.dedup();
        query.names.sort_unstable();
        query.names.dedup();
        query
    }
}

/// Blind hash of what is asked; the same for the same values.
fn compared_hash(env: &Env<'_>, query: &Query) -> Result<String, Failure> {
    let text =
        serde_json::to_string(&Query { id: String::new(), ..query.clone() }).expect("a query is plain JSON");
    Ok(domain::fact::sealed_text::to_hex(&env.vault().blind_index(IndexPurpose::Compared, &text)?))
}

/// Compares one subject with the lists in force, as far as what was found earlier does not say already. `None` when it
/// has no name to compare, or comparison is switched off.
pub fn screen(
    env: &Env<'_>,
    customer: CustomerId,
    compared: &Compared,
    earlier: &Earlier<'_>,
) -> Result<Option<Screening>, Failure> {
    let query = compared.query();
    if !env.settings().screening_on || (query.names.is_empty() && query.wallets.is_empty()) {
        return Ok(None);
    }
    let mut screening = Screening {
        id: env.new_id(),
        customer,
        subject: compared.subject,
        screened_at: compared.at,
        lists_version: env.lists.version.clone(),
        engine_version: ENGINE_VERSION.to_owned(),
        compared: compared_hash(env, &query)?,
        threshold_bp: env.settings().screening_threshold_bp,
        fact_version: compared.fact_version,
        by_delta: None,
        closed: Vec::new(),
        hits: Vec::new(),
    };
    earlier.fill(env, &query, &mut screening);
    Ok(Some(screening))
}

/// What an index answers, as it is kept.
fn find_hits(index: &Index, query: &Query, threshold_bp: Option<u16>) -> Vec<Hit> {
    let found = screening::screen(index, query, threshold_bp.map(screening::score_of), HITS_MAX);
    let kept = found.into_iter().map(|hit| Hit {
        entry_hash: entry_hash(index, &hit.list, &hit.entry_id),
        score_bp: hit.score_bp(),
        list: hit.list,
        entry: hit.entry_id,
        listed_name: hit.name,
        features: hit
            .features
            .into_iter()
            .map(|feature| HitFeature {
                score_bp: feature.score_bp(),
                weight_bp: feature.weight_bp(),
                name: feature.name,
            })
            .collect(),
    });
    kept.collect()
}

/// Hash of what an entry is compared by: a change of its remarks clears nothing.
fn entry_hash(index: &Index, list: &str, entry: &str) -> String {
    let Some(entry) = index.find_entry(list, entry) else { return String::new() };
    let compared = (
        &entry.names,
        &entry.birth_dates,
        &entry.countries,
        &entry.identifiers,
        &entry.wallets,
        &entry.genders,
    );
    let text = serde_json::to_vec(&compared).expect("an entry is plain JSON");
    ledger::hash::Hash::of_leaf(&text).to_string()
}

/// Writes a screening with its leaf.
pub fn insert(env: &Env<'_>, tx: &mut dyn Transaction, screening: &Screening) -> Result<(), Failure> {
    tx.insert_screening(screening)?;
    let object = screening.id.to_string();
    let recorded = Recorded {
        kind: "screening",
        object: &object,
        version: 1,
        customer: Some(screening.customer),
        subject: Some(screening.subject),
        owner: owner_of(Some(screening.customer)),
    };
    append_leaf(env, tx, recorded, screening)
}

/// Facts of a customer that comparison opens.
pub struct ToCompare<'a> {
    pub at: Timestamp,
    pub facts: &'a [Fact],
    /// Values of facts that are not on record yet, and so in clear.
    pub fresh: &'a [(FactId, FieldValue)],
    /// `None` where all are fresh.
    pub reading: Option<&'a Reading>,
}

impl ToCompare<'_> {
    /// What stands of each subject, in clear.
    pub fn open(
        &self,
        env: &Env<'_>,
        subjects: &[(SubjectId, SubjectKind)],
    ) -> Result<Vec<Compared>, Failure> {
        let current = AsOf::current(self.at, self.facts).read(self.facts);
        let fact_version = self.facts.iter().map(|fact| fact.version).max();
        let mut all = Vec::new();
        for &(subject, kind) in subjects {
            let mut values = Vec::new();
            for fact in current.iter().filter(|fact| fact.subject == subject) {
                if let Some(value) = self.open_one(env, fact)? {
                    values.push((fact.field, value));
                }
            }
            all.push(Compared { subject, kind, values, at: self.at, fact_version });
        }
        Ok(all)
    }

    fn open_one(&self, env: &Env<'_>, fact: &Fact) -> Result<Option<FieldValue>, Failure> {
        let fresh = self.fresh.iter().find(|(id, _)| *id == fact.id);
        match (fresh, self.reading) {
            (Some((_, value)), _) => Ok(Some(value.clone())),
            (None, Some(reading)) => open_fact(env, reading, fact),
            (None, None) => Ok(None),
        }
    }
}

/// A fact's value in clear; `None` once it was shredded or where it only withdraws.
pub fn open_fact(env: &Env<'_>, reading: &Reading, fact: &Fact) -> Result<Option<FieldValue>, Failure> {
    if !reading.covers(fact.customer) {
        let detail = "the reading on record is of another customer";
        return Err(Refusal::precondition("reading-missing", detail).into());
    }
    let Some(sealed) = &fact.sealed else { return Ok(fact.clear.clone().map(clear_value).unwrap_or(None)) };
    let row = fact.id.to_string();
    let place = fact_place(fact.subject, &fact.retention_class, &row, fact.version);
    match env.vault().open(&place, sealed)? {
        Opened::Plain(plain) => Ok(serde_json::from_slice(&plain).ok()),
        Opened::Shredded => Ok(None),
    }
}

/// The value of a fact that is clear altogether.
pub fn clear_value(clear: domain::field::Clear) -> Option<FieldValue> {
    use domain::field::Clear;
    match clear {
        Clear::Place(place) => Some(FieldValue::Place(place)),
        Clear::Flag(flag) => Some(FieldValue::Flag(flag)),
        Clear::Ownership(edge) => Some(FieldValue::Ownership(edge)),
        Clear::Address { .. } | Clear::Class(_) | Clear::Document { .. } => None,
    }
}

/// Screens a customer and its persons again, with every entry. Cleared pairs stay cleared.
pub fn screen_customer(env: &Env<'_>, id: CustomerId) -> Result<Vec<Screening>, Failure> {
    env.actor.may(Scope::ListsWrite).or_else(|_| env.actor.may(Scope::HitsJudge))?;
    env.store().with_reading_tx(|tx| find_visible(tx, env.actor, id))?;
    let reading = assess::screening_reading(env, vec![id])?;
    screen_and_insert(env, &reading, None, id)
}

/// What one page of [`screen_page`] came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScreenedPage {
    /// Customers that were compared.
    pub customers: u64,
    /// Those of them that were compared only with what changed on the lists since they were before.
    pub by_delta: u64,
    pub hits: u64,
    /// Customers that had been compared with these lists already, or are shredded.
    pub passed_over: u64,
    /// Id of the last customer of the page; `None` after the last page.
    pub next: Option<CustomerId>,
}

/// Screens those of a page of customers who were not compared with the lists in force yet, under one reading.
/// Who was is passed over, so a run that broke off is taken up by another, and one more costs nothing. Where the keeper
/// has the lists that somebody was compared with before, only what changed since is compared.
pub fn screen_page(env: &Env<'_>, keeper: &dyn ListKeeper, page: &Page) -> Result<ScreenedPage, Failure> {
    env.actor.may_everywhere(Scope::ListsWrite)?;
    let all = env
        .store()
        .with_reading_tx(|tx| Ok::<_, Failure>(tx.list_customers(&CustomerFilter::default(), page)?))?;
    let next = all.last().filter(|_| all.len() >= page.limit as usize).map(|last| last.id);
    let listed = all.len() as u64;
    let behind: Vec<Customer> = all.into_iter().filter(|customer| is_behind(env, customer)).collect();
    let passed_over = listed - behind.len() as u64;
    let mut done = ScreenedPage { customers: 0, by_delta: 0, hits: 0, passed_over, next };
    if !behind.is_empty() {
        screen_all(env, keeper, &behind, &mut done)?;
    }
    if next.is_none() {
        delta::forget(env);
    }
    Ok(done)
}

fn screen_all(
    env: &Env<'_>,
    keeper: &dyn ListKeeper,
    behind: &[Customer],
    done: &mut ScreenedPage,
) -> Result<(), Failure> {
    let ids: Vec<CustomerId> = behind.iter().map(|customer| customer.id).collect();
    let reading = assess::screening_reading(env, ids.clone())?;
    for id in ids {
        let screenings = screen_and_insert(env, &reading, Some(keeper), id)?;
        if screenings.is_empty() {
            // It has no name yet: there is nothing to compare, and nothing was written.
            done.passed_over += 1;
            continue;
        }
        done.customers += 1;
        done.by_delta += u64::from(screenings.iter().all(|screening| screening.by_delta.is_some()));
        done.hits += screenings.iter().map(|screening| screening.hits.len() as u64).sum::<u64>();
    }
    Ok(())
}

/// What was shredded cannot be compared any more, and is not asked for.
fn is_behind(env: &Env<'_>, customer: &Customer) -> bool {
    env.settings().screening_on
        && !matches!(customer.identification, Identification::Closed { .. })
        && customer.standing.screened_with.as_ref() != Some(&in_force(env))
}

/// The engine of this release and the lists in force.
fn in_force(env: &Env<'_>) -> String {
    compared_with(ENGINE_VERSION, &env.lists.version)
}

/// Whether a comparison was with other lists than those in force, or by another engine. Where no lists are loaded
/// nobody can say.
pub fn is_of_other_lists(env: &Env<'_>, compared_with: &str) -> bool {
    env.settings().screening_on && !env.lists.watchlists.is_empty() && compared_with != in_force(env)
}

/// How often a customer is compared again because its facts changed meanwhile.
const ATTEMPTS_MAX: u32 = 5;

/// Compares what is on record and writes the result, so that the latest screening is always one of the facts
/// that stand.
fn screen_and_insert(
    env: &Env<'_>,
    reading: &Reading,
    keeper: Option<&dyn ListKeeper>,
    id: CustomerId,
) -> Result<Vec<Screening>, Failure> {
    for _ in 0..ATTEMPTS_MAX {
        let (customer, persons, facts, screenings) = env.store().with_reading_tx(|tx| {
            let customer = find_visible(tx, env.actor, id)?;
            let (persons, facts) = (tx.list_persons(id)?, tx.list_facts(id)?);
            Ok::<_, Failure>((customer, persons, facts, tx.list_screenings(id)?))
        })?;
        let earlier = Earlier { screenings: &screenings, keeper };
        let screenings = assess::screen_recorded(env, reading, &customer, (&persons, &facts), &earlier)?;
        if screenings.is_empty() || insert_all(env, id, customer.fact_version, &screenings)? {
            return Ok(screenings);
        }
    }
    Err(StoreError::VersionConflict { object: id.to_string() }.into())
}

/// Writes screenings of one customer, assesses it anew and tells of it. Writes nothing and answers `false` when
/// facts were added since `fact_version`: those compared are then not the present ones.
fn insert_all(
    env: &Env<'_>,
    id: CustomerId,
    fact_version: u64,
    screenings: &[Screening],
) -> Result<bool, Failure> {
    env.store().with_tx(|tx| {
        let customer = find_visible(tx, env.actor, id)?;
        if customer.fact_version != fact_version {
            return Ok(false);
        }
        assess::insert_screenings(env, tx, screenings)?;
        let customer = assess::refresh(env, tx, customer, &["screened".to_owned()])?;
        if screenings.iter().any(|screening| !screening.closed.is_empty()) {
            let closed = assess::Settled { outcome: "hits-closed", by: &env.actor.to_string() };
            assess::resolve_if_settled(env, tx, id, &closed)?;
        }
        let hit_count = screenings.iter().map(|screening| screening.hits.len()).sum::<usize>();
        append_event(
            env,
            tx,
            Happened::of("customer.screened", id, customer.version)
                .to(id)
                .because(vec![format!("hits-{hit_count}")]),
        )?;
        Ok(true)
    })
}
