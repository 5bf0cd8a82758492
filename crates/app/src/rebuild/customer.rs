//! A customer's row: its standing assessed again as of its last assessment, its state from events and decisions.

use domain::customer::{Customer, Identification, Standing, UnableAnswer};
use domain::event::Event;
use jiff::Timestamp;

use super::{is_shredded, near};
use crate::customer::assess;
use crate::env::Env;
use crate::failure::Failure;
use crate::record::{Happened, append_event};
use crate::store::Transaction;

/// The row as the records have it, and the columns in which the found one differs.
pub fn derive(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    found: &Customer,
    events: &[Event],
) -> Result<(Customer, Vec<&'static str>), Failure> {
    let mut derived = found.clone();
    let mut columns = Vec::new();
    let object = found.id.to_string();
    let of_customer = || events.iter().filter(|event| event.object == object);
    if is_shredded(env, found)? {
        derived.standing = Standing::unknown();
    } else {
        let record = assess::read(tx, found)?;
        derived.fact_version = record.facts.iter().map(|fact| fact.version).max().unwrap_or(0);
        let at = assessed_at(found, events, &record);
        derived.standing = assess::assess(env, found, &record, at).standing;
        // What time alone made overdue since is in the row only after its next change.
        let overdue = found.standing.overdue;
        if (Standing { overdue, ..derived.standing.clone() }) == found.standing {
            derived.standing.overdue = overdue;
        }
        if let Some(identification) = identification(env, tx, &derived, events)?
            && !is_same(&found.identification, &identification)
        {
            columns.push("identification");
            derived.identification = identification;
        }
    }
    if derived.standing != found.standing {
        columns.push("standing");
    }
    if derived.fact_version != found.fact_version {
        columns.push("fact_version");
    }
    let version = of_customer().map(|event| event.version).max().unwrap_or(0);
    if version > found.version {
        derived.version = version;
        columns.push("version");
    }
    Ok((derived, columns))
}

/// When the row was last assessed: what falls due by time alone is compared as of then.
fn assessed_at(found: &Customer, events: &[Event], record: &assess::OnRecord) -> Timestamp {
    let assessing = |event: &&Event| match event.kind.as_str() {
        "customer.restricted" | "customer.class-shredded" | "customer.rebuilt" => false,
        "case.opened" | "case.resolved" | "draft.approved" => true,
        kind => kind.starts_with("customer."),
    };
    let told = events.iter().filter(assessing).map(|event| event.at);
    let seen = record.verifications.iter().map(|one| one.verified_at);
    let screened = record.screenings.iter().map(|one| one.screened_at);
    told.chain(seen).chain(screened).max().unwrap_or(found.created_at)
}

/// The state that events tell of, with what the last decision in it knew; `None` where no event tells.
fn identification(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    derived: &Customer,
    events: &[Event],
) -> Result<Option<Identification>, Failure> {
    let object = derived.id.to_string();
    let mut last: Option<(&str, Timestamp)> = None;
    let mut answered: Option<(&str, Timestamp)> = None;
    for event in events {
        if event.object == object
            && event.kind.starts_with("customer.")
            && let Some(state) = event.state.as_deref()
            && last.is_none_or(|(before, _)| before != state)
        {
            last = Some((state, event.at));
        }
        if event.kind == "case.resolved"
            && let Some(outcome) = event.reasons.first()
        {
            let state = match outcome.as_str() {
                "verify" => "verified",
                "refuse" | "interim_terms" | "close" => "unable",
                "reopen" => "open",
                _ => continue,
            };
            answered = Some((outcome, event.at));
            last = Some((state, event.at));
        }
    }
    let Some((state, at)) = last else { return Ok(None) };
    let made = answered.map_or(at, |(_, answered_at)| answered_at);
    let decided = tx.list_decisions(derived.id)?.into_iter().rev().find(|decision| {
        let known = &decision.facts.identification;
        known.as_str() == state && (decision.decided_at >= made || near(decision.decided_at, made))
    });
    if let (Some(decision), "verified" | "unable") = (decided, state) {
        return Ok(Some(decision.facts.identification));
    }
    Ok(Some(match state {
        "draft" => Identification::Draft,
        "open" => Identification::Open { since: at },
        "us_shown" => Identification::UsShown { shown_at: at },
        "verified" => assess::verified(env, derived, made),
        "unable" => Identification::Unable {
            since: made,
            answer: match answered.map(|(outcome, _)| outcome) {
                Some("interim_terms") => {
                    UnableAnswer::InterimTerms { until: assess::interim_until(env, derived, made) }
                }
                Some("close") => UnableAnswer::Close { closes_at: made },
                _ => UnableAnswer::Refuse,
            },
        },
        "reverify_due" => match derived.identification {
            // The day it fell due lies before the event that tells of it.
            Identification::ReverifyDue { since } if since <= at => Identification::ReverifyDue { since },
            _ => Identification::ReverifyDue { since: at },
        },
        "closed" => Identification::Closed { closed_at: at },
        _ => return Ok(None),
    }))
}

fn is_same(found: &Identification, derived: &Identification) -> bool {
    use Identification::{Closed, Draft, Open, ReverifyDue, Unable, UsShown, Verified};
    let is_near = |a: &Option<Timestamp>, b: &Option<Timestamp>| match (a, b) {
        (Some(a), Some(b)) => near(*a, *b),
        (a, b) => a == b,
    };
    match (found, derived) {
        (Draft, Draft) => true,
        (Open { since: a }, Open { since: b })
        | (UsShown { shown_at: a }, UsShown { shown_at: b })
        | (ReverifyDue { since: a }, ReverifyDue { since: b })
        | (Closed { closed_at: a }, Closed { closed_at: b }) => near(*a, *b),
        (
            Verified { verified_at: a, reverify_at: due_a, .. },
            Verified { verified_at: b, reverify_at: due_b, .. },
        ) => near(*a, *b) && is_near(due_a, due_b),
        (Unable { since: a, answer: to_a }, Unable { since: b, answer: to_b }) => {
            near(*a, *b)
                && match (to_a, to_b) {
                    (UnableAnswer::Refuse, UnableAnswer::Refuse) => true,
                    (UnableAnswer::InterimTerms { until: a }, UnableAnswer::InterimTerms { until: b }) => {
                        is_near(a, b)
                    }
                    (UnableAnswer::Close { closes_at: a }, UnableAnswer::Close { closes_at: b }) => {
                        near(*a, *b)
                    }
                    _ => false,
                }
        }
        _ => false,
    }
}

/// Replaces the row, raising its version as far as events tell of.
pub fn put(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    derived: Customer,
    columns: &[&str],
) -> Result<(), Failure> {
    let found = tx.find_customer(derived.id)?.map_or(derived.version, |found| found.version);
    for version in found + 1..=derived.version {
        tx.update_customer(&Customer { version, ..derived.clone() })?;
    }
    let customer = crate::customer::put(tx, derived)?;
    append_event(
        env,
        tx,
        Happened {
            kind: "customer.rebuilt",
            customer: Some(customer.id),
            account: None,
            object: customer.id.to_string(),
            version: customer.version,
            state: Some(customer.identification.as_str()),
            reasons: columns.iter().map(|&column| column.to_owned()).collect(),
        },
    )
}
