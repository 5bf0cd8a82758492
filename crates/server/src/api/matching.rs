//! `/match/{dataset}`: parties held against the lists, in the form that clients of the yente service speak.

use std::collections::BTreeMap;

use app::failure::Failure;
use app::watchlist::asking::NAMES_MAX;
use app::watchlist::follow_the_money::{Properties, SCHEMATA, properties_of, query_of, schema_of};
use app::watchlist::matching::{Filter, Matches, find_matches, match_id};
use app::watchlist::{ListsInForce, LoadedEntry, QueryHit, ensure_fresh, may_query};
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::answer::Reply;
use crate::api::lists::naming_stale;
use crate::auth::Caller;
use crate::extract::{Body, pointer_to};
use crate::problem::Problem;
use crate::state::AppState;

/// Parties of one request.
const QUERIES_MAX: usize = 100;

/// Results for each party, unless asked otherwise, and at most.
const LIMIT: usize = 5;
const LIMIT_MAX: usize = 500;

/// Names of all lists together. The second is how the hosted service calls its lists of restricted parties.
const ALL_LISTS: [&str; 2] = ["default", "sanctions"];

/// The engine, by the names that a client may call it.
const ALGORITHMS: [&str; 2] = ["best", "precise"];

#[derive(Deserialize)]
pub struct MatchBody {
    queries: BTreeMap<String, Option<Example>>,
    #[serde(default)]
    weights: BTreeMap<String, Value>,
    #[serde(default)]
    config: BTreeMap<String, Value>,
}

/// A party as it is asked for; answered as it was understood.
#[derive(Deserialize, Serialize)]
struct Example {
    #[serde(default)]
    id: Option<String>,
    schema: String,
    #[serde(deserialize_with = "one_text_or_several")]
    properties: Properties,
}

/// Clients send a text where the model has a list of one.
fn one_text_or_several<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Properties, D::Error> {
    let given = BTreeMap::<String, Value>::deserialize(deserializer)?;
    let text = |value: Value| match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let texts = |value: Value| match value {
        Value::Array(items) => items.into_iter().filter_map(text).collect(),
        one => text(one).into_iter().collect(),
    };
    Ok(given.into_iter().map(|(name, value)| (name, texts(value))).collect())
}

#[derive(Serialize)]
struct MatchAnswer {
    responses: BTreeMap<String, PartyMatches>,
    matcher: BTreeMap<&'static str, FeatureNote>,
    limit: usize,
}

#[derive(Serialize)]
struct PartyMatches {
    status: u16,
    results: Vec<MatchedEntry>,
    total: Total,
    query: Example,
}

#[derive(Serialize)]
struct Total {
    value: usize,
    /// `eq`, or `gte` where there may be more.
    relation: &'static str,
}

#[derive(Serialize)]
struct MatchedEntry {
    id: String,
    caption: String,
    schema: &'static str,
    properties: Properties,
    datasets: [String; 1],
    /// The publisher's own id.
    referents: [String; 1],
    target: bool,
    /// Lists do not say when they took somebody up; null.
    first_seen: Option<String>,
    last_seen: Option<String>,
    last_change: Option<String>,
    score: f64,
    features: BTreeMap<String, f64>,
    explanations: BTreeMap<String, Explanation>,
    r#match: bool,
}

#[derive(Serialize)]
struct Explanation {
    detail: String,
    score: f64,
    weight: f64,
}

#[derive(Serialize)]
struct FeatureNote {
    description: &'static str,
    coefficient: f64,
    url: &'static str,
}

/// What the engine may say of a pair.
const FEATURES: &[(&str, &str)] = &[
    ("name", "How probable the names alone make it, rare words counting for more"),
    ("birth_date", "How well the nearest dates of birth agree"),
    ("country", "Whether a country is named by both"),
    ("gender", "Whether both say the same"),
    ("identifier", "Whether a number is the same"),
    ("wallet", "Whether a wallet's address is the same"),
];

/// Documents the parameters; [`Wanted`] reads them, since those of several values are given several times.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "for the document only")]
pub struct MatchParams {
    /// Most results for each party, 5 unless given, at most 500.
    limit: Option<u16>,
    /// Score from which a result is a match, 0 to 1; the calibrated default unless given.
    threshold: Option<f64>,
    /// Score from which a result is shown though it is no match; the threshold unless given.
    cutoff: Option<f64>,
    /// `best` or `precise`: the one engine there is.
    algorithm: Option<String>,
    /// Only these lists.
    include_dataset: Option<Vec<String>>,
    /// Not these lists.
    exclude_dataset: Option<Vec<String>>,
    /// Not entries of this schema.
    exclude_schema: Option<Vec<String>>,
    /// Not these entries, by their `id` or the publisher's own.
    exclude_entity_ids: Option<Vec<String>>,
}

/// What the parameters ask for.
pub struct Wanted {
    filter: Filter,
}

impl<S: Send + Sync> FromRequestParts<S> for Wanted {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|_| refused("the query parameters are not of the form `name=value`"))?;
        let mut filter = Filter {
            lists: Vec::new(),
            lists_left_out: Vec::new(),
            schemata_left_out: Vec::new(),
            entries_left_out: Vec::new(),
            threshold: None,
            cutoff: None,
            limit: LIMIT,
        };
        for (name, value) in pairs.0 {
            match name.as_str() {
                "limit" => filter.limit = limit(&value)?,
                "threshold" => filter.threshold = Some(score("threshold", &value)?),
                "cutoff" => filter.cutoff = Some(score("cutoff", &value)?),
                "algorithm" if ALGORITHMS.contains(&value.as_str()) => {}
                "algorithm" => {
                    let known = ALGORITHMS.join("`, `");
                    return Err(refused(format!("`algorithm` is one of `{known}`; others are not kept")));
                }
                "include_dataset" => filter.lists.push(value),
                "exclude_dataset" => filter.lists_left_out.push(value),
                "exclude_schema" => filter.schemata_left_out.push(value),
                "exclude_entity_ids" => filter.entries_left_out.push(value),
                "topics" | "changed_since" => {
                    return Err(refused(format!(
                        "`{name}` cannot be honoured: lists say neither topics nor days of change"
                    )));
                }
                _ => {
                    let detail = "a query parameter is not known; the API document lists those that are";
                    return Err(refused(detail));
                }
            }
        }
        Ok(Self { filter })
    }
}

fn refused(detail: impl Into<String>) -> Problem {
    Problem::bad_request("query-refused", detail)
}

fn limit(text: &str) -> Result<usize, Problem> {
    let limit = text.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
    limit.ok_or_else(|| refused(format!("`limit` is 1 to {LIMIT_MAX}")))
}

fn score(name: &str, text: &str) -> Result<f64, Problem> {
    let score = text.parse().ok().filter(|score| (0.0..=1.0).contains(score));
    score.ok_or_else(|| refused(format!("`{name}` is 0 to 1")))
}

/// Match parties with the lists
///
/// In the form of the yente service, so that its clients can point here: parties by the FollowTheMoney model.
/// `dataset` is `default` for all lists, or the id of one, `_` for `-` allowed. What is asked is kept nowhere.
#[utoipa::path(post, path = "/match/{dataset}", tag = "lists", params(MatchParams),
    request_body = crate::openapi::MatchQueries,
    responses((status = 200, description = "What was found, by the caller's names of the parties", body = crate::openapi::MatchAnswer)))]
pub async fn run(
    State(state): State<AppState>,
    caller: Caller,
    Path(dataset): Path<String>,
    Wanted { filter }: Wanted,
    Body(body): Body<MatchBody>,
) -> Result<Response, Problem> {
    // Once, so that the filter and the answer are of the same lists though others come into force meanwhile.
    let lists = state.platform.lists();
    let filter = of_lists_in_force(&lists, &dataset, filter)?;
    let parties = parties(body)?;
    ensure_fresh(&state.platform).map_err(Failure::from)?;
    let answer = state
        .run(&caller.actor, move |env| {
            may_query(env)?;
            let responses = parties.into_iter().map(|(name, query, example)| {
                (name, answered(find_matches(&lists.index, &query, &filter), example))
            });
            Ok(MatchAnswer { responses: responses.collect(), matcher: feature_notes(), limit: filter.limit })
        })
        .await?;
    Ok(naming_stale(&state, Reply::ok(&answer).into_response()))
}

/// The filter with lists by their own ids. A list that is not in force finds nobody, which must not look like an
/// answer.
fn of_lists_in_force(lists: &ListsInForce, dataset: &str, mut filter: Filter) -> Result<Filter, Problem> {
    let named = |name: &str| {
        let name = name.replace('_', "-");
        lists.watchlists.iter().map(|list| &list.list).find(|id| id.replace('_', "-") == name).cloned()
    };
    let absent = "no such list is in force; `GET /v1/lists` names those that are, `default` is all of them";
    let ids = |names: Vec<String>| -> Result<Vec<String>, Problem> {
        let ids: Option<Vec<String>> = names.iter().map(|name| named(name)).collect();
        ids.ok_or_else(|| refused(absent))
    };
    filter.lists = ids(filter.lists)?;
    filter.lists_left_out = ids(filter.lists_left_out)?;
    if !ALL_LISTS.contains(&dataset) {
        let asked =
            named(dataset).ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "no-such-dataset", absent))?;
        if !filter.lists.is_empty() && !filter.lists.contains(&asked) {
            return Err(refused("`include_dataset` names a list outside the dataset of the path"));
        }
        filter.lists = vec![asked];
    }
    Ok(filter)
}

/// Each party with what the engine is asked.
type Party = (String, app::watchlist::AskedQuery, Example);

fn parties(body: MatchBody) -> Result<Vec<Party>, Problem> {
    if !body.weights.is_empty() || !body.config.is_empty() {
        let detail = "`weights` and `config` cannot be honoured: the engine weighs by what it has measured";
        return Err(Problem::bad_request("body-refused", detail));
    }
    let given: Vec<(String, Example)> =
        body.queries.into_iter().filter_map(|(name, example)| Some((name, example?))).collect();
    if given.is_empty() || given.len() > QUERIES_MAX {
        let detail = format!("1 to {QUERIES_MAX} parties are matched together");
        return Err(Problem::bad_request("number-of-queries", detail).at("/queries"));
    }
    let parties = given.into_iter().map(|(name, example)| {
        let at = pointer_to("/queries", &name);
        if !SCHEMATA.contains(&example.schema.as_str()) {
            let detail = format!("`schema` is one of {}", SCHEMATA.join(", "));
            return Err(Problem::bad_request("no-such-schema", detail).at(format!("{at}/schema")));
        }
        match query_of(&example.schema, &example.properties) {
            Some(query) if query.names.len() > NAMES_MAX => {
                let detail = format!("at most {NAMES_MAX} names of one party");
                Err(Problem::bad_request("too-many-entries", detail).at(format!("{at}/properties")))
            }
            Some(query) => Ok((name, query, example)),
            None => {
                let detail = "a party needs a name, a number or a wallet to be found by";
                Err(Problem::bad_request("nothing-to-match", detail).at(format!("{at}/properties")))
            }
        }
    });
    parties.collect()
}

fn answered(matches: Matches<'_>, query: Example) -> PartyMatches {
    let Matches { found, threshold, count, more } = matches;
    let results = found.into_iter().map(|(hit, entry)| matched(hit, entry, threshold)).collect();
    let total = Total { value: count, relation: if more { "gte" } else { "eq" } };
    PartyMatches { status: 200, results, total, query }
}

fn matched(hit: QueryHit, entry: &LoadedEntry, threshold: f64) -> MatchedEntry {
    MatchedEntry {
        id: match_id(&hit.list, &hit.entry_id),
        caption: entry.caption().to_owned(),
        schema: schema_of(entry),
        properties: properties_of(entry),
        datasets: [hit.list],
        referents: [hit.entry_id],
        target: true,
        first_seen: None,
        last_seen: None,
        last_change: None,
        score: hit.score,
        r#match: hit.score >= threshold,
        features: hit
            .features
            .iter()
            .filter(|feature| FEATURES.iter().any(|(name, _)| *name == feature.name))
            .map(|feature| (feature.name.clone(), feature.score))
            .collect(),
        explanations: hit
            .features
            .into_iter()
            .map(|said| {
                let explanation = Explanation { detail: said.detail, score: said.score, weight: said.weight };
                (said.name, explanation)
            })
            .collect(),
    }
}

/// What one feature adds depends on how rare what agrees is, so no coefficient is said but 1.
fn feature_notes() -> BTreeMap<&'static str, FeatureNote> {
    let note = |description| FeatureNote { description, coefficient: 1.0, url: "/openapi.json" };
    FEATURES.iter().map(|(name, description)| (*name, note(*description))).collect()
}
