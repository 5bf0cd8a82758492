//! One small layer over both engines: statements with `$n`, values of four kinds, rows of the same.
//!
//! Expected outcomes (a duplicate, another version) are read from row counts, never from errors of the engine:
//! PostgreSQL gives up the whole transaction after an error, SQLite only the statement.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::fault::Fault;

/// One statement with its name. Parameters are `$1`, `$2`, … in any order, each as often as needed; the text
/// holds no other `$` and no `?`.
#[derive(Debug)]
pub struct Statement {
    pub name: &'static str,
    /// The table it is about, for messages.
    pub table: &'static str,
    pub sql: &'static str,
}

/// Declares statements of one table and lists them in `ALL`, so that a test runs each on both engines.
macro_rules! statements {
    ($table:literal; $($(#[$doc:meta])* $name:ident = $($sql:expr),+;)+) => {
        $(
            $(#[$doc])*
            pub(crate) const $name: $crate::sql::Statement =
                $crate::sql::Statement { name: stringify!($name), table: $table, sql: concat!($($sql),+) };
        )+
        #[cfg(test)]
        pub(crate) const ALL: &[&$crate::sql::Statement] = &[$(&$name),+];
    };
}
pub(crate) use statements;

/// What a statement is given. Has no `Debug`: values are not for logs.
#[derive(Clone)]
pub enum Value<'a> {
    Int(i64),
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
    Null,
    /// A number that no column holds.
    TooLarge,
}

impl Value<'_> {
    /// Neither engine keeps a NUL in text alike, and no column holds a number beyond 63 bits.
    fn is_storable(&self) -> bool {
        match self {
            Self::Text(text) => !text.as_bytes().contains(&0),
            Self::TooLarge => false,
            _ => true,
        }
    }
}

/// Whether all values can stand in a column. What cannot is found nowhere, and is refused when written.
pub fn are_storable(values: &[Value<'_>]) -> bool {
    values.iter().all(Value::is_storable)
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u32> for Value<'_> {
    fn from(value: u32) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<u16> for Value<'_> {
    fn from(value: u16) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<u64> for Value<'_> {
    fn from(value: u64) -> Self {
        i64::try_from(value).map_or(Self::TooLarge, Self::Int)
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Int(i64::from(value))
    }
}

/// Microseconds since 1970, UTC.
impl From<Timestamp> for Value<'_> {
    fn from(value: Timestamp) -> Self {
        Self::Int(value.as_microsecond())
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(Cow::Borrowed(value))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(Cow::Borrowed(value))
    }
}

impl From<String> for Value<'_> {
    fn from(value: String) -> Self {
        Self::Text(Cow::Owned(value))
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Bytes(Cow::Borrowed(value))
    }
}

impl<'a> From<&'a Vec<u8>> for Value<'a> {
    fn from(value: &'a Vec<u8>) -> Self {
        Self::Bytes(Cow::Borrowed(value))
    }
}

impl<'a> From<&'a [u8; 32]> for Value<'a> {
    fn from(value: &'a [u8; 32]) -> Self {
        Self::Bytes(Cow::Borrowed(value))
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Ids are stored as they are printed.
macro_rules! ids {
    ($($id:ident)*) => {
        $(impl From<domain::id::$id> for Value<'_> {
            fn from(id: domain::id::$id) -> Self {
                Self::Text(Cow::Owned(id.to_string()))
            }
        })*
    };
}

ids! {
    ProviderId ProductId CustomerId AccountId PersonId FactId VerificationId ContactProofId CaseId DecisionId
    ScreeningId JudgementId SpecialMeasureId ExemptionId LegalHoldId StaffId ApiKeyId DraftId ReadingId EventId
    LeafId
}

/// `values![a, b]` is `[Value::from(a), Value::from(b)]`.
macro_rules! values {
    ($($value:expr),* $(,)?) => { [$($crate::sql::Value::from($value)),*] };
}
pub(crate) use values;

/// One row as a statement gave it.
pub struct Row(pub Vec<Value<'static>>);

/// A column does not hold what its statement says; a damaged row, or a changed schema.
#[derive(Debug, thiserror::Error)]
#[error("column {column} is not {expected}")]
pub struct WrongColumn {
    pub column: usize,
    pub expected: &'static str,
}

impl Row {
    pub fn int(&self, column: usize) -> Result<i64, WrongColumn> {
        match self.0.get(column) {
            Some(Value::Int(value)) => Ok(*value),
            _ => Err(WrongColumn { column, expected: "an integer" }),
        }
    }

    pub fn count(&self, column: usize) -> Result<u64, WrongColumn> {
        u64::try_from(self.int(column)?).map_err(|_| WrongColumn { column, expected: "a count" })
    }

    pub fn text(&self, column: usize) -> Result<&str, WrongColumn> {
        match self.0.get(column) {
            Some(Value::Text(text)) => Ok(text),
            _ => Err(WrongColumn { column, expected: "text" }),
        }
    }

    pub fn optional_text(&self, column: usize) -> Result<Option<&str>, WrongColumn> {
        match self.0.get(column) {
            Some(Value::Null) => Ok(None),
            _ => self.text(column).map(Some),
        }
    }

    pub fn bytes(&self, column: usize) -> Result<&[u8], WrongColumn> {
        match self.0.get(column) {
            Some(Value::Bytes(bytes)) => Ok(bytes),
            _ => Err(WrongColumn { column, expected: "bytes" }),
        }
    }

    pub fn instant(&self, column: usize) -> Result<Timestamp, WrongColumn> {
        Timestamp::from_microsecond(self.int(column)?)
            .map_err(|_| WrongColumn { column, expected: "an instant in microseconds" })
    }
}

/// A connection inside a transaction that its engine began and will end.
pub trait Connection {
    /// Whether no other transaction that writes runs meanwhile.
    fn is_alone(&self) -> bool;

    /// Runs a statement that gives no rows; returns how many it touched.
    fn execute(&mut self, statement: &Statement, values: &[Value<'_>]) -> Result<u64, Fault>;

    /// Hands every row to `each`.
    fn query(
        &mut self,
        statement: &Statement,
        values: &[Value<'_>],
        each: &mut dyn FnMut(Row) -> Result<(), Fault>,
    ) -> Result<(), Fault>;
}

/// Who else may see and change the rows meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// Sees one state of the database throughout; of two that change the same row one runs again.
    Snapshot,
    /// Each statement sees what was committed before it; the log's own rows are guarded by its lease.
    EachStatement,
}

pub type EngineWork<'a> = &'a mut (dyn FnMut(&mut dyn Connection) -> Result<(), Verdict> + Send);

/// Why an engine does not commit what the work did.
#[derive(Debug)]
pub enum Verdict {
    /// The work itself does not want it; an answer, not an error.
    Abandon,
    /// A statement failed, so nothing of the work may stay.
    Failed(Fault),
}

/// What both engines do: run work in a transaction, again where that helps.
pub trait Engine: Send + Sync {
    /// Durable when this returns `Ok`, unless the work abandoned.
    fn write(&self, isolation: Isolation, work: EngineWork<'_>) -> Result<(), Fault>;

    /// Sees one state of the database throughout and changes nothing.
    fn read(&self, work: EngineWork<'_>) -> Result<(), Fault>;

    /// Overwrites what the engine still holds of values that were deleted.
    fn scrub(&self) -> Result<(), Fault>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_column_holds_is_told_before_the_engine_is_asked() {
        let cases: [(&str, Value<'_>, bool); 6] = [
            ("text", "Łódź".into(), true),
            ("text with NUL", "a\0b".into(), false),
            ("bytes with NUL", Value::from(&[0_u8, 1][..]), true),
            ("greatest number", (i64::MAX as u64).into(), true),
            ("a number beyond 63 bits", u64::MAX.into(), false),
            ("nothing", None::<&str>.into(), true),
        ];
        for (name, value, expected) in cases {
            assert_eq!(are_storable(&[value]), expected, "{name}");
        }
    }
}
