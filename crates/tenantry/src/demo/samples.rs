//! Questions worth asking of this very data.

use std::collections::BTreeMap;

use app::actor::Actor;
use app::env::Env;
use app::failure::Failure;
use app::special_measure::{self, NewMeasure};
use domain::clock::Zone;
use domain::id::{CustomerId, DecisionId, SpecialMeasureId};
use domain::special_measure::{AppliesTo, MeasureAction, Target};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use testkit::population::{Population, Truth};

use crate::exit::Stop;
use crate::wiring::Wired;

/// A year from a month ahead, like the measures that the rules know.
const NOTICE: SignedDuration = SignedDuration::from_hours(30 * 24);
const LASTS: SignedDuration = SignedDuration::from_hours(364 * 24);

/// What the printed questions ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Samples {
    /// An address of the provider's, and an instant at which a customer held it.
    pub ip: String,
    pub at: Timestamp,
    /// The account that held it, as the control plane calls it.
    pub account: String,
    pub customer: CustomerId,
    /// A draft: what it would touch can be seen before anybody approves it.
    pub measure: SpecialMeasureId,
    pub measure_country: String,
    pub decision: DecisionId,
}

/// Chooses them; enters the measure.
pub fn choose(wired: &Wired, population: &Population) -> Result<Samples, Stop> {
    let missing = || {
        Stop::unable("the population is too small to ask anything of")
            .next("make it larger with `--customers N`")
    };
    let truth = asked_of(population).ok_or_else(missing)?;
    let (ip, at) = address_of(population, &truth.account).ok_or_else(missing)?;
    let country = most_frequent_country(population);
    let samples = wired.platform.run(&Actor::command(), |env| {
        let account = app::account::find_account(env, &truth.account)?;
        let decisions = app::decision::list_decisions(env, account.customer)?;
        let measure = special_measure::draft(env, &measure(env, &country)?)?.measure.id;
        Ok::<_, Failure>(decisions.first().map(|decision| Samples {
            ip,
            at,
            account: truth.account.clone(),
            customer: account.customer,
            measure,
            measure_country: country.clone(),
            decision: decision.id,
        }))
    })?;
    samples.ok_or_else(missing)
}

/// The customer with most to see: owners behind owners, resellers above.
fn asked_of(population: &Population) -> Option<&Truth> {
    let best = population.question.as_ref();
    let named = best.and_then(|best| population.truth.iter().find(|one| one.account == best.account));
    named.or_else(|| population.truth.iter().max_by_key(|one| (one.resellers.len(), one.ownership_levels)))
}

fn address_of(population: &Population, account: &str) -> Option<(String, Timestamp)> {
    if let Some(question) = population.question.as_ref().filter(|question| question.account == account) {
        return Some((question.ip.clone(), question.at));
    }
    let events = population.events.iter().filter_map(|line| domain::access::parse_event(line).ok());
    let event = events.into_iter().find(|event| event.account == account)?;
    Some((event.network.to_string(), event.at))
}

fn most_frequent_country(population: &Population) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for truth in population.truth.iter().filter(|truth| truth.country != "US") {
        *counts.entry(&truth.country).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .map_or_else(|| "US".to_owned(), |(code, _)| code.to_owned())
}

fn measure(env: &Env<'_>, country: &str) -> Result<NewMeasure, Failure> {
    let now = env.now();
    let place = country
        .parse()
        .map_err(|_| app::failure::Refusal::invalid("no-such-place", format!("`{country}` is no place")))?;
    let effective_from = now.saturating_add(NOTICE).unwrap_or(Timestamp::MAX);
    Ok(NewMeasure {
        target: Target::Jurisdiction { places: vec![place] },
        determination_on: Zone::utc().date_of(now),
        effective_from,
        expires_at: effective_from.saturating_add(LASTS).unwrap_or(Timestamp::MAX),
        legal_reference: "Invented determination 1, for trying out".to_owned(),
        document_hash: app::pack::text_hash("Invented determination 1, for trying out"),
        action: MeasureAction::Prohibit { opening: true, maintaining: false },
        applies_to: AppliesTo {
            account_kinds: Vec::new(),
            product_classes: Vec::new(),
            reseller_accounts: true,
        },
    })
}
