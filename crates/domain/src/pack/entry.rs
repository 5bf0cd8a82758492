//! The entries a pack is made of. Each says where it comes from and how sure we are of it.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::when::When;

/// Where an entry comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegalSource {
    /// Such as `89 FR 5698 (proposed)`.
    pub document: String,
    /// Such as `7.302` or `Art. 28(2)`.
    pub section: String,
    /// Nobody has compared the entry with this section yet, however sure we are of what it says; loads
    /// with a warning.
    #[serde(default, skip_serializing_if = "nothing")]
    pub unchecked: bool,
}

/// How sure we are of an entry. A pack is only as certain as its weakest part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// Text of an Executive Order.
    Eo,
    /// As reported by published analyses of the proposed rule.
    Nprm,
    /// Text of adopted law.
    Law,
    /// To be checked against the gazette; loads with a warning until somebody did.
    Unconfirmed,
    /// Taken from a sister regulation.
    Model,
    /// Our decision.
    Design,
}

impl Certainty {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Eo => "eo",
            Self::Nprm => "nprm",
            Self::Law => "law",
            Self::Unconfirmed => "unconfirmed",
            Self::Model => "model",
            Self::Design => "design",
        }
    }
}

/// What every entry says of itself.
pub trait Entry {
    /// Tells it from the other entries of its table; stays the same when its content changes.
    fn key(&self) -> String;
    fn when(&self) -> Option<&When>;
    fn requirement(&self) -> Option<&str>;
    fn source(&self) -> &LegalSource;
    fn certainty(&self) -> Certainty;
    fn note(&self) -> Option<&str>;
    /// First day on which it counts; `None` as soon as its pack is in force.
    fn effective_from(&self) -> Option<Date>;
    /// First day on which it no longer counts.
    fn effective_until(&self) -> Option<Date>;
    fn to_json(&self) -> serde_json::Value;

    /// Whether it has to be compared with the gazette before anyone relies on it.
    fn is_unchecked(&self) -> bool {
        self.certainty() == Certainty::Unconfirmed || self.source().unchecked
    }

    fn is_effective_on(&self, on: Date) -> bool {
        self.effective_from().is_none_or(|from| from <= on)
            && self.effective_until().is_none_or(|until| on < until)
    }
}

/// Declares an entry: its own fields, those that every entry has, and its key.
macro_rules! entry {
    (
        $(#[$doc:meta])*
        $name:ident($this:ident) = $key:expr;
        { $($(#[$attribute:meta])* $field:ident: $type:ty,)* }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$attribute])* pub $field: $type,)*
            /// The entry counts where this applies; always if there is none.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub when: Option<When>,
            /// The requirement of ours that it serves, such as `RET-01`.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub requirement: Option<String>,
            pub source: LegalSource,
            pub certainty: Certainty,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub note: Option<String>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub effective_from: Option<Date>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub effective_until: Option<Date>,
        }

        impl Entry for $name {
            fn key(&self) -> String {
                let $this = self;
                $key
            }

            fn when(&self) -> Option<&When> {
                self.when.as_ref()
            }

            fn requirement(&self) -> Option<&str> {
                self.requirement.as_deref()
            }

            fn source(&self) -> &LegalSource {
                &self.source
            }

            fn certainty(&self) -> Certainty {
                self.certainty
            }

            fn note(&self) -> Option<&str> {
                self.note.as_deref()
            }

            fn effective_from(&self) -> Option<Date> {
                self.effective_from
            }

            fn effective_until(&self) -> Option<Date> {
                self.effective_until
            }

            fn to_json(&self) -> serde_json::Value {
                serde_json::to_value(self).expect("an entry has text keys only")
            }
        }
    };
}

// Behind the macro, which they use.
mod clock;
mod duty;
mod field;
mod list;
mod notice;
mod person;
mod verification;

pub use clock::*;
pub use duty::*;
pub use field::*;
pub use list::*;
pub use notice::*;
pub use person::*;
pub use verification::*;

fn joined<T: Copy>(items: &BTreeSet<T>, text: impl Fn(T) -> &'static str) -> String {
    items.iter().map(|&item| text(item)).collect::<Vec<_>>().join("+")
}

fn nothing<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
