//! The terms and rules of the field, pure: states, packs, gates, clocks, ownership, measures, retention.
//!
//! Knows no clock, no randomness, no file, no network, no SQL, no HTTP. No number, citation, field list or
//! deadline of the law stands here: those come from a [`pack`].

pub mod access;
pub mod account;
pub mod api_key;
pub mod case;
pub mod clock;
pub mod contact;
pub mod contact_proof;
pub mod customer;
pub mod decision;
pub mod draft;
pub mod event;
pub mod exemption;
pub mod fact;
pub mod field;
pub mod id;
pub mod legal_hold;
pub mod ownership;
pub mod pack;
pub mod payment;
pub mod person;
pub mod product;
pub mod provider;
pub mod purpose;
pub mod redacted;
pub mod requirement;
pub mod reseller;
pub mod retention;
pub mod screening;
pub mod special_measure;
pub mod staff;
pub mod verification;
pub mod watchlist;
