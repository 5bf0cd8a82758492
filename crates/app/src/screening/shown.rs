//! Hits as they are shown: with what they mean, and through whom they reach the customer.

use domain::customer::Customer;
use domain::fact::{AsOf, SubjectId};
use domain::id::{CustomerId, JudgementId, PersonId, ScreeningId};
use domain::ownership::path_to;
use domain::pack::KnownFacts;
use domain::screening::{
    Consequence, Hit, HitOutcome, HitStatus, Judgement, JudgementKind, ListTerms, Screening, judgement_of,
    status_of_hit,
};
use domain::staff::Scope;
use jiff::Timestamp;
use serde::Serialize;

use crate::customer::{assess, find_visible};
use crate::decision::known_facts;
use crate::env::Env;
use crate::failure::Failure;

/// A hit of the latest screening of a customer or one of its persons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownHit {
    pub screening: ScreeningId,
    pub subject: SubjectId,
    #[serde(flatten)]
    pub hit: Meant,
    pub status: HitStatus,
    /// The latest word on it.
    pub judgement: Option<ShownJudgement>,
    /// The owners from the customer up to who is listed, by id; empty where that is the customer itself, or somebody
    /// who owns nothing of it.
    pub path: Vec<PersonId>,
}

/// A word on a hit without its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownJudgement {
    id: JudgementId,
    kind: JudgementKind,
    outcome: Option<HitOutcome>,
    judged_at: Timestamp,
    judged_by: String,
    approved_by: Option<String>,
}

impl ShownJudgement {
    pub fn of(judgement: &Judgement) -> Self {
        Self {
            id: judgement.id,
            kind: judgement.kind,
            outcome: judgement.outcome.clone(),
            judged_at: judgement.judged_at,
            judged_by: judgement.judged_by.clone(),
            approved_by: judgement.approved_by.clone(),
        }
    }
}

/// A hit, and what its list means once it is confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Meant {
    #[serde(flatten)]
    pub hit: Hit,
    /// `None` where no pack in force says; such a hit blocks.
    pub consequence: Option<Consequence>,
    /// Packs, documents and sections that say so.
    pub sources: Vec<String>,
}

impl Meant {
    fn of(hit: &Hit, terms: &[ListTerms]) -> Self {
        let terms = terms.iter().find(|terms| terms.list == hit.list);
        Self {
            hit: hit.clone(),
            consequence: terms.and_then(|terms| terms.consequence),
            sources: terms.map(|terms| terms.sources.clone()).unwrap_or_default(),
        }
    }
}

/// What the packs in force say of lists to anybody.
pub fn list_terms(env: &Env<'_>) -> Vec<ListTerms> {
    env.packs.at_instant(env.now()).list_terms(&KnownFacts::new())
}

/// What they say of lists to a customer.
pub fn terms_for(env: &Env<'_>, customer: &Customer) -> Vec<ListTerms> {
    let known = known_facts(customer.kind, customer.standing.classification, None, None, None);
    env.packs.at_instant(env.now()).list_terms(&known)
}

/// The hits of screenings of one customer, each with what it means, in their order.
pub fn meant(
    env: &Env<'_>,
    customer: CustomerId,
    screenings: &[Screening],
) -> Result<Vec<Vec<Meant>>, Failure> {
    let customer = env.store().with_reading_tx(|tx| find_visible(tx, env.actor, customer))?;
    let terms = terms_for(env, &customer);
    let of_one = |screening: &Screening| screening.hits.iter().map(|hit| Meant::of(hit, &terms)).collect();
    Ok(screenings.iter().map(of_one).collect())
}

/// What the latest screenings of a customer and its persons found, for who decides a case about it.
pub fn list_hits(env: &Env<'_>, customer: CustomerId) -> Result<Vec<ShownHit>, Failure> {
    env.actor.may(Scope::CasesRead)?;
    env.store().with_reading_tx(|tx| {
        let customer = find_visible(tx, env.actor, customer)?;
        let record = assess::read(tx, &customer)?;
        let terms = terms_for(env, &customer);
        let current = AsOf::current(env.now(), &record.facts).read(&record.facts);
        let graph = assess::graph_of(&customer, &record.persons, &current);
        let mut shown = Vec::new();
        for screening in assess::latest_screenings(&record.screenings).values() {
            let path = match screening.subject {
                SubjectId::Customer(_) => Vec::new(),
                SubjectId::Person(person) => path_to(&graph, person),
            };
            shown.extend(screening.hits.iter().map(|hit| ShownHit {
                screening: screening.id,
                subject: screening.subject,
                hit: Meant::of(hit, &terms),
                status: status_of_hit(screening, hit, &record.judgements),
                judgement: judgement_of(screening, hit, &record.judgements).map(ShownJudgement::of),
                path: path.clone(),
            }));
        }
        Ok(shown)
    })
}
