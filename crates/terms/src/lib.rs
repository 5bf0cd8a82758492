//! Terms that the pure crates share: countries, places and dates known only in part.
//!
//! Knows no rule, no clock, no file and none of the other crates.

mod country;
mod partial_date;
mod place;

pub use country::{Country, NoSuchCountry};
pub use partial_date::{NotAPartialDate, PartialDate, Precision};
pub use place::{NotAPlace, Place};
