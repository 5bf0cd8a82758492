//! Many import lines at once. The store commits in groups, so threads that wait for it wait together.
//!
//! Lines about one customer keep their order. A line about resellers, products or measures waits for all before
//! it, and all after it wait for it, since others refer to them.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::sync::{Mutex, PoisonError};

use app::actor::Actor;
use app::env::Platform;
use app::failure::Failure;
use app::import::{Imported, import_line};
use serde::Deserialize;

const THREADS: usize = 8;

/// Lines that are worked on together.
pub const LINES_AT_ONCE: usize = 256;

/// One line and its number.
pub type NumberedLine<'a> = (u64, &'a [u8]);

/// Imports lines on several threads. What became of each, in order; `Err` where the work could not be done, and
/// then some of the lines may be on record.
pub fn import_lines(
    platform: &Platform,
    actor: &Actor,
    lines: &[NumberedLine<'_>],
) -> Result<Vec<Imported>, Failure> {
    let mut imported = Vec::with_capacity(lines.len());
    let mut rest = lines;
    while let Some((_, first)) = rest.first() {
        let together = match lane_of(first) {
            None => 1,
            Some(_) => {
                rest.iter().take(LINES_AT_ONCE).take_while(|(_, line)| lane_of(line).is_some()).count()
            }
        };
        let (batch, after) = rest.split_at(together);
        imported.extend(import_batch(platform, actor, batch)?);
        rest = after;
    }
    Ok(imported)
}

/// Whose lines must stay in order. `None`: a line that everything else keeps its distance from.
fn lane_of(line: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Named {
        #[serde(rename = "type")]
        kind: Option<String>,
        external_id: Option<String>,
        customer: Option<String>,
    }
    // What cannot be read is refused, and that may happen anywhere.
    let Ok(named) = serde_json::from_slice::<Named>(line) else { return Some(0) };
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
    actor: &Actor,
    batch: &[NumberedLine<'_>],
) -> Result<Vec<Imported>, Failure> {
    let mut lanes: Vec<Vec<usize>> = vec![Vec::new(); THREADS];
    for (index, (_, line)) in batch.iter().enumerate() {
        let lane = lane_of(line).unwrap_or(0) % THREADS as u64;
        lanes[usize::try_from(lane).unwrap_or(0)].push(index);
    }
    let answers: Vec<Mutex<Option<Result<Imported, Failure>>>> =
        batch.iter().map(|_| Mutex::default()).collect();
    let answers_of = &answers;
    std::thread::scope(|scope| {
        for lane in lanes.iter().filter(|lane| !lane.is_empty()) {
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
    // A line without an answer stands after one of its lane that failed, which ends the run.
    answers
        .into_iter()
        .filter_map(|answer| answer.into_inner().unwrap_or_else(PoisonError::into_inner))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_about_one_customer_share_a_lane_and_references_stand_alone() {
        let lane = |line: &str| lane_of(line.as_bytes());

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
