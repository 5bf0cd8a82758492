//! How well listed parties are found and how many others alarm, tried on the operator's own lists, so that a threshold
//! is chosen from evidence.

mod numbers;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use screening::trial::{HeldOut, Ordinary, Point, Random, Scores, WordForWord, hold_out, script_of};
use screening::{DEFAULT_THRESHOLD, Index, Query, Schema, Watchlist, screen};
use serde::Serialize;

pub use numbers::NumberRow;

/// What is tried.
pub struct Wanted {
    /// One list alone; else all together.
    pub list: Option<String>,
    /// Shares of ordinary names that may alarm, for each of which a threshold is told.
    pub false_alarms: Vec<f64>,
    /// Ordinary persons to ask about, and as many companies.
    pub ordinary: usize,
    pub seed: u64,
    pub threads: usize,
}

/// One asked party in so many is listed, where scores are probabilities.
pub const LISTED_SHARE: f64 = 0.001;

/// Lower scores count as none.
const SCORE_MIN: f64 = 0.000_5;
const HITS: usize = 1_000;

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelfTestError {
    #[error("no list `{0}`")]
    NoSuchList(String),
    #[error("no entry has an alias that could be taken out")]
    NoAliases,
}

#[derive(Debug, Serialize)]
pub struct Report {
    /// Of the lists without what was taken out, and their versions.
    pub lists: Vec<String>,
    /// The calibrated default.
    pub threshold: f64,
    /// Ordinary names that are listed word for word; they are left out, since whoever has such a name is looked at.
    pub listed_word_for_word: usize,
    /// All together first, then by list, then by script, then by both.
    pub rows: Vec<Row>,
    /// Of each kind over all lists.
    pub curves: Vec<Curve>,
    /// Parties that have a number, among them vessels and aircraft.
    pub numbers: Vec<NumberRow>,
}

/// A part of what was taken out.
#[derive(Debug, Serialize)]
pub struct Row {
    pub kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<&'static str>,
    /// Aliases that were taken out, and ordinary names that were asked.
    pub aliases: usize,
    pub ordinary: usize,
    /// At the default threshold.
    pub recall: f64,
    pub false_alarms: f64,
    pub at: Vec<At>,
    /// Expected calibration error of all scores, and of those that are matches.
    pub calibration_error: f64,
    pub calibration_error_of_matches: f64,
}

/// What so many false alarms buy.
#[derive(Debug, Serialize)]
pub struct At {
    pub false_alarms: f64,
    pub threshold: f64,
    pub recall: f64,
}

#[derive(Debug, Serialize)]
pub struct Curve {
    pub kind: Kind,
    pub points: Vec<Point>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Person,
    /// Companies, authorities, groups; not vessels and aircraft.
    Other,
}

impl Kind {
    pub const ALL: [Kind; 2] = [Kind::Person, Kind::Other];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Person => "person",
            Kind::Other => "other",
        }
    }

    fn of(schema: Schema) -> Self {
        if schema == Schema::Person { Kind::Person } else { Kind::Other }
    }

    fn query(self, name: &str) -> Query {
        let schema = if self == Kind::Person { "Person" } else { "Organization" };
        Query { schema: Some(schema.to_owned()), ..Query::for_name(name) }
    }
}

/// Takes one alias out of every entry that has one and asks for it, asks ordinary names too, and counts. `asked` is
/// called with how many questions were answered since.
pub fn self_test(
    mut lists: Vec<Watchlist>,
    wanted: &Wanted,
    asked: &(dyn Fn(u64) + Sync),
) -> Result<Report, SelfTestError> {
    if let Some(only) = &wanted.list {
        lists.retain(|list| list.id == *only);
        if lists.is_empty() {
            return Err(SelfTestError::NoSuchList(only.clone()));
        }
    }
    let held_out = hold_out(&mut lists, wanted.seed);
    if held_out.is_empty() {
        return Err(SelfTestError::NoAliases);
    }
    let listed = WordForWord::of(&lists);
    let named = lists.iter().map(|list| format!("{}@{}", list.id, list.version)).collect();
    let parties = numbers::parties(&lists, wanted.seed);
    let index = Index::new(lists);
    let numbers = numbers::rows(&parties, &index, wanted.threads, asked);
    let ordinary = ordinary_names(wanted);
    let (asked_about, word_for_word): (Vec<_>, Vec<_>) =
        ordinary.into_iter().partition(|(_, name)| !listed.has(name));
    let found = in_parallel(&held_out, wanted.threads, asked, |held| Found::of(held, &index));
    let alarms =
        in_parallel(&asked_about, wanted.threads, asked, |(kind, name)| Alarm::of(*kind, name, &index));
    let trial = Trial { found, alarms, rates: &wanted.false_alarms };
    Ok(Report {
        lists: named,
        threshold: DEFAULT_THRESHOLD,
        listed_word_for_word: word_for_word.len(),
        rows: trial.rows(),
        curves: Kind::ALL.into_iter().map(|kind| trial.curve(kind)).collect(),
        numbers,
    })
}

fn ordinary_names(wanted: &Wanted) -> Vec<(Kind, String)> {
    let (ordinary, mut random) = (Ordinary::new(), Random::new(wanted.seed));
    let names =
        Kind::ALL.into_iter().flat_map(|kind| std::iter::repeat_n(kind, wanted.ordinary)).map(|kind| {
            let name = match kind {
                Kind::Person => ordinary.anyone(&mut random),
                Kind::Other => ordinary.any_company(&mut random),
            };
            (kind, name)
        });
    names.collect()
}

/// What asking for an alias came to.
struct Found {
    kind: Kind,
    list: String,
    script: &'static str,
    score: f64,
}

impl Found {
    fn of(held: &HeldOut, index: &Index) -> Self {
        let kind = Kind::of(held.schema);
        let hits = screen(index, &kind.query(&held.name), Some(SCORE_MIN), HITS);
        let own = hits.iter().find(|hit| hit.entry_id == held.entry_id && hit.list == held.list);
        Self {
            kind,
            list: held.list.clone(),
            script: script_of(&held.name),
            score: own.map_or(0.0, |hit| hit.score),
        }
    }
}

/// What asking for an ordinary name came to: the best score in each list that has one.
struct Alarm {
    kind: Kind,
    best: Vec<(String, f64)>,
}

impl Alarm {
    fn of(kind: Kind, name: &str, index: &Index) -> Self {
        let mut best: Vec<(String, f64)> = Vec::new();
        for hit in screen(index, &kind.query(name), Some(SCORE_MIN), HITS) {
            // The best come first.
            if best.iter().all(|(list, _)| *list != hit.list) {
                best.push((hit.list, hit.score));
            }
        }
        Self { kind, best }
    }

    fn score(&self, list: Option<&str>) -> f64 {
        let best = self.best.iter().find(|(id, _)| list.is_none_or(|list| id == list));
        best.map_or(0.0, |(_, score)| *score)
    }
}

struct Trial<'a> {
    found: Vec<Found>,
    alarms: Vec<Alarm>,
    rates: &'a [f64],
}

impl Trial<'_> {
    fn rows(&self) -> Vec<Row> {
        let lists: BTreeSet<Option<&str>> =
            self.found.iter().map(|found| Some(found.list.as_str())).collect();
        let scripts: BTreeSet<Option<&'static str>> =
            self.found.iter().map(|found| Some(found.script)).collect();
        let by_list = lists.iter().map(|list| (*list, None));
        let by_script = scripts.iter().map(|script| (None, *script));
        let by_both = lists.iter().flat_map(|list| scripts.iter().map(|script| (*list, *script)));
        let parts = [(None, None)].into_iter().chain(by_list).chain(by_script).chain(by_both);
        let rows = parts.flat_map(|(list, script)| Kind::ALL.map(|kind| self.row(kind, list, script)));
        rows.flatten().collect()
    }

    /// `None` where nothing was taken out.
    fn row(&self, kind: Kind, list: Option<&str>, script: Option<&'static str>) -> Option<Row> {
        let found = self.found.iter().filter(|found| {
            found.kind == kind
                && list.is_none_or(|list| found.list == list)
                && script.is_none_or(|script| found.script == script)
        });
        let found: Vec<f64> = found.map(|found| found.score).collect();
        if found.is_empty() {
            return None;
        }
        let alarms: Vec<f64> = self.alarms_of(kind, list);
        let (aliases, ordinary) = (found.len(), alarms.len());
        let scores = Scores::new(found, alarms);
        let at = self.rates.iter().map(|rate| {
            let threshold = scores.threshold_at(*rate);
            At { false_alarms: *rate, threshold, recall: scores.recall(threshold.max(SCORE_MIN)) }
        });
        Some(Row {
            kind,
            list: list.map(str::to_owned),
            script,
            aliases,
            ordinary,
            recall: scores.recall(DEFAULT_THRESHOLD),
            false_alarms: scores.false_alarms(DEFAULT_THRESHOLD),
            at: at.collect(),
            calibration_error: scores.calibration_error(LISTED_SHARE, 0.0),
            calibration_error_of_matches: scores.calibration_error(LISTED_SHARE, DEFAULT_THRESHOLD),
        })
    }

    fn alarms_of(&self, kind: Kind, list: Option<&str>) -> Vec<f64> {
        self.alarms.iter().filter(|alarm| alarm.kind == kind).map(|alarm| alarm.score(list)).collect()
    }

    fn curve(&self, kind: Kind) -> Curve {
        let found = self.found.iter().filter(|found| found.kind == kind).map(|found| found.score);
        let scores = Scores::new(found.collect(), self.alarms_of(kind, None));
        Curve { kind, points: scores.curve() }
    }
}

/// The same for each, on several threads; answers stand in the order of the questions.
fn in_parallel<T: Sync, R: Send>(
    all: &[T],
    threads: usize,
    done: &(dyn Fn(u64) + Sync),
    each: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    const AT_ONCE: usize = 64;
    let chunks: Vec<&[T]> = all.chunks(AT_ONCE).collect();
    let (next, answers) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(chunk) = chunks.get(at) else { break };
                    let answered: Vec<R> = chunk.iter().map(&each).collect();
                    answers.lock().unwrap_or_else(PoisonError::into_inner).push((at, answered));
                    done(chunk.len() as u64);
                }
            });
        }
    });
    let mut answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    answers.sort_by_key(|(at, _)| *at);
    answers.into_iter().flat_map(|(_, answered)| answered).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(list: Option<&str>, threads: usize) -> Wanted {
        let list = list.map(str::to_owned);
        Wanted { list, false_alarms: vec![0.01, 0.001], ordinary: 300, seed: 1, threads }
    }

    /// CIP-23: whether known aliases are found is measured on the operator's own lists.
    #[test]
    fn aliases_taken_out_are_found_and_ordinary_names_hardly_alarm() {
        let report = self_test(vec![screening::fictional()], &wanted(None, 2), &|_| ()).unwrap();

        for kind in Kind::ALL {
            let row =
                report.rows.iter().find(|row| row.kind == kind && row.list.is_none() && row.script.is_none());
            let row = row.unwrap();
            assert!(row.aliases >= 5 && row.recall > 0.2 && row.false_alarms < 0.01, "{row:?}");
            assert!(row.calibration_error < 0.03, "{row:?}");
            assert!(row.at[0].threshold <= row.at[1].threshold && row.at[0].recall >= row.at[1].recall);
        }
        assert!(report.rows.iter().any(|row| row.script == Some("cyrillic") && row.list.is_some()));
        assert_eq!(report.curves.len(), 2);
        for row in &report.numbers {
            assert!(row.by_number > 0.9 && row.false_alarms < 0.1, "{row:?}");
        }
        assert!(report.numbers.iter().any(|row| row.what == "vessel"), "{:?}", report.numbers);
    }

    #[test]
    fn the_same_seed_says_the_same_on_any_number_of_threads() {
        let said = |threads| {
            let report = self_test(vec![screening::fictional()], &wanted(None, threads), &|_| ()).unwrap();
            serde_json::to_string(&report).unwrap()
        };

        assert_eq!(said(1), said(3));
    }

    #[test]
    fn what_cannot_be_tried_is_said() {
        let tried = |lists: Vec<Watchlist>, list| self_test(lists, &wanted(list, 1), &|_| ()).err();
        let bare = Watchlist { entries: Vec::new(), ..screening::fictional() };

        assert_eq!(tried(vec![bare], None), Some(SelfTestError::NoAliases));
        let unknown = Some(SelfTestError::NoSuchList("x".to_owned()));
        assert_eq!(tried(vec![screening::fictional()], Some("x")), unknown);
    }
}
