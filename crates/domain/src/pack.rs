//! Policy packs: the law as dated data, with its source and how sure we are of it. `docs/packs.md`
//! documents the format.

mod diff;
mod entry;
mod loaded;
mod merge;
mod notice;
mod when;

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::clock::Zone;

pub use diff::{Change, ChangeKind, diff};
pub use entry::*;
pub use loaded::{CheckRecord, InForce, LoadedPack, Packs, PacksRefused, Warning, parse_check_records};
pub use merge::{Citation, Conflict, HomePersonTerms, InterimTerms, OwnershipTerms, PacksInForce, Rule};
pub use notice::Placeholder;
pub use when::{FactForm, FactValue, KnownFacts, NamedFact, NoSuchFact, Truth, When};

/// Name and date of a pack, such as `us-eo13984-nprm@2024-01-29`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackId {
    name: String,
    dated: Date,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a pack id of the form `name@YYYY-MM-DD`, the name in lower-case letters, digits and dashes")]
pub struct NotAPackId;

impl PackId {
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn dated(&self) -> Date {
        self.dated
    }
}

impl FromStr for PackId {
    type Err = NotAPackId;

    fn from_str(text: &str) -> Result<Self, NotAPackId> {
        let (name, dated) = text.split_once('@').ok_or(NotAPackId)?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || name.len() > 64 || !name.chars().all(plain) || dated.len() != 10 {
            return Err(NotAPackId);
        }
        Ok(Self { name: name.to_owned(), dated: dated.parse().map_err(|_| NotAPackId)? })
    }
}

impl fmt::Display for PackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.dated)
    }
}

impl TryFrom<String> for PackId {
    type Error = NotAPackId;

    fn try_from(text: String) -> Result<Self, NotAPackId> {
        text.parse()
    }
}

impl From<PackId> for String {
    fn from(id: PackId) -> Self {
        id.to_string()
    }
}

/// What a pack stands for in law. Printed with everything that rests on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PackStatus {
    Proposed,
    Draft,
    Law,
    /// Not enacted, or no longer in force: loads and can be read, asks for nothing.
    Dead,
    Model,
}

impl PackStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Draft => "draft",
            Self::Law => "law",
            Self::Dead => "dead",
            Self::Model => "model",
        }
    }
}

impl fmt::Display for PackStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! pack_tables {
    ($($(#[$doc:meta])* $table:ident: $entry:ty,)*) => {
        /// One pack. [`Pack::parse`] reads it; every table may be missing.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Pack {
            pub id: PackId,
            pub title: String,
            pub status: PackStatus,
            /// Clocks that count in days end with the local day here.
            pub time_zone: Zone,
            /// First day in force; `None`: the date of the pack.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub effective_from: Option<Date>,
            /// First day no longer in force.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub effective_until: Option<Date>,
            /// Name, without date, of a pack that must be loaded beside this one, which only adds to it.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub builds_on: Option<String>,
            pub applies_to: AppliesTo,
            $(
                $(#[$doc])*
                #[serde(default, skip_serializing_if = "Vec::is_empty")]
                pub $table: Vec<$entry>,
            )*
        }

        impl Pack {
            /// Every entry with the name of its table, in the order of the documented format.
            pub fn entries(&self) -> impl Iterator<Item = (&'static str, usize, &dyn Entry)> {
                let applies_to = std::iter::once(("applies_to", 0, &self.applies_to as &dyn Entry));
                applies_to $(.chain(
                    self.$table.iter().enumerate().map(|(index, entry)| (stringify!($table), index, entry as &dyn Entry)),
                ))*
            }
        }
    };
}

pack_tables! {
    fields: FieldRule,
    ownership: OwnershipRule,
    home_person: HomePersonRule,
    verification: VerificationRule,
    accepted_documents: AcceptedDocuments,
    evidence_rules: EvidenceRule,
    refusal: RefusalRule,
    interim_terms: InterimRule,
    closure: ClosureRule,
    redress: RedressRule,
    triggers: Trigger,
    clocks: ClockRule,
    retention: RetentionRule,
    reverification: ReverificationRule,
    reports: ReportRule,
    notices: NoticeRule,
    new_entrant_gate: NewEntrantGate,
    special_measures: MeasureClock,
    product_scope: ProductScope,
    duties: DutyRule,
    orders: OrderRule,
    list_check: ListCheck,
    list_consequence: ListConsequence,
    list_ownership: ListOwnership,
    thresholds: Threshold,
    conflicts_with: ConflictRule,
}

/// Why a text is no pack: what is wrong, in which entry, on which line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackError {
    /// Such as `retention[0]`; empty at the top.
    pub path: String,
    /// Counted from 1; `None` where no line is to blame.
    pub line: Option<usize>,
    pub what: String,
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "`{}`: ", self.path)?;
        }
        f.write_str(&self.what)
    }
}

impl std::error::Error for PackError {}

impl Pack {
    /// Reads a pack and checks it in itself. Strict: what is not in the documented format is refused.
    pub fn parse(text: &str) -> Result<Self, PackError> {
        let pack: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| line_of(text, span.start));
            let path = line.map(|line| path_at(text, line)).unwrap_or_default();
            PackError { path, line, what: error.message().trim_end().replace('\n', "; ") }
        })?;
        pack.check().map_err(|(table, index, what)| match table {
            "" => PackError { path: String::new(), line: None, what },
            _ => PackError { path: format!("{table}[{index}]"), line: header_line(text, table, index), what },
        })?;
        Ok(pack)
    }

    /// First day on which the pack is in force.
    pub fn starts_on(&self) -> Date {
        self.effective_from.unwrap_or(self.id.dated)
    }

    /// What nobody has checked against the gazette yet.
    pub fn warnings(&self) -> Vec<Warning> {
        self.entries()
            .filter(|(_, _, entry)| entry.is_unchecked())
            .map(|(table, _, entry)| Warning::unchecked(&self.id, entry_path(table, entry), entry))
            .collect()
    }

    /// What the types cannot say, as table, index and complaint.
    fn check(&self) -> Result<(), (&'static str, usize, String)> {
        if self.effective_until.is_some_and(|until| until <= self.starts_on()) {
            return Err(("", 0, "`effective_until` is not after the day the pack comes into force".into()));
        }
        self.check_dates_and_keys()?;
        for (index, rule) in self.fields.iter().enumerate() {
            if rule.subjects.is_empty() {
                return Err(("fields", index, "`subjects` is empty".into()));
            }
            if !rule.kinds.is_empty() && rule.name != crate::field::Field::Address {
                return Err(("fields", index, "`kinds` goes with `address` only".into()));
            }
            let is_contact =
                matches!(rule.name.form(), crate::field::Form::Email | crate::field::Form::Telephone);
            if rule.proof == Proof::Controlled && !is_contact {
                return Err((
                    "fields",
                    index,
                    "`proof = \"controlled\"` goes with e-mail and telephone only".into(),
                ));
            }
        }
        for (index, rule) in self.ownership.iter().enumerate() {
            if rule.threshold_ppm == 0 || rule.threshold_ppm > 1_000_000 {
                return Err(("ownership", index, "`threshold_ppm` is not between 1 and 1000000".into()));
            }
        }
        for (index, rule) in self.list_consequence.iter().enumerate() {
            if rule.lists.is_empty() {
                return Err(("list_consequence", index, "`lists` is empty".into()));
            }
        }
        for (index, rule) in self.list_ownership.iter().enumerate() {
            if rule.threshold_ppm == 0 || rule.threshold_ppm > 1_000_000 || rule.lists.is_empty() {
                let what = "`lists` is empty, or `threshold_ppm` is not between 1 and 1000000";
                return Err(("list_ownership", index, what.into()));
            }
        }
        for (index, rule) in self.retention.iter().enumerate() {
            self.check_retention(rule).map_err(|what| ("retention", index, what.to_owned()))?;
        }
        for (index, rule) in self.clocks.iter().enumerate() {
            if rule.from.is_empty() {
                return Err(("clocks", index, "`from` is empty".into()));
            }
        }
        for (index, rule) in self.notices.iter().enumerate() {
            if let Some(word) = rule.unknown_placeholder() {
                return Err(("notices", index, format!("`{{{word}}}` is no placeholder")));
            }
        }
        for (index, rule) in self.closure.iter().enumerate() {
            let start = jiff::civil::date(2024, 1, 1);
            let end = |period| crate::clock::retention_ends_on(start, period);
            if end(rule.close_after) <= end(rule.warn_after) {
                return Err(("closure", index, "`close_after` is not later than `warn_after`".into()));
            }
        }
        self.check_references()
    }

    fn check_retention(&self, rule: &RetentionRule) -> Result<(), &'static str> {
        let start = jiff::civil::date(2024, 1, 1);
        let end = |period| crate::clock::retention_ends_on(start, period);
        if rule.from.is_empty() {
            return Err("`from` is empty");
        }
        if rule.class != RecordClass::Identity && !rule.fields.is_empty() {
            return Err("`fields` goes with class `identity` only");
        }
        if rule.max.is_some_and(|max| end(max) < end(rule.min)) {
            return Err("`max` is shorter than `min`");
        }
        Ok(())
    }

    /// No entry ends before it starts, and no two of one key count on the same day.
    fn check_dates_and_keys(&self) -> Result<(), (&'static str, usize, String)> {
        let mut seen: std::collections::HashMap<(&str, String), Vec<(Date, Date)>> = Default::default();
        for (table, index, entry) in self.entries() {
            let from = entry.effective_from().unwrap_or(Date::MIN);
            let until = entry.effective_until().unwrap_or(Date::MAX);
            if until <= from {
                return Err((table, index, "`effective_until` is not after `effective_from`".into()));
            }
            if entry.source().document.trim().is_empty() || entry.source().section.trim().is_empty() {
                return Err((table, index, "`source` names no document or no section".into()));
            }
            let others = seen.entry((table, entry.key())).or_default();
            if others.iter().any(|&(other_from, other_until)| from < other_until && other_from < until) {
                let key = entry.key();
                return Err((table, index, format!("a second entry `{key}` that counts on the same days")));
            }
            others.push((from, until));
        }
        Ok(())
    }

    fn check_references(&self) -> Result<(), (&'static str, usize, String)> {
        let clocks = |names: &[String]| {
            names.iter().find(|name| !self.clocks.iter().any(|clock| &clock.name == *name)).cloned()
        };
        let notice = |id: &str| self.notices.iter().any(|notice| notice.id == id);
        let no_clock =
            |table, index, name: String| Err((table, index, format!("no clock `{name}` in this pack")));
        for (index, rule) in self.reports.iter().enumerate() {
            if let Some(name) = clocks(&rule.clocks) {
                return no_clock("reports", index, name);
            }
        }
        for (index, rule) in self.duties.iter().enumerate() {
            if let Some(name) = clocks(&rule.clocks) {
                return no_clock("duties", index, name);
            }
        }
        for (index, rule) in self.orders.iter().enumerate() {
            if let Some(name) = clocks(&rule.clocks) {
                return no_clock("orders", index, name);
            }
        }
        for (index, rule) in self.refusal.iter().enumerate() {
            if !notice(&rule.notice) {
                return Err(("refusal", index, format!("no notice `{}` in this pack", rule.notice)));
            }
        }
        for (index, rule) in self.closure.iter().enumerate() {
            if !notice(&rule.notice) {
                return Err(("closure", index, format!("no notice `{}` in this pack", rule.notice)));
            }
        }
        Ok(())
    }
}

/// How an entry is named in warnings, checks and differences, such as `clocks.cip_hand_over`.
fn entry_path(table: &str, entry: &dyn Entry) -> String {
    let key = entry.key();
    if key.is_empty() { table.to_owned() } else { format!("{table}.{key}") }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|&&byte| byte == b'\n').count() + 1
}

/// The table that a line lies in, with its index where there are several.
fn path_at(text: &str, line: usize) -> String {
    let headers: Vec<&str> =
        text.lines().take(line).map(str::trim).filter(|line| line.starts_with('[')).collect();
    let Some(last) = headers.last() else { return String::new() };
    let name = header_name(last);
    if last.starts_with("[[") {
        let index = headers.iter().filter(|header| header_name(header) == name).count() - 1;
        format!("{name}[{index}]")
    } else {
        name.to_owned()
    }
}

fn header_line(text: &str, table: &str, index: usize) -> Option<usize> {
    let headers = text.lines().enumerate().filter(|(_, line)| {
        let line = line.trim();
        line.starts_with('[') && header_name(line) == table
    });
    headers.map(|(number, _)| number + 1).nth(index)
}

fn header_name(line: &str) -> &str {
    line.trim_start_matches('[').split(']').next().unwrap_or_default().trim()
}

/// Shipped packs by name, for tests of this crate.
#[cfg(test)]
pub(crate) fn shipped(names: &[&str]) -> Packs {
    use std::sync::OnceLock;
    static SHIPPED: OnceLock<Vec<LoadedPack>> = OnceLock::new();
    let all = SHIPPED.get_or_init(|| {
        let texts = [
            include_str!("../../../packs/us-eo13984-nprm.toml"),
            include_str!("../../../packs/us-eo13984-strict.toml"),
            include_str!("../../../packs/in-certin.toml"),
            include_str!("../../../packs/eu-nis2-28.toml"),
            include_str!("../../../packs/eu-eevidence.toml"),
            include_str!("../../../packs/restricted-lists.toml"),
        ];
        let load = |text: &&str| {
            let pack = Pack::parse(text).unwrap_or_else(|error| panic!("{}: {error}", &text[..40]));
            LoadedPack { pack, sha256: "0".repeat(64), checks: Vec::new() }
        };
        texts.iter().map(load).collect()
    });
    let named = |name: &&str| all.iter().find(|one| one.pack.id.name() == *name).cloned();
    Packs::merge(names.iter().map(|name| named(name).expect("a shipped pack")).collect()).unwrap()
}

#[cfg(test)]
mod tests;
