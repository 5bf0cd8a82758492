//! One provider of the installation's group.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use terms::Country;

use crate::id::ProviderId;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    pub id: ProviderId,
    pub name: String,
    pub country: Country,
    /// Where it offers its services: packs of those places apply.
    #[serde(default)]
    pub offers_in: Vec<Country>,
    #[serde(default)]
    pub sells_domains: bool,
    /// Day of its first certification; until then no foreign customer is activated (CRT-08).
    pub certified_on: Option<Date>,
    /// It sold before the rule: the new-entrant gate does not apply.
    pub existed_before_rule: bool,
    pub created_at: Timestamp,
    pub version: u64,
}
