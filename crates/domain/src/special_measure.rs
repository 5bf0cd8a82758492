//! Dated orders on a place or a person (SM-01 to SM-05): data, with an interval, so that the effective
//! instant needs no job to have run.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use terms::{Country, Place};

use crate::account::{Account, AccountKind};
use crate::customer::{PlaceBasis, Standing};
use crate::fact::Source;
use crate::id::{CustomerId, SpecialMeasureId};
use crate::product::ProductClass;
use crate::staff::Role;
use crate::verification::VerificationLevel;

/// What a measure, interim terms or a restriction asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "condition", rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// Denied below the level.
    RequireVerificationLevel {
        level: VerificationLevel,
    },
    /// For review until the named role approves the account under the measure.
    RequireApproval {
        role: Role,
    },
    /// These resources may not be had, such as `gpu`, `egress`, `byoip`.
    RestrictProduct {
        resources: Vec<String>,
    },
    /// Only these regions may be used.
    RestrictRegion {
        allowed: Vec<String>,
    },
    /// No more than `max` of a resource, in its own unit.
    Cap {
        resource: String,
        max: u64,
    },
    EnhancedMonitoring,
    ReportActivity {
        every_days: u16,
    },
    DenyNewAccounts,
    /// No payment in virtual currency.
    DenyCrypto,
    /// The account ends after this many days, with notices.
    WindDown {
        days: u16,
    },
}

impl Condition {
    /// Whether it is about a resource of this name.
    pub fn names_resource(&self, name: &str) -> bool {
        match self {
            Self::RestrictProduct { resources } => resources.iter().any(|resource| resource == name),
            Self::Cap { resource, .. } => resource == name,
            _ => false,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Target {
    /// Persons located in any of these places.
    Jurisdiction { places: Vec<Place> },
    /// These customers, and whoever was confirmed to be one of these list entries: as customer, beneficial
    /// owner or reseller.
    Person {
        #[serde(default)]
        customers: Vec<CustomerId>,
        #[serde(default)]
        entries: Vec<ListEntry>,
    },
}

/// An entry of a list, by its publisher's number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListEntry {
    pub list: String,
    pub entry: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum MeasureAction {
    Prohibit { opening: bool, maintaining: bool },
    Condition { conditions: Vec<Condition> },
}

/// Which accounts a measure reaches. Empty lists mean all.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppliesTo {
    #[serde(default)]
    pub account_kinds: Vec<AccountKind>,
    #[serde(default)]
    pub product_classes: Vec<ProductClass>,
    /// Also accounts of customers under a reseller that matches.
    pub reseller_accounts: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum MeasureStatus {
    /// Nothing is touched.
    Draft,
    /// A second person approved it; its interval says when it is in force.
    Approved {
        approved_at: Timestamp,
    },
    Revoked {
        revoked_at: Timestamp,
    },
}

impl MeasureStatus {
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Approved { .. } => "approved",
            Self::Revoked { .. } => "revoked",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Extension {
    pub until: Timestamp,
    pub reference: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SpecialMeasure {
    pub id: SpecialMeasureId,
    pub target: Target,
    pub determination_on: jiff::civil::Date,
    pub effective_from: Timestamp,
    /// Exclusive.
    pub expires_at: Timestamp,
    /// Later ends; the first date stays.
    pub extended_by: Vec<Extension>,
    /// Instrument, with its section.
    pub legal_reference: String,
    /// SHA-256 of the determination, hexadecimal.
    pub document_hash: String,
    pub action: MeasureAction,
    pub applies_to: AppliesTo,
    pub status: MeasureStatus,
    pub version: u64,
}

impl SpecialMeasure {
    /// The end once extensions are counted. Exclusive.
    pub fn ends_at(&self) -> Timestamp {
        self.extended_by.iter().map(|extension| extension.until).fold(self.expires_at, Timestamp::max)
    }

    /// In force when approved and `effective_from <= now < ends_at` (SM-04).
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.is_scheduled_or_in_force(now) && self.effective_from <= now
    }

    /// Approved and not over yet.
    pub fn is_scheduled_or_in_force(&self, now: Timestamp) -> bool {
        matches!(self.status, MeasureStatus::Approved { .. }) && now < self.ends_at()
    }

    fn reaches(&self, account_kind: AccountKind, classes: &[ProductClass], through_reseller: bool) -> bool {
        let applies = &self.applies_to;
        (applies.account_kinds.is_empty() || applies.account_kinds.contains(&account_kind))
            && (applies.product_classes.is_empty()
                || classes.iter().any(|class| applies.product_classes.contains(class)))
            && (applies.reseller_accounts || !through_reseller)
    }
}

/// Why a measure touches an account, and how strong that reason is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MeasureMatch {
    pub measure: SpecialMeasureId,
    /// Who matches: the customer, one of its owners, a reseller above it.
    pub of: MatchedParty,
    pub reason: MatchReason,
    pub strength: Source,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchedParty {
    Customer,
    BeneficialOwner,
    Reseller,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "because", rename_all = "snake_case")]
pub enum MatchReason {
    Place { place: Place, basis: PlaceBasis },
    Named,
    ListEntry { entry: ListEntry },
}

/// Approved measures by what they aim at, so that an account is compared with its own and no others.
#[derive(Debug, Clone, Default)]
pub struct MeasureIndex {
    measures: Vec<Arc<SpecialMeasure>>,
    by_country: HashMap<Country, Vec<(Place, usize)>>,
    by_customer: HashMap<CustomerId, Vec<usize>>,
    by_entry: HashMap<ListEntry, Vec<usize>>,
}

/// An account as measures see it.
pub struct Affected<'a> {
    pub account: &'a Account,
    pub product_classes: &'a [ProductClass],
    pub customer: CustomerId,
    pub standing: &'a Standing,
    /// Nearest first.
    pub resellers: &'a [(CustomerId, &'a Standing)],
}

impl MeasureIndex {
    pub fn new(measures: impl IntoIterator<Item = SpecialMeasure>) -> Self {
        let mut index = Self { measures: measures.into_iter().map(Arc::new).collect(), ..Self::default() };
        for (number, measure) in index.measures.iter().enumerate() {
            match &measure.target {
                Target::Jurisdiction { places } => {
                    for place in places {
                        index.by_country.entry(place.country()).or_default().push((*place, number));
                    }
                }
                Target::Person { customers, entries } => {
                    for customer in customers {
                        index.by_customer.entry(*customer).or_default().push(number);
                    }
                    for entry in entries {
                        index.by_entry.entry(entry.clone()).or_default().push(number);
                    }
                }
            }
        }
        index
    }

    pub fn len(&self) -> usize {
        self.measures.len()
    }

    pub fn is_empty(&self) -> bool {
        self.measures.is_empty()
    }

    /// Every measure that touches the account, whether in force, scheduled or over: the caller asks which.
    /// One match for a measure: the strongest reason.
    pub fn matching<'a>(&'a self, affected: &Affected<'_>) -> Vec<(&'a Arc<SpecialMeasure>, MeasureMatch)> {
        let mut found: Vec<(usize, MeasureMatch)> = Vec::new();
        self.match_party(affected.customer, affected.standing, None, &mut found);
        for (reseller, standing) in affected.resellers {
            self.match_party(*reseller, standing, Some(MatchedParty::Reseller), &mut found);
        }
        found.retain(|(number, found)| {
            let through_reseller =
                found.of == MatchedParty::Reseller || affected.account.kind == AccountKind::Reseller;
            self.measures[*number].reaches(affected.account.kind, affected.product_classes, through_reseller)
        });
        found.sort_by(|a, b| (a.0, a.1.of, b.1.strength).cmp(&(b.0, b.1.of, a.1.strength)));
        found.dedup_by_key(|(number, _)| *number);
        found.into_iter().map(|(number, found)| (&self.measures[number], found)).collect()
    }

    fn match_party(
        &self,
        id: CustomerId,
        standing: &Standing,
        party: Option<MatchedParty>,
        found: &mut Vec<(usize, MeasureMatch)>,
    ) {
        let mut add = |number: usize, of: MatchedParty, reason: MatchReason, strength: Source| {
            let measure = self.measures[number].id;
            found.push((number, MeasureMatch { measure, of: party.unwrap_or(of), reason, strength }));
        };
        for located in &standing.places {
            let of = if located.of_owner { MatchedParty::BeneficialOwner } else { MatchedParty::Customer };
            for (place, number) in self.by_country.get(&located.place.country()).into_iter().flatten() {
                if place.covers(&located.place) {
                    let reason = MatchReason::Place { place: located.place, basis: located.basis };
                    add(*number, of, reason, located.strength);
                }
            }
        }
        for &number in self.by_customer.get(&id).into_iter().flatten() {
            add(number, MatchedParty::Customer, MatchReason::Named, Source::Documented);
        }
        for confirmed in &standing.confirmed_entries {
            let of = if confirmed.of_owner { MatchedParty::BeneficialOwner } else { MatchedParty::Customer };
            for &number in self.by_entry.get(&confirmed.entry).into_iter().flatten() {
                let reason = MatchReason::ListEntry { entry: confirmed.entry.clone() };
                add(number, of, reason, Source::Documented);
            }
        }
    }
}
