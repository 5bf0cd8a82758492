//! Rows of staff and of their sessions.

use app::store::StoreError;
use domain::id::StaffId;
use domain::staff::{Session, Staff};
use jiff::Timestamp;

use crate::body::text_of;
use crate::sql::{statements, values};
use crate::tx::Tx;

statements! { "staff";
    INSERT = "INSERT INTO staff (staff_id, handle, version, body) VALUES ($1, $2, $3, $4) \
        ON CONFLICT DO NOTHING";
    FIND = "SELECT body FROM staff WHERE staff_id = $1";
    FIND_BY_HANDLE = "SELECT body FROM staff WHERE handle = $1";
    UPDATE = "UPDATE staff SET handle = $2, version = $3, body = $4 WHERE staff_id = $1 AND version + 1 = $3";
    LIST = "SELECT body FROM staff ORDER BY staff_id";
    INSERT_SESSION = "INSERT INTO sessions (token_hash, staff_id, expires_at_us, body) \
        VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    FIND_SESSION = "SELECT body FROM sessions WHERE token_hash = $1";
    DELETE_SESSION = "DELETE FROM sessions WHERE token_hash = $1";
    DELETE_SESSIONS_OF = "DELETE FROM sessions WHERE staff_id = $1";
    DELETE_SESSIONS_OVER = "DELETE FROM sessions WHERE expires_at_us <= $1";
}

pub fn insert(tx: &mut Tx<'_>, staff: &Staff) -> Result<(), StoreError> {
    tx.insert(&INSERT, &values![staff.id, &staff.handle, staff.version, text_of(staff)?], "handle")
}

pub fn find(tx: &mut Tx<'_>, id: StaffId) -> Result<Option<Staff>, StoreError> {
    tx.find(&FIND, &values![id])
}

pub fn find_by_handle(tx: &mut Tx<'_>, handle: &str) -> Result<Option<Staff>, StoreError> {
    tx.find(&FIND_BY_HANDLE, &values![handle])
}

pub fn update(tx: &mut Tx<'_>, staff: &Staff) -> Result<(), StoreError> {
    tx.update(&UPDATE, &values![staff.id, &staff.handle, staff.version, text_of(staff)?], staff.id)
}

pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Staff>, StoreError> {
    tx.list(&LIST, &[])
}

pub fn insert_session(tx: &mut Tx<'_>, session: &Session) -> Result<(), StoreError> {
    let values = values![&session.token_hash, session.staff, session.expires_at, text_of(session)?];
    tx.insert(&INSERT_SESSION, &values, "session")
}

pub fn find_session(tx: &mut Tx<'_>, token_hash: &str) -> Result<Option<Session>, StoreError> {
    tx.find(&FIND_SESSION, &values![token_hash])
}

pub fn delete_session(tx: &mut Tx<'_>, token_hash: &str) -> Result<(), StoreError> {
    tx.execute(&DELETE_SESSION, &values![token_hash]).map(|_| ())
}

pub fn delete_sessions_of(tx: &mut Tx<'_>, staff: StaffId) -> Result<(), StoreError> {
    tx.execute(&DELETE_SESSIONS_OF, &values![staff]).map(|_| ())
}

pub fn delete_sessions_over(tx: &mut Tx<'_>, at: Timestamp) -> Result<u64, StoreError> {
    tx.execute(&DELETE_SESSIONS_OVER, &values![at])
}
