//! What sets clocks off, when they end, and how long records stay.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use terms::Place;

use super::{Certainty, Entry, LegalSource, nothing};
use crate::clock::{Period, Unit, Zone};
use crate::field::Field;
use crate::pack::when::When;

/// What happened in the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerEvent {
    OwnerAdded,
    OwnerRemoved,
    IdentityChanged,
    ContactChanged,
    PaymentChanged,
    QuotaRaised,
    ContractChanged,
    Reactivated,
    DocumentExpired,
    RiskRaised,
    InformationCompromised,
    TrainingRunPossible,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerAction {
    /// The identification is open again until verified.
    ReopenIdentification,
    /// A person looks.
    OpenCase,
    Screen,
}

entry! {
    /// What an event sets off (CIP-19).
    Trigger(this) = this.name.clone();
    {
        name: String,
        event: TriggerEvent,
        action: TriggerAction,
    }
}

/// What a clock counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockStart {
    /// Somebody asked for something.
    Request,
    /// We knew or had reason to know.
    Knowledge,
    Transaction,
    /// A decision or determination was made.
    Determination,
    /// An order or certificate was received.
    OrderReceived,
    /// An incident was noticed or reported to us.
    IncidentNoticed,
    /// An error or change was found.
    ErrorFound,
    Opening,
    Closure,
    /// The last certification was filed.
    Certification,
    /// The last review was made.
    Review,
    /// The rule comes into force.
    RuleInForce,
}

/// How days are counted. Working days are not offered: no shipped pack needs a holiday table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calendar {
    #[default]
    CalendarDays,
}

entry! {
    /// A deadline. Of several clocks with one duty the earliest counts.
    ClockRule(this) = this.name.clone();
    {
        name: String,
        /// What must be done in time.
        text: String,
        /// Each of these gives a date of its own, and the earliest counts (AI-03).
        from: BTreeSet<ClockStart>,
        amount: u32,
        unit: Unit,
        #[serde(default, skip_serializing_if = "nothing")]
        calendar: Calendar,
        /// `None`: the pack's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time_zone: Option<Zone>,
        /// Starts again each time it is met.
        #[serde(default, skip_serializing_if = "nothing")]
        recurring: bool,
    }
}

impl ClockRule {
    pub fn period(&self) -> Period {
        Period { amount: self.amount, unit: self.unit }
    }
}

/// What kind of record a retention rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordClass {
    /// Fields of the record.
    #[default]
    Identity,
    /// Document metadata, methods and results of checks, how discrepancies were resolved.
    Verification,
    /// Who accessed from where and when.
    AccessLog,
    /// Which address was given to whom.
    LeaseLog,
}

/// What retention counts from; of several the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetentionStart {
    Closed,
    LastAccess,
    RecordMade,
}

entry! {
    /// How long records are kept (RET-01).
    RetentionRule(this) = this.name.clone();
    {
        name: String,
        #[serde(default, skip_serializing_if = "nothing")]
        class: RecordClass,
        /// Fields it is about, with class `identity`; all if empty.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        fields: BTreeSet<Field>,
        /// The latest of these.
        from: BTreeSet<RetentionStart>,
        min: Period,
        /// Longer than this is not lawful under the pack.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<Period>,
        /// Where the records must lie (RET-05).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stored_in: Option<Place>,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    Low,
    Medium,
    High,
}

impl Risk {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

entry! {
    /// How often identity is verified again (CIP-20).
    ReverificationRule(this) = this.risk.as_str().to_owned();
    {
        risk: Risk,
        every: Period,
        /// How long before the due day it is asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ask_before: Option<Period>,
    }
}

entry! {
    /// A report that somebody must get.
    ReportRule(this) = this.name.clone();
    {
        name: String,
        recipient: String,
        text: String,
        /// Names of clocks of the same pack.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        clocks: Vec<String>,
        /// What it must hold, in words of the pack.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        holds: Vec<String>,
    }
}
