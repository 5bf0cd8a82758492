//! What it means for an account that somebody is on a list: the lists' words come from packs, who owns how much
//! from the record.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{HitOutcome, HitOutcomeKind, HitStatus};
use crate::customer::ConfirmedEntry;
use crate::ownership::ListedHolding;
use crate::pack::{Attribution, Comparison};

/// What a provider owes once a person confirmed a hit. Weakest first, so that the maximum is the strictest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consequence {
    /// Nothing is prohibited; it is asked about and watched.
    Inquiry,
    /// To be resolved by a person before the relationship grows.
    RedFlag,
    /// Only under a licence.
    LicenceCheck,
    /// No new dealings.
    Block,
}

impl Consequence {
    pub const ALL: [Self; 4] = [Self::Inquiry, Self::RedFlag, Self::LicenceCheck, Self::Block];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inquiry => "inquiry",
            Self::RedFlag => "red_flag",
            Self::LicenceCheck => "licence_check",
            Self::Block => "block",
        }
    }
}

/// What the packs in force say of one list, taken together.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ListTerms {
    pub list: String,
    /// The strictest; `None` where no pack says one.
    pub consequence: Option<Consequence>,
    /// An owner's entry counts in full where any of these is met; where there are none, at any share.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ownership: Vec<OwnershipTest>,
    /// What looking into a confirmed hit may come to; any other word on it changes nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<HitOutcomeKind>,
    /// Packs, documents and sections that say so.
    pub sources: Vec<String>,
}

/// From which share on what listed parties own is treated as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OwnershipTest {
    pub threshold_ppm: u32,
    pub comparison: Comparison,
    pub attribution: Attribution,
    /// Shares of several parties of the list count together.
    pub aggregated: bool,
    /// Control counts as a share that is large enough.
    pub control: bool,
}

impl OwnershipTest {
    pub fn is_met(&self, held: &ListedHolding) -> bool {
        let holding = if self.aggregated { &held.together } else { &held.largest };
        let (down, up) = match self.attribution {
            Attribution::Product => (holding.share_ppm, holding.share_ppm_up),
            Attribution::PassedOn => (holding.passed_ppm, holding.passed_ppm),
        };
        let controlled = if self.control { holding.controlled_ppm } else { 0 };
        match self.comparison {
            Comparison::AtLeast => down.max(controlled) >= self.threshold_ppm,
            Comparison::Above => up.max(controlled) > self.threshold_ppm,
        }
    }
}

/// Where a party stands on the lists, with its owners: all that counts for accounts below it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct OnLists {
    /// Worst over the party and its owners.
    pub hits: HitStatus,
    /// Beside a confirmed hit another waits for a person.
    pub hit_open: bool,
    pub confirmed_entries: Vec<ConfirmedEntry>,
    pub listed_owners: Vec<ListedHolding>,
}

impl OnLists {
    pub fn is_clear(&self) -> bool {
        self.hits == HitStatus::Clear
    }
}

/// What a confirmed hit comes to once the word of those who looked into it is taken into account. Weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effect {
    Resolved,
    Licensed,
    Inquiry,
    RedFlag,
    LicenceCheck,
    NotResolved,
    NotLicensed,
    Block,
}

impl Effect {
    /// Whether it holds nothing back any more.
    pub fn lets_through(self) -> bool {
        self <= Self::Inquiry
    }
}

impl From<Consequence> for Effect {
    fn from(consequence: Consequence) -> Self {
        match consequence {
            Consequence::Inquiry => Self::Inquiry,
            Consequence::RedFlag => Self::RedFlag,
            Consequence::LicenceCheck => Self::LicenceCheck,
            Consequence::Block => Self::Block,
        }
    }
}

/// The strictest effect, and everything that has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consequences {
    pub strictest: Effect,
    /// Somebody is to look into a hit: its list foresees what that may come to.
    pub outcome_due: bool,
    /// Lines for the record, without names.
    pub because: Vec<String>,
}

/// When licences end that let somebody through.
pub fn licences_end_at(confirmed: &[ConfirmedEntry]) -> impl Iterator<Item = Timestamp> {
    confirmed.iter().filter_map(|entry| entry.outcome.as_ref()?.ends_at())
}

/// What confirmed entries come to; `None` where nothing is confirmed. A list of which no pack says anything blocks.
///
/// An owner whose share is too small for its list's rule leaves an inquiry (the publishers ask for caution there).
/// Who is on record without owning anything, such as a signatory, counts in full.
pub fn consequences(
    confirmed: &[ConfirmedEntry],
    owners: &[ListedHolding],
    terms: &[ListTerms],
    at: Timestamp,
) -> Option<Consequences> {
    let mut all: Option<Consequences> = None;
    for one in confirmed {
        let of_list = terms.iter().find(|terms| terms.list == one.entry.list);
        let in_full = of_list.and_then(|terms| terms.consequence).unwrap_or(Consequence::Block);
        let falls_short = falls_short(one, owners, of_list);
        let consequence = if falls_short { Consequence::Inquiry } else { in_full };
        let foreseen = of_list.filter(|_| !falls_short).map_or(&[][..], |terms| &terms.outcomes);
        let outcome = one.outcome.as_ref().filter(|outcome| foreseen.contains(&outcome.kind()));
        let effect = effect(consequence, outcome, at);
        let all =
            all.get_or_insert(Consequences { strictest: effect, outcome_due: false, because: Vec::new() });
        all.strictest = all.strictest.max(effect);
        all.outcome_due |= matches!(effect, Effect::RedFlag | Effect::LicenceCheck) && !foreseen.is_empty();
        all.because.push(line(one, owners, of_list, &said(consequence, outcome, at)));
    }
    all
}

fn effect(consequence: Consequence, outcome: Option<&HitOutcome>, at: Timestamp) -> Effect {
    let plain = Effect::from(consequence);
    match outcome {
        Some(HitOutcome::Licensed { until, .. }) if at < *until => Effect::Licensed,
        Some(HitOutcome::Licensed { .. }) | None => plain,
        Some(HitOutcome::Resolved) => Effect::Resolved,
        Some(HitOutcome::NotLicensed) => plain.max(Effect::NotLicensed),
        Some(HitOutcome::NotResolved) => plain.max(Effect::NotResolved),
    }
}

fn said(consequence: Consequence, outcome: Option<&HitOutcome>, at: Timestamp) -> String {
    match outcome {
        Some(outcome) => format!("{}, {}", consequence.as_str(), outcome.line(at)),
        None => consequence.as_str().to_owned(),
    }
}

fn falls_short(one: &ConfirmedEntry, owners: &[ListedHolding], terms: Option<&ListTerms>) -> bool {
    let tests = terms.map_or(&[][..], |terms| &terms.ownership);
    let held = owners.iter().find(|held| held.list == one.entry.list);
    match held {
        Some(held) if !one.path.is_empty() && !tests.is_empty() => {
            !tests.iter().any(|test| test.is_met(held))
        }
        _ => false,
    }
}

fn line(one: &ConfirmedEntry, owners: &[ListedHolding], terms: Option<&ListTerms>, said: &str) -> String {
    let mut line = format!("{} {}: {said}", one.entry.list, one.entry.entry);
    if !one.path.is_empty() {
        let path: Vec<String> = one.path.iter().map(ToString::to_string).collect();
        line.push_str(&format!(", through {}", path.join(" < ")));
        if let Some(held) = owners.iter().find(|held| held.list == one.entry.list) {
            line.push_str(&format!(", {} ppm held by the list's parties", held.together.share_ppm));
        }
    }
    if let Some(sources) = terms.map(|terms| terms.sources.join("; ")).filter(|text| !text.is_empty()) {
        line.push_str(&format!(" ({sources})"));
    }
    line
}
