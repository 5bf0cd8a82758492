//! What is asked of the gates, in words that conditions can be about.

use serde::{Deserialize, Serialize};

use crate::pack::Packs;
use crate::payment::PaymentMeans;

/// What the control plane wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Open,
    Activate,
    Provision,
    RaiseQuota,
    ChangeRegion,
    Pay,
    Administer,
}

impl Action {
    pub const ALL: &[Self] = &[
        Self::Open,
        Self::Activate,
        Self::Provision,
        Self::RaiseQuota,
        Self::ChangeRegion,
        Self::Pay,
        Self::Administer,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Activate => "activate",
            Self::Provision => "provision",
            Self::RaiseQuota => "raise_quota",
            Self::ChangeRegion => "change_region",
            Self::Pay => "pay",
            Self::Administer => "administer",
        }
    }

    /// Whether it begins or enlarges the relationship.
    pub(super) fn grows(self) -> bool {
        !matches!(self, Self::Pay | Self::Administer)
    }

    pub(super) fn begins(self) -> bool {
        matches!(self, Self::Open | Self::Activate)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no action `{0}`; there are `open`, `activate`, `provision`, `raise_quota`, `change_region`, `pay`, `administer`"
)]
pub struct NoSuchAction(pub String);

impl std::str::FromStr for Action {
    type Err = NoSuchAction;

    fn from_str(text: &str) -> Result<Self, NoSuchAction> {
        let found = Self::ALL.iter().copied().find(|action| action.as_str() == text);
        found.ok_or_else(|| NoSuchAction(text.to_owned()))
    }
}

/// What the request says beside the action; absent parts restrict nothing and are covered by conditions.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestContext {
    #[serde(default)]
    pub region: Option<String>,
    #[serde(default)]
    pub resource: Option<String>,
    #[serde(default)]
    pub quantity: Option<u64>,
    /// Class of the means of payment, as [`crate::payment::PaymentMeans::class`] names it.
    #[serde(default)]
    pub payment: Option<String>,
}

/// What a caller may ask for. Conditions compare by name, so a misspelt one would pass them all; packs may name more.
pub const RESOURCES: [&str; 9] =
    ["byoip", "domain", "egress", "gpu", "instance", "ip_address", "memory", "storage", "vcpu"];

/// A word of a request that no condition could be about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotInVocabulary {
    #[error("a region is a code of 1 to 64 letters, digits and `-_.`, as the provider calls it")]
    Region,
    #[error("`resource` is one of {}, or a name that a pack in force has", RESOURCES.join(", "))]
    Resource,
    #[error("`payment` is one of {}", PaymentMeans::CLASSES.join(", "))]
    Payment,
}

impl NotInVocabulary {
    /// The member of the context.
    pub fn member(&self) -> &'static str {
        match self {
            Self::Region => "region",
            Self::Resource => "resource",
            Self::Payment => "payment",
        }
    }
}

impl RequestContext {
    /// Refuses words that no condition could be about: they would be allowed by not being understood.
    pub fn check(&self, packs: &Packs) -> Result<(), NotInVocabulary> {
        let is_code = |text: &str| {
            (1..=64).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        if self.region.as_deref().is_some_and(|region| !is_code(region)) {
            return Err(NotInVocabulary::Region);
        }
        let is_resource = |name: &str| RESOURCES.contains(&name) || packs.name_resource(name);
        if self.resource.as_deref().is_some_and(|name| !is_resource(name)) {
            return Err(NotInVocabulary::Resource);
        }
        if self.payment.as_deref().is_some_and(|class| !PaymentMeans::CLASSES.contains(&class)) {
            return Err(NotInVocabulary::Payment);
        }
        Ok(())
    }
}
