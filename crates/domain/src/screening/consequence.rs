//! What it means for an account that somebody is on a list: the lists' words come from packs, who owns how much
//! from the record.

use serde::{Deserialize, Serialize};

use super::HitStatus;
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

/// The strictest consequence, and everything that has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consequences {
    pub strictest: Consequence,
    /// Lines for the record, without names.
    pub because: Vec<String>,
}

/// What confirmed entries come to; `None` where nothing is confirmed. A list of which no pack says anything blocks.
///
/// An owner whose share is too small for its list's rule leaves an inquiry (the publishers ask for caution there).
/// Who is on record without owning anything, such as a signatory, counts in full.
pub fn consequences(
    confirmed: &[ConfirmedEntry],
    owners: &[ListedHolding],
    terms: &[ListTerms],
) -> Option<Consequences> {
    let mut because = Vec::new();
    let mut strictest = None;
    for one in confirmed {
        let of_list = terms.iter().find(|terms| terms.list == one.entry.list);
        let in_full = of_list.and_then(|terms| terms.consequence).unwrap_or(Consequence::Block);
        let consequence = if falls_short(one, owners, of_list) { Consequence::Inquiry } else { in_full };
        strictest = strictest.max(Some(consequence));
        because.push(line(one, owners, of_list, consequence));
    }
    strictest.map(|strictest| Consequences { strictest, because })
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

fn line(
    one: &ConfirmedEntry,
    owners: &[ListedHolding],
    terms: Option<&ListTerms>,
    consequence: Consequence,
) -> String {
    let mut line = format!("{} {}: {}", one.entry.list, one.entry.entry, consequence.as_str());
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
