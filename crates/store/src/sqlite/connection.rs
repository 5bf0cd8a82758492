//! Statements on a connection of SQLite.

use rusqlite::ErrorCode;
use rusqlite::types::{Null, ValueRef};

use crate::fault::Fault;
use crate::sql::{Connection, Row, Statement, Value};

/// A connection inside somebody's transaction.
pub struct Borrowed<'a>(pub &'a rusqlite::Connection);

/// SQLite numbers `$2` by first appearance; `?2` is the second, wherever it stands.
pub fn numbered(sql: &str) -> String {
    sql.replace('$', "?")
}

impl Borrowed<'_> {
    fn prepare(
        &self,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> rusqlite::Result<rusqlite::CachedStatement<'_>> {
        let mut prepared = self.0.prepare_cached(&numbered(statement.sql))?;
        for (number, value) in (1..).zip(values) {
            match value {
                Value::Int(value) => prepared.raw_bind_parameter(number, value)?,
                Value::Text(text) => prepared.raw_bind_parameter(number, text.as_ref())?,
                Value::Bytes(bytes) => prepared.raw_bind_parameter(number, bytes.as_ref())?,
                Value::Null | Value::TooLarge => prepared.raw_bind_parameter(number, Null)?,
            }
        }
        Ok(prepared)
    }
}

impl Connection for Borrowed<'_> {
    /// SQLite has one writer.
    fn is_alone(&self) -> bool {
        true
    }

    fn execute(&mut self, statement: &Statement, values: &[Value<'_>]) -> Result<u64, Fault> {
        let touched = self.prepare(statement, values).and_then(|mut prepared| prepared.raw_execute());
        touched.map(|count| count as u64).map_err(|error| fault_of(&error, statement.table))
    }

    fn query(
        &mut self,
        statement: &Statement,
        values: &[Value<'_>],
        each: &mut dyn FnMut(Row) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let fault = |error: rusqlite::Error| fault_of(&error, statement.table);
        let mut prepared = self.prepare(statement, values).map_err(fault)?;
        let columns = prepared.column_count();
        let mut rows = prepared.raw_query();
        while let Some(row) = rows.next().map_err(fault)? {
            let cells = (0..columns).map(|column| {
                let cell = row.get_ref(column).map_err(fault)?;
                read(cell).ok_or_else(|| Fault::Unreadable {
                    table: statement.table,
                    detail: format!("column {column} of {} is of no known kind", statement.name),
                })
            });
            each(Row(cells.collect::<Result<_, _>>()?))?;
        }
        Ok(())
    }
}

fn read(cell: ValueRef<'_>) -> Option<Value<'static>> {
    match cell {
        ValueRef::Null => Some(Value::Null),
        ValueRef::Integer(value) => Some(value.into()),
        ValueRef::Text(text) => std::str::from_utf8(text).ok().map(|text| text.to_owned().into()),
        ValueRef::Blob(bytes) => Some(Value::Bytes(bytes.to_vec().into())),
        ValueRef::Real(_) => None,
    }
}

/// What an error of SQLite means. Its messages name columns and never values.
pub fn fault_of(error: &rusqlite::Error, table: &'static str) -> Fault {
    const UNIQUE: i32 = rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE;
    const PRIMARY_KEY: i32 = rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY;
    /// The shared memory beside the write-ahead log could not grow.
    const NO_ROOM_FOR_INDEX: i32 = rusqlite::ffi::SQLITE_IOERR_SHMSIZE;
    /// The file system found damage.
    const DAMAGED_BELOW: i32 = rusqlite::ffi::SQLITE_IOERR_CORRUPTFS;

    let Some(code) = error.sqlite_error() else { return Fault::Refused(error.to_string()) };
    match (code.code, code.extended_code) {
        (ErrorCode::DiskFull, _) | (_, NO_ROOM_FOR_INDEX) => Fault::DiskFull,
        (ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase, _) | (_, DAMAGED_BELOW) => {
            Fault::Corrupt(error.to_string())
        }
        (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => Fault::Conflict(error.to_string().into()),
        (ErrorCode::ConstraintViolation, UNIQUE | PRIMARY_KEY) => Fault::Duplicate(table),
        (ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig, _) => {
            Fault::Refused(format!("`{table}`: {error}"))
        }
        (ErrorCode::ReadOnly, _) => Fault::Refused("this connection only reads".to_owned()),
        _ => Fault::Unavailable(error.to_string().into()),
    }
}
