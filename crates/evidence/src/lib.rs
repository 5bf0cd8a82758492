//! Evidence checked on its own: documents, telephone numbers, e-mail addresses. What was shown, never who showed it.
//!
//! Bytes and dates in, plain answers out: it opens no file, asks no clock and no network, and knows no customer.

pub mod accepted;
mod check;
pub mod document;
pub mod email;
pub mod telephone;

pub use check::{Check, CheckResult, Class};
