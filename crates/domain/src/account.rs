//! One business relationship of a customer. Trials and free tiers are accounts (DEF-01).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{AccountId, CustomerId, ProductId, ProviderId, SpecialMeasureId};
use crate::special_measure::Condition;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    Standard,
    Trial,
    Free,
    Complimentary,
    /// Set up to provide the service onward.
    Reseller,
}

impl AccountKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Trial => "trial",
            Self::Free => "free",
            Self::Complimentary => "complimentary",
            Self::Reseller => "reseller",
        }
    }
}

/// Each state holds what is known in it; a transition is a function.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AccountStatus {
    Pending,
    /// Asked for and not opened (CIP-14).
    Refused {
        refused_at: Timestamp,
    },
    Open {
        opened_at: Timestamp,
    },
    Suspended {
        opened_at: Timestamp,
        suspended_at: Timestamp,
        under: Option<SpecialMeasureId>,
    },
    Closed {
        opened_at: Option<Timestamp>,
        closed_at: Timestamp,
    },
}

impl AccountStatus {
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Refused { .. } => "refused",
            Self::Open { .. } => "open",
            Self::Suspended { .. } => "suspended",
            Self::Closed { .. } => "closed",
        }
    }

    pub fn opened_at(&self) -> Option<Timestamp> {
        match self {
            Self::Open { opened_at } | Self::Suspended { opened_at, .. } => Some(*opened_at),
            Self::Closed { opened_at, .. } => *opened_at,
            Self::Pending | Self::Refused { .. } => None,
        }
    }

    pub fn closed_at(&self) -> Option<Timestamp> {
        match self {
            Self::Closed { closed_at, .. } => Some(*closed_at),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Account {
    pub id: AccountId,
    pub customer: CustomerId,
    pub provider: ProviderId,
    pub product: ProductId,
    /// The control plane's own name for it; unique.
    pub external_id: Option<String>,
    pub kind: AccountKind,
    /// The reseller it hangs under, directly.
    pub reseller: Option<CustomerId>,
    pub status: AccountStatus,
    /// Conditions a person put on this one account, such as after a red flag.
    pub restrictions: Vec<Condition>,
    /// Measures under which a named role approved it.
    pub approvals: Vec<SpecialMeasureId>,
    /// Where it was opened from: without meeting the customer (CIP-12).
    pub opened_remotely: bool,
    pub created_at: Timestamp,
    pub version: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an account that is {from} cannot become {to}")]
pub struct NotAllowedFrom {
    pub from: &'static str,
    pub to: &'static str,
}

impl Account {
    pub fn open(self, opened_at: Timestamp) -> Result<Self, NotAllowedFrom> {
        match self.status {
            AccountStatus::Pending | AccountStatus::Refused { .. } => {
                Ok(Self { status: AccountStatus::Open { opened_at }, ..self })
            }
            AccountStatus::Suspended { opened_at, .. } => {
                Ok(Self { status: AccountStatus::Open { opened_at }, ..self })
            }
            ref status => Err(NotAllowedFrom { from: status.as_str(), to: "open" }),
        }
    }

    pub fn refuse(self, refused_at: Timestamp) -> Result<Self, NotAllowedFrom> {
        match self.status {
            AccountStatus::Pending => Ok(Self { status: AccountStatus::Refused { refused_at }, ..self }),
            ref status => Err(NotAllowedFrom { from: status.as_str(), to: "refused" }),
        }
    }

    pub fn suspend(
        self,
        suspended_at: Timestamp,
        under: Option<SpecialMeasureId>,
    ) -> Result<Self, NotAllowedFrom> {
        match self.status {
            AccountStatus::Open { opened_at } => {
                Ok(Self { status: AccountStatus::Suspended { opened_at, suspended_at, under }, ..self })
            }
            ref status => Err(NotAllowedFrom { from: status.as_str(), to: "suspended" }),
        }
    }

    /// The first closure counts, so a second one is an error.
    pub fn close(self, closed_at: Timestamp) -> Result<Self, NotAllowedFrom> {
        match &self.status {
            status @ AccountStatus::Closed { .. } => {
                Err(NotAllowedFrom { from: status.as_str(), to: "closed" })
            }
            status => {
                let opened_at = status.opened_at();
                Ok(Self { status: AccountStatus::Closed { opened_at, closed_at }, ..self })
            }
        }
    }
}
