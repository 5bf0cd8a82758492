//! Statements on a connection to PostgreSQL.

use std::collections::HashMap;
use std::error::Error as _;

use postgres::error::SqlState;
use postgres::fallible_iterator::FallibleIterator as _;
use postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};

use crate::fault::Fault;
use crate::sql::{Connection, Row, Statement, Value};

/// A connection with the statements it has prepared.
pub struct Client {
    pub(super) inner: postgres::Client,
    prepared: HashMap<&'static str, postgres::Statement>,
}

impl Client {
    pub fn new(inner: postgres::Client) -> Self {
        Self { inner, prepared: HashMap::new() }
    }

    pub fn inner(&mut self) -> &mut postgres::Client {
        &mut self.inner
    }

    pub fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    pub fn batch(&mut self, sql: &str) -> Result<(), Fault> {
        self.inner.batch_execute(sql).map_err(|error| fault_of(&error, ""))
    }

    fn prepare(&mut self, statement: &Statement) -> Result<postgres::Statement, Fault> {
        if let Some(prepared) = self.prepared.get(statement.sql) {
            return Ok(prepared.clone());
        }
        let prepared =
            self.inner.prepare(statement.sql).map_err(|error| fault_of(&error, statement.table))?;
        self.prepared.insert(statement.sql, prepared.clone());
        Ok(prepared)
    }
}

/// A connection inside somebody's transaction.
pub struct Borrowed<'a>(pub &'a mut Client);

impl Connection for Borrowed<'_> {
    fn is_alone(&self) -> bool {
        false
    }

    fn execute(&mut self, statement: &Statement, values: &[Value<'_>]) -> Result<u64, Fault> {
        let prepared = self.0.prepare(statement)?;
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        let touched = self.0.inner.execute(&prepared, &values);
        touched.map_err(|error| fault_of(&error, statement.table))
    }

    fn query(
        &mut self,
        statement: &Statement,
        values: &[Value<'_>],
        each: &mut dyn FnMut(Row) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let fault = |error: postgres::Error| fault_of(&error, statement.table);
        let prepared = self.0.prepare(statement)?;
        let mut rows = self.0.inner.query_raw(&prepared, values).map_err(fault)?;
        while let Some(row) = rows.next().map_err(fault)? {
            let cells = (0..row.len()).map(|column| {
                cell(&row, column).ok_or_else(|| Fault::Unreadable {
                    table: statement.table,
                    detail: format!("column {column} of {} is of no known kind", statement.name),
                })
            });
            each(Row(cells.collect::<Result<_, _>>()?))?;
        }
        Ok(())
    }
}

/// One cell; `None` where it is of no kind that we store.
pub fn cell(row: &postgres::Row, column: usize) -> Option<Value<'static>> {
    let kind = row.columns().get(column)?.type_();
    match *kind {
        Type::INT8 => Some(row.try_get::<_, Option<i64>>(column).ok()?.into()),
        Type::INT4 => Some(row.try_get::<_, Option<i32>>(column).ok()?.map(i64::from).into()),
        Type::TEXT | Type::VARCHAR => Some(row.try_get::<_, Option<String>>(column).ok()?.into()),
        Type::BYTEA => {
            let bytes = row.try_get::<_, Option<Vec<u8>>>(column).ok()?;
            Some(bytes.map_or(Value::Null, |bytes| Value::Bytes(bytes.into())))
        }
        _ => None,
    }
}

impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[value]")
    }
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Int(value) if *kind == Type::INT4 => i32::try_from(*value)?.to_sql(kind, out),
            Self::Int(value) if *kind == Type::INT8 => value.to_sql(kind, out),
            Self::Text(text) if *kind == Type::TEXT || *kind == Type::VARCHAR => {
                text.as_ref().to_sql(kind, out)
            }
            Self::Bytes(bytes) if *kind == Type::BYTEA => bytes.as_ref().to_sql(kind, out),
            Self::Null => Ok(IsNull::Yes),
            _ => Err(format!("a parameter of type {kind} was given another kind of value").into()),
        }
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::INT4 | Type::INT8 | Type::TEXT | Type::VARCHAR | Type::BYTEA)
    }

    to_sql_checked!();
}

/// What an error of the server or of the way to it means. Only the server's first line is told: its details
/// may quote values.
pub fn fault_of(error: &postgres::Error, table: &'static str) -> Fault {
    let Some(told) = error.as_db_error() else {
        let cause = error.source().map(|source| format!(": {source}")).unwrap_or_default();
        return Fault::unavailable(format!("{error}{cause}"));
    };
    let message = || told.message().to_owned();
    let code = told.code();
    match *code {
        SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => {
            Fault::Conflict(message().into())
        }
        SqlState::UNIQUE_VIOLATION => Fault::Duplicate(table),
        SqlState::DISK_FULL => Fault::DiskFull,
        SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => Fault::Corrupt(message()),
        SqlState::READ_ONLY_SQL_TRANSACTION => Fault::Refused("this connection only reads".to_owned()),
        _ if code.code().starts_with("22") || code.code().starts_with("23") => {
            Fault::Refused(format!("`{table}`: {}", message()))
        }
        _ => Fault::unavailable(format!("{} (SQLSTATE {})", message(), code.code())),
    }
}
