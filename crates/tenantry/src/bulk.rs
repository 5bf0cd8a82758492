//! Many import lines at once. The store commits in groups, so threads that wait for it wait together.
//!
//! Lines about one customer keep their order. A line about resellers, products or measures waits for all before
//! it, and all after it wait for it, since others refer to them.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::io;
use std::sync::{Mutex, PoisonError};

use app::actor::Actor;
use app::env::Platform;
use app::failure::Failure;
use app::import::{Imported, import_line};
use serde::Deserialize;

use crate::exit::{Doing as _, Stop};

pub const THREADS: usize = 8;

/// Lines that are read before they are worked on.
const LINES_AT_ONCE: usize = 256;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub added: u64,
    pub refused: u64,
}

/// Imports lines on several threads and tells what became of each, in order.
pub fn import(
    platform: &Platform,
    lines: impl Iterator<Item = io::Result<String>>,
    threads: usize,
    tell: &mut dyn FnMut(Imported) -> io::Result<()>,
) -> Result<Tally, Stop> {
    let mut tally = Tally::default();
    let mut batch = Vec::new();
    let mut flush = |batch: &mut Vec<(u64, String)>| {
        let result = import_batch(platform, batch, threads.max(1), &mut |imported| {
            match imported {
                Imported::Added { .. } => tally.added += 1,
                Imported::Refused { .. } => tally.refused += 1,
            }
            tell(imported)
        });
        batch.clear();
        result
    };
    for (number, line) in (1..).zip(lines) {
        let line = line.doing(format!("reading line {number}"))?;
        if line.trim().is_empty() {
            continue;
        }
        let alone = lane_of(&line).is_none();
        if alone {
            flush(&mut batch)?;
        }
        batch.push((number, line));
        if alone || batch.len() >= LINES_AT_ONCE {
            flush(&mut batch)?;
        }
    }
    flush(&mut batch)?;
    Ok(tally)
}

/// Whose lines must stay in order. `None`: a line that everything else keeps its distance from.
fn lane_of(line: &str) -> Option<u64> {
    #[derive(Deserialize)]
    struct Named {
        #[serde(rename = "type")]
        kind: Option<String>,
        external_id: Option<String>,
        customer: Option<String>,
    }
    // What cannot be read is refused, and that may happen anywhere.
    let Ok(named) = serde_json::from_str::<Named>(line) else { return Some(0) };
    let customer = match named.kind.as_deref() {
        Some("customer") => named.external_id,
        Some("person" | "ownership" | "account") => named.customer,
        _ => return None,
    };
    let mut hasher = DefaultHasher::new();
    customer.hash(&mut hasher);
    Some(hasher.finish())
}

fn import_batch(
    platform: &Platform,
    batch: &[(u64, String)],
    threads: usize,
    tell: &mut dyn FnMut(Imported) -> io::Result<()>,
) -> Result<(), Stop> {
    let mut lanes: Vec<Vec<usize>> = vec![Vec::new(); threads];
    for (index, (_, line)) in batch.iter().enumerate() {
        let lane = lane_of(line).unwrap_or(0) % threads as u64;
        lanes[usize::try_from(lane).unwrap_or(0)].push(index);
    }
    let answers: Vec<Mutex<Option<Result<Imported, Failure>>>> =
        batch.iter().map(|_| Mutex::default()).collect();
    let (answers_of, actor) = (&answers, Actor::command());
    std::thread::scope(|scope| {
        for lane in lanes.iter().filter(|lane| !lane.is_empty()) {
            let actor = &actor;
            scope.spawn(move || {
                for &index in lane {
                    let (number, line) = &batch[index];
                    let imported = platform.run(actor, |env| import_line(env, *number, line));
                    let failed = imported.is_err();
                    *answers_of[index].lock().unwrap_or_else(PoisonError::into_inner) = Some(imported);
                    if failed {
                        return;
                    }
                }
            });
        }
    });
    let mut failure = None;
    for answer in answers {
        match answer.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(Ok(imported)) => tell(imported).doing("writing what became of a line")?,
            Some(Err(error)) => failure = failure.or(Some(error)),
            // A line of the same lane failed before.
            None => {}
        }
    }
    failure.map_or(Ok(()), |failure| Err(failure.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_about_one_customer_share_a_lane_and_references_stand_alone() {
        let lane = |line: &str| lane_of(line);

        let customer = lane(r#"{"type":"customer","external_id":"c-1"}"#);
        assert!(customer.is_some());
        assert_eq!(customer, lane(r#"{"type":"account","customer":"c-1"}"#));
        assert_ne!(customer, lane(r#"{"type":"customer","external_id":"c-2"}"#));
        for kind in ["reseller", "product", "measure"] {
            assert_eq!(lane(&format!(r#"{{"type":"{kind}","customer":"c-1"}}"#)), None);
        }
        assert_eq!(lane("nonsense"), Some(0));
    }
}
