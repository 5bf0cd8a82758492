//! What the engine is tried and trained on: names of ordinary people and companies, and the ways in which one name is
//! written differently. Everything comes from a seed, so that the same trial can be run again.

mod blocks;
mod ordinary;
mod random;
mod variation;

pub use ordinary::{Home, Ordinary};
pub use random::Random;
pub use variation::{Variation, misspell, vary, vary_by};
