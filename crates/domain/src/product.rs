//! The product catalogue: what is sold, of which class, in scope of which packs (DEF-02).

use serde::{Deserialize, Serialize};
use terms::Country;

use crate::id::{ProductId, ProviderId};

/// What kind of service a product is. Which classes are in scope is said by packs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductClass {
    Managed,
    Unmanaged,
    Virtualised,
    Dedicated,
    Cdn,
    Proxy,
    Dns,
    DomainRegistration,
}

impl ProductClass {
    pub const ALL: &[Self] = &[
        Self::Managed,
        Self::Unmanaged,
        Self::Virtualised,
        Self::Dedicated,
        Self::Cdn,
        Self::Proxy,
        Self::Dns,
        Self::DomainRegistration,
    ];
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    pub id: ProductId,
    pub provider: ProviderId,
    /// Unique within the provider, such as `vps-small`.
    pub code: String,
    pub title: String,
    pub classes: Vec<ProductClass>,
    /// Where it is operated.
    pub site: Country,
    pub version: u64,
}
