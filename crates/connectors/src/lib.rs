//! What is fetched from outside and carried out to it: watchlists, mail, text messages, events.
//!
//! Knows no rules: it hands over what it got, and says when it got nothing.

pub mod lists;
pub mod mail;
mod messengers;
pub mod sms;
mod web;
pub mod webhook;

pub use messengers::Messengers;
