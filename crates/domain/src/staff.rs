//! Who works here and what they may do.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{CustomerId, StaffId};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Staff, keys, packs, lists, settings; no identity data.
    Administrator,
    ComplianceOfficer,
    /// Queue, hits, restrictions.
    Analyst,
    /// Q1, holds.
    Investigator,
    /// Reads the ledger, decisions and counts; no identity data (ASM-02).
    Auditor,
    /// Sees its own branch only.
    Reseller,
    /// The provider's control plane.
    ControlPlane,
}

macro_rules! scopes {
    ($($variant:ident $name:literal $doc:literal,)*) => {
        /// One thing a credential may do. Roles are sets of them; an API key names its own.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Scope { $(#[doc = $doc] #[serde(rename = $name)] $variant,)* }

        impl Scope {
            pub const ALL: &[Scope] = &[$(Scope::$variant,)*];

            pub fn as_str(self) -> &'static str {
                match self { $(Scope::$variant => $name,)* }
            }
        }
    };
}

scopes! {
    CustomersWrite "customers:write" "Enrol customers, add facts, persons, accounts, proofs.",
    CustomersRead "customers:read" "See states, requirements and ids; no identity data.",
    IdentityRead "identity:read" "Read identity data under a purpose.",
    CasesRead "cases:read" "See the queue.",
    CasesDecide "cases:decide" "Claim, draft and approve.",
    HitsJudge "hits:judge" "Judge hits.",
    MeasuresRead "measures:read" "See measures and previews.",
    MeasuresWrite "measures:write" "Draft and approve measures and exemptions.",
    HoldsWrite "holds:write" "Place and release legal holds.",
    AccessWrite "access:write" "Send access and lease events.",
    AccessRead "access:read" "Ask who was behind an address.",
    Gate "gate" "Ask what an account may do.",
    EventsRead "events:read" "Poll events.",
    LedgerRead "ledger:read" "Read checkpoints, proofs and decisions.",
    PacksWrite "packs:write" "Trust and activate packs, record checks.",
    ListsWrite "lists:write" "Load lists and screen again.",
    StaffWrite "staff:write" "Invite staff, make and revoke keys.",
    CatalogueWrite "catalogue:write" "Providers and products.",
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no scope `{0}`")]
pub struct NoSuchScope(pub String);

impl std::str::FromStr for Scope {
    type Err = NoSuchScope;

    fn from_str(text: &str) -> Result<Self, NoSuchScope> {
        Self::ALL
            .iter()
            .copied()
            .find(|scope| scope.as_str() == text)
            .ok_or_else(|| NoSuchScope(text.to_owned()))
    }
}

impl Role {
    pub const ALL: &[Self] = &[
        Self::Administrator,
        Self::ComplianceOfficer,
        Self::Analyst,
        Self::Investigator,
        Self::Auditor,
        Self::Reseller,
        Self::ControlPlane,
    ];

    pub fn scopes(self) -> &'static [Scope] {
        use Scope::*;
        match self {
            Self::Administrator => {
                &[StaffWrite, PacksWrite, ListsWrite, CatalogueWrite, EventsRead, LedgerRead, CustomersRead]
            }
            Self::ComplianceOfficer => &[
                CustomersWrite,
                CustomersRead,
                IdentityRead,
                CasesRead,
                CasesDecide,
                HitsJudge,
                MeasuresRead,
                MeasuresWrite,
                HoldsWrite,
                AccessRead,
                Gate,
                EventsRead,
                LedgerRead,
                PacksWrite,
                ListsWrite,
            ],
            Self::Analyst => &[
                CustomersWrite,
                CustomersRead,
                IdentityRead,
                CasesRead,
                CasesDecide,
                HitsJudge,
                MeasuresRead,
                AccessRead,
                Gate,
            ],
            Self::Investigator => {
                &[CustomersRead, IdentityRead, CasesRead, HoldsWrite, AccessRead, LedgerRead, MeasuresRead]
            }
            Self::Auditor => &[CustomersRead, CasesRead, MeasuresRead, LedgerRead, EventsRead],
            Self::Reseller => &[CustomersWrite, CustomersRead, Gate],
            Self::ControlPlane => {
                &[CustomersWrite, CustomersRead, AccessWrite, Gate, EventsRead, MeasuresRead]
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum StaffStatus {
    /// A one-time link was made and not used yet; only its hash is kept.
    Invited {
        link_hash: String,
        expires_at: Timestamp,
    },
    Active,
    Disabled,
}

/// One member of staff. The handle is what colleagues call them; it is not a customer's data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    pub id: StaffId,
    /// Unique.
    pub handle: String,
    pub roles: Vec<Role>,
    /// A reseller's staff see its branch only.
    pub branch: Option<CustomerId>,
    pub status: StaffStatus,
    /// argon2id, in PHC form.
    pub password_hash: Option<String>,
    /// Wrong passwords since the last right one, and until when that locks the door.
    pub failures: u32,
    pub locked_until: Option<Timestamp>,
    pub created_at: Timestamp,
    pub version: u64,
}

/// A signed-in person's session. Only the token's hash is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub token_hash: String,
    pub staff: StaffId,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}
