//! Fits the weights of the screening engine: aliases taken out of lists, misspelt and varied listed names on one side,
//! ordinary names on the other.

mod fit;
mod gather;
pub mod rarity;

use std::path::Path;

use screening::Watchlist;
use screening::trial::{Scores, training};

use super::read_lists;
use fit::{Bound, Known, Sample, fit};
use gather::{Asked, Question, gather};

/// What is asked with which lists.
pub struct Options<'a> {
    pub folder: &'a Path,
    /// Ids of the lists that are trained on. One party on two of them is no false alarm of either.
    pub lists: Vec<String>,
    /// Ordinary persons, and as many companies.
    pub ordinary: usize,
    /// Misspelt main names of listed parties, and as many that are varied otherwise.
    pub varied: usize,
    pub seed: u64,
    /// So many of what is missed and of what alarms falsely are printed.
    pub shown: usize,
}

/// One asked party in so many is listed, where scores are probabilities.
const LISTED_SHARE: f64 = 0.001;
/// Strength of the penalty on large weights.
const RIDGE: f64 = 1.0;
/// The odds of parties that have nothing in common.
const NOTHING_ALIKE: f64 = -12.0;
/// Of one question so many entries that are not the one asked for are learnt from.
const WRONG_MAX: usize = 6;
/// How much such an entry counts where a listed party is asked for.
const WRONG_OF_LISTED: f64 = 0.05;

/// Fits on one half of the entries, tells what it comes to on the other, and gives the constants as they stand in the
/// engine's source.
pub fn train(options: &Options<'_>) -> std::io::Result<String> {
    let mut lists: Vec<Watchlist> = read_lists(options.folder)?.lists;
    lists.retain(|list| options.lists.contains(&list.id));
    let gathered = gather(lists, options);
    let mut constants = String::new();
    for person in [true, false] {
        let questions: Vec<&Question> =
            gathered.questions.iter().filter(|question| question.person == person).collect();
        let before: Vec<f64> = training::values(person).into_iter().map(f64::from).collect();
        let after = calibrated(&questions, fitted(&questions));
        println!("\n{}", if person { "persons" } else { "others" });
        println!(
            "| on the other half | asked | at 1 % | at 0.1 % | at the default | false alarms there | calibration error |"
        );
        println!("|---|---|---|---|---|---|---|");
        for (name, weights) in [("as it is", &before), ("fitted", &after)] {
            for asked in Asked::LISTED {
                print_row(name, asked, &questions, weights);
            }
        }
        Asked::LISTED.into_iter().for_each(|asked| show(asked, &questions, &after, options.shown));
        let values: Vec<f32> = after.iter().map(|value| *value as f32).collect();
        let name = if person { "PERSON" } else { "OTHER" };
        constants.push_str(&format!(
            "pub const {name}: Weights = Weights {{\n{}}};\n\n",
            training::written(&values)
        ));
    }
    println!("\n{} ordinary names are listed word for word and were left out", gathered.listed_word_for_word);
    Ok(constants)
}

fn fitted(questions: &[&Question]) -> Vec<f64> {
    let mut samples = Vec::new();
    for question in questions.iter().filter(|question| question.train) {
        // Those who are asked about are hardly ever listed, so what is wrong of a listed party is hardly ever met.
        let share = if question.asked.is_ordinary() { 1.0 } else { WRONG_OF_LISTED };
        let wrong = question.candidates.iter().filter(|candidate| !candidate.right).take(WRONG_MAX);
        let right = question.candidates.iter().filter(|candidate| candidate.right);
        let weighed =
            wrong.map(|candidate| (candidate, share)).chain(right.map(|candidate| (candidate, 1.0)));
        samples.extend(weighed.map(|(candidate, weight)| Sample {
            features: &candidate.features,
            right: candidate.right,
            weight,
        }));
    }
    let names = training::names();
    let bounds: Vec<Bound> = names.iter().map(|name| bound(name)).collect();
    let place = |wanted: &str| names.iter().position(|name| *name == wanted);
    let orders = ORDERS.iter().filter_map(|(lower, upper)| Some((place(lower)?, place(upper)?)));
    // The less alike words are, the less they tell.
    let next = |at: &usize| ["told", "aligned"].contains(&names[*at]) && names[at + 1] == names[*at];
    let alike = (0..names.len() - 1).filter(next).map(|at| (at + 1, at));
    fit(&samples, &Known { bounds: &bounds, orders: &orders.chain(alike).collect::<Vec<_>>() }, RIDGE)
}

/// Words that stand against each other take away no less than each by itself: the engine's bounds rest on it.
const ORDERS: [(&str, &str); 4] = [
    ("against_told", "asked_told"),
    ("against_told", "listed_told"),
    ("against", "asked"),
    ("against", "listed"),
];

/// What agrees never speaks against, what is left over never speaks for: the engine's bounds rest on it.
fn bound(name: &str) -> Bound {
    match name {
        "told" | "variant_told" | "initial" | "acronym_told" | "minor" | "form" | "form_alike"
        | "asked_rarer" | "crossed_near_told" | "crossed_near" | "single_told" | "same_word"
        | "first_told" | "all_told" => Bound::NotBelowZero,
        "listed_rarer" | "against_told" | "against" | "asked_told" | "asked" | "listed_told" | "listed"
        | "incomplete" | "form_against" => Bound::NotAbove(0.0),
        // Ships and plants are told apart by their numbers, of which lists have few that were taken out.
        "numbers_against" => Bound::NotAbove(-4.0),
        _ => Bound::Free,
    }
}

/// Stretches and shifts the weights so that the sum gives the probability, where one in a thousand is listed.
fn calibrated(questions: &[&Question], weights: Vec<f64>) -> Vec<f64> {
    let (listed, ordinary): (Vec<_>, Vec<_>) = questions
        .iter()
        .filter(|question| question.train)
        .filter(|question| question.asked.ordinary() == Asked::Ordinary)
        .partition(|question| !question.asked.is_ordinary());
    let samples = |of: &[&&Question], share: f64, right: bool| -> Vec<([f32; 2], bool, f64)> {
        // As many as there are questions, so that the penalty means nothing.
        let weight = share * questions.len() as f64 / of.len().max(1) as f64;
        of.iter().map(|question| ([1.0, question.odds(&weights) as f32], right, weight)).collect()
    };
    let all = [samples(&listed, LISTED_SHARE, true), samples(&ordinary, 1.0 - LISTED_SHARE, false)].concat();
    let all: Vec<Sample<'_>> = all
        .iter()
        .map(|(features, right, weight)| Sample { features, right: *right, weight: *weight })
        .collect();
    let known = Known { bounds: &[Bound::Free, Bound::NotBelowZero], orders: &[] };
    let line = fit(&all, &known, 1e-6);
    let mut weights: Vec<f64> = weights.into_iter().map(|weight| weight * line[1]).collect();
    if let Some(base) = weights.first_mut() {
        *base += line[0];
    }
    weights
}

fn print_row(name: &str, asked: Asked, questions: &[&Question], weights: &[f64]) {
    let odds = |of: Asked| -> Vec<f64> {
        let tested = questions.iter().filter(|question| !question.train && question.asked == of);
        tested.map(|question| question.odds(weights)).collect()
    };
    let (found, alarms) = (odds(asked), odds(asked.ordinary()));
    let count = found.len();
    let probability = |odds: &Vec<f64>| odds.iter().map(|odds| 1.0 / (1.0 + (-odds).exp())).collect();
    let said = Scores::new(probability(&found), probability(&alarms));
    let scores = Scores::new(found, alarms);
    let at = |rate: f64| scores.recall(scores.threshold_at(rate).max(NOTHING_ALIKE + 0.001)) * 100.0;
    let from = training::match_odds();
    println!(
        "| {name}: {} | {count} | {:.1} % | {:.1} % | {:.1} % | {:.2} % | {:.4} |",
        asked.name(),
        at(0.01),
        at(0.001),
        scores.recall(from) * 100.0,
        scores.false_alarms(from) * 100.0,
        said.calibration_error(LISTED_SHARE, 0.0),
    );
}

/// The false alarms that count most, and who is missed nearest below the bars that they set.
fn show(asked: Asked, questions: &[&Question], weights: &[f64], shown: usize) {
    if shown == 0 {
        return;
    }
    let of = |asked: Asked| {
        let tested = questions.iter().filter(|question| !question.train && question.asked == asked);
        let mut found: Vec<(f64, &str, &str)> = tested
            .map(|question| {
                let (odds, nearest) = question.found(weights).unwrap_or((NOTHING_ALIKE, ""));
                (odds, question.name.as_str(), nearest)
            })
            .collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        found
    };
    let (found, alarms) = (of(asked), of(asked.ordinary()));
    let print = |what: &str, of: &[(f64, &str, &str)]| {
        println!("\n{}: {what}", asked.name());
        of.iter().take(shown).for_each(|(odds, name, nearest)| println!("{odds:8.2} {name} | {nearest}"));
    };
    print("false alarms", &alarms);
    for rate in [0.001, 0.01] {
        let bar = alarms.get((alarms.len() as f64 * rate) as usize).map_or(NOTHING_ALIKE, |alarm| alarm.0);
        let below = found.partition_point(|(odds, ..)| *odds > bar);
        print(&format!("missed at {} %, below {bar:.2}", rate * 100.0), &found[below..]);
    }
}
