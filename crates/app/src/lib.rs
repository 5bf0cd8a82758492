//! The use cases in the order things happen, and the ports they need.
//!
//! Names no technology and never waits for the outside: a use case records what it wants, an adapter does it
//! and hands the answer to the next use case. Knows no SQL, no HTTP, no vendor.

pub mod access;
pub mod account;
pub mod actor;
pub mod api_key;
pub mod bounds;
pub mod case;
pub mod catalogue;
pub mod clock;
pub mod contact_proof;
pub mod customer;
pub mod decision;
pub mod draft;
pub mod env;
pub mod event;
pub mod exemption;
pub mod failure;
pub mod gate;
pub mod idempotency;
pub mod ids;
pub mod import;
pub mod ledger_log;
pub mod legal_hold;
pub mod message;
pub mod notice;
pub mod pack;
pub mod reading;
pub mod rebuild;
pub mod record;
pub mod rescreening;
pub mod reseller;
pub mod screening;
pub mod secret;
pub mod session;
pub mod special_measure;
pub mod staff;
pub mod store;
pub mod vault;
pub mod verification;
pub mod watchlist;
pub mod webhook;
pub mod who;
pub mod wording;
