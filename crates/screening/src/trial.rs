//! What the engine is tried and trained on: names of ordinary people and companies, and the ways in which one name is
//! written differently. Everything comes from a seed, so that the same trial can be run again.

mod blocks;
mod held_out;
mod ordinary;
mod random;
mod scores;
mod scripts;
#[doc(hidden)]
pub mod training;
mod variation;

pub use held_out::{HeldOut, WordForWord, hold_out, script_of};
pub use ordinary::{Home, Ordinary};
pub use random::Random;
pub use scores::{Point, Scores};
pub use scripts::Transcription;
pub use variation::{Variation, misspell, vary, vary_by};
