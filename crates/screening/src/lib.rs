//! Names and identifiers compared with published lists, scored and explained.
//!
//! Bytes in, answers out: it opens no file, asks no clock and knows no customer. What it answers
//! depends on the query, the lists and [`ENGINE_VERSION`] alone, so that an answer can be replayed.

mod company;
mod compare;
mod delta;
mod entry;
mod evidence;
mod fictional;
pub mod formats;
mod index;
mod key;
mod legal;
mod model;
mod name;
mod ofac;
mod query;
mod rarity;
mod reading;
mod sound;
mod text;
mod token;
pub mod trial;
mod word;

pub use compare::{DEFAULT_THRESHOLD, compare};
pub use delta::{Delta, delta};
pub use entry::{BirthSpan, Detail, Entry, Gender, Identifier, Name, NameKind, Schema, Wallet, Watchlist};
pub use fictional::{FICTIONAL_LIST_ID, fictional};
pub use formats::{
    Collector, DeltaError, Format, LeftOut, Lists, NotRead, PassedOver, Place, apply_delta, detect,
};
pub use index::{Index, NoIndex, screen};
pub use key::retrieval_keys;
pub use model::rescaled;
pub use ofac::{OFAC_THRESHOLD, ofac_score, screen_as_ofac};
pub use query::{Comparison, Feature, Hit, IdNumber, Query, score_of};
pub use text::LETTERS_MAX as NAME_LETTERS_MAX;

/// Changes whenever the same query and lists could be answered differently.
pub const ENGINE_VERSION: &str = "5";
