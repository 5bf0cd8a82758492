//! Owners and signatories, and who is a person of the home country (DEF-03, DEF-04).

use serde::{Deserialize, Serialize};

/// What a subject, or a customer with its owners, was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Classification {
    /// Where everyone starts: treated as foreign until shown otherwise.
    #[default]
    PresumedForeign,
    Us,
    Foreign,
    /// The facts do not decide it; a person does. Treated as foreign meanwhile.
    Review,
}

impl Classification {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PresumedForeign => "presumed_foreign",
            Self::Us => "us",
            Self::Foreign => "foreign",
            Self::Review => "review",
        }
    }

    /// Everyone who is not shown to be a US person (DEF-04).
    pub fn is_foreign(self) -> bool {
        self != Self::Us
    }
}
