//! Personal data in memory: it prints as `[redacted]`, and reading it shows up in review.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A value about a person. `Debug` and `Display` never show it; [`expose`](Self::expose) does.
///
/// Serialising writes the value in clear: only what seals or answers a recorded reading serialises it.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Redacted<T>(T);

impl<T> Redacted<T> {
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Each call is a place where personal data can get out.
    pub fn expose(&self) -> &T {
        &self.0
    }

    pub fn into_exposed(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<T> fmt::Display for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redacted_value_does_not_print() {
        let name = Redacted::new("Ivan Petrov");

        assert_eq!(format!("{name} {name:?}"), "[redacted] [redacted]");
        assert_eq!(*name.expose(), "Ivan Petrov");
    }
}
