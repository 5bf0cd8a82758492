//! What is fetched from outside and carried out to it: watchlists, mail, text messages.
//!
//! Knows no rules: it hands over what it got, and says when it got nothing.

pub mod lists;
pub mod mail;
mod messengers;
pub mod sms;
mod web;

pub use messengers::Messengers;
