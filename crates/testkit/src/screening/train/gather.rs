//! Questions with the truth about them, and what the engine sees of each answer.

use screening::trial::training::{features, odds};
use screening::trial::{Ordinary, Random, Transcription, WordForWord, hold_out, misspell, script_of, vary};
use screening::{Entry, Index, Query, Schema, Watchlist, screen};

use super::{NOTHING_ALIKE, Options};

/// Entries less probable are not learnt from.
const SCORE_MIN: f64 = 0.000_02;
const HITS: usize = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// An alias that was taken out.
    HeldOut,
    Misspelt,
    /// Written otherwise in any usual way.
    Varied,
    /// In another script: an alias that was taken out, or the main name as it is usually written there.
    OtherScript,
    /// Somebody who is not listed.
    Ordinary,
    /// The same in another script.
    OrdinaryOtherScript,
}

impl Asked {
    pub const LISTED: [Asked; 4] = [Asked::HeldOut, Asked::Misspelt, Asked::Varied, Asked::OtherScript];

    pub fn is_ordinary(self) -> bool {
        matches!(self, Asked::Ordinary | Asked::OrdinaryOtherScript)
    }

    /// Who alarms falsely when such names are asked.
    pub fn ordinary(self) -> Asked {
        match self {
            Asked::OtherScript | Asked::OrdinaryOtherScript => Asked::OrdinaryOtherScript,
            Asked::HeldOut | Asked::Misspelt | Asked::Varied | Asked::Ordinary => Asked::Ordinary,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Asked::HeldOut => "aliases taken out",
            Asked::Misspelt => "misspelt",
            Asked::Varied => "written otherwise",
            Asked::OtherScript => "in another script",
            Asked::Ordinary => "ordinary",
            Asked::OrdinaryOtherScript => "ordinary in another script",
        }
    }
}

pub struct Question {
    pub asked: Asked,
    pub name: String,
    pub person: bool,
    /// Whether its entry is of the half that is learnt from.
    pub train: bool,
    /// Most probable first by the weights as they were.
    pub candidates: Vec<Candidate>,
}

/// An entry that could be meant, by its nearest name.
pub struct Candidate {
    pub right: bool,
    pub name: String,
    pub features: Vec<f32>,
}

impl Question {
    /// The odds that a listed party is found with, or that an ordinary one alarms with.
    pub fn odds(&self, weights: &[f64]) -> f64 {
        self.found(weights).map_or(NOTHING_ALIKE, |(odds, _)| odds.max(NOTHING_ALIKE))
    }

    /// The same with the name that it is about.
    pub fn found(&self, weights: &[f64]) -> Option<(f64, &str)> {
        let ordinary = self.asked.is_ordinary();
        let counted = self.candidates.iter().filter(|candidate| ordinary || candidate.right);
        let weighed = counted.map(|candidate| (dot(&candidate.features, weights), candidate.name.as_str()));
        weighed.max_by(|a, b| a.0.total_cmp(&b.0))
    }
}

fn dot(features: &[f32], weights: &[f64]) -> f64 {
    features.iter().zip(weights).map(|(feature, weight)| f64::from(*feature) * weight).sum()
}

pub struct Gathered {
    pub questions: Vec<Question>,
    pub listed_word_for_word: usize,
}

/// Asks everything there is to ask.
pub fn gather(mut lists: Vec<Watchlist>, options: &Options<'_>) -> Gathered {
    let other_scripts = take_other_scripts(&mut lists);
    let held_out = hold_out(&mut lists, options.seed);
    let word_for_word = WordForWord::of(&lists);
    let entries = lists.iter().flat_map(|list| list.entries.iter().map(move |entry| (list, entry)));
    let named = entries.filter(|(_, entry)| !matches!(entry.schema, Schema::Vessel | Schema::Airplane));
    let named: Vec<(String, String, bool, String)> = named
        .map(|(list, entry)| {
            let person = entry.schema == Schema::Person;
            (list.id.clone(), entry.entry_id.clone(), person, entry.caption().to_owned())
        })
        .collect();
    let index = Index::new(lists);
    let mut random = Random::new(options.seed);
    let mut gathered = Gathered { questions: Vec::new(), listed_word_for_word: 0 };
    for held in &held_out {
        let truth = Some((held.list.as_str(), held.entry_id.as_str()));
        let person = held.schema == Schema::Person;
        gathered.questions.push(question(
            &index,
            Asked::HeldOut,
            &held.name,
            person,
            truth,
            is_train(&held.entry_id),
        ));
    }
    for (list, entry_id, person, name) in &other_scripts {
        let truth = Some((list.as_str(), entry_id.as_str()));
        let train = is_train(entry_id);
        gathered.questions.push(question(&index, Asked::OtherScript, name, *person, truth, train));
    }
    let transcriptions = Transcription::all();
    let persons: Vec<_> = named.iter().filter(|(.., person, _)| *person).collect();
    for _ in 0..if persons.is_empty() { 0 } else { options.varied } {
        let (list, entry_id, person, name) = *random.pick(&persons);
        let name = random.pick(&transcriptions).write(name, &mut random);
        let truth = Some((list.as_str(), entry_id.as_str()));
        let train = is_train(entry_id);
        gathered.questions.push(question(&index, Asked::OtherScript, &name, *person, truth, train));
    }
    for at in 0..if named.is_empty() { 0 } else { 2 * options.varied } {
        let (list, entry_id, person, name) = random.pick(&named);
        let (asked, varied) = match at % 2 {
            0 => (Asked::Misspelt, misspell(name, &mut random)),
            _ => (Asked::Varied, vary(name, *person, &mut random).map(|(_, name)| name)),
        };
        if let Some(name) = varied {
            let truth = Some((list.as_str(), entry_id.as_str()));
            gathered.questions.push(question(&index, asked, &name, *person, truth, is_train(entry_id)));
        }
    }
    let ordinary = Ordinary::new();
    for at in 0..2 * options.ordinary {
        let person = at < options.ordinary;
        let name = if person { ordinary.anyone(&mut random) } else { ordinary.any_company(&mut random) };
        let latin = script_of(&name) == "latin";
        if word_for_word.has(&name) {
            gathered.listed_word_for_word += 1;
            continue;
        }
        let asked = if latin { Asked::Ordinary } else { Asked::OrdinaryOtherScript };
        gathered.questions.push(question(&index, asked, &name, person, None, at % 2 == 0));
        if latin && person && at % 4 < 2 {
            let name = random.pick(&transcriptions).write(&name, &mut random);
            let asked = Asked::OrdinaryOtherScript;
            gathered.questions.push(question(&index, asked, &name, person, None, at % 2 == 0));
        }
    }
    gathered
}

/// List, entry, whether it is a person, and one name in another script of every entry that has one beside a Latin one.
/// All such names are taken out.
fn take_other_scripts(lists: &mut [Watchlist]) -> Vec<(String, String, bool, String)> {
    let mut taken = Vec::new();
    for list in lists {
        for entry in &mut list.entries {
            let (latin, others): (Vec<_>, Vec<_>) = std::mem::take(&mut entry.names)
                .into_iter()
                .partition(|name| script_of(&name.text) == "latin");
            if latin.is_empty() {
                entry.names = others;
                continue;
            }
            entry.names = latin;
            let person = entry.schema == Schema::Person;
            let named = others.into_iter().next().map(|name| name.text);
            taken.extend(named.map(|name| (list.id.clone(), entry.entry_id.clone(), person, name)));
        }
    }
    taken
}

/// Which half an entry is of.
fn is_train(entry_id: &str) -> bool {
    let hash = entry_id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    Random::new(hash).permille(500)
}

/// `truth`: list and id of the entry that is meant.
fn question(
    index: &Index,
    asked: Asked,
    name: &str,
    person: bool,
    truth: Option<(&str, &str)>,
    train: bool,
) -> Question {
    let schema = if person { "Person" } else { "Organization" };
    let query = Query { schema: Some(schema.to_owned()), ..Query::for_name(name) };
    let right = |list: &str, entry_id: &str| truth == Some((list, entry_id));
    let hits = screen(index, &query, Some(SCORE_MIN), HITS);
    // The same party may be on another list too: that is neither right nor wrong.
    let counted = hits.iter().filter(|hit| truth.is_none_or(|(list, _)| hit.list == list));
    let mut entries: Vec<(&str, &str)> =
        counted.map(|hit| (hit.list.as_str(), hit.entry_id.as_str())).collect();
    entries.extend(truth.filter(|truth| !entries.contains(truth)));
    let candidates = entries.into_iter().filter_map(|(list, entry_id)| {
        let (features, name) = nearest(index.find_entry(list, entry_id)?, name, person)?;
        Some(Candidate { right: right(list, entry_id), name, features })
    });
    Question { asked, name: name.to_owned(), person, train, candidates: candidates.collect() }
}

/// The entry's name that comes nearest, with its features; `None` where none has a word in common.
fn nearest(entry: &Entry, asked: &str, person: bool) -> Option<(Vec<f32>, String)> {
    let names = entry.names.iter().filter_map(|name| Some((odds(asked, &name.text, person)?, &name.text)));
    let (_, nearest) = names.max_by(|a, b| a.0.total_cmp(&b.0))?;
    Some((features(asked, nearest, person)?, nearest.clone()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_kind_of_question_has_its_truth() {
        let options =
            Options { folder: Path::new(""), lists: Vec::new(), ordinary: 20, varied: 20, seed: 1, shown: 0 };

        let gathered = gather(vec![screening::fictional()], &options);

        for asked in Asked::LISTED {
            let found = |question: &&Question| question.candidates.iter().any(|candidate| candidate.right);
            let of: Vec<&Question> =
                gathered.questions.iter().filter(|question| question.asked == asked).collect();
            assert!(of.len() > 5 && of.iter().filter(|question| found(question)).count() * 2 > of.len());
        }
        let halves = gathered.questions.iter().filter(|question| question.train).count();
        assert!((20..gathered.questions.len() - 20).contains(&halves));
    }
}
