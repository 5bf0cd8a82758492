//! One unit of work over a connection: what every noun's statements go through.

use std::fmt::Display;

use serde::de::DeserializeOwned;

use app::store::{Abort, StoreError};
use domain::id::CustomerId;

use crate::body;
use crate::fault::Fault;
use crate::sql::{Connection, Row, Statement, Value, Verdict, WrongColumn, are_storable, values};
use crate::{customers, settings};

/// Everything of a customer lies in a shard; one machine has this one.
pub const SHARD: i64 = 0;

/// Most rows of one page, whatever was asked.
pub const PAGE_MAX: u32 = 10_000;

pub struct Tx<'a> {
    connection: &'a mut dyn Connection,
    /// The first failure of the engine. Work that failed once is never committed, whatever its closure says.
    failed: Option<Fault>,
    locked_customers: Vec<CustomerId>,
    locked_catalogue: bool,
}

impl<'a> Tx<'a> {
    pub fn new(connection: &'a mut dyn Connection) -> Self {
        Self { connection, failed: None, locked_customers: Vec::new(), locked_catalogue: false }
    }

    /// Of two units of work that write rows of one customer at the same time, one runs again and sees what the
    /// other did: what it read of the customer is then what it decided on. Every write of such a row comes
    /// here first.
    pub fn lock_customer(&mut self, customer: CustomerId) -> Result<(), StoreError> {
        if self.connection.is_alone() || self.locked_customers.contains(&customer) {
            return Ok(());
        }
        self.has_locked(customer);
        self.execute(&customers::TOUCH, &values![SHARD, customer])?;
        Ok(())
    }

    /// The customer's own row was written, which locks as well.
    pub fn has_locked(&mut self, customer: CustomerId) {
        self.locked_customers.push(customer);
    }

    /// The same for rows that belong to no customer: staff, keys, packs, products, resellers, measures.
    pub fn lock_catalogue(&mut self) -> Result<(), StoreError> {
        if self.connection.is_alone() || self.locked_catalogue {
            return Ok(());
        }
        self.locked_catalogue = true;
        self.execute(&settings::TOUCH_CATALOGUE, &[])?;
        Ok(())
    }

    /// What the engine should do, given what the closure said.
    pub fn verdict(self, result: Result<(), Abort>) -> Result<(), Verdict> {
        match (self.failed, result) {
            (Some(fault), _) => Err(Verdict::Failed(fault)),
            (None, Err(Abort)) => Err(Verdict::Abandon),
            (None, Ok(())) => Ok(()),
        }
    }

    /// Runs a statement without rows; returns how many it touched.
    pub fn execute(&mut self, statement: &Statement, values: &[Value<'_>]) -> Result<u64, StoreError> {
        if !are_storable(values) {
            let detail = format!("a value of `{}` holds a NUL or is beyond 63 bits", statement.table);
            return Err(StoreError::Refused { detail });
        }
        let done = self.connection.execute(statement, values);
        done.map_err(|fault| self.keep(fault))
    }

    /// Adds a row; `what` names the column that is unique beside the id.
    pub fn insert(
        &mut self,
        statement: &Statement,
        values: &[Value<'_>],
        what: &'static str,
    ) -> Result<(), StoreError> {
        match self.execute(statement, values)? {
            0 => Err(StoreError::Duplicate { what }),
            _ => Ok(()),
        }
    }

    /// Replaces a row under its version.
    pub fn update(
        &mut self,
        statement: &Statement,
        values: &[Value<'_>],
        object: impl Display,
    ) -> Result<(), StoreError> {
        match self.execute(statement, values)? {
            0 => Err(StoreError::VersionConflict { object: object.to_string() }),
            _ => Ok(()),
        }
    }

    /// The record in the first column of the first row.
    pub fn find<T: DeserializeOwned>(
        &mut self,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<Option<T>, StoreError> {
        Ok(self.list(statement, values)?.pop())
    }

    /// The records in the first column.
    pub fn list<T: DeserializeOwned>(
        &mut self,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<Vec<T>, StoreError> {
        let mut records = Vec::new();
        self.each(statement, values, &mut |row| {
            let text = row.text(0).map_err(|error| unreadable(statement, &error))?;
            records.push(body::read(statement.table, text)?);
            Ok(())
        })?;
        Ok(records)
    }

    /// The rows, each read by `read`.
    pub fn rows<T>(
        &mut self,
        statement: &Statement,
        values: &[Value<'_>],
        mut read: impl FnMut(&Row) -> Result<T, WrongColumn>,
    ) -> Result<Vec<T>, StoreError> {
        let mut rows = Vec::new();
        self.each(statement, values, &mut |row| {
            rows.push(read(&row).map_err(|error| unreadable(statement, &error))?);
            Ok(())
        })?;
        Ok(rows)
    }

    /// The first row, if any, read by `read`.
    pub fn row<T>(
        &mut self,
        statement: &Statement,
        values: &[Value<'_>],
        read: impl FnMut(&Row) -> Result<T, WrongColumn>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.rows(statement, values, read)?.into_iter().next())
    }

    fn each(
        &mut self,
        statement: &Statement,
        values: &[Value<'_>],
        each: &mut dyn FnMut(Row) -> Result<(), Fault>,
    ) -> Result<(), StoreError> {
        if !are_storable(values) {
            return Ok(());
        }
        let done = self.connection.query(statement, values, each);
        done.map_err(|fault| self.keep(fault))
    }

    /// Remembers the first failure of the engine and tells it to the closure. A row that cannot be read is no
    /// failure of the engine.
    fn keep(&mut self, fault: Fault) -> StoreError {
        if !matches!(fault, Fault::Unreadable { .. }) && self.failed.is_none() {
            self.failed = Some(fault.retold());
        }
        fault.into()
    }
}

fn unreadable(statement: &Statement, error: &WrongColumn) -> Fault {
    Fault::Unreadable { table: statement.table, detail: format!("{}: {error}", statement.name) }
}
