//! One question to one segment.

use std::collections::BTreeMap;

use crate::{
    compare::{Family, SAME_SIGNS, Verdict, discount, explain, families, names},
    entry::NameKind,
    evidence::Details,
    model::{NameOdds, Weights},
    name::{align, parse},
    query::{Hit, Query},
    reading::readings,
    token::Token,
};

use super::{
    Part,
    search::{Scratch, Search},
    segment::Segment,
};

/// Entries of the part that may reach the floor, which is in nats, by their names or by a number.
pub fn ask(part: &Part, query: &Query, details: &Details, floor: f32, top: usize) -> BTreeMap<u32, Best> {
    let segment = &part.segment;
    let mut best: BTreeMap<u32, Best> = BTreeMap::new();
    let mut scratch = segment.take_scratch();
    let asked = query.schema();
    for (family, scratch) in [Family::Person, Family::Other].into_iter().zip(&mut scratch) {
        if asked.is_some() && !families(asked, None).contains(&family) {
            continue;
        }
        for (asked_name, name) in names(&query.names).enumerate() {
            let enough = details.is_empty().then_some(top);
            for (reading, text) in readings(name, family == Family::Person).enumerate() {
                let asking = Asking { part, family, query, asked: (asked_name, reading), floor, enough };
                asking.ask(&text, scratch, &mut best);
            }
        }
    }
    segment.keep_scratch(scratch);
    for entry in segment.with_numbers(details).into_iter().filter(|&entry| !part.gone.has(entry)) {
        best.entry(entry).or_default();
    }
    best
}

/// The best of an entry's names so far.
#[derive(Default)]
pub struct Best {
    found: Option<Found>,
}

struct Found {
    odds: f32,
    family: Family,
    row: u32,
    /// Which of the asked names, and which reading of it.
    asked: (usize, usize),
}

impl Best {
    /// `None` where only a number agrees.
    pub fn odds(&self) -> Option<f64> {
        self.found.as_ref().map(|found| f64::from(found.odds))
    }
}

/// One name asked among the names of one family.
struct Asking<'a> {
    part: &'a Part,
    family: Family,
    query: &'a Query,
    asked: (usize, usize),
    floor: f32,
    /// How many entries are answered at most, where names alone decide which.
    enough: Option<usize>,
}

/// After so many names it is looked whether the others can still be among the best.
const LOOK_EVERY: usize = 32;

impl Asking<'_> {
    fn ask(&self, name: &str, scratch: &mut Scratch, best: &mut BTreeMap<u32, Best>) {
        let person = self.family == Family::Person;
        let listed = self.part.segment.names(self.family);
        let parsed = parse(name, person);
        let ours: Vec<&Token> = parsed.iter().collect();
        if ours.is_empty() {
            for &row in listed.raw(name) {
                self.offer(row, SAME_SIGNS, best);
            }
            return;
        }
        let weights = Weights::of(person);
        let mut floor = self.floor;
        let search = Search::new(listed, &ours, floor);
        for (number, (row, at_most)) in search.candidates(scratch).into_iter().enumerate() {
            if number % LOOK_EVERY == 0 {
                floor = floor.max(self.last_of_enough(best));
            }
            if at_most < floor {
                break;
            }
            let schema = self.part.segment.entries.schema(listed.entry_of(row));
            if !families(self.query.schema(), Some(schema)).contains(&self.family) {
                continue;
            }
            let known = best.get(&listed.entry_of(row)).and_then(Best::odds).unwrap_or(f64::NEG_INFINITY);
            if f64::from(at_most) <= known {
                continue;
            }
            let theirs = listed.tokens_of(row);
            let theirs: Vec<&Token> = theirs.iter().collect();
            let pairs = search.align(row, &theirs);
            if !pairs.is_empty() {
                let odds = weights.weigh(&pairs, &ours, &theirs).total + discount(listed.kind_of(row));
                self.offer(row, odds, best);
            }
        }
    }

    /// The odds of the last entry that would be answered now; less than all where there is still room.
    fn last_of_enough(&self, best: &BTreeMap<u32, Best>) -> f32 {
        match self.enough {
            Some(enough) if enough > 0 && best.len() >= enough => {
                let mut odds: Vec<f32> = best
                    .values()
                    .map(|best| best.found.as_ref().map_or(f32::MIN, |found| found.odds))
                    .collect();
                let (_, last, _) = odds.select_nth_unstable_by(enough - 1, |a, b| b.total_cmp(a));
                *last
            }
            _ => f32::MIN,
        }
    }

    /// Of an entry's names the best counts; of those that are as good the first.
    fn offer(&self, row: u32, odds: f32, best: &mut BTreeMap<u32, Best>) {
        let listed = self.part.segment.names(self.family);
        let entry = listed.entry_of(row);
        if odds < self.floor || self.part.gone.has(entry) {
            return;
        }
        let best = best.entry(entry).or_default();
        let is_better = |known: &Found| {
            let of_one_name = (known.family, known.asked) == (self.family, self.asked);
            let is_before = of_one_name && listed.place_of(row) < listed.place_of(known.row);
            odds > known.odds || (odds == known.odds && is_before)
        };
        if best.found.as_ref().is_none_or(is_better) {
            best.found = Some(Found { odds, family: self.family, row, asked: self.asked });
        }
    }
}

pub fn hit(segment: &Segment, query: &Query, at: u32, best: &Best, verdict: Verdict) -> Hit {
    let entry = segment.entries.get(at);
    let mut hit = Hit {
        list: segment.list_of(at).to_owned(),
        entry_id: entry.entry_id.clone(),
        name: entry.caption().to_owned(),
        score: verdict.score,
        is_match: verdict.is_match,
        features: verdict.features,
    };
    let Some(found) = &best.found else { return hit };
    let listed = segment.names(found.family);
    let person = found.family == Family::Person;
    if let Some(name) = listed.name_of(found.row, entry) {
        hit.name.clone_from(&name.text);
    }
    let (asked_name, reading) = found.asked;
    let asked = names(&query.names).nth(asked_name).and_then(|name| readings(name, person).nth(reading));
    let parsed = parse(&asked.unwrap_or_default(), person);
    let tokens = listed.tokens_of(found.row);
    let (ours, theirs): (Vec<&Token>, Vec<&Token>) = (parsed.iter().collect(), tokens.iter().collect());
    let pairs = align(&ours, &theirs, person);
    let odds = match pairs.is_empty() {
        true => NameOdds::default(),
        false => Weights::of(person).weigh(&pairs, &ours, &theirs),
    };
    let weak = listed.kind_of(found.row) == NameKind::WeakAlias;
    explain(&mut hit.features, (&pairs, &odds), &ours, &theirs, weak);
    hit
}
