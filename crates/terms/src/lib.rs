//! Terms that the pure crates share: countries, places, dates known only in part, results of checks.
//!
//! Knows no rule, no clock, no file and none of the other crates.

mod check_result;
mod country;
mod partial_date;
mod place;

pub use check_result::CheckResult;
pub use country::{Country, NoSuchCountry};
pub use partial_date::{NotAPartialDate, PartialDate, Precision};
pub use place::{NotAPlace, Place};
