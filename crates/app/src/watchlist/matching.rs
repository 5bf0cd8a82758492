//! Parties matched with the entries of some of the lists, as clients of other matching services ask for it.

use screening::{DEFAULT_THRESHOLD, Entry, Hit, Index, Query, rescaled};

use super::follow_the_money::schema_of;

/// Where matches of those services begin unless a client says otherwise. Ours are probabilities and begin far lower, so
/// scores are told, and thresholds taken, on the scale on which our default is this.
const THRESHOLD: f64 = 0.7;

/// Hits asked of the engine at first; more when what is left out took the places of others.
const HITS_AT_FIRST: usize = 500;

/// Which entries are wanted, how many, and from which score on.
pub struct Filter {
    /// Ids of lists; empty: all.
    pub lists: Vec<String>,
    pub lists_left_out: Vec<String>,
    /// FollowTheMoney schemata.
    pub schemata_left_out: Vec<String>,
    /// The publisher's ids, or ours as [`match_id`] makes them.
    pub entries_left_out: Vec<String>,
    /// Score of a match, 0 to 1; `None` for the calibrated default.
    pub threshold: Option<f64>,
    /// Score from which an entry is shown though it is no match; never above the threshold.
    pub cutoff: Option<f64>,
    pub limit: usize,
}

/// What was found of one party.
pub struct Matches<'a> {
    /// Best first.
    pub found: Vec<(Hit, &'a Entry)>,
    /// Score from which on one is a match.
    pub threshold: f64,
    /// Matches among all that scored, also those past the limit.
    pub count: usize,
    /// There may be more than were counted.
    pub more: bool,
}

/// Ids of publishers are unique in their list only.
pub fn match_id(list: &str, entry: &str) -> String {
    format!("{list}:{entry}")
}

/// The entries that are most like a party. No limit of ours hides one that the filter leaves in.
pub fn find_matches<'a>(index: &'a Index, query: &Query, filter: &Filter) -> Matches<'a> {
    let threshold = filter.threshold.unwrap_or(THRESHOLD);
    let cutoff = filter.cutoff.unwrap_or(threshold).min(threshold);
    let mut top = HITS_AT_FIRST.max(filter.limit);
    loop {
        let from = Some(rescaled(cutoff, THRESHOLD, DEFAULT_THRESHOLD));
        let hits = screening::screen(index, query, from, top);
        let more = hits.len() >= top;
        let with_entry = hits.into_iter().filter_map(|mut hit| {
            hit.score = rescaled(hit.score, DEFAULT_THRESHOLD, THRESHOLD);
            hit.is_match = hit.score >= threshold;
            let entry = index.find_entry(&hit.list, &hit.entry_id)?;
            Some((hit, entry))
        });
        let mut found: Vec<(Hit, &Entry)> =
            with_entry.filter(|(hit, entry)| filter.leaves_in(hit, entry)).collect();
        if !more || found.len() >= filter.limit {
            let count = found.iter().filter(|(hit, _)| hit.score >= threshold).count();
            found.truncate(filter.limit);
            return Matches { found, threshold, count, more };
        }
        top = top.saturating_mul(8);
    }
}

impl Filter {
    fn leaves_in(&self, hit: &Hit, entry: &Entry) -> bool {
        let id = match_id(&hit.list, &hit.entry_id);
        (self.lists.is_empty() || self.lists.contains(&hit.list))
            && !self.lists_left_out.contains(&hit.list)
            && !self.schemata_left_out.iter().any(|schema| schema == schema_of(entry))
            && !self.entries_left_out.iter().any(|left_out| *left_out == id || *left_out == hit.entry_id)
    }
}
